"""Two people at the same moment: real threads on real connections, on either database."""

import logging
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier, Event

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db import connection, connections

from review import workflow
from review.models import LedgerEntry, ReviewRequest, Revision, SignOff
from review.workflow import Conflict, TransitionNotAllowed
from tests import factories as f
from topics.models import Topic

from .records import problems

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = range(5)


def text(title):
    return f.text_for(Topic, title=title)


def again(user):
    """The person as another server would load her."""
    return get_user_model().objects.get(pk=user.pk)


def race(*actions):
    """Run all at the same moment, each on a connection of its own; returns what each gave back.

    A refusal counts as an answer; anything else that goes wrong is raised.
    """
    barrier = Barrier(len(actions))

    def run(action):
        try:
            connection.ensure_connection()
            barrier.wait(timeout=20)
            return action()
        except (TransitionNotAllowed, PermissionDenied) as refusal:
            return refusal
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(run, actions))


def refusals(answers):
    """The answers that say that the state forbids it."""
    found = [answer for answer in answers if isinstance(answer, TransitionNotAllowed)]
    assert all(map(str, found))
    return found


def shown(topic, language="en"):
    found = Topic.objects.public(language).filter(pk=topic.pk).first()
    return found and found.text["title"]


def whole():
    """Nothing that does not fit; the ledger's numbers have no gap."""
    numbers = list(LedgerEntry.objects.order_by("number").values_list("number", flat=True))
    return problems() == [] and numbers == list(range(len(numbers)))


@pytest.mark.parametrize("decide", [workflow.approve, workflow.sign])
@pytest.mark.fault("two at once", "advisors", "one request")
def test_two_advisors_decide_the_same_request_and_one_does(people, decide):
    advisors = [again(people.advisor), again(people.second_advisor)]
    for _ in ROUNDS:
        request = f.submit(people, f.make_topic())
        seen = f.expected(request)

        answers = race(*(partial(decide, request, by=by, expected=seen) for by in advisors))

        [refusal] = refusals(answers)
        assert "no longer open" in str(refusal)
        assert SignOff.objects.filter(request=request).count() == 1
    assert whole()


def test_one_approves_while_another_requests_changes(people):
    for _ in ROUNDS:
        topic = f.make_topic()
        request = f.submit(people, topic)
        seen = f.expected(request)

        answers = race(
            partial(workflow.approve, request, by=again(people.advisor), expected=seen),
            partial(
                workflow.request_changes,
                request,
                by=again(people.second_advisor),
                comment="Shorter",
            ),
        )

        assert len(refusals(answers)) == 1
        request.refresh_from_db()
        assert (request.state == "published") is (shown(topic) is not None)
    assert whole()


@pytest.mark.fault("two at once", "editors", "one draft")
def test_two_editors_save_the_same_draft_and_neither_loses_a_word(people):
    editors = [again(people.editor), again(people.second_editor)]
    for _ in ROUNDS:
        topic = f.make_topic()
        opened = workflow.token(f.save(topic, "en", people.editor, text("Opened")))

        answers = race(
            *(
                partial(workflow.save_draft, topic, "en", text(f"By {by}"), by=by, based_on=opened)
                for by in editors
            )
        )

        [conflict] = refusals(answers)
        [saved] = [answer for answer in answers if answer is not conflict]
        assert isinstance(conflict, Conflict)
        assert conflict.theirs.text == saved.text
        assert Revision.objects.get(key=topic.key).text == saved.text
    assert whole()


def test_two_editors_write_the_first_text_at_once(people):
    editors = [again(people.editor), again(people.second_editor)]
    for _ in ROUNDS:
        topic = f.make_topic()

        answers = race(
            *(
                partial(workflow.save_draft, topic, "en", text(f"By {by}"), by=by, based_on="")
                for by in editors
            )
        )

        assert [type(answer) for answer in refusals(answers)] == [Conflict]
        assert Revision.objects.get(key=topic.key).number == 1
    assert whole()


def test_a_text_is_approved_while_it_is_recalled(people):
    for _ in ROUNDS:
        topic = f.make_topic()
        request = f.submit(people, topic)
        seen = f.expected(request)

        answers = race(
            partial(workflow.approve, request, by=again(people.advisor), expected=seen),
            partial(workflow.recall, request, by=again(people.editor)),
        )

        assert len(refusals(answers)) == 1
        [revision] = request.revisions.all()
        approved = not isinstance(answers[0], TransitionNotAllowed)
        assert revision.state == ("approved" if approved else "draft")
        assert (shown(topic) is not None) is approved
    assert whole()


def test_a_new_text_is_approved_while_the_public_one_is_withdrawn(people):
    for _ in ROUNDS:
        topic = f.make_topic()
        f.make_public(people, topic, text=text("Old"))
        request = f.submit(people, topic, text=text("New"))
        seen = f.expected(request)

        answers = race(
            partial(workflow.approve, request, by=again(people.advisor), expected=seen),
            partial(
                workflow.withdraw, topic, "en", by=again(people.second_advisor), reason="Wrong"
            ),
        )

        assert refusals(answers) == []
        last = LedgerEntry.objects.exclude(seal="").filter(key=topic.key).first()
        assert shown(topic) == ("New" if last.event == "item:publish" else None)
    assert whole()


def test_a_withdrawal_wins_over_a_text_that_was_signed_before_it(people):
    for _ in ROUNDS:
        topic = f.make_topic()
        f.make_public(people, topic, text=text("Old"))
        request = f.submit(people, topic, text=text("New"))
        f.sign(people, request)

        race(
            partial(workflow.publish, request, by=again(people.advisor)),
            partial(
                workflow.withdraw, topic, "en", by=again(people.second_advisor), reason="Wrong"
            ),
        )

        assert shown(topic) is None
    assert whole()


