"""The append-only, hash-chained record of every decision, and the lock that orders decisions.

The lock is the ledger's first line: whoever is about to write holds it until the transaction ends,
so that decisions happen one after another on PostgreSQL as they do on SQLite by nature.
"""

from contextlib import contextmanager

from django.db import transaction
from django.utils import timezone

from . import clock, fingerprint, rows
from .models import LedgerEntry

OPENING = "ledger:open"
REQUEST = "review.reviewrequest"  # stands for an item's type in lines about a request


@contextmanager
def locked():
    """One transaction in which nobody else can decide anything."""
    connection = transaction.get_connection()
    if getattr(connection, "holds_the_ledger", False):
        with transaction.atomic():
            yield
        return
    with transaction.atomic():
        LedgerEntry.objects.select_for_update().get(number=0)
        connection.holds_the_ledger = True
        try:
            yield
        finally:
            connection.holds_the_ledger = False


def open_ledger(**kwargs):
    """Write the first line if there is none (after every migrate)."""
    if not LedgerEntry.objects.filter(number=0).exists():
        _line(0, OPENING, "system", "", {}).save(force_insert=True)


def append(event, by, *, sign_off=None, publishes=False, **details):
    """Add one line. Call it inside ``locked()``.

    ``publishes`` marks the lines that change what readers see: the doors look for the newest. A
    line about a request as a whole names the request where others name an item, so that it is
    found as they are.
    """
    lines = Lines()
    line = lines.append(event, by, sign_off=sign_off, publishes=publishes, **details)
    line.save(force_insert=True)
    clock.tick()
    return line


class Lines:
    """Lines that continue the ledger, each chained to the one before; ``write`` adds those that
    nobody saved. Made and written inside ``locked()``."""

    def __init__(self):
        lines = LedgerEntry.objects.order_by("-number").values_list("number", "digest")
        self.number, self.digest = lines.first() or (-1, "")
        self.waiting = []

    def append(self, event, by, *, sign_off=None, publishes=False, at=None, **more):
        details = {"item_type": "", "key": "", "language": "", **more}
        if not details["item_type"] and more.get("request"):
            details |= {"item_type": REQUEST, "key": str(more["request"])}
        if sign_off is not None:
            details["sign_off"] = sign_off.contents()
            details["seal"] = sign_off.seal()
        line = _line(
            self.number + 1, event, name_of(by), self.digest, details, sign_off, publishes, at
        )
        self.number, self.digest = line.number, line.digest
        self.waiting.append(line)
        return line

    def write(self):
        rows.insert(self.waiting)
        clock.tick()
        self.waiting = []


def _line(number, event, actor, previous, details, sign_off=None, publishes=False, at=None):
    at = at or timezone.now()
    payload = fingerprint.canonical(
        {
            "number": number,
            "at": at.isoformat(),
            "event": event,
            "actor": actor,
            "publishes": publishes,
            **details,
        }
    )
    return LedgerEntry(
        number=number,
        at=at,
        event=event,
        actor=actor,
        item_type=details.get("item_type", ""),
        key=details.get("key", ""),
        language=details.get("language", ""),
        sign_off=sign_off,
        seal=details["seal"] if publishes else "",
        payload=payload,
        previous=previous,
        digest=chained(previous, payload),
    )


def chained(previous, payload):
    """The digest of a line: SHA-256 over the digest before it and its own payload."""
    return fingerprint.sha256(f"{previous}\n{payload}")


def name_of(user):
    """How a person is named in records: the full name if there is one."""
    return user.get_full_name() or user.get_username()


def public_among(items, language):
    """Which of these items, "type:key", are public in a language: one query for each type."""
    keys, last = {}, {}
    for item in items:
        item_type, _colon, key = item.partition(":")
        keys.setdefault(item_type, set()).add(key)
    for item_type, some in keys.items():
        lines = LedgerEntry.objects.filter(item_type=item_type, key__in=some, language=language)
        told = lines.exclude(seal="").order_by("number").values_list("key", "event")
        last |= {f"{item_type}:{key}": event for key, event in told}
    return {item for item, event in last.items() if event == LedgerEntry.PUBLISH}
