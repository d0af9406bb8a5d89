"""manage.py start_real: the first step of going live."""

import getpass
import os

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from review.files import Refused
from review.importing import import_directory
from review.models import Advisor, SignOff


class Command(BaseCommand):
    help = "Make the first administrator and take the starter content as drafts. Signs nothing."

    def add_arguments(self, parser):
        parser.add_argument("username")
        parser.add_argument("--email", default="")
        parser.add_argument("--content", default=settings.BASE_DIR / "content")

    def handle(self, username, email, content, **options):
        users = get_user_model().objects
        if (
            SignOff.objects.filter(demonstration=True).exists()
            or Advisor.objects.filter(demonstration=True).exists()
        ):
            raise CommandError(
                "This database holds demonstration sign-offs, which are nobody's word. "
                "Start with an empty database: set DATABASE_URL and run manage.py migrate."
            )
        if users.filter(is_superuser=True).exists():
            raise CommandError("There is an administrator already: this was done before.")
        if users.filter(username=username).exists():
            raise CommandError(f"There is an account “{username}” already: choose another name.")
        password = os.environ.get("ADMIN_PASSWORD") or getpass.getpass("Password: ")
        with transaction.atomic():
            admin = users.create_superuser(username, email)
            try:
                validate_password(password, admin)
            except ValidationError as error:
                raise CommandError(" ".join(error.messages)) from None
            admin.set_password(password)
            admin.save()
            try:
                done = import_directory(content, lambda language: admin)
            except Refused as refused:
                raise CommandError(f"{refused}\nNothing was written.") from None
        self.stdout.write(
            f"{username} is the administrator; {len(done)} texts are drafts, none is public. "
            "Next: invite editors and advisors in the admin."
        )
