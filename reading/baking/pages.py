"""One address's answer, asked of Django in this process, and its file with compressed copies."""

import gzip
import os
from concurrent.futures import ProcessPoolExecutor, as_completed
from hashlib import sha256
from io import BytesIO
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import brotli
from django.core.handlers.base import BaseHandler
from django.core.handlers.wsgi import WSGIRequest
from django.db import connections
from django.http import Http404
from django.views.defaults import page_not_found, server_error

from review import basis, clock, languages
from review.kept import LEAST
from review.readers import Reader, respond

from . import addresses

# Measured on the starter site: 10 is within 2 % of 11, at less than half of its time.
BROTLI, GZIP = 10, 9
ENDINGS = (".br", ".gz")
COMPRESSED = (
    "text/",
    "application/json",
    "application/xml",
    "application/atom+xml",
    "image/svg+xml",
)
AT_ONCE = 8  # addresses that a process is given together
FEW = 40  # answers that are not worth other processes
# What the web server says by itself, or what depends on who asks.
ITS_OWN = {"content-length", "content-type", "date", "etag", "last-modified", "vary"}

_handler = None


def forget():
    """The next question is asked with the settings as they are then."""
    global _handler
    _handler = None


class NotBaked(Exception):
    """Django does not answer as a site that can be baked; the message says where and how."""


class Page(NamedTuple):
    """An answer as the manifest keeps it."""

    status: int
    file: str = ""  # below ``site``; none for what leads elsewhere or is not there
    sha256: str = ""
    size: int = 0
    to: str = ""  # where a 301 or 302 leads
    link: str = ""  # the header of an API answer: its other pages
    etag: str = ""  # of what is costly to make: asked with it, an unchanged PDF is not made again
    until: str = ""  # from this day on it may be another
    rests: tuple = ()


class Made(NamedTuple):
    """A page, what it leads to, and the headers that the web server must send with it."""

    address: str
    page: Page
    links: list
    headers: dict
    same: bool = False  # as the bytes of the release before


class Job(NamedTuple):
    address: str
    site: Path  # where files are written
    before: Path | None  # ``site`` of the release before
    known: Page | None  # the page there


def ask(address, etag=""):
    """(response, body, noted): what Django answers a reader without cookies."""
    global _handler
    if _handler is None:
        _handler = BaseHandler()
        _handler.load_middleware()
    request = _request(address, etag)
    with basis.noting() as noted:
        if address.startswith("/errors/"):
            response = _error(request, *Path(address).with_suffix("").parts[-2:])
        else:
            response = _handler.get_response(request)
        body = b"".join(response)
    if response.streaming:
        response.close()
    return response, body, noted


def _request(address, etag):
    site, parts = urlsplit(addresses.origin()), urlsplit(address)
    port = site.port or (443 if site.scheme == "https" else 80)
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": unquote(parts.path).encode().decode("latin-1"),
        "QUERY_STRING": parts.query,
        "SCRIPT_NAME": "",
        "SERVER_NAME": site.hostname,
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": site.netloc,
        "REMOTE_ADDR": "",  # nobody, whom no limit holds
        "wsgi.url_scheme": site.scheme,
        "wsgi.input": BytesIO(),
    }
    if site.scheme == "https":
        environ["HTTP_X_FORWARDED_PROTO"] = "https"
    if etag:
        environ["HTTP_IF_NONE_MATCH"] = etag
    return WSGIRequest(environ)


def _error(request, code, name):
    """A page that no address has: what the web server shows when something is not there."""
    with languages.active(code):
        if name == "404":
            return page_not_found(request, Http404())
        if name == "500":
            return server_error(request)
        # The links to other languages are those of the page that does not answer.
        request.path = request.path_info = f"/{code}/{'search/' if name == 'search' else ''}"
        context = {"searching": name == "search", "unlisted": True}
        return respond(request, Reader(code), "reading/away.html", **context)


# -- Files ---------------------------------------------------------------------------------------


