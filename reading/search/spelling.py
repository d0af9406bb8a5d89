"""For a word that no text has: what it begins, what it is related to, what it was meant to be.
Pure."""

from bisect import bisect_left
from collections import defaultdict

MOST_BEGUN = 5  # words that one beginning may stand for


class Vocabulary:
    """The words of a language's texts. ``counted`` is [(word, in how many texts)]; ``forms`` gives
    a word's (stem, folded)."""

    def __init__(self, counted, forms):
        self._by_length = defaultdict(list)
        self._by_stem = {}
        self._often = {}
        # The most frequent first: of two that fit as well it is the likelier one.
        for word, _count in sorted(counted, key=lambda each: (-each[1], each[0])):
            stem, folded = forms(word)
            if not folded or folded in self._often or folded.isdigit():
                continue
            self._often[folded] = word
            self._by_stem.setdefault(stem, word)
            self._by_length[len(folded)].append((_letters(folded), folded))
        self._sorted = sorted(self._often)

    def instead_of(self, folded):
        """The words to look for in place of an unknown one; none where nothing is near."""
        return self._begun(folded) or self._related(folded) or self._nearest(folded)

    def _begun(self, folded):
        """Words of which this is the beginning: it is still being typed."""
        if len(folded) < 3:
            return []
        first = bisect_left(self._sorted, folded)
        begun = [each for each in self._sorted[first : first + 200] if each.startswith(folded)]
        begun.sort(key=len)
        return [self._often[each] for each in begun[:MOST_BEGUN]]

    def _related(self, folded):
        """A word whose stem this one goes on from: "curable" from "cure", "operable" from
        "operation"."""
        for length in range(len(folded) - 1, max(2, len(folded) - 5), -1):
            start = folded[:length]
            known = self._by_stem.get(start) or next(
                (self._by_stem[start + end] for end in "eaoiy" if start + end in self._by_stem),
                None,
            )
            if known:
                return [known]
        return []

    def _nearest(self, folded):
        """The word that the fewest slips of the finger lead to, if there are few enough."""
        most = 0 if len(folded) < 4 else 1 if len(folded) < 7 else 2
        best, letters = None, _letters(folded)
        for length in range(len(folded) - most, len(folded) + most + 1):
            for theirs, word in self._by_length.get(length, ()):
                # Each slip changes two of the letters at most: this refuses nearly every word.
                if (letters ^ theirs).bit_count() <= 2 * most:
                    slips = distance(folded, word, most)
                    if slips <= most and (best is None or slips < best[0]):
                        best = slips, word
        return [self._often[best[1]]] if best else []


def distance(one, other, most):
    """How many letters must be changed, put in, left out or swapped with the next (optimal string
    alignment); more than ``most`` is ``most + 1``."""
    before, row = [], list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        before, last, row = row, before, [i]
        for j, theirs in enumerate(other, start=1):
            steps = min(before[j] + 1, row[-1] + 1, before[j - 1] + (letter != theirs))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == theirs:
                steps = min(steps, last[j - 2] + 1)
            row.append(steps)
        if min(row) > most:
            return most + 1
    return row[-1]


def _letters(word):
    """Which letters a word has, as bits."""
    bits = 0
    for letter in word:
        bits |= 1 << (ord(letter) & 63)
    return bits
