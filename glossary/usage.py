"""Where a term is used: apps register the models whose items have a page of their own."""

from functools import reduce
from operator import or_

from django.apps import apps

from review import basis, languages
from review.readers import with_parent

from .linking import Linker, forms_of, stands_in

MOST = 100  # places of each kind that a term's page lists; search finds the others
_places = {}


def register(item_type, parent=None):
    """``parent`` names the field without which an item has no address."""
    _places[item_type] = parent


def places_of(term, door):
    """Public items whose text, in the term's language, mentions the term, ``MOST`` of each kind: a
    query for each model, and one for each model of parents. The database looks first: nobody loads
    a large site to find one word."""
    forms = forms_of(term.text)
    linker = Linker(dict.fromkeys(forms, term.key))
    found = []
    for item_type, parent in _places.items():
        model = apps.get_model(item_type)
        basis.note(basis.any_of(item_type, term.language))  # any text may come to mention it
        columns = [languages.column(name, term.language) for name in model.text_fields]
        may = reduce(or_, (stands_in(column, form) for column in columns for form in forms))
        items = list(door(model.objects.filter(may))[:MOST])
        if parent:
            above = model._meta.get_field(parent).related_model
            wanted = {getattr(item, f"{parent}_id") for item in items}
            items = list(with_parent(items, parent, door(above.objects.filter(pk__in=wanted))))
        found += [
            item
            for item in items
            if item.language == term.language
            and any(linker.mentions(text) for text in item.text.values() if text)
        ]
    return found


def terms_mentioned_in(records, language):
    """For ``review.uses``: a function from a text to the keys of the terms that it mentions."""
    forms = {}
    for record in records:
        if record.language == language:
            forms.update(dict.fromkeys(forms_of(record.text), record.key))
    linker = Linker(forms)

    def mentioned(model, text):
        told = (text.get(name) or "" for name in model.text_fields)
        return {
            key for each in told if linker.may_find(each) for _start, _end, key in linker.find(each)
        }

    return mentioned
