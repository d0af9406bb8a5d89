"""How a translation is written: untranslated parts, direction marks, signs, doubled words."""

import re

from .folding import fold
from .vocabulary import code

_LETTERS = re.compile(r"[^\W\d_]+")
_ENGLISH_WORDS = """the of and to in is are was were be been that for with on as by it this from or
    an at not have has had they you your we our which can may will after before if when who than
    then there these those their"""
_ENGLISH = frozenset(_ENGLISH_WORDS.split())
_SPANISH = """el la lo los las de del en que y a un una es se por con para no su al como si"""
_FRENCH = """le la les de des du en que et un une est dans pour par sur au aux ce se qui il ne pas
    vous"""
_OTHER = {"es": frozenset(_SPANISH.split()), "fr": frozenset(_FRENCH.split())}
_SCRIPTS = {
    **dict.fromkeys(("ar", "fa", "ur"), re.compile(r"[\u0600-\u06ff]")),
    **dict.fromkeys(("ru", "uk"), re.compile(r"[\u0400-\u04ff]")),
    "he": re.compile(r"[\u0590-\u05ff]"),
    "zh": re.compile(r"[\u4e00-\u9fff]"),
    "ja": re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]"),
    "ko": re.compile(r"[\uac00-\ud7af]"),
    "el": re.compile(r"[\u0370-\u03ff]"),
    "hi": re.compile(r"[\u0900-\u097f]"),
    "th": re.compile(r"[\u0e00-\u0e7f]"),
}
_QUOTED = re.compile(r"[“\"«„‘][^”\"»“’]{3,}[”\"»“’]|\([^)]*\)|（[^）]*）|https?://\S+|\S+@\S+")
_RUN = re.compile(r"(?:[A-Za-z][A-Za-z'’-]*[ ,]+){3,}[A-Za-z][A-Za-z'’-]*")
_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]")
_OPEN = {
    "\u202a": "\u202c",
    "\u202b": "\u202c",
    "\u2066": "\u2069",
    "\u2067": "\u2069",
    "\u2068": "\u2069",
}
_RTL = {"ar", "fa", "he", "ur", "ps", "ckb", "yi"}


def untranslated(source, target, language):
    """The passage that is still in the source language, or ""."""
    plain = " ".join(_LETTERS.findall(_QUOTED.sub(" ", target)))
    words = plain.lower().split()
    same = " ".join(_LETTERS.findall(_QUOTED.sub(" ", source))).lower().split()
    common = [each for each in words if each in _ENGLISH]
    foreign = [each for each in words if any(each in some for some in _OTHER.values())]
    enough = len(words) >= (3 if common else 4) and any(map(str.islower, plain.split()))
    if enough and words == same and len(foreign) <= len(common):
        return target
    script = _SCRIPTS.get(code(language))
    if script:
        for run in _RUN.findall(_QUOTED.sub(" ", target)):
            if sum(each.lower() in _ENGLISH for each in _LETTERS.findall(run)) >= 2:
                return run.strip(" ,")
        lower = [each for each in plain.split() if each.islower() and each.isascii()]
        return target if len(lower) >= 4 and not script.search(target) else ""
    own = _OTHER.get(code(language))
    if own and len(words) >= 4:
        english = sum(each in _ENGLISH and each not in own for each in words)
        if (
            english >= 2
            and english * 5 >= len(words)
            and sum(each in own for each in words) < english
        ):
            return target
    return ""


def copied(source_sentences, target_sentences):
    """Sentences that stand in the translation as they stood in the original."""
    there = {" ".join(_LETTERS.findall(each)).lower() for each in source_sentences}
    for each in target_sentences:
        words = _LETTERS.findall(_QUOTED.sub(" ", each))
        english = sum(word.lower() in _ENGLISH for word in words)
        if len(words) >= 5 and english >= 2 and " ".join(_LETTERS.findall(each)).lower() in there:
            return each
    return ""


def misplaced_controls(text, language):
    """The first direction mark that is out of place, as "U+202E", or ""."""
    rtl = code(language) in _RTL
    stack = []
    for match in _CONTROLS.finditer(text):
        sign, at = match[0], match.start()
        name = f"U+{ord(sign):04X}"
        inside = text[at - 1 : at].isalnum() and text[at + 1 : at + 2].isalnum()
        if sign in "\u202d\u202e" or (not rtl and sign not in _OPEN and sign not in "\u202c\u2069"):
            return name
        if sign in _OPEN:
            stack.append((_OPEN[sign], name))
        elif sign in "\u202c\u2069":
            if not stack or stack.pop()[0] != sign:
                return name
        elif inside and _same_kind(text[at - 1], text[at + 1]):
            return name
    if stack:
        return stack[-1][1]
    return ""


def _same_kind(one, other):
    kinds = [("d" if each.isdigit() else "l" if each.isascii() else "a") for each in (one, other)]
    return kinds[0] == kinds[1]


def doubled(text, language):
    """A word written twice in a row, or ""."""
    if code(language) in ("zh", "ja"):
        match = re.search(r"(的的|了了|是是|在在|和和|我我|您您|，，|。。)", text)
        return match[0] if match else ""
    for match in re.finditer(r"(?<!\w)([^\W\d_]{2,})\s+\1(?!\w)", text, re.IGNORECASE):
        if fold(match[1]).lower() not in {"nous", "vous", "that", "had", "شيئا", "جدا", "رويدا"}:
            return match[0]
    return ""


def punctuation(text, language):
    """The sign that this language writes otherwise, and how: ("?", "؟"), or None."""
    bare = re.sub(r"https?://\S+|\S+@\S+", " ", text)
    name = code(language)
    if name == "es":
        for close, opens in (("?", "¿"), ("!", "¡")):
            if bare.count(close) > bare.count(opens):
                return close, opens + "…" + close
    if name in ("ar", "fa", "ur"):
        for wrong, right in (("?", "؟"), (",", "،"), (";", "؛")):
            if re.search(rf"[\u0600-\u06ff]\s?{re.escape(wrong)}", bare):
                return wrong, right
    if name == "zh":
        for wrong, right in (
            (",", "，"),
            (".", "。"),
            ("?", "？"),
            (";", "；"),
            (":", "："),
            ("!", "！"),
        ):
            if re.search(rf"[\u4e00-\u9fff]{re.escape(wrong)}(?![A-Za-z0-9])", bare):
                return wrong, right
    if name == "fr" and '"' in bare:
        return '"', "« … »"
    return None
