"""A translation block by block: which block of the source each of its blocks says, and whether it
still does. Pure; ``models.Worksheet`` keeps it with the draft."""

import re
from dataclasses import asdict, dataclass, replace
from typing import NamedTuple

from . import alignment, blocks
from .blocks import CELL, HEADING, LINE, MARK, MARKUP, PARAGRAPH, Block
from .fingerprint import NotText, normalise

# What a row is, beside the source as it is now. The names are for style sheets, too.
SAME, NEW, CHANGED, GONE, EXTRA, KEPT = "same", "new", "changed", "gone", "extra", "kept"
SETTLED = frozenset({SAME, KEPT})
CONFIRM, KEEP, REMOVE, ADJUST = "confirmed", "kept", "removed", "adjusted"


@dataclass(frozen=True)
class Row:
    """A block of the present source and its translation; one of the two may be missing."""

    kind: str
    now: str | None  # the block of the present source
    was: str | None  # the source block that ``made`` says
    made: str  # its translation, as it was when somebody vouched that it says that
    target: str  # the translation as it is being written
    gap: str = ""  # the markup before it in the translation
    machine: bool = False  # no person has confirmed what a machine wrote here
    kept: bool = False  # knowingly, though the source does not hold it (any more)

    @property
    def state(self):
        if self.now is None:
            return KEPT if self.kept else EXTRA if self.was is None else GONE
        if self.was is None or (self.made and not self.target):
            return NEW
        return SAME if self.was == self.now else CHANGED

    @property
    def settled(self):
        return self.state in SETTLED

    def having(self, **changed):
        return replace(self, **changed)

    @property
    def drawn(self):
        """Whether it is a mark of our own, which is the same in every language."""
        return self.kind == MARK


class Field(NamedTuple):
    """One field's rows, and the markup after the last of them."""

    rows: list
    tail: str = ""

    @property
    def text(self):
        """The field's text in normal form, put together from its rows."""
        parts, before = [], None
        for row in self.rows:
            if row.kind == CELL and row.now is None and not row.kept:
                continue  # it waits in the worksheet: in the table it would move the others
            # An empty cell keeps its place in the table, once it has one.
            if row.target or (row.kind == CELL and row.gap):
                parts += [_between(before, row.gap, row.kind), fitting(row)]
                before = row.kind
        return _normal("".join([*parts, _between(before, self.tail, None)]))

    def as_json(self):
        return {"rows": [asdict(row) for row in self.rows], "tail": self.tail}

    @classmethod
    def from_json(cls, kept):
        return cls([Row(**row) for row in kept["rows"]], kept["tail"])


class Change(NamedTuple):
    """What a person decided about one row."""

    act: str
    source: str
    target: str


def _between(before, gap, kind):
    """The markup between two rows, whatever stood before this one when the text was written."""
    close, line, opening = gap.partition("\n")
    if not line and kind not in (None, CELL):
        return f"\n\n{gap}" if before else gap
    ends_a_table = "|" in close if line else kind is None and "|" in gap
    if ends_a_table and before != CELL:
        return line + opening
    return gap


def _normal(text):
    """In normal form; what holds a stray character comes back as it is, for the form to refuse."""
    try:
        return normalise(text)
    except NotText:
        return text


def fitting(row):
    """A row's words as its kind can hold them: a heading and a cell are one line."""
    if row.kind not in (HEADING, CELL, LINE):
        return row.target
    words = " ".join(row.target.split("\n"))
    return re.sub(r"(?<!\\)\|", r"\|", words) if row.kind == CELL else words


def split(text, one_line):
    """([(block, the markup before it)], the markup after the last)."""
    found, gap = [], ""
    for block in blocks.line(text) if one_line else blocks.split(text):
        if block.kind == MARKUP:
            gap += block.text
        else:
            found.append((block, gap))
            gap = ""
    return found, gap


# -- Making --------------------------------------------------------------------------------------


def begun(source, target, one_line=False, machine=False):
    """The field of a translation that says its source, as far as both can be laid side by side."""
    (theirs, _tail), (ours, tail) = split(source, one_line), split(target, one_line)
    pairs = dict(alignment.translation([b for b, _g in theirs], [b for b, _g in ours]))
    rows, b = [], 0
    for at, (block, gap) in enumerate(theirs):
        stop = pairs.get(at)
        if stop is None:
            rows.append(Row(block.kind, block.text, block.text, "", ""))
            continue
        rows += [_extra(*each, machine) for each in ours[b:stop]]
        said, gap = ours[stop]
        rows.append(
            Row(
                *(block.kind, block.text, block.text, said.text, said.text, gap),
                machine=machine and block.kind != MARK,
            )
        )
        b = stop + 1
    rows += [_extra(*each, machine) for each in ours[b:]]
    return Field(rows, tail)


