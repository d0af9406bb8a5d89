"""HTML as a tagged PDF (PDF/UA). WeasyPrint is loaded when the first one is made: it needs Pango,
which a machine may lack, and the site must run without it."""

import ctypes
import hashlib
import importlib.util
import re
from functools import lru_cache
from mimetypes import guess_type
from pathlib import Path
from threading import Lock
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.cache import cache
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import default_storage
from django.utils._os import safe_join

from . import pdf_languages

VARIANT = "pdf/ua-1"
KEPT = 7 * 24 * 3600  # seconds; a changed text has another fingerprint at once
WAIT = 20  # seconds for one that is being made
SVG = "{http://www.w3.org/2000/svg}"
# Every name under which WeasyPrint looks for them, on Linux and macOS.
LIBRARIES = (
    ("libpango-1.0.so.0", "libpango-1.0.dylib"),
    ("libpangoft2-1.0.so.0", "libpangoft2-1.0.dylib"),
    ("libharfbuzz-subset.so.0", "libharfbuzz-subset.0.dylib"),
)
# What a PDF is made from beside signed text: a change of these makes every kept file old.
MADE_FROM = ("templates/**/*.html", "static/*.css", "reading/*.py", "locale/**/*.mo")

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_ROOT = re.compile(r":root\s*\{[^}]*\}")
_TOKEN = re.compile(r"(--[\w-]+)\s*:\s*([^;}]+)")
_VALUE = re.compile(r"var\((--[\w-]+)\)")
_RULE = re.compile(r"([^{}@]+)\{([^{}]*)\}")
_MEDIA = re.compile(r"@[^{};]+\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}")

_one_at_a_time = Lock()


class Busy(Exception):
    """Others are being made; try again in a moment."""


@lru_cache(maxsize=1)
def available():
    """Whether this machine can make PDFs. Loads the libraries, not WeasyPrint."""
    try:
        found = importlib.util.find_spec("weasyprint") is not None
    except ValueError:
        return False
    return found and all(any(map(_loads, names)) for names in LIBRARIES)


def _loads(name):
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


@lru_cache(maxsize=1)
def edition():
    """A digest of what PDFs are made from beside signed text."""
    digest = hashlib.sha256()
    for pattern in MADE_FROM:
        for path in sorted(Path(settings.BASE_DIR).glob(pattern)):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def kept(fingerprint, html, base_url):
    """The PDF with that fingerprint, made from ``html()`` if it is not kept. One is made at a time
    in each process; raises Busy for whoever would wait too long."""
    name = f"pdf:{fingerprint}"
    found = cache.get(name)
    if found is not None:
        return found
    if not _one_at_a_time.acquire(timeout=WAIT):
        raise Busy
    try:
        found = cache.get(name)
        if found is None:
            found = made(html(), base_url)
            cache.set(name, found, KEPT)
        return found
    finally:
        _one_at_a_time.release()


def made(html, base_url):
    """The bytes of a tagged PDF, the same for the same HTML."""
    import weasyprint

    pdf_languages.tell()
    page = weasyprint.HTML(string=html, base_url=base_url, url_fetcher=Files(base_url))
    describe_pictures(page.etree_element)
    style_pictures(page.etree_element)
    sheets = [
        weasyprint.CSS(string=tokens()),
        weasyprint.CSS(filename=finders.find("handout.css"), url_fetcher=Files(base_url)),
    ]
    return page.write_pdf(stylesheets=sheets, pdf_variant=VARIANT)


def tokens():
    """The site's own colours and fonts: the first rule of its stylesheet."""
    return _ROOT.search(_sheet("site.css"))[0]


def _sheet(name):
    return _COMMENT.sub("", Path(finders.find(name)).read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def picture_rules():
    """[(selector, declarations)] of both sheets, outside media rules, with the tokens' values."""
    values = {}
    for sheet in ("site.css", "handout.css"):
        values |= dict(_TOKEN.findall(_ROOT.search(_sheet(sheet))[0]))
    plain = _MEDIA.sub("", _sheet("site.css")) + _sheet("handout.css")
    return [
        (selector.strip(), _VALUE.sub(lambda match: values.get(match[1], ""), declarations))
        for selector, declarations in _RULE.findall(plain)
    ]


def style_pictures(root):
    """A drawing is a document of its own to WeasyPrint, which no sheet of the page reaches: each
    gets the rules that name its classes."""
    for picture in root.iter(f"{SVG}svg"):
        names = {name for each in picture.iter() for name in (each.get("class") or "").split()}
        wanted = [
            f"{selector}{{{declarations}}}"
            for selector, declarations in picture_rules()
            if any(f".{name}" in re.findall(r"\.[\w-]+", selector) for name in names)
        ]
        if wanted:
            style = picture.makeelement(f"{SVG}style", {})
            style.text = "\n".join(wanted)
            picture.append(style)


def describe_pictures(root):
    """PDF/UA wants words for each picture: an inline drawing without a title gets its label, or the
    sentence of the figure in which it stands."""
    sentences = {}
    for figure in root.iter("figure"):
        words = " ".join(_first(figure, "sentence").split())
        sentences.update(dict.fromkeys(figure.iter(f"{SVG}svg"), words))
    for picture in root.iter(f"{SVG}svg"):
        if picture.find(f"{SVG}title") is None:
            title = picture.makeelement(f"{SVG}title", {})
            title.text = picture.get("aria-label") or sentences.get(picture) or "·"
            picture.insert(0, title)


def _first(element, name):
    """The text of the first element of a class."""
    for each in element.iter():
        if name in (each.get("class") or "").split():
            return "".join(each.itertext())
    return ""


class Files:
    """Gives WeasyPrint files of ours, and nothing from anywhere else."""

    def __init__(self, base_url):
        self.base = urlsplit(base_url)

    def __call__(self, url):
        from weasyprint.urls import URLFetcherResponse

        name, body = self._file_of(url)
        kind = guess_type(name)[0] or "application/octet-stream"
        return URLFetcherResponse(url, body, {"Content-Type": kind})

    def _file_of(self, url):
        """(name, bytes) of the file that an address of this site stands for."""
        parts = urlsplit(url)
        path = unquote(parts.path)
        try:
            if (parts.scheme, parts.netloc) == (self.base.scheme, self.base.netloc):
                if path.startswith(settings.MEDIA_URL):
                    with default_storage.open(path.removeprefix(settings.MEDIA_URL)) as file:
                        return path, file.read()
                if path.startswith(settings.STATIC_URL):
                    name = path.removeprefix(settings.STATIC_URL)
                    found = _file(settings.STATIC_ROOT, name) or finders.find(name)
                    return found, Path(found).read_bytes()
        except (SuspiciousFileOperation, ValueError, TypeError, OSError):
            pass
        raise ValueError("Only files below static and media are put into a PDF.")


def _file(root, name):
    path = safe_join(root, name)
    return path if Path(path).is_file() else None
