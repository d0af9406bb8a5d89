"""Glossary terms of a passage that its translation says with other words.

A term is found by any of its forms in any inflection: each word by its stem, in any order.
"""

import re
from functools import lru_cache

from .folding import fold

_ARABIC = re.compile(r"[\u0621-\u064a]")
_PARTICLES = re.compile(r"^[وفبكل]{0,2}(?:ال|لل)|^لل")
_ENDINGS = re.compile(r"(?<=\w{3})(?:يات|ات|ين|ون|ان|تين|تان|ية|ة|ي|ا|ها|هم|كم)$")
_SPACED = re.compile(r"[^\W\d_\u3040-\u30ff\u3400-\u9fff]+")
_SHORT = 3  # letters of a word that says nothing alone: "de", "la", "du"


def unused(source, target, terms):
    """[(the term as the source has it, the form that the glossary gives)]; ``terms`` are pairs of
    lists, a term's forms in the source language and its forms in the language."""
    said, here = fold(source).lower(), fold(target).lower()
    stems = {_stem(word) for word in _SPACED.findall(here)}
    for forms, wanted in terms:
        used = next((form for form in forms if _says(said, form)), None)
        if used and wanted and not any(_used(form, here, stems) for form in wanted):
            yield used, wanted[0]


@lru_cache(maxsize=20_000)
def _plain(form):
    return fold(form).lower()


@lru_cache(maxsize=20_000)
def _whole(form):
    return re.compile(rf"(?<!\w){re.escape(_plain(form))}(?!\w)")


def _says(text, form):
    return _plain(form) in text and bool(_whole(form).search(text))


@lru_cache(maxsize=20_000)
def _ways(form):
    """ "Wild type (not mutated)" is two ways to say it: (letters without spaces, stems)."""
    ways = []
    for part in re.split(r"[()（）/]", _plain(form)):
        if words := _SPACED.findall(part):
            ways.append(
                ("", frozenset(_stem(w) for w in words if len(w) > _SHORT or len(words) < 2))
            )
        elif part.strip():
            ways.append((part.strip(), frozenset()))
    return ways


def _used(form, text, stems):
    if _plain(form) in text:
        return True
    return any(
        part in text if part else bool(words) and all(_among(word, stems) for word in words)
        for part, words in _ways(form)
    )


def _among(stem, stems):
    return stem in stems or any(each.startswith(stem) for each in stems)


@lru_cache(maxsize=50_000)
def _stem(word):
    if _ARABIC.match(word):
        return _ENDINGS.sub("", _PARTICLES.sub("", word)) or word
    return word[: max(4, len(word) * 3 // 4)]
