"""Where a term is used: apps register the models whose items have a page of their own."""

from django.apps import apps

from review.readers import with_parent

from .linking import Linker, forms_of

_places = {}


def register(item_type, parent=None):
    """``parent`` names the field without which an item has no address; register its model first."""
    _places[item_type] = parent


def places_of(term, door):
    """Items whose text, in the term's language, mentions the term: a query for each model."""
    linker = Linker(dict.fromkeys(forms_of(term.text), term.key))
    found, loaded = [], {}
    for item_type, parent in _places.items():
        model = apps.get_model(item_type)
        items = list(door(model.objects.all()))
        if parent:
            parents = loaded[model._meta.get_field(parent).related_model]
            items = list(with_parent(items, parent, parents))
        loaded[model] = items
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
