"""The words that a language has agreed on: the app that keeps the glossary registers them here.

``find(language)`` gives a function from a text in the source language to [(words as they stand in
it, signed translation)]. ``item_type`` names the items that are terms; ``write`` maps a format
("tbx", "csv") to a function from (pairs of source and newest translation, language) to a file's
bytes; ``read(text, language)`` gives the units of such a file, None for a file that is none.
"""

from collections import namedtuple

Terms = namedtuple("Terms", "item_type find write read")
_registered = []


def register(item_type, find, write, read):
    _registered[:] = [Terms(item_type, find, write, read)]


def registered():
    """The one glossary, None where no app keeps one."""
    return _registered[0] if _registered else None


def terms(language):
    """A function from a source text to its terms with their signed translation."""
    return _registered[0].find(language) if _registered else lambda text: []
