"""What stands in a line and must come back from a translator: citations, addresses of links and
pictures. Pure."""

import re
from collections import Counter, namedtuple

from .. import markdown

Code = namedtuple("Code", "number text")

_CITATION = r"\[@[a-z0-9]+(?:-[a-z0-9]+)*\]"
_AUTOLINK = r"<(?:https?://|mailto:|tel:)[^<>\s]*>"
_TAIL = r"\]\((?:[^()\s\\]|\\.|\([^()\s]*\))*(?:\s+\"[^\"]*\")?\)"
_CODES = re.compile(rf"\\.|({_CITATION})|({_AUTOLINK})|({_TAIL})|(!?\[)|(\])", re.DOTALL)


def parts(text):
    """A block as running text and Codes, numbered from 1: "".join of their texts is the block."""
    spans = sorted(_spans(text))
    found, end = [], 0
    for number, (first, last) in enumerate(spans, start=1):
        found += [text[end:first]] if first > end else []
        found.append(Code(number, text[first:last]))
        end = last
    return found + ([text[end:]] if end < len(text) else [])


def codes(text):
    return [part for part in parts(text) if isinstance(part, Code)]


def _spans(text):
    """(start, end) of each citation and address, and of the bracket that opens a link."""
    open_brackets = []
    for match in _CODES.finditer(text):
        citation, autolink, tail, opening, closing = match.groups()
        if citation or autolink:
            yield match.span()
        elif opening:
            open_brackets.append(match.span())
        elif tail and open_brackets:
            yield open_brackets.pop()
            yield match.span()
        elif (closing or tail) and open_brackets:
            open_brackets.pop()


def lost(source, target):
    """A sentence where the target does not hold just the citations and addresses of its source."""
    wanted, got = Counter(markdown.signs_in(source)), Counter(markdown.signs_in(target))
    if missing := list((wanted - got).elements()):
        return f"“{missing[0]}” is missing: put it where it belongs, once."
    if more := list((got - wanted).elements()):
        return f"“{more[0]}” does not stand in the original so often: take it out."
    return ""
