"""The board shows where every text stands in every language, as revisions and ledger tell it."""

import csv
import io

import pytest
from django.test import Client
from django.urls import reverse

from review import tables, workflow
from review.desk import cells
from review.lookups import newest_revision
from tests import factories as f
from tests.pages import parse
from tests.review import records

BOARD = "/admin/review/board/"


@pytest.fixture(autouse=True)
def anew():
    cells._kept.clear()


def cell(item, code="es"):
    return cells.board().items[item.item_type, item.key].cells[code]


def state(item, code="es"):
    return cell(item, code)[0]


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


def change(people, topic, significance, title="Another title"):
    request = f.submit(people, topic, text=records.text(title), significance=significance)
    f.approve(people, request)


def test_a_text_goes_through_every_state_of_the_board(people):
    topic = f.make_topic()
    assert state(topic) == "waiting"
    f.save(topic, "en", people.editor)
    assert state(topic) == "waiting"
    f.make_public(people, topic, text=records.text())
    assert state(topic) == "missing"
    f.save(topic, "es", people.translator)
    assert cell(topic) == ("draft", "")
    request = workflow.submit([newest_revision(topic, "es")], by=people.translator)
    assert cell(topic) == ("in-review", "")
    workflow.request_changes(request, by=people.spanish_advisor, comment="Please.")
    assert cell(topic) == ("draft", "")
    f.make_public(people, topic, "es", text=records.text("Título"))
    assert cell(topic) == ("current", "")
    change(people, topic, "wording")
    assert state(topic) == "outdated-wording"
    f.save(topic, "es", people.translator, records.text("Otro título"))
    assert cell(topic) == ("outdated-wording", "draft")
    change(people, topic, "meaning", "A third title")
    assert cell(topic) == ("outdated-meaning", "draft")
    workflow.discard(newest_revision(topic, "es"), by=people.translator)
    change(people, topic, "safety", "A fourth title")
    assert cell(topic) == ("outdated-safety", "")
    f.make_public(people, topic, "es", text=records.text("Cuarto"))
    assert cell(topic) == ("current", "")
    workflow.withdraw(topic, "es", by=people.spanish_advisor, reason="Wrong")
    assert cell(topic) == ("withdrawn", "")
    assert state(topic, "fr") == "missing"
    workflow.retire(topic, by=people.admin, reason="Old")
    assert (topic.item_type, topic.key) not in cells.board().items


def test_a_source_that_came_back_makes_its_translation_current_again(people):
    topic = records.in_two_languages(people)
    first = newest_revision(topic, "en").text
    change(people, topic, "meaning")
    assert state(topic) == "outdated-meaning"

    f.make_public(people, topic, text=first)

    assert state(topic) == "current"


def test_guides_come_first_and_terms_after_questions(people):
    second = f.make_guide(position=2)
    first = f.make_guide(position=1)
    term = f.Term.objects.create(key="a", slug="a")
    faq, topic = f.make_faq(first), f.make_topic(first)
    late = f.make_topic(second)

    found = [(item.name) for item in cells.board().items.values()]

    wanted = [first, topic, faq, second, late, term]
    assert found == [(item.item_type, item.key) for item in wanted]


def test_next_is_what_changed_for_safety_then_what_readers_meet_first(people):
    guide = f.make_guide()
    f.make_public(people, guide)
    harmed = f.make_topic(guide, position=2)
    missing = f.make_topic(guide, position=1)
    for topic in (harmed, missing):
        f.make_public(people, topic, text=records.text(f"Title of {topic.key}"))
    f.make_public(people, harmed, "es")
    change(people, harmed, "safety", "Harmed")

    html = parse(client_of(people.translator).get(BOARD))
    coming = next(each for each in html.all("section") if each.attrs.get("class") == "coming")
    links = [a.text for a in coming.all("a")]

    assert links[:3] == ["Harmed", "Text of title.", f"Title of {missing.key}"]
    listed = client_of(people.translator).get(f"{BOARD}?language=es&state=to-do&order=next")
    rows = [row.text for row in parse(listed).all("th") if row.attrs.get("scope") == "row"]
    assert next(r for r in rows if "Harmed" in r or "Title of" in r).startswith("Harmed")


