"""Texts signed now and public at a time: at that time everything is checked again."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from django.core.exceptions import PermissionDenied

from review import workflow
from review.models import LedgerEntry, Release, ReviewRequest
from review.workflow import TransitionNotAllowed
from tests import factories as f

from .records import everything, problems, refused, shown, text
from .test_concurrency import race

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
AT = datetime(2026, 3, 3, 6, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def clock(time_machine):
    time_machine.move_to(NOW, tick=False)
    return time_machine


def scheduled(people, topic=None, words="New", at=AT, by=None, **more):
    """A signed request whose time is ``at``."""
    request = f.submit(people, topic or f.make_topic(), "en", text(words), **more)
    by = by or people.advisor
    workflow.approve(request, by=by, expected=f.expected(request), publish_at=at)
    return again(request)


def again(record):
    return type(record).objects.get(pk=record.pk)


def item(request):
    return workflow.item_of(request.revisions.get())


@pytest.mark.parametrize(("when", "public"), [(-MINUTE, False), (0 * MINUTE, True), (MINUTE, True)])
def test_a_text_is_public_from_its_minute_on(people, clock, when, public):
    request = scheduled(people)
    clock.move_to(AT + when, tick=False)

    done = workflow.publish_due()

    assert done == ([(request, "")] if public else [])
    assert (shown(item(request)) is not None) is public
    assert again(request).state == ("published" if public else "signed")
    assert problems() == []


@pytest.mark.parametrize("when", [AT - MINUTE, AT])
def test_a_release_is_public_from_its_minute_on(people, clock, when):
    release = workflow.make_release("Spring", by=people.editor, publish_at=AT)
    topics = [f.make_topic(), f.make_topic()]
    for topic in topics:
        draft = f.save(topic, "en", people.editor, text("New"))
        f.approve(people, workflow.submit([draft], by=people.editor, release=release))
    assert [shown(topic) for topic in topics] == [None, None]
    clock.move_to(when, tick=False)

    done = workflow.publish_due()

    assert done == ([(release, "")] if when == AT else [])
    assert [shown(topic) is not None for topic in topics] == [when == AT] * 2


@pytest.mark.fault("late", "the timer", "publishing what is due")
def test_a_run_that_was_missed_is_made_up_for(people, clock):
    early, late = scheduled(people), scheduled(people, at=AT + MINUTE)
    clock.move_to(AT + timedelta(days=3), tick=False)

    assert [due for due, _problem in workflow.publish_due()] == [early, late]


def test_running_it_twice_publishes_once(people, clock):
    request = scheduled(people)
    clock.move_to(AT, tick=False)

    assert workflow.publish_due() == [(request, "")]
    assert workflow.publish_due() == []
    assert LedgerEntry.objects.filter(event="item:publish").count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.fault("two at once", "servers", "publishing what is due")
def test_two_servers_at_once_publish_once_and_keep_no_problem(people, clock):
    made = [scheduled(people) for _ in range(4)]
    release = workflow.make_release("Spring", by=people.editor, publish_at=AT)
    draft = f.save(f.make_topic(), "en", people.editor, text("New"))
    f.approve(people, workflow.submit([draft], by=people.editor, release=release))

    answers = race(*[partial(workflow.publish_due, AT)] * 3)

    assert LedgerEntry.objects.filter(event="item:publish").count() == 5
    assert {problem for answer in answers for _due, problem in answer} == {""}
    assert {(again(r).state, again(r).problem) for r in made} == {("published", "")}
    assert again(release).state == "published"
    assert problems() == []


@pytest.mark.parametrize("at", [NOW, NOW - MINUTE])
def test_a_time_that_lies_in_the_past_is_refused(people, at):
    request = f.submit(people, f.make_topic())

    for decision in (workflow.sign, workflow.approve):
        refusal = refused(
            decision, request, by=people.advisor, expected=f.expected(request), publish_at=at
        )
        assert "lies in the past" in str(refusal.value)


def test_a_signed_text_may_go_public_before_its_time(people):
    request = scheduled(people)

    workflow.publish(request, by=people.second_editor)

    assert shown(item(request)) == ("New", "en")
    assert workflow.publish_due(AT) == []


def leave(people, request, study):
    advisor = people.advisor.advisor
    type(advisor).objects.filter(pk=advisor.pk).update(active=False)


def lose_account(people, request, study):
    user = people.advisor
    type(user).objects.filter(pk=user.pk).update(is_active=False)


def forget_language(people, request, study):
    advisor = people.advisor.advisor
    type(advisor).objects.filter(pk=advisor.pk).update(languages=["fr"])


def lose_reference(people, request, study):
    workflow.withdraw(study, "en", by=people.admin, reason="Retracted")


@pytest.mark.parametrize(
    ("meanwhile", "sentence"),
    [
        (leave, "no longer signs in this language"),
        (lose_account, "no longer signs in this language"),
        (forget_language, "no longer signs in this language"),
        (lose_reference, "refers to evidence.source"),
    ],
)
def test_what_holds_no_more_at_its_time_is_not_published_and_says_why_once(
    people, meanwhile, sentence
):
    study, topic = f.make_source(), f.make_topic()
    f.make_public(people, study)
    request = f.submit(people, topic, "en", text("New", body=f"As shown [@{study.key}]."))
    f.approve(people, request, publish_at=AT)
    meanwhile(people, request, study)

    first = workflow.publish_due(AT)
    after = everything()
    second = workflow.publish_due(AT + MINUTE)

    assert sentence in again(request).problem
    assert first == second == [(request, again(request).problem)]
    assert everything() == after
    assert shown(topic) is None
    assert problems() == []


def test_a_problem_that_is_gone_is_forgotten(people):
    request = scheduled(people)
    leave(people, request, None)
    workflow.publish_due(AT)
    assert again(request).problem
    advisor = people.advisor.advisor
    type(advisor).objects.filter(pk=advisor.pk).update(active=True)

    assert workflow.publish_due(AT) == [(request, "")]
    assert again(request).problem == ""
    assert shown(item(request)) == ("New", "en")


def test_a_release_that_is_not_signed_at_its_time_says_so(people):
    release = workflow.make_release("Spring", by=people.editor, publish_at=AT)
    draft = f.save(f.make_topic(), "en", people.editor, text("New"))
    request = workflow.submit([draft], by=people.editor, release=release)

    [(due, problem)] = workflow.publish_due(AT)

    assert (due, problem) == (release, again(release).problem)
    assert "is not signed" in problem
    f.approve(people, request)
    assert workflow.publish_due(AT + MINUTE) == [(release, "")]
    assert again(release).problem == ""


def test_one_text_that_fails_holds_up_no_other(people):
    refusing, other = scheduled(people), scheduled(people, by=people.second_advisor)
    leave(people, refusing, None)

    done = workflow.publish_due(AT)

    assert [(due, bool(problem)) for due, problem in done] == [(refusing, True), (other, False)]


def test_who_set_the_time_may_have_left_when_it_comes(people):
    """The editor who made a release was asked then; the signatures are what counts."""
    release = workflow.make_release("Spring", by=people.editor, publish_at=AT)
    draft = f.save(f.make_topic(), "en", people.editor, text("New"))
    f.approve(people, workflow.submit([draft], by=people.editor, release=release))
    type(people.editor).objects.filter(pk=people.editor.pk).update(is_active=False)

    assert workflow.publish_due(AT) == [(release, "")]


# -- Stopped, overtaken ---------------------------------------------------------------------------


def reaffirmed(people, topic):
    workflow.reaffirm(topic, "en", by=people.second_advisor, expected=live(topic).fingerprints)


def withdrawn(people, topic):
    workflow.withdraw(topic, "en", by=people.second_advisor, reason="Wrong")


def signed_again(people, topic):
    request = f.submit(people, topic, "en", text("Newest"))
    workflow.sign(request, by=people.second_advisor, expected=f.expected(request))


def published_again(people, topic):
    f.approve(people, f.submit(people, topic, "en", text("Newest")), by=people.second_advisor)


def live(topic):
    topic = again(topic)
    return topic.sign_off_in("en")


@pytest.mark.parametrize("decision", [reaffirmed, withdrawn, signed_again, published_again])
def test_a_later_decision_overtakes_a_text_that_waits(people, decision):
    topic, other = f.make_topic(), f.make_topic()
    f.make_public(people, topic, text=text("Old"))
    request, apart = scheduled(people, topic), scheduled(people, other)

    decision(people, topic)

    assert again(request).state == "overtaken"
    assert again(apart).state == "signed"
    assert LedgerEntry.objects.filter(event="request:overtaken").count() == 1
    assert [due for due, _problem in workflow.publish_due(AT)] == [apart]
    refused(workflow.publish, request, by=people.editor)
    refused(workflow.stop, request, by=people.editor, reason="Late")


def test_a_change_for_safety_overtakes_the_translation_that_it_takes_down(people):
    topic = f.make_topic()
    f.make_public(people, topic)
    f.make_public(people, topic, "es")
    request = f.submit(people, topic, "es", text("Nuevo"))
    f.approve(people, request, publish_at=AT)

    f.make_public(people, topic, text=text("Safer"), significance="safety")

    assert again(request).state == "overtaken"
    assert problems() == []


@pytest.mark.parametrize("who", ["editor", "second_editor", "advisor", "second_advisor", "admin"])
def test_a_text_that_waits_is_stopped_with_a_reason(people, who):
    request = scheduled(people)
    by = getattr(people, who)
    refused(workflow.stop, request, by=by, reason=" ")

    workflow.stop(request, by=by, reason="A word is missing")

    assert (again(request).state, again(request).comment) == ("stopped", "A word is missing")
    assert workflow.publish_due(AT) == []
    refused(workflow.publish, request, by=by)
    refused(workflow.stop, request, by=by, reason="Again")
    assert problems() == []


@pytest.mark.parametrize("who", ["nobody", "translator", "spanish_advisor"])
def test_only_who_writes_or_signs_the_language_stops_it(people, who):
    request = scheduled(people)

    refusal = refused(workflow.stop, request, by=getattr(people, who), reason="No")

    assert refusal.type is PermissionDenied


@pytest.mark.parametrize("state", ["open", "published", "changes requested", "recalled"])
def test_only_what_is_signed_is_stopped(people, state):
    request = f.submit(people, f.make_topic())
    if state == "published":
        f.approve(people, request)
    elif state == "changes requested":
        workflow.request_changes(request, by=people.advisor, comment="Shorter")
    elif state == "recalled":
        workflow.recall(request, by=people.editor)

    refused(workflow.stop, request, by=people.editor, reason="No")


def test_a_stopped_text_is_taken_up_again(people):
    request = scheduled(people)
    workflow.stop(request, by=people.editor, reason="A word is missing")

    draft = workflow.restore(request.revisions.get(), by=people.editor)
    f.approve(people, workflow.submit([draft], by=people.editor))

    assert shown(item(request)) == ("New", "en")
    assert problems() == []


def test_releases_that_are_due_are_found_beside_requests(people):
    request = scheduled(people)
    release = workflow.make_release("Spring", by=people.editor, publish_at=AT)

    done = dict(workflow.publish_due(AT))

    assert (done[request], "no signed request" in done[release]) == ("", True)
    assert Release.objects.get().state == "gathering"
    assert ReviewRequest.objects.get().state == "published"


def test_publishing_by_hand_is_for_who_writes_or_signs_the_language(people):
    request = scheduled(people)

    for by in (people.nobody, people.translator, people.spanish_advisor):
        assert refused(workflow.publish, request, by=by).type is PermissionDenied
    with pytest.raises(TransitionNotAllowed):
        workflow.sign(request, by=people.second_advisor, expected=f.expected(request))
