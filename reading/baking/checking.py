"""Whether a release is still what was baked: every fingerprint, every copy, every link."""

import gzip
from hashlib import sha256
from pathlib import Path

import brotli

from . import addresses, release

OPEN = {".br": brotli.decompress, ".gz": gzip.decompress}
KINDS = {
    ".html": "text/html",
    ".json": "application/json",
    ".css": "text/css",
    ".xml": "application/xml",
    ".atom": "application/atom+xml",
}


def problems(out, progress=iter):
    """Sentences about what does not fit in the release that is served."""
    served = release.current(out)
    if served is None:
        raise release.NoRelease(f"{out} serves no release.")
    manifest = served.manifest
    files = {page.file for page in manifest.pages.values() if page.file}
    for address, page in progress(list(manifest.pages.items())):
        path = served.site / page.file
        if not page.file:
            continue
        if page.status == release.TAKEN_OUT:
            if path.exists():
                yield f"{page.file} was withdrawn and is there."
            continue
        yield from _file(path, page)
        if page.status == 200 and path.is_file():
            yield from _links(manifest, address, path)
    for path in served.site.rglob("*"):
        name = path.relative_to(served.site).as_posix()
        bare = name.removesuffix(path.suffix) if path.suffix in OPEN else name
        if path.is_file() and path.suffix != release.ASK and {name, bare}.isdisjoint(files):
            yield f"{name} is not in the manifest."


def _file(path, page):
    try:
        body = path.read_bytes()
    except OSError:
        yield f"{page.file} is missing."
        return
    if sha256(body).hexdigest() != page.sha256:
        yield f"{page.file} is not what was baked."
    for ending, opened in OPEN.items():
        copy = path.with_name(path.name + ending)
        try:
            if copy.exists() and opened(copy.read_bytes()) != body:
                yield f"{page.file}{ending} holds something else than {page.file}."
        except (OSError, EOFError, brotli.error):
            yield f"{page.file}{ending} cannot be read."


def _links(manifest, address, path):
    kind = KINDS.get(Path(path).suffix)
    for link in addresses.links(address, kind, path.read_bytes(), manifest.site) if kind else ():
        pdf = link.partition("?")[0].endswith(".pdf") and not manifest.pdf
        if link not in manifest.pages and not addresses.is_dynamic(link) and not pdf:
            yield f"{address} leads to {link}, which is not there."
