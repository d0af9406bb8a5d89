"""A field's Markdown as passages, sentences and words, each with its place in the Markdown.

Signs that no reader sees become spaces, so that every offset stays what it was.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from ... import blocks
from .vocabulary import vocabulary

# Prose is what has sentences; a heading or a cell is read beside it.
PROSE = frozenset({blocks.PARAGRAPH, blocks.ITEM, blocks.QUOTE, blocks.LINE})
_JUDGED = PROSE | {blocks.HEADING, blocks.CELL}
_UNSEEN = re.compile(
    r"\[@[^\]\n]*\]|(?<=\])\([^)\s]*\)|https?://\S+|<[^>\n]*>|!?\[|\]|[*`\\]+|(?<!\w)_+|_+(?!\w)"
)
# An address or a link's target takes no part; an address of mail neither.
_MAIL = re.compile(r"\S+@\S+")
_END = re.compile(
    r"(?:[.!?؟…]+[\"”»’)\]]*(?:\s*\d{1,2}(?=\s[A-Z]))?(?=\s|$))|[。！？]+[”』」）]*|\n[ \t]*(?=\n)"
)
_INITIAL = re.compile(r"(?<!\w)[A-ZÀ-Þ]\.$")
_WORD = re.compile(
    r"[^\W\d_][^\W_\u3040-\u30ff\u3400-\u9fff]*"
    r"(?:[\u064b-\u0652\u0640]+[^\W\d_]*)*(?:[’'-][^\W_]+)*|\d+(?:[.,٫٬]\d+)*"
)
_CHARACTER = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[A-Za-z]+(?:[-'][A-Za-z0-9]+)*|\d+(?:\.\d+)?")


class Word(NamedTuple):
    text: str
    start: int
    end: int


class Sentence(NamedTuple):
    text: str
    start: int
    end: int
    words: tuple
    ended: bool  # by a sign of its own


class Passage(NamedTuple):
    """``text`` is as long as its Markdown; ``start`` is its place in the field, ``block`` its
    number among the field's blocks, ``source`` the Markdown itself."""

    kind: str
    text: str
    start: int
    block: int
    source: str
    sentences: tuple

    @property
    def end(self):
        return self.start + len(self.text)

    @property
    def words(self):
        return sum(len(each.words) for each in self.sentences)


@lru_cache(maxsize=2000)
def passages(markdown, language, line=False):
    """What a reader reads of a field. Kept: one block of a text changes at a time."""
    split = blocks.line(markdown) if line else blocks.split(markdown)
    counted = [block for block in split if block.kind != blocks.MARKUP]
    return tuple(
        _passage(block, number, language)
        for number, block in enumerate(counted)
        if block.kind in _JUDGED
    )


def _passage(block, number, language):
    text = seen(block.text)
    return Passage(
        block.kind, text, block.start, number, block.text, sentences(text, language, block.start)
    )


def seen(markdown):
    """The Markdown with every sign that no reader sees as spaces."""
    blank = _UNSEEN.sub(lambda match: " " * len(match[0]), markdown)
    return _MAIL.sub(lambda match: "x" * len(match[0]), blank)


@lru_cache(maxsize=5000)
def sentences(text, language, offset=0):
    """The sentences of one passage's words, with their places from ``offset`` on."""
    known = vocabulary(language)
    pattern = _CHARACTER if known.spaceless else _WORD
    found, start = [], 0
    for match in _END.finditer(text):
        if not _ends(text, start, match, known):
            continue
        found.append((start, match.end(), True))
        start = match.end()
    found.append((start, len(text), False))
    made = []
    for first, last, ended in found:
        piece = text[first:last]
        first += len(piece) - len(piece.lstrip())
        piece = piece.strip()
        words = tuple(
            Word(each[0], offset + first + each.start(), offset + first + each.end())
            for each in pattern.finditer(piece)
        )
        if words:
            made.append(
                Sentence(piece, offset + first, offset + first + len(piece), words, ended)
            )
    return tuple(made)


def _ends(text, start, match, known):
    """A full stop of an abbreviation or an initial, or before a small letter, ends nothing."""
    if match[0][0] != "." or match[0].startswith(".."):
        return True
    before, after = text[start : match.start() + 1], text[match.end() :].lstrip()
    if after[:1].islower():
        return False
    if any(hit.end() == len(before) - 1 for hit in known.abbreviations.finditer(before)):
        return not after
    return not (_INITIAL.search(before) and after)
