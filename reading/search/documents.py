"""What the index holds of each item: words of signed text, and nothing to be shown."""

import json

from evidence.models import KeyFigure
from faq.models import FAQ, DoctorQuestion
from glossary.linking import forms_of
from glossary.models import Term
from review import marks
from topics.models import Analogy, Guide, Topic

from . import words

# What readers find, under the names that addresses use.
KINDS = {
    "guides": Guide,
    "topics": Topic,
    "faqs": FAQ,
    "questions": DoctorQuestion,
    "terms": Term,
    "analogies": Analogy,
}
NAMES = {model._meta.label_lower: name for name, model in KINDS.items()}
FIGURE = KeyFigure._meta.label_lower
ANALOGY = Analogy._meta.label_lower
# Where an analogy has its place, the first that is found.
PLACES = (Topic, Guide)


def documents(language, model, **lookup):
    """Documents of the items signed in that language, as keyword arguments of a tantivy document;
    a number's sentences are found in the texts that draw it. Two queries."""
    items = list(model.objects.filter(**lookup).signed(language))
    drawn = {item.item: drawn_by(item) for item in items}
    keys = {key for found in drawn.values() for kind, key in found if kind == FIGURE}
    figures = {}
    if keys:
        signed = KeyFigure.objects.filter(key__in=keys).signed(language)
        figures = {each.key: each for each in signed}
    for item in items:
        numbers = [figures[key] for kind, key in drawn[item.item] if key in figures]
        yield _document(language, item, drawn[item.item], numbers)


def drawn_by(item):
    """(item type, key) of the records that the item's text draws."""
    # Only a brace can begin such a mark: texts without one need not be parsed.
    drawing = {name: text for name, text in item.text.items() if text and "{" in text}
    return [each for each in marks.references(type(item), drawing, {}) if _drawn(each)]


def _drawn(reference):
    return reference.item_type in (FIGURE, ANALOGY)


def _document(language, item, drawn, numbers):
    known = words.of(language)
    texts = [item.text[name] for name in item.text_fields if item.text[name]]
    texts += [text for each in numbers for text in each.text.values() if text]
    forms = forms_of(item.text) if isinstance(item, Term) else []
    names = forms or [item.text[item.text_fields[0]]]
    stems, folded, surfaces = [], [], {}
    for text in texts:
        for word in known.read(text):
            stems.append(word.stem)
            if not words.is_close(word.folded):
                folded.append(word.folded)
                surfaces.setdefault(text[word.start : word.end].lower())
    return {
        "id": item.item,
        "kind": NAMES[item.item_type],
        "title": " ".join(word.stem for word in known.read(names[0])),
        "text": " ".join(stems),
        "words": " ".join(folded),
        "surface": " ".join(surfaces),  # each once, as it is written: for what was misspelt
        "exact": " ".join(filter(None, map(known.joined, names))),
        "forms": " ".join(filter(None, map(known.joined, forms))),
        "stored": json.dumps([[word.stem for word in known.asked(form)] for form in forms]),
        "draws": " ".join(f"{kind}:{key}" for kind, key in drawn),
    }
