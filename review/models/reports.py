"""What readers tell of a signed text: whether it was clear, and what is wrong in it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from .records import SignOff
from .texts import Recheck


class Clarity(models.Model):
    """How often readers of one signed text found it clear, and how often not: two numbers, and
    nothing of who said so or when."""

    sign_off = models.OneToOneField(SignOff, on_delete=models.PROTECT, related_name="clarity")
    yes = models.PositiveIntegerField(default=0)
    no = models.PositiveIntegerField(default=0)

    class Meta:
        default_permissions = []

    def __str__(self):
        return f"{self.sign_off_id}: {self.yes} / {self.no}"


class Report(models.Model):
    """A reader's words about the text that one sign-off vouches for. Nobody knows whose they are;
    ``reports`` deletes them in time."""

    class Kind(models.TextChoices):
        MISTAKE = "mistake", _("a mistake")
        UNCLEAR = "unclear", _("not clear")

    class State(models.TextChoices):
        NEW = "new", _("new")
        OPENED = "opened", _("opened a review")
        DISMISSED = "dismissed", _("dismissed")
        ANSWERED = "answered", _("answered")

    sign_off = models.ForeignKey(SignOff, on_delete=models.PROTECT, related_name="reports")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    words = models.TextField(_("what the reader wrote"), blank=True)
    language = models.CharField(max_length=12, help_text="Of the page on which it was written.")
    received_at = models.DateTimeField(db_index=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.NEW)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True)
    recheck = models.ForeignKey(
        Recheck, null=True, on_delete=models.PROTECT, related_name="reports"
    )

    class Meta:
        verbose_name = _("report from a reader")
        verbose_name_plural = _("reports from readers")
        default_permissions = ["view", "change"]
        ordering = ["-received_at", "-id"]
        indexes = [models.Index(fields=["state", "-received_at"], name="report_state")]

    def __str__(self):
        return f"{self.pk} {self.sign_off.item} [{self.sign_off.language}] {self.state}"

    @property
    def under_review(self):
        """Whether the review that it opened waits for its decision."""
        return self.recheck is not None and self.recheck.closed_at is None

    @property
    def settled(self):
        return self.state != self.State.NEW and not self.under_review
