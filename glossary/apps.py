"""Wiring of the glossary app."""

from django.apps import AppConfig


class GlossaryConfig(AppConfig):
    name = "glossary"
    verbose_name = "Glossary"

    def ready(self):
        from review import previews, rendering, terms

        from . import linking, views

        previews.register("glossary.term", views.preview_term)
        rendering.link_words_with(linking.Words)
        terms.register(linking.translations)
