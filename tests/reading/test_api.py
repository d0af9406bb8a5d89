"""The API: what it answers, what it refuses, and that a stranger can check a text."""

import json
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import validate

from reading import api, kinds
from reading.baking import pages as baked
from reading.plaintext import plain
from review import languages, workflow
from review.models import SignOff
from tests import factories as f
from tests import pages

pytestmark = pytest.mark.django_db

CODES = languages.codes()
KINDS = list(kinds.OFFERED)


@pytest.fixture(scope="module")
def site(django_db_setup, django_db_blocker):
    """A guide that is whole in English and Spanish; in Arabic only itself and its first topic."""
    with django_db_blocker.unblock(), transaction.atomic():
        people, whole = f.People(), f.WholeGuide(topics=3)
        whole.publish(people, "en")
        whole.publish(people, "es")
        whole.publish(people, "ar", [whole.guide, whole.topics[0]])
        yield SimpleNamespace(people=people, whole=whole, guide=whole.guide, topic=whole.topics[0])
        transaction.set_rollback(True)


def ask(client, path, status=200, **params):
    response = client.get(f"/api/v1/{path}", params)
    assert response.status_code == status, response.content
    return response


def problem(response):
    """The sentence of a problem."""
    assert response["Content-Type"] == "application/problem+json"
    told = response.json()
    assert told["status"] == response.status_code
    assert "\n" not in told["detail"]
    assert told["detail"].endswith(".")
    return told["detail"]


# -- The description -----------------------------------------------------------------------------


@pytest.fixture
def described(client):
    """``described(path, response)`` holds an answer against the description."""
    document = client.get("/api/v1/openapi.json").json()

    def check(path, response):
        answers = document["paths"][path]["get"]["responses"]
        content = answers[str(response.status_code)]["content"]
        schema = content[response["Content-Type"]]["schema"]
        whole = {**schema, "components": document["components"]}
        Draft202012Validator(whole, format_checker=FormatChecker()).validate(response.json())
        return response.json()

    check.document = document
    return check


def test_description_is_openapi(described):
    validate(described.document)
    assert described.document["openapi"] == "3.1.0"


def test_description_names_every_address_and_they_all_answer(client, site, described):
    listed = set(described.document["paths"])

    assert listed == {
        "/",
        "/openapi.json",
        *(f"/{kind}" for kind in KINDS),
        *(f"/{kind}/{{key}}" for kind in KINDS),
    }
    for path in listed:
        if "{" not in path:
            described(path, ask(client, path.removeprefix("/")))


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_answer_is_as_described(client, site, described, kind, code):
    page = described(f"/{kind}", ask(client, kind, language=code, per_page=100))

    expected = {"en": True, "es": True, "ar": kind in ("guides", "topics", "sources")}
    assert bool(page["items"]) is expected.get(code, kind == "sources")
    for item in page["items"]:
        alone = ask(client, f"{kind}/{item['key']}", language=code)
        assert described(f"/{kind}/{{key}}", alone) == item
        assert item["url"] == f"http://testserver/api/v1/{kind}/{item['key']}?language={code}"


@pytest.mark.parametrize(
    ("path", "params", "status"),
    [
        ("/topics", {"language": "xx"}, 400),
        ("/topics", {"page": "0"}, 400),
        ("/topics", {"page": "9"}, 404),
        ("/topics/{key}", {}, 404),
    ],
)
def test_every_refusal_is_as_described(client, site, described, path, params, status):
    response = ask(client, path.strip("/").replace("{key}", "none"), status, **params)

    assert described(path, response)["detail"] == problem(response)


def test_schema_is_strict_enough_to_refuse_what_is_not_described(client, site, described):
    response = ask(client, "topics", per_page=1)
    answer = response.json()
    answer["items"][0]["more"] = 1
    response.json = lambda: answer

    with pytest.raises(Exception, match="'more' was unexpected"):
        described("/topics", response)


# -- What it answers -----------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["en", "es"])
def test_answer_is_what_readers_see(client, site, code):
    item = ask(client, f"topics/{site.topic.key}", language=code).json()
    html = pages.parse(client.get(item["page"].removeprefix("http://testserver")))
    article, byline = html.one("article"), html.one("div", class_="byline")

    assert html.one("h1").text == item["text"]["title"]["plain"]
    assert article.one("p", class_="answer").text == item["text"]["answer"]["plain"]
    shown = " ".join(plain(client.get(item["page"]).content.decode()).split())
    assert " ".join(item["text"]["body"]["plain"].split()) in shown
    names = [each.text for each in byline.all("bdi")]
    advisor = item["review"]["advisor"]
    assert [advisor["name"], advisor["credentials"]] == names[:2]
    assert client.get(advisor["url"].removeprefix("http://testserver")).status_code == 200
    days = [each.attrs["datetime"] for each in byline.all("time")]
    assert [item["review"]["signed_at"][:10], item["review"]["next_review"]] == days
    assert (item["language"], item["direction"]) == (code, languages.direction(code))
    version = pages.parse(client.get(item["version"].removeprefix("http://testserver")))
    assert version.one("h1").text == item["text"]["title"]["plain"]
    assert item["version"] in version.one("dl", class_="version").text


