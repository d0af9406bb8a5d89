"""Retiring an item: nothing of it is public or in a list any more, all of it is kept."""

import pytest
from django.core.exceptions import PermissionDenied

from review import workflow
from review.models import LedgerEntry, Revision, SignOff, Standing
from tests import factories as f

from .records import in_two_languages, problems, refused, shown, text

pytestmark = pytest.mark.django_db


def retired(item):
    return workflow.fresh(item).retired


def test_what_is_public_comes_down_in_every_language_with_the_reason(people):
    topic = in_two_languages(people)

    workflow.retire(topic, by=people.admin, reason="Told elsewhere")

    assert retired(topic)
    assert [shown(topic, code) for code in ("en", "es")] == [None, None]
    down = SignOff.objects.filter(decision="withdraw")
    assert {each.language for each in down} == {"en", "es"}
    assert all("Told elsewhere" in each.reason for each in down)
    assert LedgerEntry.objects.filter(event="item:retire", key=topic.key).count() == 1
    assert problems() == []


def test_drafts_are_put_away_and_no_list_shows_it(people):
    topic = in_two_languages(people)
    f.save(topic, "en", people.editor, text("A draft"))
    f.save(topic, "es", people.translator, text("Un borrador"))

    workflow.retire(topic, by=people.admin, reason="Old")

    assert not Revision.objects.filter(state="draft").exists()
    assert Revision.objects.filter(state="discarded").count() == 2
    assert not Standing.objects.filter(key=topic.key).exists()
    assert problems() == []


def test_a_text_in_review_is_recalled_first(people):
    topic = f.make_topic()
    request = f.submit(people, topic)

    assert "Recall it first" in str(
        refused(workflow.retire, topic, by=people.admin, reason="Old").value
    )
    workflow.recall(request, by=people.editor)
    workflow.retire(topic, by=people.admin, reason="Old")
    assert retired(topic)


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_text_that_is_signed_and_waits_is_stopped_first(people, language):
    topic = in_two_languages(people)
    request = f.submit(people, topic, language, text("New"))
    f.sign(people, request)

    assert "Stop that first" in str(
        refused(workflow.retire, topic, by=people.admin, reason="Old").value
    )
    writer = people.editor if language == "en" else people.translator
    workflow.stop(request, by=writer, reason="Not needed")
    workflow.retire(topic, by=people.admin, reason="Old")
    assert retired(topic)
    assert problems() == []


def test_what_waits_of_another_item_is_in_nobodys_way(people):
    topic = f.make_topic()
    f.sign(people, f.submit(people, f.make_topic()))

    workflow.retire(topic, by=people.admin, reason="Old")

    assert retired(topic)


@pytest.mark.parametrize("reason", ["", " \n"])
def test_retiring_says_why(people, reason):
    refused(workflow.retire, f.make_topic(), by=people.admin, reason=reason)


def test_who_places_items_retires_what_is_not_public(people):
    topic = f.make_topic()

    workflow.retire(topic, by=people.editor, reason="Never written")

    assert retired(topic)


@pytest.mark.parametrize("who", ["editor", "advisor", "translator", "nobody"])
def test_public_text_is_taken_down_by_who_may_withdraw_it(people, who):
    topic = in_two_languages(people)

    refusal = refused(workflow.retire, topic, by=getattr(people, who), reason="Old")

    assert refusal.type is PermissionDenied


@pytest.mark.parametrize("who", ["advisor", "translator", "nobody"])
def test_only_who_places_items_brings_one_back(people, who):
    topic = f.make_topic()
    workflow.retire(topic, by=people.editor, reason="Old")

    refusal = refused(workflow.bring_back, topic, by=getattr(people, who))

    assert refusal.type is PermissionDenied


def test_a_retired_item_is_neither_written_nor_restored_nor_retired_again(people):
    topic = in_two_languages(people)
    signed = Revision.objects.get(language="en")
    workflow.retire(topic, by=people.admin, reason="Old")

    for action, about, more in (
        (f.save, topic, {"language": "en", "text": text("New")}),
        (f.save, topic, {"language": "es", "text": text("Nuevo")}),
        (workflow.restore, signed, {}),
        (workflow.retire, topic, {"reason": "Again"}),
    ):
        assert "retired" in str(refused(action, about, by=people.admin, **more).value)
    refused(workflow.reaffirm, topic, "en", by=people.advisor, expected=signed.fingerprints)


def test_an_item_that_is_brought_back_has_its_history_and_nothing_public(people):
    topic = in_two_languages(people)
    signed = Revision.objects.get(language="en")
    workflow.retire(topic, by=people.admin, reason="Old")

    workflow.bring_back(topic, by=people.editor)

    assert not retired(topic)
    assert shown(topic) is None
    assert Standing.objects.filter(key=topic.key, live=None).count() == 2
    assert problems() == []
    draft = workflow.restore(signed, by=people.editor)
    f.approve(people, workflow.submit([draft], by=people.editor))
    assert shown(topic) == (signed.text["title"], "en")
    assert problems() == []


def test_what_is_not_retired_is_not_brought_back(people):
    refused(workflow.bring_back, f.make_topic(), by=people.admin)
