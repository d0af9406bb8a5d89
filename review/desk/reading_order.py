"""In which order readers meet the texts of a request: a guide first, then what stands in it, then
what these texts draw. Told by structure fields alone: nothing here knows a content app."""

from functools import cache

from django.apps import apps
from django.db import models

from .. import languages
from ..content import ReviewedContent, content_models, reviewed_columns

AROUND = 120  # texts round those of a request that one page shows


@cache
def parent_field(model):
    """The name of the structure field that leads to an item's parent, or None."""
    for name in model.structure_fields:
        field = model._meta.get_field(name)
        if isinstance(field, models.ForeignKey) and issubclass(
            field.related_model, ReviewedContent
        ):
            return name
    return None


def parent_types():
    """Item types that others belong to: guides."""
    return {model._meta.label_lower for model in Parts._parent_models()}


def _rank():
    """Models as pages show them: those of an app that others stand on come first."""
    ordered = [m for app in reversed(list(apps.get_app_configs())) for m in app.get_models()]
    return {model: place for place, model in enumerate(ordered)}


def _place(item):
    """Where an item stands among those of its kind."""
    return getattr(item, "position", 0), getattr(item, "slug", ""), item.key


class Parts:
    """The items of a request among those that readers meet round them."""

    def __init__(self, reader, own, around):
        """``own`` are the request's items. With ``around``, what stands round them is loaded, if it
        is not too much for a page; else it is only counted. Costs two queries a type that has a
        parent."""
        self.own = {item.item: item for item in own}
        self.parents = self._load_parents(own)
        neighbours = list(self._neighbours())
        self.unchanged = sum(found.count() for found in neighbours)
        shown = neighbours if around and self.unchanged <= AROUND else []
        self.around = [item for found in shown for item in reader.items(found)]

    def _load_parents(self, own):
        """(model, pk) to the parents' rows, for addresses: no text, signed or not."""
        wanted = {}
        children = {parent: [] for parent in self._parent_models()}
        for item in own:
            if name := parent_field(type(item)):
                parent = type(item)._meta.get_field(name).related_model
                wanted.setdefault(parent, set()).add(getattr(item, f"{name}_id"))
            if type(item) in children:
                wanted.setdefault(type(item), set()).add(item.pk)
        found = {}
        for model, pks in wanted.items():
            bare = models.QuerySet.defer(
                model._base_manager.filter(pk__in=pks), *reviewed_columns(model), "facts"
            )
            found.update({(model, row.pk): row for row in bare})
        for item in own:
            if name := parent_field(type(item)):
                parent = type(item)._meta.get_field(name).related_model
                setattr(item, name, found[parent, getattr(item, f"{name}_id")])
        return found

    @staticmethod
    def _parent_models():
        return {
            model._meta.get_field(name).related_model
            for model in content_models()
            if (name := parent_field(model))
        }

    def _neighbours(self):
        """Queries of the items with signed text that stand beside or over the request's."""
        signed = {languages.column("sign_off", languages.source()) + "__isnull": False}
        for model in content_models():
            name = parent_field(model)
            parent = model._meta.get_field(name).related_model if name else model
            pks = [pk for kind, pk in self.parents if kind is parent]
            if pks:
                mine = [item.pk for item in self.own.values() if type(item) is model]
                lookup = {f"{name}__in" if name else "pk__in": pks}
                yield model.objects.filter(**lookup, **signed).exclude(pk__in=mine)

    def groups(self):
        """[(parent's row or None, items in reading order)]: the request's own and those around."""
        rank = _rank()
        inside, placed = {}, set()
        for item in [*self.own.values(), *self.around]:
            if (parent := self._stands_in(item)) in self.parents:
                inside.setdefault(parent, []).append(item)
                placed.add(item.item)
        groups = []
        for parent, row in sorted(self.parents.items(), key=lambda each: _place(each[1])):

            def order(item, model=parent[0]):
                return type(item) is not model, rank[type(item)], _place(item)

            groups.append((row, sorted(inside.get(parent, []), key=order)))
        rest = [each for each in self.own.values() if each.item not in placed]
        rest.sort(key=lambda each: (rank[type(each)], _place(each)))
        drawn = self._drawn([each for _row, inside in groups for each in inside], rest)
        if drawn:
            groups.append((None, drawn))
        return groups

    @staticmethod
    def _stands_in(item):
        """(model, pk) of the parent under which readers meet an item: of one that may itself be a
        parent, the item itself."""
        name = parent_field(type(item))
        if name is None:
            return type(item), item.pk
        parent = type(item)._meta.get_field(name).related_model
        return parent, getattr(item, f"{name}_id")

    def _drawn(self, before, rest):
        """What is left over, in the order in which the texts before it mention it."""
        left = {each.item: each for each in rest}
        found, waiting = [], list(before)
        while waiting or left:
            if not waiting:
                waiting = [left.pop(next(iter(left)))]
                found += waiting
            item = waiting.pop(0)
            for reference in item.refers:
                mentioned = left.pop(f"{reference.item_type}:{reference.key}", None)
                if mentioned is not None:
                    found.append(mentioned)
                    waiting.append(mentioned)
        return found


class Path:
    """The way of a reader through everything: the guides in their order, each with its topics and
    questions, then what stands beside them, the terms after the pages."""

    def __init__(self):
        apps_ = [model for app in apps.get_app_configs() for model in app.get_models()]
        self.rank, self.beside = _rank(), {model: place for place, model in enumerate(apps_)}
        self.guides = {}  # (item type, pk) to its place

    def places(self, model, rows):
        """(pk, key, the guide it belongs to, its place) of a model's rows. A query, and one more
        for each model that others belong to."""
        name = parent_field(model)
        names = {field.name for field in model._meta.get_fields()}
        columns = [each for each in ("position", "slug") if each in names]
        is_guide = model in Parts._parent_models()
        parent = model._meta.get_field(name).related_model if name else model
        above = self._places_of(parent) if name or is_guide else {}
        wanted = [*columns, f"{name}_id"] if name else columns
        for pk, key, *rest in rows.values_list("pk", "key", *wanted):
            own = dict(zip(columns, rest, strict=False))
            place = (own.get("position", 0), own.get("slug", ""), key)
            if name or is_guide:
                guide = rest[-1] if name else pk
                order = (0, above[guide], bool(name), self.rank[model], place)
                yield pk, key, (parent._meta.label_lower, guide), order
            else:
                yield pk, key, (), (1, (), False, self.beside[model], place)

    def _places_of(self, parent):
        if parent not in self.guides:
            rows = parent._base_manager.order_by().values_list("pk", "position", "slug", "key")
            self.guides[parent] = {pk: tuple(place) for pk, *place in rows}
        return self.guides[parent]
