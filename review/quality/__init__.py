"""What checks find in a proposed text: apps register checks, the desk shows the findings, and
``gate`` holds back what they stop.

A check is a function of an item (any instance of its model), its revision, and what these refer to;
it yields findings. It asks the database nothing: a request may hold sixty texts.
"""

from functools import cache

from django.utils.functional import SimpleLazyObject

from .. import marks, terms
from ..content import content_model
from .findings import ADVISORY, BLOCKING, SEVERITIES, Finding, in_order, sentence

__all__ = [
    "ADVISORY", "BLOCKING", "SEVERITIES", "Finding", "findings", "findings_of", "in_order",
    "register", "sentence",
]  # fmt: skip

_checks, _advising = [], []


def register(check, *, stops=True):
    """Called by an app's ``ready``: ``check(item, revision, referred)`` yields findings.
    ``referred`` maps each ``marks.Reference`` of the text to its item, or to None. A check that
    only advises says ``stops=False``: nothing waits for it where nobody reads advice."""
    (_checks if stops else _advising).append(check)
    return check


def findings(item, revision, referred=None, known=None):
    """Every finding, what stops the text first. Without ``referred``, a few queries load it;
    without ``known``, what ``terms.known`` gives for the language, one more for a translation."""
    if referred is None:
        referred = _referred([revision])[revision]
    advice = [each for check in _advising for each in check(item, revision, referred)]
    for each in advice:
        if each.severity == BLOCKING:
            raise ValueError(f"“{each.id}” stops a text: register its check as one that does.")
    return in_order([*_stopping(item, revision, referred), *advice, *_terms(item, revision, known)])


def _terms(item, revision, known):
    from .translation import terms_of  # it needs this package

    if not (revision.source_id and revision.source):
        return []
    known = terms.known(revision.language) if known is None else known
    own = (revision.item_type, revision.key)  # a term's own entry does not use the term
    return terms_of(revision, revision.source, item, [each[1:] for each in known if each[0] != own])


def findings_of(revisions):
    """Revision to what the checks that can stop a text find in it; what the revisions refer to is
    loaded once, if a check asks for it. Load the revisions with their source."""
    everything = SimpleLazyObject(lambda: _referred(revisions))
    return {
        revision: in_order(
            _stopping(
                _some_item(revision.item_type),
                revision,
                SimpleLazyObject(lambda revision=revision: everything[revision]),
            )
        )
        for revision in revisions
    }


def every(revisions):
    """Revision to all that is found in it, advice included: a fixed number of queries. Load the
    revisions with their source."""
    referred = _referred(revisions)
    known = {code: terms.known(code) for code in {each.language for each in revisions}}
    return {
        each: findings(_some_item(each.item_type), each, referred[each], known[each.language])
        for each in revisions
    }


@cache
def _some_item(item_type):
    """An instance of its model: of these a check asks no more."""
    return content_model(item_type)()


def _stopping(item, revision, referred):
    return [each for check in _checks for each in check(item, revision, referred)]


def _referred(revisions):
    """Revision to its references and their items: one query for each language and type."""
    wanted = {
        revision: marks.references(content_model(revision.item_type), revision.text, revision.facts)
        for revision in revisions
    }
    found = {}
    for language in {revision.language for revision in revisions}:
        own = {each for r in revisions if r.language == language for each in wanted[r]}
        for item_type, keys in marks.by_type(own).items():
            items = content_model(item_type).objects.working(language)
            for each in items.filter(key__in=keys):
                found[language, marks.Reference(item_type, each.key)] = each
    return {
        revision: {reference: found.get((revision.language, reference)) for reference in references}
        for revision, references in wanted.items()
    }
