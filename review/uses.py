"""Where a record is used: the texts that draw it, cite it, or hold its words.

A mark or a fact names what it uses; what else uses a record (a glossary's term is mentioned, a
figure's number may be written by hand), the app that keeps it finds.
"""

from django.db.models import Q, TextField
from django.db.models.functions import Cast

from . import marks
from .content import content_model
from .models import Standing

_finders = {}


def register(item_type, find=None):
    """Called by an app's ``ready``, for what is used in other texts. ``find(records, language)``
    gives a function from (model, text), field to words in that language, to the keys of those of
    the records, revisions of this type, that the text uses without a mark. It is asked about every
    text of the language."""
    _finders[item_type] = find


def watched():
    """The types whose changes concern the texts that use them."""
    return set(_finders)


def of(records, language, *, public=False):
    """Revision's item to the Standings of the texts in a language that use it: in their newest
    text, or (``public``) in the one that readers get. Two queries."""
    found = {each.item: [] for each in records}
    wanted = {marks.Reference(each.item_type, each.key): each.item for each in records}
    for row in _marked(records, language, public):
        text = _text(row, public)
        for reference in _references(row, text) & wanted.keys():
            found[wanted[reference]].append(row)
    for item_type, find in _finders.items():
        own = [each for each in records if each.item_type == item_type]
        if find and own:
            _mentioned(find(own, language), own, found, language, public)
    return {item: sorted(rows, key=lambda row: row.item) for item, rows in found.items()}


def _references(row, text):
    return set(marks.references(content_model(row.item_type), text.text, text.facts))


def _mentioned(keys_in, own, found, language, public):
    """Every text is looked through: its words are loaded alone, and whole rows where one is."""
    text = "live__revision__text" if public else "newest__text"
    keys = {
        pk: used
        for pk, item_type, told in _rows(language, public).values_list("pk", "item_type", text)
        if (used := keys_in(content_model(item_type), told))
    }
    for row in _rows(language, public).filter(pk__in=keys):
        for item in (f"{own[0].item_type}:{key}" for key in keys[row.pk]):
            if row.item != item and row not in found[item]:
                found[item].append(row)


def _text(row, public):
    return row.live.revision if public else row.newest


def _rows(language, public):
    rows = Standing.objects.filter(language=language).select_related("newest", "live__revision")
    return rows.exclude(live=None) if public else rows.exclude(newest=None)


def _marked(records, language, public):
    """Texts in which one of the keys stands anywhere: the marks are read afterwards."""
    text = "live__revision" if public else "newest"
    holds = Q()
    for each in records:
        holds |= Q(words__contains=each.key) | Q(told__contains=each.key)
    if not holds:
        return []
    rows = _rows(language, public).annotate(
        words=Cast(f"{text}__text", TextField()), told=Cast(f"{text}__facts", TextField())
    )
    return rows.filter(holds)
