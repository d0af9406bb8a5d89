"""manage.py verify: recompute everything that readers' trust rests on."""

from django.core.management.base import BaseCommand, CommandError

from review import verification
from review.models import LedgerEntry, SignOff


class Command(BaseCommand):
    help = "Recompute every public fingerprint, every pointer and the ledger's chain."

    def handle(self, **options):
        found = 0
        for problem in verification.problems():
            found += 1
            self.stderr.write(problem)
        if found:
            raise CommandError(f"{found} things do not fit.")
        head = LedgerEntry.objects.order_by("-number").first()
        self.stdout.write(
            f"All fits: {SignOff.objects.count()} sign-offs, {head.number} ledger lines, "
            f"head {head.digest}."
        )