def test_no_translation_outlives_its_source(people):
    for _ in ROUNDS:
        topic = f.make_topic()
        f.make_public(people, topic)
        request = f.submit(people, topic, "es")
        seen = f.expected(request)

        race(
            partial(workflow.approve, request, by=again(people.spanish_advisor), expected=seen),
            partial(workflow.withdraw, topic, "en", by=again(people.advisor), reason="Wrong"),
        )

        assert (shown(topic, "en"), shown(topic, "es")) == (None, None)
        assert workflow.fresh(topic).sign_off_id_in("es") is None
    assert whole()


@pytest.mark.fault("two at once", "advisors", "one ledger")
def test_different_requests_approved_at_once_make_one_unbroken_ledger(people):
    advisors = [again(people.advisor), again(people.second_advisor)] * 2
    for _ in ROUNDS:
        requests = [f.submit(people, f.make_topic()) for _ in advisors]
        seen = [f.expected(request) for request in requests]
        before = LedgerEntry.objects.count()

        answers = race(
            *(
                partial(workflow.approve, request, by=by, expected=seen)
                for request, by, seen in zip(requests, advisors, seen, strict=True)
            )
        )

        assert refusals(answers) == []
        assert LedgerEntry.objects.count() == before + 2 * len(requests)
        assert whole()


@pytest.mark.fault("two at once", "editors", "submitting one draft")
def test_a_draft_submitted_twice_at_once_is_in_one_request(people):
    for _ in ROUNDS:
        draft = f.save(f.make_topic(), "en", people.editor)
        before = ReviewRequest.objects.count()

        answers = race(
            partial(workflow.submit, [draft], by=again(people.editor)),
            partial(workflow.submit, [draft], by=again(people.second_editor)),
        )

        assert len(refusals(answers)) == 1
        assert ReviewRequest.objects.count() == before + 1
    assert whole()


def test_a_draft_is_discarded_while_it_is_submitted(people):
    for _ in ROUNDS:
        draft = f.save(f.make_topic(), "en", people.editor)

        answers = race(
            partial(workflow.submit, [draft], by=again(people.editor)),
            partial(workflow.discard, draft, by=again(people.second_editor)),
        )

        assert len(refusals(answers)) == 1
        draft.refresh_from_db()
        assert draft.state in ("in review", "discarded")
    assert whole()


def test_a_request_published_twice_at_once_is_published_once(people):
    for _ in ROUNDS:
        request = f.submit(people, f.make_topic())
        f.sign(people, request)

        answers = race(
            partial(workflow.publish, request, by=again(people.advisor)),
            partial(workflow.publish, request, by=again(people.second_advisor)),
        )

        assert len(refusals(answers)) == 1
    assert LedgerEntry.objects.filter(event="item:publish").count() == len(ROUNDS)
    assert whole()


def test_a_text_withdrawn_twice_at_once_is_withdrawn_once(people):
    for _ in ROUNDS:
        topic = f.make_topic()
        f.make_public(people, topic)

        answers = race(
            partial(workflow.withdraw, topic, "en", by=again(people.advisor), reason="Wrong"),
            partial(workflow.withdraw, topic, "en", by=again(people.second_advisor), reason="Bad"),
        )

        assert len(refusals(answers)) == 1
    assert SignOff.objects.filter(decision="withdraw").count() == len(ROUNDS)
    assert whole()


def test_an_earlier_text_restored_twice_at_once_is_one_draft(people):
    for _ in ROUNDS:
        earlier = f.make_public(people, f.make_topic()).revision

        answers = race(
            partial(workflow.restore, earlier, by=again(people.editor)),
            partial(workflow.restore, earlier, by=again(people.second_editor)),
        )

        assert len(refusals(answers)) == 1
        assert Revision.objects.filter(key=earlier.key, state="draft").count() == 1
    assert whole()


def test_an_author_who_saves_while_she_signs_does_not_sign(people):
    # Whichever comes first: had she saved before, she may not sign; had she signed, she may save.
    for _ in ROUNDS:
        me, topic = again(people.writing_advisor), f.make_topic()
        request = f.submit(people, topic)
        seen = f.expected(request)
        opened = workflow.token(workflow.newest_revision(topic, "en"))

        signed, _saved = race(
            partial(workflow.approve, request, by=me, expected=seen),
            partial(workflow.save_draft, topic, "en", text("Mine"), by=again(me), based_on=opened),
        )
        signed = not isinstance(signed, PermissionDenied)

        decided = list(SignOff.objects.filter(key=topic.key))
        assert len(decided) == (1 if signed else 0)
        assert (shown(topic) is not None) is signed
    assert whole()


def test_readers_get_one_whole_text_or_another_while_it_changes(people, caplog):
    caplog.set_level(logging.INFO, logger="review.doors")
    topic = f.make_topic()
    words = [f.text_for(Topic, word) for word in ("Red", "Blue")]
    f.make_public(people, topic, text=words[0])
    done = Event()

    def read():
        found = []
        while not done.is_set() or not found:
            found += [item.text for item in Topic.objects.public("en")]
        return found

    def write():
        try:
            for number in range(1, 8):
                f.make_public(people, topic, text=words[number % 2])
        finally:
            done.set()

    _nothing, found = race(write, read)

    assert all(text in words for text in found)
    assert [record.getMessage() for record in caplog.records] == []
    assert whole()
