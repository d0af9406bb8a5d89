"""What readers tell: two taps or a short form, without script, cookie, account or trace."""

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from reading import feedback
from review import reports, workflow
from review.models import Clarity, LedgerEntry, Report, SignOff
from tests import factories as f
from tests.pages import parse

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_sent_yet():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def site(people):
    """A guide in English, with one topic in Spanish."""
    whole = f.WholeGuide(topics=2)
    whole.publish(people, "en")
    whole.publish(people, "es", whole.topics[:1])
    return whole


def sign_off(item, language="en"):
    return workflow.fresh(item).sign_off_in(language)


def address(item, language="en", more=""):
    return f"/en/feedback/{sign_off(item, language).pk}/{more}"


def send(client, where, **sent):
    headers = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}
    return client.post(where, sent, headers=headers)


def sentence(response):
    return parse(response).one(id="refused").text


def typed(response):
    return "".join(parse(response).one("textarea").children).removeprefix("\n")


def nothing_kept():
    return not Report.objects.exists() and not Clarity.objects.exists()


# -- On the pages --------------------------------------------------------------------------------


def test_each_section_asks_in_one_line_that_names_the_signed_version(client, site):
    topic, other = site.topics
    pages = {
        f"/es{site.guide.get_absolute_url()[3:]}": [
            (topic, "es"), (other, "en"), (site.guide, "en"),
        ],
        topic.get_absolute_url(): [(topic, "en")],
        site.faqs[0].get_absolute_url(): [(site.faqs[0], "en")],
        site.terms[0].get_absolute_url(): [(site.terms[0], "en")],
    }  # fmt: skip
    for page, texts in pages.items():
        html = parse(client.get(page))
        own = page[:3]
        forms = html.all("form", class_="clear")

        assert {each.attrs["action"].split("?")[0] for each in forms} == {
            f"{own}/feedback/{sign_off(*text).pk}/" for text in texts
        }, page
        assert {each.attrs["method"] for each in forms} == {"post"}
        for each in forms:
            assert [button.attrs["value"] for button in each.all("button")] == ["yes", "no"]
            assert each.one("a").attrs["href"] == each.attrs["action"]
            assert not each.all("input")  # no token, nothing about the reader
    html = client.get("/en/ask/").content.decode()
    for question in f.DoctorQuestion.objects.all():
        assert f'href="{address(question)}"' in html


def test_pages_of_people_who_work_here_ask_nothing(client, site, people):
    client.force_login(people.admin)
    topic = site.topics[0]
    request = f.submit(people, topic, "en", f.text_for(type(topic), "Newer"))
    pages = [
        f"/admin/topics/topic/{topic.pk}/preview/?language=en",
        f"/admin/topics/guide/{site.guide.pk}/preview/?language=en",
        f"/admin/review/reviewrequest/{request.pk}/change/?view=read",
    ]
    for page in pages:
        response = client.get(page)

        assert response.status_code == 200
        assert "/feedback/" not in response.content.decode()


# -- Answers -------------------------------------------------------------------------------------


def test_a_tap_counts_for_the_version_that_was_seen_and_leads_back(client, site, people):
    topic = site.topics[0]
    seen = sign_off(topic)
    f.make_public(people, topic, text=f.text_for(type(topic), "Newer"))
    old, new = f"/en/feedback/{seen.pk}/", address(topic)

    yes = send(client, f"{old}?in=guide", clear="yes")
    no = send(client, new, clear="no")
    thanks, asks = client.get(yes["Location"]), client.get(no["Location"])

    counted = dict(Clarity.objects.values_list("sign_off", "yes"))
    assert counted == {seen.pk: 1, sign_off(topic).pk: 0}
    assert Clarity.objects.get(sign_off=sign_off(topic)).no == 1
    assert (yes.status_code, no.status_code) == (303, 303)
    back = [each.attrs["href"] for each in parse(thanks).one("main").all("a")]
    assert back[0] == f"{site.guide.get_absolute_url()}#topic-{topic.slug}"
    assert parse(asks).one("h1").text == "What was not clear?"
    for response in (yes, no, thanks, asks):
        assert not response.cookies
    for response in (thanks, asks):
        assert response["X-Robots-Tag"] == "noindex"
        assert "cookie" not in response.get("Vary", "").lower()


