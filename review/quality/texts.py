"""The checks that need one text alone: Markdown in, findings out, without item and database.

Whoever has such a check registers it here, once; it then works for ``check_text``, for the editor
as somebody types, and for every proposal. A check is a function of a ``Text``; it yields findings.
"""

from typing import NamedTuple

from .. import terms
from ..fields import Line
from .findings import BLOCKING, in_order


class Field(NamedTuple):
    """``markdown`` as it is stored; ``line`` for a field that holds one line and no blocks."""

    name: str
    markdown: str
    line: bool = False


class Text(NamedTuple):
    """The fields that stand on one page, in reading order. ``known`` are the words that the
    glossary explains in this language, as ``terms.explained`` gives them."""

    fields: tuple
    language: str
    known: frozenset = frozenset()
    claims: dict | None = None  # as the item's model has them; None: nobody knows whose text it is


_stopping, _advising = [], []


def register(check, *, stops):
    """Called by an app's ``ready``: ``check(text)`` yields findings. ``stops=False`` for a check
    that only advises."""
    (_stopping if stops else _advising).append(check)
    return check


def findings(text):
    """Every finding in a Text, what stops it first."""
    return in_order([*stopping(text), *advice(text)])


def stopping(text):
    return [each for check in _stopping for each in check(text)]


def advice(text):
    found = [each for check in _advising for each in check(text)]
    for each in found:
        if each.severity == BLOCKING:
            raise ValueError(f"“{each.id}” stops a text: register its check as one that does.")
    return found


def of_revision(item, revision, text=None):
    """What readers get as prose of a revision; ``text`` in place of what it holds. Names, other
    forms and the like, which a translation may leave out, are no prose."""
    told = revision.text if text is None else text
    known = terms.explained(revision.language) | terms.own(item.item_type, told)
    return prose(item, told, revision.language, known)


def prose(item, told, language, known=frozenset()):
    fields = tuple(
        Field(name, told[name], isinstance(item._meta.get_field(name), Line))
        for name in item.text_fields
        if told.get(name) and name not in item.local_fields
    )
    return Text(fields, language, known, item.claims)


def stops_proposal(item, revision, referred):
    return stopping(of_revision(item, revision)) if _stopping else ()


def advises_proposal(item, revision, referred):
    return advice(of_revision(item, revision)) if _advising else ()
