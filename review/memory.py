"""The translation memory: how blocks were translated before, per language. It proposes, and never
fills in.

Derived: ``learn`` writes it when a translation is put before the advisors, ``signed`` when it is
signed; ``rebuild`` makes all of it anew. A page asks for all its blocks at once, in two queries.
"""

import hashlib
import re
from collections import namedtuple
from difflib import SequenceMatcher
from functools import lru_cache

from django.db.models import Q

from . import fingerprint, languages, rows, worksheets
from .models import MemoryUnit, Revision, Worksheet

Suggestion = namedtuple("Suggestion", "pk source target signed likeness")

NEAR = ("near_1", "near_2", "near_3", "near_4")
CANDIDATES = 400  # blocks that a page weighs, at most
LIKE = 0.6  # blocks less alike than this help nobody
SHOWN = 3  # proposals for one block
BATCH = 500
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W\u3040-\u30ff\u3400-\u9fff]+")


# -- Learning ------------------------------------------------------------------------------------


def learn(revisions, signed=False):
    """Remember the blocks of translations; what was remembered of them before is replaced."""
    revisions = [r for r in revisions if r.language != languages.source() and r.source]
    if not revisions:
        return
    MemoryUnit.objects.filter(revision__in=revisions).delete()
    kept = {each.revision_id: each for each in Worksheet.objects.filter(revision__in=revisions)}
    units = [unit for r in revisions for unit in _units(r, kept.get(r.pk), signed)]
    rows.insert(units)


def _units(revision, kept, signed):
    seen = set()
    for row in worksheets.rows_of(revision, kept):
        pair = (row.now, row.target)
        if pair not in seen:
            seen.add(pair)
            yield MemoryUnit(
                language=revision.language,
                digest=fingerprint.sha256(row.now),
                source=row.now,
                target=row.target,
                revision=revision,
                signed=signed,
                **dict(zip(NEAR, near(row.now), strict=True)),
            )


def vouch(revisions):
    """They were signed; what was submitted before there was a memory is remembered now."""
    translations = [r for r in revisions if r.language != languages.source()]
    if not translations:
        return
    known = MemoryUnit.objects.filter(revision__in=translations)
    had = set(known.values_list("revision_id", flat=True).distinct())
    known.update(signed=True)
    learn([r for r in translations if r.pk not in had], signed=True)


def doubt(revision):
    """A text was withdrawn: nobody vouches for its blocks any more."""
    MemoryUnit.objects.filter(revision=revision).update(signed=False)


def rebuild():
    """Make the memory anew. Returns how many blocks it holds."""
    MemoryUnit.objects.all().delete()
    put = (Revision.State.IN_REVIEW, Revision.State.CHANGES_REQUESTED, Revision.State.APPROVED)
    found = Revision.objects.filter(state__in=put).exclude(language=languages.source())
    found = found.exclude(source=None).select_related("source").order_by("pk")
    withdrawn = set(
        Revision.objects.filter(sign_offs__decision="withdraw").values_list("pk", flat=True)
    )
    batch = []
    for revision in found.iterator(chunk_size=BATCH):
        batch.append(revision)
        if len(batch) == BATCH:
            _learn_again(batch, withdrawn)
            batch = []
    _learn_again(batch, withdrawn)
    return MemoryUnit.objects.count()


def _learn_again(batch, withdrawn):
    signed = [r for r in batch if r.state == Revision.State.APPROVED and r.pk not in withdrawn]
    learn(signed, signed=True)
    learn([r for r in batch if r not in signed])


def near(text):
    """Four numbers of which two texts share at least one, the likelier the more words they share
    (MinHash; A. Broder, On the resemblance and containment of documents, 1997)."""
    words = {word.casefold() for word in _WORD.findall(text)} or {text}
    return [min(some) for some in zip(*map(_numbers, words), strict=True)]


@lru_cache(maxsize=20_000)
def _numbers(word):
    digest = hashlib.blake2b(word.encode(), digest_size=28).digest()
    return [int.from_bytes(digest[at : at + 7], "big") for at in range(0, 28, 7)]


# -- Asking --------------------------------------------------------------------------------------


def suggestions(texts, language):
    """Source block to its Suggestions: identical ones first, signed ones before others."""
    texts = list(dict.fromkeys(texts))
    if not texts:
        return {}
    return {text: _best(text, [*same, *alike]) for text, same, alike in _found(texts, language)}


def _found(texts, language):
    digests = {fingerprint.sha256(text): text for text in texts}
    known = MemoryUnit.objects.filter(language=language).order_by("-signed", "-revision_id")
    same = list(known.filter(digest__in=digests))
    numbers = {text: near(text) for text in texts}
    asked = Q()
    for at, name in enumerate(NEAR):
        asked |= Q(**{f"{name}__in": {found[at] for found in numbers.values()}})
    close = list(known.filter(asked).exclude(digest__in=digests)[:CANDIDATES])
    for text in texts:
        own = [unit for unit in same if digests[unit.digest] == text]
        others = [
            unit
            for unit in close
            if any(getattr(unit, name) == numbers[text][at] for at, name in enumerate(NEAR))
        ]
        yield text, own, others


def _best(text, units):
    words = _WORD.findall(text.casefold())
    matcher = SequenceMatcher(None, "", words, autojunk=False)
    found, said = [], set()
    for unit in units:
        if unit.target in said:
            continue
        said.add(unit.target)
        matcher.set_seq1(_WORD.findall(unit.source.casefold()))
        likeness = 1.0 if unit.source == text else min(0.99, matcher.ratio())
        if likeness >= LIKE:
            found.append(Suggestion(unit.pk, unit.source, unit.target, unit.signed, likeness))
    found.sort(key=lambda each: (-each.likeness, not each.signed))
    return found[:SHOWN]
