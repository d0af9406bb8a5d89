"""Rule 8: one normal form, nothing created without a change, no word lost between two editors."""

import pytest
from django.core.exceptions import ValidationError

from review import workflow
from tests import factories as f

from .records import everything, row, text

pytestmark = pytest.mark.django_db

SAFETY = {"significance": "safety"}


# -- Rule 8: one normal form; nothing lost -------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("Cafe\u0301", "Café"),
        ("One\r\nTwo\rThree", "One\nTwo\nThree"),
        (" \n edges \n ", "edges"),
        ("Tab\tinside", "Tab\tinside"),
        ("👩\u200d⚕️ stays", "👩\u200d⚕️ stays"),
    ],
)
def test_rule_8_text_is_brought_into_normal_form_once(people, typed, stored):
    topic = f.make_topic()

    saved = f.save(topic, "en", people.editor, text(body=typed))
    request = workflow.submit([saved], by=people.editor)
    f.approve(people, request)

    assert saved.text["body"] == stored
    assert row(topic)["body_en"] == stored


@pytest.mark.parametrize("character", ["\0", "\x07", "\x1b", "\x7f", "\x85", "\ud800"])
def test_rule_8_what_is_not_text_is_refused_with_a_sentence(people, character):
    topic = f.make_topic()
    before = everything()

    with pytest.raises(ValidationError) as refusal:
        f.save(topic, "en", people.editor, text(body=f"First\nsecond{character}"))

    [sentence] = refusal.value.message_dict["body"]
    assert "Line 2" in sentence
    assert everything() == before


def test_rule_8_facts_are_brought_into_normal_form_too(people):
    cited = f.make_source()

    facts = {**f.SOURCE_FACTS, "authors": " Cafe\u0301 J "}
    saved = f.save(cited, "en", people.editor, facts=facts)

    assert saved.facts["authors"] == "Café J"


@pytest.mark.parametrize("state", ["draft", "in review", "approved", "public"])
def test_rule_8_saving_without_a_change_creates_nothing(people, state):
    topic, words = f.make_topic(), text(body="Café\n\nau lait")
    f.save(topic, "en", people.editor, words)
    if state != "draft":
        request = workflow.submit([workflow.newest_revision(topic, "en")], by=people.editor)
    if state == "approved":
        f.sign(people, request)
    if state == "public":
        f.approve(people, request)
    before = everything()

    f.save(topic, "en", people.second_editor, words)
    f.save(topic, "en", people.second_editor, text(body=" Cafe\u0301\r\n\r\nau lait\n"))

    assert everything() == before


def test_rule_8_a_change_of_remarks_alone_is_kept(people):
    topic = f.make_topic()
    f.save(topic, "en", people.editor, text())

    f.save(topic, "en", people.second_editor, text(), summary="Why", significance="safety")

    saved = workflow.newest_revision(topic, "en")
    assert (saved.number, saved.summary, saved.significance) == (1, "Why", "safety")


def _save(topic, by, based_on, title, **more):
    return workflow.save_draft(topic, "en", text(title), by=by, based_on=based_on, **more)


def test_rule_8_a_save_based_on_an_older_text_keeps_both(people):
    topic = f.make_topic()
    opened = workflow.token(f.save(topic, "en", people.editor, text("First")))
    _save(topic, people.second_editor, opened, "Theirs")
    before = everything()

    with pytest.raises(workflow.Conflict) as conflict:
        _save(topic, people.editor, opened, "Mine")

    assert everything() == before
    assert conflict.value.theirs.text["title"] == "Theirs"
    assert str(people.second_editor) in str(conflict.value)
    _save(topic, people.editor, workflow.token(conflict.value.theirs), "Mine and theirs")
    assert workflow.newest_revision(topic, "en").text["title"] == "Mine and theirs"


@pytest.mark.parametrize(
    "remarks", [{"summary": "Two people were harmed"}, {"significance": "safety"}]
)
def test_rule_8_remarks_of_another_are_not_overwritten_unseen(people, remarks):
    topic = f.make_topic()
    opened = workflow.token(f.save(topic, "en", people.editor, text("First")))
    _save(topic, people.second_editor, opened, "First", **remarks)

    with pytest.raises(workflow.Conflict):
        _save(topic, people.editor, opened, "Mine")


@pytest.mark.parametrize("meanwhile", ["first text", "discarded", "published", "submitted"])
def test_rule_8_every_change_of_the_newest_text_is_a_conflict(people, meanwhile):
    topic = f.make_topic()
    opened = ""
    if meanwhile != "first text":
        opened = workflow.token(f.save(topic, "en", people.editor, text("First")))
    draft = workflow.newest_revision(topic, "en") or f.save(topic, "en", people.editor)
    if meanwhile == "discarded":
        workflow.discard(draft, by=people.editor)
    if meanwhile == "published":
        _save(topic, people.editor, opened, "Second")
        f.approve(people, workflow.submit([draft], by=people.editor))
    if meanwhile == "submitted":
        # The text is the same: a further save starts the next draft, beside the one in review.
        workflow.submit([draft], by=people.editor)
        made = _save(topic, people.second_editor, opened, "Mine")
        assert (made.number, made.state) == (2, "draft")
        return

    with pytest.raises(workflow.Conflict):
        _save(topic, people.second_editor, opened, "Mine")


def test_rule_8_a_conflict_names_who_saved_last(people):
    topic = f.make_topic()
    f.save(topic, "en", people.editor, text("One"))
    opened = workflow.token(f.save(topic, "en", people.second_editor, text("Two")))
    f.save(topic, "en", people.editor, text("Three"))

    with pytest.raises(workflow.Conflict) as conflict:
        _save(topic, people.second_editor, opened, "Mine")

    assert str(people.editor) in str(conflict.value)


def test_rule_8_a_discarded_text_can_be_had_again(people):
    topic = f.make_topic()
    draft = f.save(topic, "en", people.editor, text("Precious"))
    workflow.discard(draft, by=people.second_editor)

    restored = workflow.restore(draft, by=people.editor)

    assert (restored.number, restored.text["title"]) == (2, "Precious")


def test_text_that_is_sent_again_by_its_writer_is_no_conflict_with_itself(people):
    """The connection broke after the first saving: the answer, with the new token, was lost."""
    topic = f.make_topic()
    sent = {"text": f.text_for(type(topic)), "by": people.editor, "based_on": "", "summary": "New"}
    saved = workflow.save_draft(topic, "en", **sent)

    again = workflow.save_draft(topic, "en", **sent)

    assert (again.pk, again.saved_at) == (saved.pk, saved.saved_at)
    for other in ({"by": people.second_editor}, {"summary": "x"}, {"text": {"title": "Other"}}):
        with pytest.raises(workflow.Conflict):
            workflow.save_draft(topic, "en", **{**sent, **other})
