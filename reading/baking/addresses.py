"""Which addresses the baked site has, what leads to others, and the file that each stands in.

Nobody lists the pages: they are found as a reader finds them, from the first pages, the sitemap and
the API, link by link. So a dead link cannot hide.
"""

import json
import re
from html import unescape
from urllib.parse import urldefrag, urljoin, urlsplit

from django.conf import settings
from django.urls import reverse

from review import languages
from review.models import FormerSlug, LedgerEntry
from review.readers import moved_to
from review.replica import STAFF
from topics.models import Guide, Topic

from .. import kinds

# What Django answers itself, below the language and at the root.
DYNAMIC = ("search", "feedback")
DYNAMIC_ROOTS = STAFF
_DYNAMIC = re.compile(rf"/(?:[a-z-]+/(?:{'|'.join(DYNAMIC)})|{'|'.join(DYNAMIC_ROOTS)})(?:/|$)")
ROOTS = ("/robots.txt", "/sitemap.xml", "/sw.js", "/api/v1/")
MAYBE = ("/.well-known/security.txt",)  # only where the operator named a contact
ERRORS = ("404", "500", "503", "search")
# Queries that choose another answer. All others are left out: they change nothing that is read.
VARIANTS = re.compile(r"(?:large|page=\d+|language=[a-z-]+(?:&page=\d+&per_page=\d+)?)")

_LINK = re.compile(r'\s(?:href="|src="|content="(?=https?://))([^"]*)"')
_PLACE = re.compile(r"<loc>([^<]*)</loc>")
_IN_CSS = re.compile(r"""url\(["']?([^"')]+)["']?\)""")


def origin():
    """The site's scheme and host, as readers write them."""
    return settings.SITE_URL.rstrip("/")


def starts():
    """Where the walk begins; what was withdrawn or moved is no longer linked from anywhere."""
    found = [*ROOTS, *MAYBE]
    for code in languages.codes():
        found += [error(code, name) for name in ERRORS]
        found += [f"/api/v1/{kind}?language={code}" for kind in kinds.OFFERED]
        with languages.active(code):
            found += [reverse("reading:home"), reverse("reading:feed"), *_former(), *_withdrawn()]
    return list(dict.fromkeys(found))


def error(code, name):
    """The address, known to the web server only, of a page for what went wrong."""
    return f"/errors/{code}/{name}.html"


def _former():
    """Every address that leads to an item's present one."""
    for former in FormerSlug.objects.order_by("pk"):
        model = next(
            (
                each
                for each in kinds.ADDRESSED.values()
                if each._meta.label_lower == former.item_type
            ),
            None,
        )
        item = model and moved_to(model, former.slug)
        if item is None:
            continue
        item.slug = former.slug
        yield item.get_absolute_url()
        if isinstance(item, Guide):
            for topic in Topic.objects.filter(guide=item.pk):
                topic.guide = item
                yield topic.get_absolute_url()


def _withdrawn():
    """The addresses of texts whose original was taken down: they answer 410."""
    for model in kinds.ADDRESSED.values():
        lines = LedgerEntry.objects.filter(
            item_type=model._meta.label_lower, language=languages.source()
        )
        last = dict(lines.exclude(seal="").order_by("number").values_list("key", "event"))
        keys = [key for key, event in last.items() if event == LedgerEntry.WITHDRAW]
        for item in model.objects.filter(key__in=keys):
            yield item.get_absolute_url()


def is_dynamic(address):
    return bool(_DYNAMIC.match(address))


def links(address, kind, body, site=""):
    """The addresses of this site that an answer leads to, each once, without their anchors."""
    site = site or origin()
    text = body.decode("utf-8", "replace")
    if kind == "application/json":
        found = _in_json(json.loads(text), site)
    elif kind == "text/css":
        found = _IN_CSS.findall(text)
    elif kind.endswith("xml"):
        found = map(unescape, [*_PLACE.findall(text), *_LINK.findall(text)])
    elif kind == "text/html":
        found = map(unescape, _LINK.findall(text))
    else:
        found = ()
    ours = (_ours(address, each, site) for each in found)
    return list(dict.fromkeys(each for each in ours if each))


def next_page(address, header):
    """Where an API answer's header leads: to the next page of a collection."""
    found = re.search(r'<([^>]*)>; rel="next"', header)
    return [_ours(address, found[1], origin())] if found else []


def _in_json(found, site):
    if isinstance(found, dict):
        found = list(found.values())
    if isinstance(found, list):
        for each in found:
            yield from _in_json(each, site)
    elif isinstance(found, str) and found.startswith(f"{site}/"):
        yield found


def _ours(address, link, site):
    """The address as the bake knows it, or "" for what is not of this site."""
    parts = urlsplit(urldefrag(urljoin(f"{site}{address}", link)).url)
    if f"{parts.scheme}://{parts.netloc}" != site:
        return ""
    variant = parts.query if VARIANTS.fullmatch(parts.query) else ""
    return f"{parts.path}?{variant}" if variant else parts.path


def file_of(address, status=200):
    """The file below ``site`` in which an address's answer stands. The name tells the web server
    what it is: ``index@page=2.html`` for another page of a list, ``gone.html`` for a 410."""
    path, _, query = address.lstrip("/").partition("?")
    folder, _, name = path.rpartition("/")
    ending = ".json" if path.startswith("api/") else ".html"
    if not name or "." not in name:
        folder, name = path.rstrip("/"), f"index{ending}"
    if status == 410:
        name = f"gone{ending}"
    if query:
        stem, dot, rest = name.rpartition(".")
        name = f"{stem}@{query}{dot}{rest}"
    return f"{folder}/{name}" if folder else name
