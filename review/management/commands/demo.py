"""manage.py demo: fill an empty database for demonstration; `make run` calls it."""

import os

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from review import demonstration, verification
from review.models import Revision


class Command(BaseCommand):
    help = "If the database is empty: make the demonstration accounts, import and sign the content."

    def handle(self, verbosity, **options):
        if not settings.DEMO:
            raise CommandError("Demonstration accounts are made only with DEMO=1.")
        accounts = settings.VAR_DIR / "demo-accounts.txt"
        if not get_user_model().objects.exists() and not Revision.objects.exists():
            with transaction.atomic():
                made = demonstration.make_accounts()
                content = settings.BASE_DIR / "content"
                call_command("import_content", content, sign=True, verbosity=verbosity and 1)
                verification.remember(list(verification.problems()))  # the desk shows it
                # Readable by nobody else from the first moment on.
                accounts.parent.mkdir(exist_ok=True)
                accounts.unlink(missing_ok=True)
                handle = os.open(accounts, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(handle, "w") as file:
                    file.writelines(f"{name} {password}\n" for name, password in made)
        if accounts.exists():
            self.stdout.write(f"\nDemonstration accounts ({accounts}):\n{accounts.read_text()}")
