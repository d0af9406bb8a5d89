"""Where every text of every item stands in every language: what the board and its files show.

Told from the pointers (``Standing``) in a fixed number of queries, and kept in the process's memory
until the ledger or the drafts have moved on; then only what moved is told anew.
"""

import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from threading import Lock

from django.db.models import Exists, OuterRef

from .. import languages, staleness
from ..content import content_models
from ..models import LedgerEntry, ReviewRequest, Revision, SignOff, Standing
from . import reading_order

State, Asked = Revision.State, ReviewRequest.State

SAFETY, MEANING, WORDING = "outdated-safety", "outdated-meaning", "outdated-wording"
MISSING, WITHDRAWN, DRAFT, IN_REVIEW = "missing", "withdrawn", "draft", "in-review"
CURRENT, WAITING = "current", "waiting"
STATES = (SAFETY, MEANING, WORDING, MISSING, WITHDRAWN, DRAFT, IN_REVIEW, CURRENT, WAITING)
TO_DO = frozenset((SAFETY, MEANING, WORDING, MISSING, WITHDRAWN))
_PLACES = {"item:create", "item:structure", "item:retire", "item:bring-back"}
MOST_MOVED = 300  # items; where more moved, everything is told anew

_WORK = {
    State.DRAFT: DRAFT,
    State.CHANGES_REQUESTED: DRAFT,
    State.IN_REVIEW: IN_REVIEW,
}


@dataclass(slots=True)
class Item:
    """One item on the board. ``cells`` maps a language to (state, work): what readers get, and
    "draft" or "in-review" where somebody works on it meanwhile."""

    model: type
    key: str
    pk: int
    guide: tuple  # (item type, pk) of the item that it belongs to, () for none
    order: tuple
    cells: dict = field(default_factory=dict)

    @property
    def name(self):
        return self.model._meta.label_lower, self.key


@dataclass
class Board:
    """Every item in the readers' order, and how many cells are in which state."""

    mark: tuple  # how far the ledger and the drafts had come
    items: dict  # (item type, key) to Item, in order
    by_language: dict = field(default_factory=dict)  # code to Counter of states
    by_guide: dict = field(default_factory=dict)  # (guide, code) to Counter of states

    def count(self):
        self.by_language = {code: Counter() for code in targets()}
        self.by_guide = defaultdict(Counter)
        for item in self.items.values():
            for code, (state, _work) in item.cells.items():
                self.by_language[code][state] += 1
                self.by_guide[item.guide, code][state] += 1


def targets():
    return [code for code in languages.codes() if code != languages.source()]


_kept, _lock = [], Lock()


def board():
    """The board as it is now."""
    with _lock:
        mark = _mark()
        if _kept and _kept[0].mark == mark:
            return _kept[0]
        moved = _moved(_kept[0].mark, mark) if _kept else None
        if moved is None:
            found = Board(mark, _items())
            _tell(found.items)
        else:
            found = Board(mark, {**_kept[0].items})
            _tell_again(found, moved)
        found.count()
        _kept[:] = [found]
        return found


# -- What moved ----------------------------------------------------------------------------------


def _mark():
    """Ledger's newest number, its digest, newest revision, when that was made, languages: two
    queries."""
    head = LedgerEntry.objects.order_by("-number").values_list("number", "digest").first()
    last = Revision.objects.order_by("-pk").values_list("pk", "created_at").first()
    return (*(head or (0, "")), *(last or (0, None)), tuple(targets()))


def _moved(old, new):
    """Names of the items that something happened to since; None where that cannot be told."""
    number, digest, revision, made, codes = old
    if codes != new[-1] or not (
        LedgerEntry.objects.filter(number=number, digest=digest).exists()
        and Revision.objects.filter(pk=revision, created_at=made).exists()
    ):
        return None
    names = set(
        Revision.objects.filter(pk__gt=revision).values_list("item_type", "key")[: MOST_MOVED + 1]
    )
    lines = LedgerEntry.objects.filter(number__gt=number).order_by("number")
    lines = list(lines.values_list("event", "item_type", "key", "payload")[: MOST_MOVED + 1])
    requests = set()
    for event, kind, key, payload in lines:
        if event in _PLACES and kind in reading_order.parent_types():
            return None  # what belongs to it moves with it
        names.add((kind, key))
        told = _told(payload)
        names.update(_named(told))
        if isinstance(told.get("request"), int):
            requests.add(told["request"])
    names.update(Revision.objects.filter(request__in=requests).values_list("item_type", "key"))
    return names if max(len(names), len(lines)) <= MOST_MOVED else None