def test_words_are_kept_with_the_version_and_nothing_about_the_reader(client, site):
    topic = site.topics[0]
    before = LedgerEntry.objects.count()

    response = send(
        client, address(topic, "es", "unclear/").replace("/en/", "/ar/"), words=" لا أفهم "
    )

    kept = Report.objects.get()
    about = (kept.sign_off, kept.kind, kept.words, kept.language, kept.state)
    assert about == (sign_off(topic, "es"), "unclear", "لا أفهم", "ar", "new")
    assert response["Location"] == f"/ar/feedback/{kept.sign_off_id}/thanks/"
    thanks = client.get(response["Location"])
    assert parse(thanks).attrs["lang"] == "ar"
    assert "لا أفهم" not in thanks.content.decode()
    assert LedgerEntry.objects.count() == before
    columns = {field.name for field in Report._meta.get_fields()}
    assert columns == {
        *("id", "sign_off", "kind", "words", "language", "received_at"),
        *("state", "reason", "decided_by", "decided_at", "recheck"),
    }


def test_form_asks_for_no_health_data_beside_the_field(client, site):
    html = parse(client.get(address(site.topics[0])))

    field = html.one("textarea")
    assert field.attrs["aria-describedby"] == "please"
    assert (
        "Please do not write about your own health or name yourself." in html.one(id="please").text
    )
    assert html.one("label", **{"for": "words"}).text
    assert not html.one("main").all("script")


# -- Hostile and mistaken ------------------------------------------------------------------------

HOSTILE = '<script>alert(1)</script>\x00\x07‮evil⁦ \u200fعربي\u200e & "quoted" \'\r\nline'
CLEAN = '<script>alert(1)</script>evil \u200fعربي\u200e & "quoted" \'\nline'


MISTAKEN = [
    ({"words": ""}, "Nothing is written there yet", ""),
    ({"words": " \n\x00\u202e"}, "Nothing is written there yet", ""),
    ({}, "Nothing is written there yet", ""),
    ({"clear": "maybe"}, "Nothing is written there yet", ""),
    ({"words": "x" * 2001}, "You wrote 2001 characters, and at most 2000 fit", "x" * 2001),
    ({"words": "汉" * 10_000}, "You wrote 10000 characters", "汉" * 10_000),
    ({"words": "True", "website": "spam"}, "should stay empty", "True"),
]


def test_what_cannot_be_taken_says_why_and_loses_nothing(client, site):
    for sent, says, kept in MISTAKEN:
        response = send(client, address(site.topics[0]), **sent)

        assert response.status_code == 400, says
        assert says in sentence(response)
        assert typed(response) == kept
        assert parse(response).one("input", name=feedback.TRAP).attrs.get("value", "") == ""
    assert nothing_kept()


def test_what_is_too_large_is_not_even_read(client, site):
    response = send(client, address(site.topics[0]), words="x" * feedback.LARGEST)

    assert response.status_code == 413
    assert "Go back, make it shorter" in sentence(response)
    assert nothing_kept()


def test_hostile_words_are_kept_as_text_without_what_nobody_sees(client, site):
    too_long = HOSTILE + "y" * 2000

    refused = send(client, address(site.topics[0]), words=too_long)
    taken = send(client, address(site.topics[0]), words=HOSTILE)

    assert typed(refused) == CLEAN + "y" * 2000
    assert "<script>alert" not in refused.content.decode()
    assert taken.status_code == 303
    assert Report.objects.get().words == CLEAN


HERE, SITE = "http://testserver", "Sec-Fetch-Site"
OURS = [{}, {"Origin": HERE}, {SITE: "same-origin"}]
FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": f"{HERE}.evil.example"},
    {SITE: "cross-site"},
    {SITE: "same-site"},
    {"Origin": HERE, SITE: "cross-site"},
]


def test_what_another_site_sends_is_not_taken(site):
    client = Client(enforce_csrf_checks=True)
    where = address(site.topics[0])
    for headers in (*OURS, *FOREIGN):
        kept = Report.objects.count()
        tap = client.post(where, {"clear": "yes"}, headers=headers)
        words = client.post(where, {"words": "A mistake"}, headers=headers)

        ours = headers in OURS
        assert {tap.status_code, words.status_code} == ({303} if ours else {403}), headers
        assert Report.objects.count() == kept + ours
        if not ours:
            assert "from another site" in sentence(words)
            assert typed(words) == "A mistake"
    assert Clarity.objects.get().yes == len(OURS)


