"""Signed versions: each shows for ever what was signed, and first what became of it."""

import itertools

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from evidence.models import KeyFigure
from review import languages, workflow
from review.kept import CACHE_CONTROL
from review.models import LedgerEntry, SignOff
from tests import factories as f
from tests import pages
from topics.models import Topic

pytestmark = pytest.mark.django_db

KINDS = [
    *("topics.guide", "topics.topic", "topics.analogy", "faq.faq", "faq.doctorquestion"),
    *("faq.situation", "glossary.term", "evidence.keyfigure", "evidence.source"),
    *("reading.page", "reading.contact", "reading.calltoaction"),
]


def get(client, pk, code="en"):
    return client.get(f"/{code}/v/{pk}/")


def page(client, sign_off):
    response = get(client, sign_off.pk, sign_off.language)
    assert response.status_code == 200
    return pages.parse(response)


def public_topic(people, title="First title", **more):
    guide = f.make_guide()
    f.make_public(people, guide)
    topic = f.make_topic(guide)
    return topic, f.make_public(people, topic, text=f.text_for(Topic, title=title), **more)


def replace(people, topic, **more):
    return f.make_public(people, topic, text=f.text_for(Topic, title="Second title"), **more)


@pytest.fixture(scope="module")
def whole(django_db_setup, django_db_blocker):
    """Every kind of item, public in English and Arabic."""
    from django.db import transaction

    with django_db_blocker.unblock(), transaction.atomic():
        made = f.WholeGuide(topics=2)
        for code in ("en", "ar"):
            made.publish(f.People(), code)
        yield made
        transaction.set_rollback(True)


@pytest.mark.parametrize("code", ["en", "ar"])
@pytest.mark.parametrize("kind", KINDS)
def test_version_of_every_kind_of_item_shows_its_text_under_its_language(client, whole, kind, code):
    found = SignOff.objects.filter(item_type=kind, language=code)
    for sign_off in found:
        html = page(client, sign_off)

        assert (html.attrs["lang"], html.attrs["dir"]) == (code, languages.direction(code))
        levels = [int(each.tag[1]) for each in html.walk() if each.tag in ("h1", "h2", "h3", "h4")]
        assert levels.count(1) == 1
        assert levels[0] == 1
        assert all(b <= a + 1 for a, b in itertools.pairwise(levels))
        ids = [each.attrs["id"] for each in html.walk() if "id" in each.attrs]
        assert len(ids) == len(set(ids))
        text = html.one("main").text
        for line in sign_off.revision.text.values():
            assert line.split(".")[0] in text
    assert found or (kind, code) == ("evidence.source", "ar")


def test_version_tells_machines_what_it_is_and_where_the_present_text_stands(client, people):
    topic, first = public_topic(people)
    address = f"http://testserver/en/v/{first.pk}/"

    def told(html):
        names = ("og:title", "og:url", "og:description")
        found = [html.one("meta", property=name).attrs["content"] for name in names]
        assert html.one("meta", name="robots").attrs["content"] == "noindex"
        return [*found, html.one("link", rel="canonical").attrs["href"]]

    title, url, summary, canonical = told(page(client, first))
    assert title == "First title: a signed version"
    assert summary.startswith(f"Exactly the words that {first.name} signed on ")
    assert (url, canonical) == (address, f"http://testserver{topic.get_absolute_url()}")

    workflow.withdraw(topic, "en", by=people.advisor, reason="Wrong")

    title, url, summary, canonical = told(page(client, first))
    assert summary.startswith("This version was withdrawn on ")
    assert (url, canonical) == (address, address)


def test_version_names_who_signed_when_until_when_and_the_whole_fingerprint(client, people):
    _topic, sign_off = public_topic(people)

    html = page(client, sign_off)

    facts = html.one("dl", class_="version")
    assert sign_off.name in facts.text
    assert sign_off.fingerprint in [each.text for each in facts.all("code")]
    days = [each.attrs["datetime"] for each in facts.all("time")]
    signed = str(sign_off.signed_at.date())
    assert days == [signed, signed, str(sign_off.next_review)]
    assert f"http://testserver/en/v/{sign_off.pk}/" in facts.text


def test_version_that_was_replaced_keeps_its_words_and_says_so_first(client, people):
    topic, first = public_topic(people)
    second = replace(people, topic)

    html = page(client, first)

    assert html.one("h1").text == "First title"
    assert "Second title" not in html.text
    state = html.one("main").all("div", class_="overdue")[0]
    assert "This version was replaced on" in state.text
    assert state.one("time").attrs["datetime"] == str(second.signed_at.date())
    assert [a.attrs["href"] for a in state.all("a")] == [
        f"/en/guides/{topic.guide.slug}/{topic.slug}/"
    ]
    main = html.one("main").text
    assert main.index("was replaced on") < main.index("Text of answer")
    assert "public today" in page(client, second).one("div", class_="aside").text


@pytest.mark.parametrize("reason_public", [True, False])
def test_version_that_was_withdrawn_says_so_first_with_the_reason_if_readers_may_know_it(
    client, people, reason_public
):
    topic, sign_off = public_topic(people)
    workflow.withdraw(
        topic, "en", by=people.advisor, reason="It was <b>wrong", reason_public=reason_public
    )

    html = page(client, sign_off)

    state = html.one("main").one("div", class_="overdue")
    assert "This version was withdrawn on" in state.text
    assert ("It was <b>wrong" in state.text) is reason_public
    assert html.one("h1").text == "First title"
    assert state.all("a") == []


