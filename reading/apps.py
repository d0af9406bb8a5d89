"""Wiring of the reading app."""

from django.apps import AppConfig


class ReadingConfig(AppConfig):
    name = "reading"
    verbose_name = "Pages"

    def ready(self):
        from glossary import usage
        from review import previews

        from . import views

        previews.register("reading.page", views.preview_page)
        usage.register("reading.page")
