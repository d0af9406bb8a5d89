"""Which parts of two sequences belong together: pure, and bounded in time whatever comes in."""

from bisect import bisect_left
from collections import Counter
from difflib import SequenceMatcher

EFFORT = 60_000  # pairs of equal parts that are looked at; beyond it a stretch counts as rewritten
COMMON = 900  # a part with more pairs than this (a space, “the”) joins a match but starts none
CELLS = 40_000  # pairs of unlike parts whose likeness is weighed
LIKE = 0.3  # parts less alike than this are two parts, not one that changed


def matches(old, new, effort=EFFORT):
    """Pairs (i, j), both rising, with ``old[i] == new[j]``. Whole common stretches first, then
    what is there once on both sides, then the rest as far as the effort allows."""
    budget = [effort]
    found = []
    _match(old, new, (0, len(old), 0, len(new)), (3, 1), budget, found)
    return found


def _match(old, new, span, sizes, budget, found):
    a1, a2, b1, b2 = span
    while a1 < a2 and b1 < b2 and old[a1] == new[b1]:
        found.append((a1, b1))
        a1, b1 = a1 + 1, b1 + 1
    tail = []
    while a1 < a2 and b1 < b2 and old[a2 - 1] == new[b2 - 1]:
        a2, b2 = a2 - 1, b2 - 1
        tail.append((a2, b2))
    if a1 < a2 and b1 < b2:
        if sizes:
            _between_anchors(old, new, (a1, a2, b1, b2), sizes, budget, found)
        else:
            _closely(old[a1:a2], new[b1:b2], (a1, b1), budget, found)
    found.extend(reversed(tail))


def _between_anchors(old, new, span, sizes, budget, found):
    """Match what is there exactly once on both sides, and then what lies between."""
    a1, a2, b1, b2 = span
    size, *smaller = sizes
    before, after = _once(old, a1, a2, size), _once(new, b1, b2, size)
    pairs = _rising([(at, after[part]) for part, at in before.items() if part in after])
    for i, j in [*pairs, (a2, b2)]:
        if i < a1 or j < b1:
            continue  # the stretch before has taken it in
        _match(old, new, (a1, i, b1, j), smaller, budget, found)
        if i < a2:
            found.append((i, j))
        a1, b1 = i + 1, j + 1


def _once(sequence, start, stop, size):
    """Part to its place, for stretches of that size that are there once."""
    places, seen = {}, set()
    for at in range(start, stop - size + 1):
        part = tuple(sequence[at : at + size]) if size > 1 else sequence[at]
        if part in seen:
            places.pop(part, None)
        else:
            seen.add(part)
            places[part] = at
    return places


def _rising(pairs):
    """The longest run of pairs (sorted by their first) in which the second rises, too."""
    tops, ends, before = [], [], {}
    for place, (_i, j) in enumerate(pairs):
        at = bisect_left(tops, j)
        before[place] = ends[at - 1] if at else None
        tops[at : at + 1], ends[at : at + 1] = [j], [place]
    found, place = [], ends[-1] if ends else None
    while place is not None:
        found.append(pairs[place])
        place = before[place]
    return found[::-1]


def _closely(old, new, offset, budget, found):
    counted, known = Counter(old), Counter(new)
    pairs = {part: number * known[part] for part, number in counted.items()}
    common = {part for part, number in pairs.items() if number > COMMON}
    cost = sum(number for part, number in pairs.items() if part not in common)
    if cost > budget[0]:
        return
    budget[0] -= cost
    matcher = SequenceMatcher(common.__contains__, old, new, autojunk=False)
    for a, b, size in matcher.get_matching_blocks():
        found.extend((offset[0] + a + n, offset[1] + b + n) for n in range(size))


def alike(old, new, likeness):
    """Pairs (i, j), both rising, of parts that are most alike. ``likeness(i, j)`` is 0 to 1."""
    rows, columns = len(old), len(new)
    if rows == columns == 1:
        return [(0, 0)] if likeness(0, 0) is not None else []
    if rows * columns > CELLS:
        return [(n, n) for n in range(min(rows, columns)) if (likeness(n, n) or 0) >= LIKE]
    weights = [[likeness(i, j) or 0 for j in range(columns)] for i in range(rows)]
    best = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    for i in reversed(range(rows)):
        for j in reversed(range(columns)):
            best[i][j] = max(best[i + 1][j], best[i][j + 1])
            if weights[i][j] >= LIKE:
                best[i][j] = max(best[i][j], weights[i][j] + best[i + 1][j + 1])
    pairs, i, j = [], 0, 0
    while i < rows and j < columns:
        if weights[i][j] >= LIKE and best[i][j] == weights[i][j] + best[i + 1][j + 1]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return pairs
