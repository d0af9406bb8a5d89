"""manage.py rebuild_memory: the translation memory made anew from what was submitted and signed."""

from django.core.management.base import BaseCommand
from django.db import transaction

from review import memory


class Command(BaseCommand):
    help = "Make the translation memory anew from the translations that were submitted and signed."

    def handle(self, **options):
        with transaction.atomic():
            count = memory.rebuild()
        self.stdout.write(f"{count} blocks remembered.")
