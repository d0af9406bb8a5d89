"""The board of a site with some hundred texts in every state: what it says, and what it costs."""

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings

from review import demonstration, seeding, staleness, structure, workflow
from review.content import content_model
from review.desk import cells
from review.lookups import live, newest_revision
from topics.models import Guide, Topic

BOARD = "/admin/review/board/"


@pytest.fixture(autouse=True)
def anew():
    cells._kept.clear()


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture(scope="module")
def seeded(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic(), override_settings(DEMO=True):
        demonstration.make_accounts()
        seeding.seed(items=180, revisions=1200)
        yield
        transaction.set_rollback(True)


@pytest.fixture
def site(seeded, db):
    return None


def named(username):
    return get_user_model().objects.get(username=username)


def test_every_cell_says_what_revisions_and_ledger_say(site):
    seen = set()
    for (kind, key), item in cells.board().items.items():
        row = content_model(kind)._base_manager.get(key=key)
        for code, (state_, _work) in item.cells.items():
            sign_off, newest = live(row, code), newest_revision(row, code)
            seen.add(state_)
            if sign_off:
                age = staleness.outdated_by(sign_off.revision)
                assert state_ == (f"outdated-{age}" if age else "current"), row
            elif newest is None:
                assert state_ == ("missing" if live(row, "en") else "waiting"), row
            else:
                assert state_ in ("draft", "in-review", "withdrawn", "outdated-safety"), row
    assert seen >= {"current", "missing", "draft", "in-review", "withdrawn", "outdated-meaning"}


def test_what_moved_is_told_anew_as_if_everything_were(site):
    kept = cells.board()
    some = next(item for item in kept.items.values() if "draft" in item.cells["es"])
    row = some.model._base_manager.get(pk=some.pk)
    workflow.discard(newest_revision(row, "es"), by=named("translator-es"))
    guide = Guide.objects.first()
    structure.create_item(Topic, by=named("editor"), key="new", slug="new", guide=guide, position=3)
    structure.restructure(Topic.objects.first(), by=named("editor"), position=9)
    again = cells.board()
    assert again is not kept

    cells._kept.clear()
    whole = cells.board()

    assert list(again.items.values()) == list(whole.items.values())
    assert again.by_language == whole.by_language
    assert cells.board() is whole


def test_queries_are_as_many_for_any_size_and_filter(site):
    client = client_of(named("admin"))
    asked = ["", "?language=es", "?state=to-do&order=next", "?state=missing&page=2"]
    counts = []
    for address in asked:
        client.get(BOARD + address)
        with CaptureQueriesContext(connection) as queries:
            response = client.get(BOARD + address)
        assert response.status_code == 200
        counts.append(len(queries))
    assert set(counts) == {counts[0]}
    with CaptureQueriesContext(connection) as few:
        cells._kept.clear()
        cells.board()
    seeding.seed(items=60, revisions=200)
    with CaptureQueriesContext(connection) as more:
        cells._kept.clear()
        cells.board()
    assert len(few) == len(more) < 30
