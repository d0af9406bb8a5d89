"""manage.py send_reminders: once a day, from cron: what is due, and every mail that waits."""

from django.core.management.base import BaseCommand, CommandError

from review import tasks


class Command(BaseCommand):
    help = "Note which reviews are due and send every mail that waits. Run it once a day."

    def add_arguments(self, parser):
        parser.add_argument("--queue", action="store_true", help="Leave it to the task worker.")

    def handle(self, queue, **options):
        if queue:
            tasks.send_reminders.enqueue()
            self.stdout.write("The reminders are left to the task worker.")
            return
        done = tasks.send_reminders.call()
        line = f"{done['noted']} new reminders, {done['mails']} mails sent."
        if done["problem"]:
            raise CommandError(
                f"{line} {done['waiting']} notices wait for the next run: {done['problem']}"
            )
        self.stdout.write(line)
