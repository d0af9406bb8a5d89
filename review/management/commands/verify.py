"""manage.py verify [--ledger FILE [--head DIGEST]]: recompute what readers' trust rests on."""

from django.core.management.base import BaseCommand, CommandError

from review import archive, verification
from review.models import LedgerEntry, SignOff


class Command(BaseCommand):
    help = (
        "Recompute every public fingerprint, every pointer and the ledger's chain; "
        "with --ledger FILE check an export of the ledger, without the database."
    )

    def add_arguments(self, parser):
        parser.add_argument("--ledger", metavar="FILE", help="an export (JSON lines) to check")
        parser.add_argument(
            "--head", metavar="DIGEST", default="", help="a digest that one of its lines must have"
        )

    def execute(self, *args, **options):
        # A file is checked wherever it was taken to: no system check may ask for the database.
        options["skip_checks"] = options.get("skip_checks") or bool(options.get("ledger"))
        return super().execute(*args, **options)

    def handle(self, ledger=None, head="", **options):
        if ledger is not None:
            return self._check_file(ledger, head.strip().lower())
        if head:
            raise CommandError("--head needs --ledger: the file in which to look for that digest.")
        found = []
        for problem in verification.problems():
            found.append(problem)
            self.stderr.write(problem)
        verification.remember(found)
        if found:
            raise CommandError(f"{len(found)} things do not fit.")
        last = LedgerEntry.objects.order_by("-number").first()
        self.stdout.write(
            f"All fits: {SignOff.objects.count()} sign-offs, {last.number} ledger lines, "
            f"head {last.digest}."
        )

    def _check_file(self, path, head):
        try:
            with open(path, "rb") as file:
                sound = archive.check(file, head)
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from None
        except archive.Unsound as error:
            raise CommandError(str(error)) from None
        self.stdout.write(
            f"The chain holds: {sound.number} ledger lines after the first, "
            f"{sound.first_at} to {sound.last_at}, head {sound.digest}."
        )
        if not head:
            self.stdout.write(
                "A ledger whose last lines were cut off holds, too: compare the head with one that "
                "you know (--head DIGEST)."
            )
        elif sound.known == sound.number:
            self.stdout.write("Its head is the one you know: nothing is missing.")
        else:
            self.stdout.write(
                f"Line {sound.known} has the digest you know: up to there nothing is missing. "
                "Lines cut off after it would not be noticed."
            )
