"""The marks of our own in Markdown, what they refer to, and what apps register for them.

``[@key]`` cites; ``{name:key}`` alone on a line draws a signed record.
"""

from collections import namedtuple

from django import forms
from django.core.exceptions import ValidationError

from . import markdown
from .content import content_model
from .models import valid_key

CITE = markdown.CITE
Mark = namedtuple("Mark", "item_type template")
Reference = namedtuple("Reference", "item_type key")

_marks = {}


def register(name, item_type, template=""):
    """Called by an app's ``ready``: which records a mark draws, and with which template."""
    _marks[name] = Mark(item_type, template)


def get(name):
    return _marks.get(name)


def names():
    return sorted(name for name in _marks if name != CITE)


class KeysField(forms.Field):
    """A fact that refers to other items: their keys, as a list in files, a line each in a form."""

    widget = forms.Textarea(attrs={"rows": 3})

    def __init__(self, item_type, **kwargs):
        self.item_type = item_type
        super().__init__(**kwargs)

    def prepare_value(self, value):
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value):
        if value in self.empty_values:
            return []
        keys = value if isinstance(value, list) else str(value).split()
        for key in keys:
            try:
                valid_key(key)
            except ValidationError:
                raise ValidationError(f"“{key}” is not a key: write one key a line.") from None
        return list(dict.fromkeys(keys))


def references(model, text, facts):
    """What an item's marks and facts refer to, in reading order, each once."""
    found = {}
    for name in model.text_fields:
        for mark, key in markdown.marks_in(text.get(name) or ""):
            if known := get(mark):
                found[Reference(known.item_type, key)] = True
    for name, field in model.fact_fields.items():
        if isinstance(field, KeysField):
            for key in (facts or {}).get(name) or []:
                found[Reference(field.item_type, key)] = True
    return list(found)


def by_type(references_):
    """References as item type to its keys: one query each."""
    grouped = {}
    for reference in references_:
        grouped.setdefault(reference.item_type, []).append(reference.key)
    return grouped


def unknown(references_):
    """Those that name no existing item."""
    missing = []
    for item_type, keys in by_type(references_).items():
        there = set(
            content_model(item_type).objects.filter(key__in=keys).values_list("key", flat=True)
        )
        missing += [Reference(item_type, key) for key in keys if key not in there]
    return missing


def public(references_, language):
    """Reference to the item that readers of the language get, for those that they do get."""
    found = {}
    for item_type, keys in by_type(references_).items():
        for item in content_model(item_type).objects.public(language).filter(key__in=keys):
            found[Reference(item_type, item.key)] = item
    return found
