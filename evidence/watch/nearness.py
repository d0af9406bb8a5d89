"""How near a publication is to a text: the cosine of their words' weights (tf-idf; Salton G,
Buckley C. Inf Process Manag 1988;24:513-523, doi:10.1016/0306-4573(88)90021-0). Pure."""

import math
import re
import unicodedata
from collections import Counter

_WORD = re.compile(r"[^\W_]{3,}")
_MARK = re.compile(r"\[@[^\]]*\]|\{[a-z]+:[^}]*\}|https?://\S+")
_ENDING = re.compile(r"(?:es|is|s)$")
_EMPTY_WORDS = """
    the and for that this with are was were not but can has have had may from which who what
    when where than then them they their there these those been being its our your you into
    about also more most some such other one two will would could should between after before
    over under all any each how why does did
"""
_EMPTY = set(_EMPTY_WORDS.split())


def words(text):
    """The words of a text that tell what it is about, in one form for one and many."""
    plain = unicodedata.normalize("NFKD", _MARK.sub(" ", text or "").lower())
    plain = "".join(each for each in plain if not unicodedata.combining(each))
    found = (each for each in _WORD.findall(plain) if each not in _EMPTY)
    return [_ENDING.sub("", each) if len(each) > 4 else each for each in found]


class Nearness:
    """``texts`` maps a name to a text; what many of them share says little about one."""

    def __init__(self, texts):
        counted = {name: Counter(words(text)) for name, text in texts.items()}
        self._in = Counter(word for count in counted.values() for word in count)
        self._size = len(counted)
        self._texts = {name: self._weights(count) for name, count in counted.items()}

    def to(self, text):
        """Name to the nearness of a text, from 0 (no word in common) to 1, the nearest first."""
        own = self._weights(Counter(words(text)))
        found = {name: _cosine(own, other) for name, other in self._texts.items()}
        return dict(sorted(found.items(), key=lambda each: (-each[1], each[0])))

    def _weights(self, count):
        told = {word: (1 + math.log(times)) * self._rare(word) for word, times in count.items()}
        length = math.sqrt(sum(weight * weight for weight in told.values()))
        return {word: weight / length for word, weight in told.items()} if length else {}

    def _rare(self, word):
        return math.log((1 + self._size) / (self._in[word] or 1))


def _cosine(one, other):
    one, other = sorted((one, other), key=len)
    return min(1.0, sum(weight * other.get(word, 0) for word, weight in one.items()))