def test_one_address_sends_so_much_an_hour_and_others_go_on(client, site, monkeypatch):
    monkeypatch.setattr(feedback, "REPORTS", 2)
    monkeypatch.setattr(feedback, "TAPS", 1)
    where = address(site.topics[0])

    def post(sender, **sent):
        return client.post(where, sent, REMOTE_ADDR=sender)

    words = [post("192.0.2.1", words="A mistake") for _ in range(3)]
    taps = [post("192.0.2.1", clear="yes").status_code for _ in range(2)]
    household = [post(f"2001:db8::{n}", clear="no").status_code for n in (1, 2)]
    other = post("192.0.2.2", words="Another")

    assert [each.status_code for each in words] == [303, 303, 429]
    assert (taps, household, other.status_code) == ([303, 429], [303, 429], 303)
    assert typed(words[2]) == "A mistake"
    assert "again later" in sentence(words[2])
    assert words[2]["Retry-After"] == str(feedback.WINDOW)
    assert Report.objects.count() == 3


def test_the_address_stands_nowhere_and_its_hash_runs_out(client, site, monkeypatch):
    kept = []
    monkeypatch.setattr(cache, "add", lambda *args: kept.append(args) or True)
    monkeypatch.setattr(cache, "incr", lambda name: 1)

    client.post(address(site.topics[0]), {"words": "A mistake"}, REMOTE_ADDR="192.0.2.77")

    [(name, _value, seconds)] = kept
    assert "192.0.2.77" not in name
    assert seconds == feedback.WINDOW == 3600
    assert "192.0.2.77" not in str(Report.objects.values())


def test_a_cache_that_is_away_loses_no_report(client, site, monkeypatch):
    def away(*args):
        raise ConnectionError

    monkeypatch.setattr(cache, "add", away)

    assert client.post(address(site.topics[0]), {"words": "A mistake"}).status_code == 303
    assert Report.objects.count() == 1


def test_behind_a_proxy_the_address_that_the_proxy_saw_counts(client, site, monkeypatch, settings):
    settings.BEHIND_PROXY = True
    monkeypatch.setattr(feedback, "TAPS", 1)

    def tap(forwarded):
        headers = {"X-Forwarded-For": forwarded}
        return client.post(address(site.topics[0]), {"clear": "yes"}, headers=headers).status_code

    assert [tap("198.51.100.1"), tap("forged, 198.51.100.1"), tap("198.51.100.2")] == [
        303,
        429,
        303,
    ]


# -- Texts that are not there --------------------------------------------------------------------


def test_text_that_nobody_knows_or_was_taken_down_takes_nothing_and_shows_the_words_again(
    client, site, people
):
    topic, other = site.topics
    gone, waiting = address(topic), f.submit(people, other, "en", f.text_for(type(other), "Newer"))
    f.sign(people, waiting)
    unpublished = f"/en/feedback/{SignOff.objects.latest('pk').pk}/"
    workflow.withdraw(topic, "en", by=people.advisor, reason="Wrong")

    for where, status, says in (
        ("/en/feedback/999999/", 404, "does not know the text"),
        (f"/en/feedback/{'9' * 30}/", 404, "does not know the text"),
        (unpublished, 404, "does not know the text"),
        (gone, 410, "was taken down"),
    ):
        for ask in (client.get, client.post):
            response = ask(where, {"words": "<b>Here</b>"} if ask == client.post else {})
            assert response.status_code == status, where
            assert says in sentence(response)
            assert not parse(response).all("textarea")
        assert "&lt;b&gt;Here&lt;/b&gt;" in response.content.decode()
        assert client.post(where, {"clear": "yes"}).status_code == status
        assert client.get(f"{where}thanks/").status_code == status
    assert nothing_kept()


def test_looking_sends_nothing_and_costs_the_same_for_each_version(client, site):
    costs = set()
    for topic in site.topics:
        for more in ("", "unclear/", "thanks/"):
            with CaptureQueriesContext(connection) as queries:
                assert client.get(address(topic, more=more) + "?in=guide").status_code == 200
            costs.add(len(queries))
    for method in ("put", "delete", "patch"):
        assert getattr(client, method)(address(site.topics[0])).status_code == 405

    assert max(costs) <= 14
    assert nothing_kept()


def test_every_language_has_its_form(client, site):
    pk = sign_off(site.topics[0]).pk
    for code, direction in (("es", "ltr"), ("ar", "rtl"), ("zh-hans", "ltr")):
        with translation.override(code):
            html = parse(client.get(f"/{code}/feedback/{pk}/"))
        assert (html.attrs["lang"], html.attrs["dir"]) == (code, direction)
        assert html.one("textarea").attrs["dir"] == "auto"


def test_words_of_exactly_the_limit_fit(client, site):
    assert send(client, address(site.topics[0]), words="x" * reports.LONGEST).status_code == 303
