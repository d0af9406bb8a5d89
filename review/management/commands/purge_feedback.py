"""manage.py purge_feedback: what readers wrote more than a year ago is deleted."""

from django.core.management.base import BaseCommand

from review import reports


class Command(BaseCommand):
    help = "Delete readers' reports that are older than a year. send_reminders does it every day."

    def handle(self, **options):
        self.stdout.write(f"{reports.purge()} reports deleted.")
