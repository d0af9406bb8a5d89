"""Which blocks of two texts belong together: two versions of one text, or a text and its
translation. Pure, and bounded in time whatever comes in."""

import re
from collections import Counter

from .blocks import MARK, shape
from .matching import alike, matches

CELLS = 6_000  # pairs of unlike blocks that are weighed; a longer stretch is paired by its places
EFFORT = 40_000  # the same for a whole text, so that many short stretches cost no more than a few
LIKE = 0.4  # versions that share fewer of their words are two blocks, not one that changed
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W\u3040-\u30ff\u3400-\u9fff]+")
# What stays as it is whatever the language: citations, addresses, numbers in Western digits.
_SAME_IN_EVERY_LANGUAGE = re.compile(r"\[@[^\]\s]+\]|\]\([^)\s]+\)|\d+")


def versions(old, new):
    """Pairs (i, j), both rising, of blocks that are the same in two versions of one text, or that
    one became the other. What is in no pair is gone, or new."""
    same = matches([(b.kind, b.text) for b in old], [(b.kind, b.text) for b in new])
    words = {}

    def likeness(one, other):
        if one.kind != other.kind or one.kind == MARK:
            return None
        before, after = _words(one.text, words), _words(other.text, words)
        size = before.total() + after.total()
        shared = 2 * (before & after).total() / size if size else 1.0
        return shared if shared >= LIKE else None

    return _filled(old, new, same, likeness)


def translation(source, target):
    """The same for the blocks of a text and those of its translation: by their places where both
    are built alike; else by what stays as it is in every language, by kind, and by length."""
    if shape(source) == shape(target):
        return [(n, n) for n in range(len(source))]
    sides = [[_anchors(block, n) for n, block in enumerate(side)] for side in (source, target)]
    # A block without anchors is like no other: its number within its own side says so.
    sides[1] = [anchors if anchors[1] else (*anchors, "target") for anchors in sides[1]]
    total = sum(len(b.text) for b in target) / max(1, sum(len(b.text) for b in source))

    def likeness(one, other):
        if one.kind != other.kind or one.kind == MARK:
            return None
        expected = max(1.0, len(one.text) * total)
        return min(expected, len(other.text)) / max(expected, len(other.text), 1)

    return _filled(source, target, matches(*sides), likeness)


def _anchors(block, number):
    if block.kind == MARK:
        return block.kind, block.text
    found = tuple(sorted(_SAME_IN_EVERY_LANGUAGE.findall(block.text)))
    return (block.kind, found) if found else (block.kind, (), number)


def _words(text, known):
    if text not in known:
        known[text] = Counter(word.casefold() for word in _WORD.findall(text))
    return known[text]


def _filled(old, new, sure, likeness):
    """The pairs that are sure, and between them those that are likely."""
    pairs, a, b, effort = [], 0, 0, EFFORT
    for i, j in [*sure, (len(old), len(new))]:
        before, after = old[a:i], new[b:j]
        weighed = len(before) * len(after)
        if weighed > min(CELLS, effort):
            found = [
                (n, n)
                for n, (one, other) in enumerate(zip(before, after, strict=False))
                if likeness(one, other)
            ]
        elif before and after:
            effort -= weighed
            found = alike(before, after, lambda x, y, p=before, q=after: likeness(p[x], q[y]))
        else:
            found = []
        pairs += [(a + x, b + y) for x, y in found]
        if i < len(old):
            pairs.append((i, j))
        a, b = i + 1, j + 1
    return pairs
