"""The sitemap: every address in every language in which its text is signed, with its alternates.

One file while there are few addresses; else an index of parts, each of which loads only its own
texts, since the doors read every text that they vouch for."""

from django.db import models
from django.db.models import Count, Max, Min
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from faq.models import FAQ, DoctorQuestion
from glossary.models import Term
from review import basis, languages
from review.addresses import whole
from review.kept import for_every_reader
from topics.models import Guide

from . import kinds
from .models import Contact

MOST = 10_000  # addresses in one file; the protocol allows 50,000
# Pages that list items: they are in a language as soon as one of these is.
LISTS = {
    "reading:home": Guide,
    "faq:questions": FAQ,
    "faq:ask": DoctorQuestion,
    "faq:visit-plan": DoctorQuestion,
    "glossary:glossary": Term,
    "reading:contacts": Contact,
}


def sitemap(request):
    """Everything in one file, or the index of the parts."""
    basis.note(basis.PUBLICATIONS)
    signed = {model: _signed(model) for model in {*LISTS.values(), *kinds.ADDRESSED.values()}}
    if sum(sum(signed[model].values()) for model in kinds.ADDRESSED.values()) > MOST:
        return _index(request, signed)
    pages = _lists(signed)
    for model in kinds.ADDRESSED.values():
        pages += _pages(model.objects.all())
    return _file(request, pages)


def part(request, name, number):
    """One part of the index: so many rows of one kind, or the pages that list items."""
    basis.note(basis.PUBLICATIONS)
    if name == "lists" and number == 1:
        return _file(request, _lists({model: _signed(model) for model in LISTS.values()}))
    model = kinds.ADDRESSED.get(name)
    first = (number - 1) * _rows()
    if model is None or first < 0:
        raise Http404
    rows = _public_rows(model).order_by("pk").values("pk")[first : first + _rows()]
    ends = rows.aggregate(first=Min("pk"), last=Max("pk"))
    if ends["first"] is None:
        raise Http404
    return _file(request, _pages(model.objects.filter(pk__range=(ends["first"], ends["last"]))))


def _rows():
    """How many rows fill a part, if each is signed in every language."""
    return max(1, MOST // len(languages.codes()))


def _public_rows(model):
    """Rows to count and to cut into parts by; their texts come through a door."""
    source = languages.column("sign_off", languages.source())
    return models.QuerySet(model).filter(**{f"{source}__isnull": False})


def _signed(model):
    """Language to how many rows are signed in it. No text is loaded."""
    columns = {code: languages.column("sign_off", code) for code in languages.codes()}
    counts = {f"{column}_count": Count(column) for column in columns.values()}
    counted = models.QuerySet(model).aggregate(**counts)
    return {code: counted[f"{column}_count"] for code, column in columns.items()}


def _index(request, signed):
    addresses = [reverse("sitemap-part", args=["lists", 1])]
    for name, model in kinds.ADDRESSED.items():
        if any(signed[model].values()):
            rows = _public_rows(model).count()
            for number in range(1, -(-rows // _rows()) + 1):
                addresses.append(reverse("sitemap-part", args=[name, number]))
    context = {"addresses": [whole(each) for each in addresses]}
    return _answer(request, "sitemap-index.xml", context)


def _lists(signed):
    pages = []
    for view, model in LISTS.items():
        page = []
        for code in languages.codes():
            if signed[model][code]:
                with languages.active(code):
                    page.append((code, whole(reverse(view)), None))
        pages.append(page)
    return [page for page in pages if page]


def _pages(queryset):
    """For each item [(language, address, day of the signature)]: two queries a language at most."""
    pages = {}
    for code in languages.codes():
        with languages.active(code):
            for item in kinds.signed(queryset, code):
                address = whole(item.get_absolute_url())
                day = timezone.localdate(item.approval.signed_at)
                pages.setdefault(item.pk, []).append((code, address, day))
    return list(pages.values())


def _file(request, pages):
    listed = [(page, _default(page)) for page in pages]
    return _answer(request, "sitemap.xml", {"pages": listed})


def _default(page):
    """The address for a reader whose language is not there: the source language's, if it is."""
    return next((address for code, address, _day in page if code == languages.source()), "")


def _answer(request, template, context):
    return for_every_reader(render(request, template, context, content_type="application/xml"))
