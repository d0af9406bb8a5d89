"""In a real browser: a guide is readable with the server stopped, and never an old copy with it
running; a text that changed since it was read says so."""

import re
from urllib.parse import urlsplit

import pytest
from django.core.servers.basehttp import WSGIRequestHandler
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from review import workflow
from tests import factories as f
from topics.models import Topic

HELD = "async () => (await (await caches.open('copies')).keys()).map((each) => each.url)"


@pytest.fixture
def server(transactional_db, monkeypatch):
    # A connection that stays open would be answered after the server has stopped.
    monkeypatch.setattr(WSGIRequestHandler, "protocol_version", "HTTP/1.0")
    started = LiveServer("localhost")
    started._live_server_modified_settings.enable()
    yield started
    started._live_server_modified_settings.disable()
    started.stop()


@pytest.fixture
def page(browser, server):
    return browser.new_context(base_url=server.url, locale="en-GB").new_page()


@pytest.fixture
def topic(people, page):
    guide = f.make_guide(slug="liver")
    f.make_public(people, guide)
    made = f.make_topic(guide, slug="why")
    f.make_public(people, made, text=f.text_for(Topic, title="First title"))
    return made


def kept(page):
    page.wait_for_selector("html[data-kept=yes]", state="attached")


def test_guide_once_opened_is_readable_with_the_server_stopped(page, topic, server):
    page.goto("/en/guides/liver/")
    kept(page)
    expect(page.locator(".copy").first).to_be_hidden()
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")

    server.stop()
    page.goto("/en/guides/liver/")

    expect(page.get_by_role("heading", level=1)).to_have_text("Text of title.")
    expect(page.locator(".copy").first).to_contain_text(
        re.compile(r"the copy that this device kept on (\d+ \w+|\w+ \d+,) \d{4};")
    )
    expect(page.locator(".copy.late")).to_be_hidden()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == colour


def test_visit_plan_once_opened_is_there_with_what_was_written_when_the_server_stopped(
    page, topic, server
):
    page.goto("/en/visit-plan/")
    kept(page)
    page.locator("#own-notes").fill("Bring the folder")

    server.stop()
    page.goto("/en/visit-plan/")

    expect(page.locator(".copy").first).to_be_visible()
    expect(page.locator("#own-notes")).to_have_value("Bring the folder")
    assert "Bring" not in page.evaluate(
        "async () => await (await (await caches.open('copies')).match(location.pathname)).text()"
    )


def test_copy_past_its_review_date_warns(page, topic, server, people):
    page.goto("/en/guides/liver/why/")
    kept(page)
    due = Topic.objects.get(pk=topic.pk).sign_off_en.next_review
    assert page.locator(".copies").get_attribute("data-due") == str(due)
    page.evaluate(
        """async (day) => {
            const copies = await caches.open("copies");
            const copy = await copies.match(location.pathname);
            const html = (await copy.text()).replace(/data-due="[^"]*"/, `data-due="${day}"`);
            await copies.put(location.pathname, new Response(html, {headers: copy.headers}));
        }""",
        "2001-01-01",
    )

    server.stop()
    page.goto("/en/guides/liver/why/")

    expect(page.locator(".copy.late")).to_be_visible()


def test_network_comes_first_and_what_was_withdrawn_leaves_no_copy(page, topic, people, server):
    page.goto("/en/guides/liver/why/")
    kept(page)
    f.make_public(people, topic, text=f.text_for(Topic, title="Second title"))
    page.goto("/en/guides/liver/why/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Second title")
    assert any(each.endswith("/why/") for each in page.evaluate(HELD))

    workflow.withdraw(topic, "en", by=people.advisor, reason="Wrong")
    page.goto("/en/guides/liver/why/")

    expect(page.get_by_role("heading", level=1)).to_have_text("This text was withdrawn")
    assert not any(each.endswith("/why/") for each in page.evaluate(HELD))


def test_nothing_but_guides_the_visit_plan_and_what_they_need_is_kept(page, topic, server):
    page.goto("/en/guides/liver/")
    kept(page)
    opened = ("/en/guides/liver/why/", "/en/visit-plan/")
    for path in (*opened, "/en/", "/en/ask/", "/en/guides/liver/?a=b", "/admin/"):
        page.goto(path)

    held = [urlsplit(each).path for each in page.evaluate(HELD)]

    pages = {each for each in held if not each.startswith("/static/")}
    assert pages == {"/en/guides/liver/", *opened}
    assert not any("admin" in each or "desk" in each for each in held)
    assert page.evaluate("navigator.serviceWorker.controller") is None  # on a page of the admin


def test_text_that_changed_since_it_was_read_says_so_with_the_way_to_what_changed(
    page, topic, people
):
    first = Topic.objects.get(pk=topic.pk).sign_off_en
    page.goto("/en/guides/liver/why/")
    page.reload()
    expect(page.locator(".seen")).to_be_hidden()
    workflow.reaffirm(topic, "en", by=people.advisor, expected=first.fingerprints)
    page.reload()
    expect(page.locator(".seen")).to_be_hidden()
    f.make_public(people, topic, text=f.text_for(Topic, title="Second title"))

    page.reload()

    line = page.locator(".seen a")
    expect(line).to_be_visible()
    line.click()
    expect(page.locator("article.marked ins").first).to_have_text("Second")
    expect(page.locator("article.marked del").first).to_have_text("First")
