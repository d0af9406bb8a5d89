"""What people answered to the instruments by which a guide is assessed."""

from django.conf import settings
from django.db import models

from ..fields import LettersAsTheyAre
from .texts import ITEM_TYPE, KEY


class Assessment(models.Model):
    """Somebody's answers to items of one instrument, over the texts as they were read. Append-only:
    a newer answer to an item takes the place of an older one."""

    item_type = models.CharField(**ITEM_TYPE)
    key = models.CharField(**KEY)
    language = models.CharField(max_length=12, editable=False)
    instrument = models.CharField(max_length=20)
    answers = models.JSONField(encoder=LettersAsTheyAre)  # {number: [answer, note]}
    read = models.JSONField(encoder=LettersAsTheyAre)  # [[item, revision, fingerprints]]
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta:
        default_permissions = []
        ordering = ["id"]
        indexes = [models.Index(fields=["item_type", "key", "language"], name="assessment_item")]

    def __str__(self):
        return f"{self.item_type}:{self.key} [{self.language}] {self.instrument}"
