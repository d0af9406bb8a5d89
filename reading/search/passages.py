"""The part of an item's text that answers a question, with the words that were asked for marked.
It is cut from the text that a door let through, never from the index."""

import re
from functools import lru_cache

from django.utils.html import format_html, format_html_join

from review import markdown

from . import words

LENGTH = 220  # characters of a passage
BEFORE = 70  # of those, before the first word that was asked for

# A paragraph, or one entry of a list.
_BLOCKS = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*+]|\d+[.)])\s)")
_NO_PASSAGE = re.compile(r"\s*(?:#|\{|$)")  # a heading, a drawn record, nothing
_plain = lru_cache(maxsize=4000)(markdown.plain)


@lru_cache(maxsize=4000)
def _stems(language, block):
    return frozenset(word.stem for word in words.of(language).read(block))


def best(texts, language, wanted, title=""):
    """(name, block, score) of the block with the most of the wanted words that the title lacks,
    the first of several. ``texts`` is [(name, text)]; ``wanted`` a set of forms for each word."""
    said, found = _stems(language, title), None
    wanted = [forms for forms in wanted if said.isdisjoint(forms)]
    for name, text in texts:
        for block in _BLOCKS.split(text or ""):
            if _NO_PASSAGE.match(block):
                continue
            here = _stems(language, block) if wanted else set()
            score = sum(not here.isdisjoint(forms) for forms in wanted)
            if found is None or score > found[2]:
                found = name, block, score
            if score == len(wanted):
                return found
    return found


def has(text, language, wanted):
    """Whether a text has any of the wanted words."""
    here = _stems(language, text)
    return any(not here.isdisjoint(forms) for forms in wanted)


def marked(block, language, wanted):
    """A block as HTML: its words alone, not too many, those that are wanted marked."""
    text, known = _plain(block), words.of(language)
    wanted = frozenset().union(*wanted)
    spots = []
    for word in known.read(text):
        if word.stem in wanted or word.folded in wanted:
            if spots and word.start <= spots[-1][1]:
                spots[-1][1] = max(spots[-1][1], word.end)
            else:
                spots.append([word.start, word.end])
    start, end = _cut(text, spots[0][0] if spots else 0)
    inside = [(max(a, start), min(b, end)) for a, b in spots if b > start and a < end]
    parts, at = [], start
    for a, b in inside:
        parts.append((text[at:a], text[a:b]))
        at = b
    html = format_html_join("", "{}<mark>{}</mark>", parts)
    before, after = ("… " if start else ""), (" …" if end < len(text) else "")
    return format_html("{}{}{}{}", before, html, text[at:end], after)


def _cut(text, first):
    """Where a passage round a place begins and ends: between words, where there are spaces."""
    if len(text) <= LENGTH:
        return 0, len(text)
    start = max(0, min(first - BEFORE, len(text) - LENGTH))
    if start:
        space = text.find(" ", start, start + 30)
        start = space + 1 if 0 <= space < first else start
    end = min(len(text), start + LENGTH)
    if end < len(text):
        space = text.rfind(" ", end - 30, end)
        end = space if space > start else end
    return start, end