def _told(payload):
    """A line's payload; nothing where somebody damaged it."""
    try:
        told = json.loads(payload)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _named(payload):
    """The items of a line that is about several texts."""
    for text in payload.get("revisions") or ():
        if isinstance(text, list) and text and isinstance(text[0], str):
            kind, _colon, key = text[0].partition(":")
            yield kind, key


def _tell_again(found, names):
    """Put the items that moved in anew: their places, too, where one came or went."""
    fresh = _items({key for _kind, key in names})
    for name in names:
        found.items.pop(name, None)
    some = {name: item for name, item in fresh.items() if name in names}
    _tell(some, {key for _kind, key in some})
    found.items.update(some)
    found.items = dict(sorted(found.items.items(), key=lambda pair: pair[1].order))


# -- Telling -------------------------------------------------------------------------------------


def _items(keys=None):
    """Items with text, in the order in which readers meet them: a query a type."""
    path, found = reading_order.Path(), []
    for model in content_models():
        if not model.text_fields:
            continue
        rows = model._base_manager.filter(retired=False).order_by()
        if keys is not None:
            rows = rows.filter(key__in=keys)
        for pk, key, guide, order in path.places(model, rows):
            found.append(Item(model, key, pk, guide, order))
    found.sort(key=lambda item: item.order)
    return {item.name: item for item in found}


def _tell(items, keys=None):
    """Fill the items' cells: two queries."""
    rows = Standing.objects.order_by()
    public = LedgerEntry.objects.filter(
        sign_off=OuterRef("pk"), event__in=[LedgerEntry.PUBLISH, LedgerEntry.WITHDRAW]
    )
    decided = SignOff.objects.filter(
        Exists(public),
        language=languages.source(),
        decision__in=[SignOff.Decision.APPROVE, SignOff.Decision.WITHDRAW],
    ).order_by("pk")
    if keys is not None:
        kinds = {kind for kind, _key in items}
        rows = rows.filter(item_type__in=kinds, key__in=keys)
        decided = decided.filter(item_type__in=kinds, key__in=keys)
    texts = {}
    columns = ("newest__state", "newest__request__state", "newest__source_fingerprints", "live_id")
    lives = ("live__fingerprint", "live__facts_fingerprint", "live__source_fingerprints")
    for kind, key, code, *row in rows.values_list(
        "item_type", "key", "language", *columns, *lives
    ).iterator(chunk_size=5000):
        texts[kind, key, code] = row
    steps = _Steps(decided)
    codes = targets()
    for (kind, key), item in items.items():
        source = texts.get((kind, key, languages.source()))
        original = f"{source[4]}.{source[5]}" if source and source[3] else ""
        for code in codes:
            text = texts.get((kind, key, code))
            item.cells[code] = _cell(text, original, (kind, key), steps)


class _Steps:
    """What readers' sources went through, asked for when the first cell needs it."""

    def __init__(self, decided):
        self.decided, self.found = decided, None

    def age(self, name, translated):
        if self.found is None:
            self.found = defaultdict(list)
            columns = ("item_type", "key", "decision", "fingerprint", "facts_fingerprint")
            for kind, key, decision, text, facts, significance in self.decided.values_list(
                *columns, "significance"
            ).iterator(chunk_size=5000):
                step = staleness.step_of(decision, f"{text}.{facts}", significance)
                self.found[kind, key].append(step)
        return staleness.told_by(self.found[name], translated)


def _cell(text, original, name, steps):
    """(state, work) of a text: its row of ``_tell``, the fingerprints of the public original."""
    if text is None:
        return (MISSING if original else WAITING), ""
    newest, request, made_from, live, _text, _facts, translates = text
    work = _WORK.get(newest, "")
    if newest == State.APPROVED and request == Asked.SIGNED:
        work = IN_REVIEW
    elif newest == State.APPROVED and request in (Asked.STOPPED, Asked.OVERTAKEN):
        work = DRAFT
    if live:
        if not original or translates == original:
            return CURRENT, work
        age = steps.age(name, translates)
        return (f"outdated-{age}" if age else CURRENT), work
    if work:
        return work, ""
    if original and steps.age(name, made_from) == SAFETY.removeprefix("outdated-"):
        return SAFETY, ""
    return WITHDRAWN, ""
