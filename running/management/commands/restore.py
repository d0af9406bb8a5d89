"""manage.py restore FILE [--key FILE]: a backup into an empty place (docs/deploy/backup.md)."""

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from running.backup import NotPossible, restoring


class Command(BaseCommand):
    help = "Restore a backup into an empty database and folder, after checking all of it."
    requires_system_checks = ()  # there is no database yet

    def add_arguments(self, parser):
        parser.add_argument("file", metavar="FILE")
        parser.add_argument("--key", metavar="FILE", help="the secret key of an encrypted backup")

    def handle(self, file, key, **options):
        try:
            manifest, lost = restoring.restore(file, key)
        except NotPossible as error:
            raise CommandError(f"{error} Nothing was written.") from None
        except DatabaseError as error:
            said = str(error).strip().splitlines() or [type(error).__name__]
            raise CommandError(
                f"The database does not answer: {said[0]} Nothing was written."
            ) from None
        except OSError as error:
            raise CommandError(
                f"{error.filename or file}: {error.strerror}. Nothing was written."
            ) from None
        self.stdout.write(
            f"Restored and verified: {manifest['sign_offs']} sign-offs, ledger line "
            f"{manifest['line']}, head {manifest['head']}, as of {manifest['made']}."
        )
        for sentence in lost:
            self.stderr.write(sentence)
        if lost:
            self.stderr.write(
                "Lines that were signed after this backup are lost. Keep the file of heads with "
                "this output, and set LEDGER_HEADS to a new file (docs/deploy/backup.md)."
            )
