"""The signs that a language writes with and a keyboard may lack: quotation marks, and punctuation
of its own. From CLDR, so that a further language needs no line here."""

import unicodedata
from functools import lru_cache

import icu

from . import languages

NO_BREAK_SPACE = "\u00a0"
_FULL_WIDTH = {chr(ord(sign) + 0xFEE0) for sign in ",!?:;()"}
_MOST = 16


@lru_cache
def quotation(code):
    """[(opening, closing)], the usual pair first."""
    data = icu.LocaleData(languages.tag(code))
    marks = [data.getDelimiter(at) for at in range(4)]
    return list(dict.fromkeys([(marks[0], marks[1]), (marks[2], marks[3])]))


@lru_cache
def punctuation(code):
    """What the source language does not write, as far as it belongs into running text."""
    known = set(_exemplars(languages.source()))
    quotes = {mark for pair in quotation(code) for mark in pair}
    own = [sign for sign in _exemplars(code) if sign not in known | quotes and _usual(sign)]
    return own[:_MOST]


def _exemplars(code):
    return list(icu.LocaleData(languages.tag(code)).getExemplarSet(0, 3))


def _usual(sign):
    if len(sign) != 1 or unicodedata.category(sign) not in ("Ps", "Pe", "Pi", "Pf", "Po"):
        return False
    return not 0x2000 <= ord(sign) < 0x2070 and (ord(sign) < 0x3010 or sign in _FULL_WIDTH)