def test_notes_of_each_item_begin_with_one_and_words_are_not_linked(client, site):
    for item in ask(client, "topics", per_page=100).json()["items"]:
        html = item["text"]["body"]["html"]
        assert re.findall(r'href="#source-(\d+)"', html)[0] == "1"
        assert "popovertarget" not in html
        pages.parse_part(html)


def test_what_a_text_draws_is_in_its_html_only_if_it_is_signed_in_that_language(client, site):
    spanish, arabic = (
        ask(client, f"topics/{site.topic.key}", language=code).json() for code in ("es", "ar")
    )

    assert "<figure" in spanish["text"]["body"]["html"]
    assert "<figure" not in arabic["text"]["body"]["html"]
    assert "en-word" not in json.dumps(arabic)
    urls = {each["type"]: each["url"] for each in arabic["refers"]}
    assert urls["evidence.keyfigure"] is urls["topics.analogy"] is None
    assert urls["evidence.source"].startswith("http://testserver/api/v1/sources/")
    for each in spanish["refers"]:
        assert client.get(each["url"].removeprefix("http://testserver")).status_code == 200


def test_outdated_translation_says_that_its_original_has_changed(client, site):
    before = ask(client, f"topics/{site.topic.key}", language="es").json()["source"]
    text, _ = f.whole_text(site.topic, "en")
    text["title"] = "Other words"
    revision = f.save(site.topic, "en", site.people.writer_of("en"), text)
    request = workflow.submit([revision], by=site.people.writer_of("en"))
    f.approve(site.people, request, by=site.people.signer_of("en"))

    after = ask(client, f"topics/{site.topic.key}", language="es").json()["source"]

    assert (before["current"], after["current"]) == (True, False)
    assert before["translated"] == before["now"] == after["translated"] != after["now"]


def test_source_language_is_asked_for_where_none_is_named(client, site):
    assert ask(client, "guides").json()["items"][0]["language"] == "en"


# -- A stranger computes a fingerprint -----------------------------------------------------------


@pytest.fixture(scope="module")
def script(tmp_path_factory):
    """The program that docs/api.md prints."""
    text = Path(settings.BASE_DIR, "docs", "api.md").read_text()
    [program] = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    path = tmp_path_factory.mktemp("api") / "check.py"
    path.write_text(program)
    return path


def fits(script, item):
    command = [sys.executable, "-I", str(script)]
    result = subprocess.run(command, input=json.dumps(item).encode(), capture_output=True)
    assert b"Traceback" not in result.stderr, result.stderr
    return result.returncode == 0


@pytest.mark.parametrize("kind", KINDS)
def test_stranger_computes_the_fingerprints_of_an_answer(client, site, script, kind):
    item = ask(client, kind, language="es").json()["items"][0]

    assert fits(script, item)
    for name in item["text"]:
        changed = json.loads(json.dumps(item))
        changed["text"][name]["markdown"] += " "
        assert not fits(script, changed), name
    if item["facts"]:
        changed = json.loads(json.dumps(item))
        changed["facts"]["another"] = 1
        assert not fits(script, changed)


def test_fingerprint_of_text_with_every_awkward_character(client, people, script):
    guide = f.make_guide(key="awkward")
    awkward = 'Quote " backslash \\ slash / tab\there, é ñ 肝 الكبد 🙂 \u2028 5 < 6 & 7 > 6'
    f.make_public(people, guide, text=f.text_for(type(guide), introduction=f"One\n\n{awkward}"))

    item = ask(client, "guides/awkward").json()

    assert awkward in item["text"]["introduction"]["markdown"]
    assert fits(script, item)