def _extra(block, gap, machine, kept=True):
    """A block that says nothing of the source: kept where the whole was signed, or submitted."""
    return Row(block.kind, None, None, block.text, block.text, gap, machine, kept)


def moved(field, source, one_line=False):
    """The same beside the source as it is now."""
    there, tail = split(source, one_line)
    new = [block for block, _gap in there]
    bound = [n for n, row in enumerate(field.rows) if row.now is not None or row.was is not None]
    old = [_source_block(field.rows[n]) for n in bound]
    pairs = {bound[i]: j for i, j in alignment.versions(old, new)}
    rows, b = [], 0
    for n, row in enumerate(field.rows):
        if n in pairs:
            rows += [_new(*each) for each in there[b : pairs[n]]]
            block = new[pairs[n]]
            rows.append(replace(row, kind=block.kind, now=block.text, kept=False))
            b = pairs[n] + 1
        elif row.now is None:
            rows.append(row)
        elif row.made or row.target:
            rows.append(replace(row, now=None, was=row.now if row.was is None else row.was))
    rows += [_new(*each) for each in there[b:]]
    if [r.now for r in field.rows] == [r.now for r in rows] or not _rebuilt(field.rows, rows):
        return Field(rows, field.tail if field.rows else tail)
    gaps = iter(gap for _block, gap in there)
    return Field([r if r.now is None else replace(r, gap=next(gaps)) for r in rows], tail)


def _source_block(row):
    text = row.was if row.now is None else row.now
    return Block(row.kind, text, 0, 0)


def _rebuilt(old, new):
    """Whether blocks came or went: then the translation is built as its source is now."""
    return [r.now is None for r in old] != [r.now is None for r in new]


def _new(block, gap):
    if block.kind == MARK:
        return Row(block.kind, block.text, block.text, block.text, block.text, gap)
    return Row(block.kind, block.text, None, "", "", gap)


def retyped(field, text, one_line=False):
    """The same after somebody wrote the field as a whole."""
    there, tail = split(text, one_line)
    bound = [n for n, row in enumerate(field.rows) if row.target]
    old = [Block(field.rows[n].kind, field.rows[n].target, 0, 0) for n in bound]
    pairs = {bound[i]: j for i, j in alignment.versions(old, [b for b, _gap in there])}
    rows, holes, b = [], [], 0
    for n, row in enumerate(field.rows):
        if n in pairs:
            rows += _filled(holes, there[b : pairs[n]])
            block, gap = there[pairs[n]]
            rows.append(replace(row, target=block.text, gap=gap))
            holes, b = [], pairs[n] + 1
        elif row.now is not None:
            holes.append(replace(row, target=""))
    return Field(rows + _filled(holes, there[b:]), tail)


def _filled(holes, typed):
    """Rows without words, and what was typed where they stand."""
    sources = [Block(row.kind, row.now, 0, 0) for row in holes]
    pairs = dict(alignment.translation(sources, [block for block, _gap in typed]))
    rows, b = [], 0
    for n, row in enumerate(holes):
        if n not in pairs:
            rows.append(row)
            continue
        rows += [_extra(*each, machine=False, kept=False) for each in typed[b : pairs[n]]]
        block, gap = typed[pairs[n]]
        rows.append(replace(row, target=block.text, gap=gap))
        b = pairs[n] + 1
    return rows + [_extra(*each, machine=False, kept=False) for each in typed[b:]]


# -- Deciding ------------------------------------------------------------------------------------


def decided(row, act=""):
    """(the row or None, the Change or None) after a person saved it and perhaps ticked ``act``."""
    if act == REMOVE and row.now is None:
        return None, Change(REMOVE, row.was or "", row.made)
    if act == KEEP and row.now is None and not row.kept:
        # A cell that left its table is a paragraph below it.
        place = {"kind": PARAGRAPH, "gap": "\n\n"} if row.kind == CELL else {}
        kept = replace(row, kept=True, made=row.target, machine=False, **place)
        return kept, Change(KEEP, row.was or "", row.target)
    if row.now is None and row.was is None and row.target != row.made:
        return replace(row, kept=True, made=row.target), None  # written for itself, knowingly
    if row.now is None or row.drawn:
        return row, None
    vouched = replace(row, was=row.now, made=row.target, machine=False)
    if act == CONFIRM and (not row.settled or row.machine):
        return vouched, Change(CONFIRM, row.now, row.target)
    if row.target and row.target != row.made:
        return vouched, Change(ADJUST, row.now, row.target) if row.was is not None else None
    return row, None


def unsettled(fields):
    """How many rows somebody has still to look at."""
    return sum(not row.settled for field in fields.values() for row in field.rows)


def of_machine(fields):
    """How many rows a machine wrote that no person has confirmed or rewritten."""
    return sum(row.machine for field in fields.values() for row in field.rows)
