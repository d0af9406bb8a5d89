"""A text as units: one for each block, or one for a field whose blocks are not its source's."""

import re
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from .. import blocks, fingerprint
from ..fields import Line

WHOLE = "all"  # in place of a block's number: the whole field
NONE = "0"  # in place of a digest: there was no translation yet
_ID = re.compile(
    r"([a-z]+\.[a-z]+):([a-z0-9-]+):([a-z_]+):([0-9]{1,5}|all):([0-9a-f]{16}):([0-9a-f]{16}|0)"
)


@dataclass
class Unit:
    """One piece to translate. ``source_digest`` names the signed original that it was cut from,
    ``target_digest`` the translation that stood there: a draft may be saved over meanwhile."""

    item_type: str
    key: str
    field: str
    block: str
    source_digest: str
    target_digest: str
    source: str
    target: str = ""
    notes: list = field(default_factory=list)
    unsure: bool = False  # marked so by the translator's tool
    problem: str = ""  # why it could not be read

    @property
    def id(self):
        names = (self.item_type, self.key, self.field, self.block)
        return ":".join((*names, self.source_digest, self.target_digest))

    @property
    def item(self):
        return f"{self.item_type}:{self.key}"

    @property
    def place(self):
        return f"{self.item}, {self.field}, {self.block}"


def named(identity):
    """The unit that an id names, without its texts; None for what is no id of ours."""
    match = _ID.fullmatch(identity or "")
    return Unit(*match.groups(), source="") if match else None


def digest(revision):
    """Sixteen hex digits that name one text with its facts."""
    return fingerprint.sha256(revision.fingerprints)[:16]


def digest_of(text):
    """The same for a translated piece; NONE for none."""
    return fingerprint.sha256(text)[:16] if text else NONE


def pieces(model, name, text):
    """A field's value as blocks."""
    value = text.get(name) or ""
    is_line = isinstance(model._meta.get_field(name), Line)
    return blocks.line(value) if is_line else blocks.split(value)


def matched(old, new):
    """Number of a block of ``new`` to that of the same block of ``old``."""
    found = {}
    for _tag, i, j, size in _runs(old, new):
        found.update({j + step: i + step for step in range(size)})
    return found


def replaced(old, new):
    """Number of a block of ``new`` to that of the block that stood in its place."""
    changes = _matcher(old, new).get_opcodes()
    return {
        j: i
        for tag, i1, i2, j1, j2 in changes
        if tag == "replace"
        for i, j in zip(range(i1, i2), range(j1, j2), strict=False)
    }


def _runs(old, new):
    for i, j, size in _matcher(old, new).get_matching_blocks():
        yield "equal", i, j, size


def _matcher(old, new):
    sides = [[(block.kind, block.text) for block in side] for side in (old, new)]
    return SequenceMatcher(None, *sides, autojunk=False)


@dataclass
class FieldText:
    """One field's source now and what there is of its translation.

    ``targets`` has a text ("": none) for each spoken block of the source; it is None where the
    translation has other blocks than the source that it was made from, and then ``whole`` is it.
    """

    source: str
    blocks: list
    spoken: list
    targets: list | None
    whole: str = ""
    fresh: bool = True  # whether ``whole`` was made from this very source
    earlier: dict = field(default_factory=dict)  # block's number to what stood in its place


def field_text(model, name, source, target):
    """``source`` and ``target`` are revisions (target None: nothing is translated yet)."""
    now = pieces(model, name, source.text)
    spoken = blocks.spoken(now)
    found = FieldText(source.text.get(name) or "", now, spoken, [""] * len(spoken))
    value = (target.text.get(name) or "") if target else ""
    if not value:
        return found
    made_from = pieces(model, name, target.source.text if target.source else {})
    mine = pieces(model, name, target.text)
    found.whole, found.fresh = value, blocks.join(made_from) == found.source
    if blocks.shape(made_from) != blocks.shape(mine) or not spoken:
        found.targets = None
        return found
    old, words = blocks.spoken(made_from), [block.text for block in blocks.spoken(mine)]
    for new, was in matched(old, spoken).items():
        # What still stands there in the source's words is not translated.
        same = words[was] == spoken[new].text and any(c.isalpha() for c in words[was])
        found.targets[new] = "" if same and len(spoken) > 1 else words[was]
    found.earlier = {new: words[was] for new, was in replaced(old, spoken).items()}
    return found
