"""Where an item stands: its address, position and parent. Not signed, but logged."""

from collections import Counter

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.utils.translation import gettext as _

from . import ledger
from .content import reviewed_columns
from .ledger import locked
from .lookups import fresh
from .models import FormerSlug, valid_key


def create_item(model, *, by, key, **structure):
    """Add a row without text. Returns the item."""
    item = model(key=key, **structure)
    for _item, error in create_items([item], by=by):
        raise error
    return item


def create_items(items, *, by):
    """Add rows of one model without text: so many queries, whatever their number. Returns
    [(item, ValidationError)] of those that cannot be added; the others are."""
    with locked():
        check_may_add(type(items[0]), by)
        doubtful, refused = _doubtful(items), []
        _add([item for item in items if id(item) not in doubtful], by)
        for item in doubtful.values():
            try:
                _validate(item)
            except ValidationError as error:
                refused.append((item, error))
            else:
                _add([item], by)
        return refused


def check_may_add(model, by):
    if not by.has_perm(f"{model._meta.app_label}.add_{model._meta.model_name}"):
        raise PermissionDenied(
            _("You may not add a %(kind)s.") % {"kind": model._meta.verbose_name}
        )


def _doubtful(items):
    """Id to the item, for rows that hold something wrong, or that is taken: which, only asking
    about each of them tells."""
    model = type(items[0])
    if model._meta.total_unique_constraints or model._meta.unique_together:
        return {id(item): item for item in items}
    doubtful = {}
    for item in items:
        try:
            _validate(item, alone=True)
        except ValidationError:
            doubtful[id(item)] = item
    sound = [item for item in items if id(item) not in doubtful]
    for field in model._meta.concrete_fields:
        if field.unique and not field.primary_key:
            values = Counter(getattr(item, field.attname) for item in sound)
            taken = model._base_manager.filter(**{f"{field.name}__in": values})
            values.update(taken.values_list(field.name, flat=True))
            clashing = [item for item in sound if values[getattr(item, field.attname)] > 1]
            doubtful |= {id(item): item for item in clashing}
    return doubtful


def _add(items, by):
    if not items:
        return
    for item in items:
        item.empty()
    type(items[0])._base_manager.bulk_create(items, batch_size=500)
    lines = ledger.Lines()
    for item in items:
        names = {"item_type": item.item_type, "key": item.key}
        lines.append("item:create", by, **names, structure=structure_of(item))
    lines.write()


def restructure(item, *, by, **changes):
    """Change an item's address, position or parent. The old address keeps leading to it."""
    with locked():
        check_may_move(type(item), by)
        item = fresh(item)
        before = structure_of(item)
        for name, value in changes.items():
            setattr(item, name, value)
        _validate(item)
        after = structure_of(item)
        if after == before:
            return item
        item.save()
        if before.get("slug") != after.get("slug"):
            FormerSlug.objects.update_or_create(
                item_type=item.item_type, slug=before["slug"], defaults={"key": item.key}
            )
            FormerSlug.objects.filter(item_type=item.item_type, slug=after["slug"]).delete()
        ledger.append(
            "item:structure",
            by,
            item_type=item.item_type,
            key=item.key,
            before=before,
            after=after,
        )
        return item


def check_may_move(model, by):
    if not by.has_perm(f"{model._meta.app_label}.change_{model._meta.model_name}"):
        raise PermissionDenied(_("You may not change where this item stands."))


def moves(item, changes):
    """Whether ``restructure`` would change anything, or refuse."""
    for name, value in changes.items():
        field = item._meta.get_field(name)
        try:
            value = value.pk if isinstance(value, models.Model) else field.to_python(value)
        except ValidationError:
            return True
        if value is None or getattr(item, field.attname) != value:
            return True
    return False


def _validate(item, alone=False):
    """``alone``: without asking the database about other rows, or whether the parent is there,
    which somebody has just read."""
    valid_key(item.key)
    excluded = [*reviewed_columns(type(item)), *item.text_fields, "sign_off", "facts"]
    if alone:
        foreign = (field for field in item._meta.concrete_fields if field.is_relation)
        excluded += [field.name for field in foreign if getattr(item, field.attname) is not None]
    item.full_clean(exclude=excluded, validate_unique=not alone, validate_constraints=not alone)


def structure_of(item):
    """Structure as plain values: a parent by its key."""
    found = {}
    for name in item.structure_fields:
        value = getattr(item, name)
        found[name] = getattr(value, "key", value)
    return found
