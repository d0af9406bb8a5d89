"""manage.py bake OUT: the public site as plain files (docs/deploy/baked.md)."""

import os
import sys
from functools import partial
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from reading.baking import making, pages, release, store, watching

REASONS = 8  # that are told one by one


class Command(BaseCommand):
    help = "Write the whole public site as plain files, and serve them by one rename of a link."
    requires_system_checks = ()  # going back must work while the database is away

    def add_arguments(self, parser):
        parser.add_argument("out", metavar="OUT", type=Path)
        parser.add_argument("--changed", action="store_true", help="only what changed")
        parser.add_argument("--watch", action="store_true", help="follow the ledger until SIGTERM")
        parser.add_argument("--rollback", action="store_true", help="serve the release before")
        parser.add_argument(
            "--upload", action="store_true", help="copy what is served into BAKED_BUCKET, too"
        )
        parser.add_argument("--no-pdf", action="store_true", help="leave PDFs to Django")
        parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)

    def handle(
        self, out, changed, watch, rollback, upload, no_pdf, processes, verbosity, **options
    ):
        self.verbosity = verbosity
        try:
            self.store = store.Store() if upload else None
            if rollback:
                with release.locked(out):
                    self.stdout.write(f"{release.roll_back(out).name} is served.")
                self._copy(out)
                return
            bake = partial(
                making.bake,
                out,
                processes=max(1, processes),
                pdf=not no_pdf,
                progress=self._progress,
                **({"taken_out": self.store.remove_withdrawn} if upload else {}),
            )
            if watch:
                bake = partial(bake, changed=True)
                told = partial(self._tell, out)
                watching.watch(bake, out=out, told=told, complain=self.stderr.write)
                return
            outcome = bake(changed=changed)
            self._tell(out, outcome)
        except (pages.NotBaked, release.NoRelease, store.NotStored) as error:
            raise CommandError(str(error)) from None
        except OSError as error:  # a full disk, a folder that may not be written
            raise CommandError(f"{error}. What was served is served still.") from None
        if outcome.dead:
            raise CommandError(f"{len(outcome.dead)} links are dead. The release is served.")

    def _progress(self, total):
        quiet = not sys.stderr.isatty() or self.verbosity == 0
        return tqdm(total=total, unit="page", disable=quiet)

    def _copy(self, out):
        if self.store is None:
            return
        done = self.store.copy(release.current(out), self._progress)
        self.stdout.write(
            f"{self.store.bucket.bucket_name}: {done.sent} objects sent, {done.same} as they were, "
            f"{done.removed} removed."
        )

    def _tell(self, out, outcome):
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
        self._copy(out)
        self.stdout.flush()
