"""manage.py check_sources [--as USER]: whether sources still are what texts take them for."""

import sys

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from evidence import checking, services


class Command(BaseCommand):
    help = (
        "Check DOI, PMID, ISBN and address of every source; with SOURCE_NETWORK=1 ask Crossref and "
        "PubMed too, and queue every text that cites what was retracted or corrected. Exit 1 on a "
        "finding, 2 where a service does not answer or the use is wrong."
    )

    def add_arguments(self, parser):
        parser.add_argument("--as", dest="username", help="who asks for the re-reviews")
        parser.add_argument("--offline", action="store_true", help="ask no service")

    def handle(self, username, offline, **options):
        revisions = checking.sources()
        found = list(checking.offline(revisions))
        for key, sentence in found:
            self.stdout.write(f"{key}: {sentence}")
        count = len(found)
        if settings.SOURCE_NETWORK and not offline:
            count += self._ask(revisions, self._person(username))
        self.stdout.write(f"{len(revisions)} sources, {count} findings.")
        if not settings.SOURCE_NETWORK:
            self.stdout.write("No service was asked: SOURCE_NETWORK does not allow it.")
        if count:
            sys.exit(1)

    def _person(self, username):
        user = get_user_model().objects.filter(username=username or "", is_active=True).first()
        if user is None or not user.has_perm("review.view_reviewrequest"):
            raise CommandError(
                "Say with --as USER who asks for re-reviews: an account of the desk.", returncode=2
            )
        return user

    def _ask(self, revisions, by):
        count = 0
        try:
            for revision, sentence, notice in checking.online(revisions):
                count += 1
                self.stdout.write(f"{revision.key}: {sentence}")
                if notice:
                    opened = checking.open_reviews(revision, notice, by=by)
                    self.stdout.write(f"  {opened} texts are queued to be read again.")
        except services.NotAnswered as error:
            raise CommandError(str(error), returncode=2) from None
        return count
