"""A Markdown text as the passages in which claims are made: each with its place, its sentences and
what stands behind it. Pure."""

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache

from ... import blocks, markdown
from ..translation.blocks import sentences
from ..translation.reading import passage
from .vocabulary import plain

_CITATION = re.compile(r"\[@([^\]\s]+)\]")
_ASKS = re.compile(r"[?？؟][\"”»」』)\]*_]*$")
_SIGNS = re.compile(r"[*_`]+")


@dataclass(frozen=True)
class Passage:
    """One block: ``number`` counts the blocks that people read, ``start`` and ``end`` are offsets
    into the text. ``figures`` are the keys of the records drawn right below or above it."""

    kind: str
    text: str
    number: int
    start: int
    end: int
    language: str
    figures: tuple = ()

    @property
    def cites(self):
        return _CITATION.findall(self.text)

    @property
    def sentences(self):
        """Those that say something: a question claims nothing."""
        return _sentences(self.text, self.language, self.kind == blocks.LINE)


@lru_cache(maxsize=10_000)
def _sentences(text, language, line):
    """The same block has the same sentences, wherever it stands: what was read in them is kept."""
    said = _SIGNS.sub("", text) if line else markdown.plain(text)
    return tuple(Sentence(each, language) for each in sentences(said) if not _ASKS.search(each))


@dataclass(frozen=True)
class Sentence:
    words: str
    language: str

    @cached_property
    def plain(self):
        return plain(self.words)

    @cached_property
    def quantities(self):
        return passage(self.words, self.language).quantities

    @property
    def ratios(self):
        """Shares of a whole: "27 of 100", "30%", "half"; not two numbers that a comma parts."""
        found = (each for each in self.quantities if each.measure == "ratio")
        return [each for each in found if min(each.values) <= 1 and "," not in each.text]


@lru_cache(maxsize=1000)
def passages(text, language, line=False):
    """In reading order. A heading is the name of what follows, and no passage."""
    split = blocks.line(text) if line else blocks.split(text)
    read = [each for each in split if each.kind != blocks.MARKUP]
    found, number = [], -1
    for place, block in enumerate(read):
        if block.kind not in blocks.TRANSLATED:
            continue
        number += 1
        if block.kind in (blocks.HEADING, blocks.CODE):
            continue
        around = read[place + 1 : place + 2] + read[max(0, place - 1) : place]
        drawn = tuple(key for each in around for key in _drawn(each))
        at = block.start, block.end
        found.append(Passage(block.kind, block.text, number, *at, language, drawn))
    return tuple(found)


def _drawn(block):
    if block.kind != blocks.MARK:
        return []
    return [key for name, key in markdown.marks_in(block.text) if name != markdown.CITE]
