"""The marks of our own in Markdown, what they refer to, and what apps register for them.

``[@key]`` cites; ``{name:key}`` alone on a line draws a signed record, and ``{name:key+key}`` two
of them side by side.
"""

from collections import namedtuple

from django import forms
from django.core.exceptions import ValidationError

from . import languages, markdown
from .content import content_model
from .models import valid_key

CITE = markdown.CITE
Mark = namedtuple("Mark", "item_type template pair", defaults=["", None])
Pair = namedtuple("Pair", "template problem")
Reference = namedtuple("Reference", "item_type key")
# What is there of that to which texts refer; ``records`` is None where nobody loaded any.
Known = namedtuple("Known", "references records", defaults=[None])

_marks = {}


def register(name, item_type, template="", pair=None):
    """Called by an app's ``ready``: which records a mark draws, and with which template. ``pair``,
    for records that may stand side by side: the template of two, and ``problem(first, second)``,
    a sentence that says why these two may not, or ""."""
    _marks[name] = Mark(item_type, template, pair)


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


def look_up(texts):
    """What these texts, each as (model, text, facts), refer to, as Known: one query for each
    type, and one more for each type of which two stand side by side."""
    texts = list(texts)
    wanted = {reference for each in texts for reference in references(*each)}
    paired = {
        Reference(mark.item_type, key)
        for model, text, _facts in texts
        for name in model.text_fields
        for _line, named, *keys in markdown.pairs_in(text.get(name) or "")
        if (mark := get(named)) and mark.pair
        for key in keys
    }
    return Known(frozenset(wanted - set(unknown(wanted))), _records(paired))


def _records(references_):
    """Reference to the item with what was said of it last, for those of which something was."""
    found = {}
    for item_type, keys in by_type(references_).items():
        items = content_model(item_type).objects.working(languages.source())
        for item in items.filter(key__in=keys):
            if item.facts:
                found[Reference(item_type, item.key)] = item
    return found


def pair_problems(text, known=None):
    """(line, sentence) for every two records of a text that may not stand side by side. One of
    which nothing was said yet is not judged before the text is submitted. ``known`` is what
    ``look_up`` gave for the text."""
    for line, name, *keys in markdown.pairs_in(text):
        mark = get(name)
        if mark is None:
            continue  # that there is no such mark is told elsewhere
        model = content_model(mark.item_type)
        if mark.pair is None:
            plural = model._meta.verbose_name_plural
            yield line, f"Two {plural} cannot stand side by side: write a line for each."
            continue
        pair = [Reference(mark.item_type, key) for key in keys]
        records = _records(pair) if known is None or known.records is None else known.records
        found = [records[each] for each in pair if each in records]
        if len(set(keys)) == 1:
            yield line, f"“{keys[0]}” cannot stand beside itself."
        elif len(found) == 2 and (sentence := mark.pair.problem(*found)):
            yield line, sentence
