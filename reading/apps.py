"""Wiring of the reading app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReadingConfig(AppConfig):
    name = "reading"
    verbose_name = _("Pages")

    def ready(self):
        from django.core import checks as system

        from glossary import usage
        from review import previews, readers

        from . import calls, checks, described, views

        readers.describe_with(described.describe)
        readers.close_with(calls.at_the_end)
        system.register(checks.security_contact)
        previews.register("reading.page", views.preview_page)
        usage.register("reading.page")
