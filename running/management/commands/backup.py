"""manage.py backup FILE: the whole site as one file, while people write (docs/deploy/backup.md)."""

import os

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone

from review import jobs
from running.backup import NotPossible, container, making


class Command(BaseCommand):
    help = "Write database, uploads, content and ledger into one file; in FILE %%d is the day."

    def add_arguments(self, parser):
        parser.add_argument("file", metavar="FILE")
        parser.add_argument(
            "--new-key", action="store_true", help="write a new secret key to FILE instead"
        )

    def handle(self, file, new_key, **options):
        file = file.replace("%d", timezone.now().strftime("%Y-%m-%dT%H%M%S"))
        try:
            if new_key:
                return self._key(file)
            manifest, digest = making.make(file)
        except NotPossible as error:
            raise CommandError(str(error)) from None
        except DatabaseError as error:
            said = str(error).strip().splitlines() or [type(error).__name__]
            raise CommandError(f"The database does not answer: {said[0]}") from None
        except OSError as error:
            raise CommandError(
                f"{error.filename or file} cannot be written: {error.strerror}."
            ) from None
        jobs.ended_well("backup")
        kept = "encrypted" if settings.BACKUP_RECIPIENTS else "NOT encrypted"
        self.stdout.write(
            f"{file}: {os.path.getsize(file)} bytes, {kept}, {len(manifest['files'])} files, "
            f"{manifest['sign_offs']} sign-offs, ledger line {manifest['line']}, SHA-256 of what "
            f"follows its first line {digest}."
        )

    def _key(self, file):
        secret, public = container.new_key()
        with os.fdopen(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as out:
            out.write(f"# public key: {public}\n{secret}\n")
        self.stdout.write(f"BACKUP_RECIPIENTS={public}")
        self.stderr.write(f"Take {file} away from this machine: it is needed to restore, only.")
