"""Whole answers for readers, kept by address, language and line of the ledger.

An answer that is the same for every reader is marked by ``for_every_reader``. The middleware keeps
it twice: as it was drawn, for no host in particular, in the cache named "drawn", files that all
processes of this machine share and that outlive them; and as it is sent, in the cache named
"pages". Both are given again until the ledger has a line that changes what they rest on
(``basis``), the day changes (a review may fall due) or the site is another edition. What is asked
for with a query string, and everything else, goes by untouched.
"""

import gzip
import logging
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

import brotli
from django.conf import settings
from django.core.cache import caches
from django.core.cache.backends.dummy import DummyCache
from django.core.exceptions import MiddlewareNotUsed
from django.db import DatabaseError
from django.http import HttpResponse
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import http_date

from . import basis, clock
from .addresses import HOST, placed

# Whoever keeps a page asks before showing it again: a withdrawn sentence is shown a second longer
# at the most. That second lets a cache before the site answer a crowd with one question.
CACHE_CONTROL = "public, max-age=0, stale-while-revalidate=1"
logger = logging.getLogger("review.kept")

STATUSES = (200, 410)
LEAST = 400  # bytes; less is not worth compressing
DAY = 86400  # seconds; the day is a part of the key
COMPRESS = {
    # Fast enough for the reader who waits; `bake` has the time to do better.
    "br": lambda body: brotli.compress(body, quality=5),
    "gzip": lambda body: gzip.compress(body, compresslevel=6, mtime=0),
}


def for_every_reader(response):
    """Say of an answer that it is the same for everybody."""
    response["Cache-Control"] = CACHE_CONTROL
    response.for_every_reader = True
    return response


class Kept(NamedTuple):
    """An answer as it will be sent, and the newest line of the ledger at which it was true."""

    line: clock.Line
    rests_on: frozenset
    status: int
    headers: list
    body: bytes

    def stands(self, line):
        return self.line == line or basis.stands(self.rests_on, self.line, line)


class KeptPages:
    """The outermost middleware: what it keeps has every header that the others have set."""

    def __init__(self, get_response):
        self.pages, self.drawn = caches["pages"], caches["drawn"]
        if isinstance(self.pages, DummyCache) and isinstance(self.drawn, DummyCache):
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request):
        # Whoever notes already, as `bake` does, keeps the answer in a way of its own.
        noted = basis.noted() is not None
        if noted or request.method not in ("GET", "HEAD") or request.META.get("QUERY_STRING"):
            return self.get_response(request)
        try:
            line = clock.newest()
        except DatabaseError:  # none was ever known: nothing is kept, and some pages need none
            return self.get_response(request)
        encoding = _encoding(request)
        key = _key(request.path, request.scheme, request.get_host(), encoding)
        kept = _given(self.pages, key, line)
        if kept is None:
            drawn = self._draw(request, line)
            if not isinstance(drawn, Kept):
                return drawn
            kept = _compressed(_addressed(drawn, request), encoding)
            _keep(self.pages, key, kept)
        return _answer(request, kept)

    def _draw(self, request, line):
        """The page as it was drawn before, or is drawn now; a response that nobody may keep."""
        key = _key(request.path, request.scheme)
        drawn = _given(self.drawn, key, line)
        if drawn is None:
            with basis.noting() as things:
                response = self.get_response(request)
            if not _may_be_kept(response):
                return response
            drawn = Kept(line, basis.digest(things), *_finished(response, line))
            _keep(self.drawn, key, drawn)
        return drawn


# A cache that is away or a disk that is full costs time, not the page; the errors have no common
# class.


def _given(cache, key, line):
    """What a cache keeps, if it is still true."""
    try:
        kept = cache.get(key)
    except Exception:
        logger.exception("The cache of pages does not answer.")
        return None
    if kept is None or not kept.stands(line):
        return None
    if kept.line != line:
        kept = kept._replace(line=line)
        _keep(cache, key, kept)
    return kept


def _keep(cache, key, kept):
    try:
        cache.set(key, kept, DAY)
    except Exception:
        logger.exception("The cache of pages keeps nothing.")


def _encoding(request):
    accepted = request.META.get("HTTP_ACCEPT_ENCODING", "")
    return next((name for name in COMPRESS if name in accepted), "")


def _key(*parts):
    parts = (*parts, timezone.localdate().isoformat(), edition(), HOST)
    return blake2b("\n".join(parts).encode(), digest_size=20).hexdigest()


def _may_be_kept(response):
    return (
        getattr(response, "for_every_reader", False)
        and response.status_code in STATUSES
        and not response.streaming
        and not response.cookies
        and "cookie" not in response.get("Vary", "").lower()
    )


def _finished(response, line):
    """(status, headers, body) as they are sent to whoever takes them uncompressed."""
    body = response.content
    response["ETag"] = f'W/"{blake2b(body, digest_size=16).hexdigest()}"'
    response["Last-Modified"] = http_date(line.at.timestamp())
    patch_vary_headers(response, ["Accept-Encoding"])
    response["Content-Length"] = str(len(body))
    return response.status_code, list(response.items()), body


def _addressed(drawn, request):
    """The same for the host that was asked."""
    headers, body = placed(drawn.headers, drawn.body, request)
    return drawn._replace(headers=headers, body=body)


def _compressed(drawn, encoding):
    """The same as a browser that knows an encoding gets it."""
    headers = dict(drawn.headers)
    if not encoding or len(drawn.body) < LEAST or "Content-Encoding" in headers:
        return drawn
    body = COMPRESS[encoding](drawn.body)
    headers |= {"Content-Encoding": encoding, "Content-Length": str(len(body))}
    return drawn._replace(headers=list(headers.items()), body=body)


def _answer(request, kept):
    response = HttpResponse(kept.body, status=kept.status)
    response.addressed = True
    for name, value in kept.headers:
        response.headers[name] = value
    if kept.status == 200 and "HTTP_IF_NONE_MATCH" in request.META:
        return get_conditional_response(request, response["ETag"], response=response)
    return response


_edition = None


def edition():
    """Names the code, templates, styles and catalogues that pages are made with, and the settings
    that they show: two hosts that have the same may share what they keep."""
    global _edition
    if _edition is None:
        digest = blake2b(digest_size=16)
        shown = ("LICENCE_NAME", "LICENCE_URL", "OVERDUE_GRACE_DAYS", "LANGUAGES", "DEBUG", "DEMO")
        shown += ("SITE_URL", "SECURITY_CONTACT", "SECURITY_EXPIRES", "STATIC_URL", "MEDIA_URL")
        digest.update(repr([getattr(settings, name) for name in shown]).encode())
        for folder in _folders():
            for path in sorted(folder.rglob("*")):
                if path.suffix in (".py", ".html", ".xml", ".css", ".js", ".svg", ".mo"):
                    digest.update(str(path.relative_to(settings.BASE_DIR)).encode())
                    digest.update(path.read_bytes())
        _edition = digest.hexdigest()
    return _edition


def _folders():
    names = ("crcsite", "reading", "faq", "topics", "glossary", "evidence", "review")
    return [Path(settings.BASE_DIR, name) for name in (*names, "templates", "static", "locale")]
