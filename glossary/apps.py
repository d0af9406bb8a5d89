"""Wiring of the glossary app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GlossaryConfig(AppConfig):
    name = "glossary"
    verbose_name = _("Glossary")

    def ready(self):
        from review import previews, rendering, terms, uses

        from . import linking, terminology, usage, views

        previews.register("glossary.term", views.preview_term)
        rendering.link_words_with(linking.Words)
        uses.register("glossary.term", usage.terms_mentioned_in)
        terms.register(
            "glossary.term",
            linking.finder,
            {"tbx": terminology.write_tbx, "csv": terminology.write_csv},
            terminology.read,
            linking.known,
            linking.forms_of,
        )
