"""The scorecard: scores by each instrument's rule, answers that count while the texts stay."""

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from review.guards import TransitionNotAllowed
from review.models import Assessment, LedgerEntry
from review.scorecard import answers, filling
from review.scorecard.assessed import assessed
from review.scorecard.instruments import NA, NO, PARTLY, YES, instrument, instruments, named
from review.scorecard.scoring import score
from tests import factories as f
from tests.pages import parse_part


def told(name, answer, **otherwise):
    """Every item of an instrument with one answer, some with another ("q16" is number 16)."""
    items = {item.number: answer for item in instrument(name).items}
    return items | {number.removeprefix("q"): value for number, value in otherwise.items()}


@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
def test_every_item_is_named_in_every_language_of_the_desk(language):
    with override(language):
        parts = [(part, named(part.names)) for each in instruments() for part in each.sections]
        items = [(item, named(item.names)) for each in instruments() for item in each.items]

    for part, (_words, spoken) in parts + items:
        assert spoken == language, part
    assert len({words for _item, (words, _spoken) in items}) > 80


@pytest.mark.parametrize(
    ("name", "given", "wanted"),
    [
        ("discern", told("discern", "5"), [(5, 5, "high"), (40, 40, ""), (35, 35, "")]),
        (
            "discern",
            told("discern", "2", q16="3", q14=NA),
            [(3, 5, "moderate: some shortcomings"), (16, 40, ""), (12, 30, "")],
        ),
        (
            "discern",
            told("discern", "5", q16="2"),
            [(2, 5, "low: serious shortcomings"), (40, 40, ""), (35, 35, "")],
        ),
        ("discern", {"16": "4"}, [(4, 5, "high"), (None, 40, ""), (None, 35, "")]),
        ("pemat", told("pemat", YES), [(100, 100, "enough"), (100, 100, "enough")]),
        # 12 of 16 that apply; 5 of 7.
        (
            "pemat",
            told("pemat", YES, q19=NA, q1=NO, q2=NO, q3=NO, q4=NO, q20=NO, q21=NO),
            [(75, 100, "enough"), (71.4, 100, "enough")],
        ),
        (
            "pemat",
            told("pemat", NO, q1=YES),
            [(5.9, 100, "not enough yet"), (0, 100, "not enough yet")],
        ),
        ("pemat", {}, [(None, 100, ""), (None, 100, "")]),
        ("cdc", told("cdc", YES, q1=NO, q2=NO), [(90, 100, "enough")]),
        ("cdc", told("cdc", YES, q1=NO, q2=NO, q3=NO), [(85, 100, "not enough yet")]),
        # Parts B to D do not apply: of eleven.
        (
            "cdc",
            told("cdc", YES, q1=NO, **{f"q{number}": NA for number in range(12, 21)}),
            [(90.9, 100, "enough")],
        ),
        # What comes before has no points.
        ("cdc", told("cdc", YES, I1=NO, I2=NO, I3=NO, I4=NO), [(100, 100, "enough")]),
        ("nhs", told("nhs", YES), [(17, 17, "met"), (18, 18, "")]),
    ],
)
def test_score_follows_the_instruments_own_rule(name, given, wanted):
    results = score(instrument(name), given)

    assert [(each.value, each.most, each.verdict) for each in results] == wanted


def test_essential_item_that_is_met_in_part_holds_the_standard_back():
    partly = told("nhs", YES) | {"1.E1": PARTLY}
    without = {n: a for n, a in told("nhs", YES).items() if n != "1.E2"}

    assert [each.verdict for each in score(instrument("nhs"), partly)] == ["not met yet", ""]
    assert [each.verdict for each in score(instrument("nhs"), without)] == ["", ""]
    assert score(instrument("nhs"), without)[0].missing == 1


def test_instruments_are_whole():
    counts = {each.id: len(each.items) for each in instruments()}

    assert counts == {"discern": 16, "pemat": 24, "cdc": 24, "nhs": 35}
    assert {i.rule for each in instruments() for i in each.items} - {""} == filling._rules.keys()
    for each in instruments():
        numbers = [item.number for item in each.items]
        assert len(numbers) == len(set(numbers))
        assert all({"en", "ar"} <= item.names.keys() for item in each.items)
        assert all(len(name) <= 90 for item in each.items for name in item.names.values())


@pytest.fixture
def guide(people):
    """A public guide with one topic."""
    guide = f.make_guide(key="liver")
    f.make_public(people, guide)
    f.make_public(people, f.make_topic(guide, key="ras"))
    return guide


def record(guide, by, given, name="pemat", language="en"):
    whole = assessed(guide, language)
    sent = {number: (answer, "") for number, answer in given.items()}
    return answers.record(whole, instrument(name), sent, by=by, seen=answers.digest(whole))


def test_answer_counts_until_a_text_that_was_read_changes(people, guide):
    record(guide, people.editor, {"1": YES, "2": NO})
    record(guide, people.advisor, {"2": YES})

    before = answers.given(assessed(guide, "en"))
    topic = guide.topics.get()
    f.save(topic, "en", people.editor, f.text_for(type(topic), "Only a draft"))
    drafted = answers.given(assessed(guide, "en"))
    f.make_public(people, topic, text=f.text_for(type(topic), "Changed"))
    after = answers.given(assessed(guide, "en"))

    assert [before["pemat", n].name for n in "12"] == [
        people.editor.username,
        people.advisor.username,
    ]
    assert before["pemat", "2"].answer == YES
    assert all(each.counts for each in drafted.values())
    assert {each.changed for each in after.values()} == {("topics.topic:ras",)}
    f.make_public(people, f.make_topic(guide, key="new"))
    came = answers.given(assessed(guide, "en"))["pemat", "1"]
    assert came.changed == ("topics.topic:new", "topics.topic:ras")
    assert answers.given(assessed(guide, "es")) == {}


