"""The Atom feeds: what was published, newest first, as the pages say it."""

from datetime import datetime
from xml.etree import ElementTree

import pytest
import time_machine
from django.utils import timezone

from reading import feeds
from review import languages, structure, workflow
from review.kept import CACHE_CONTROL
from tests import factories as f
from tests import pages

pytestmark = pytest.mark.django_db

ATOM = "{http://www.w3.org/2005/Atom}"


def read(client, code="en"):
    response = client.get(f"/{code}/feed.atom")
    assert response.status_code == 200
    assert response["Content-Type"] == "application/atom+xml; charset=utf-8"
    assert response["Cache-Control"] == CACHE_CONTROL
    assert response.cookies == {}
    return ElementTree.fromstring(response.content)


def entries(client, code="en"):
    return read(client, code).findall(f"{ATOM}entry")


def titles(client, code="en"):
    return [each.findtext(f"{ATOM}title") for each in entries(client, code)]


def text(item, title):
    return f.text_for(type(item), **{item.text_fields[0]: title})


def at(day):
    return time_machine.travel(
        datetime(2027, 1, day, 12, tzinfo=timezone.get_current_timezone()), tick=False
    )


def test_newest_publication_comes_first_whatever_its_kind(client, people):
    guide = f.make_guide()
    topic, faq = f.make_topic(guide), f.make_faq(guide)
    for day, item in enumerate([guide, topic, faq], start=1):
        with at(day):
            f.make_public(people, item, text=text(item, f"Day {day}"))

    assert titles(client) == ["Day 3", "Day 2", "Day 1"]
    with at(5):
        f.make_public(people, guide, text=text(guide, "Anew"))
    assert titles(client) == ["Anew", "Day 3", "Day 2"]


def test_entry_keeps_its_name_and_first_day_when_its_text_and_address_change(client, people):
    guide = f.make_guide()
    with at(1):
        f.make_public(people, guide, text=text(guide, "First"))
    [before] = entries(client)
    with at(3):
        f.make_public(people, guide, text=text(guide, "Second"))
        structure.restructure(guide, by=people.editor, slug="elsewhere")
    [after] = entries(client)

    def told(entry, name):
        return entry.findtext(f"{ATOM}{name}")

    assert told(before, "id") == told(after, "id")
    assert told(before, "published") == told(after, "published") == "2027-01-01T12:00:00+00:00"
    assert told(before, "updated") == told(before, "published")
    assert told(after, "updated") == "2027-01-03T12:00:00+00:00"
    assert after.find(f"{ATOM}link").attrib["href"].endswith("/en/guides/elsewhere/")
    assert read(client).findtext(f"{ATOM}updated") == told(after, "updated")


@pytest.mark.parametrize("code", ["en", "es"])
def test_entry_says_what_its_page_says(client, people, code):
    guide = f.make_guide()
    items = [guide, f.make_topic(guide), f.make_faq(guide)]
    for item in items:
        for each in dict.fromkeys(["en", code]):
            f.make_public(people, item, each, f.text_for(type(item), f"{each}: 5 < 6 & 7 *very*"))

    found = entries(client, code)

    assert len(found) == 3
    for entry in found:
        address = entry.find(f"{ATOM}link").attrib["href"].removeprefix("http://testserver")
        html = pages.parse(client.get(address))
        assert entry.findtext(f"{ATOM}title") == html.one("h1").text
        summary = pages.parse_part(entry.findtext(f"{ATOM}summary"))
        assert summary.text in html.one("main").text
        assert summary.text.startswith(f"{code}: 5 < 6 & 7 very of ")
        signed_by = entry.findtext(f"{ATOM}contributor/{ATOM}name")
        assert signed_by == html.one("div", class_="byline").all("bdi")[0].text


@pytest.mark.parametrize("code", languages.codes())
def test_feed_names_its_language_its_own_address_and_its_licence(client, people, code):
    root = read(client, code)

    assert root.attrib["{http://www.w3.org/XML/1998/namespace}lang"] == languages.tag(code)
    links = {each.attrib.get("rel"): each.attrib["href"] for each in root.findall(f"{ATOM}link")}
    assert links["self"] == f"http://testserver/{code}/feed.atom"
    assert links["alternate"] == f"http://testserver/{code}/"
    assert "creativecommons.org" in root.findtext(f"{ATOM}rights")
    html = pages.parse(client.get(f"/{code}/"))
    [told] = html.all("link", type="application/atom+xml")
    assert told.attrs["href"] == f"/{code}/feed.atom"


def test_withdrawn_text_takes_no_place_from_others(client, people, monkeypatch):
    monkeypatch.setattr(feeds, "MOST", 2)
    guides = [f.make_guide() for _ in range(4)]
    for number, guide in enumerate(guides):
        f.make_public(people, guide, text=text(guide, f"Guide {number}"))
    assert titles(client) == ["Guide 3", "Guide 2"]

    for guide in guides[2:]:
        workflow.withdraw(guide, "en", by=people.advisor, reason="Wrong")

    assert titles(client) == ["Guide 1", "Guide 0"]


def test_feed_that_still_holds_is_not_sent_again(client, people):
    f.make_public(people, f.make_guide())
    tag = client.get("/en/feed.atom")["ETag"]

    assert client.get("/en/feed.atom", headers={"if-none-match": tag}).status_code == 304
