"""The pages of signed versions: what a text said when it was signed, for ever.

They do not ask "Was this clear?": that is asked of the text that is public now, to which they lead.
"""

from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse, translate_url
from django.utils.translation import get_language

from evidence.models import Source
from faq.models import DoctorQuestion
from review import languages, versions
from review.addresses import whole
from review.readers import Reader, respond

from .models import CallToAction, Contact, Place

# Where items stand that have no page of their own.
PLACES = {
    DoctorQuestion: "faq:ask",
    Source: "evidence:sources",
    Contact: "reading:contacts",
}


def version(request, pk):
    """Exactly what one sign-off vouched for. What became of it stands first."""
    found = versions.find(pk)
    if found is None:
        raise Http404
    language = found.sign_off.language
    if language != get_language():
        with languages.active(language):
            return redirect("reading:version", pk, permanent=True)
    reader = Reader(language, versions=[found])
    item = reader.find(found.model.objects, key=found.sign_off.key)
    if item is None:
        raise Http404
    reader.rendering.load(item)
    reader.rendering.draw(item)
    present = Reader(language).find(found.model.objects, key=item.key)
    place = place_of(present, language) if present else ""
    permanent = whole(request.path)
    response = respond(
        request,
        reader,
        "reading/version.html",
        shown=item,
        name=item.title_from(item.text),
        title=title_of(item, reader.rendering),
        version=found,
        present=present,
        place=place,
        refers=item.refers,
        languages=language_links(request, present, language),
        permanent=permanent,
        canonical=_canonical(present, place) or permanent,
    )
    response["X-Robots-Tag"] = "noindex"
    return response


def title_of(item, rendering):
    """What a page about the item is called: its first line, as HTML."""
    lines = rendering.lines(item)
    return lines[item.text_fields[0]] if item.text_fields else item.facts.get("title", item.key)


def place_of(item, language):
    """The address at which readers find an item today, or "" where it has no place of its own."""
    with languages.active(language):
        if hasattr(item, "get_absolute_url"):
            return item.get_absolute_url()
        if isinstance(item, CallToAction):
            return reverse("reading:home") if item.place == Place.HOME else ""
        return reverse(PLACES[type(item)]) if type(item) in PLACES else ""


def _canonical(present, place):
    """Where the present text stands, in the language in which it is shown there; "" for nowhere."""
    if not place:
        return ""
    address = whole(place)
    return translate_url(address, present.language) if present.fallback else address


def language_links(request, present, shown):
    """What is there in one language: the others lead to the present text, or to the first page."""
    own = whole(request.path)
    links = []
    for code in languages.codes():
        with languages.active(code):
            elsewhere = (present and place_of(present, code)) or reverse("reading:home")
        links.append(
            {
                "code": code,
                "name": languages.name(code),
                "direction": languages.direction(code),
                "url": own if code == shown else whole(elsewhere),
                "current": code == shown,
                "signed": False,
            }
        )
    return links
