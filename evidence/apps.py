"""Wiring of the evidence app: the marks that cite a source and draw a figure."""

from django.apps import AppConfig


class EvidenceConfig(AppConfig):
    name = "evidence"
    verbose_name = "Evidence"

    def ready(self):
        from review import marks

        marks.register(marks.CITE, "evidence.source")
        marks.register("figure", "evidence.keyfigure", "evidence/_figure.html")