def test_version_replaced_by_one_that_was_withdrawn_tells_both(client, people):
    topic, first = public_topic(people)
    replace(people, topic)
    workflow.withdraw(topic, "en", by=people.advisor, reason="Wrong again", reason_public=True)

    state = page(client, first).one("main").one("div", class_="overdue").text

    assert "was replaced on" in state
    assert "What came after it was withdrawn on" in state
    assert "Wrong again" in state


def test_reaffirmed_version_stays_the_present_one_and_leads_to_the_newest_signature(client, people):
    topic, first = public_topic(people)
    again = workflow.reaffirm(topic, "en", by=people.advisor, expected=first.fingerprints)

    html = page(client, first)

    assert html.one("main").all("div", class_="overdue") == []
    links = [a.attrs["href"] for a in html.one("div", class_="aside").all("a")]
    assert f"/en/v/{again.pk}/" in links


def test_what_never_was_public_has_no_address(client, people):
    topic = f.make_topic()
    request = f.submit(people, topic)
    [signed] = workflow.sign(request, by=people.advisor, expected=f.expected(request))
    public, sign_off = public_topic(people)
    workflow.withdraw(public, "en", by=people.advisor, reason="Wrong")
    withdrawal = SignOff.objects.get(decision="withdraw")

    assert get(client, sign_off.pk).status_code == 200
    for pk in (signed.pk, withdrawal.pk, 10**6, 10**30):
        assert get(client, pk).status_code == 404, pk


def test_draft_of_a_version_shows_nothing_of_itself(client, people):
    topic, sign_off = public_topic(people)
    before = get(client, sign_off.pk).content
    f.save(topic, "en", people.editor, f.text_for(Topic, title="Nobody signed this"))

    assert get(client, sign_off.pk).content == before


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("review_revision", "text = REPLACE(CAST(text AS TEXT), 'First', 'Other')"),
        ("review_signoff", "name = 'Dr Somebody Else'"),
        ("review_ledgerentry", "seal = 'a'"),
        ("review_ledgerentry", "key = 'another'"),
    ],
)
def test_version_that_does_not_verify_is_refused(client, people, sql_unguarded, table, change):
    if connection.vendor == "postgresql" and table == "review_revision":
        change += "::jsonb"
        change = change.replace("text = REPLACE", "text = (REPLACE").replace("::jsonb", ")::jsonb")
    _topic, sign_off = public_topic(people)
    assert get(client, sign_off.pk).status_code == 200
    where = {
        "review_revision": f"id = {sign_off.revision_id}",
        "review_signoff": f"id = {sign_off.pk}",
        "review_ledgerentry": f"sign_off_id = {sign_off.pk} AND event = '{LedgerEntry.PUBLISH}'",
    }[table]

    sql_unguarded(f"UPDATE {table} SET {change} WHERE {where}")

    assert get(client, sign_off.pk).status_code == 404


def test_address_in_another_language_leads_to_the_language_of_the_signature(client, people):
    _topic, sign_off = public_topic(people)

    response = get(client, sign_off.pk, "ar")

    assert (response.status_code, response.url) == (301, f"/en/v/{sign_off.pk}/")


def test_translated_number_is_shown_with_the_facts_that_it_was_signed_beside(client, people):
    figure, source = f.make_figure(), f.make_source()
    f.make_public(people, source)
    facts = {"count": 27, "out_of": 100, "sources": [source.key]}
    f.make_public(people, figure, facts=facts)
    spanish = f.make_public(people, figure, "es", text=f.text_for(KeyFigure, "es-word"))
    f.make_public(people, figure, facts={**facts, "count": 31}, significance="meaning")

    html = page(client, spanish)

    assert "27" in html.one("figure").one("tbody").text
    assert "31" not in html.one("figure").one("tbody").text


def test_search_engines_are_told_to_leave_versions_out(client, people):
    _topic, sign_off = public_topic(people)

    response = get(client, sign_off.pk)
    html = pages.parse(response)

    assert response["X-Robots-Tag"] == "noindex"
    assert html.one("meta", name="robots").attrs["content"] == "noindex"
    assert [each for each in html.all("link", rel="alternate") if "hreflang" in each.attrs] == []
    assert "/v/" not in client.get("/sitemap.xml").content.decode()


def test_reader_of_a_version_gets_no_cookie_and_shared_caches_ask(client, people):
    _topic, sign_off = public_topic(people)

    response = get(client, sign_off.pk)

    assert not response.cookies
    assert response["Cache-Control"] == CACHE_CONTROL


def test_byline_and_each_part_of_a_guide_lead_to_their_exact_versions(client, whole):
    html = pages.parse(client.get(f"/ar/guides/{whole.guide.slug}/"))

    linked = {a.attrs["href"] for a in html.all("a") if "/v/" in a.attrs["href"]}
    shown = [whole.guide, *whole.topics, *whole.faqs]
    for item in shown:
        row = type(item)._base_manager.get(pk=item.pk)
        assert f"/ar/v/{row.sign_off_ar_id}/" in linked
    assert all(client.get(each).status_code == 200 for each in linked)


def test_version_costs_the_same_however_long_its_history(client, people):
    topic, first = public_topic(people)
    replace(people, topic)

    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert get(client, first.pk).status_code == 200
        return len(queries)

    short = cost()
    for number in range(5):
        f.make_public(people, topic, text=f.text_for(Topic, title=f"Title {number}"))

    assert cost() == short <= 14
