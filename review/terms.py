"""The glossary as the desk knows it: how a language says a text's terms, which words it explains,
and the glossary's way to files and back. The app that keeps it registers it here."""

from collections import namedtuple
from functools import lru_cache

from . import clock

# ``words`` as the source has them, ``target`` as the language says it, ``key`` the item's.
Term = namedtuple("Term", "words target key")
Glossary = namedtuple("Glossary", "item_type find write read known forms")
_registered = []


def register(item_type, find, write, read, known, forms):
    """``item_type`` names the items that are terms. ``find(language)`` asks the database once, and
    gives a function from a source text to its Terms that are signed in that language, each once.
    ``write`` maps a format ("tbx", "csv") to a function from (pairs of source and newest
    translation, language) to a file's bytes; ``read(text, language)`` gives the units of such a
    file, None for a file that is none. ``known(language)`` gives the signed terms, each as (item
    type and key, its forms in the source language, those in the language), in one query;
    ``forms(text)`` the forms that a term's fields name."""
    _registered[:] = [Glossary(item_type, find, write, read, known, forms)]


def registered():
    """The one glossary, None where no app keeps one."""
    return _registered[0] if _registered else None


def known(language):
    """Signed terms with every form in both languages, for the checks: one query."""
    return _registered[0].known(language) if _registered else []


def forms(text):
    """The forms that a term's fields (name to text) give it."""
    return _registered[0].forms(text) if _registered else []


def finder(language):
    """A function from a source text to its Terms with their signed translation."""
    return _registered[0].find(language) if _registered else lambda text: []


def explained(language):
    """Every form of the terms that readers of a language find explained. The database is asked
    once for each decision that was made."""
    line = clock.newest() if _registered else None
    return _explained(language, line.digest) if line else frozenset()


@lru_cache(maxsize=32)
def _explained(language, digest):
    return frozenset(form for _item, _source, forms in known(language) for form in forms)


def own(item_type, text):
    """The forms that a term's own text explains; nothing for other items."""
    if not _registered or item_type != _registered[0].item_type:
        return frozenset()
    return frozenset(_registered[0].forms(text))
