"""manage.py index_search [LANGUAGE …]: make the search indexes anew from signed text."""

import sys
import time

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from reading.search import following
from review import languages


class Command(BaseCommand):
    help = "Make the search indexes of all languages, or of those named, anew from signed text."

    def add_arguments(self, parser):
        parser.add_argument("languages", nargs="*", metavar="LANGUAGE")

    def handle(self, languages_=None, verbosity=1, **options):
        chosen = options["languages"] or languages.codes()
        for code in chosen:
            if code not in languages.codes():
                known = ", ".join(languages.codes())
                raise CommandError(f"There is no language “{code}”. Known: {known}.")
        for code in chosen:
            started = time.monotonic()

            def progress(steps, code=code):
                quiet = not sys.stderr.isatty() or verbosity == 0
                return tqdm(steps, desc=code, unit="step", disable=quiet)

            made = following.rebuild(code, progress)
            if made is None:
                self.stdout.write(f"{code}: another process is making it.")
                continue
            texts = made.searcher.num_docs - 1
            self.stdout.write(f"{code}: {texts} texts in {time.monotonic() - started:.1f} s.")
