"""Words that a reader may not know."""

from django import forms
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from review.content import ReviewedContent
from review.fields import Body, Line


class Term(ReviewedContent):
    """A glossary entry, with the forms under which it appears in running text."""

    text_fields = ("term", "abbreviation", "pronunciation", "definition", "more", "aliases")
    claims = {"definition": "advisory", "more": "advisory"}
    fact_fields = {
        "do_not_translate": forms.BooleanField(
            required=False, label=_("stays as it is in every language")
        )
    }
    structure_fields = ("slug",)
    local_fields = ("abbreviation", "pronunciation", "aliases")

    slug = models.SlugField(_("address"), max_length=100, unique=True)
    term = Line(_("term"))
    abbreviation = Line(_("abbreviation"), blank=True)
    pronunciation = Line(_("how it is said"), blank=True)
    definition = Body(_("definition"))
    more = Body(_("more about it"), blank=True)
    aliases = Body(_("other forms, one a line"), blank=True)

    class Meta(ReviewedContent.Meta):
        verbose_name = _("glossary term")
        verbose_name_plural = _("glossary terms")
        ordering = ["slug"]

    def get_absolute_url(self):
        return reverse("glossary:term", args=[self.slug])
