"""What readers take along: a guide, a topic, the questions for the doctor, the glossary, as PDF."""

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from faq.models import DoctorQuestion, When
from glossary.models import Term
from review import alphabet, codes, fingerprint, languages
from review.readers import Reader, demonstration, instead, respond
from topics.models import Guide

from . import pdf

LARGE = "large"  # the name of the query's parameter


def guide(request, slug):
    reader = Reader(get_language())
    found = reader.find(Guide.objects, slug=slug)
    if found is None:
        return instead(request, reader, Guide, slug)
    topics, faqs = reader.items(found.topics), reader.items(found.faqs)
    questions = reader.items(found.doctor_questions)

    def draw(rendering):
        opening = [name for name in found.text_fields if name not in found.closing_fields]
        rendering.draw(found, fields=opening)
        for each in (*topics, *faqs, *questions):
            rendering.draw(each, heading=3)
        rendering.draw(found, fields=found.closing_fields)
        return {"topics": topics, "faqs": faqs, "questions": questions}

    items = [found, *topics, *faqs, *questions]
    address = found.get_absolute_url()
    return handout(request, reader, "guide", items, draw, address, about=found)


def topic(request, guide, slug):
    reader = Reader(get_language())
    parent = reader.find(Guide.objects, slug=guide)
    if parent is None:
        return instead(request, reader, Guide, guide)
    found = reader.find(parent.topics, slug=slug)
    if found is None:
        return instead(request, reader, parent.topics.model, slug)

    def draw(rendering):
        parent.html = rendering.lines(parent)
        rendering.draw(found)
        # Whoever carries one topic carries the signs that cannot wait, too.
        rendering.draw(parent, fields=["urgent_signs"])
        return {"guide": parent}

    address = found.get_absolute_url()
    return handout(request, reader, "topic", [found, parent], draw, address, about=found)


def questions(request):
    reader = Reader(get_language())
    found = reader.items(DoctorQuestion.objects.all())

    def draw(rendering):
        groups = []
        for moment in When:
            here = [each for each in found if each.facts["when"][:1] == [moment.value]]
            for each in here:
                rendering.draw(each, heading=4)
            if here:
                groups.append((moment, here))
        return {"groups": groups, "title": _("Questions to bring to your doctor")}

    return handout(request, reader, "questions", found, draw, reverse("faq:ask"))


def glossary(request):
    reader = Reader(get_language())
    terms = reader.items(Term.objects.all())

    def draw(rendering):
        for each in terms:
            rendering.draw(each, fields=["term", "abbreviation", "pronunciation", "definition"])
        letters = alphabet.by_letter(terms, reader.language, lambda each: each.text["term"])
        return {"letters": letters, "title": _("Words explained")}

    return handout(request, reader, "glossary", terms, draw, reverse("glossary:glossary"))


def handout(request, reader, name, items, draw, page, about=None):
    """The PDF of what ``draw`` puts into the template of that name; ``page`` is the address at
    which readers find the same on the site. What the browser has already costs no drawing."""
    if not pdf.available():
        return _instead_of_pdf(request, reader, page, busy=False)
    reader.rendering.load(*items)
    large, origin = LARGE in request.GET, request.build_absolute_uri("/")
    shown = demonstration()
    digest = _fingerprint(reader, name, items, (large, origin, page, shown))
    etag = quote_etag(digest)
    response = get_conditional_response(request, etag=etag)
    if response is None:

        def html():
            drawn = draw(reader.rendering)
            context = _context(request, reader, items, page, about)
            context |= {"large": large, "demonstration": shown, **drawn}
            return render_to_string(f"reading/handout_{name}.html", context)

        try:
            content = pdf.kept(digest, html, origin)
        except pdf.Busy:
            return _instead_of_pdf(request, reader, page, busy=True)
        response = HttpResponse(content, content_type="application/pdf")
        stem = about.slug if about else name
        response["Content-Disposition"] = f'inline; filename="{stem}-{reader.language}.pdf"'
        response["Content-Language"] = reader.language
    response["ETag"] = etag
    response["Cache-Control"] = "no-cache"
    response["Link"] = f'<{request.build_absolute_uri(page)}>; rel="canonical"'
    return response


def _fingerprint(reader, name, items, more):
    """What the PDF hangs on: the sign-offs of all that it may show, how each is shown, and the
    templates. Nothing is drawn for it."""
    shown = [*items, *reader.rendering.loaded]
    if name in ("guide", "topic"):
        shown += reader.items(Term.objects.all())
    parts = [_part(item) for item in shown]
    return fingerprint.sha256(
        fingerprint.canonical([pdf.edition(), reader.language, name, *map(str, more), parts])
    )


def _part(item):
    """One item as it is shown: by whom it was signed, why it fell back, whether it is overdue."""
    return [
        *(item.item, item.language, item.approval.seal(), item.source_approval.seal()),
        *(item.fallback, item.outdated, item.withdrawn_because, item.approval.overdue),
        getattr(item, "change", ""),
        getattr(item, "slug", ""),
    ]


def _context(request, reader, items, page, about):
    rendering = reader.rendering
    versions = [each for each in (*items, *rendering.loaded) if each.text_fields]
    for each in versions:
        each.name = rendering.lines(each)[each.text_fields[0]]
        with languages.active(each.approval.language):
            own = reverse("reading:version", args=[each.approval.pk])
        each.version_address = request.build_absolute_uri(own)
    present = request.build_absolute_uri(page)
    return {
        "language": reader.language,
        "direction": languages.direction(reader.language),
        "item": about,
        "versions": list({each.item: each for each in versions}.values()),
        "sources": rendering.sources,
        "words": rendering.words,
        "present": present,
        "code": codes.path(about.version_address if about else present),
        "today": timezone.localdate(),
    }


def _instead_of_pdf(request, reader, page, busy):
    response = respond(request, reader, "reading/no_pdf.html", status=503, page=page, busy=busy)
    response["Retry-After"] = "30" if busy else "86400"
    return response
