"""The visit plan as the server sends it: what stands there, and what belongs to which tick."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from faq import visit_plan
from faq.models import DoctorQuestion, Situation
from reading import pdf
from review import languages, workflow
from tests import factories as f
from tests import pages

pytestmark = pytest.mark.django_db

CODES = [code for code, _ in settings.LANGUAGES]
STYLES = Path(settings.BASE_DIR, "static", "visit-plan.css").read_text()
ASK = {"ask": ["nurse"], "when": ["any-time"]}


def situation(people, key, group="ras", *, code=None, **facts):
    made = f.make_situation(key=key)
    text = {"label": f"Label {key}", "explanation": f"Explained {key}."}
    f.make_public(people, made, text=text, facts={"group": group, **facts})
    if code:
        translated = {name: f"{code} {value}" for name, value in text.items()}
        f.make_public(people, made, code, text=translated)
    return made


def question(people, key, *situations, guide=None):
    made = f.make_question(guide, key=key)
    text = {"question": f"Asked {key}?", "why": f"Because {key}."}
    facts = {**ASK, "situations": list(situations)}
    f.make_public(people, made, text=text, facts=facts)
    return made


def plan(client, code="en"):
    response = client.get(f"/{code}/visit-plan/")
    assert response.status_code == 200
    return pages.parse(response).one("div", class_="plan")


def slots(element, prefix):
    return set(re.findall(rf"\b{prefix}-(\d+)\b", element.attrs.get("class", "")))


def slot_of(html, key):
    [slot] = slots(html.one("input", id=f"know-{key}"), "pick")
    return slot


# -- What is there -------------------------------------------------------------------------------


@pytest.mark.parametrize("code", CODES)
def test_every_public_situation_and_question_is_there_under_its_own_language(client, people, code):
    situation(people, "ras-a", code="es")
    situation(people, "msi-a", group="msi")
    question(people, "one", "ras-a")
    question(people, "two")

    html = plan(client, code)

    for key, shown in (("ras-a", "es" if code == "es" else "en"), ("msi-a", "en")):
        label = html.one("label", **{"for": f"know-{key}"})
        assert label.text.endswith(f"Label {key}")
        assert label.closest("lang") == shown
        assert label.closest("dir") == languages.direction(shown)
    for key in ("one", "two"):
        item = html.one("li", id=f"ask-{key}")
        assert (item.attrs["lang"], f"Because {key}." in item.text) == ("en", True)


def test_what_is_not_signed_or_was_withdrawn_is_nowhere(client, people):
    situation(people, "ras-a")
    gone = situation(people, "ras-gone")
    question(people, "kept", "ras-a")
    dropped = question(people, "dropped")
    f.save(f.make_situation(key="ras-draft"), "en", people.editor, facts={"group": "ras"})
    f.save(f.make_question(key="draft"), "en", people.editor, facts=ASK)
    workflow.withdraw(gone, "en", by=people.advisor, reason="A mistake")
    workflow.withdraw(dropped, "en", by=people.advisor, reason="A mistake")

    content = client.get("/en/visit-plan/").content.decode()

    assert "ras-a" in content
    assert "kept" in content
    for word in ("ras-gone", "dropped", "draft"):
        assert word not in content


def test_page_answers_before_anything_is_signed(client):
    html = plan(client)

    assert html.all("input", type="checkbox") == []
    assert "There is none yet." in html.text


def test_not_known_comes_first_in_each_group_also_where_none_is_signed(client, people):
    situation(people, "ras-a")
    situation(people, "ras-unknown", kind="unknown")
    situation(people, "msi-a", group="msi")

    html = plan(client)

    first = {key: html.one("fieldset", id=f"group-{key}").all("input")[0] for key in ("ras", "msi")}
    assert first["ras"].attrs["id"] == "know-ras-unknown"
    assert first["msi"].attrs["id"] == "know-nothing-msi"
    chips = html.one("ul", class_="chips").all("li")
    assert [(each.text, slots(each, "fits")) for each in chips] == [
        ("RAS", {slot_of(html, "ras-unknown")})
    ]


# -- What belongs to which tick ------------------------------------------------------------------


def test_question_stands_under_the_ticks_of_its_situations_and_for_everybody_without(
    client, people
):
    for key in ("ras-a", "ras-b", "ras-c"):
        situation(people, key)
    question(people, "two", "ras-a", "ras-c")
    question(people, "everybody")

    html = plan(client)

    fits = slots(html.one("li", id="ask-two"), "fits")
    assert fits == {slot_of(html, "ras-a"), slot_of(html, "ras-c")}
    assert "fits" not in html.one("li", id="ask-everybody").attrs["class"]
    told = html.one("input", id="know-ras-b").parent.one("div", class_="told")
    assert slots(told, "fits") == {slot_of(html, "ras-b")}


def test_part_of_the_page_is_there_for_every_tick_that_fills_it(client, people):
    for key in ("ras-a", "ras-b"):
        situation(people, key)
        question(people, f"for-{key}", key)

    html = plan(client)

    part = html.one("li", id="ask-for-ras-a").parent.parent
    assert slots(part, "fits") == {slot_of(html, "ras-a"), slot_of(html, "ras-b")}


def test_question_whose_situations_were_taken_down_is_for_everybody(client, people):
    gone = situation(people, "ras-gone")
    question(people, "left", "ras-gone")
    workflow.withdraw(gone, "en", by=people.advisor, reason="A mistake")

    assert "fits" not in plan(client).one("li", id="ask-left").attrs["class"]


def test_topic_is_named_once_for_all_situations_that_name_it(client, people):
    guide = f.make_guide()
    topic = f.make_topic(guide)
    gone = f.make_topic(guide)
    for item in (guide, topic, gone):
        f.make_public(people, item)
    for key in ("ras-a", "ras-b"):
        situation(people, key, topics=[topic.key, gone.key])
    workflow.withdraw(gone, "en", by=people.advisor, reason="A mistake")

    html = plan(client)

    [link] = html.one("section", class_="to-read").all("a")
    assert link.attrs["href"] == f"/en/guides/{guide.slug}/{topic.slug}/"
    assert slots(link.parent, "fits") == {slot_of(html, "ras-a"), slot_of(html, "ras-b")}


def test_what_depends_on_a_tick_beyond_the_styles_is_always_shown(client, people, monkeypatch):
    monkeypatch.setattr(visit_plan, "SLOTS", 1)
    for key in ("ras-a", "ras-b"):
        situation(people, key)
    question(people, "both", "ras-a", "ras-b")
    question(people, "first", "ras-a")

    html = plan(client)

    assert "fits" not in html.one("li", id="ask-both").attrs["class"]
    assert "fits" in html.one("li", id="ask-first").attrs["class"]
    told = html.one("input", id="know-ras-b").parent.one("div", class_="told")
    assert "fits" not in told.attrs["class"]


def test_styles_know_every_slot_and_no_other():
    rules = re.findall(r"\.plan:has\(\.pick-(\d+):checked\) \.fits-(\d+)\b", STYLES)

    assert rules == [(str(slot), str(slot)) for slot in range(1, visit_plan.SLOTS + 1)]


# -- A page for everybody ------------------------------------------------------------------------


def test_ids_are_unique_and_every_field_has_its_label(client, people):
    situation(people, "ras-a")
    situation(people, "ras-unknown", kind="unknown")
    question(people, "one", "ras-a")

    html = pages.parse(client.get("/en/visit-plan/"))

    ids = [each.attrs["id"] for each in html.walk() if "id" in each.attrs]
    assert len(ids) == len(set(ids))
    fields = [each for each in html.walk() if each.tag in ("input", "textarea")]
    labels = [each.attrs["for"] for each in html.all("label")]
    assert sorted(labels) == sorted(each.attrs["id"] for each in fields)
    assert all(each.text for each in html.all("label"))


def test_nothing_can_be_sent_and_nobody_gets_a_cookie(client, people):
    situation(people, "ras-a")

    response = client.get("/en/visit-plan/")

    html = pages.parse(response)
    assert html.all("form") == []
    assert not response.cookies
    assert not [each for each in html.walk() if "style" in each.attrs or each.tag == "style"]
    assert all("src" in each.attrs for each in html.all("script"))


def test_every_question_can_be_taken_along_as_a_pdf_in_both_sizes(client, people, monkeypatch):
    address = "/en/ask/questions.pdf"

    def offered():
        return {each.attrs["href"] for each in plan(client).all("a", type="application/pdf")}

    monkeypatch.setattr(pdf, "available", lambda: True)
    assert offered() == set()  # there is no question yet
    question(people, "one")
    assert offered() == {address, f"{address}?large"}
    monkeypatch.setattr(pdf, "available", lambda: False)
    assert offered() == set()


def test_page_says_who_signed_and_when_the_first_review_is_due(client, people):
    situation(people, "ras-a")

    signed = plan(client).all("p", class_="signed")[-1]

    assert people.advisor.advisor.name in signed.text


@pytest.mark.parametrize("path", ["", "ask/", "guides/whole/"])
def test_ways_lead_to_the_plan(client, people, path):
    guide = f.make_guide(key="whole")
    f.make_public(people, guide)
    question(people, "one", guide=guide)

    html = pages.parse(client.get(f"/en/{path}"))

    for place in (html.one("main"), html.one("nav", class_="sections")):
        assert [a for a in place.all("a") if a.attrs["href"] == "/en/visit-plan/"], place.tag


def test_page_costs_the_same_for_two_and_for_twelve_of_everything(client, people):
    guide = f.make_guide()
    f.make_public(people, guide)

    def fill(numbers):
        for number in numbers:
            f.make_public(people, f.make_source(key=f"source-{number}"))
            topic = f.make_topic(guide)
            f.make_public(people, topic)
            made = f.make_situation(key=f"situation-{number}")
            text = f.text_for(Situation, explanation=f"Cited [@source-{number}].")
            f.make_public(people, made, text=text, facts={"group": "ras", "topics": [topic.key]})
            asked = f.make_question(guide)
            facts = {**ASK, "situations": [made.key]}
            why = f.text_for(DoctorQuestion, why=f"Cited [@source-{number}].")
            f.make_public(people, asked, text=why, facts=facts)

    def cost(code):
        with CaptureQueriesContext(connection) as queries:
            plan(client, code)
        return len(queries)

    fill(range(2))
    few = [cost(code) for code in ("en", "es")]
    fill(range(2, 12))
    many = [cost(code) for code in ("en", "es")]

    assert few == many
    assert max(many) <= 12, many
