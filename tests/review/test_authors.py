"""Rule 2: nobody signs what they wrote; the workflow explains it and a trigger refuses it."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from review import workflow
from review.models import Revision, SignOff
from tests import factories as f

from .records import problems, refused, shown, text

pytestmark = pytest.mark.django_db

SAFETY = {"significance": "safety"}


def sign_past_the_workflow(revision, by, decision="approve", **fields):
    """What somebody with a shell would do: mark the revision approved and insert the sign-off."""
    Revision.objects.filter(pk=revision.pk, state="in review").update(state="approved")
    revision.refresh_from_db()
    given = {
        "advisor": getattr(by, "advisor", None) or f.make_advisor().advisor,
        "user": by,
        "decision": decision,
        "revision": revision,
        "item_type": revision.item_type,
        "key": revision.key,
        "language": revision.language,
        "fingerprint": revision.fingerprint,
        "facts_fingerprint": revision.facts_fingerprint,
        "source_fingerprints": revision.source_fingerprints,
        "origin": revision.origin,
        "significance": "meaning",
        "name": "Somebody",
        "refers": [],
        "signed_at": revision.saved_at,
        "next_review": revision.saved_at.date(),
    }
    with transaction.atomic():
        return SignOff.objects.create(**{**given, **fields})


# -- Rule 2: nobody signs what they wrote --------------------------------------------------------


def _is_author(people, topic, me):
    return workflow.submit([f.save(topic, "en", me)], by=people.editor)


def _is_author_and_superuser(people, topic, me):
    me.is_superuser = True
    me.save()
    return _is_author(people, topic, me)


def _another_saved_after_me(people, topic, me):
    f.save(topic, "en", me, text("Mine"))
    return f.submit(people, topic, text=text("Theirs"))


def _i_saved_after_another(people, topic, me):
    f.save(topic, "en", people.editor, text("Theirs"))
    return workflow.submit([f.save(topic, "en", me, text("Mine"))], by=people.editor)


def _saved_remarks_only(people, topic, me):
    f.save(topic, "en", people.editor, text())
    mine = f.save(topic, "en", me, text(), summary="Why it changed")
    return workflow.submit([mine], by=people.editor)


def _wrote_an_earlier_text_that_was_refused(people, topic, me):
    request = _is_author(people, topic, me)
    workflow.request_changes(request, by=people.advisor, comment="Shorter")
    return f.submit(people, topic, text=text("Shorter"))


def _wrote_an_earlier_text_that_was_discarded(people, topic, me):
    workflow.discard(f.save(topic, "en", me), by=me)
    return f.submit(people, topic, text=text("Theirs"))


def _wrote_a_later_draft(people, topic, me):
    request = f.submit(people, topic, text=text("Theirs"))
    f.save(topic, "en", me, text("Mine"))
    return request


def _wrote_a_later_draft_that_was_discarded(people, topic, me):
    request = _wrote_a_later_draft(people, topic, me)
    workflow.discard(workflow.newest_revision(topic, "en"), by=people.editor)
    return request


def _restored_the_text(people, topic, me):
    earlier = f.make_public(people, topic, text=text("Old")).revision
    f.make_public(people, topic, text=text("New"))
    return workflow.submit([workflow.restore(earlier, by=me)], by=people.editor)


def _wrote_a_text_after_the_last_approval(people, topic, me):
    f.make_public(people, topic, text=text("Old"))
    return _is_author(people, topic, me)


AUTHORS = [
    _is_author,
    _is_author_and_superuser,
    _another_saved_after_me,
    _i_saved_after_another,
    _saved_remarks_only,
    _wrote_an_earlier_text_that_was_refused,
    _wrote_an_earlier_text_that_was_discarded,
    _wrote_a_later_draft,
    _wrote_a_later_draft_that_was_discarded,
    _restored_the_text,
    _wrote_a_text_after_the_last_approval,
]


@pytest.mark.parametrize("case", AUTHORS)
def test_rule_2_author_cannot_sign(people, case):
    me, topic = people.writing_advisor, f.make_topic()
    request = case(people, topic, me)

    refusal = refused(f.approve, people, request, by=me)

    assert refusal.type is PermissionDenied
    f.approve(people, request, by=people.second_advisor)
    assert problems() == []


@pytest.mark.parametrize("case", AUTHORS)
def test_rule_2_trigger_refuses_an_author_whom_the_workflow_never_saw(people, case):
    me, topic = people.writing_advisor, f.make_topic()
    [revision] = case(people, topic, me).revisions.all()

    with pytest.raises(IntegrityError, match="nobody signs what they wrote"):
        sign_past_the_workflow(revision, me)

    assert sign_past_the_workflow(revision, people.second_advisor).pk


def test_rule_2_trigger_refuses_an_author_who_lends_only_the_name(people):
    me, topic = people.writing_advisor, f.make_topic()
    [revision] = _is_author(people, topic, me).revisions.all()

    with pytest.raises(IntegrityError):
        sign_past_the_workflow(revision, people.admin, advisor=me.advisor)


def _wrote_before_the_last_approval(people, topic, me):
    f.approve(people, _is_author(people, topic, me), by=people.second_advisor)
    return f.submit(people, topic, text=text("Theirs"))


def _wrote_the_other_language(people, topic, me):
    f.make_public(people, topic)
    workflow.discard(f.save(topic, "es", me, text("Mío")), by=me)
    f.save(topic, "es", me, text("Mío"))  # number 2, as the English one that is to be signed
    return f.submit(people, topic, text=text("Theirs"))


def _wrote_another_item(people, topic, me):
    f.save(f.make_topic(), "en", me)
    return f.submit(people, topic)


def _saved_without_a_change(people, topic, me):
    mine = f.save(topic, "en", people.editor)
    f.save(topic, "en", me)
    return workflow.submit([mine], by=people.editor)


NOT_AUTHORS = [
    _wrote_before_the_last_approval,
    _wrote_the_other_language,
    _wrote_another_item,
    _saved_without_a_change,
]


@pytest.mark.parametrize("case", NOT_AUTHORS)
def test_rule_2_who_did_not_write_since_the_last_approval_may_sign(people, case):
    me, topic = people.writing_advisor, f.make_topic()
    request = case(people, topic, me)

    f.approve(people, request, by=me)

    assert shown(topic)
    assert problems() == []


@pytest.mark.parametrize("case", NOT_AUTHORS)
def test_rule_2_trigger_lets_the_same_people_sign(people, case):
    me, topic = people.writing_advisor, f.make_topic()
    [revision] = case(people, topic, me).revisions.all()

    assert sign_past_the_workflow(revision, me).pk


def test_rule_2_one_own_text_spoils_the_whole_request(people):
    me, mine, theirs = people.writing_advisor, f.make_topic(), f.make_topic()
    revisions = [f.save(theirs, "en", people.editor), f.save(mine, "en", me)]
    request = workflow.submit(revisions, by=people.editor)

    refused(f.approve, people, request, by=me)

    assert (shown(mine), shown(theirs)) == (None, None)


def test_rule_2_who_submitted_without_saving_may_sign(people):
    me, topic = people.writing_advisor, f.make_topic()
    request = workflow.submit([f.save(topic, "en", people.editor)], by=me)

    f.approve(people, request, by=me)

    assert shown(topic)


def test_rule_2_writer_of_a_restored_text_cannot_sign_it(people):
    # The words are hers, whoever pressed the button; nobody else has ever vouched for them.
    me, topic = people.writing_advisor, f.make_topic()
    mine = f.save(topic, "en", me, text("Mine"))
    request = workflow.submit([mine], by=me)
    workflow.request_changes(request, by=people.advisor, comment="Not like this")
    f.make_public(people, topic, text=text("Theirs"))
    restored = workflow.restore(mine, by=people.editor)

    refused(f.approve, people, workflow.submit([restored], by=people.editor), by=me)


def _live_by(people, topic, me):
    f.approve(people, _is_author(people, topic, me), by=people.second_advisor)


def _live_by_another_with_my_draft(people, topic, me):
    f.make_public(people, topic, text=text("Theirs"))
    f.save(topic, "en", me, text("Mine"))


def _live_by_another_with_my_discarded_draft(people, topic, me):
    _live_by_another_with_my_draft(people, topic, me)
    workflow.discard(workflow.newest_revision(topic, "en"), by=me)


def _live_by_me_with_anothers_text_signed(people, topic, me):
    _live_by(people, topic, me)
    f.sign(people, f.submit(people, topic, text=text("Theirs")), by=people.second_advisor)


REAFFIRMING_AUTHORS = [
    _live_by,
    _live_by_another_with_my_draft,
    _live_by_another_with_my_discarded_draft,
    _live_by_me_with_anothers_text_signed,
]


@pytest.mark.parametrize("case", REAFFIRMING_AUTHORS)
def test_rule_2_author_cannot_reaffirm(people, case):
    me, topic = people.writing_advisor, f.make_topic()
    case(people, topic, me)
    live = workflow.fresh(topic).sign_off_in("en")

    refusal = refused(workflow.reaffirm, topic, "en", by=me, expected=live.fingerprints)

    assert refusal.type is PermissionDenied
    with pytest.raises(IntegrityError, match="nobody signs what they wrote"):
        sign_past_the_workflow(live.revision, me, "reaffirm")


def test_rule_2_author_before_the_last_approval_may_reaffirm(people):
    me, topic = people.writing_advisor, f.make_topic()
    f.approve(people, _wrote_before_the_last_approval(people, topic, me))
    live = workflow.fresh(topic).sign_off_in("en")

    workflow.reaffirm(topic, "en", by=me, expected=live.fingerprints)

    assert workflow.fresh(topic).sign_off_in("en").decision == "reaffirm"
    assert problems() == []


def test_rule_2_authors_may_withdraw_their_own_text(people):
    me, topic = people.writing_advisor, f.make_topic()
    _live_by(people, topic, me)

    workflow.withdraw(topic, "en", by=me, reason="I was wrong")

    assert shown(topic) is None
    assert problems() == []
