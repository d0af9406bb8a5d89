"""Every kind of page costs the same number of queries, however much the site holds."""

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from faq.models import FAQ, DoctorQuestion
from glossary.models import Term
from reading.models import Contact, Page
from review import languages
from tests import factories as f
from tests import pages
from topics.models import Topic

PAGES = [
    "",
    "guides/spread/",
    "guides/spread/t-0/",
    "questions/",
    "questions/faq-0/",
    "ask/",
    "visit-plan/",
    "glossary/",
    "glossary/term-0/",
    "sources/",
    "advisors/",
    "help/",
    "page-0/",
    "no/such/page/",
]
# What machines ask for, and the most queries that it may cost.
MACHINES = {
    "/sitemap.xml": 50,
    "/sitemap-terms-1.xml": 12,
    "/es/feed.atom": 12,
    "/es/share/terms/term-0.png": 2,
    **{f"/api/v1/{kind}?language=es": 10 for kind in ("faqs", "questions", "terms", "sources")},
    "/api/v1/topics?per_page=100": 10,
    "/api/v1/faqs/faq-0?language=es": 8,
    "/api/v1/openapi.json": 0,
    "/robots.txt": 0,
}
MOST = 12


def fill(people, guide, numbers):
    """One more of everything for each number, in English and Spanish; each cites and is linked."""
    for number in numbers:
        source = f.make_source(key=f"source-{number}")
        cites = f"Term-{number} says it [@source-{number}]."
        asks = {"ask": ["nurse"], "when": ["any-time"]}
        contact = {"country": "ES", "need": "support", "phone": "112", "verified": True}
        made = [
            (Term(key=f"term-{number}", slug=f"term-{number}"), {"definition": cites}, None),
            (FAQ(key=f"faq-{number}", slug=f"faq-{number}", guide=guide), {"answer": cites}, None),
            (DoctorQuestion(key=f"ask-{number}", guide=guide), {"why": cites}, asks),
            (Page(key=f"page-{number}", slug=f"page-{number}"), {"body": cites}, None),
            (Contact(key=f"contact-{number}"), {}, contact),
            (Topic(key=f"topic-{number}", slug=f"t-{number}", guide=guide), {"body": cites}, None),
        ]
        f.make_public(people, source)
        for item, text, facts in made:
            item.save()
            text = f.text_for(type(item), **text)
            if isinstance(item, Term):
                text["term"] = f"Term-{number}"
            f.make_public(people, item, text=text, facts=facts)
            f.make_public(people, item, "es", text=text)


def costs(client, people):
    found = {}
    for code in ("en", "es", "ar"):
        for page in [*PAGES, f"advisors/{people.advisor.advisor.slug}/"]:
            with CaptureQueriesContext(connection) as queries:
                response = client.get(f"/{code}/{page}")
            assert response.status_code == (404 if page == "no/such/page/" else 200), page
            found[code, page] = len(queries)
    for address in MACHINES:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200, address
        found[address] = len(queries)
    return found


@pytest.mark.django_db
def test_pages_cost_the_same_with_one_and_with_five_of_everything(client, people):
    guide = f.make_guide(slug="spread")
    f.make_public(people, guide)
    fill(people, guide, range(1))
    few = costs(client, people)

    fill(people, guide, range(1, 5))
    many = costs(client, people)

    assert few == many
    # An advisor's page asks for each kind of item; nobody reads it at night.
    for place, cost in many.items():
        limit = MACHINES.get(place) if place in MACHINES else MOST if place[1] in PAGES else 60
        assert cost <= limit, (place, cost)


@pytest.mark.django_db
@pytest.mark.parametrize("code", dict(settings.LANGUAGES))
def test_missing_page_answers_in_the_language_of_its_address(client, code):
    response = client.get(f"/{code}/no/such/page/")

    assert response.status_code == 404
    opening = f'<html lang="{code}" dir="{languages.direction(code)}">'
    assert opening in response.content.decode()
    with translation.override(code):
        assert translation.gettext("There is no such page") in response.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("code", dict(settings.LANGUAGES))
def test_failure_answers_in_the_language_of_its_address(client, monkeypatch, code):
    def fails(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr("faq.views.Reader", fails)
    client.raise_request_exception = False

    with CaptureQueriesContext(connection) as queries:
        response = client.get(f"/{code}/questions/")

    html = pages.parse(response)
    assert response.status_code == 500
    assert (html.attrs["lang"], html.attrs["dir"]) == (code, languages.direction(code))
    with translation.override(code):
        assert translation.gettext("Something went wrong") in html.one("main").text
    assert html.one("a").attrs["href"] == f"/{code}/"
    # Where the database is what fails, the page that says so must not ask it.
    assert len(queries) == 0
