"""Whether a number is the least or the most of something: "at least 6", "under 50", "不超过8".

Only opposite limits of one quantity are told: one that is not found on a side says nothing, for a
language may put it in words that no list has.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from .folding import fold
from .reading import passage
from .vocabulary import vocabulary

LEAST, MOST = "least", "most"
_FAR = 46  # characters before and after a number in which its limit is looked for


@lru_cache(maxsize=16)
def _patterns(language):
    """(before a number, after it, a negation right before its limit, one a little before)."""
    words = vocabulary(language)
    if not words.limits:
        return None
    between = r"[^\d.;:!?,،؛。；，]{0,4}" if words.spaceless else r"(?:\s+[^\W\d]\S*){0,2}\s*"
    either = "|".join(f"(?P<{each}>{words.words(words.limits[each])})" for each in (LEAST, MOST))
    later = "|".join(
        f"(?P<{each}>{words.words(words.limits[each + '_after'])})" for each in (LEAST, MOST)
    )
    near = "" if words.spaceless else r"(?:\s*[^\W\d]\S*\s+|\s*)"
    deny = words.words(words.limits["deny"])
    return (
        re.compile(rf"(?:{either}){between}$", re.IGNORECASE),
        re.compile(rf"{between}(?:{later})", re.IGNORECASE),
        re.compile(rf"(?:{deny}){near}$", re.IGNORECASE),
        re.compile(rf"(?:{deny})[^.;:!?,،؛。；，]{{0,30}}$", re.IGNORECASE),
    )


class Limit(NamedTuple):
    """``kind`` as it is written; a negation may stand right before it ("no more than 8") or
    somewhere before it in the clause ("do not lift anything heavier than 5 kg")."""

    kind: str
    turned: bool
    denied: bool

    def against(self, other):
        """Whether the two are opposite; False where a negation stands on one side only, and may
        belong to something else."""
        if self.denied == other.denied:
            return self.kind != other.kind
        return (self.turned or other.turned) and self.kind == other.kind


def limit(text, quantity, language):
    """The Limit of a quantity of the folded text, or None."""
    before, after, turning, denying = _patterns(language)
    start = quantity.parts[0].start if quantity.parts else quantity.start
    head = text[max(0, start - _FAR) : start]
    if match := before.search(head):
        lead = head[: match.start()]
        return Limit(match.lastgroup, bool(turning.search(lead)), bool(denying.search(lead)))
    match = after.match(text[quantity.end : quantity.end + _FAR])
    return Limit(match.lastgroup, False, bool(denying.search(head))) if match else None


def opposed(source, target, source_language, language):
    """[(quantity of the original, the one here)] whose limits are opposite: "at least 6" is
    "como máximo 6"."""
    if not (_patterns(source_language) and _patterns(language)):
        return []
    texts = fold(source), fold(target)
    other = passage(target, language).quantities
    found = []
    for each in passage(source, source_language).quantities:
        alike = [quantity for quantity in other if each.agrees(quantity)]
        was = limit(texts[0], each, source_language)
        if was and alike:
            limits = [limit(texts[1], quantity, language) for quantity in alike]
            if all(now and was.against(now) for now in limits):
                found.append((each, alike[0]))
    return found
