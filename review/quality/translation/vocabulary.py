"""What a language calls numbers, units and negations: the tables in ``words/``, ready to match.

A language without a table has digits and names compared, and no words.
"""

import re
import tomllib
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

from .folding import fold

_WORDS = Path(__file__).parent / "words"
SPACELESS = {"zh", "ja"}
_PREFIX = r"(?:[وف]?(?:لل|[بلك]?(?:ال)?))"
# In every language: signs of units, and what is written with digits alone.
SYMBOLS = {
    "milligram": r"mg",
    "microgram": r"μg|ug|mcg",
    "nanogram": r"ng",
    "gram": r"g",
    "kilogram": r"kg",
    "millilitre": r"m[lL]",
    "decilitre": r"d[lL]",
    "litre": r"[lL]",
    "millimetre": r"mm",
    "centimetre": r"cm",
    "metre": r"m",
    "kilometre": r"km",
    "celsius": r"° ?C",
    "fahrenheit": r"° ?F",
    "gray": r"Gy",
    "unit": r"IU|UI|I\.U\.|U",
    "calorie": r"kcal",
    "millimole": r"mmol",
    "micromole": r"μmol|umol",
    "pressure": r"mm ?Hg",
    "hour": r"h",
    "square": r"m2|㎡",
}
_GROUPS = ("ignore", "half", "percent", "andhalf", "pair", "am", "pm", "to", "each", "of", "single")


def code(language):
    """A language's table: "zh-Hans", "zh_CN" and "zh" are "zh"."""
    return re.split("[-_]", language.lower())[0]


class Vocabulary:
    def __init__(self, language):
        self.code = code(language)
        path = _WORDS / f"{self.code}.toml"
        self.known = path.is_file()
        table = tomllib.loads(fold(path.read_text("utf-8"))) if self.known else {}
        self.spaceless = self.code in SPACELESS
        self.grammar = table.get("grammar", {})
        self.tables = {
            name: table.get(name, {})
            for name in ("numbers", "units", "months", "weekdays", "every", "ordinals", "fractions")
        }
        self.negation = table.get("negation", {})
        self.limits, self.subjects = table.get("limits", {}), table.get("subjects", {})
        self._values = {}
        # Nothing begins inside a word, except where a language sets no words apart, or at a sign
        # that only separates: so these places are passed over at once.
        start = r"(?![\s,;:!?()\[\]\"])"
        start += "" if self.spaceless else r"(?:(?<![^\W\d_])|(?=[-~%/.\d]))"
        self.lexer = re.compile(f"{start}(?:{'|'.join(self._alternatives())})", re.IGNORECASE)
        self.between = re.compile(rf"[\s-]*(?:{self.grammar.get('between') or '(?!)'})\s+", re.I)
        self.counted_after = re.compile(self.grammar.get("counted_after") or "(?!)")
        self.joiner = re.compile(self.grammar.get("joiner") or r"(?!)")

    def words(self, pattern):
        """A pattern that matches the words alone, in the way this language sets words apart."""
        if self.spaceless:
            return f"(?:{pattern})"
        if self.code == "ar":
            return rf"(?<!\w){_PREFIX}(?:{pattern})(?!\w)"
        return rf"(?<!\w)(?:{pattern})(?!\w)"

    def _alternatives(self):
        yield r"(?P<digits>\d+(?:[.,'  ]\d+)*)"
        if ignore := self.grammar.get("ignore"):
            yield f"(?P<ignore>{self.words(ignore)})"
        yield from self._idioms()
        yield from self._named("weekdays")
        yield from self._named("months")
        yield from self._named("every")
        yield from self._named("fractions")
        for group in ("percent", "andhalf", "half"):
            if pattern := self.grammar.get(group):
                yield f"(?P<{group}>{self.words(pattern)})"
        yield r"(?P<sign>%)"
        yield from self._units()
        yield from self._named("ordinals")
        if self.code == "zh":
            yield r"(?P<ordinal_zh>第[一二三四五六七八九十百\d]+)"
            yield r"(?P<parts_zh>[零一二三四五六七八九十百千万两\d.]+分之)"
            yield r"(?P<han>[零〇一二三四五六七八九十百千万亿两]+(?:点[零一二三四五六七八九]+)?)"
            yield r"(?P<month_zh>(?<=[\d一二三四五六七八九十])月)"
            yield r"(?P<among>[人个名位例次份种](?:[^\d，。；一二三四五六七八九十]{0,8})[中里内])"
        yield from self._named("numbers")
        for group in ("am", "pm", "each", "of", "to", "pair", "single"):
            if pattern := self.grammar.get(group):
                yield f"(?P<{group}>{self.words(pattern)})"
        if self.code == "ar":
            yield r"(?P<to_digits>(?<!\w)و(?=\d))"
        yield r"(?P<range>[-~]|\.\.\.)"
        yield r"(?P<slash>/)"
        yield r"(?P<roman>(?-i:(?<![A-Za-z0-9-])(?:I{1,3}|IV|VI{0,3}|IX)[ABCabc]?(?![A-Za-z0-9])))"

    def _idioms(self):
        for number, idiom in enumerate(filter(None, self.grammar.get("idioms", "").split("|"))):
            words, _, meaning = idiom.rpartition("=")
            value, _, unit = meaning.strip().partition(" ")
            name = f"idiom_{number}"
            self._values[name] = (Fraction(value), unit)
            yield f"(?P<{name}>{self.words(words)})"

    def _named(self, table):
        # The longest first: "veinte y" before "veinte", "kilogram" before "gram".
        patterns = self.tables[table]
        for key in sorted(
            patterns, key=lambda key: (" " not in patterns[key], -len(patterns[key]))
        ):
            name = f"{table}_{len(self._values)}"
            self._values[name] = key
            yield f"(?P<{name}>{self.words(self.tables[table][key])})"

    def _units(self):
        for key in {**self.tables["units"], **SYMBOLS}:
            name = f"units_{len(self._values)}"
            self._values[name] = key
            own, sign = self.tables["units"].get(key), SYMBOLS.get(key)
            after = r"(?:(?<=\d)|(?<=\d )|(?<=/)|(?<=[^\W\d_] ))"
            parts = [self.words(own)] if own else []
            if sign:
                parts.append(rf"(?-i:{after}(?:{sign})(?![A-Za-z0-9]))")
            yield f"(?P<{name}>{'|'.join(parts)})"

    def read(self, match):
        """(kind, value) of a match of the lexer."""
        name = match.lastgroup
        kind = name.rpartition("_")[0] or name
        return (kind, self._values.get(name)) if name in self._values else (name, None)


@lru_cache(maxsize=64)
def vocabulary(language):
    return Vocabulary(language)
