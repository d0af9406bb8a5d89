"""A Markdown text as blocks and sentences, and those of two texts that belong together."""

import re
from dataclasses import dataclass, field
from functools import lru_cache

from ... import markdown

_ENDS = re.compile(
    r"(?<=[.!?؟])[\"”»’)\]*]*(?:\s*\[@[^\]]*\])*\s+(?=[^\s.])"
    r"|(?<=[。！？])[”」』）\]*]*(?:\[@[^\]]*\])*|\n+"
)
_ABBREVIATIONS = re.compile(
    r"(?:\b(?:dr|dra|mr|mrs|ms|prof|e\.g|i\.e|vs"
    r"|p\.ej|p\. ej|ej|aprox|approx|env|etc"
    r"|nº|n|no|art|fig|sr|sra"
    r"|m|mme|ee|uu|u\.s|u\.k|a\.m|p\.m|st|cf|max|min|د|أ)|\b[A-Za-z])\.$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Block:
    """``kind`` is "p", "h2", "li", "td" …; ``text`` is the words, without marks and addresses."""

    kind: str
    text: str
    citations: tuple = ()
    links: tuple = ()
    marks: tuple = ()


@dataclass
class _Open:
    words: list = field(default_factory=list)
    citations: list = field(default_factory=list)
    links: list = field(default_factory=list)


@lru_cache(maxsize=1000)
def blocks(text):
    """In reading order; a table's row is one block. Kept: an original has many translations."""
    found, kinds, row = [], [], None
    for token in markdown.tokens(text):
        if token.type == "block_mark":
            found.append(Block("mark", "", marks=((token.info, token.content),)))
        elif token.type == "tr_open":
            row = _Open()
        elif token.type == "tr_close":
            found.append(_closed("tr", row))
            row = None
        elif token.nesting == 1:
            kinds.append(token.tag)
        elif token.nesting == -1 and kinds:
            kinds.pop()
        elif token.type == "inline":
            read = row or _Open()
            _read(token.children or (), read)
            if row is None:
                kind = next((each for each in reversed(kinds) if each != "p"), "p")
                found.append(_closed(kind if kind != "ul" else "li", read))
            else:
                row.words.append(" | ")
    return tuple(found)


def _closed(kind, read):
    return Block(kind, "".join(read.words).strip(), tuple(read.citations), tuple(read.links))


def _read(children, read):
    for child in children:
        if child.type in ("text", "code_inline"):
            read.words.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            read.words.append(" ")
        elif child.type == "citation":
            read.citations.append(child.content)
        elif child.type == "link_open":
            read.links.append(child.attrs["href"])
        elif child.type == "image":
            read.links.append(child.attrs["src"])
            read.words.append(f" {child.content} ")


def sentences(text):
    parts, start = [], 0
    for match in _ENDS.finditer(text):
        piece = text[start : match.end()].strip()
        if _ABBREVIATIONS.search(piece):
            continue
        if piece:
            parts.append(piece)
        start = match.end()
    return [*parts, rest] if (rest := text[start:].strip()) else parts


def aligned(source, target, alike):
    """Pairs of lists that belong together, by the likeness of their members.

    ``alike(some, others)`` gives 0 (nothing in common) to 1 for two lists of members.
    """
    if len(source) == len(target):
        return [([one], [other]) for one, other in zip(source, target, strict=True)]
    if not source or not target:
        return [(list(source), list(target))]
    moves = ((1, 1), (1, 2), (2, 1), (1, 3), (3, 1), (1, 0), (0, 1))
    cost = {(0, 0): (0.0, None)}
    width = abs(len(source) - len(target)) + 8
    for i in range(len(source) + 1):
        for j in range(len(target) + 1):
            if (i, j) not in cost or abs(i - j) > width:
                continue
            for down, right in moves:
                if i + down > len(source) or j + right > len(target):
                    continue
                some, others = source[i : i + down], target[j : j + right]
                if not (down and right):
                    step = 0.55
                else:  # whoever joins or splits keeps the length; a lost part does not
                    merged = down + right - 2
                    step = (1 - alike(some, others)) * (2 if merged else 1) + 0.15 * merged
                total = cost[i, j][0] + step
                if (i + down, j + right) not in cost or total < cost[i + down, j + right][0]:
                    cost[i + down, j + right] = (total, (i, j))
    pairs, at = [], (len(source), len(target))
    while at != (0, 0):
        before = cost[at][1]
        pairs.insert(0, (source[before[0] : at[0]], target[before[1] : at[1]]))
        at = before
    return pairs
