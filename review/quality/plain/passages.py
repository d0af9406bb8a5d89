"""A field's Markdown as passages, sentences and words, each with its place in the Markdown.

Signs that no reader sees become spaces, so that every offset stays what it was.
"""

import re
from dataclasses import dataclass
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
_CHARACTER = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff]|[A-Za-z]+(?:[-'][A-Za-z0-9]+)*|\d+(?:\.\d+)?"
)


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


@dataclass(frozen=True, eq=False, slots=True)
class Piece:
    """One block's words, wherever they stand: ``source`` is its Markdown, ``text`` the same with
    what no reader sees as spaces. The same block is the same piece, so that what was found in it
    is found again at once when something else of the text changes."""

    kind: str
    text: str
    source: str
    sentences: tuple  # their places are counted from the piece's beginning

    @property
    def words(self):
        return sum(len(each.words) for each in self.sentences)


class Passage(NamedTuple):
    """``start`` is the piece's place in the field, ``block`` its number among its blocks."""

    piece: Piece
    start: int
    block: int

    @property
    def kind(self):
        return self.piece.kind

    @property
    def end(self):
        return self.start + len(self.piece.text)


@lru_cache(maxsize=1000)
def passages(markdown, language, line=False):
    """What a reader reads of a field."""
    split = blocks.line(markdown) if line else blocks.split(markdown)
    counted = [block for block in split if block.kind != blocks.MARKUP]
    return tuple(
        Passage(_piece(block.kind, block.text, language), block.start, number)
        for number, block in enumerate(counted)
        if block.kind in _JUDGED
    )


@lru_cache(maxsize=20_000)
def _piece(kind, source, language):
    text = seen(source)
    return Piece(kind, text, source, sentences(text, language))


def seen(markdown):
    """The Markdown with every sign that no reader sees as spaces."""
    blank = _UNSEEN.sub(lambda match: " " * len(match[0]), markdown)
    return _MAIL.sub(lambda match: "x" * len(match[0]), blank)


def sentences(text, language):
    """The sentences of one passage's words, with their places in it."""
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
            Word(each[0], first + each.start(), first + each.end())
            for each in pattern.finditer(piece)
        )
        if words:
            made.append(Sentence(piece, first, first + len(piece), words, ended))
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
