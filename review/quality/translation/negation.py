"""Whether a sentence still denies what its original denies.

Words that deny are counted with some room: a language may deny once where another repeats it
("ni … ni …"), may say with one word what another denies ("impossible", "stop", "空腹"), and a
double negative may turn positive.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from .folding import fold
from .vocabulary import vocabulary

_DENYING = ("un", "absent", "few", "stop", "ill")
_DOUBLING = ("un", "absent", "few", "stop")  # "not uncommon" is common; "not ill" says no more
_NEAR = 22  # characters between a negator and the soft word that it may cancel with
_PAIRED = 40  # characters between two negators that may leave together: "nothing without"
_PAUSE = re.compile(r"[.;:,،؛。；：，!?！？]")


@dataclass(frozen=True)
class Denial:
    """``least`` and ``most`` negations; ``soft`` words by their kind; some cancel (``doubles``),
    and so do two negations of one clause (``paired``). Words ``beside`` answer the other language's
    soft words of their kind, and excuse nothing themselves."""

    least: int
    most: int
    soft: dict
    beside: dict
    doubles: int
    paired: bool
    first: str
    text: str
    turns: bool

    def denying(self):
        return sum(self.soft[kind] for kind in _DENYING)


@lru_cache(maxsize=16)
def _patterns(language):
    words = vocabulary(language)
    table = words.negation
    if not table:
        return None

    def pattern(part):
        return re.compile(words.words(part), re.IGNORECASE)

    neutral = table["neutral"]
    if words.spaceless:
        neutral = neutral.replace("(.)不\\1", "(?P<a>.)不(?P=a)")
    optional = pattern(table["optional"]), pattern(table.get("exclusive", "(?!)"))
    own = _own(words)
    strong = "|".join(f"(?P<{name}>{own(table[name])})" for name in ("except", "more", "strong"))
    soft = {kind: pattern(part) for kind, part in table["soft"].items()}
    beside = {kind: pattern(part) for kind, part in table.get("beside", {}).items()}
    turning = pattern(table.get("turning", "(?!)"))
    return turning, pattern(neutral), optional, re.compile(strong, re.IGNORECASE), soft, beside


def _own(words):
    """Words that deny: an Arabic one takes "and" before it, and no article."""
    if words.code == "ar":
        return lambda part: rf"(?<!\w)[وف]?(?:{part})(?!\w)"
    return lambda part: words.words(part)


@lru_cache(maxsize=4000)
def denial(text, language):
    """None for a language without a table."""
    patterns = _patterns(language)
    if patterns is None:
        return None
    turning, neutral, (optional, exclusive), strong, softs, besides = patterns
    whole = fold(text)
    turns = bool(turning.search(whole))
    text = neutral.sub(lambda match: "¤" * len(match[0]), whole)
    # "No … but" is "only", and may be "never … without": none or two.
    text, twos = exclusive.subn(lambda match: "¤" * len(match[0]), text)
    text, most = optional.subn(lambda match: "¤" * len(match[0]), text)
    most += 2 * twos
    least = doubles = 0
    paired = False
    places = []
    for match in strong.finditer(text):
        most += 1
        between = text[places[-1][1] : match.start()] if places else ""
        apart = re.search(r"[.;:。；：!?！？]", between)
        close = len(between) < _PAIRED and not _PAUSE.search(between)
        paired |= bool(places) and (close or match.lastgroup == "except")
        if match.lastgroup != "more" or not places or apart:
            least += 1
        places.append(match.span())
    if places and (spread := vocabulary(language).negation.get("spread")):
        # "Do not write or call": another language may deny each of the two.
        most += len(re.findall(rf"\b(?:{spread})\b", text[places[0][1] :]))
    # A Chinese word that holds a 不 and denies nothing may still be what another language denies.
    left = (
        whole
        if vocabulary(language).spaceless
        else strong.sub(lambda match: "¤" * len(match[0]), text)
    )
    soft = {}
    for kind, pattern in softs.items():
        found = list(pattern.finditer(left))
        soft[kind] = len(found)
        for each in found:
            before = [left[end : each.start()] for _start, end in places if end <= each.start()]
            near = any(len(gap) < _NEAR and not _PAUSE.search(gap) for gap in before)
            doubles += near and kind in _DOUBLING
    beside = {kind: len(pattern.findall(whole)) for kind, pattern in besides.items()}
    first = text[places[0][0] : places[0][1]].strip(" ,،、") if places else ""
    return Denial(least, most, soft, beside, doubles, paired, first, text, turns)


def _more(one, other, where=None):
    """How many words of ``one`` may stand for a negation of the other, and for nothing else."""
    counts = {
        kind: count
        for kind, count in one.soft.items()
        if not where or kind not in where or where[kind].search(other.text)
    }
    # "Harmless" is "inofensivo": what denies inside a word is one kind for all languages.
    denying = sum(max(0, counts.get(each, 0) - other.beside.get(each, 0)) for each in _DENYING)
    others = sum(
        max(0, count - other.soft.get(kind, 0) - other.beside.get(kind, 0))
        for kind, count in counts.items()
        if kind not in _DENYING
    )
    return max(0, denying - other.denying()) + others


@lru_cache(maxsize=16)
def _where(language):
    words = vocabulary(language)
    table = words.negation.get("where", {})
    return {kind: re.compile(words.words(part), re.IGNORECASE) for kind, part in table.items()}


def balance(source, target, source_language="en"):
    """How many negations the target lost (below 0) or added (above 0); 0 where nothing is sure."""
    lost = source.least - target.most
    if lost > 0:
        fewer = lost - _more(target, source, _where(source_language))
        return 0 if fewer <= 0 or _cancelled(source, target, lost) else -fewer
    added = target.least - source.most
    if added > 0:
        more = added - _more(source, target)
        return 0 if more <= 0 or _cancelled(target, source, added) else more
    return _turned(source, target)


def _cancelled(more, fewer, number):
    """Two negations of a clause may leave together, or one with the soft word that it turned."""
    if number % 2 == 0 and more.paired:
        return True
    return number == 1 and more.doubles > 0 and more.denying() > fewer.denying()


def _turned(source, target):
    """ "Not uncommon" rendered by a single negation says the opposite."""
    double = source.turns and source.least == source.most == 1 and source.denying() == 1
    return -1 if double and target.least == target.most == 1 and not target.denying() else 0
