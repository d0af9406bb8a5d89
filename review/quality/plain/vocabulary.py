"""What a language calls hard, hostile or blaming, and how it says passive and not: ``words/``.

A language without a table has its sentences and headings measured, and no words judged.
"""

import re
import tomllib
from functools import lru_cache
from pathlib import Path

from ..translation import code

_WORDS = Path(__file__).parent / "words"
SPACELESS = {"zh", "ja"}
# What Arabic writes as one word with what follows: and, so, by, like, for, the article.
_ARABIC_PREFIX = "[وف]?[بكل]?(?:ال|لل)?"
_NEVER = re.compile("(?!)")


class Vocabulary:
    """Each attribute is a pattern that matches whole words; ``jargon`` maps, in the order of its
    pattern's groups, to the plain word that says the same."""

    def __init__(self, language):
        self.code = code(language)
        path = _WORDS / f"{self.code}.toml"
        table = tomllib.loads(path.read_text("utf-8")) if path.is_file() else {}
        self.spaceless = self.code in SPACELESS
        self.counted = table.get("counted", "words")
        self.longest = table.get("longest_sentence", 45 if self.spaceless else 25)
        self.average = table.get("longest_average", 0)
        self.section = table.get("longest_section", 500 if self.spaceless else 300)
        self.abbreviations = self._pattern(table.get("abbreviations", []))
        self.syllables = table.get("syllables", {})
        self.war, self.war_but = self._rule(table, "war")
        self.blame, self.blame_but = self._rule(table, "blame")
        self.passive, self.passive_but = self._rule(table, "passive")
        clear = table.get("passive", {}).get("clear")
        self.passive_clear = self._pattern(clear) if clear else None
        self.double, self.double_but = self._rule(table, "double_negative", prefix="[وف]?")
        self.explains = self._pattern(table.get("explains", []))
        self.spelled = frozenset(table.get("spelled", ()))
        # A term is itself no word list: its forms are patterns, its value what says the same.
        jargon = table.get("jargon", {})
        self.plain_words = list(jargon.values())
        self.jargon = self._pattern([f"({form})" for form in jargon])

    def _rule(self, table, name, prefix=_ARABIC_PREFIX):
        rule = table.get(name, {})
        return tuple(self._pattern(rule.get(part, []), prefix) for part in ("words", "but"))

    def root(self, word):
        """What a word has in common with its plural, or with what Arabic writes before it."""
        if self.code == "ar":
            return re.sub(f"^{_ARABIC_PREFIX}(?=\\w{{3}})", "", word)
        return word.lower().removesuffix("s")

    def _pattern(self, alternatives, prefix=_ARABIC_PREFIX):
        if not alternatives:
            return _NEVER
        joined = "|".join(alternatives)
        if self.spaceless:
            whole = f"(?:{joined})"
        elif self.code == "ar":
            whole = rf"(?<!\w)(?:{prefix})(?:{joined})(?!\w)"
        else:
            whole = rf"(?<![\w’'])(?:{joined})(?!\w)"
        return re.compile(whole, re.IGNORECASE)


@lru_cache(maxsize=64)
def vocabulary(language):
    return Vocabulary(language)
