"""Words with a signed translation, for the translator's page: an app that keeps such words says
where they stand in a text."""

from collections import namedtuple

# ``words`` as the source has them, ``target`` as the language says it, ``key`` the item's.
Term = namedtuple("Term", "words target key")

_finders = []


def register(finder):
    """Called by an app's ``ready``: ``finder(texts, language)`` gives a list of Terms for each of
    the source texts, in a fixed number of queries."""
    _finders.append(finder)
    return finder


def found(texts, language):
    """A list of Terms for each text."""
    texts = list(texts)
    each = [finder(texts, language) for finder in _finders] if texts else []
    return [[term for terms in mine for term in terms] for mine in zip(*each, strict=True)] or [
        [] for _text in texts
    ]
