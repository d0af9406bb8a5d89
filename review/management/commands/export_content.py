"""manage.py export_content DIR [--drafts]: the signed text as content files."""

from django.core.management.base import BaseCommand

from review.exporting import export_directory


class Command(BaseCommand):
    help = "Write the signed text (with --drafts: the working text) as content files."

    def add_arguments(self, parser):
        parser.add_argument("directory")
        parser.add_argument("--drafts", action="store_true", help="the working text instead")

    def handle(self, directory, drafts, **options):
        written = export_directory(directory, drafts=drafts)
        self.stdout.write(f"{len(written)} files written to {directory}.")