def test_answers_stay_as_they_were_given(people, guide):
    row = record(guide, people.editor, {"1": YES})

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Assessment.objects.filter(pk=row.pk).update(name="Somebody else")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        row.delete()
    line = LedgerEntry.objects.get(event="scorecard:answer")
    assert (line.item_type, line.key, line.language) == ("topics.guide", "liver", "en")
    assert '"answers":{"1":"yes"}' in line.payload


@pytest.mark.parametrize(
    ("given", "why"),
    [({}, "Nothing was answered"), ({"1": NA}, "cannot be answered so"), ({"13": YES}, "Item 13")],
)
def test_answer_that_is_none_is_refused_with_a_sentence(people, guide, given, why):
    with pytest.raises(TransitionNotAllowed, match=why):
        record(guide, people.editor, given)

    assert not Assessment.objects.exists()


def test_nobody_without_a_part_in_reviewing_answers(people, guide):
    with pytest.raises(PermissionDenied):
        record(guide, people.nobody, {"1": YES})


def test_checks_and_records_fill_what_they_can_tell(people, guide, checked):
    whole = assessed(guide, "en")

    def filled(name, number, of=whole):
        found = filling.fill(instrument(name).item(number), of)
        return found and found.answer

    assert filled("discern", "5") == "5"
    assert filled("nhs", "1.E1") == YES
    assert filled("nhs", "2.E4") == NA  # the original is no translation
    assert filled("pemat", "11") == YES
    assert filled("cdc", "5") == NO  # "Text of urgent_signs." does not say it
    assert filled("discern", "9") is None  # no treatment here: a person says
    assert filled("discern", "1") is None  # no rule
    topic = f.make_topic(guide, key="draft")
    body = "The survival after five years is 20%."
    f.save(topic, "en", people.editor, f.text_for(type(topic), body=body))
    later = assessed(guide, "en")
    assert filled("nhs", "1.E1", later) == PARTLY
    assert filled("discern", "4", later) == "3"
    assert filled("nhs", "2.E4", assessed(guide, "es")) is None  # nothing to assess


def shown(client, guide, asked=""):
    address = reverse("admin:review_scorecard", args=["topics.guide", guide.key])
    response = client.get(address + asked)
    assert response.status_code == 200
    return parse_part(response.content.decode(), strict=False)


def test_page_is_answered_printed_and_says_what_no_longer_counts(client, people, guide):
    client.force_login(people.editor)
    item = parse_part(
        client.get(reverse("admin:topics_guide_change", args=[guide.pk])).content.decode(),
        strict=False,
    )
    [link] = item.one("ul", class_="beside-links").all("a")
    assert link.attrs["href"].startswith("/admin/review/scorecard/topics.guide/liver/")

    page = shown(client, guide, "?answer=pemat")
    form = page.one("section", id="pemat")
    assert len(form.all("select")) < 24  # what a rule fills is asked of nobody
    seen = next(e.attrs["value"] for e in form.all("input") if e.attrs.get("name") == "seen")
    sent = {"instrument": "pemat", "seen": seen, "answer-1": "yes", "note-1": "Its title says it"}
    address = reverse("admin:review_scorecard", args=["topics.guide", guide.key])
    assert client.post(address, sent).status_code == 302
    page = shown(client, guide)
    assert "Its title says it" in page.one("section", id="pemat").text
    assert people.editor.username in page.one("section", id="pemat").text
    assert "Self-assessed" in page.text

    topic = guide.topics.get()
    f.make_public(people, topic, text=f.text_for(type(topic), "Changed"))
    refused = client.post(address, {**sent, "answer-2": "no", "note-2": "Kept words"})
    again = parse_part(refused.content.decode(), strict=False)
    assert refused.status_code == 409
    assert "A text changed while you answered" in again.text
    assert any(each.attrs.get("value") == "Kept words" for each in again.all("input"))
    page = shown(client, guide)
    assert "1 answer is about an older text" in page.text
    assert "topics.topic:ras" in page.one("form", class_="old").text
    seen = next(
        e.attrs["value"]
        for e in page.one("form", class_="old").all("input")
        if e.attrs.get("name") == "seen"
    )
    anew = {"instrument": "pemat", "seen": seen, "action": "again"}
    assert client.post(address, anew).status_code == 409
    client.force_login(people.advisor)
    assert client.post(address, {**anew, "read": "1"}).status_code == 302
    given = answers.given(assessed(guide, "en"))["pemat", "1"]
    assert (given.counts, given.name, given.note) == (
        True,
        people.advisor.username,
        "Its title says it",
    )


def test_page_costs_the_same_for_more_texts_and_answers(client, people, guide):
    client.force_login(people.editor)

    def cost():
        with CaptureQueriesContext(connection) as queries:
            shown(client, guide)
        return len(queries)

    shown(client, guide)
    before = cost()
    for number in range(3):
        f.make_public(people, f.make_topic(guide))
        record(guide, people.editor, {str(number + 1): YES})

    assert cost() == before


@pytest.mark.parametrize("path", ["topics.topic/ras", "topics.guide/none", "no.such/thing"])
def test_only_what_has_sections_has_a_scorecard(client, people, guide, path):
    client.force_login(people.editor)

    assert client.get(f"/admin/review/scorecard/{path}/").status_code == 404


def test_page_speaks_arabic(client, people, guide):
    from review.models import Preference

    Preference.objects.create(user=people.editor, language="ar")
    client.force_login(people.editor)

    page = shown(client, guide)

    assert "أهدافه واضحة" in page.one("section", id="discern").text
    assert page.one("h2", id="discern-name").attrs["lang"] == "en"
