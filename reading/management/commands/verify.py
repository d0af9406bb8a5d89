"""manage.py verify: beside what the core checks, the files of the baked site in ``BAKED_ROOT``;
with --baked OUT those files alone, without the database."""

import sys

from django.conf import settings
from django.core.management.base import CommandError
from tqdm import tqdm

from reading.baking import checking, release
from review.management.commands import verify
from review.models import LedgerEntry


class Command(verify.Command):
    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument(
            "--baked", metavar="OUT", help="check a baked site alone, without the database"
        )

    def execute(self, *args, **options):
        options["skip_checks"] = options.get("skip_checks") or bool(options.get("baked"))
        return super().execute(*args, **options)

    def handle(self, baked=None, **options):
        if baked is None:
            return super().handle(**options)
        found = 0
        try:
            served = release.current(baked)
            for problem in checking.problems(baked, self._progress):
                found += 1
                self.stderr.write(problem)
        except release.NoRelease as error:
            raise CommandError(str(error)) from None
        if found:
            raise CommandError(f"{found} things do not fit.")
        number, digest = served.manifest.line
        self.stdout.write(
            f"All fits: {len(served.manifest.pages)} addresses of {served.name}, "
            f"ledger line {number}, head {digest}."
        )

    def problems(self):
        yield from super().problems()
        if settings.BAKED_ROOT:
            # A withdrawal meanwhile takes files away: what counts is what is wrong twice.
            found = list(self._baked())
            yield from found and self._baked()

    def _baked(self):
        out = settings.BAKED_ROOT
        try:
            for problem in checking.problems(out):
                yield f"baked site: {problem}"
            number, digest = release.current(out).manifest.line
            if not LedgerEntry.objects.filter(number=number, digest=digest).exists():
                yield f"baked site: made at line {number}, which the ledger does not have"
        except release.NoRelease as error:
            yield f"baked site: {error}"

    def checked(self):
        yield from super().checked()
        if not settings.BAKED_ROOT:
            yield "No baked site was checked: BAKED_ROOT names none."
            return
        served = release.current(settings.BAKED_ROOT)
        yield f"All {len(served.manifest.pages)} baked addresses of {served.name} fit."

    def _progress(self, pages):
        return tqdm(pages, unit="page", disable=not sys.stderr.isatty())
