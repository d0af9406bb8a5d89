"""Every quantity of a passage as a number with a unit, whatever the spelling: "half", "50 %" and
"1 in 2" are one quantity."""

import re
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache

from .folding import fold
from .numerals import HAN, HAN_SCALE, han_number, number_readings
from .quantities import MEASURES, UNSPOKEN, Passage, Quantity
from .vocabulary import vocabulary

_PER = re.compile(r"\s*(?:/|\bper\b|\bpor\b|\bpar\b|لكل|每)\s*", re.IGNORECASE)
_DIVISORS = ("kilogram", "millilitre", "litre", "decilitre", "square")
_CLOSE = re.compile(r"[\s-]*(?:个|多个?|余|来)?\s*")
_STAGE = re.compile(
    r"stage|phase|grade|type|class|estadio|etapa|fase|grado|tipo|stade|niveau|level|مرحلة|طور|درجة|期|级",
    re.IGNORECASE,
)
_PHONE = re.compile(r"(?<![A-Za-z0-9.,])(?:\+|00)?\(?\d[\d ().\-/]{5,}\d(?![A-Za-z0-9%])")
_DATE = re.compile(
    r"(?<![\d/.-])(?:(\d{4})([-/.])(\d{1,2})\2(\d{1,2})|(\d{1,2})([-/.])(\d{1,2})\6(\d{4}))(?![\d/-])"
)
_CLOCK = re.compile(
    r"(?<![\d:])(\d{1,2})(?::| ?h ?|点|时)(\d{2})(?![\d:])(?: ?h\b| ?分(?!钟))?"
    r"|(?<![\d:])(\d{1,2}) ?(?:点钟?|(?=a\.?m\b|p\.?m\b|[صم](?!\w)))(半)?",
    re.IGNORECASE,
)
# "Neuf" is new, too; "آلاف" alone is thousands of something.
_UNSURE = {"neuf", "الاف", "ملايين", "وميات"}


@dataclass
class _Token:
    kind: str
    value: object
    start: int
    end: int
    word: bool = False
    firm: bool = True


@lru_cache(maxsize=16_000)
def passage(text, language):
    return _Reader(fold(text), vocabulary(language)).read()


def _scale_of(value):
    """What "and a half" is half of: "one million and a half"."""
    return next((scale for scale in (10**9, 10**6, 1000) if value and value % scale == 0), 1)


