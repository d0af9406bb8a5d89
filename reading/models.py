"""Pages beside the guides, and whom to call: numbers and organisations of each country."""

from django import forms
from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from review.content import ReviewedContent
from review.fields import Body, Line


class Page(ReviewedContent):
    """A single page about the site itself, signed like everything else."""

    text_fields = ("title", "body")
    structure_fields = ("slug", "position")

    slug = models.SlugField(_("address"), max_length=100, unique=True)
    position = models.PositiveSmallIntegerField(_("position"), default=1)
    title = Line(_("title"))
    body = Body(_("text"))

    class Meta(ReviewedContent.Meta):
        verbose_name = _("page")
        verbose_name_plural = _("pages")
        ordering = ["position", "slug"]

    def get_absolute_url(self):
        return reverse("reading:page", args=[self.slug])


class Need(models.TextChoices):
    EMERGENCY = "emergency", _("Emergency number")
    SUPPORT = "support", _("Support and information")


class Contact(ReviewedContent):
    """A number or an organisation in one country. The reader chooses it: it is never guessed."""

    review_months = settings.VOLATILE_REVIEW_MONTHS
    text_fields = ("name", "offers")
    fact_fields = {
        "country": forms.RegexField(
            r"^[A-Z]{2}$", label=_("country"), help_text=_("Two letters, as in ISO 3166: GB, ES.")
        ),
        "need": forms.ChoiceField(choices=Need.choices, label=_("for what")),
        "phone": forms.RegexField(
            r"^[0-9+][0-9 ]*$", required=False, label=_("telephone, as dialled in that country")
        ),
        "website": forms.URLField(required=False, assume_scheme="https", label=_("website")),
        "verified": forms.BooleanField(
            required=False, label=_("checked with the organisation itself")
        ),
    }
    structure_fields = ("position",)

    position = models.PositiveSmallIntegerField(_("position"), default=1)
    name = Line(_("name"))
    offers = Body(_("what it offers"), blank=True)

    class Meta(ReviewedContent.Meta):
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        ordering = ["position", "key"]

    @property
    def is_emergency(self):
        return self.facts.get("need") == Need.EMERGENCY

    @property
    def dial(self):
        """The number for a ``tel:`` link."""
        return self.facts.get("phone", "").replace(" ", "")

    @classmethod
    def check_facts(cls, facts):
        if not facts.get("phone") and not facts.get("website"):
            return {"phone": _("Give a telephone number or a website.")}
        return {}
