"""manage.py import_translation: a file from a translator's tool becomes drafts."""

from pathlib import Path

from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand, CommandError

from review import languages
from review.interchange import importing, intake


class Command(BaseCommand):
    help = "Save what an XLIFF, PO, TBX or CSV file brings as drafts, and say what each unit did."

    def add_arguments(self, parser):
        parser.add_argument("language", choices=languages.codes()[1:])
        parser.add_argument("file")
        parser.add_argument("--by", required=True, help="user name of who imports")

    def handle(self, language, file, by, **options):
        user = get_user_model().objects.filter(username=by, is_active=True).first()
        if user is None:
            raise CommandError(f"There is no user “{by}”.")
        path = Path(file)
        try:
            if path.stat().st_size > intake.MOST_BYTES:
                raise CommandError("The file is too large: export fewer texts at once.")
            report = importing.import_file(path.read_bytes(), language, by=user, name=path.name)
        except OSError as error:
            raise CommandError(f"The file cannot be read: {error}.") from None
        except (intake.Refused, PermissionDenied) as refused:
            raise CommandError(f"{refused} Nothing was written.") from None
        for each in report.done:
            if each.what != importing.UNCHANGED:
                self.stdout.write(f"{each.what:9} {each.unit.place} {each.why}".rstrip())
        told = ", ".join(f"{count} {what}" for what, count in sorted(report.counts.items()))
        self.stdout.write(told)
