"""manage.py export_ledger FILE: the whole ledger as JSON lines (docs/ledger.md)."""

from django.core.management.base import BaseCommand, CommandError

from review import archive


class Command(BaseCommand):
    help = "Write the whole ledger as JSON lines, which anybody can check (docs/ledger.md)."

    def add_arguments(self, parser):
        parser.add_argument("file", metavar="FILE")

    def handle(self, file, **options):
        try:
            with open(file, "x", encoding="utf-8", newline="\n") as out:
                last = archive.write(out)
        except FileExistsError:
            raise CommandError(f"{file} is there already: name a new file.") from None
        except OSError as error:
            raise CommandError(f"{file} cannot be written: {error.strerror}.") from None
        self.stdout.write(f"{last.number + 1} lines written to {file}, head {last.digest}.")
