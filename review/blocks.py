"""A body of Markdown as its blocks, without losing a character: ``join(split(text)) == text``.

Pure. What a person translates is a block of its own (a heading, a paragraph, an item of a list, a
cell of a table); signs, blank lines and table rules between them are ``markup``.
"""

from collections import namedtuple
from functools import lru_cache
from itertools import accumulate

from . import markdown

# ``text`` is the source's characters from ``start`` up to ``end``.
Block = namedtuple("Block", "kind text start end")

HEADING, PARAGRAPH, ITEM, QUOTE, CELL = "heading", "paragraph", "item", "quote", "cell"
LINE = "line"  # the whole of a one-line field
CODE, MARK, MARKUP = "code", "mark", "markup"
KINDS = (HEADING, PARAGRAPH, ITEM, QUOTE, CELL, LINE, CODE, MARK, MARKUP)
TRANSLATED = frozenset(KINDS) - {MARK, MARKUP}

_CONTAINERS = {"list_item": ITEM, "blockquote": QUOTE, "heading": HEADING, "th": CELL, "td": CELL}


def split(text):
    """Every character of a body in order, as blocks; what stands between two is ``markup``."""
    return list(_split(text))


@lru_cache(maxsize=256)
def _split(text):
    """The same, remembered: each kind of check splits the text anew that it is asked about."""
    starts = [0, *accumulate(len(line) + 1 for line in text.split("\n"))]
    found, end = [], 0
    for kind, first, last in _spans(text, starts):
        if not end <= first < last:
            continue
        found += [Block(MARKUP, text[end:first], end, first)] if end < first else []
        found.append(Block(kind, text[first:last], first, last))
        end = last
    return (*found, *([Block(MARKUP, text[end:], end, len(text))] if end < len(text) else ()))


def line(text):
    """The same for a field of one line, where ``1.`` begins no list."""
    return [Block(LINE, text, 0, len(text))] if text else []


def join(blocks):
    return "".join(block.text for block in blocks)


def spoken(blocks):
    """The blocks that a person translates."""
    return [block for block in blocks if block.kind in TRANSLATED]


def shape(blocks):
    """What a translation must share with its source to be put together from the same blocks."""
    return [(b.kind, b.text if b.kind == MARK else "") for b in blocks if b.kind != MARKUP]


def filled(blocks, texts):
    """The body with ``texts`` in place of its spoken blocks, in order; markup stays as it is."""
    given = iter(texts)
    return "".join(next(given) if b.kind in TRANSLATED else b.text for b in blocks)


def _spans(text, starts):
    """(kind, start, end) of what is not markup, in reading order."""
    inside, at = [], 0
    for token in markdown.block_tokens(text):
        name = token.type.removesuffix("_open").removesuffix("_close")
        if name == "tr" or (token.type == "inline" and token.map):
            at = max(at, starts[token.map[0]]) if token.map else at
        if token.type.endswith("_open") and name in _CONTAINERS:
            inside.append(_CONTAINERS[name])
        elif token.type.endswith("_close") and name in _CONTAINERS:
            inside.pop()
        elif token.type in ("fence", "block_mark"):
            kind = MARK if token.type == "block_mark" else CODE
            yield kind, *_lines(text, starts, token.map)
        elif token.type == "inline" and token.content:
            kind = inside[-1] if inside else PARAGRAPH
            if kind in (HEADING, CELL):
                first, at = _within(text, at, token.content, kind)
                yield kind, first, at
            else:
                yield kind, *_paragraph(text, starts, token)


def _within(text, at, content, kind):
    """Where a cell's or a heading's words stand, looked for from ``at`` on."""
    raw = content.replace("|", "\\|") if kind == CELL else content
    first = text.find(raw, at)
    return (first, first + len(raw)) if first >= 0 else (at, at)


def _paragraph(text, starts, token):
    """From its first letter, behind the signs of its list or quotation, to its last."""
    first, last = _lines(text, starts, token.map)
    opening = token.content.split("\n")[0].rstrip()
    end_of_line = starts[token.map[0]] + len(_line(text, starts, token.map[0]).rstrip())
    if text[first:end_of_line].endswith(opening):
        first = end_of_line - len(opening)
    return first, last


def _lines(text, starts, lines):
    """Whole lines, without the space round them."""
    first, last = starts[lines[0]], min(starts[lines[1]] - 1, len(text))
    whole = text[first:last]
    return first + len(whole) - len(whole.lstrip()), first + len(whole.rstrip())


def _line(text, starts, number):
    return text[starts[number] : starts[number + 1] - 1]
