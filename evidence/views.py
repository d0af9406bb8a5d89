"""Every source that the site stands on."""

from django.utils.translation import get_language

from review.readers import Reader, respond

from .models import Source


def sources(request):
    reader = Reader(get_language())
    found = reader.items(Source.objects.all())
    found.sort(key=lambda source: (source.facts["authors"].casefold(), source.facts["year"]))
    return respond(request, reader, "evidence/source_list.html", found=found)
