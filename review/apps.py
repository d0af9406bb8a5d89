"""Wiring of the review app: checks, triggers, the ledger's first line, the groups."""

from django.apps import AppConfig
from django.apps import apps as installed
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy as _


class ReviewConfig(AppConfig):
    name = "review"
    verbose_name = _("Review")

    def ready(self):
        from . import checks, groups, ledger, quality, triggers  # noqa: F401  (checks do it themselves)
        from .notices import telling
        from .quality import evidence, plain, texts, translation

        quality.register(translation.of_proposal)
        quality.register(texts.stops_proposal)
        quality.register(texts.advises_proposal, stops=False)
        texts.register(plain.readable, stops=True)
        texts.register(plain.advice, stops=False)
        texts.register(evidence.of_text, stops=True)
        pre_migrate.connect(triggers.remove, sender=self)
        post_migrate.connect(triggers.install, sender=self)
        post_migrate.connect(ledger.open_ledger, sender=self)
        post_migrate.connect(telling.begin, sender=self)
        # After every content app, whose permissions the groups need.
        post_migrate.connect(groups.install, sender=installed.get_app_config("auth"))
