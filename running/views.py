"""What monitors ask for."""

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe

from . import health, metrics

TEXT = "text/plain; charset=utf-8"


def _told(text, status=200, content_type=TEXT):
    response = HttpResponse(text, status=status, content_type=content_type)
    response["Cache-Control"] = "no-store"
    return response


@require_safe
def healthz(request):
    """Alive: the process answers."""
    return _told("alive\n")


@require_safe
def readyz(request):
    """Whole: everything is as it should be. What is not is told to staff only."""
    told = health.found()
    found = sum(map(len, told.values()))
    lines = [f"{found} things do not fit: run manage.py ready" if found else "whole"]
    if _is_staff(request):
        for name, sentences in told.items():
            lines += [f"{name}: {each}" for each in sentences] or [f"{name}: whole"]
    status = 503 if found else 200
    return _told("\n".join([*lines, ""]), status, content_type="text/plain")


def _is_staff(request):
    """Asks for a session only where a cookie names one: a monitor has none."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return False
    try:
        return request.user.is_active and request.user.is_staff
    except DatabaseError:
        return False


@require_safe
def prometheus(request):
    """For whoever brings the token, and nobody while none is set. Not 404: from that Django leads
    on to the same address below a language."""
    given = request.headers.get("Authorization", "")
    token = settings.METRICS_TOKEN
    if not token or not constant_time_compare(given.encode(), f"Bearer {token}".encode()):
        response = _told("This is for whoever has the token.\n", 401)
        response["WWW-Authenticate"] = "Bearer"
        return response
    return _told(metrics.exposition(), content_type=metrics.CONTENT_TYPE)
