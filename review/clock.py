"""Which line of the ledger is the newest: each process asks the database at most once a second.

Whatever is kept beside the database (pages, the search index) is kept for a line of the ledger. A
process that has itself just written a line asks at once.
"""

import logging
from datetime import datetime
from time import monotonic
from typing import NamedTuple

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


def newest():
    """The newest line as of at most a second ago; while the database is away, the last one known.
    Raises DatabaseError if none was ever known."""
    global _known, _asked
    if monotonic() - _asked < INTERVAL:
        return _known
    try:
        found = LedgerEntry.objects.order_by("-number").values_list("number", "digest", "at")
        _known, _asked = Line(*found[0]), monotonic()
    except DatabaseError:
        if _known is None:
            raise
        logger.exception("The database does not answer; readers get the pages that are kept.")
        _asked = monotonic()
    return _known


def forget():
    """Ask again at the next question."""
    global _asked
    _asked = float("-inf")


def tick():
    """A line is being written: what was known of the ledger ends with the transaction."""
    transaction.on_commit(forget)
