"""Wiring of the glossary app."""

from django.apps import AppConfig


class GlossaryConfig(AppConfig):
    name = "glossary"
    verbose_name = "Glossary"

    def ready(self):
        from review import previews, rendering, termbase

        from . import linking, terminology, views

        previews.register("glossary.term", views.preview_term)
        rendering.link_words_with(linking.Words)
        termbase.register(
            "glossary.term",
            terminology.find,
            {"tbx": terminology.write_tbx, "csv": terminology.write_csv},
            terminology.read,
        )
