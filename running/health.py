"""Is everything as it should be? Each check yields a sentence for whatever is not.

For ``/readyz``, ``manage.py ready`` and the metrics; the balancer that decides where readers go
asks ``/healthz``: nobody loses a page because a reminder is late.
"""

import shutil
import threading
from time import monotonic

from django.conf import settings
from django.core.cache import caches
from django.core.cache.backends.dummy import DummyCache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from reading.search import index
from review import jobs, languages
from review.models import Verification
from review.verification import text_problems, trigger_problems

KEPT = 10.0  # seconds: a crowd of monitors costs no more than one
LEAST_FREE = 200 * 1024 * 1024  # bytes on the disk of VAR_DIR

_guard = threading.Lock()
_kept = (float("-inf"), {})


def of_database():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    yield from ()


def of_migrations():
    executor = MigrationExecutor(connection)
    for migration, _back in executor.migration_plan(executor.loader.graph.leaf_nodes()):
        yield f"migration {migration} is not applied: run manage.py migrate"


def of_cache():
    for name in settings.CACHES:
        if isinstance(caches[name], DummyCache):
            continue
        try:
            caches[name].set("ready", "yes", 60)
            whole = caches[name].get("ready") == "yes"
        except Exception:  # each backend has errors of its own
            whole = False
        if not whole:
            yield f"the cache {name} does not answer"


def of_index():
    """A missing index is made when it is asked for; one that is there can be read."""
    for code in languages.codes():
        place = index.directory(code)
        if place.exists():
            try:
                with index.reading():
                    index.Index(place)
            except index.Damaged:
                yield f"the search index [{code}] cannot be read: run manage.py index_search {code}"


def of_verification():
    yield from trigger_problems()
    yield from text_problems()
    last = Verification.objects.first()
    if last and last.problems:
        yield f"manage.py verify found {len(last.problems)} things on {last.at:%Y-%m-%d %H:%M}"


def of_jobs():
    yield from jobs.overdue()


def of_disk():
    free = shutil.disk_usage(settings.VAR_DIR).free
    if free < LEAST_FREE:
        yield f"only {free // 1024 // 1024} MB are free where {settings.VAR_DIR} lies"


CHECKS = {
    "database": of_database,
    "migrations": of_migrations,
    "cache": of_cache,
    "index": of_index,
    "verification": of_verification,
    "jobs": of_jobs,
    "disk": of_disk,
}


def found():
    """Name of each check, and its sentences, as of at most ``KEPT`` seconds ago."""
    global _kept
    with _guard:
        if monotonic() - _kept[0] >= KEPT:
            _kept = (monotonic(), _found())
        return _kept[1]


def forget():
    global _kept
    _kept = (float("-inf"), {})


def _found():
    told = {}
    for name, check in CHECKS.items():
        try:
            told[name] = list(check())
        except DatabaseError as error:
            told[name] = [f"the database does not answer ({type(error).__name__})"]
            if name == "database":
                break  # each of the others would wait for it
    return told
