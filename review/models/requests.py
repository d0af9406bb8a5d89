"""What is put before an advisor: requests, releases of several, and what is said of them."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .people import Advisor
from .texts import DIGEST, ITEM_TYPE, KEY, Revision


class Release(models.Model):
    """Requests, in one language or several, that go public together: all signed, or none public."""

    class State(models.TextChoices):
        GATHERING = "gathering", _("waiting for signatures")
        PUBLISHED = "published", _("public")
        UNDONE = "undone", _("undone")

    name = models.CharField(_("name"), max_length=200)
    state = models.CharField(max_length=20, choices=State.choices, default=State.GATHERING)
    publish_at = models.DateTimeField(
        _("goes public at"), null=True, blank=True, help_text=_("Empty: as soon as all is signed.")
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    problem = models.TextField(blank=True, help_text="Why it could not go public when it was due.")

    class Meta:
        verbose_name = _("release")
        verbose_name_plural = _("releases")
        default_permissions = ["view"]
        ordering = ["-made_at", "-id"]

    def __str__(self):
        return self.name


class ReviewRequest(models.Model):
    """Revisions in one language put before an advisor together: one discussion, one decision."""

    class State(models.TextChoices):
        OPEN = "open", _("waiting for an advisor")
        SIGNED = "signed", _("signed, not yet public")
        PUBLISHED = "published", _("published")
        CHANGES_REQUESTED = "changes requested", _("changes requested")
        RECALLED = "recalled", _("recalled by an editor")
        STOPPED = "stopped", _("signed, then stopped before it was public")
        OVERTAKEN = "overtaken", _("signed, then overtaken by a later decision")

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
    words = models.PositiveIntegerField(default=0, help_text="Words in paragraphs that changed.")
    assigned_to = models.ForeignKey(
        Advisor,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="requests",
        verbose_name=_("for"),
        help_text=_("Empty: for any advisor of the language."),
    )
    due = models.DateField(_("wanted by"), null=True, blank=True)
    publish_at = models.DateTimeField(_("goes public at"), null=True, blank=True)
    release = models.ForeignKey(
        "Release", null=True, blank=True, on_delete=models.PROTECT, related_name="requests"
    )
    # A translation's second signature, by somebody who reads the language (a setting asks for it).
    language_checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    language_checked_at = models.DateTimeField(null=True)
    problem = models.TextField(blank=True, help_text="Why it could not go public when it was due.")

    class Meta:
        verbose_name = _("review request")
        verbose_name_plural = _("review requests")
        default_permissions = ["view"]
        ordering = ["-submitted_at", "-id"]
        indexes = [models.Index(fields=["state", "language"], name="request_state_language")]

    def __str__(self):
        return f"{self.pk} ({self.language})"


class Comment(models.Model):
    """Something said about a text, or about a passage of it. Stays with the item through later
    revisions; ``revision`` is the one it was said about."""

    item_type = models.CharField(**ITEM_TYPE)
    key = models.CharField(**KEY)
    language = models.CharField(max_length=12, editable=False)
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="comments")
    request = models.ForeignKey(
        ReviewRequest, null=True, on_delete=models.PROTECT, related_name="comments"
    )
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="replies")
    quote = models.TextField(_("passage"), blank=True)
    text = models.TextField(_("comment"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=150)
    at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.CharField(max_length=150, blank=True)

    class Meta:
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        default_permissions = []
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["item_type", "key", "language"], name="comment_item")]

    def __str__(self):
        return self.text[:60]


class Waiver(models.Model):
    """Why a finding that stops a text is none: said by a person, signed by the advisor. Holds for
    later revisions, too, as long as ``place`` is the same; never changed, never taken back."""

    item_type = models.CharField(**ITEM_TYPE)
    key = models.CharField(**KEY)
    language = models.CharField(max_length=12, editable=False)
    finding = models.CharField(max_length=60)  # its id
    # SHA-256 over what was found, where, and the words there (``quality.gate.place_of``).
    place = models.CharField(**DIGEST)
    message = models.TextField()
    reason = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta:
        default_permissions = []
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["item_type", "key", "language", "place"], name="waiver_once"
            )
        ]

    def __str__(self):
        return f"{self.item_type}:{self.key} [{self.language}] {self.finding}"

    @property
    def evidence(self):
        """What a sign-off keeps of it."""
        names = ("id", "finding", "place", "message", "reason", "name")
        return {name: getattr(self, name) for name in names}
