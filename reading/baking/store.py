"""Copying the release that is served into a bucket (``BAKED_BUCKET``), for a CDN to read from.

An object has the name of its file. What the bucket holds stands in an object of its own, so that
only what changed is sent; before anything is changed it says what is about to be, so that a copy
that was killed is ended by the next.
"""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from django.core.files.storage import InvalidStorageError, storages

from review import languages
from review.kept import CACHE_CONTROL

from . import addresses, release, serving
from .checking import KINDS

STATE = ".baked.json"
LOADED = ("static/", "media/")
AT_ONCE = 16  # objects on their way
# As Django names them; the rest is of kinds that have no compressed copy.
TYPES = KINDS | {
    ".js": "text/javascript",
    ".txt": "text/plain",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".webp": "image/webp",
    ".pdf": "application/pdf",
    ".woff2": "font/woff2",
}
ENCODINGS = {"": "", ".br": "br", ".gz": "gzip"}
UNKNOWN = ""  # what an object holds while it is being changed


class NotStored(Exception):
    """The bucket is not what was baked; the message says why."""


@dataclass
class Copied:
    sent: int = 0
    same: int = 0
    removed: int = 0


class Store:
    """The bucket, and what it is known to hold."""

    def __init__(self):
        try:
            self.bucket = storages["baked"]
        except InvalidStorageError:
            raise NotStored(
                "Set BAKED_BUCKET to the bucket that --upload writes to, and S3_ENDPOINT to its "
                "server where that is not Amazon's (docs/scale.md)."
            ) from None
        self._held()  # before anything is made: whether it can be reached at all

    def remove_withdrawn(self, served):
        """Delete at once what a release shows no more because a text was withdrawn."""
        taken = [p.file for p in served.manifest.pages.values() if p.status == release.TAKEN_OUT]
        if not taken:
            return 0
        held = self._held()
        keys = {f"{file}{ending}" for file in taken for ending in ENCODINGS} & held.keys()
        self._remove(keys, held)
        if keys:
            self._hold({key: digest for key, digest in held.items() if key not in keys})
        return len(keys)

    def copy(self, served, progress=lambda total: None):
        """Make the bucket what a release is: pages that are there no more go first, then comes what
        pages load, then the pages; what only earlier pages loaded goes last."""
        wanted, held = wanted_of(served), self._held()
        changed = [key for key, each in wanted.items() if held.get(key) != each.digest]
        gone = held.keys() - wanted.keys()
        outcome = Copied(len(changed), len(wanted) - len(changed), len(gone))
        if not changed and not gone:
            return outcome
        first = {key for key in gone if not key.startswith(LOADED)}
        held |= dict.fromkeys(changed, UNKNOWN)
        self._remove(first, held)
        self._hold({key: digest for key, digest in held.items() if key not in first})
        bar = progress(len(changed))
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for pages in (False, True):
                some = [key for key in changed if wanted[key].page == pages]
                for _ in pool.map(lambda key: self._put(key, wanted[key]), some):
                    if bar is not None:
                        bar.update()
        if bar is not None:
            bar.close()
        now = {key: each.digest for key, each in wanted.items()}
        self._remove(gone - first, now | dict.fromkeys(gone - first, UNKNOWN))
        self._hold(now)
        return outcome

    def _put(self, key, each):
        with _saying():
            self.bucket.put(key, each.body(), **each.headers)

    def _remove(self, keys, held):
        """What is noted before and after is right whenever this is stopped."""
        if keys:
            self._hold(held)
            with _saying():
                self.bucket.remove(keys)

    def _held(self):
        """Key to digest; of objects that others put there nothing is known, and they stay."""
        try:
            return json.loads(self.bucket.read(STATE))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise NotStored(str(error)) from None

    def _hold(self, held):
        body = json.dumps(held, separators=(",", ":")).encode()
        with _saying():
            self.bucket.put(
                STATE, body, ContentType="application/json", CacheControl="private, no-store"
            )


@contextmanager
def _saying():
    try:
        yield
    except OSError as error:
        raise NotStored(str(error)) from None


# -- What a release has to hold there ------------------------------------------------------------


class Object(NamedTuple):
    digest: str  # of bytes and headers
    headers: dict  # as the service calls them
    path: Path | None  # none where only the headers say something
    page: bool  # whether it loads others

    def body(self):
        return self.path.read_bytes() if self.path else b""


def wanted_of(served):
    """Key to Object."""
    found = {}
    for address, page in served.manifest.pages.items():
        path = address.partition("?")[0]
        if page.status in (301, 302) and page.to:
            target = page.to.removeprefix(served.manifest.site)
            moved = {"WebsiteRedirectLocation": target, "CacheControl": CACHE_CONTROL}
            found[addresses.file_of(address)] = _object(moved, target, None, True)
        elif page.status in (200, 410):
            told = served.manifest.headers.get(serving.kind_of(path), {})
            for ending, encoding in ENCODINGS.items():
                file = served.site / f"{page.file}{ending}"
                if ending and not file.exists():
                    continue
                headers = _headers(page, path, told, encoding)
                is_page = page.file.endswith(".html")
                found[f"{page.file}{ending}"] = _object(headers, page.sha256, file, is_page)
    return found


def _object(headers, content, path, page):
    told = json.dumps([sorted(headers.items()), content]).encode()
    return Object(blake2b(told, digest_size=12).hexdigest(), headers, path, page)


def _headers(page, path, told, encoding):
    suffix = Path(page.file).suffix
    kind = TYPES.get(suffix, "application/octet-stream")
    if kind.startswith("text/") or kind == "application/atom+xml":
        kind += "; charset=utf-8"
    headers = {"ContentType": kind, "CacheControl": told.get("Cache-Control", CACHE_CONTROL)}
    code = path.removeprefix("/errors").lstrip("/").partition("/")[0]
    if code in languages.codes():
        headers["ContentLanguage"] = code
    if encoding:
        headers["ContentEncoding"] = encoding
    return headers
