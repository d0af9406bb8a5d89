"""Guides, their topics, and the everyday pictures that explain an idea."""

from django import forms
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from review.content import ReviewedContent
from review.fields import Body, Line


class Guide(ReviewedContent):
    """An article: what a reader should know first, and the topics that follow."""

    partial = "guide_whole"
    text_fields = (
        "title",
        "standfirst",
        "key_points",
        "urgent_signs",
        "introduction",
        "audience",
        "not_known",
        "takeaways",
    )
    claims = dict.fromkeys(("key_points", "introduction", "not_known", "takeaways"), "blocking")
    structure_fields = ("slug", "position")
    closing_fields = ("not_known", "takeaways")  # stand at the page's end, after the topics

    slug = models.SlugField(_("address"), max_length=100, unique=True)
    position = models.PositiveSmallIntegerField(_("position"), default=1)
    title = Line(_("title"))
    standfirst = Line(_("standfirst"))
    audience = Body(_("whom it is for, what it covers and what not"))
    key_points = Body(_("key points"))
    urgent_signs = Body(_("urgent signs"))
    introduction = Body(_("introduction"))
    not_known = Body(_("what is not known"))
    takeaways = Body(_("what caregivers can take from this"))

    class Meta(ReviewedContent.Meta):
        verbose_name = _("guide")
        verbose_name_plural = _("guides")
        ordering = ["position", "slug"]

    def get_absolute_url(self):
        return reverse("topics:guide", args=[self.slug])


class Topic(ReviewedContent):
    """A section of a guide, with a page of its own."""

    TREATMENT = "treatment"

    text_fields = ("title", "answer", "body")
    claims = {"answer": "blocking", "body": "blocking"}
    # A choice, not a tick: what is empty is no fact, so that older signatures stay valid.
    fact_fields = {
        "kind": forms.ChoiceField(
            choices=[("", _("an explanation")), (TREATMENT, _("a treatment, with its harms"))],
            required=False,
            label=_("kind of topic"),
        )
    }
    structure_fields = ("slug", "guide", "position")

    slug = models.SlugField(_("address"), max_length=100, unique=True)
    guide = models.ForeignKey(Guide, on_delete=models.PROTECT, related_name="topics")
    position = models.PositiveSmallIntegerField(_("position"), default=1)
    title = Line(_("title"))
    answer = Line(_("the answer in one sentence"))
    body = Body(_("text"))

    class Meta(ReviewedContent.Meta):
        verbose_name = _("topic")
        verbose_name_plural = _("topics")
        ordering = ["guide", "position", "slug"]

    def get_absolute_url(self):
        return reverse("topics:topic", args=[self.guide.slug, self.slug])


class Analogy(ReviewedContent):
    """An everyday picture for an idea. It says what it leaves out, always."""

    text_fields = ("title", "picture", "stands_for", "leaves_out")
    claims = {"stands_for": "advisory", "leaves_out": "advisory"}  # what is pictured is no claim

    title = Line(_("title"))
    picture = Body(_("the picture"))
    stands_for = Body(_("what it stands for"))
    leaves_out = Body(_("what it leaves out"))

    class Meta(ReviewedContent.Meta):
        verbose_name = _("analogy")
        verbose_name_plural = _("analogies")
        ordering = ["key"]
