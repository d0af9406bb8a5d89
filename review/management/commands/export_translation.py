"""manage.py export_translation: texts as one file for a translator's tool."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from review import languages, terms
from review.desk import cells
from review.interchange import exporting, stores


class Command(BaseCommand):
    help = "Write texts and their translation into one language to an XLIFF or PO file."

    def add_arguments(self, parser):
        parser.add_argument("language")
        parser.add_argument("file")
        parser.add_argument("--format", choices=sorted(stores.FORMATS), default="xliff2")
        parser.add_argument("--terms", choices=["tbx", "csv"], help="the glossary in this format")
        parser.add_argument("--state", choices=cells.STATES, help="only texts in this state")
        parser.add_argument("--item", action="append", help="topics.topic:ras; may be repeated")

    def handle(self, language, file, item, state, **options):
        if language not in languages.codes()[1:]:
            known = ", ".join(languages.codes()[1:])
            raise CommandError(
                f"“{language}” is no language to translate into. Known are: {known}."
            )
        if options["terms"]:
            if terms.registered() is None:
                raise CommandError("There is no glossary here.")
            Path(file).write_bytes(exporting.export_terms(language, options["terms"]))
            return
        known = cells.board().items
        chosen = [
            name for name, each in known.items() if not state or state in each.cells[language]
        ]
        if item:
            names = [tuple(each.split(":", 1)) for each in item]
            if unknown := [":".join(name) for name in names if name not in known]:
                raise CommandError(f"There is no item {', '.join(unknown)}.")
            chosen = [name for name in chosen if name in names]
        made = exporting.export(chosen, language, options["format"])
        if not made.units:
            raise CommandError("There is nothing to export: no original of these is signed.")
        Path(file).write_bytes(made.data)
        self.stdout.write(
            f"{made.units} units of {made.items} items; left out, because their original is not "
            f"signed: {len(made.left_out)}."
        )
