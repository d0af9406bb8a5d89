"""The choice of a language, the home page, and the two addresses that machines ask."""

import pytest
from django.conf import settings
from django.db import connection

from review import structure, triggers, workflow
from tests import factories as f
from tests import pages

CODES = [code for code, _ in settings.LANGUAGES]


# -- Choosing a language -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        (None, "en"),
        ("", "en"),
        ("es", "es"),
        ("fr-CA", "fr"),
        ("FR-ca, en;q=0.2", "fr"),
        ("ar", "ar"),
        ("ar-EG,ar;q=0.9,en;q=0.8", "ar"),
        ("zh-CN", "zh-hans"),
        ("zh-Hans", "zh-hans"),
        ("zh-TW", "zh-hans"),
        ("nl", "en"),
        ("nl, es;q=0.5", "es"),
        ("en;q=0.1, es;q=0.9", "es"),
        ("*", "en"),
        ("xx-yy-zz;q=abc, ;;;", "en"),
        ("e" * 5000, "en"),
    ],
)
def test_first_address_leads_to_the_language_that_the_browser_asks_for(client, asked, given):
    headers = {} if asked is None else {"Accept-Language": asked}

    response = client.get("/", headers=headers)

    assert (response.status_code, response.url) == (302, f"/{given}/")
    assert "accept-language" in response["Vary"].lower()
    assert response["Cache-Control"] == "no-cache"
    assert not response.cookies


@pytest.mark.parametrize(("path", "target"), [("/", "/es/"), ("/ask/", "/es/ask/")])
def test_no_cookie_decides_the_language(client, path, target):
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "fr"

    response = client.get(path, headers={"Accept-Language": "es"})

    assert (response.status_code, response.url) == (302, target)
    assert response["Vary"] == "Accept-Language"


@pytest.mark.django_db
@pytest.mark.parametrize("session", ["", "short", "a" * 32, "a" * 4000])
def test_a_cookie_that_is_no_session_is_let_be_on_pages_for_readers(client, session):
    client.cookies[settings.SESSION_COOKIE_NAME] = session

    for path in ("/", "/en/", "/en/ask/", "/en/none/", "/api/v1/", "/sitemap.xml"):
        response = client.get(path)
        assert not response.cookies, path
        assert "cookie" not in response.get("Vary", "").lower(), path
    # Where somebody signs in, Django still puts a broken one away.
    if session == "short":
        assert settings.SESSION_COOKIE_NAME in client.get("/admin/").cookies


@pytest.mark.django_db
@pytest.mark.parametrize("asked", ["es", "nl"])
def test_address_decides_the_language_whatever_the_browser_asks_for(client, asked):
    response = client.get("/ar/", headers={"Accept-Language": asked})

    assert pages.parse(response).attrs["lang"] == "ar"
    assert "Vary" not in response.headers


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/de/", "/EN/", "/zh-hant/", "/en/none/", "/en/guides/"])
def test_address_that_is_none_is_not_found(client, path):
    response = client.get(path, follow=True)

    assert response.status_code == 404


# -- The home page -------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("code", CODES)
def test_home_page_answers_before_there_is_any_guide(client, code):
    f.make_guide()

    response = client.get(f"/{code}/")

    html = pages.parse(response)
    assert response.status_code == 200
    assert html.one("ul", class_="guides").all("a") == []


@pytest.mark.django_db
def test_home_page_lists_signed_guides_in_their_order(client, people):
    guides = [f.make_guide(position=position) for position in (2, 3, 1)]
    for guide in guides[:2]:
        f.make_public(people, guide, text=f.text_for(type(guide), title=guide.key))
    f.submit(people, guides[2])

    titles = pages.parse(client.get("/es/")).one("ul", class_="guides").all("h2")
    links = [each.one("a") for each in titles]
    assert [(each.text, each.attrs["href"]) for each in links] == [
        (guide.key, f"/es/guides/{guide.slug}/") for guide in guides[:2]
    ]


