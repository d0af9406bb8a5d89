"""What every test may use: people in their roles, and a database whose records can be cleared."""

import gc
import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.db import connection, connections, transaction
from django.test import TransactionTestCase
from django.utils import translation

from review import clock, quality, triggers
from review.desk import signing_in
from review.quality import texts
from running import health

from . import browsers, factories, loopback, order


def pytest_configure(config):
    # Tests speak plain HTTP to themselves, and fast hashes keep sign-ins short.
    settings.SECURE_SSL_REDIRECT = False
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = False
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # Signing in by ``force_login`` is the test's own short cut: it owes no second factor, and
    # counts no wrong passwords. tests/review/test_signing_in.py has both on, as on a real site.
    settings.SECOND_FACTOR_REQUIRED = settings.AXES_ENABLED = False
    # Each test sees what it has just done; tests/review/test_kept.py turns the keeping on.
    for name in ("pages", "drawn"):
        settings.CACHES[name] = {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


def _settle(request, **more):
    """Nor is it asked for at every page whether somebody owes one."""
    if request.method is None and not settings.SECOND_FACTOR_REQUIRED:  # by ``force_login``
        request.session[signing_in.SETTLED] = True


# What takes longest, the longest first, in seconds of one processor; see order.py.
LONGEST = {
    "reading/test_reader_axe.py": 160,
    "running/test_faults.py": 95,
    "running/test_deployment.py": 50,
    "test_desk_axe.py": 80,
    "review/test_admin_roles.py": 135,
    "permissions/test_matrix.py": 70,
    "test_starter_content.py": 65,
    "test_past_one_machine.py": 40,
    "crcsite/test_languages.py": 40,
    "reading/test_machines.py": 30,
    "reading/test_handouts.py": 30,
}


DATABASE = {"db", "transactional_db", "django_db_setup"}


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """A test without a database is the same on each. Every worker begins with its share of what
    takes longest: none has it left at the end. (``--dist worksteal`` gives each a part of the
    list, from its beginning on.)"""
    for item in items:
        if not (item.get_closest_marker("django_db") or DATABASE & set(item.fixturenames)):
            item.add_marker("any_database")
    yield
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    if workers > 1:
        order.deal(items, workers, LONGEST)


def pytest_collection_finish(session):
    user_logged_in.connect(_settle)
    # Thousands of tests and modules stay until the end: nobody need ask time and again whether they
    # are garbage, and what one test leaves can be swept up some tests later.
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 1000)


_teardown = TransactionTestCase._fixture_teardown


def _teardown_without_triggers(self):
    # Flushing deletes what the triggers protect; the flush's post_migrate puts them back.
    triggers.remove()
    _teardown(self)


TransactionTestCase._fixture_teardown = _teardown_without_triggers


def needs(program):
    """Skip by name where a program is missing; under NO_SKIPS=1 that is a failure."""
    found = shutil.which(program)
    if found is None:
        if os.environ.get("NO_SKIPS") == "1":
            pytest.fail(f"{program} is not installed, and nothing may be skipped here")
        pytest.skip(f"{program} is not installed")
    return found


@pytest.fixture(scope="session", autouse=True)
def checks():
    """Most tests publish nonsense on purpose: what stops a text for its words is not asked there.
    Whoever tests that asks for ``checked``."""
    lists = quality._checks, texts._stopping, texts._advising
    kept = [each[:] for each in lists]
    for each in lists:
        each.clear()

    @contextmanager
    def turned_on():
        for each, all_ in zip(lists, kept, strict=True):
            each[:] = all_
        yield
        for each in lists:
            each.clear()

    return turned_on


@pytest.fixture
def checked(checks):
    """Texts are checked before they are submitted, signed and published, as on a real site."""
    with checks():
        yield


@pytest.fixture
def chromium():
    return needs("chromium")


@pytest.fixture(scope="module")
def one_browser():
    with browsers.started(needs("chromium")) as started:
        yield started


@pytest.fixture
def browser(one_browser, transactional_db):
    """A browser in which nothing was done yet: one runs for a module's tests, and whatever each of
    them opens in it (cookies, storage, cache, workers) is closed with the test."""
    yield one_browser
    for context in one_browser.contexts:
        context.close()
    connections.close_all()


@pytest.fixture(scope="module")
def processes(tmp_path_factory):
    """What a module starts (loopback.py); it is ended with the module."""
    started = loopback.Processes(tmp_path_factory.mktemp("processes"))
    yield started
    started.end()


@pytest.fixture(scope="module")
def cluster(processes):
    """A PostgreSQL of the module's own, to be taken away."""
    programs = loopback.postgresql()
    if programs is None:
        needs("initdb")
    with TemporaryDirectory(prefix="crcsite-") as place:  # pytest's own is closed to others
        cluster = loopback.Cluster(Path(place), programs)
        yield cluster
        for name in ("replica", "primary"):
            cluster.stop(name)


@pytest.fixture
def people(db):
    """``people.editor``, ``people.advisor``, ``people.translator`` …: see factories.People."""
    return factories.People()


@pytest.fixture(autouse=True)
def nothing_kept(settings, tmp_path_factory):
    """What a process keeps of signed text is not good for the next test's database."""
    settings.SEARCH_ROOT = tmp_path_factory.getbasetemp() / "search"
    clock.forget()
    health.forget()


@pytest.fixture(autouse=True)
def source_language():
    """A page that one test asked for leaves its language active: no other test hears of it."""
    with translation.override(settings.LANGUAGE_CODE):
        yield


@pytest.fixture
def sql(db):
    """``sql(statement, *values)``: as somebody who holds the database connection."""

    def execute(statement, *values):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, values)

    return execute


@pytest.fixture
def sql_unguarded(sql):
    """The same for somebody who takes the triggers down before and puts them back after."""

    def execute(statement, *values):
        if connection.vendor == "postgresql":
            connection.check_constraints()  # no trigger can be dropped while any check is deferred
        triggers.remove()
        sql(statement, *values)
        if connection.vendor == "postgresql":
            connection.check_constraints()
        triggers.install()

    return execute
