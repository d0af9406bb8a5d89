"""manage.py seed_bench GUIDES: a large site of made-up text, signed and public, to measure."""

import time

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from review import demonstration, seeding, verification
from review.models import SignOff


class Command(BaseCommand):
    help = "Add made-up guides with all that belongs to them, signed in every language; verify."

    def add_arguments(self, parser):
        parser.add_argument("guides", type=int)
        parser.add_argument("--topics", type=int, default=0, metavar="N", help="of each guide")

    def handle(self, guides, topics, **options):
        if guides < 1 or topics < 0:
            raise CommandError("Ask for at least one guide; it may have no topics, not fewer.")
        kinds = {
            "topics.guide": guides,
            "topics.topic": guides * topics,
            "topics.analogy": guides // 50 + 1,
            "faq.faq": guides // 10 + 1,
            "faq.doctorquestion": guides // 20 + 1,
            "faq.situation": 20,
            "glossary.term": guides // 20 + 20,
            "evidence.source": guides // 50 + 20,
            "evidence.keyfigure": guides // 50 + 20,
        }
        started, before = time.monotonic(), SignOff.objects.count()
        try:
            seeding.check()
            if not get_user_model().objects.filter(username=demonstration.EDITOR).exists():
                demonstration.make_accounts()
            seeding.seed(revisions=1, kinds=kinds)
        except (seeding.Refused, demonstration.NoAccounts) as error:
            raise CommandError(f"{error} Nothing was written.") from None
        seeded = time.monotonic() - started
        problems = sum(1 for _problem in verification.problems())
        self.stdout.write(
            f"{guides} guides, {SignOff.objects.count() - before} sign-offs in {seeded:.0f} s; "
            f"verified in {time.monotonic() - started - seeded:.0f} s: {problems} problems."
        )
        if problems:
            raise CommandError("What was made up does not verify: see manage.py verify.")
