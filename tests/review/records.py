"""What the tables hold, read past every door and every model, and what tests of rules share."""

from contextlib import contextmanager

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from review import ledger, triggers, verification
from review.content import content_models
from review.models import LedgerEntry, ReviewRequest, Revision, RevisionAuthor, SignOff
from review.workflow import TransitionNotAllowed
from tests import factories as f
from topics.models import Topic

RECORDS = [Revision, RevisionAuthor, ReviewRequest, SignOff, LedgerEntry]


def _rows(model, where="", values=()):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {model._meta.db_table} {where} ORDER BY 1", values)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, found, strict=True)) for found in cursor.fetchall()]


def row(item):
    """Every column of an item's row: name to stored value."""
    [found] = _rows(type(item), "WHERE id = %s", [item.pk])
    return found


def everything(*models):
    """All rows of the records and of content (of these models, or all): what a refused transition
    must leave alone."""
    return {model.__name__: _rows(model) for model in [*(models or content_models()), *RECORDS]}


def problems():
    return list(verification.problems())


def change(item, **columns):
    """Write an item's columns by SQL, as somebody with the database's password would."""
    settings = ", ".join(f"{name} = %s" for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {item._meta.db_table} SET {settings} WHERE id = %s",
            [*columns.values(), item.pk],
        )


@contextmanager
def without_triggers():
    """For what even the triggers' absence must not let through."""
    connection.check_constraints()  # PostgreSQL drops no trigger while a constraint is pending
    triggers.remove()
    yield
    connection.check_constraints()
    triggers.install()


class Interrupted(Exception):
    """The machine stopped in the middle of a transition."""


def interrupt(monkeypatch, at):
    """Let the ledger fail when it is asked for its ``at``-th new line (counted from 1)."""
    append, asked = ledger.Lines.append, []

    def failing(*args, **kwargs):
        asked.append(args)
        if len(asked) == at:
            raise Interrupted
        return append(*args, **kwargs)

    monkeypatch.setattr(ledger.Lines, "append", failing)


def shown(item, language="en"):
    """What readers of a language get as title, and in which language; None for nothing."""
    found = next(iter(type(item).objects.public(language).filter(pk=item.pk)), None)
    return found and (found.text[found.text_fields[0]], found.language)


def refused(action, *args, **kwargs):
    """The sentence of a refusal that changed nothing at all."""
    before = everything()
    with pytest.raises((TransitionNotAllowed, PermissionDenied)) as refusal:
        action(*args, **kwargs)
    assert everything() == before
    assert problems() == []
    assert str(refusal.value)
    return refusal


def text(title="Title", **fields):
    """Complete text of a topic."""
    return f.text_for(Topic, title=title, **fields)


def in_two_languages(people):
    """A topic, public in English and Spanish."""
    topic = f.make_topic()
    f.make_public(people, topic)
    f.make_public(people, topic, "es")
    return topic
