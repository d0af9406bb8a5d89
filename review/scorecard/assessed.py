"""What is assessed: an item and what stands under it, in one language, as readers get it."""

from dataclasses import dataclass, field
from functools import cached_property

from django.db import models

from .. import gathering, quality
from ..content import ReviewedContent, content_model, reviewed_columns
from ..models import Revision, Standing


@dataclass
class Text:
    """One text: the public one, or the newest where none is public (``live`` is None)."""

    item: ReviewedContent
    revision: Revision
    live: object

    @property
    def name(self):
        return f"{self.item.item_type}:{self.item.key}"


@dataclass
class Assessed:
    item: ReviewedContent
    language: str
    texts: list = field(default_factory=list)

    @property
    def read(self):
        """What somebody reads who assesses it: [item, revision's number, fingerprints]."""
        return [
            [each.name, each.revision.number, each.revision.fingerprints] for each in self.texts
        ]

    @cached_property
    def _checked(self):
        """Text's name to what the checks find in it."""
        found = quality.every([each.revision for each in self.texts])
        return {each.name: found[each.revision] for each in self.texts}

    @cached_property
    def findings(self):
        """Text's name to the ids of what the checks find in it."""
        return {name: {each.id for each in found} for name, found in self._checked.items()}

    @cached_property
    def found(self):
        """The ids of all that the checks find."""
        return set().union(*self.findings.values())

    def says(self, name):
        """Whether the item itself says something in a field: more than a dash."""
        own = next((each for each in self.texts if each.name == self.item.item), None)
        if own is None or not (own.revision.text.get(name) or "").strip():
            return False
        hollow = {each.field for each in self._checked[own.name] if each.id == "says-nothing"}
        return name not in hollow


def can_be(model):
    """Whether items of a model are assessed: those under which others of their app stand."""
    return bool(_sections(model))


def assessed(item, language):
    """An item and its sections in a language: three queries and one for each kind of section."""
    items = [item]
    for model, name in _sections(type(item)):
        rows = model._base_manager.filter(**{name: item, "retired": False})
        columns = [*reviewed_columns(model), "facts"]
        items += models.QuerySet.defer(rows, *columns).order_by(*model._meta.ordering)
    rows = Standing.objects.filter(
        item_type__in={each.item_type for each in items},
        key__in={each.key for each in items},
        language=language,
    ).select_related("newest__source", "live__revision__source", "live__advisor")
    rows = {row.item: row for row in rows}
    texts = [_text(each, rows[each.item]) for each in items if each.item in rows]
    return Assessed(item, language, [each for each in texts if each.revision])


def _text(item, row):
    return Text(item, row.live.revision if row.live else row.newest, row.live)


def _sections(model):
    return [
        (other, name)
        for other, name in gathering.under(model)
        if other._meta.app_label == model._meta.app_label
    ]


def model_of(item_type):
    """The model of an address, None where nothing of it is assessed."""
    try:
        model = content_model(item_type)
    except (LookupError, ValueError):
        return None
    return model if issubclass(model, ReviewedContent) and can_be(model) else None
