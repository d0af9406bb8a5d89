"""What claims stand on: publications, and numbers as natural frequencies."""

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from review.content import ReviewedContent
from review.fields import Body, LettersAsTheyAre, Line
from review.marks import KeysField

from . import identifiers
from .pictures import icon_array


class Kind(models.TextChoices):
    """Kinds of evidence, in words for readers."""

    GUIDELINE = "guideline", _("clinical guideline")
    META_ANALYSIS = "meta-analysis", _("analysis of several studies together")
    TRIAL = "trial", _("clinical trial")
    COHORT = "cohort", _("study that followed a group of people")
    REGISTRY = "registry", _("study of population records")
    REVIEW = "review", _("review of earlier studies")
    LABORATORY = "laboratory", _("laboratory study")
    AUTOPSY = "autopsy", _("study of autopsies")


class Status(models.TextChoices):
    VERIFIED = "verified", _("verified")
    TO_VERIFY = "to verify", _("to verify")


class Notice(models.TextChoices):
    """What a journal said of a publication afterwards."""

    CORRECTED = "corrected", _("corrected")
    CONCERN = "concern", _("under suspicion: the journal is concerned")
    RETRACTED = "retracted", _("retracted")


def valid_doi(value):
    """A DOI as ISO 26324 writes it: directory "10.", registrant, slash, suffix."""
    if not identifiers.is_doi(value):
        raise ValidationError(_("A DOI looks like 10.1000/182: leave out “https://doi.org/”."))


def valid_pmid(value):
    if not identifiers.is_pmid(value):
        raise ValidationError(_("A PMID is a number of up to nine digits."))


def valid_isbn(value):
    """Ten or thirteen digits, the last of which checks the others (ISO 2108)."""
    if not identifiers.is_isbn(value):
        raise ValidationError(
            _("That is no ISBN: its last digit does not fit the others. Copy it from the book.")
        )


class Source(ReviewedContent):
    """A publication. Facts only: it is signed once, for every language."""

    fact_fields = {
        "authors": forms.CharField(max_length=300),
        "title": forms.CharField(max_length=500),
        "journal": forms.CharField(max_length=200),
        "year": forms.IntegerField(min_value=1900, max_value=2100),
        "doi": forms.CharField(required=False, label="DOI", validators=[valid_doi]),
        "pmid": forms.CharField(required=False, label="PMID", validators=[valid_pmid]),
        "isbn": forms.CharField(required=False, label="ISBN", validators=[valid_isbn]),
        "url": forms.URLField(required=False, max_length=500, label=_("web address")),
        "kind": forms.ChoiceField(choices=Kind.choices, label=_("kind of evidence")),
        "status": forms.ChoiceField(choices=Status.choices),
        "verify": forms.CharField(
            required=False, max_length=300, label=_("what is left to verify")
        ),
        "notice": forms.ChoiceField(
            choices=[("", _("nothing")), *Notice.choices],
            required=False,
            label=_("what its journal said of it afterwards"),
        ),
        "notice_doi": forms.CharField(
            required=False, label=_("DOI of that notice"), validators=[valid_doi]
        ),
    }

    class Meta(ReviewedContent.Meta):
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        ordering = ["key"]

    @property
    def kind(self):
        kind = self.facts.get("kind")  # a draft may lack it
        return Kind(kind).label if kind else ""

    @property
    def to_verify(self):
        return self.facts.get("status") == Status.TO_VERIFY

    @property
    def notice(self):
        notice = self.facts.get("notice")
        return Notice(notice).label if notice else ""

    @property
    def retracted(self):
        return self.facts.get("notice") == Notice.RETRACTED

    @classmethod
    def check_facts(cls, facts):
        if facts.get("status") == Status.TO_VERIFY and not facts.get("verify"):
            return {"verify": _("Say in a few words what is left to verify.")}
        return {}


