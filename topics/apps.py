"""Wiring of the topics app: the mark that draws an analogy."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TopicsConfig(AppConfig):
    name = "topics"
    verbose_name = _("Guides and topics")

    def ready(self):
        from evidence import watch
        from glossary import usage
        from review import marks, previews, quality, uses

        from . import assessing, checks, views

        marks.register("analogy", "topics.analogy", "topics/_analogy.html")
        previews.register("topics.guide", views.preview_guide)
        previews.register("topics.topic", views.preview_topic)
        uses.register("topics.analogy")
        quality.register(checks.says_something)
        quality.register(checks.weighs_a_treatment, stops=False)
        usage.register("topics.guide")
        usage.register("topics.topic", parent="guide")
        watch.register("topics.topic")
        assessing.register()
