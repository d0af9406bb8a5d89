"""manage.py export_person: everything that is kept about somebody who works here, as JSON."""

import json

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from review import personal


class Command(BaseCommand):
    help = "Print everything that is kept about an account, as JSON. Secrets are left out."

    def add_arguments(self, parser):
        parser.add_argument("username")

    def handle(self, username, **options):
        user = get_user_model().objects.filter(username=username).first()
        if user is None:
            raise CommandError(f"There is no account “{username}”.")
        self.stdout.write(json.dumps(personal.export(user), indent=1, ensure_ascii=False))
