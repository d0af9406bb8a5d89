"""A translation compared with the text it translates: numbers, negations, names and marks.

``compare`` is pure: two Markdown texts go in, findings come out. ``bench/translation_checks.py``
prints how many faults are caught, and how many alarms are false.
"""

from ..once import once
from .comparing import compare, terms_unused
from .vocabulary import code

__all__ = ["code", "compare", "findings_of", "of_proposal", "terms_of"]


def findings_of(revision, source, item, *, names=(), terms=()):
    """What the checks find in a translation's revision, beside the source revision it translates.

    Asks the database nothing. ``item`` is any instance of the model that the revision is of.
    """
    local = getattr(item, "local_fields", ())
    found = []
    for field in item.text_fields:
        here, there = source.text.get(field) or "", revision.text.get(field) or ""
        if field not in local:
            found += _compared(
                here, there, revision.language, source.language, tuple(names), tuple(terms), field
            )
    return found


def terms_of(revision, source, item, terms):
    """Advice: terms that the translation's revision says otherwise than the glossary does."""
    local = getattr(item, "local_fields", ())
    found = []
    for field in item.text_fields:
        here, there = source.text.get(field) or "", revision.text.get(field) or ""
        if field not in local and here and there:
            found += _termed(here, there, revision.language, source.language, tuple(terms), field)
    return found


@once(20_000)
def _termed(source, target, language, source_language, terms, field):
    return tuple(
        terms_unused(source, target, language, terms, source_language=source_language, field=field)
    )


@once(20_000)
def _compared(source, target, language, source_language, names, terms, field):
    """Pure, so that what was compared at submission is not compared again at signing."""
    return tuple(
        compare(
            source,
            target,
            language,
            source_language=source_language,
            names=names,
            terms=terms,
            field=field,
        )
    )


def of_proposal(item, revision, referred):
    """The check registered for every proposed text; an original has nothing to be beside."""
    if revision.source_id and revision.source:
        yield from findings_of(revision, revision.source, item)
