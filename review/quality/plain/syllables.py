"""How many syllables a word has, by a rule for each language; ``bench/plain_language.py`` prints
how often the rules are wrong.

Own rules, because Pyphen knows where a word may be broken, which leaves out its first and last
letters' syllables.
"""

import re
import unicodedata
from functools import lru_cache

from .vocabulary import vocabulary


@lru_cache(maxsize=50_000)  # a text's words come again and again
def count(word, language):
    """Of one word without signs; one for a figure. None for a language without a rule."""
    rule = RULES.get(language)
    if rule is None:
        return None
    if not any(each.isalpha() for each in word):
        return 1
    known = vocabulary(language).syllables
    parts = _LETTERS.findall(word) if _spelled_out(word) else _PARTS.split(word.lower())
    return sum(
        1 if len(part) == 1 else known.get(part) or rule(part)
        for part in parts
        if part and (part not in _ELIDED or len(parts) == 1)
    )


_PARTS, _LETTERS = re.compile("[-’']"), re.compile("[A-Z]")
# What an apostrophe leaves has no vowel of its own: "don't", "it's", "l'os", "qu'il".
_ELIDED = frozenset(["t", "s", "d", "m", "l", "n", "c", "j", "ll", "re", "ve", "qu"])


def _spelled_out(word):
    """An abbreviation that is said letter by letter."""
    return 2 <= len(word) <= 5 and word.isupper() and not re.search("[AEIOUY]", word)


def _plain(word):
    return "".join(
        each for each in unicodedata.normalize("NFD", word) if not unicodedata.combining(each)
    )


# -- English -------------------------------------------------------------------------------------

_EN_SILENT_INSIDE = re.compile(
    r"(?<=[^aeiouyl])e(?=(?:ments?|ly|ful(?:ly)?|less(?:ly|ness)?|ness|where|thing|times?|body|fore)$)"
)
_EN_SILENT_END = re.compile(r"(?<=[^aeiouy])e$|(?<=[aiouy][aiouy])e$|(?<=[uy])e$")
_EN_SILENT_ES = re.compile(r"(?<![sxzcg])(?<!ch)(?<!sh)(?<=[^aeiouy])es$")
_EN_SILENT_ED = re.compile(r"(?<=[^aeiouytd])ed$|(?<=[aeiouy])(?<!i)ed$|(?<=[aeo]i)ed$")
_EN_LE = re.compile(r"(?:[^aeiouylrw]l|[bct]r)e[sd]?$")  # "table", "fibre"
_EN_GUE = re.compile(r"(?<=g)ues?$")  # "league"
# Two vowels that are said apart.
_EN_APART = re.compile(
    r"(?<![cstgx])i(?:a(?!ge|n[ct]e?$)|o(?!n$|us)|u)|(?<=[cstgx])ia(?!l|n|t?ch|bl)|i(?:ent|ence|et)(?!s?h)|"
    r"(?<![gq])u[ao](?!r[dt])|eo(?!us|n$|pl|p$|ver)|"
    r"(?<!c)ious|creat|reac?t(?=iv|ion|s?$)|[^q]uit(?=[yo])|io(?=[lp])|(?<=[bdpv])iou|yi|oi(?=ng)|oa(?=g)|"
    r"(?<=n)eo|coo(?=rd|p)|(?<=[drv])iet$|(?<=[a-z][^aeiou])ier|(?<=[cstx])ium"
)


def _english(word):
    stem = _EN_GUE.sub("", _EN_SILENT_INSIDE.sub("", _plain(word)))
    total = 0
    if _EN_LE.search(stem):
        total, stem = 1, re.sub(r"[lr]e[sd]?$", "", stem)
    else:
        for silent in (_EN_SILENT_END, _EN_SILENT_ES, _EN_SILENT_ED):
            shorter = silent.sub("" if silent is not _EN_SILENT_ES else "s", stem)
            if shorter != stem:
                stem = shorter
                break
    stem = re.sub("^y(?=[aeiou])", "j", stem)
    total += len(re.findall(r"[aeiouy]+", stem)) + len(_EN_APART.findall(stem))
    return max(1, total + len(re.findall(r"sms?$|thms?$", stem)))


# -- Spanish -------------------------------------------------------------------------------------

_ES_SILENT = re.compile(r"(?<=q)u|(?<=g)u(?=[eiéí])|y(?=[aeiouáéíóú])")


def _spanish(word):
    """Each strong vowel, and each weak one with an accent, is a syllable; weak ones join them."""
    word = unicodedata.normalize("NFC", word)
    groups = re.findall(r"[aeiouáéíóúüy]+", _ES_SILENT.sub("-", word))
    return max(1, sum(max(1, len(re.findall("[aeoáéíóú]", group))) for group in groups))


# -- French --------------------------------------------------------------------------------------

_FR_VOWELS = "aeiouyàâäéèêëîïôöùûüœæ"
_FR_SILENT = re.compile(
    r"(?<=q)u|(?<=g)u(?=[eiéèêîy])|(?<=[aeou])y(?=[aeiouéèêâ])|(?<=g)e(?=[aâo])"
)
_FR_MUTE = re.compile(rf"(?<=[^{_FR_VOWELS}])es?$|(?<=[^{_FR_VOWELS}m])ent$")
_FR_APART = re.compile(
    r"é[aouàâôiî]|[aoué]ï|[ao]ë|oè|(?<!o)[ou]é|éu|oa|ao(?!u)|[^aeiouq]ué|"
    r"(?<=[bcdfgptv][lr])i[aeoéè](?!s?$)|(?<=[bcdfgptv][lr])oué|aé"
)


def _french(word):
    """The last mute e is silent; an e inside is said, as it is in careful speech."""
    word = unicodedata.normalize("NFC", word).replace("œ", "e").replace("æ", "e")
    stem = _FR_MUTE.sub("", _FR_SILENT.sub("-", word)) if len(word) > 3 else word
    groups = re.findall(f"[{_FR_VOWELS}]+", stem)
    return max(1, len(groups) + len(_FR_APART.findall(stem)))


RULES = {"en": _english, "es": _spanish, "fr": _french}
