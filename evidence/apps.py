"""Wiring of the evidence app: the marks that cite a source and draw a figure, and its checks."""

from django.apps import AppConfig


class EvidenceConfig(AppConfig):
    name = "evidence"
    verbose_name = "Evidence"

    def ready(self):
        from review import marks, quality

        from . import checks

        marks.register(marks.CITE, "evidence.source")
        marks.register("figure", "evidence.keyfigure", "evidence/_figure.html")
        quality.register(checks.cites_what_is_to_verify)