# -- How it answers ------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["", "openapi.json", "topics", "topics/none", "none", "a/b/c"])
def test_answers_are_for_everybody_and_leave_nothing_behind(client, site, path):
    response = client.get(f"/api/v1/{path}", headers={"origin": "https://elsewhere.example"})

    assert response["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in response
    assert "Link" in response["Access-Control-Expose-Headers"]
    assert response["X-Robots-Tag"] == "noindex"
    assert response["Cache-Control"] == "no-cache"
    assert response.cookies == {}
    assert "Cookie" not in response.get("Vary", "")


@pytest.mark.asvs("2.4.1")
def test_a_flood_of_one_connection_is_told_to_wait_and_nobody_else_is(
    client, site, described, monkeypatch, settings
):
    cache.clear()
    settings.SITE_URL = "http://testserver"
    monkeypatch.setattr(api, "MOST", 3)

    for path in ("topics", "none", "topics/none"):
        assert client.get(f"/api/v1/{path}").status_code != 429
    refused = client.get("/api/v1/topics?language=es")

    assert (refused.status_code, refused["Retry-After"]) == (429, "60")
    assert refused["Access-Control-Allow-Origin"] == "*"
    assert "wait" in described("/topics", refused)["detail"]
    assert client.get("/api/v1/topics", REMOTE_ADDR="192.0.2.9").status_code == 200
    assert baked.ask("/api/v1/topics")[0].status_code == 200  # what is baked is whole
    cache.clear()


def test_answer_that_still_holds_is_not_sent_again(client, site):
    address = f"/api/v1/topics/{site.topic.key}?language=es"
    tag = client.get(address)["ETag"]
    again = client.get(address, headers={"if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")

    by = site.people.signer_of("es")
    workflow.withdraw(site.topic, "es", by=by, reason="It was wrong.")

    assert client.get(address, headers={"if-none-match": tag}).status_code == 410


def test_withdrawn_text_answers_410_and_says_when(client, site):
    by = site.people.signer_of("es")
    workflow.withdraw(site.topic, "es", by=by, reason="A secret reason.")

    sentence = problem(ask(client, f"topics/{site.topic.key}", 410, language="es"))

    day = SignOff.objects.get(decision="withdraw").signed_at.date()
    assert f"withdrawn on {day}" in sentence
    assert "secret" not in sentence
    assert ask(client, f"topics/{site.topic.key}", language="en")


def test_text_that_was_never_signed_answers_404(client, site):
    ask(client, f"faqs/{site.whole.faqs[0].key}", 404, language="ar")
    f.save(f.make_guide(key="draft"), "en", site.people.writer_of("en"))
    assert "“draft”" in problem(ask(client, "guides/draft", 404))


@pytest.mark.parametrize(
    ("path", "params", "status", "said"),
    [
        ("topics", {"lang": "es"}, 400, "no parameter “lang”"),
        ("topics", {"language": ["es", "en"]}, 400, "more than once"),
        ("topics", {"language": "de"}, 400, "no language “de”"),
        ("topics", {"language": ""}, 400, "no language “”"),
        ("topics", {"page": "0"}, 400, "from 1, not “0”"),
        ("topics", {"page": "two"}, 400, "not “two”"),
        ("topics", {"page": "²"}, 400, "not “²”"),
        ("topics", {"page": "9" * 400}, 400, "from 1"),
        ("topics", {"page": "99"}, 404, "the last one is 1"),
        ("topics", {"per_page": "101"}, 400, "from 1 to 100"),
        ("topics/x", {"page": "1"}, 400, "known: language"),
        ("", {"language": "en"}, 400, "known: none"),
        ("openapi.json", {"x": "1"}, 400, "known: none"),
        ("nothing", {}, 404, "no collection “nothing”"),
        ("nothing/x", {}, 404, "no collection “nothing”"),
        ("topics/", {}, 404, "There is nothing here"),
        ("a/b/c", {}, 404, "There is nothing here"),
    ],
)
def test_what_is_not_understood_is_refused_with_a_sentence(
    client, site, path, params, status, said
):
    assert said in problem(ask(client, path, status, **params))


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_can_be_written(site, method):
    from django.test import Client

    response = getattr(Client(enforce_csrf_checks=True), method)("/api/v1/topics")

    assert response.status_code == 405
    assert "GET" in response["Allow"]
    assert "read only" in problem(response)


def test_browsers_may_ask_with_a_condition(client):
    response = client.options("/api/v1/topics", headers={"origin": "https://elsewhere.example"})

    assert response.status_code == 204
    assert response["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"
    assert response["Access-Control-Allow-Headers"] == "If-None-Match"


def test_fault_of_ours_is_a_problem_too(client, monkeypatch):
    def fails(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr("reading.api.answers.items", fails)
    client.raise_request_exception = False

    assert "ours" in problem(ask(client, "topics", 500))


# -- Pages of a collection -----------------------------------------------------------------------


def links(response):
    return {rel: url for url, rel in re.findall(r'<([^>]+)>; rel="(\w+)"', response["Link"])}


def test_links_lead_through_every_item_once(client, site):
    keys, address = [], "/api/v1/topics?language=es&per_page=2"
    while address:
        response = client.get(address)
        keys += [each["key"] for each in response.json()["items"]]
        address = links(response).get("next", "").removeprefix("http://testserver")

    assert keys == [each.key for each in site.whole.topics]


@pytest.mark.parametrize(
    ("page", "rels"),
    [(1, {"first", "next", "last"}), (2, {"first", "prev", "last"})],
)
def test_links_name_the_pages_that_there_are(client, site, page, rels):
    response = ask(client, "topics", per_page=2, page=page)

    assert set(links(response)) == rels
    assert links(response)["last"].endswith("language=en&page=2&per_page=2")
    assert (response.json()["page"], response.json()["pages"]) == (page, 2)


def test_text_that_was_altered_leaves_the_page_shorter_and_the_others_where_they_are(
    client, site, sql
):
    sql("UPDATE topics_topic SET title_en = 'Altered' WHERE id = %s", site.topic.pk)

    first, second = (
        [each["key"] for each in ask(client, "topics", per_page=2, page=page).json()["items"]]
        for page in (1, 2)
    )

    assert first == [site.whole.topics[1].key]
    assert second == [site.whole.topics[2].key]
