"""What is proposed, who vouched for it, and the record of every decision. Knows no content app."""

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from . import fingerprint
from .fields import LettersAsTheyAre
from .fingerprint import VERSION as FINGERPRINT_VERSION

ITEM_TYPE = {"max_length": 60, "editable": False}
KEY = {"max_length": 100, "editable": False}
DIGEST = {"max_length": 64, "blank": True, "editable": False}

valid_key = RegexValidator(
    r"^[a-z0-9]+(-[a-z0-9]+)*\Z",
    _("Small letters a to z, digits, and single hyphens between them."),
)


class Significance(models.TextChoices):
    """How much a change matters to a reader, least first."""

    WORDING = "wording", _("wording: the meaning is the same")
    MEANING = "meaning", _("meaning: a reader would understand something else")
    SAFETY = "safety", _("safety: the old text could harm; outdated translations come down")

    @classmethod
    def highest(cls, values):
        ranks = cls.values
        return max(values, key=ranks.index, default="")


def write_permission(language):
    """The codename of the permission to write in one language: "write_zh_hans"."""
    return "write_" + language.replace("-", "_")


class Advisor(models.Model):
    """A named clinician who may sign, in the languages that she reads as a clinician."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="advisor"
    )
    slug = models.SlugField(_("address"), max_length=100, unique=True)
    name = models.CharField(_("name, as readers see it"), max_length=120)
    credentials = models.CharField(_("credentials, as readers see them"), max_length=200)
    interests = models.TextField(
        _("declared interests"),
        help_text=_("Payments, shares, roles, or “None declared”. Shown to readers, dated."),
    )
    languages = models.JSONField(
        _("languages"), help_text=_('A list of codes: ["en"] signs English text only.')
    )
    active = models.BooleanField(
        _("may sign"), default=True, help_text=_("Untick when somebody leaves: nothing is deleted.")
    )
    demonstration = models.BooleanField(default=False, editable=False)

    class Meta:
        verbose_name = _("medical advisor")
        verbose_name_plural = _("medical advisors")

    def __str__(self):
        return self.name

    def speaks(self, language):
        return language in self.languages


class ReviewRequest(models.Model):
    """Revisions in one language put before an advisor together: one discussion, one decision."""

    class State(models.TextChoices):
        OPEN = "open", _("waiting for an advisor")
        SIGNED = "signed", _("signed, not yet public")
        PUBLISHED = "published", _("published")
        CHANGES_REQUESTED = "changes requested", _("changes requested")
        RECALLED = "recalled", _("recalled by an editor")

    language = models.CharField(max_length=12, editable=False)
    summary = models.CharField(_("what changed and why"), max_length=500, blank=True)
    state = models.CharField(max_length=20, choices=State.choices, default=State.OPEN)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    submitted_at = models.DateTimeField(db_index=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    comment = models.TextField(_("the advisor's comment"), blank=True)

    class Meta:
        verbose_name = _("review request")
        verbose_name_plural = _("review requests")
        default_permissions = ["view"]
        ordering = ["-submitted_at", "-id"]
        indexes = [models.Index(fields=["state", "language"], name="request_state_language")]

    def __str__(self):
        return f"{self.pk} ({self.language})"


class Revision(models.Model):
    """One proposed text of one item in one language. Frozen from the moment it is submitted."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        IN_REVIEW = "in review", _("in review")
        CHANGES_REQUESTED = "changes requested", _("changes requested")
        APPROVED = "approved", _("approved")
        DISCARDED = "discarded", _("discarded")

    class Origin(models.TextChoices):
        HUMAN = "human", _("written by a person")
        MACHINE = "machine", _("made by a machine")
        IMPORT = "import", _("imported from a file")

    item_type = models.CharField(**ITEM_TYPE)
    key = models.CharField(**KEY)
    language = models.CharField(max_length=12, editable=False)
    number = models.PositiveIntegerField(editable=False)
    text = models.JSONField(encoder=LettersAsTheyAre, editable=False)
    facts = models.JSONField(null=True, encoder=LettersAsTheyAre, editable=False)
    fingerprint = models.CharField(**DIGEST)
    facts_fingerprint = models.CharField(**DIGEST)
    source = models.ForeignKey(
        "self",
        null=True,
        on_delete=models.PROTECT,
        related_name="translations",
        editable=False,
        help_text="The source revision that this text translates.",
    )
    # The source's fingerprints as the translator saw them: a source draft may still change.
    source_fingerprints = models.CharField(max_length=130, blank=True, editable=False)
    origin = models.CharField(max_length=10, choices=Origin.choices, default=Origin.HUMAN)
    significance = models.CharField(
        max_length=10, choices=Significance.choices, default=Significance.MEANING
    )
    summary = models.CharField(_("what changed and why"), max_length=500, blank=True)
    state = models.CharField(max_length=20, choices=State.choices, default=State.DRAFT)
    request = models.ForeignKey(
        ReviewRequest, null=True, on_delete=models.PROTECT, related_name="revisions"
    )
    created_at = models.DateTimeField(editable=False)
    saved_at = models.DateTimeField(editable=False)
    saved_by = models.CharField(max_length=150, editable=False)  # the last one; see authors

    class Meta:
        verbose_name = _("revision")
        verbose_name_plural = _("revisions")
        ordering = ["-id"]
        default_permissions = ["view"]
        permissions = [
            *((write_permission(code), f"Can write {name}") for code, name in settings.LANGUAGES),
            ("withdraw_text", "Can withdraw public text"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["item_type", "key", "language", "number"], name="revision_number_once"
            ),
            models.UniqueConstraint(
                fields=["item_type", "key", "language"],
                condition=Q(state="draft"),
                name="revision_one_draft",
            ),
            models.UniqueConstraint(
                fields=["item_type", "key", "language"],
                condition=Q(state="in review"),
                name="revision_one_in_review",
            ),
        ]
        indexes = [models.Index(fields=["state", "language"], name="revision_state_language")]

    def __str__(self):
        return f"{self.item} [{self.language}] {self.number}"

    @property
    def item(self):
        return f"{self.item_type}:{self.key}"

    @property
    def fingerprints(self):
        """Text and facts together: what an advisor names when signing."""
        return f"{self.fingerprint}.{self.facts_fingerprint}"

    def computed_fingerprints(self):
        """The same, from the stored bytes instead of the stored digests."""
        text = fingerprint.of_text(self.item_type, self.key, self.language, self.text)
        return f"{text}.{fingerprint.of_facts(self.item_type, self.key, self.facts)}"


