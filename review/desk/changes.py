"""What differs between two texts of one item: in the rendering, in Markdown, in the facts."""

import copy

from django.db.models import Exists, OuterRef

from ..diff import word_diff
from ..models import Standing
from ..rendered_diff import rendered_diff

VIEWS = ("read", "changes", "source")


def asked_view(request):
    """Which of the three views an address asks for, or None."""
    asked = request.GET.get("view")
    return asked if asked in VIEWS else None


def first_view(review):
    """The view in which a request opens: what changed, where it changes something that is public;
    what is all new, or is public by now, is best read as readers will see it."""
    public = Standing.objects.filter(
        item_type=OuterRef("item_type"), key=OuterRef("key"), language=OuterRef("language")
    ).exclude(live=None)
    other = public.exclude(live__revision=OuterRef("pk"))
    return "changes" if review.revisions.filter(Exists(other)).exists() else "read"


def with_text(item, text, facts):
    """An item beside itself, with another text; ``facts`` may be None where they are the same."""
    other = copy.copy(item)
    other.text = {name: text.get(name, "") for name in item.text_fields}
    other.facts = item.facts if facts is None else facts
    return other


def draw_earlier(rendering, item, earlier):
    """Draw of an earlier text what differs from an item that this rendering drew already: so a
    note has the same number in both."""
    differ = [name for name in item.text_fields if item.text[name] != earlier.text[name]]
    rendering.draw(earlier, heading=3, fields=differ or None, link_words=False)


def mark(item, earlier):
    """Put into ``item.html`` what changed since the earlier text, and fold what did not."""
    for name, html in item.html.items():
        item.html[name] = rendered_diff(earlier.html.get(name, html), html)


def in_markdown(item, before, after):
    """[(field's name, comparison)] of the fields that differ; what did not change is folded."""
    return [
        (
            item._meta.get_field(name).verbose_name,
            word_diff(before.get(name), after.get(name), fold=True),
        )
        for name in item.text_fields
        if (before.get(name) or "") != (after.get(name) or "")
    ]


def texts(item, text):
    """[(field's name, Markdown)] of the fields that say something."""
    return [
        (item._meta.get_field(name).verbose_name, text[name])
        for name in item.text_fields
        if text.get(name)
    ]


def facts(item, values):
    """[(fact's name, value in words)]; nothing for a translation, which has no facts of its own."""
    return [
        (label_of(field, name), in_words(field, values[name]))
        for name, field in item.fact_fields.items()
        if values and name in values
    ]


def changed_facts(item, before, after):
    """[(fact's name, old in words, new in words)] of the facts that differ."""
    if after is None:
        return []
    before = before or {}
    return [
        (label_of(field, name), in_words(field, before.get(name)), in_words(field, after.get(name)))
        for name, field in item.fact_fields.items()
        if before.get(name) != after.get(name)
    ]


def label_of(field, name):
    return field.label or name.replace("_", " ")


def in_words(field, value):
    """A fact as a person reads it: the words of a choice, a list with commas."""
    words = dict(getattr(field, "choices", ()))
    values = value if isinstance(value, list) else [value]
    return ", ".join(str(words.get(each, each)) for each in values if each not in (None, ""))
