"""The glossary from A to Z, and one term with the places where it is used."""

from django.utils.translation import get_language

from review import alphabet
from review.readers import Reader, item_page, item_preview, respond

from . import usage
from .models import Term


def glossary(request):
    reader = Reader(get_language())
    terms = reader.items(Term.objects.all())
    reader.rendering.load(*terms)
    for each in terms:
        # Only what the list shows: a note nobody sees would still take a number.
        reader.rendering.draw(each, fields=["term", "abbreviation", "definition"])
    letters = alphabet.by_letter(terms, reader.language, lambda each: each.text["term"])
    return respond(request, reader, "glossary/term_list.html", letters=letters)


def term(request, slug):
    return item_page(request, Term, slug, term_page)


def preview_term(request, term, reader):
    return item_preview(request, term, reader, term_page)


def term_page(request, term, reader):
    places = usage.places_of(term, reader.through)
    reader.rendering.load(term)
    reader.rendering.draw(term)
    for each in places:
        each.html = reader.rendering.lines(each)
        each.name = each.html[each.text_fields[0]]
    return respond(request, reader, "glossary/term_detail.html", term, places=places)