def test_filters_stand_in_the_address_and_wrong_ones_are_left_out(people):
    topic = records.in_two_languages(people)
    other = f.make_topic(key="other")
    f.make_public(people, other, text=records.text("Something else"))
    client = client_of(people.translator)

    def shown(asked):
        response = client.get(f"{BOARD}?{asked}")
        assert response.status_code == 200
        html = parse(response)
        table = [each for each in html.all("table") if "cells" in each.attrs.get("class", "")]
        return " ".join(row.text for row in table[0].all("th")) if table else ""

    assert "Something else" in shown("state=missing&language=es")
    assert "Something else" not in shown("state=current&language=es")
    assert "Something else" in shown("q=something")
    assert shown("q=nowhere-at-all") == ""
    assert "Something else" in shown(f"guide={other.guide.key}")
    assert "Something else" not in shown(f"guide={topic.guide.key}")
    assert "Something else" not in shown("type=topics.guide")
    assert "Something else" in shown("language=xx&state=%00&type=a.b&guide=none&page=99999")
    for hostile in ("q=%00", "page=-1", "page=٣", "language=" + "x" * 5000, "guide=%F0%9F"):
        assert client.get(f"{BOARD}?{hostile}").status_code == 200


def test_every_cell_leads_to_its_texts_page_and_says_its_state_in_words(people):
    topic = records.in_two_languages(people)
    asked = f"{BOARD}?language=es&type=topics.topic"
    place = f"/admin/topics/topic/{topic.pk}"

    def link(user):
        html = parse(client_of(user).get(asked))
        assert [th.attrs["scope"] for th in html.all("th")]
        found = [a for a in html.all("a") if place in a.attrs["href"]]
        return [(a.attrs["class"], a.attrs["href"], a.text) for a in found if "class" in a.attrs]

    translates = f"{place}/translate/?language=es"
    assert link(people.translator) == [("cell current", translates, "current")]
    reads = f"{place}/change/?language=es"
    assert link(people.editor) == [("cell current", reads, "current")]
    draft = f.save(topic, "es", people.translator, records.text("Otro"))
    workflow.submit([draft], by=people.translator)
    assert link(people.translator) == [("cell current", reads, "current")]


def test_a_translator_sees_every_language_and_acts_only_in_her_own(people):
    topic = records.in_two_languages(people)
    french = f.make_user("french", "Translators (fr)")
    client = client_of(french)
    chosen = {"format": "po", "item": f"{topic.item_type}:{topic.key}", "filter": ""}

    assert "Export" not in client.get(f"{BOARD}?language=es").text
    assert "Export" in client.get(f"{BOARD}?language=fr").text
    assert client.post(f"{BOARD}export/", {**chosen, "language": "es"}).status_code == 403
    assert client.get(f"{BOARD}import/?language=es").status_code == 403
    assert client.get(f"{BOARD}terms/?language=es&format=tbx").status_code == 403
    made = client.post(f"{BOARD}export/", {**chosen, "language": "fr"})
    assert made.status_code == 200
    assert b"msgctxt" in made.content
    whole = client.post(f"{BOARD}export/", {**chosen, "item": "", "all": "1", "language": "fr"})
    assert topic.key in whole.text
    assert client.post(f"{BOARD}export/", {"language": "fr", "format": "po"}).status_code == 302
    assert client.get(f"{BOARD}export/?language=fr").status_code == 405
    nobody = client_of(people.nobody)
    for page in (BOARD, "/admin/review/board.csv", f"{BOARD}parked/?language=fr", f"{BOARD}item/"):
        assert nobody.get(page).status_code == 403
        assert Client().get(page).status_code == 302


def test_the_table_as_a_file_holds_the_filter_and_runs_nothing(people):
    topic = records.in_two_languages(people)
    evil = f.make_topic(topic.guide, key="evil")
    f.make_public(people, evil, text=records.text('=HYPERLINK("https://evil.example")'))
    client = client_of(people.translator)

    data = b"".join(client.get("/admin/review/board.csv?language=es&type=topics.topic"))
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))

    assert [(row["Key"], row["State"]) for row in rows] == [
        *(("evil", "missing"), (topic.key, "current")),
    ]
    assert rows[0]["Title"].startswith("'=")
    assert rows[1]["Address"].endswith(f"/admin/topics/topic/{topic.pk}/change/?language=es")
    some = b"".join(client.get("/admin/review/board.csv?language=es&state=missing"))
    assert topic.key not in some.decode().replace(topic.guide.key, "")


@pytest.mark.parametrize("cell_", ["=1", "+1", "-1", "@a", "\t=1", " =1", "\n=1", "\r1"])
def test_what_a_spreadsheet_would_run_is_text(cell_):
    assert tables.harmless(cell_) == f"'{cell_}"


def test_the_desk_leads_to_the_board(people):
    assert reverse("admin:review_board") in client_of(people.translator).get("/admin/").text