def make(job):
    """Ask for one address and write its file. Called in any process."""
    response, body, noted = ask(job.address, job.known.etag if job.known else "")
    status, rests = response.status_code, tuple(sorted(noted))
    if job.address.startswith("/errors/"):
        status = 200  # the page itself is there; the web server says what it is shown for
    until = noted.until.isoformat() if noted.until else ""
    if status == 304:
        page = job.known._replace(rests=rests, until=until)
        _keep(job, page)
        return Made(job.address, page, [], {}, same=True)
    if status in (301, 302):
        page = Page(status, to=response["Location"], rests=rests, until=until)
        return Made(
            job.address, page, addresses.links(job.address, "text/html", _link(page.to)), {}
        )
    if status not in (200, 410):
        return Made(job.address, Page(status, rests=rests, until=until), [], {})
    kind = response["Content-Type"].partition(";")[0]
    page = Page(
        status,
        addresses.file_of(job.address, status),
        sha256(body).hexdigest(),
        len(body),
        link=response.get("Link", "") if kind == "application/json" else "",
        etag=response["ETag"] if kind == "application/pdf" else "",
        until=until,
        rests=rests,
    )
    same = bool(job.known) and (job.known.file, job.known.sha256) == (page.file, page.sha256)
    if same:
        _keep(job, page)
    else:
        write(job.site / page.file, body, kind.startswith(COMPRESSED))
    links = addresses.links(job.address, kind, body) if status == 200 else []
    links += addresses.next_page(job.address, page.link)
    headers = {k: v for k, v in response.items() if k.lower() not in ITS_OWN}
    return Made(job.address, page, links, headers, same)


def _link(target):
    return f' href="{target}"'.encode()


def _keep(job, page):
    """The files of the release before, where this is another one."""
    if job.before is not None and job.before != job.site:
        link(job.before, job.site, page.file)


def link(before, site, name):
    """The same file in another release, with its compressed copies; it takes no room."""
    (site / name).parent.mkdir(parents=True, exist_ok=True)
    for ending in ("", *ENDINGS):
        try:
            os.link(before / f"{name}{ending}", site / f"{name}{ending}")
        except FileNotFoundError:
            if not ending:
                raise
        except FileExistsError:
            pass


def write(path, body, compress):
    """A file and its compressed copies, each whole or not there: a name that a release before also
    has is never written into."""
    path.parent.mkdir(parents=True, exist_ok=True)
    found = {"": body}
    if compress and len(body) >= LEAST:
        found[".br"] = brotli.compress(body, quality=BROTLI)
        found[".gz"] = gzip.compress(body, compresslevel=GZIP, mtime=0)
    for ending in ("", *ENDINGS):
        name = path.with_name(path.name + ending)
        if ending not in found:
            name.unlink(missing_ok=True)
            continue
        fresh = name.with_name(f".{name.name}.new")
        fresh.write_bytes(found[ending])
        os.replace(fresh, name)


# -- Many ----------------------------------------------------------------------------------------


class Makers:
    """Makes pages in this process, or in several when there are many."""

    def __init__(self, processes):
        self.processes, self.pool = processes, None

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        if self.pool is not None:
            self.pool.shutdown(cancel_futures=True)

    def make(self, jobs, also):
        """Yields what is made; ``also(made)`` gives further jobs, which are made as well."""
        waiting = list(jobs)
        while waiting and (self.processes < 2 or (self.pool is None and len(waiting) <= FEW)):
            made = make(waiting.pop())
            waiting += also(made)
            yield made
        if waiting:
            yield from self._in_processes(waiting, also)

    def _in_processes(self, waiting, also):
        if self.pool is None:
            connections.close_all()  # no connection is shared between processes
            context = get_context("fork")
            self.pool = ProcessPoolExecutor(self.processes, mp_context=context)
        running = set()
        while waiting or running:
            while waiting and len(running) < 2 * self.processes:
                chosen, waiting = waiting[:AT_ONCE], waiting[AT_ONCE:]
                running.add(self.pool.submit(_make_several, chosen))
            done = next(as_completed(running))
            running.remove(done)
            for made in done.result():
                waiting += also(made)
                yield made


def _make_several(jobs):
    clock.forget()  # what this process knows of the ledger may be a second old
    return [make(job) for job in jobs]