class KeyFigure(ReviewedContent):
    """A number as a natural frequency: 27 of 100 people, counted where and when, by whom."""

    SURVIVAL = "survival"

    partial = "figure"
    review_months = settings.VOLATILE_REVIEW_MONTHS
    text_fields = ("sentence", "population", "period", "note")
    claims = {"note": "advisory"}
    fact_fields = {
        "count": forms.IntegerField(min_value=0),
        "high": forms.IntegerField(
            required=False, min_value=0, label=_("upper end, if it is a range")
        ),
        "out_of": forms.IntegerField(min_value=1, max_value=100_000),
        "sources": KeysField("evidence.source", label=_("sources")),
        # A choice, not a tick: what is empty is no fact, so that older signatures stay valid.
        "about": forms.ChoiceField(
            choices=[("", _("something else")), (SURVIVAL, _("how many people live, or how long"))],
            required=False,
            label=_("what is counted"),
            help_text=_("Readers can hide numbers about survival on their device."),
        ),
    }

    sentence = Line(_("the number as a whole sentence"))
    population = Line(_("who was counted"))
    period = Line(_("over what time"))
    note = Body(_("what to bear in mind"), blank=True)

    class Meta(ReviewedContent.Meta):
        verbose_name = _("key figure")
        verbose_name_plural = _("key figures")
        ordering = ["key"]

    @property
    def survival(self):
        """Whether it tells how many people live: readers may hide it."""
        return self.facts.get("about") == self.SURVIVAL

    @property
    def others(self):
        """(fewest, most) who were not counted: the other side of the same number; or None."""
        count, high, out_of = (self.facts.get(name) for name in ("count", "high", "out_of"))
        if count is None or not out_of:
            return None
        return out_of - (high or count), out_of - count

    @property
    def picture(self):
        """One figure for each person, or "" where there are too many (a draft may lack numbers)."""
        count, high, out_of = (self.facts.get(name) for name in ("count", "high", "out_of"))
        return "" if count is None or not out_of else icon_array(count, out_of, high)

    @classmethod
    def check_facts(cls, facts):
        count, high, out_of = facts.get("count"), facts.get("high"), facts.get("out_of")
        if count is not None and high is not None and high <= count:
            return {"high": _("The upper end is above the count, or empty.")}
        if out_of is not None and max(count or 0, high or 0) > out_of:
            return {"out_of": _("There cannot be more than “out of”.")}
        return {}


def beside_problem(first, second):
    """Why two figures may not stand side by side, in a sentence; "" where they may. Side by side
    invites to compare, and numbers of different studies were not counted in comparable people."""
    sources = [set(each.facts.get("sources") or []) for each in (first, second)]
    if not sources[0] or sources[0] != sources[1]:
        return gettext(
            "“%(first)s” and “%(second)s” do not come from the same source: figures of different "
            "studies are never put side by side. Write a line for each."
        ) % {"first": first.key, "second": second.key}
    counted = [each.facts.get("out_of") for each in (first, second)]
    if counted[0] != counted[1]:
        return gettext(
            "“%(first)s” counts of %(one)s and “%(second)s” of %(other)s: side by side, both count "
            "of the same number. Write a line for each, or change one."
        ) % {
            "first": first.key,
            "second": second.key,
            "one": counted[0],
            "other": counted[1],
        }
    return ""


# -- The watch on new publications -----------------------------------------------------------------


class Watch(models.Model):
    """How new evidence about one text is looked for."""

    item_type = models.CharField(max_length=60)
    key = models.CharField(max_length=100)
    query = models.TextField(blank=True)  # as PubMed reads it; empty: only who cites its sources
    asked_until = models.DateField(null=True)  # the last day that the services were asked about
    problem = models.CharField(max_length=300, blank=True)

    class Meta:
        default_permissions = []
        constraints = [models.UniqueConstraint(fields=["item_type", "key"], name="watch_once")]

    def __str__(self):
        return f"{self.item_type}:{self.key}"


class Arrival(models.Model):
    """A publication that came in about one text, until somebody has decided what it means."""

    class Way(models.TextChoices):
        FILE = "file", _("from a file")
        QUERY = "query", _("found by the search")
        CITES = "cites", _("cites a source of this text")

    item_type = models.CharField(max_length=60)
    key = models.CharField(max_length=100)
    facts = models.JSONField(encoder=LettersAsTheyAre)  # as a Source has them
    abstract = models.TextField(blank=True)
    way = models.CharField(max_length=10, choices=Way.choices)
    cites = models.CharField(max_length=100, blank=True)  # the key of the source that it cites
    nearness = models.FloatField()
    brought_by = models.CharField(max_length=150, blank=True)  # empty: by the services
    arrived_at = models.DateTimeField()
    reason = models.TextField(blank=True)  # why it was dismissed
    recheck = models.ForeignKey(
        "review.Recheck", null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = []
        ordering = ["-nearness", "id"]
        indexes = [models.Index(fields=["item_type", "key", "decided_at"], name="arrival_item")]

    def __str__(self):
        return self.title

    @property
    def title(self):
        return self.facts.get("title") or self.facts.get("doi") or self.facts.get("pmid", "")

    @property
    def cited_as(self):
        """ "Smith J. A study. A journal 2020. doi …" in one line."""
        told = (self.facts.get(name) for name in ("authors", "title"))
        where = " ".join(str(self.facts.get(name, "")) for name in ("journal", "year")).strip()
        named = [f"doi {self.facts['doi']}"] if self.facts.get("doi") else []
        named += [f"PMID {self.facts['pmid']}"] if self.facts.get("pmid") else []
        return ". ".join([*(each for each in (*told, where) if each), *named])

    @property
    def address(self):
        """Where it can be read."""
        if self.facts.get("doi"):
            return f"https://doi.org/{self.facts['doi']}"
        if self.facts.get("pmid"):
            return f"https://pubmed.ncbi.nlm.nih.gov/{self.facts['pmid']}/"
        return self.facts.get("url", "")
