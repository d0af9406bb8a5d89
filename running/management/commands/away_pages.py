"""manage.py away_pages: what nginx shows while Django does not answer (docs/deploy/running.md)."""

from pathlib import Path

from django.core.management.base import BaseCommand
from django.template.loader import render_to_string

from review import languages


class Command(BaseCommand):
    help = "Write the page that nginx shows while the site is away, once for each language."
    requires_system_checks = ()  # it asks no database

    def add_arguments(self, parser):
        parser.add_argument("place", type=Path, help="a folder that nginx can read")

    def handle(self, place, **options):
        place.mkdir(parents=True, exist_ok=True)
        for code in languages.codes():
            told = {"tag": languages.tag(code), "direction": languages.direction(code)}
            with languages.active(code):
                html = render_to_string("running/away.html", told)
            page = place / f"{code}.html"
            page.write_text(html, encoding="utf-8")
            page.chmod(0o644)
        self.stdout.write(f"{len(languages.codes())} pages in {place}.")