class _Reader:
    def __init__(self, text, words):
        self.original, self.text, self.words = text, text, words
        self.decimal_comma = words.code not in {"en", "zh", "ja", "ko", "ar", "he", "th", "hi"}
        self.found, self.ordinals, self.periods, self.weekdays, self.pairs = [], [], [], [], 0
        self.ordinal_end = None

    def read(self):
        self._take_written_forms()
        everything = self._compose(self._tokens())
        self._counted_duals(everything)
        tokens = [each for each in everything if each.kind != "dual"]
        self._ratios_by_words(tokens)
        self._percents(tokens)
        self._units(tokens)
        self._ratios(tokens)
        for token in tokens:
            if token.kind == "number":
                self._add(token)
        return Passage(
            tuple(sorted(self.found, key=lambda each: each.start)),
            tuple(self.ordinals),
            tuple(self.periods),
            tuple(self.weekdays),
            self.pairs,
        )

    # What is read before any words: telephone numbers, dates in digits, the clock.

    def _blank(self, match):
        self.text = self.text[: match.start()] + "¤" * len(match[0]) + self.text[match.end() :]

    def _take_written_forms(self):
        for match in _DATE.finditer(self.text):
            self._blank(match)
            numbers = list(re.findall(r"\d+", match[0]))
            for number in numbers:
                self._keep({Fraction(number)}, "", match, text=match[0])
        for match in _PHONE.finditer(self.text):
            digits = re.sub(r"\D", "", match[0])
            grouped = re.fullmatch(r"[1-9]\d{0,2}(?:([ .,])\d{3})(?:\1\d{3})*", match[0])
            apart = re.search(r"\d{3,}\s*[-/]\s*\d{3,}$", match[0]) and len(digits) in (8,)
            spaced = re.search(r"\d\s+-\s+\d|\d\.\s", match[0])
            if len(digits) >= 7 and not grouped and not apart and not spaced:
                self._blank(match)
                self._keep({Fraction(digits.lstrip("0") or "0")}, "telephone", match)
        for match in _CLOCK.finditer(self.text):
            hour, minute = int(match[1] or match[3]), int(match[2] or (30 if match[4] else 0))
            if hour < 25 and minute < 60:
                self._blank(match)
                raw = {hour, hour % 12, hour % 12 + 12} if not minute else ()
                at = Fraction((hour * 60 + minute) % 720)
                self._keep({at}, "clock", match, raw=frozenset(map(Fraction, raw)))

    def _keep(self, values, measure, place, *, raw=None, text=None, firm=True, **rest):
        start, end = place if isinstance(place, tuple) else place.span()
        values = frozenset(values)
        text = text or self.original[start:end].strip()
        raw = values if raw is None else raw
        self.found.append(Quantity(values, measure, raw, text, start, end, firm, **rest))

    # Words and digits as tokens.

    def _tokens(self):
        tokens = []
        for match in self.words.lexer.finditer(self.text):
            kind, value = self.words.read(match)
            token = _Token(kind, value, *match.span())
            if kind == "digits":
                tokens += self._digits(match)
            elif kind == "han":
                tokens += self._han(match)
            elif kind == "numbers":
                word = match[0].lower()
                firm = word not in _UNSURE
                value = [Fraction(value) + self._ordinal_before(token)]
                tokens.append(replace(token, kind="number", value=value, word=True, firm=firm))
            elif kind == "pair":
                self.pairs += 1
                tokens.append(replace(token, kind="dual", value=[Fraction(2)], word=True))
            elif kind == "ordinals":
                self.ordinals.append(int(value))
                self.ordinal_end = token.end
            elif kind == "ordinal_zh":
                number = match[0][1:]
                self.ordinals.append(int(number) if number.isdigit() else int(han_number(number)))
            elif kind == "every":
                self.periods.append(value)
            elif kind == "weekdays":
                self.weekdays.append(int(value))
            elif kind == "months":
                self._keep({Fraction(value)}, "month of the year", match)
            elif kind == "idiom":
                amount, unit = value
                measure, factor = MEASURES.get(unit, (unit, 1))
                self._keep({amount * factor}, measure, match, raw=frozenset({amount}))
            elif kind == "fractions":
                self._keep({Fraction(value)}, "ratio", match)
            elif kind == "roman":
                near = self.text[max(0, token.start - 28) : token.end + 2]
                if _STAGE.search(near):
                    roman = {"I": 1, "V": 5, "X": 10}
                    signs = [roman[each] for each in match[0].rstrip("ABCabc")]
                    value = sum(
                        -one if after > one else one
                        for one, after in zip(signs, [*signs[1:], 0], strict=True)
                    )
                    tokens.append(replace(token, kind="number", value=[Fraction(value)]))
            elif kind == "to_digits":
                tokens.append(replace(token, kind="to"))
            elif kind not in ("ignore", "single"):
                tokens.append(replace(token, kind="of") if kind == "each" else token)
        return tokens

    def _ordinal_before(self, token):
        """ "The fourth and thirty" is how Arabic says 34: the four, and then it is no ordinal."""
        tens = token.value and int(token.value) in range(20, 100, 10)
        joined = self.ordinal_end == token.start - 1 and self.text[token.start] == "و"
        return self.ordinals.pop() if tens and joined else 0

    def _digits(self, match):
        readings = number_readings(match[0], self.decimal_comma)
        if readings:
            return [_Token("number", readings, *match.span())]
        return [
            _Token(
                "number",
                [Fraction(each[0])],
                match.start() + each.start(),
                match.start() + each.end(),
            )
            for each in re.finditer(r"\d+", match[0])
        ]

    def _han(self, match):
        signs = match[0]
        several = re.fullmatch("[一二三四五六七八九两]{2}", signs)
        if several and HAN[signs[1]] - HAN[signs[0]] == 1:  # "两三天": two or three
            both = [Fraction(HAN[each]) for each in signs]
            return [
                _Token("number", [each], match.start() + at, match.start() + at + 1, True)
                for at, each in enumerate(both)
            ]
        if not re.search("[一二三四五六七八九两十零〇]", signs) or signs in (
            "万",
            "亿",
            "千",
            "百",
        ):
            kind = "scale" if signs in ("万", "亿", "千", "百") else "ignore"
            return [_Token(kind, HAN_SCALE[signs[0]], *match.span(), True)]
        if re.match("成(?![人为功年立熟本员分效果长像瘾形就])", self.text[match.end() :]):
            self._keep({han_number(signs) / 10}, "ratio", match)
            return []
        apart = re.match("次[^，。]{0,4}之间", self.text[match.end() :])
        counted = (
            signs in "两二"
            and not apart
            and self.text[match.end() : match.end() + 1] in tuple("次片粒倍针颗")
        )
        return [_Token("number", [han_number(signs)], *match.span(), not counted)]

    def _between(self, one, other):
        return self.text[one.end : other.start]

    def _compose(self, tokens):
        """ "Twenty" and "five" as 25, "3" and "million" as 3,000,000, "two and a half" as 2.5."""
        made = []
        for token in tokens:
            last = made[-1] if made else None
            joined = None
            if token.kind == "dual":
                made.append(token)
                continue
            if token.kind in ("number", "scale"):
                if len(made) > 1 and last.kind in ("range", "to") and made[-2].kind == "number":
                    joined = self._joined(made[-2], token, self._between(made[-2], token))
                    if joined is not None:
                        last = made[-2]
                        made.pop()
                elif last and last.kind == "number":
                    joined = self._joined(last, token, self._between(last, token))
            if joined is not None:
                made[-1] = _Token("number", [joined], last.start, token.end, last.word)
            elif token.kind == "andhalf":
                number = next((each for each in reversed(made[-2:]) if each.kind == "number"), None)
                if number:
                    number.value = [each + Fraction(_scale_of(each), 2) for each in number.value]
                    number.end = max(number.end, token.end if number is made[-1] else number.end)
                    number.firm = True
            else:
                made.append(token)
        return made

    def _joined(self, last, token, between):
        one, two = last.value[0], token.value if token.kind == "scale" else token.value[0]
        if token.kind == "scale":
            return one * two if not between.strip() else None
        if two >= 100 and token.word and not between.strip() and one < two and one != 0:
            return one * two if two in (100, 1000, 10**6, 10**9, 10**4) else None
        if not (last.word and token.word) or not self.words.joiner.fullmatch(between):
            return None
        bare = not between.strip(" -")
        if self.words.code == "ar":
            if bare and self.text[token.start] != "و":
                return None
            fits = (one < 10 and two in range(20, 100, 10)) or (one >= 100 and two < 100)
            return one + two if fits or (one >= 1000 and two < 1000) else None
        tens = one in range(20, 100, 10) and two < 10
        score = self.words.code == "fr" and one % 100 in (60, 80) and 10 <= two < 20
        if self.words.code in ("es",) and bare and one < 100:
            return None
        if self.words.code == "en" and "and" in between and one < 100:
            return None
        hundreds = one >= 100 and one % 100 == 0 and two < 100
        return one + two if tens or score or hundreds or (one >= 1000 and two < 1000) else None

    # Grammar.

    def _counted_duals(self, tokens):
        """A dual that is counted: "زوجان من كل اثني عشر" is 2 in 12."""
        for at, token in enumerate(tokens[:-2]):
            of, whole = tokens[at + 1 : at + 3]
            counted = token.kind == "dual" and of.kind == "of" and whole.kind == "number"
            counted = counted and "كل" in self.text[of.start : of.end]
            if counted and not self._between(token, of).strip():
                token.kind = "number"

    def _take(self, token):
        token.kind = "taken"

    def _series(self, tokens, at):
        """The numbers before ``at`` that share what follows: "5, 10 and 20 mg", "3 to 5 %"."""
        series = []
        while at >= 0 and tokens[at].kind == "number":
            series.insert(0, tokens[at])
            before = at - 1
            if before >= 1 and tokens[before].kind in ("range", "to", "slash"):
                gap = self.text[tokens[before - 1].end : tokens[at].start]
                linked = tokens[before - 1].kind == "number" and len(gap.split()) <= 2
                if linked and "." not in gap and len(gap) < 9:
                    at = before - 1
                    continue
            break
        return series

    def _ratios_by_words(self, tokens):
        for at, token in enumerate(tokens):
            if token.kind == "half":
                self._take(token)
                self._keep({Fraction(1, 2)}, "ratio", (token.start, token.end))
            if token.kind == "parts_zh":
                whole = self.text[token.start : token.end - 2]
                number = re.fullmatch(r"[\d.]+", whole)
                of = Fraction(whole) if number else (100 if whole == "百" else han_number(whole))
                self._take(token)
                end = token.end
                for each in tokens[at + 1 : at + 4]:
                    if each.start != end or each.kind not in ("number", "range", "to"):
                        break
                    end = each.end
                    if each.kind == "number":
                        self._take(each)
                        values = {value / of for value in each.value}
                        self._keep(values, "ratio", (token.start, each.end))

    def _percents(self, tokens):
        for at, token in enumerate(tokens):
            close = at and not self._between(tokens[at - 1], token).strip()
            if token.kind not in ("percent", "sign") or not close:
                continue
            series = self._series(tokens, at - 1)
            for each in series:
                values = {value / 100 for value in each.value}
                self._keep(values, "ratio", (each.start, token.end))
                self._take(each)
            self._take(token)

    def _units(self, tokens):
        for at, token in enumerate(tokens):
            number = self._number_of(tokens, at) if token.kind == "units" else None
            if number is None:
                continue
            unit, end = token.value, max(token.end, tokens[number].end)
            measure, factor = MEASURES.get(unit, (unit, 1))
            rest = [each for each in tokens[at + 1 : at + 3] if each.kind == "units"]
            per = rest and _PER.fullmatch(self.text[token.end : rest[0].start])
            if per and rest[0].value in _DIVISORS:
                second, divisor = MEASURES.get(rest[0].value, (rest[0].value, 1))
                measure, factor = f"{measure}/{second}", Fraction(factor) / divisor
                end = rest[0].end
                self._take(rest[0])
            for each in self._series(tokens, number) if number < at else [tokens[number]]:
                self._measured(each, measure, factor, end)
            self._take(token)

    def _number_of(self, tokens, at):
        """The place of the number that counts the unit: before it, or behind ("لتر واحد")."""
        if at and tokens[at - 1].kind == "number":
            between = self._between(tokens[at - 1], tokens[at])
            if _CLOSE.fullmatch(between) or self.words.between.fullmatch(between):
                return at - 1
        behind = tokens[at + 1] if at + 1 < len(tokens) else None
        if not (behind and behind.kind == "number") or self._between(tokens[at], behind).strip():
            return None
        word = self.text[behind.start : behind.end]
        return at + 1 if self.words.counted_after.fullmatch(word) else None

    def _measured(self, token, measure, factor, end):
        year = measure == "months" and factor == 12 and token.value[0] >= 1000
        values = {value * factor for value in token.value}
        measured = measure not in UNSPOKEN
        # "A litre" may be "one litre": what is one in a word may be left out.
        firm = token.firm and (token.value != [1] or (measured and not token.word))
        self._keep(
            token.value if year else values,
            "" if year else measure,
            (min(token.start, end), end),
            raw=frozenset(token.value),
            firm=firm,
            word=token.word,
        )
        self._take(token)

    def _ratios(self, tokens):
        kept = [each for each in tokens if each.kind != "taken"]
        for at, token in enumerate(kept):
            if token.kind == "slash":
                self._pair(kept, at - 1, at + 1, near=0)
            elif token.kind == "among":
                self._pair(kept, at + 1, at - 1, near=14)
            elif token.kind == "of":
                chinese = self.words.spaceless
                if chinese or not self._pair(kept, at - 1, at + 1, near=34):
                    self._pair(kept, at + 2, at + 1, near=34)
                    self._pair(kept, at + 3, at + 1, near=34)

    def _pair(self, tokens, count_at, whole_at, near):
        """A ratio of two number tokens, if they stand near enough and the count is the smaller."""
        if not (0 <= count_at < len(tokens) and 0 <= whole_at < len(tokens)):
            return False
        count, whole = tokens[count_at], tokens[whole_at]
        if count.kind != "number" or whole.kind != "number":
            return False
        first, second = sorted((count, whole), key=lambda each: each.start)
        between = self._between(first, second)
        if len(between) > near + 4 or re.search(r"[.;:!?。；！？]", between) or "¤¤" in between:
            return False
        if whole.value[0] < 2 or count.value[0] > whole.value[0]:
            return False
        series = self._series(tokens, count_at) if count.start < whole.start else [count]
        if count.start > whole.start and count_at + 2 < len(tokens):
            link, further = tokens[count_at + 1], tokens[count_at + 2]
            linked = link.kind in ("range", "to") and further.kind == "number"
            near = linked and further.start - count.end < 9
            if near and further.value[0] <= whole.value[0]:
                series = [count, further]
        for each in series:
            parts = (self._plain(each), self._plain(whole))
            place = (min(each.start, whole.start), max(each.end, whole.end))
            values = {each.value[0] / whole.value[0]}
            self._keep(values, "ratio", place, parts=parts)
        for each in (*series, whole):
            self._take(each)
        return True

    def _plain(self, token):
        values = frozenset(token.value)
        firm = token.firm and 1 not in values
        text = self.original[token.start : token.end]
        return Quantity(values, "", values, text, token.start, token.end, firm, token.word)

    def _add(self, token):
        self.found.append(self._plain(token))
