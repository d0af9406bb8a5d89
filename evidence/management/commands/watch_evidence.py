"""manage.py watch_evidence [FILE …] [--topic KEY]: what was published since it was signed."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from evidence import records, services, tasks
from evidence.watch import arrivals


class Command(BaseCommand):
    help = (
        "Bring in publications from files (NBIB, RIS, BibTeX, Europe PMC's JSON) for the advisors "
        "to look at; without a file, and with SOURCE_NETWORK=1, ask PubMed and Europe PMC. It "
        "changes no text. Exit 2 where a service does not answer or a file cannot be read."
    )

    def add_arguments(self, parser):
        parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
        parser.add_argument("--topic", default="", help="the key of the topic that it is about")

    def handle(self, files, topic, **options):
        if not files:
            return self._ask()
        texts = arrivals.Texts()
        item = next((each for each in texts.rows if each.endswith(f":{topic}")), "")
        if topic and not item:
            raise CommandError(f"There is no topic “{topic}”: give its key.", returncode=2)
        read = [(path, self._read(path)) for path in files]  # all of them, or none
        for _path, found in read:
            for each in arrivals.take(found, item=item):
                self.stdout.write(each.sentence)

    def _read(self, path):
        try:
            return records.read(path.read_text("utf-8-sig", "replace"))
        except (OSError, records.NotRead) as error:
            raise CommandError(f"{path}: {error}", returncode=2) from None

    def _ask(self):
        if not settings.SOURCE_NETWORK:
            self.stdout.write("No service was asked: SOURCE_NETWORK does not allow it.")
            return
        try:
            told = tasks.watch.call()
        except services.NotAnswered as error:
            raise CommandError(str(error), returncode=2) from None
        self.stdout.write(f"{told['asked']} publications were found, {told['new']} are new.")
