"""manage.py bake OUT: the public site as plain files (docs/deploy/baked.md)."""

import os
import sys
from functools import partial
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from reading.baking import making, pages, release, watching

REASONS = 8  # that are told one by one


class Command(BaseCommand):
    help = "Write the whole public site as plain files, and serve them by one rename of a link."
    requires_system_checks = ()  # going back must work while the database is away

    def add_arguments(self, parser):
        parser.add_argument("out", metavar="OUT", type=Path)
        parser.add_argument("--changed", action="store_true", help="only what changed")
        parser.add_argument("--watch", action="store_true", help="follow the ledger until SIGTERM")
        parser.add_argument("--rollback", action="store_true", help="serve the release before")
        parser.add_argument("--no-pdf", action="store_true", help="leave PDFs to Django")
        parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)

    def handle(self, out, changed, watch, rollback, no_pdf, processes, verbosity, **options):
        self.verbosity = verbosity
        try:
            if rollback:
                with release.locked(out):
                    self.stdout.write(f"{release.roll_back(out).name} is served.")
                return
            bake = partial(
                making.bake,
                out,
                processes=max(1, processes),
                pdf=not no_pdf,
                progress=self._progress,
            )
            if watch:
                bake = partial(bake, changed=True)
                watching.watch(bake, out=out, told=self._tell, complain=self.stderr.write)
                return
            outcome = bake(changed=changed)
        except (pages.NotBaked, release.NoRelease) as error:
            raise CommandError(str(error)) from None
        self._tell(outcome)
        if outcome.dead:
            raise CommandError(f"{len(outcome.dead)} links are dead. The release is served.")

    def _progress(self, total):
        quiet = not sys.stderr.isatty() or self.verbosity == 0
        return tqdm(total=total, unit="page", disable=quiet)

    def _tell(self, outcome):
        for address, above in sorted(outcome.dead.items()):
            self.stderr.write(f"{above} leads to {address}, which is not there.")
        for sentence in sorted(set(outcome.odd)):
            self.stderr.write(sentence)
        if outcome.without:
            self.stderr.write(f"{outcome.without} PDFs could not be made here: Django is asked.")
        if outcome.taken_out:
            self.stdout.write(
                f"{outcome.taken_out} pages with a withdrawn text were removed first."
            )
        for reason, count in outcome.why.most_common(REASONS):
            self.stdout.write(f"{count} made anew: {reason}")
        if len(outcome.why) > REASONS:
            others = sum(outcome.why.values()) - sum(n for _, n in outcome.why.most_common(REASONS))
            self.stdout.write(f"{others} made anew for {len(outcome.why) - REASONS} other reasons")
        self.stdout.write(
            f"{outcome.name}: {outcome.pages} pages, {outcome.made} asked for, {outcome.fresh} new "
            f"or changed, {outcome.seconds:.1f} s."
        )
        self.stdout.flush()
