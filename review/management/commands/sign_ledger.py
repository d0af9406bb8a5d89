"""manage.py sign_ledger [--public]: once a day: the ledger's head, signed and kept elsewhere."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from review import archive, heads, jobs, verification


class Command(BaseCommand):
    help = "Sign the ledger's head with LEDGER_KEY and send it out of the database, once a day."

    def add_arguments(self, parser):
        parser.add_argument("--public", action="store_true", help="print the public key only")

    def handle(self, public, **options):
        try:
            key = heads.private_key()
            heads.known_keys()
        except heads.NoKey as error:
            raise CommandError(str(error)) from None
        if public:
            return self.stdout.write(heads.pem(key.public_key()), ending="")
        if not settings.LEDGER_HEADS and not settings.LEDGER_MAIL:
            raise CommandError("Set LEDGER_HEADS (a file) or LEDGER_MAIL (addresses), or both.")
        # What does not hold is not signed: the signature would cover up what the last one shows.
        wrong = next(verification.signable_problems(), None)
        if wrong:
            raise CommandError(f"Not signed, because the ledger does not hold: {wrong}")
        entry = archive.head()
        try:
            places = heads.keep(heads.sign(entry, key))
        except OSError as error:
            raise CommandError(f"The signed head could not be kept: {error}") from None
        jobs.ended_well("sign_ledger")
        self.stdout.write(f"Line {entry.number} is signed: {' and '.join(places)}.")
