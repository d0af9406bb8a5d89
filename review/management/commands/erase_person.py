"""manage.py erase_person: closes an account for good and deletes what can go. Sign-offs stay."""

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from review import personal
from review.guards import TransitionNotAllowed


class Command(BaseCommand):
    help = "Close an account for good and delete what is personal. What was signed stays as signed."

    def add_arguments(self, parser):
        parser.add_argument("username")
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, username, yes, **options):
        user = get_user_model().objects.filter(username=username).first()
        if user is None:
            raise CommandError(f"There is no account “{username}”.")
        if not yes and input(f"Type {username} to erase that person: ") != username:
            raise CommandError("Nothing was erased.")
        try:
            erased = personal.erase(user)
        except TransitionNotAllowed as refused:
            raise CommandError(f"{refused} Nothing was erased.") from None
        self.stdout.write(
            f"Erased; the account is {erased.username} now, and closed. What it signed and decided "
            "stays under the name as it was signed. The person was told by mail, if there was an "
            "address."
        )