@pytest.mark.django_db
def test_home_page_shows_a_guide_in_the_language_in_which_it_is_signed(client, people):
    guide = f.make_guide()
    f.make_public(people, guide, text=f.text_for(type(guide), title="Original"))
    f.make_public(people, guide, "es", text=f.text_for(type(guide), title="Traducción"))

    for code, title, language in (
        ("en", "Original", "en"),
        ("es", "Traducción", "es"),
        ("ar", "Original", "en"),
    ):
        link = pages.parse(client.get(f"/{code}/")).one("ul", class_="guides").one("h2").one("a")
        assert (link.text, link.closest("lang")) == (title, language)
        assert link.closest("dir") == "ltr"


@pytest.mark.django_db
def test_home_page_loses_a_withdrawn_guide_on_the_very_next_request(client, people):
    guide = f.make_guide()
    f.make_public(people, guide)
    assert pages.parse(client.get("/en/")).one("ul", class_="guides").all("a")

    workflow.withdraw(guide, "en", by=people.advisor, reason="A mistake")

    assert pages.parse(client.get("/en/")).one("ul", class_="guides").all("a") == []


@pytest.mark.django_db
def test_page_that_did_not_change_is_not_sent_again(client, people):
    guide = f.make_guide()
    f.make_public(people, guide)
    etag = client.get("/en/")["ETag"]

    again = client.get("/en/", headers={"If-None-Match": etag})
    structure.restructure(guide, by=people.editor, slug="renamed")
    changed = client.get("/en/", headers={"If-None-Match": etag})

    assert (again.status_code, changed.status_code) == (304, 200)


# -- What machines ask ---------------------------------------------------------------------------


def test_healthz_answers_without_the_database(client):
    response = client.get("/healthz")

    assert (response.status_code, response.content) == (200, b"alive\n")
    assert not response.cookies


@pytest.mark.django_db
def test_readyz_says_whole_while_everything_fits(client, people):
    f.make_public(people, f.make_topic())

    response = client.get("/readyz")

    assert (response.status_code, response.content) == (200, b"whole\n")


def _sql(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.mark.django_db
def test_readyz_fails_on_tampered_text_and_tells_how_much_but_nothing_of_it(client, people):
    topics = [f.make_topic() for _ in range(3)]
    for topic in topics:
        f.make_public(people, topic)
    f.make_public(people, topics[0], "es")

    _sql("UPDATE topics_topic SET title_en = 'Secret' WHERE id = %s", topics[1].pk)
    _sql("UPDATE topics_topic SET title_es = 'Secret' WHERE id = %s", topics[0].pk)

    response = client.get("/readyz")
    body = response.content.decode()
    assert (response.status_code, response["Content-Type"]) == (503, "text/plain")
    assert body.startswith("2 ")
    for told in ("Secret", "Text of", "topic", topics[1].key):
        assert told not in body


@pytest.mark.django_db
def test_readyz_fails_when_a_public_row_is_deleted_by_sql(client, people):
    topic = f.make_topic()
    f.make_public(people, topic)

    _sql("DELETE FROM topics_topic WHERE id = %s", topic.pk)

    assert client.get("/readyz").status_code == 503


@pytest.mark.django_db
def test_readyz_fails_when_a_trigger_is_missing(client):
    name, table = triggers.present(connection)[0]
    on = f" ON {table}" if connection.vendor == "postgresql" else ""

    _sql(f"DROP TRIGGER {name}{on}")

    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.content.startswith(b"1 ")


@pytest.mark.django_db
def test_home_page_names_the_topics_of_each_guide_and_where_the_urgent_signs_stand(client, people):
    whole = f.WholeGuide(topics=2)
    whole.publish(people, "en")
    whole.publish(people, "ar", [whole.guide, whole.topics[0]])
    f.make_topic(whole.guide)  # not signed

    for code, languages_of_topics in (("en", ["en", "en"]), ("ar", ["ar", "en"])):
        html = pages.parse(client.get(f"/{code}/"))
        links = html.one("ol", class_="topics").all("a")
        assert [each.attrs["lang"] for each in links] == languages_of_topics
        assert [each.attrs["href"] for each in links] == [
            f"/{code}/guides/{whole.guide.slug}/{topic.slug}/" for topic in whole.topics
        ]
        urgent = html.one("p", class_="urgent-way").one("a").attrs["href"]
        assert urgent == f"/{code}/guides/{whole.guide.slug}/#urgent"
