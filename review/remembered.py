"""What page after page asks for, as the whole glossary: each process holds it until the ledger has
a line that changes what it rests on."""

from typing import NamedTuple

from django.core.cache import caches
from django.core.cache.backends.dummy import DummyCache
from django.db import transaction
from django.utils import timezone

from . import basis, clock

_held = {}


class Held(NamedTuple):
    line: clock.Line
    things: basis.Noted
    value: object

    def stands(self, line):
        until = self.things.until
        if until is not None and timezone.localdate() >= until:
            return False
        return self.line == line or basis.stands(basis.digest(self.things), self.line, line)


def remembered(name, make):
    """What ``make()`` gives, or gave: shared by all pages, so nobody may change it. ``name`` says
    everything that it depends on beside what is published.

    Where no pages are kept (``CACHES["pages"]``), nothing is remembered either; nor inside a
    transaction, which sees what it may yet take back.
    """
    if isinstance(caches["pages"], DummyCache) or transaction.get_connection().in_atomic_block:
        return make()
    line = clock.newest()
    held = _held.get(name)
    if held is None or not held.stands(line):
        with basis.noting() as things:
            held = Held(line, things, make())
    elif held.line != line:
        held = held._replace(line=line)
    _held[name] = held
    basis.note(*held.things)
    if held.things.until is not None:
        basis.note_until(held.things.until)
    return held.value


def forget():
    """For tests, which change what no ledger tells."""
    _held.clear()
