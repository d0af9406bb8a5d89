"""manage.py verify --baked OUT: the files of the baked site; the rest is the core's command."""

import sys

from django.core.management.base import CommandError
from tqdm import tqdm

from reading.baking import checking, release
from review.management.commands import verify


class Command(verify.Command):
    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument(
            "--baked", metavar="OUT", help="a baked site to check, without the database"
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

    def _progress(self, pages):
        return tqdm(pages, unit="page", disable=not sys.stderr.isatty())
