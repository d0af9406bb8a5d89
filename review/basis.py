"""What an answer for readers rests on, so that it is kept until one of these changes.

While an answer is made, the doors note what they let through. A line of the ledger changes certain
things; an answer that rests on none of them still stands. Whatever is not known to change nothing
for readers is taken to change everything.
"""

from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from zlib import crc32

from django.utils import timezone

from . import languages
from .models import LedgerEntry

EVERYTHING = None  # an answer that rests on nothing known, a change that nothing survives
PUBLICATIONS = "publications"  # that anything at all was published or withdrawn
SIGNATURES = "signatures"  # that anybody signed anything, public or not yet
NO_DEMONSTRATION = "no demonstration"  # that nothing here is for demonstration
# Lines about work that readers do not see; what they lead to has a line of its own.
UNSEEN = ("signoff:", "request:", "comment:", "release:", "revision:", "recheck:", "person:")
UNSEEN += ("absence:", "ledger:", "finding:", "item:restore", "scorecard:", "watch:")
MANY = 60  # items of one question; beyond, any change of their type is one thing
FAR = 2000  # lines; an answer that is older is made anew

_noted = ContextVar("noted", default=None)


class Noted(set):
    """What an answer rests on, and the first day on which it may be another although none of that
    changed: a review falls due, a call to action ends. None: no day is known."""

    until = None


@contextmanager
def noting():
    """Collects in a ``Noted`` what is noted inside."""
    found = Noted()
    token = _noted.set(found)
    try:
        yield found
    finally:
        _noted.reset(token)


def note(*things):
    """Say what the answer that is being made rests on."""
    found = noted()
    if found is not None:
        found.update(things)


def note_until(day):
    """Say that from this day on the answer that is being made may be another."""
    found = noted()
    if found is not None and day > timezone.localdate():
        found.until = min(day, found.until or day)


def noted():
    """The set that collects now, or None."""
    return _noted.get()


# -- The things ----------------------------------------------------------------------------------


def text_of(item_type, key, language):
    return f"{item_type}:{key}@{language}"


def languages_of(item_type, key):
    """In which languages an item is public."""
    return f"{item_type}:{key}@*"


def all_of(item_type, language):
    """Which items of a type are public in a language."""
    return f"{item_type}:*@{language}"


def any_of(item_type, language):
    """Whatever is said in any item of a type."""
    return f"{item_type}:~@{language}"


def note_items(item_type, codes, keys, named):
    """What a door was asked. ``named``: for these keys and no other, whether they are there or not;
    else for whatever there is."""
    for code in codes:
        if not named:
            note(all_of(item_type, code))
        if len(keys) > MANY:
            note(any_of(item_type, code))
        else:
            note(*(text_of(item_type, key, code) for key in keys))


def digest(things):
    """The same, small: two things that share a number cost a drawing, never a wrong answer."""
    return frozenset(crc32(thing.encode()) for thing in things)


# -- What a line changes -------------------------------------------------------------------------


def stands(rests_on, then, now):
    """Whether an answer made at one line of the ledger (``clock.Line``) is true at another.
    ``rests_on`` is a ``digest``."""
    changed = _changed(then.number, then.digest, now.number, now.digest)
    return changed is not EVERYTHING and rests_on.isdisjoint(changed)


@lru_cache(maxsize=256)
def _changed(then, then_digest, now, now_digest):
    things = changed(then, then_digest, now)
    return EVERYTHING if things is EVERYTHING else digest(things)


def changed(then, then_digest, now):
    """What the lines after one, up to another, changed: a set of things, or EVERYTHING, also where
    the ledger does not hold that first line. Two queries."""
    if not then <= now <= then + FAR:
        return EVERYTHING
    lines = LedgerEntry.objects.filter(number__range=(then, now)).order_by("number")
    columns = ("digest", "event", "item_type", "key", "language", "sign_off__demonstration")
    first, *rest = [*lines.values_list(*columns)] or [("",)]
    if first[0] != then_digest:
        return EVERYTHING
    public = _public_at(then, {line[2:5] for line in rest if _publishes(line[1])})
    things = set()
    for _digest, event, item_type, key, code, demonstration in rest:
        if _publishes(event):
            shown = event == LedgerEntry.PUBLISH
            joins = public.get((item_type, key, code)) != shown
            public[item_type, key, code] = shown
            things |= _of_text(item_type, key, [code], joins)
            things |= {PUBLICATIONS, NO_DEMONSTRATION} if demonstration else {PUBLICATIONS}
        elif event.startswith(UNSEEN):
            things |= {SIGNATURES} if event.startswith("signoff:") else set()
        elif event.startswith("item:"):
            things |= _of_text(item_type, key, languages.codes(), joins=True)
        else:
            return EVERYTHING
    return things


def _publishes(event):
    return event in (LedgerEntry.PUBLISH, LedgerEntry.WITHDRAW)


def _of_text(item_type, key, codes, joins):
    things = set()
    for code in codes:
        things |= {text_of(item_type, key, code), any_of(item_type, code)}
        if joins:
            things |= {all_of(item_type, code), languages_of(item_type, key)}
    return things


def _public_at(number, texts):
    """(type, key, language) to whether it was public at that line."""
    if not texts:
        return {}
    keys = {key for _type, key, _code in texts}
    lines = LedgerEntry.objects.filter(number__lte=number, key__in=keys).exclude(seal="")
    told = lines.order_by("number").values_list("item_type", "key", "language", "event")
    return {tuple(text): event == LedgerEntry.PUBLISH for *text, event in told}
