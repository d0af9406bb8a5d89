"""manage.py publish_due: every few minutes, from cron: what is signed goes public at its time."""

from django.core.management.base import BaseCommand, CommandError

from review import tasks


class Command(BaseCommand):
    help = "Make public what is signed and whose time has come. Run it every few minutes."

    def add_arguments(self, parser):
        parser.add_argument("--queue", action="store_true", help="Leave it to the task worker.")

    def handle(self, queue, **options):
        if queue:
            tasks.publish_due.enqueue()
            self.stdout.write("Publishing what is due is left to the task worker.")
            return
        done = tasks.publish_due.call()
        line = f"{done['published']} published, {len(done['refused'])} refused."
        if done["problem"]:
            line += f" {done['waiting']} notices wait for the next run: {done['problem']}"
        if done["refused"]:
            raise CommandError(" ".join([line, *done["refused"]]))
        self.stdout.write(line)
