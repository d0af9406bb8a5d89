"""Pages beside the guides, whom to call, and calls to action beside the texts."""

from datetime import date, timedelta
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from review import basis
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
        "checked_against": forms.URLField(
            required=False,
            assume_scheme="https",
            label=_("page of the organisation, or of the state, on which it was read"),
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


class Call(models.TextChoices):
    """What a call to action is, as its label says it."""

    INVITATION = "invitation", _("Invitation")
    SERVICE = "service", _("Service of another organisation")


class Place(models.TextChoices):
    """Where a call to action stands: at a page's end, and never on the page of a topic."""

    HOME = "home", _("on the first page")
    GUIDES = "guides", _("at the end of each guide")
    PAGES = "pages", _("at the end of each page about the site")


def valid_link(value):
    if not value.startswith("https://"):
        raise ValidationError(_("The link begins with https://."))


def valid_day(value):
    try:
        date.fromisoformat(value)
    except ValueError:
        raise ValidationError(_("A day is written as 2027-06-30, and it exists.")) from None


class CallToAction(ReviewedContent):
    """An invitation, or another organisation's service: signed, but no medical text. There is no
    mark that draws one, and its few lines can hold none: it stands beside texts, never in one."""

    review_months = settings.VOLATILE_REVIEW_MONTHS
    text_fields = ("title", "says", "offered_by", "link_text")
    fact_fields = {
        "kind": forms.ChoiceField(choices=Call.choices, label=_("what it is")),
        "link": forms.URLField(
            assume_scheme="https", validators=[valid_link], label=_("where it leads")
        ),
        "until": forms.RegexField(
            r"^\d{4}-\d{2}-\d{2}$",
            required=False,
            validators=[valid_day],
            label=_("last day on which it is shown"),
            help_text=_("As 2027-06-30. Empty: until it is taken down."),
        ),
    }
    structure_fields = ("place", "position")

    place = models.CharField(_("place"), max_length=10, choices=Place, default=Place.HOME)
    position = models.PositiveSmallIntegerField(_("position"), default=1)
    title = Line(_("title"))
    says = Line(_("what it is about, in one or two sentences"))
    offered_by = Line(_("who offers it"))
    link_text = Line(_("words of the link"))

    class Meta(ReviewedContent.Meta):
        verbose_name = _("call to action")
        verbose_name_plural = _("calls to action")
        ordering = ["position", "key"]

    @property
    def label(self):
        """What kind of block it is, for readers (a draft may lack it)."""
        kind = self.facts.get("kind")
        return Call(kind).label if kind else ""

    @property
    def host(self):
        """Whose site the link leads to."""
        return urlsplit(self.facts.get("link", "")).hostname or ""

    @property
    def until(self):
        """The last day on which it is shown, or None."""
        return date.fromisoformat(self.facts["until"]) if self.facts.get("until") else None

    @property
    def expired(self):
        if self.until is None:
            return False
        basis.note_until(self.until + timedelta(1))
        return self.until < timezone.localdate()
