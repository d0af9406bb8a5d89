"""Questions: those that readers ask, those to bring to an appointment, and whom these concern."""

from django import forms
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from review.content import ReviewedContent
from review.fields import Body, Line
from review.marks import KeysField
from topics.models import Guide


class Whom(models.TextChoices):
    ONCOLOGIST = "oncologist", _("Oncologist (cancer doctor)")
    SURGEON = "surgeon", _("Surgeon")
    NURSE = "nurse", _("Specialist nurse")
    RADIOLOGIST = "radiologist", _("Radiologist (scan doctor)")
    GENETICS = "genetics", _("Genetics service")
    PALLIATIVE = "palliative", _("Palliative care team")
    PHARMACIST = "pharmacist", _("Pharmacist")
    DIETITIAN = "dietitian", _("Dietitian")
    SOCIAL_WORKER = "social-worker", _("Social worker")


class When(models.TextChoices):
    AT_DIAGNOSIS = "at-diagnosis", _("At the first talk after the diagnosis")
    BEFORE_TREATMENT = "before-treatment", _("Before treatment starts")
    DURING_TREATMENT = "during-treatment", _("During treatment")
    AT_SCAN = "at-scan", _("When a scan is discussed")
    BEFORE_SURGERY = "before-surgery", _("Before an operation")
    WHEN_IT_CHANGES = "when-it-changes", _("When the plan changes")
    ANY_TIME = "any-time", _("At any time")


class Group(models.TextChoices):
    """What a situation is about; a reader is in at most one situation of a group, as a rule."""

    RAS = "ras", "RAS"
    MSI = "msi", "MSI"
    BRAF = "braf", "BRAF"
    HER2 = "her2", "HER2"
    SIDE = "side", _("Side of the first tumour")
    SPREAD = "spread", _("Where it has spread")
    SURGERY = "surgery", _("Surgery")


class Situation(ReviewedContent):
    """A fact about a patient that selects questions and topics."""

    UNKNOWN = "unknown"

    text_fields = ("label", "explanation")
    fact_fields = {
        "group": forms.ChoiceField(choices=Group.choices),
        # A choice, not a tick: what is empty is no fact, so that older signatures stay valid.
        "kind": forms.ChoiceField(
            choices=[("", _("something known")), (UNKNOWN, _("not known: says what to ask for"))],
            required=False,
        ),
        "topics": KeysField("topics.topic", required=False, label=_("topics to read")),
    }
    structure_fields = ("position",)

    position = models.PositiveSmallIntegerField(_("position"), default=1)
    label = Line(_("in the reader's words"))
    explanation = Body(_("explanation"), blank=True)

    class Meta(ReviewedContent.Meta):
        verbose_name = _("situation")
        verbose_name_plural = _("situations")
        ordering = ["position", "key"]

    @property
    def unknown(self):
        return self.facts.get("kind") == self.UNKNOWN


class FAQ(ReviewedContent):
    """A question that readers ask, and its answer."""

    text_fields = ("question", "answer")
    claims = {"answer": "blocking"}
    structure_fields = ("slug", "guide", "position")

    slug = models.SlugField(_("address"), max_length=100, unique=True)
    guide = models.ForeignKey(Guide, on_delete=models.PROTECT, related_name="faqs")
    position = models.PositiveSmallIntegerField(_("position"), default=1)
    question = Line(_("question"))
    answer = Body(_("answer"))

    class Meta(ReviewedContent.Meta):
        verbose_name = _("FAQ")
        verbose_name_plural = _("FAQs")
        ordering = ["guide", "position", "slug"]

    def get_absolute_url(self):
        return reverse("faq:question", args=[self.slug])


class DoctorQuestion(ReviewedContent):
    """A question to bring to an appointment: why it matters, whom to ask, and when."""

    partial = "question"
    text_fields = ("question", "why")
    claims = {"why": "advisory"}
    fact_fields = {
        "ask": forms.MultipleChoiceField(choices=Whom.choices, label=_("whom to ask")),
        "when": forms.MultipleChoiceField(choices=When.choices, label=_("when to ask")),
        "situations": KeysField(
            "faq.situation", required=False, label=_("situations (none: for everybody)")
        ),
    }
    structure_fields = ("guide", "position")

    guide = models.ForeignKey(Guide, on_delete=models.PROTECT, related_name="doctor_questions")
    position = models.PositiveSmallIntegerField(_("position"), default=1)
    question = Line(_("question"))
    why = Body(_("why it matters"))

    class Meta(ReviewedContent.Meta):
        verbose_name = _("question for the doctor")
        verbose_name_plural = _("questions for the doctor")
        ordering = ["guide", "position", "key"]

    @property
    def whom(self):
        return [Whom(value).label for value in self.facts.get("ask", [])]

    @property
    def when(self):
        return [When(value).label for value in self.facts.get("when", [])]
