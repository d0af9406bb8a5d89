"""Keeps each language's index at the ledger's end: whoever is asked next catches up.

A few changes are read while the reader waits, which takes hundredths of a second; many, or a whole
index, beside the answers. What is shown is verified again through the door, so that an index that
is behind shows nothing that is not signed.
"""

import logging
import shutil
import threading

from django.db import connection
from django.db.models import Q

from review import clock, languages
from review.models import LedgerEntry

from . import index
from .documents import ANALOGY, FIGURE, KINDS, NAMES, documents

logger = logging.getLogger("reading.search")

AT_ONCE = 1000  # published texts that a reader may wait for: a second or two, once
CHUNK = 500  # items read at a time by a rebuild

_opened = {}  # language -> Index
_checked = {}  # language -> the ledger's end for which the index was found to be whole
_rebuilding = set()
_guard = threading.Lock()


def ready(language):
    """The language's index, as far as it has come; None while there is none to read."""
    head = _end()
    found = _open(language)
    if found is not None and _checked.get(language) == (head, found.state):
        return found
    try:
        return _caught_up(language, found, head)
    except index.Damaged as error:
        return damaged(language, error)


def _end(now=False):
    """(number, digest) of the ledger's last line, at most a second old."""
    if now:
        clock.forget()
    return tuple(clock.newest()[:2])


def damaged(language, error):
    """Forget an index that cannot be read, and have it made anew; None until that is done."""
    logger.error("The search index [%s] is damaged and is made anew: %s", language, error)
    _opened.pop(language, None)
    shutil.rmtree(index.directory(language), ignore_errors=True)
    return _caught_up(language, None, _end())


def _open(language):
    """The index on disk, or None: where there is none, or none that can be read."""
    found = _opened.get(language)
    if found is not None and not found.replaced():
        return found
    _opened.pop(language, None)
    try:
        found = index.Index(index.directory(language))
    except index.Damaged as error:
        if index.directory(language).exists():
            logger.error("The search index [%s] cannot be read: %s", language, error)
        return None
    return _opened.setdefault(language, found)


def _caught_up(language, found, head):
    if found is not None and found.state != head:
        found.refresh()  # another process may have been here
    if found is not None and found.state == head:
        _checked[language] = head, found.state
        return found
    changed = None if found is None else _changed_since(language, found.state)
    if changed is None:
        few = _publications(language)[: AT_ONCE + 1].count() <= AT_ONCE
        if few:
            return rebuild(language)
        _rebuild_beside(language)
        # An index of another ledger finds what is there no more; the door shows none of that.
        return found
    if len(changed) > AT_ONCE:
        _rebuild_beside(language)
        return found
    if changed:
        with index.only_writer(language) as mine:
            if not mine:
                return found
            _update(language, found, changed, head)
    _checked[language] = head, found.state
    return found


def _publications(language):
    """Lines that change what readers of a language get: a source withdrawn takes it along."""
    concerned = [language, languages.source()]
    return LedgerEntry.objects.exclude(seal="").filter(language__in=concerned)


def _changed_since(language, state):
    """(item type, key) of what changed; None where the ledger is not the one of the index."""
    number, digest = state
    lines = LedgerEntry.objects.filter(
        Q(number=number) | Q(number__gt=number, language__in=[language, languages.source()])
    )
    lines = lines.filter(Q(number=number) | ~Q(seal="")).order_by("number")
    told = list(lines.values_list("number", "digest", "item_type", "key")[: AT_ONCE + 2])
    if number >= 0 and (not told or told[0][:2] != (number, digest)):
        return None
    return {line[2:] for line in told if line[0] > number}


def _update(language, found, changed, head):
    found.refresh()
    if found.state[0] >= head[0]:
        return
    drawn = {f"{kind}:{key}" for kind, key in changed if kind in (FIGURE, ANALOGY)}
    names = {f"{kind}:{key}" for kind, key in changed if kind in NAMES}
    if drawn:
        names.update(found.drawing(drawn))
    fresh = []
    for kind, model in KINDS.items():
        label = model._meta.label_lower
        keys = [name.partition(":")[2] for name in names if name.startswith(f"{label}:")]
        if keys:
            fresh += documents(language, KINDS[kind], key__in=keys)
    found.write(fresh, head, gone=names - {each["id"] for each in fresh})


def forget():
    """Open every index again at the next question, as another process would."""
    _opened.clear()
    _checked.clear()


# -- From nothing --------------------------------------------------------------------------------


def rebuild(language, progress=iter):
    """Make a language's index anew from what is signed; None where another process is at it.
    ``progress`` wraps the list of steps, as tqdm does."""
    with index.only_writer(language) as mine:
        if not mine:
            return _open(language)
        new = index.root() / f".{language}.new"
        shutil.rmtree(new, ignore_errors=True)
        state = _end(now=True)  # before the first item: what changes meanwhile is read again
        index.Index.made(new).write(_everything(language, progress), state)
        index.put_in_place(new, language)
    _opened.pop(language, None)
    return _open(language)


def _everything(language, progress):
    steps = []
    for model in KINDS.values():
        keys = list(model._base_manager.order_by("pk").values_list("pk", flat=True))
        steps += [(model, keys[at : at + CHUNK]) for at in range(0, len(keys), CHUNK)]
    for model, keys in progress(steps):
        yield from documents(language, model, pk__in=keys)


def _rebuild_beside(language):
    with _guard:
        if language in _rebuilding:
            return
        _rebuilding.add(language)
    _beside(language)


def _beside(language):
    threading.Thread(target=_rebuild_alone, args=[language], daemon=True).start()


def _rebuild_alone(language, close=True):
    try:
        rebuild(language)
    except Exception:
        logger.exception("The search index [%s] could not be made.", language)
    finally:
        _rebuilding.discard(language)
        if close:  # the thread's own
            connection.close()
