"""Releases: whole copies of the site side by side, one of them served through a link.

    OUT/current -> releases/<line>-<time>     what the web server reads
    OUT/releases/<line>-<time>/site/          one file an address, with .br and .gz beside it
                              /nginx/         what nginx must know beside the files
                              /manifest.json  fingerprints, and what each page rests on

A release is built under another name and takes its place by one rename. After that nothing in it
changes, but for what is withdrawn: that is taken out of every release at once, so that no way back
leads to it.
"""

import fcntl
import json
import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from django.utils import timezone

from .pages import ENDINGS, Page

VERSION = 1
KEPT = 5  # releases
TAKEN_OUT = 0  # the status of a page that is to be made anew: meanwhile Django is asked
ASK = ".ask"  # beside, or in place of, a file: Django knows the answer
MAKING = ".making"


class NoRelease(Exception):
    """There is no release that could do what was asked for; the message says why."""


@dataclass
class Manifest:
    """What a release holds, and what it was made from."""

    site: str
    edition: str
    line: list  # of the ledger: number, digest
    pdf: bool
    headers: dict = field(default_factory=dict)  # kind of address -> name -> value
    pages: dict = field(default_factory=dict)  # address -> Page

    def save(self, path):
        things = {}
        pages = {
            address: [*page[:-1], [things.setdefault(each, len(things)) for each in page.rests]]
            for address, page in sorted(self.pages.items())
        }
        told = {"version": VERSION, **vars(self), "things": list(things), "pages": pages}
        fresh = path.with_name(f".{path.name}.new")
        with open(fresh, "w", encoding="utf-8") as file:
            file.write(json.dumps(told, ensure_ascii=False, separators=(",", ":")))
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, path)

    @classmethod
    def load(cls, path):
        try:
            told = json.loads(path.read_bytes())
            if told.pop("version") != VERSION:
                raise NoRelease(f"{path} is of another version of the site: bake it whole.")
            things = told.pop("things")
            told["pages"] = {
                address: Page(*values[:-1], tuple(things[each] for each in values[-1]))
                for address, values in told["pages"].items()
            }
            return cls(**told)
        except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
            raise NoRelease(f"{path} cannot be read: {error}.") from None


class Release:
    def __init__(self, path):
        self.path = Path(path)
        self.site = self.path / "site"
        self.nginx = self.path / "nginx"
        self._manifest = None

    @property
    def name(self):
        return self.path.name

    @property
    def manifest(self):
        if self._manifest is None:
            self._manifest = Manifest.load(self.path / "manifest.json")
        return self._manifest

    @manifest.setter
    def manifest(self, manifest):
        self._manifest = manifest

    def save(self):
        self.manifest.save(self.path / "manifest.json")

    def take_out(self, things):
        """Remove every page that rests on one of these; says how many."""
        pages = self.manifest.pages
        gone = [
            address
            for address, page in pages.items()
            if page.file and page.status != TAKEN_OUT and not things.isdisjoint(page.rests)
        ]
        for address in gone:
            remove(self.site / pages[address].file)
            pages[address] = pages[address]._replace(status=TAKEN_OUT)
        if gone:
            self.save()
        return len(gone)


def remove(path):
    """Take a file away, with its compressed copies; whoever asks for it is sent to Django."""
    path.with_name(path.name + ASK).touch()
    for ending in ("", *ENDINGS):
        path.with_name(path.name + ending).unlink(missing_ok=True)


# -- The folder that holds them ------------------------------------------------------------------


def all_of(out):
    """Every release, the oldest first."""
    folder = Path(out, "releases")
    found = [each for each in folder.glob("[0-9]*") if each.is_dir()] if folder.is_dir() else []
    return [Release(path) for path in sorted(found)]


def current(out):
    """The release that is served, or None."""
    link = Path(out, "current")
    return Release(link.resolve()) if link.is_dir() else None


@contextmanager
def locked(out):
    """One bake at a time; a second one waits for nothing and is told."""
    Path(out, "releases").mkdir(parents=True, exist_ok=True)
    with open(Path(out, "lock"), "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NoRelease(f"Another bake is writing to {out}: wait until it ends.") from None
        yield


def begin(out):
    """An empty release that nobody sees yet."""
    path = Path(out, "releases", MAKING)
    shutil.rmtree(path, ignore_errors=True)  # what a bake left that was killed
    (path / "site").mkdir(parents=True)
    (path / "nginx").mkdir()
    return Release(path)


def finish(out, made):
    """Give a release its name and serve it."""
    made.save()
    at = timezone.now().strftime("%Y%m%dT%H%M%S.%f")
    path = Path(out, "releases", f"{made.manifest.line[0]:09}-{at}")
    os.rename(made.path, path)
    release = Release(path)
    release.manifest = made.manifest
    serve(out, release)
    return release


def serve(out, release):
    """One rename: whoever asks gets the one release or the other."""
    fresh = Path(out, ".current.new")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(Path("releases", release.name))
    os.replace(fresh, Path(out, "current"))


def roll_back(out):
    """Serve the release before the one that is served."""
    now, earlier = current(out), None
    for release in all_of(out):
        if now is not None and release.name == now.name:
            break
        earlier = release
    if now is None or earlier is None:
        raise NoRelease(f"There is no release before the one that {out} serves.")
    serve(out, earlier)
    return earlier


def prune(out, kept=KEPT):
    """Delete the oldest releases; never the one that is served."""
    served = current(out)
    for release in all_of(out)[:-kept]:
        if served is None or release.name != served.name:
            shutil.rmtree(release.path, ignore_errors=True)
