"""Wiring of the faq app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FaqConfig(AppConfig):
    name = "faq"
    verbose_name = _("Questions")

    def ready(self):
        from glossary import usage
        from review import previews

        from . import assessing, views

        previews.register("faq.faq", views.preview_question)
        usage.register("faq.faq")
        assessing.register()
