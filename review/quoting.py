"""A passage that somebody quotes, marked where it stands in a rendered text."""

import re
from html import unescape

from django.utils.html import conditional_escape, format_html

from . import markdown

_PIECE = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)((?:\"[^\"]*\"|'[^']*'|[^'\">])*)>|([^<]+|<)")
_SIGN = re.compile(r"&[#\w]+;|\S", re.DOTALL)
# Not the words of the text: the number of a note, what went, a picture, the line over a fold.
_SILENT = {"sup", "del", "svg", "summary"}
_MARK = format_html('<mark class="{}">', "quoted")


def standing_at(html, quote):
    """The HTML with the first place of a passage in <mark>; None where it does not stand. A passage
    is the same whatever space, emphasis, links and notes are between its words."""
    pieces, signs = _read(conditional_escape(html))
    wanted = "".join(quote.split())
    at = "".join(sign for sign, *_place in signs).find(wanted) if wanted else -1
    if at < 0:
        return None
    inside = {}  # piece to its first and last marked character
    for _sign, number, start, end in signs[at : at + len(wanted)]:
        first, _last = inside.setdefault(number, (start, end))
        inside[number] = first, end
    return markdown.joined(_marked(pieces, inside))


def _read(html):
    """The pieces of HTML, tags and text; and each sign that a reader reads, one character each, as
    (sign, its piece, where it begins and ends there)."""
    pieces, signs, silent = [], [], []
    for number, match in enumerate(_PIECE.finditer(html)):
        closing, tag, _attributes, text = match.groups()
        pieces.append(match[0])
        if text is None:
            if not closing and tag in _SILENT:
                silent.append(tag)
            elif closing and silent and silent[-1] == tag:
                silent.pop()
        elif not silent:
            for found in _SIGN.finditer(text):
                for sign in unescape(found[0]):
                    signs.append((sign, number, found.start(), found.end()))
    return pieces, signs


def _marked(pieces, inside):
    for number, piece in enumerate(pieces):
        if number in inside:
            start, end = inside[number]
            yield from (piece[:start], _MARK, piece[start:end], "</mark>", piece[end:])
        else:
            yield piece
