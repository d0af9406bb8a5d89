"""The words that a language has agreed on: the app that keeps the glossary registers them here.

``register(find)``: ``find(language)`` gives a function from a text in the source language to
[(words as they stand in it, signed translation)].
"""

_find = []


def register(find):
    _find[:] = [find]


def terms(language):
    """A function from a source text to its terms with their signed translation."""
    return _find[0](language) if _find else lambda text: []
