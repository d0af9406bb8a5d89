"""The append-only, hash-chained record of every decision, and the lock that orders decisions.

The lock is the ledger's first line: whoever is about to write holds it until the transaction ends,
so that decisions happen one after another on PostgreSQL as they do on SQLite by nature.
"""

from contextlib import contextmanager

from django.db import transaction
from django.utils import timezone

from . import fingerprint
from .models import LedgerEntry

OPENING = "ledger:open"
REQUEST = "review.reviewrequest"  # stands for an item's type in lines about a request


@contextmanager
def locked():
    """One transaction in which nobody else can decide anything."""
    with transaction.atomic():
        LedgerEntry.objects.select_for_update().get(number=0)
        yield


def open_ledger(**kwargs):
    """Write the first line if there is none (after every migrate)."""
    if not LedgerEntry.objects.filter(number=0).exists():
        _write(0, OPENING, "system", "", {})


def append(event, by, *, item_type="", key="", language="", sign_off=None, publishes=False, **more):
    """Add one line. Call it inside ``locked()``.

    ``publishes`` marks the lines that change what readers see: the doors look for the newest. A
    line about a request as a whole names the request where others name an item, so that it is
    found as they are.
    """
    if not item_type and more.get("request"):
        item_type, key = REQUEST, str(more["request"])
    last = LedgerEntry.objects.order_by("-number").first()
    details = {"item_type": item_type, "key": key, "language": language, **more}
    if sign_off is not None:
        details["sign_off"] = sign_off.contents()
        details["seal"] = sign_off.seal()
    return _write(last.number + 1, event, name_of(by), last.digest, details, sign_off, publishes)


def _write(number, event, actor, previous, details, sign_off=None, publishes=False):
    at = timezone.now()
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
    return LedgerEntry.objects.create(
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
