"""Texts of a selection as one file for a translator's tool."""

from collections import namedtuple

from django.utils.translation import gettext as _
from django.utils.translation import override

from .. import languages, terms
from ..content import content_model
from ..fields import Line
from ..models import Standing
from . import stores, units

Export = namedtuple("Export", "data units items left_out")  # left_out: items without signed source
MOST_ITEMS = 2000


def selection(chosen, language):
    """[(source revision, newest translation or None)] of items ("topics.topic", "ras"), in that
    order, and the items that have no signed text to translate: two queries."""
    chosen = list(dict.fromkeys(chosen))
    keys = {key for _kind, key in chosen}
    rows = Standing.objects.filter(key__in=keys, language__in=[languages.source(), language])
    rows = rows.select_related("newest__source", "live__revision__source")
    found = {(row.item_type, row.key, row.language): row for row in rows}
    pairs, without = [], []
    for kind, key in chosen:
        original = found.get((kind, key, languages.source()))
        if original is None or original.live is None or not content_model(kind).text_fields:
            without.append((kind, key))
            continue
        mine = found.get((kind, key, language))
        newest = mine and (mine.newest or mine.live.revision)
        pairs.append((original.live.revision, newest))
    return pairs, without


def export(chosen, language, kind="xliff2"):
    """``chosen`` are (item type, key). Notes are in the source language, as the texts are."""
    pairs, without = selection(chosen, language)
    terms_in = terms.finder(language)
    found, about = [], {}
    with override(languages.source()):
        for source, target in pairs:
            about[source.item] = _about(source, target)
            found += cut(source, target, terms_in)
    data = stores.FORMATS[kind].write(found, language, about)
    return Export(data, len(found), len(pairs), without)


def export_terms(language, kind):
    """The whole glossary, as far as its originals are signed, as a file's bytes."""
    glossary = terms.registered()
    keys = Standing.objects.filter(item_type=glossary.item_type, language=languages.source())
    chosen = [(glossary.item_type, key) for key in keys.values_list("key", flat=True)]
    pairs, _without = selection(sorted(chosen), language)
    return glossary.write[kind](pairs, language)


def _about(source, target):
    made_of = f"{source.item} source={source.fingerprints}"
    return f"{made_of} target={target.fingerprints}" if target else made_of


def cut(source, target, terms_in=lambda text: []):
    """One item's units."""
    model = content_model(source.item_type)
    title = model.title_in(source.text, source.key)
    for name in model.text_fields:
        value = units.field_text(model, name, source, target)
        if not value.source:
            continue
        label = str(model._meta.get_field(name).verbose_name)
        for block, kind, text, done, there, earlier in _rows(value):
            yield units.Unit(
                source.item_type,
                source.key,
                name,
                block,
                units.digest(source),
                units.digest_of(there),
                text,
                done,
                [
                    f"{model._meta.verbose_name} “{title}” › {label} › {_kind(kind)}",
                    *(_("Term: %(word)s = %(translation)s") % t for t in _terms(terms_in(text))),
                    *([_("Translation of the earlier text: %s") % earlier] if earlier else []),
                    *_advice(model, name),
                ],
            )


def _rows(value):
    """(block, kind, source, target, what stands there, what stood there) for each unit."""
    if value.targets is None:
        shown, earlier = (value.whole, "") if value.fresh else ("", value.whole)
        yield units.WHOLE, "", value.source, shown, value.whole, earlier
        return
    for number, block in enumerate(value.spoken):
        target = value.targets[number]
        earlier = "" if target else value.earlier.get(number, "")
        yield str(number), block.kind, block.text, target, target, earlier


def _terms(found):
    return [{"word": term.words, "translation": term.target} for term in found]


def _kind(kind):
    return {
        "heading": _("heading"),
        "paragraph": _("paragraph"),
        "item": _("item of a list"),
        "quote": _("quotation"),
        "cell": _("cell of a table"),
        "line": _("line"),
        "": _("the whole text"),
    }.get(kind, kind)


def _advice(model, name):
    field = model._meta.get_field(name)
    if isinstance(field, Line):
        return [_("At most %(most)d characters.") % {"most": field.max_length}]
    return []
