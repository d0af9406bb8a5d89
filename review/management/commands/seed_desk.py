"""manage.py seed_desk: made-up content in every state, for demonstrations and measurements."""

import sys
import time

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from review import demonstration, seeding


class Command(BaseCommand):
    help = "Add made-up items in every language, with revisions, requests, sign-offs and a ledger."

    def add_arguments(self, parser):
        parser.add_argument("--items", type=int, default=5000)
        parser.add_argument("--revisions", type=int, default=60_000)

    def handle(self, items, revisions, verbosity, **options):
        if items < 1 or revisions < 1:
            raise CommandError("Ask for at least one item and one revision.")

        def progress(blocks):
            return tqdm(blocks, unit="block", disable=not sys.stderr.isatty() or verbosity == 0)

        started = time.monotonic()
        try:
            seeding.check()
            if not get_user_model().objects.filter(username=demonstration.EDITOR).exists():
                for name, password in demonstration.make_accounts():
                    self.stdout.write(f"{name} {password}")
            made = seeding.seed(items, revisions, progress=progress)
        except (seeding.Refused, demonstration.NoAccounts) as error:
            raise CommandError(f"{error} Nothing was written.") from None
        self.stdout.write(
            f"{sum(made.kinds.values())} items, {made.revisions} revisions in "
            f"{time.monotonic() - started:.0f} s."
        )
