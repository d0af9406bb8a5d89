"""The sitemap: each address that answers in its own language, once, with its alternates."""

from xml.etree import ElementTree

import pytest

from glossary.models import Term
from reading import sitemaps
from review import languages
from tests import factories as f
from tests import pages

pytestmark = pytest.mark.django_db

SITE = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
LINK = "{http://www.w3.org/1999/xhtml}link"


def read(client, path="/sitemap.xml"):
    response = client.get(path)
    assert response.status_code == 200
    assert response["Content-Type"] == "application/xml"
    return ElementTree.fromstring(response.content)


def addresses(root):
    """Address to its alternates."""
    return {
        each.findtext(f"{SITE}loc"): {
            link.attrib["hreflang"]: link.attrib["href"] for link in each.findall(LINK)
        }
        for each in root
    }


def lists():
    return {f"http://testserver/{code}/" for code in ("en", "es")}


def test_names_signed_addresses_only_with_their_alternates(client, people):
    guide = f.make_guide(key="whole")
    f.make_public(people, guide)
    f.make_public(people, guide, "es")
    f.save(f.make_guide(key="draft"), "en", people.editor)
    f.make_public(people, f.make_topic(guide, key="english"))

    found = addresses(read(client))

    english, spanish = (f"http://testserver/{code}/guides/whole/" for code in ("en", "es"))
    assert set(found) == {english, spanish, f"{english}english/", *lists()}
    alternates = {"en": english, "es": spanish, "x-default": english}
    assert found[english] == found[spanish] == alternates
    assert set(found[f"{english}english/"]) == {"en", "x-default"}


def test_names_the_visit_plan_where_a_question_for_the_doctor_is_signed(client, people):
    question = f.make_question()
    f.make_public(people, question, facts=f.QUESTION_FACTS)
    f.make_public(people, question, "es")

    found = addresses(read(client))

    plans = {address for address in found if address.endswith("/visit-plan/")}
    assert plans == {f"http://testserver/{code}/visit-plan/" for code in ("en", "es")}


def test_agrees_with_what_each_page_says_of_itself(client, people):
    whole = f.WholeGuide(topics=2)
    whole.publish(people, "en")
    whole.publish(people, "es")
    whole.publish(people, "ar", whole.topics[:1])  # its guide is not in Arabic

    found = addresses(read(client))

    assert f"http://testserver/ar/guides/{whole.guide.slug}/{whole.topics[0].slug}/" in found
    for address, alternates in found.items():
        html = pages.parse(client.get(address.removeprefix("http://testserver")))
        [canonical] = html.all("link", rel="canonical")
        assert canonical.attrs["href"] == address
        told = {
            each.attrs["hreflang"]: each.attrs["href"]
            for each in html.all("link", rel="alternate")
            if "hreflang" in each.attrs
        }
        # Pages that list items name none: each of their languages is a page of its own.
        assert told in ({}, alternates)
        own = {each.attrs["lang"] for each in html.all("article") if "lang" in each.attrs}
        assert own <= {html.attrs["lang"]}


def test_day_is_that_of_the_signature(client, people):
    sign_off = f.make_public(people, f.make_guide(key="whole"))

    days = {each.findtext(f"{SITE}loc"): each.findtext(f"{SITE}lastmod") for each in read(client)}

    assert days["http://testserver/en/guides/whole/"] == str(sign_off.signed_at.date())


def test_parts_hold_together_what_one_file_holds(client, people, monkeypatch):
    whole = f.WholeGuide(topics=3)
    whole.publish(people, "en")
    whole.publish(people, "es")
    one = addresses(read(client))
    monkeypatch.setattr(sitemaps, "MOST", 2 * len(languages.codes()))

    index = read(client)

    assert index.tag == f"{SITE}sitemapindex"
    parts = [each.findtext(f"{SITE}loc").removeprefix("http://testserver") for each in index]
    assert "/sitemap-topics-2.xml" in parts
    assert "/sitemap-topics-3.xml" not in parts
    found = {}
    for path in parts:
        part = addresses(read(client, path))
        assert part
        assert not set(part) & set(found)
        found |= part
        if "lists" not in path:
            assert len(part) <= sitemaps.MOST
    assert found == one


@pytest.mark.parametrize("part", ["none-1", "topics-0", "topics-2", "lists-2", "terms-1"])
def test_part_that_there_is_not_is_not_found(client, people, part):
    f.make_public(people, f.make_topic(f.make_guide()))

    assert client.get(f"/sitemap-{part}.xml").status_code == 404


def test_sitemap_of_an_empty_site_is_empty(client):
    assert list(read(client)) == []


def test_draft_fills_no_part(client, people, monkeypatch):
    monkeypatch.setattr(sitemaps, "MOST", len(languages.codes()))
    for number in range(6):
        key = f"term-{number}"
        term = Term.objects.create(key=key, slug=key)
        if number in (2, 5):
            f.make_public(people, term)
        else:
            f.save(term, "en", people.editor)

    for number, key in ((1, "term-2"), (2, "term-5")):
        found = addresses(read(client, f"/sitemap-terms-{number}.xml"))
        assert list(found) == [f"http://testserver/en/glossary/{key}/"]
    assert client.get("/sitemap-terms-3.xml").status_code == 404
