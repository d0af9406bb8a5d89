"""Where an item stands: its address, position and parent. Not signed, but logged."""

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from . import ledger
from .content import reviewed_columns
from .guards import fresh
from .ledger import locked
from .models import FormerSlug, valid_key


def create_item(model, *, by, key, **structure):
    """Add a row without text. Returns the item."""
    with locked():
        if not by.has_perm(f"{model._meta.app_label}.add_{model._meta.model_name}"):
            raise PermissionDenied(
                _("You may not add a %(kind)s.") % {"kind": model._meta.verbose_name}
            )
        item = model(key=key, **structure)
        _validate(item)
        item.save()
        ledger.append(
            "item:create", by, item_type=item.item_type, key=item.key, structure=structure_of(item)
        )
        return item


def restructure(item, *, by, **changes):
    """Change an item's address, position or parent. The old address keeps leading to it."""
    with locked():
        if not by.has_perm(f"{item._meta.app_label}.change_{item._meta.model_name}"):
            raise PermissionDenied(_("You may not change where this item stands."))
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


def _validate(item):
    valid_key(item.key)
    item.full_clean(exclude=[*reviewed_columns(type(item)), *item.text_fields, "sign_off", "facts"])


def structure_of(item):
    """Structure as plain values: a parent by its key."""
    found = {}
    for name in item.structure_fields:
        value = getattr(item, name)
        found[name] = getattr(value, "key", value)
    return found
