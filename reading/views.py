"""The home page, the choice of a language, and the two addresses that machines ask."""

from django.db import connection
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language

from review.readers import Reader, respond
from review.verification import text_problems, trigger_problems
from topics.models import Guide


def choose_language(request):
    """From "/" to the language that the reader's browser asks for."""
    response = redirect("reading:home")  # LocaleMiddleware has activated the right one
    patch_vary_headers(response, ["Accept-Language"])
    response["Cache-Control"] = "no-cache"
    return response


def home(request):
    reader = Reader(get_language())
    guides = reader.items(Guide.objects.all())
    for guide in guides:
        guide.html = reader.rendering.lines(guide)
    return respond(request, reader, "reading/home.html", guides=guides)


def healthz(request):
    """Alive: the process answers."""
    return HttpResponse("alive\n", content_type="text/plain")


def readyz(request):
    """Whole: the database answers, its triggers stand, and public text is what was signed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    found = sum(1 for problems in (trigger_problems, text_problems) for _ in problems())
    if found:
        message = f"{found} things do not fit: run manage.py verify\n"
        return HttpResponse(message, status=503, content_type="text/plain")
    return HttpResponse("whole\n", content_type="text/plain")