class RevisionAuthor(models.Model):
    """Somebody who saved a revision, and therefore cannot sign it. Append-only."""

    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="authors")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta:
        default_permissions = []
        constraints = [
            models.UniqueConstraint(fields=["revision", "user"], name="revision_author_once")
        ]

    def __str__(self):
        return self.name


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
    refers = models.JSONField(help_text="What the text refers to, with fingerprints as of then.")
    signed_at = models.DateTimeField()
    next_review = models.DateField(null=True)
    demonstration = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("sign-off")
        verbose_name_plural = _("sign-offs")
        default_permissions = ["view"]
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["item_type", "key", "language", "id"], name="sign_off_item")
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
    def fingerprints(self):
        return f"{self.fingerprint}.{self.facts_fingerprint}"

    @property
    def by_machine(self):
        return self.origin == Revision.Origin.MACHINE

    def contents(self):
        """Every column as plain JSON values: what the ledger keeps."""
        contents = {}
        for field in self._meta.concrete_fields:
            value = getattr(self, field.attname)
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
            )
        ]

    def __str__(self):
        return f"{self.number} {self.event}"


class FormerSlug(models.Model):
    """An address that an item once had: it leads to the item's present one."""

    item_type = models.CharField(**ITEM_TYPE)
    key = models.CharField(**KEY)
    slug = models.SlugField(max_length=100)

    class Meta:
        default_permissions = []
        constraints = [
            models.UniqueConstraint(fields=["item_type", "slug"], name="former_slug_once")
        ]

    def __str__(self):
        return self.slug
