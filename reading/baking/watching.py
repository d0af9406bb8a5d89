"""Following the ledger: each change is on the baked site a moment after it was signed."""

import signal
import threading

from django.db import DatabaseError, connections
from django.utils import timezone

from . import making, pages, release, store

PACE = 0.5  # seconds between two looks at the ledger
REASONS = pages.NotBaked, release.NoRelease, store.NotStored
LATER = 30  # seconds until another try, where a bake did not succeed


def watch(bake, *, out, told, complain):
    """Call ``bake()`` for each change until SIGTERM or SIGINT; a bake that has begun is ended.
    ``told(outcome)`` hears of each, ``complain(sentence)`` of what went wrong."""
    end, before = threading.Event(), {}
    for number in (signal.SIGTERM, signal.SIGINT):
        before[number] = signal.signal(number, lambda *_: end.set())
    known = None
    try:
        while not end.is_set():
            try:
                now = _state(out)
                if now != known:
                    told(bake())
                    known = _state(out)
                    continue
            except (DatabaseError, OSError, *REASONS) as error:
                complain(f"{error} The site stays as it is; the next try is in {LATER} s.")
                connections.close_all()
                end.wait(LATER)
            end.wait(PACE)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _state(out):
    """What a new release can have a reason in: the ledger, the day, what is served."""
    served = release.current(out)
    line = making.newest()
    return line.number, line.digest, timezone.localdate(), served and served.name
