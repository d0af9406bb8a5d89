"""What is proposed, who wrote it, and where each text stands."""

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .. import fingerprint
from ..fields import LettersAsTheyAre

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
        "ReviewRequest", null=True, on_delete=models.PROTECT, related_name="revisions"
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


class Standing(models.Model):
    """Where one item's text in one language stands: the pointers that lists need.

    Derived from revisions and the ledger, and written beside them by ``standing``; a retired item
    has none. Doors and guards never read it.
    """

    item_type = models.CharField(**ITEM_TYPE)
    key = models.CharField(**KEY)
    language = models.CharField(max_length=12, editable=False)
    newest = models.ForeignKey(
        Revision, null=True, on_delete=models.PROTECT, related_name="+", editable=False
    )
    live = models.ForeignKey(
        "SignOff", null=True, on_delete=models.PROTECT, related_name="+", editable=False
    )

    class Meta:
        default_permissions = []
        constraints = [
            models.UniqueConstraint(
                fields=["item_type", "key", "language"], name="standing_one_a_text"
            )
        ]
        indexes = [models.Index(fields=["language", "live"], name="standing_language_live")]

    def __str__(self):
        return f"{self.item_type}:{self.key} [{self.language}]"

    @property
    def item(self):
        return f"{self.item_type}:{self.key}"


class Recheck(models.Model):
    """A public text that must be read again before its date, and why. Closed by the next decision
    on that text."""

    item_type = models.CharField(**ITEM_TYPE)
    key = models.CharField(**KEY)
    language = models.CharField(max_length=12, editable=False)
    reason = models.TextField(_("reason"))
    opened_by = models.CharField(max_length=150)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = []
        constraints = [
            models.UniqueConstraint(
                fields=["item_type", "key", "language", "reason"],
                condition=Q(closed_at=None),
                name="recheck_open_once",
            )
        ]

    def __str__(self):
        return f"{self.item_type}:{self.key} [{self.language}] {self.reason}"

    @property
    def item(self):
        return f"{self.item_type}:{self.key}"
