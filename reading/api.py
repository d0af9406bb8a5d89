"""The API: read-only JSON for everybody, of nothing but what is signed in the language asked for.

Plain views. How an item becomes an answer is in ``answers``, what an answer looks like in
``openapi``. Errors are problem details (RFC 9457) with one sentence.
"""

import sys
from functools import wraps
from http import HTTPStatus

from django.db import InterfaceError, OperationalError, models
from django.http import HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.csrf import csrf_exempt
from django.views.defaults import server_error as server_error_page

from review import languages, limits
from review.addresses import whole
from review.models import LedgerEntry

from . import answers, kinds

PER_PAGE, MOST_PER_PAGE = 20, 100
MOST, WINDOW = 600, 60  # questions of one connection in so many seconds
METHODS = "GET, HEAD, OPTIONS"


class Problem(Exception):
    """What is wrong with a request, in one sentence; ``status`` is HTTP's."""

    def __init__(self, status, detail):
        super().__init__(detail)
        self.status, self.detail = status, detail

    def response(self):
        told = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
        }
        response = JsonResponse(told, status=self.status, content_type="application/problem+json")
        if self.status == HTTPStatus.TOO_MANY_REQUESTS:
            response["Retry-After"] = str(WINDOW)
        return response


def open_to_all(*parameters):
    """A view that answers GET from anywhere, without cookie or session, and knows these parameters
    and no others: a misspelt one must not go unnoticed."""

    def decorate(view):
        @csrf_exempt
        @wraps(view)
        def answer(request, *args, **kwargs):
            try:
                _limit(request)
                response = _answered(request, parameters, view, args, kwargs)
            except Problem as problem:
                response = problem.response()
            return _opened(response)

        return answer

    return decorate


def _limit(request):
    """What is kept is given without coming here; `bake`, which asks for everything, is nobody."""
    who = limits.address(request)
    if who and limits.over("api", who, MOST, WINDOW):
        raise Problem(
            429, f"More than {MOST} questions came from you within a minute: wait for one, go on."
        )


def _answered(request, parameters, view, args, kwargs):
    if request.method == "OPTIONS":
        response = HttpResponse(status=204)
        response["Access-Control-Allow-Methods"] = METHODS
        response["Access-Control-Allow-Headers"] = "If-None-Match"
        response["Access-Control-Max-Age"] = "86400"
        return response
    if request.method not in ("GET", "HEAD"):
        response = Problem(405, f"This API is read only: use one of {METHODS}.").response()
        response["Allow"] = METHODS
        return response
    for name, values in request.GET.lists():
        if name not in parameters:
            known = ", ".join(parameters) or "none"
            raise Problem(400, f"There is no parameter “{name}” here; known: {known}.")
        if len(values) > 1:
            raise Problem(400, f"The parameter “{name}” is given more than once.")
    return view(request, *args, **kwargs)


def _opened(response):
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Expose-Headers"] = "ETag, Link"
    response["X-Robots-Tag"] = "noindex"  # the pages are what search engines should show
    # A withdrawal counts at once: whoever keeps an answer asks before using it.
    response["Cache-Control"] = "no-cache"
    # Else Django names the language of its own sentences here.
    response.headers.setdefault("Content-Language", languages.tag(languages.source()))
    return response


# -- What is asked for ---------------------------------------------------------------------------


def _language(request):
    code = request.GET.get("language", languages.source())
    if code not in languages.codes():
        known = ", ".join(languages.codes())
        raise Problem(400, f"There is no language “{code}” here; known: {known}.")
    return code


def _whole(request, name, default, most=None):
    text = request.GET.get(name, str(default))
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
    if number < 1 or (most and number > most):
        upto = f"from 1 to {most}" if most else "from 1"
        raise Problem(400, f"The parameter “{name}” is a whole number {upto}, not “{text}”.")
    return number


def _model(kind):
    if kind not in kinds.OFFERED:
        known = ", ".join(kinds.OFFERED)
        raise Problem(404, f"There is no collection “{kind}” here; known: {known}.")
    return kinds.OFFERED[kind]


# -- Views ---------------------------------------------------------------------------------------


