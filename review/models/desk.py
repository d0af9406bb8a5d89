"""What makes working together bearable: texts kept from a conflict, who is where, mail to send."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from ..fields import LettersAsTheyAre
from .records import SignOff
from .requests import ReviewRequest
from .texts import ITEM_TYPE, KEY, Revision


class Rival(models.Model):
    """A text that somebody saved over a newer one: kept until its writer decides."""

    item_type = models.CharField(**ITEM_TYPE)
    key = models.CharField(**KEY)
    language = models.CharField(max_length=12, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    text = models.JSONField(encoder=LettersAsTheyAre)
    facts = models.JSONField(null=True, encoder=LettersAsTheyAre)
    # What both writers started from.
    base_text = models.JSONField(encoder=LettersAsTheyAre)
    base_facts = models.JSONField(null=True, encoder=LettersAsTheyAre)
    theirs = models.ForeignKey(Revision, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = []
        constraints = [
            models.UniqueConstraint(
                fields=["item_type", "key", "language", "user"],
                condition=models.Q(decided_at=None),
                name="rival_one_undecided",
            )
        ]

    def __str__(self):
        return f"{self.item_type}:{self.key} [{self.language}] {self.user}"

    @property
    def item(self):
        return f"{self.item_type}:{self.key}"


class Presence(models.Model):
    """Who had a page of the desk open, and when last. ``place`` is "topics.topic:ras:es" for a
    text being edited, "request:12" for a request being read."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    place = models.CharField(max_length=200)
    seen_at = models.DateTimeField()

    class Meta:
        default_permissions = []
        constraints = [models.UniqueConstraint(fields=["user", "place"], name="presence_once")]
        indexes = [models.Index(fields=["place", "seen_at"], name="presence_place")]

    def __str__(self):
        return f"{self.user}: {self.place}"


class Notice(models.Model):
    """One thing to tell one person by mail: written with what it tells of, sent when it can be."""

    class Kind(models.TextChoices):
        SUBMITTED = "submitted", _("a text waits for your signature")
        COMMENT = "comment", _("a comment")
        CHANGES = "changes", _("changes requested")
        APPROVED = "approved", _("approved")
        DUE = "due", _("a review is due soon")
        OVERDUE = "overdue", _("a review is overdue")
        WITHDRAWN = "withdrawn", _("a text was withdrawn")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="notices"
    )
    kind = models.CharField(max_length=10, choices=Kind.choices)
    # What makes it one of a kind: the ledger's line, or the sign-off and how far it is overdue.
    about = models.CharField(max_length=60)
    request = models.ForeignKey(
        ReviewRequest, null=True, on_delete=models.PROTECT, related_name="+"
    )
    sign_off = models.ForeignKey(SignOff, null=True, on_delete=models.PROTECT, related_name="+")
    details = models.JSONField(default=dict)
    made_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True)

    class Meta:
        default_permissions = []
        constraints = [
            models.UniqueConstraint(fields=["user", "kind", "about"], name="notice_once")
        ]
        indexes = [
            models.Index(
                fields=["user", "made_at"],
                name="notice_unsent",
                condition=models.Q(sent_at=None),
            )
        ]

    def __str__(self):
        return f"{self.kind} {self.about}: {self.user}"


class ReviewLink(models.Model):
    """A link by mail that leads one person to one request, for a while, unless revoked."""

    request = models.ForeignKey(ReviewRequest, on_delete=models.PROTECT, related_name="links")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = []

    def __str__(self):
        return f"{self.request_id}: {self.user}"


class Delivery(models.Model):
    """A translator's file that was imported: the same one is not taken twice."""

    digest = models.CharField(max_length=64, unique=True)
    language = models.CharField(max_length=12)
    name = models.CharField(max_length=200, blank=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    saved_by = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta:
        default_permissions = []

    def __str__(self):
        return self.name or self.digest


class ParkedUnit(models.Model):
    """A translated block from a file that was not put into the text: kept beside it until a
    translator has used it or put it away."""

    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="parked")
    item_type = models.CharField(**ITEM_TYPE)
    key = models.CharField(**KEY)
    language = models.CharField(max_length=12, editable=False)
    field = models.CharField(max_length=60)
    source = models.TextField()  # the original's block that it translates
    text = models.TextField()
    why = models.CharField(max_length=200)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=150, blank=True)

    class Meta:
        default_permissions = []
        ordering = ["id"]
        indexes = [
            models.Index(
                fields=["item_type", "key", "language"],
                name="parked_undecided",
                condition=models.Q(decided_at=None),
            )
        ]

    def __str__(self):
        return f"{self.item_type}:{self.key} [{self.language}] {self.field}"

    @property
    def item(self):
        return f"{self.item_type}:{self.key}"
