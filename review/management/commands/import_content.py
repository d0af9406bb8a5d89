"""manage.py import_content DIR [--as USER | --sign]: content files become drafts."""

import gc
import sys
from functools import cache

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from tqdm import tqdm

from review import demonstration
from review.files import Refused
from review.importing import import_directory
from review.workflow import TransitionNotAllowed


class Command(BaseCommand):
    help = "Save a directory of content files as drafts: all of them, or none if one is wrong."

    def add_arguments(self, parser):
        parser.add_argument("directory")
        parser.add_argument("--as", dest="username", help="who saves the drafts")
        parser.add_argument(
            "--sign",
            action="store_true",
            help="save, submit and sign with the demonstration accounts (DEMO=1 only)",
        )

    def handle(self, directory, username, sign, verbosity, **options):
        if sign:
            if not settings.DEMO:
                raise CommandError(
                    "--sign signs with accounts that are no clinicians: it works only with DEMO=1. "
                    "Import without it, and let your advisors sign."
                )
            writer = cache(demonstration.writer)
        else:
            user = get_user_model().objects.filter(username=username or "").first()
            if user is None:
                raise CommandError("Say with --as USER who saves the drafts (an existing account).")

            def writer(language):
                return user

        def progress(files):
            return tqdm(files, unit="file", disable=not sys.stderr.isatty() or verbosity == 0)

        collected = gc.get_threshold()
        gc.set_threshold(100_000, *collected[1:])  # looking for rubbish is a tenth of the time
        try:
            with transaction.atomic():
                done = import_directory(directory, writer, progress)
                signed = demonstration.sign_drafts() if sign else 0
        except Refused as refused:
            lines = "\n".join(map(str, refused.problems))
            raise CommandError(f"{lines}\nNothing of this run was written.") from None
        except (demonstration.NoAccounts, TransitionNotAllowed) as error:
            raise CommandError(f"{error} Nothing of this run was written.") from None
        finally:
            gc.set_threshold(*collected)
        if verbosity > 1 or not sign:
            for path, action in done:
                self.stdout.write(f"{path}: {action}")
        self.stdout.write(f"{len(done)} files, {signed} texts signed.")
