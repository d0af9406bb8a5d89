"""Wiring of the evidence app: the marks that cite a source and draw a figure, and its checks."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EvidenceConfig(AppConfig):
    name = "evidence"
    verbose_name = _("Evidence")

    def ready(self):
        from review import marks, quality, uses

        from . import assessing, checks, models
        from .watch import desk

        marks.register(marks.CITE, "evidence.source")
        pair = marks.Pair("evidence/_figures.html", models.beside_problem)
        marks.register("figure", "evidence.keyfigure", "evidence/_figure.html", pair)
        uses.register("evidence.source")
        uses.register("evidence.keyfigure", checks.figures_written_in)
        quality.register(checks.cites_what_does_not_carry)
        quality.register(checks.tells_of_groups)
        quality.register(checks.writes_figures_by_hand, stops=False)
        desk.register()
        assessing.register()
