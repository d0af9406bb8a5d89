"""manage.py verify: recompute what readers' trust rests on, in the database or in a file. What lies
elsewhere, an app above adds to ``problems`` and ``checked``."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from review import archive, heads, jobs, verification
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
        parser.add_argument(
            "--heads", dest="signed", metavar="FILE", help="signed heads that it must have"
        )
        parser.add_argument("--key", metavar="FILE", help="the public key of their signatures")

    def execute(self, *args, **options):
        # A file is checked wherever it was taken to: no system check may ask for the database.
        options["skip_checks"] = options.get("skip_checks") or bool(options.get("ledger"))
        return super().execute(*args, **options)

    def handle(self, ledger=None, head="", signed=None, key=None, **options):
        if bool(signed) != bool(key):
            raise CommandError("--heads and --key go together: signed heads, and who signed them.")
        if ledger is not None:
            known = self._heads(signed, key) if signed else []
            return self._check_file(ledger, head.strip().lower(), known)
        if signed:
            raise CommandError("--heads needs --ledger: the file in which those lines must stand.")
        if head:
            raise CommandError("--head needs --ledger: the file in which to look for that digest.")
        found = []
        try:
            for problem in self.problems():
                found.append(problem)
                self.stderr.write(problem)
            verification.remember(found)
            if not found:
                jobs.ended_well("verify")
        except DatabaseError as error:
            said = str(error).strip().splitlines() or [type(error).__name__]
            raise CommandError(f"The database cannot be read: {said[0]}") from None
        if found:
            raise CommandError(f"{len(found)} things do not fit.")
        last = LedgerEntry.objects.order_by("-number").first()
        self.stdout.write(
            f"All fits: {SignOff.objects.count()} sign-offs, {last.number} ledger lines, "
            f"head {last.digest}."
        )
        for sentence in self.checked():
            self.stdout.write(sentence)

    def problems(self):
        """Everything that does not fit, wherever it lies."""
        return verification.problems()

    def checked(self):
        """What else was checked, or why it was not."""
        count = heads.kept()
        if count:
            yield f"All {count} signed heads of {settings.LEDGER_HEADS} stand in the ledger."
        else:
            yield "No signed head was checked: LEDGER_HEADS names no file that holds one."

    def _heads(self, path, key):
        """What is signed in a file of heads; every line of it must be."""
        try:
            with open(key, encoding="utf-8", errors="replace") as file:
                keys = [heads.public_key(file.read())]
            found = list(heads.of_file(path, keys))
        except OSError as error:
            raise CommandError(f"{error.filename} cannot be read: {error.strerror}.") from None
        except heads.NoKey as error:
            raise CommandError(f"{key}: {error}") from None
        for number, head in found:
            if not isinstance(head, heads.Head):
                raise CommandError(f"{path}: line {number} {head}.")
        if not found:
            raise CommandError(f"{path} holds no signed head.")
        return [head for _number, head in found]

    def _check_file(self, path, head, known):
        try:
            with open(path, "rb") as file:
                sound = archive.check(file, head, known)
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from None
        except archive.Unsound as error:
            raise CommandError(str(error)) from None
        self.stdout.write(
            f"The chain holds: {sound.number} ledger lines after the first, "
            f"{sound.first_at} to {sound.last_at}, head {sound.digest}."
        )
        if known:
            last = max(known, key=lambda each: each.number)
            self.stdout.write(
                f"All {len(known)} signed heads stand in it. The last is line {last.number}, "
                f"signed {last.at}: up to there nothing was changed or cut off."
            )
        elif not head:
            self.stdout.write(
                "A ledger whose last lines were cut off holds, too: compare the head with one that "
                "you know (--head DIGEST)."
            )
        if head and sound.known == sound.number:
            self.stdout.write("Its head is the one you know: nothing is missing.")
        elif head:
            self.stdout.write(
                f"Line {sound.known} has the digest you know: up to there nothing is missing. "
                "Lines cut off after it would not be noticed."
            )
