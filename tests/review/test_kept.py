"""Pages are kept by the ledger's newest line, and never longer than what they show is true."""

import gzip
from datetime import timedelta

import brotli
import pytest
import time_machine
from django.core.cache import caches
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone

from review import addresses, clock, file_cache, kept, workflow
from review.models import LedgerEntry
from tests import factories as f
from topics.models import Topic

pytestmark = pytest.mark.django_db(transaction=True)

LOCAL = {
    name: {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": f"test-{name}"}
    for name in ("default", "pages", "drawn")
}


@pytest.fixture(autouse=True)
def keeping(settings):
    settings.CACHES = LOCAL
    empty()
    clock.forget()
    yield
    empty()
    clock.forget()


def empty():
    for name in ("pages", "drawn"):
        caches[name].clear()


@pytest.fixture
def reader():
    return Client()


@pytest.fixture
def page(people):
    guide = f.make_guide()
    f.make_public(people, guide)
    topic = f.make_topic(guide)
    f.make_public(people, topic)
    return topic.get_absolute_url()


def test_kept_page_costs_one_question_a_second_and_is_the_same(
    reader, page, django_assert_num_queries
):
    first = reader.get(page)
    with django_assert_num_queries(0):
        second = reader.get(page)
    clock.forget()
    with django_assert_num_queries(1):
        third = reader.get(page)

    assert first.content == second.content == third.content
    assert first.headers == second.headers == third.headers


def test_withdrawn_text_is_gone_at_the_next_request_of_the_process(people, reader, page):
    assert reader.get(page).status_code == 200

    topic = Topic.objects.get()
    workflow.withdraw(topic, "en", by=people.advisor, reason="wrong")

    assert reader.get(page).status_code == 410
    assert reader.get(page).status_code == 410


def test_another_process_hears_of_a_withdrawal_within_a_second(reader, page, monkeypatch):
    reader.get(page)
    now = clock.monotonic()
    before = clock.newest()
    written_elsewhere = LedgerEntry.objects.order_by("-number").first()
    written_elsewhere.number += 1
    written_elsewhere.digest = "d" * 64
    LedgerEntry.objects.bulk_create([written_elsewhere])

    monkeypatch.setattr(clock, "monotonic", lambda: now + 0.5)
    assert clock.newest() == before
    monkeypatch.setattr(clock, "monotonic", lambda: now + 1.1)
    assert clock.newest().digest == "d" * 64


@pytest.mark.parametrize(
    ("accepted", "encoding", "read"),
    [
        ("", "", bytes),
        ("gzip, deflate", "gzip", gzip.decompress),
        ("gzip, deflate, br", "br", brotli.decompress),
    ],
)
def test_page_is_compressed_as_the_browser_asks(reader, page, accepted, encoding, read):
    plain = reader.get(page).content

    for _ in range(2):
        response = reader.get(page, HTTP_ACCEPT_ENCODING=accepted)

        assert response.get("Content-Encoding", "") == encoding
        assert read(response.content) == plain
        assert len(response.content) == int(response["Content-Length"])
        assert "accept-encoding" in response["Vary"].lower()


def test_page_is_drawn_once_for_every_host_and_encoding_and_for_the_next_process(
    page, settings, tmp_path, django_assert_num_queries
):
    settings.ALLOWED_HOSTS = ["one.example", "two.example"]
    files = {
        "BACKEND": "review.file_cache.FileCache",
        "LOCATION": str(tmp_path / "drawn"),
    }
    settings.CACHES = {**LOCAL, "drawn": files}
    first = Client(headers={"host": "one.example"}).get(page)
    clock.forget()
    caches["pages"].clear()  # as a restart does

    with django_assert_num_queries(1):  # which line of the ledger is the newest
        again = Client(headers={"host": "one.example"}).get(page)
        other = Client(headers={"host": "two.example:8000"}).get(page)
        small = Client(headers={"host": "two.example", "accept-encoding": "br"}).get(page)

    assert again.content == first.content
    assert again.headers == first.headers
    assert b"http://one.example/en/" in first.content
    moved = first.content.replace(b"http://one.example", b"http://two.example")
    assert brotli.decompress(small.content) == moved
    assert other.content == moved.replace(b"two.example", b"two.example:8000")
    assert int(other["Content-Length"]) == len(other.content)


def test_no_word_of_a_text_is_taken_for_the_host_that_is_nowhere(people, settings):
    topic = f.make_topic()
    f.make_public(people, topic.guide)
    body = "It leads to nowhere.invalid and to https://nowhere.invalid/en/."
    f.make_public(people, topic, text=f.text_for(Topic, body=body))

    for _ in range(2):
        page = Client().get(topic.get_absolute_url()).content.decode()
        assert page.count("nowhere.invalid") >= 2
        assert addresses.HOST not in page


def test_files_of_drawn_pages_are_no_more_than_allowed(tmp_path, monkeypatch):
    monkeypatch.setattr(file_cache, "OFTEN", 1)
    cache = file_cache.FileCache(str(tmp_path), {"OPTIONS": {"MAX_ENTRIES": 10}})

    for number in range(50):
        cache.set(f"page-{number}", b"drawn")

    assert 0 < len(list(tmp_path.iterdir())) <= 10


def test_text_that_was_withdrawn_while_nobody_answered_is_not_shown_after_a_restart(
    people, reader, page
):
    assert reader.get(page).status_code == 200
    workflow.withdraw(Topic.objects.get(), "en", by=people.advisor, reason="wrong")
    clock.forget()
    caches["pages"].clear()

    assert reader.get(page).status_code == 410


def test_who_has_the_page_gets_304_without_a_query(reader, page, django_assert_num_queries):
    etag = reader.get(page)["ETag"]

    with django_assert_num_queries(0):
        response = reader.get(page, HTTP_IF_NONE_MATCH=etag)

    assert (response.status_code, response.content) == (304, b"")
    assert response["ETag"] == etag
    assert response["Cache-Control"] == kept.CACHE_CONTROL
    assert reader.get(page, HTTP_IF_NONE_MATCH='W/"other"').status_code == 200


def test_page_is_drawn_anew_when_the_day_changes(people, reader, page):
    before = reader.get(page).content

    with time_machine.travel(timezone.now() + timedelta(days=500), tick=False):
        clock.forget()
        assert reader.get(page).content != before


def test_what_is_one_persons_is_not_kept(people, page, django_assert_num_queries):
    client = Client()
    client.force_login(people.admin)
    client.get("/admin/")
    assert len(caches["pages"]._cache) == len(caches["drawn"]._cache) == 0

    client.get(page)

    # Who works here gets the very page that readers get.
    assert Client().get(page).content == client.get(page).content
    assert not client.get(page).cookies


@pytest.mark.parametrize("address", ["/en/no-such-page/", "/", "/en/search/?q=x"])
def test_what_is_not_the_same_for_everybody_is_not_kept(reader, people, address):
    reader.get(address)

    assert len(caches["pages"]._cache) == len(caches["drawn"]._cache) == 0


@pytest.mark.fault("gone", "the database", "reading kept pages")
def test_kept_pages_are_given_while_the_database_is_away(reader, page, monkeypatch):
    before = reader.get(page).content
    clock.forget()

    def away(*args):
        raise DatabaseError("away")

    monkeypatch.setattr(LedgerEntry.objects, "order_by", away)

    assert reader.get(page).content == before


@pytest.mark.fault("gone", "the cache", "reading")
def test_cache_that_is_away_costs_time_and_no_page(reader, page, monkeypatch):
    before = reader.get(page).content

    def away(*args, **kwargs):
        raise ConnectionError("away")

    monkeypatch.setattr(type(caches["pages"]), "get", away)
    monkeypatch.setattr(type(caches["pages"]), "set", away)

    assert reader.get(page).content == before
