"""What translating leaves behind: the sheet beside a draft, and the memory of blocks."""

from django.db import models

from ..fields import LettersAsTheyAre
from .texts import DIGEST, Revision


class Worksheet(models.Model):
    """A translation block by block (``review.worksheet``), and what was decided about its blocks
    since the last approval. Kept with the draft; the ledger names the decisions at submission."""

    revision = models.OneToOneField(Revision, on_delete=models.PROTECT, related_name="worksheet")
    fields = models.JSONField(encoder=LettersAsTheyAre)  # name to ``worksheet.Field.as_json``
    # [{"field", "act", "source", "target", "by", "at"}]
    acts = models.JSONField(default=list, encoder=LettersAsTheyAre)

    class Meta:
        default_permissions = []

    def __str__(self):
        return str(self.revision)


class MemoryUnit(models.Model):
    """One block of a source and how it was translated once. Derived from revisions: ``memory``
    writes it, ``manage.py rebuild_memory`` makes it anew."""

    language = models.CharField(max_length=12, editable=False)
    digest = models.CharField(**DIGEST)  # of the source block
    source = models.TextField()
    target = models.TextField()
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="memory")
    signed = models.BooleanField(default=False)
    # Four ways to shorten the block's words to a number: blocks that share many words share one.
    near_1 = models.BigIntegerField()
    near_2 = models.BigIntegerField()
    near_3 = models.BigIntegerField()
    near_4 = models.BigIntegerField()

    class Meta:
        default_permissions = []
        indexes = [
            models.Index(fields=["language", "digest"], name="memory_same"),
            *(
                models.Index(fields=["language", name], name=f"memory_{name}")
                for name in ("near_1", "near_2", "near_3", "near_4")
            ),
        ]

    def __str__(self):
        return f"[{self.language}] {self.source[:40]}"
