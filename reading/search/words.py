"""Words as the index knows them: cut out of running text, folded, and brought to their stem. Pure.

What a word is, is decided by the script that it is written in, never by the code of a language;
only the stemmer and the list of small words are the language's own.
"""

import re
import unicodedata
from collections import namedtuple
from functools import cache, lru_cache

import icu
import tantivy

from review import languages

Word = namedtuple("Word", "stem folded start end")

# Written without spaces: every character counts, and every two that stand together.
_CLOSE = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
# Signs that belong to the letter before them, and are no letters to Python.
_SIGNS = "\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670\u0900-\u0963\u0980-\u0dff"
_RUN = re.compile(rf"[{_CLOSE}]+|(?:(?![{_CLOSE}_])[\w{_SIGNS}])+")
_IS_CLOSE = re.compile(f"[{_CLOSE}]")
_FOLDED_AWAY = re.compile("[\u0300-\u036f\u064b-\u065f\u0670\u0640]")
# Arabic letters that are written one for the other.
_LETTERS = str.maketrans({"ى": "ي", "ة": "ه", "ٱ": "ا"})
# Particles that Arabic writes as one word with the article: and-, so-, by-, like-, for-the.
_ARTICLE = re.compile("^[وف]?(?:[بك]?ال|لل)(?=..)")
# What is not read: marks of our own, and where a link leads to.
_UNREAD = re.compile(r"\[@[a-z0-9-]+\]|\{[a-z]+:[a-z0-9-]+\}|(?<=\])\([^)\s]*\)")
LONGEST = 60  # of a word; what is longer is none


@cache
def of(language):
    """The words of one language."""
    return Words(language)


def fold(word):
    """A word as it is compared: case, accents, vowel signs and letter variants do not count."""
    plain = unicodedata.normalize("NFKC", word).casefold()
    return _FOLDED_AWAY.sub("", unicodedata.normalize("NFKD", plain)).translate(_LETTERS)


class Words:
    def __init__(self, language):
        english = languages.likely(language).getDisplayLanguage(icu.Locale("en"))
        self._stem = _analyzer(tantivy.Filter.stemmer, english)
        self._small = _analyzer(tantivy.Filter.stopword, english)
        self.forms = lru_cache(maxsize=100_000)(self._forms)

    def read(self, text):
        """The words of a text, Markdown or not, in their order."""
        if "[" in text or "{" in text:
            text = _UNREAD.sub(lambda match: " " * len(match[0]), text)
        for run in _RUN.finditer(text):
            start, end = run.span()
            if end - start > LONGEST and not _IS_CLOSE.match(run[0]):
                continue
            if not _IS_CLOSE.match(run[0]):
                stem, folded = self.forms(run[0])
                if folded:
                    yield Word(stem, folded, start, end)
                continue
            for at in range(start, end):
                for size in (1, 2)[: end - at]:
                    yield Word(*[text[at : at + size]] * 2, at, at + size)

    def asked(self, text):
        """The words of a question: of characters that stand together, the pairs."""
        found = list(self.read(text))
        paired = {at for word in found if is_pair(word) for at in (word.start, word.end - 1)}
        return [word for word in found if is_pair(word) or word.start not in paired]

    def without_small(self, words):
        """Those that say what it is about: all of them where that would leave none."""
        return [word for word in words if not self.is_small(word.folded)] or words

    def is_small(self, word):
        return self._small is not None and not self._small.analyze(word)

    def joined(self, text):
        """A whole name or question as one word of the index: "liver_metastas"."""
        return "_".join(word.stem for word in self.without_small(self.asked(text)))

    def _forms(self, word):
        """(stem, folded); both empty for what is no word."""
        folded = fold(word)
        if not folded.strip():
            return "", ""
        base = unicodedata.normalize("NFKC", word).casefold()
        if _ARTICLE.match(folded):
            base = _ARTICLE.sub("", folded)
        stems = self._stem.analyze(base) if self._stem else [base]
        return (fold(stems[0]) if stems else folded) or folded, folded


def is_pair(word):
    return word.end - word.start == 2 and bool(_IS_CLOSE.match(word.stem))


def is_close(word):
    return bool(_IS_CLOSE.match(word))


def _analyzer(filter_, english):
    """One of tantivy's filters for a language, or None where it has none."""
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace())
    try:
        return builder.filter(filter_(english)).build()
    except ValueError:
        return None
