"""Items that came through a reader's door, kept until the ledger moves on, or the day: searches
follow each other closely, above all while somebody types."""

import threading
from collections import OrderedDict

from django.utils import timezone

from review import clock
from review.content import content_model
from topics.models import Guide

MOST = 1000  # items; of those used least lately the first is forgotten

_items = OrderedDict()  # (language, model, field, value) -> item, None for what the door refused
_guard = threading.Lock()
_good_for = None


def items(reader, names):
    """Name to item, for those that the reader may see; a query for each type not all here."""
    global _good_for
    now = clock.newest(), timezone.localdate()
    if _good_for != now:
        _items.clear()
        _good_for = now
    wanted = {}
    for name in names:
        item_type, _colon, key = name.partition(":")
        wanted.setdefault(content_model(item_type), set()).add(key)
    found = {}
    for model, keys in wanted.items():
        found.update({item.item: item for item in _of(reader, model, "key", keys)})
    return found


def guides(reader, topics):
    """Key of the database to guide, for the guides of those topics that the reader may see."""
    wanted = {topic.guide_id for topic in topics}
    return {guide.pk: guide for guide in _of(reader, Guide, "id", wanted)}


def forget():
    _items.clear()


def _of(reader, model, field, values):
    """Those of a model whose field ("key" or "id") has one of the values."""
    found, unknown = [], set()
    for value in values:
        name = reader.language, model, field, value
        with _guard:
            if name in _items:
                _items.move_to_end(name)
                found.append(_items[name])
            else:
                unknown.add(value)
    if unknown:
        asked = model.objects.filter(**{f"{field}__in": sorted(unknown)}).named()
        fresh = {getattr(item, field): item for item in reader.items(asked)}
        with _guard:
            for value in unknown:
                _items[reader.language, model, field, value] = fresh.get(value)
            while len(_items) > MOST:
                _items.popitem(last=False)
        found += fresh.values()
    return [item for item in found if item is not None]
