"""What was decided, for ever: sign-offs, and the ledger of every step."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from .. import fingerprint
from ..fields import LettersAsTheyAre
from ..fingerprint import VERSION as FINGERPRINT_VERSION
from .people import Advisor
from .requests import ReviewRequest
from .texts import DIGEST, ITEM_TYPE, KEY, Revision, Significance

# Why a change of the source took a translation down: pages say it in the reader's language.
CHANGED_FOR_SAFETY = gettext_noop("The text that it translates changed for safety.")

# Columns of SignOff that the first ledgers did not have.
ADDED_LATER = {"reason_public", "waived"}


class SignOff(models.Model):
    """An advisor's decision over exact bytes, with everything as of that moment. Append-only."""

    class Decision(models.TextChoices):
        APPROVE = "approve", _("approved")
        REAFFIRM = "reaffirm", _("reaffirmed")
        WITHDRAW = "withdraw", _("withdrawn")

    decision = models.CharField(max_length=10, choices=Decision.choices)
    item_type = models.CharField(**ITEM_TYPE)
    key = models.CharField(**KEY)
    language = models.CharField(max_length=12)
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="sign_offs")
    request = models.ForeignKey(
        ReviewRequest, null=True, on_delete=models.PROTECT, related_name="sign_offs"
    )
    fingerprint = models.CharField(**DIGEST)
    facts_fingerprint = models.CharField(**DIGEST)
    source_fingerprints = models.CharField(max_length=130, blank=True)
    fingerprint_version = models.PositiveSmallIntegerField(default=FINGERPRINT_VERSION)
    origin = models.CharField(max_length=10, choices=Revision.Origin.choices)
    significance = models.CharField(max_length=10, choices=Significance.choices)
    advisor = models.ForeignKey(
        Advisor, null=True, on_delete=models.PROTECT, related_name="sign_offs"
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=150)
    credentials = models.CharField(max_length=200, blank=True)
    interests = models.TextField(blank=True)
    attestation = models.TextField(blank=True)
    reason = models.TextField(blank=True)
    reason_public = models.BooleanField(default=False)  # whether readers may see the reason
    refers = models.JSONField(help_text="What the text refers to, with fingerprints as of then.")
    # ``Waiver.evidence`` of every finding that was waived in the text, as the advisor saw it.
    waived = models.JSONField(default=list, encoder=LettersAsTheyAre, blank=True)
    signed_at = models.DateTimeField()
    next_review = models.DateField(null=True)
    demonstration = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("sign-off")
        verbose_name_plural = _("sign-offs")
        default_permissions = ["view"]
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["item_type", "key", "language", "id"], name="sign_off_item"),
            models.Index(fields=["next_review"], name="sign_off_next_review"),
        ]
        constraints = [
            models.CheckConstraint(
                name="sign_off_needs_advisor",
                condition=Q(decision="withdraw") | Q(advisor__isnull=False),
            ),
            models.CheckConstraint(
                name="sign_off_needs_next_review",
                condition=Q(decision="withdraw") | Q(next_review__isnull=False),
            ),
        ]

    def __str__(self):
        return f"{self.pk} {self.item_type}:{self.key} [{self.language}] {self.decision}"

    @property
    def item(self):
        return f"{self.item_type}:{self.key}"

    @property
    def fingerprints(self):
        return f"{self.fingerprint}.{self.facts_fingerprint}"

    @property
    def overdue(self):
        """Whether the text should have been read again by now."""
        return self.next_review is not None and self.next_review < timezone.localdate()

    @property
    def by_machine(self):
        return self.origin == Revision.Origin.MACHINE

    @property
    def told_reason(self):
        """The reason as it is told: our own words in the reader's language."""
        return gettext(self.reason) if self.reason == CHANGED_FOR_SAFETY else self.reason

    def contents(self):
        """Every column as plain JSON values: what the ledger keeps. A column that was added later
        counts only where it says something, so that older seals hold."""
        contents = {}
        for field in self._meta.concrete_fields:
            value = getattr(self, field.attname)
            if field.attname in ADDED_LATER and value == field.get_default():
                continue
            contents[field.attname] = value.isoformat() if hasattr(value, "isoformat") else value
        return contents

    def seal(self):
        """SHA-256 over every column. The ledger's publication names it, so that a sign-off
        that was changed afterwards vouches for nothing."""
        return fingerprint.sha256(fingerprint.canonical(self.contents()))


class LedgerEntry(models.Model):
    """One line of the append-only, hash-chained record. Written by ``ledger.append`` only."""

    PUBLISH, WITHDRAW = "item:publish", "item:withdraw"  # the events that change what readers see

    number = models.PositiveBigIntegerField(primary_key=True)
    at = models.DateTimeField()
    event = models.CharField(max_length=30, db_index=True)
    actor = models.CharField(max_length=150)
    item_type = models.CharField(max_length=60, blank=True)
    key = models.CharField(max_length=100, blank=True)
    language = models.CharField(max_length=12, blank=True)
    sign_off = models.ForeignKey(
        SignOff, null=True, on_delete=models.PROTECT, related_name="ledger_entries"
    )
    # Set where readers' text changes (publish, withdraw): the doors look up the newest one.
    seal = models.CharField(**DIGEST)
    payload = models.TextField(help_text="Canonical JSON, kept as text so that its bytes last.")
    previous = models.CharField(**DIGEST)
    digest = models.CharField(**DIGEST)

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger")
        default_permissions = ["view"]
        ordering = ["-number"]
        indexes = [
            models.Index(
                fields=["item_type", "key", "language", "-number"],
                name="ledger_newest_seal",
                condition=~Q(seal=""),
            ),
            models.Index(fields=["item_type", "key", "-number"], name="ledger_item"),
        ]

    def __str__(self):
        return f"{self.number} {self.event}"


class Bookmark(models.Model):
    """How far something that follows the ledger has come."""

    name = models.CharField(max_length=30, primary_key=True)
    number = models.PositiveBigIntegerField()

    class Meta:
        default_permissions = []

    def __str__(self):
        return f"{self.name}: {self.number}"


class Verification(models.Model):
    """What one run of ``verify`` found, for the desk."""

    at = models.DateTimeField()
    problems = models.JSONField(default=list)

    class Meta:
        default_permissions = []
        ordering = ["-id"]

    def __str__(self):
        return f"{self.at}: {len(self.problems)}"


class JobRun(models.Model):
    """When a job that runs by the clock last ended well."""

    name = models.CharField(max_length=30, primary_key=True)
    at = models.DateTimeField()

    class Meta:
        default_permissions = []

    def __str__(self):
        return f"{self.name}: {self.at}"
