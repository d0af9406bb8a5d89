"""Which line of the ledger is the newest: each process asks the database at most once a second.

Whatever is kept beside the database (pages, the search index) is kept for a line of the ledger. A
process that has itself just written a line asks at once. The primary is asked, whatever the request
reads from; a replica only while the primary is away.
"""

import logging
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from time import monotonic
from typing import NamedTuple

from django.conf import settings
from django.db import DatabaseError, transaction

from .models import LedgerEntry

INTERVAL = 1.0  # seconds

logger = logging.getLogger("review.clock")


class Line(NamedTuple):
    """The digest stands for all that was ever decided: it is chained to every line before."""

    number: int
    digest: str
    at: datetime


_known = None
_asked = float("-inf")
_at = ContextVar("at", default=None)


def newest():
    """The newest line as of at most a second ago; while the database is away, the last one known,
    or the replica's. Raises DatabaseError if none was ever known."""
    global _known, _asked
    if _at.get() is not None:
        return _at.get()
    if monotonic() - _asked < INTERVAL:
        return _known
    try:
        _known, _asked = _ask("default"), monotonic()
    except DatabaseError:
        found = _while_away()
        if found is None:
            raise
        _known, _asked = found, monotonic()
        logger.exception("The database does not answer; readers get what is kept or replicated.")
    return _known


def _ask(database):
    lines = LedgerEntry.objects.using(database).order_by("-number")
    return Line(*lines.values_list("number", "digest", "at")[0])


def _while_away():
    """The last line known, or the replica's: it never takes back what was heard of already."""
    found = None
    if "replica" in settings.DATABASES:
        try:
            found = _ask("replica")
        except DatabaseError:
            logger.warning("Nor does the replica.")
    if _known is not None and (found is None or found.number < _known.number):
        return _known
    return found


@contextmanager
def at(line):
    """Inside, that line is the newest: whoever reads from a database that has it, and perhaps no
    newer one, keeps nothing for a line that it has not seen."""
    token = _at.set(line)
    try:
        yield
    finally:
        _at.reset(token)


def forget():
    """Ask again at the next question."""
    global _asked
    _asked = float("-inf")


def tick():
    """A line is being written: what was known of the ledger ends with the transaction."""
    transaction.on_commit(forget)
