"""The home page, pages about the site, its advisors, and whom to call."""

from pathlib import Path

from babel import Locale
from django.contrib.staticfiles import finders
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language, to_locale

from review import alphabet, basis, languages, people
from review.content import content_models
from review.models import Advisor
from review.readers import Reader, item_page, item_preview, respond
from topics.models import Guide, Topic

from .models import Contact, Page

MOST = 50  # texts of a kind and language that an advisor's page lists


def choose_language(request):
    """From "/" to the language that the reader's browser asks for."""
    response = redirect("reading:home")  # LocaleMiddleware has activated the right one
    patch_vary_headers(response, ["Accept-Language"])
    response["Cache-Control"] = "no-cache"
    return response


def home(request):
    reader = Reader(get_language())
    guides = reader.items(Guide.objects.all())
    topics = reader.items(Topic.objects.order_by("position", "slug"))
    for each in (*guides, *topics):
        each.html = reader.rendering.lines(each)
    for guide in guides:
        guide.parts = [topic for topic in topics if topic.guide_id == guide.pk]
        for topic in guide.parts:
            topic.guide = guide  # its address names the guide
    return respond(request, reader, "reading/home.html", guides=guides)


def page(request, slug):
    return item_page(request, Page, slug, page_page)


def preview_page(request, page, reader):
    return item_preview(request, page, reader, page_page)


def page_page(request, page, reader):
    """A page about the site, with the way to the others."""
    others = [each for each in reader.items(Page.objects.all()) if each.key != page.key]
    reader.rendering.load(page)
    reader.rendering.draw(page)
    for each in others:
        each.html = reader.rendering.lines(each)
    return respond(request, reader, "reading/page_detail.html", page, others=others)


def contacts(request):
    """Whom to call, country by country; the reader opens the one that is right."""
    reader = Reader(get_language())
    found = reader.items(Contact.objects.all())
    reader.rendering.load(*found)
    names = Locale.parse(to_locale(reader.language)).territories
    countries = {}
    for contact in found:
        reader.rendering.draw(contact)
        countries.setdefault(contact.facts["country"], []).append(contact)
    listed = [(names.get(code, code), here) for code, here in countries.items()]
    in_order = alphabet.sort_key(reader.language)
    listed.sort(key=lambda country: in_order(country[0]))
    return respond(request, reader, "reading/contact_list.html", countries=listed)


def advisors(request):
    basis.note(basis.SIGNATURES)
    reader = Reader(get_language())
    found = Advisor.objects.filter(sign_offs__isnull=False).distinct().order_by("name")
    return respond(request, reader, "reading/advisor_list.html", advisors=found)


def advisor(request, slug):
    """One advisor: credentials, interests, and texts that are public under that name, ``MOST`` of a
    kind and language."""
    basis.note(basis.SIGNATURES, basis.PUBLICATIONS)
    reader = Reader(get_language())
    found = get_object_or_404(Advisor.objects.filter(sign_offs__isnull=False).distinct(), slug=slug)
    # Also where she no longer signs: what is public there still bears her name.
    stands = set(people.signed_by(found).order_by().values_list("language", flat=True))
    signed = []
    for model in content_models():
        for code in (code for code in languages.codes() if code in stands):
            hers = {f"{languages.column('sign_off', code)}__advisor": found}
            items = list(model.objects.filter(**hers).signed(code)[: MOST + 1])
            for item in items:
                item.name = item.title_from(item.text) if item.text else item.facts["title"]
            if items:
                kind = model._meta.verbose_name_plural
                signed.append((kind, code, items[:MOST], len(items) > MOST))
    return respond(
        request, reader, "reading/advisor_detail.html", advisor=found, signed=signed, most=MOST
    )


def service_worker(request):
    """The script that keeps guides and the visit plan readable offline: from the root, or it would
    reach no page."""
    script = Path(finders.find("sw.js")).read_bytes()
    response = HttpResponse(script, content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response