@open_to_all()
def root(request):
    """What there is to ask for."""
    found = {
        "name": "crcsite",
        "source_language": languages.source(),
        "languages": [
            {
                "code": code,
                "tag": languages.tag(code),
                "name": languages.name(code),
                "direction": languages.direction(code),
            }
            for code in languages.codes()
        ],
        "licence": answers.licence(),
        "collections": {
            kind: whole(reverse("api:collection", args=[kind])) for kind in kinds.OFFERED
        },
        "openapi": whole(reverse("api:openapi")),
    }
    return _json(found, languages.source())


@open_to_all("language", "page", "per_page")
def collection(request, kind):
    """One page of a collection, in the readers' order."""
    model, language = _model(kind), _language(request)
    page = _whole(request, "page", 1)
    size = _whole(request, "per_page", PER_PAGE, MOST_PER_PAGE)
    # Rows that hold a signed text; whether it is still what was signed is for the door to say, so
    # that a page may hold fewer items than rows.
    needed = language if model.text_fields else languages.source()
    column = languages.column("sign_off", needed)
    rows = models.QuerySet(model).filter(**{f"{column}__isnull": False}).count()
    pages = max(1, -(-rows // size))
    if page > pages:
        raise Problem(404, f"There is no page {page}: the last one is {pages}.")
    queryset = _in_order(model).filter(**{f"{column}__isnull": False})
    first = (page - 1) * size
    items = kinds.signed(queryset, language, slice(first, first + size))
    found = {
        "collection": kind,
        "language": language,
        "page": page,
        "pages": pages,
        "per_page": size,
        "items": answers.items(items, language),
    }
    response = _json(found, language)
    response["Link"] = _links(request, language, page, pages, size)
    return response


@open_to_all("language")
def one(request, kind, key):
    """One item; 410 where its text in this language was withdrawn."""
    model, language = _model(kind), _language(request)
    found = kinds.signed(model.objects.filter(key=key), language)
    if not found:
        raise _missing(model, kind, key, language)
    [answer] = answers.items(found, language)
    return _json(answer, language)


@open_to_all()
def nothing(request):
    raise Problem(404, f"There is nothing here; {reverse('api:root')} lists what there is.")


def server_error(request):
    """Django's ``handler500``: whoever asked the API gets a problem, everybody else the page. Where
    the database does not answer, 503, and a page that needs none."""
    away = isinstance(sys.exc_info()[1], OperationalError | InterfaceError)
    if request.path.startswith(reverse("api:root")):
        told = (503, "The database does not answer. Please try again in a few minutes.")
        fault = (500, "The fault is ours, and we have been told.")
        response = _opened(Problem(*(told if away else fault)).response())
    elif away:
        response = HttpResponse(
            render_to_string("503.html", {"sent": request.method == "POST"}), status=503
        )
    else:
        return server_error_page(request)
    if away:
        response["Retry-After"] = "60"
        response["Cache-Control"] = "no-store"
        response.database_away = True  # who read from a replica may ask the primary
    return response


# -- Answers -------------------------------------------------------------------------------------


def _json(found, language):
    response = JsonResponse(found, json_dumps_params={"ensure_ascii": False})
    response["Content-Language"] = languages.tag(language)
    return response


def _in_order(model):
    return model.objects.order_by(*model._meta.ordering, "key")


def _links(request, language, page, pages, size):
    """RFC 8288: the first, previous, next and last page, those that there are."""
    wanted = {"first": 1, "prev": page - 1, "next": page + 1, "last": pages}
    links = []
    for rel, number in wanted.items():
        if 1 <= number <= pages:
            query = urlencode({"language": language, "page": number, "per_page": size})
            links.append(f'<{whole(request.path)}?{query}>; rel="{rel}"')
    return ", ".join(links)


def _missing(model, kind, key, language):
    """Why there is no such item: withdrawn, or not signed in this language."""
    code = language if model.text_fields else languages.source()
    lines = LedgerEntry.objects.filter(item_type=model._meta.label_lower, key=key)
    last = lines.filter(language=code).exclude(seal="").order_by("-number").first()
    if last is not None and last.event == LedgerEntry.WITHDRAW:
        day = last.at.date().isoformat()
        return Problem(410, f"This text was withdrawn on {day}: do not use a copy of it.")
    name = languages.tag(code)
    return Problem(404, f"No text “{key}” that is signed in “{name}” is among the {kind}.")
