"""Reading from a replica of the database (``REPLICA_URL``): whatever readers ask for, as soon as
the replica has the line of the ledger that the primary has, and as long as it answers.

What is written, and what people who work here see, stays with the primary. A withdrawal is a line:
until the replica has it, readers' pages are made from the primary. While the primary is away, the
replica answers, unless it lacks a line that this process has already heard of.
"""

import logging
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.db import DatabaseError

from . import basis, clock
from .models import LedgerEntry

PRIMARY, REPLICA = "default", "replica"
# First parts of addresses that are for those who work here, and for their monitors.
STAFF = ("admin", "markdownx", "healthz", "readyz", "metrics")
HOLDS = 1.0  # seconds for which the replica is taken to answer, or not to
BEHIND = 0.1  # seconds until a replica that lacked a line is asked for it again

logger = logging.getLogger("review.replica")

_from = ContextVar("reading_from", default=PRIMARY)


class Router:
    """Reads go where the request reads from; writes and migrations to the primary."""

    def db_for_read(self, model, **hints):
        return _from.get()

    def db_for_write(self, model, **hints):
        return PRIMARY

    def allow_relation(self, one, other, **hints):
        return True  # two connections to the same rows

    def allow_migrate(self, db, app_label, **hints):
        return db == PRIMARY


@contextmanager
def _reading(line):
    """Reads inside are the replica's, and no newer line is heard of than one that it has."""
    token = _from.set(REPLICA)
    try:
        with clock.at(line):
            yield
    finally:
        _from.reset(token)


class Replica:
    """What this process knows of the replica."""

    def __init__(self):
        self.line, self.until = None, float("-inf")

    def has(self, line):
        """Whether the replica answers and has that line; asked at most once a second, more often
        only while it is behind."""
        if monotonic() >= self.until or (self.line is not None and self.line != line):
            self._ask(line)
        return self.line == line

    def _ask(self, line):
        rows = LedgerEntry.objects.using(REPLICA).filter(number=line.number, digest=line.digest)
        try:
            there = rows.exists()
        except DatabaseError:
            self.failed()
            return
        self.line = line if there else None
        self.until = monotonic() + (HOLDS if there else BEHIND)

    def failed(self):
        logger.error("The replica does not answer; readers get their pages from the primary.")
        self.line, self.until = None, monotonic() + HOLDS


class ReplicaReads:
    """Outside of ``KeptPages``: what decides about a kept page reads from where the page does."""

    def __init__(self, get_response):
        if REPLICA not in settings.DATABASES:
            raise MiddlewareNotUsed
        self.get_response, self.replica = get_response, Replica()

    def __call__(self, request):
        # Whoever notes already, as `bake` does, is as new as the primary.
        noted = basis.noted() is not None
        if noted or request.method not in ("GET", "HEAD") or _for_staff(request.path):
            return self.get_response(request)
        line = clock.newest()
        if not self.replica.has(line):
            return self.get_response(request)
        with _reading(line):
            response = self.get_response(request)
        if not getattr(response, "database_away", False):
            return response
        self.replica.failed()
        return self.get_response(request)  # reading twice changes nothing


def _for_staff(path):
    return path.lstrip("/").partition("/")[0] in STAFF
