"""Releases: all signed or none public, timed, dissolved, and undone as one."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from review import guards, verification, workflow
from review.models import LedgerEntry, Release, ReviewRequest, SignOff
from review.workflow import TransitionNotAllowed
from tests import factories as f
from topics.models import Topic

pytestmark = pytest.mark.django_db


@pytest.fixture
def topic(db):
    return f.make_topic()


def row(item):
    return type(item)._base_manager.get(pk=item.pk)


def body(item, language):
    return getattr(row(item), f"body_{language}")


def text(words):
    return f.text_for(Topic, body=words)


def send(people, release, item, language, words):
    """Draft and submit a text for a release; the request."""
    writer = people.writer_of(language)
    draft = f.save(item, language, writer, text(words))
    return workflow.submit([draft], by=writer, release=release)


def sign(people, request, by=None):
    by = by or people.signer_of(request.language)
    workflow.approve(request, by=by, expected=f.expected(request))


def released(people, *texts):
    """A published release of (item, language, words)."""
    release = workflow.make_release("Spring", by=people.editor)
    requests = []
    for item, language, words in texts:
        # A translation translates what its release brings.
        requests.append(send(people, release, item, language, words))
    for request in requests:
        sign(people, request)
    release.refresh_from_db()
    assert release.state == Release.State.PUBLISHED
    return release


def public(people, item, language, words):
    writer = people.writer_of(language)
    request = workflow.submit([f.save(item, language, writer, text(words))], by=writer)
    sign(people, request)


def undo(release, by, reason="It was wrong"):
    advisor = guards.acting_advisor(by)
    plan = workflow.undo_plan(release, advisor)
    return workflow.undo_release(release, by=by, reason=reason, expected=plan.fingerprints)


def bilingual(*more):
    return f.make_advisor(None, "en", "es", *more)


def last(event):
    return LedgerEntry.objects.filter(event=event).order_by("-number").first()


# -- Going public --------------------------------------------------------------------------------


def test_release_is_public_only_after_the_last_signature(people, topic):
    release = workflow.make_release("Spring", by=people.editor)
    english = send(people, release, topic, "en", "English.")
    spanish = send(people, release, topic, "es", "Español.")

    sign(people, spanish)

    assert (body(topic, "en"), body(topic, "es")) == (None, None)
    assert [each.pk for each in workflow.waits_for(release)] == [english.pk]

    sign(people, english)

    assert (body(topic, "en"), body(topic, "es")) == ("English.", "Español.")


# -- Its time ------------------------------------------------------------------------------------


def test_time_of_a_release_is_set_and_cleared_in_the_ledger(people):
    release = workflow.make_release("Spring", by=people.editor)
    soon = timezone.now() + timedelta(days=1)

    workflow.schedule_release(release, by=people.editor, publish_at=soon)

    assert Release.objects.get().publish_at == soon
    assert soon.isoformat() in last("release:schedule").payload

    workflow.schedule_release(release, by=people.editor, publish_at=None)

    assert Release.objects.get().publish_at is None


@pytest.mark.parametrize("seconds", [0, -1])
def test_time_that_is_past_is_refused(people, time_machine, seconds):
    time_machine.move_to("2026-03-15T12:00:00Z", tick=False)
    release = workflow.make_release("Spring", by=people.editor)

    with pytest.raises(TransitionNotAllowed, match="lies in the past"):
        workflow.schedule_release(
            release, by=people.editor, publish_at=timezone.now() + timedelta(seconds=seconds)
        )


@pytest.mark.parametrize("transition", ["schedule", "dissolve"])
def test_published_release_is_neither_timed_nor_dissolved(people, topic, transition):
    release = released(people, (topic, "en", "One."))

    with pytest.raises(TransitionNotAllowed, match="is public"):
        _arrange(transition, release, people.editor)


@pytest.mark.parametrize("transition", ["schedule", "dissolve"])
def test_only_who_writes_or_signs_here_arranges_a_release(people, topic, transition):
    release = workflow.make_release("Spring", by=people.editor)

    for somebody in (people.nobody, people.advisor):
        with pytest.raises(PermissionDenied):
            _arrange(transition, release, somebody)

    assert Release.objects.filter(publish_at=None).exists()


def test_advisor_of_a_language_in_it_may_put_a_release_off(people, topic):
    release = workflow.make_release("Spring", by=people.editor)
    send(people, release, topic, "en", "One.")

    _arrange("schedule", release, people.advisor)

    assert Release.objects.get().publish_at is not None


def _arrange(transition, release, by):
    if transition == "schedule":
        later = timezone.now() + timedelta(days=1)
        workflow.schedule_release(release, by=by, publish_at=later)
    else:
        workflow.dissolve_release(release, by=by)


def test_only_an_empty_release_is_dissolved(people, topic):
    release = workflow.make_release("Spring", by=people.editor)
    request = send(people, release, topic, "en", "One.")

    with pytest.raises(TransitionNotAllowed, match="take them out first"):
        workflow.dissolve_release(release, by=people.editor)

    workflow.join(request, None, by=people.writer_of("en"))
    workflow.dissolve_release(release, by=people.editor)

    assert not Release.objects.exists()
    assert '"name":"Spring"' in last("release:dissolve").payload
    assert list(verification.problems()) == []


# -- The way back --------------------------------------------------------------------------------


def test_undoing_puts_the_earlier_texts_back_in_every_language(people, topic):
    public(people, topic, "en", "One.")
    public(people, topic, "es", "Uno.")
    release = released(people, (topic, "en", "Two."), (topic, "es", "Dos."))
    advisor = bilingual()

    up, down = undo(release, advisor)

    assert (body(topic, "en"), body(topic, "es")) == ("One.", "Uno.")
    assert (len(up), down) == (2, [])
    assert {each.advisor for each in up} == {advisor.advisor}
    assert Release.objects.get().state == Release.State.UNDONE
    assert '"reason":"It was wrong"' in last("release:undo").payload
    assert list(verification.problems()) == []


def test_undoing_takes_down_what_was_not_public_before(people, topic):
    fresh = f.make_topic()
    public(people, topic, "en", "One.")
    release = released(people, (topic, "en", "Two."), (fresh, "en", "New."))

    up, down = undo(release, people.advisor)

    assert (body(topic, "en"), body(fresh, "en")) == ("One.", None)
    assert (len(up), len(down)) == (1, 1)
    assert list(verification.problems()) == []


def test_undoing_takes_down_what_the_advisor_does_not_sign(people, topic):
    public(people, topic, "en", "One.")
    public(people, topic, "es", "Uno.")
    release = released(people, (topic, "en", "Two."), (topic, "es", "Dos."))

    undo(release, people.advisor)

    assert (body(topic, "en"), body(topic, "es")) == ("One.", None)
    assert list(verification.problems()) == []


def test_translation_does_not_come_back_without_its_source(people, topic):
    public(people, topic, "en", "One.")
    public(people, topic, "es", "Uno.")
    release = released(people, (topic, "en", "Two."), (topic, "es", "Dos."))

    undo(release, people.spanish_advisor)

    assert (body(topic, "en"), body(topic, "es")) == (None, None)
    assert list(verification.problems()) == []


def test_translation_outside_the_release_comes_down_with_its_source(people, topic):
    release = released(people, (topic, "en", "New."))
    public(people, topic, "es", "Nuevo.")
    plan = workflow.undo_plan(release, people.advisor.advisor)

    _up, down = undo(release, people.advisor)

    assert [each.language for each in plan.along] == ["es"]
    assert (body(topic, "en"), body(topic, "es")) == (None, None)
    assert len(down) == 2
    assert list(verification.problems()) == []


def test_translation_outside_the_release_of_the_undone_text_comes_down(people, topic):
    public(people, topic, "en", "One.")
    release = released(people, (topic, "en", "Two."))
    public(people, topic, "es", "Dos.")

    undo(release, people.advisor)

    assert (body(topic, "en"), body(topic, "es")) == ("One.", None)


def test_translation_outside_the_release_of_the_restored_text_stays(people, topic):
    public(people, topic, "en", "One.")
    public(people, topic, "es", "Uno.")
    release = released(people, (topic, "en", "Two."))

    plan = workflow.undo_plan(release, people.advisor.advisor)
    undo(release, people.advisor)

    assert plan.along == []
    assert (body(topic, "en"), body(topic, "es")) == ("One.", "Uno.")


def test_nothing_is_undone_when_a_text_was_decided_anew(people, topic):
    other = f.make_topic()
    release = released(people, (topic, "en", "Two."), (other, "en", "Two."))
    public(people, topic, "en", "Three.")

    with pytest.raises(TransitionNotAllowed, match=f"topics.topic:{topic.key} .en.. Nothing"):
        undo(release, people.advisor)

    assert (body(topic, "en"), body(other, "en")) == ("Three.", "Two.")
    assert Release.objects.get(pk=release.pk).state == Release.State.PUBLISHED


def test_nothing_is_undone_when_the_page_showed_something_else(people, topic):
    public(people, topic, "en", "One.")
    release = released(people, (topic, "en", "Two."))
    [sign_off] = SignOff.objects.filter(request__release=release)

    for expected in ({}, {sign_off.pk: ""}, {sign_off.pk: "forged"}):
        with pytest.raises(TransitionNotAllowed, match="What you saw"):
            workflow.undo_release(release, by=people.advisor, reason="x", expected=expected)

    assert body(topic, "en") == "Two."


def test_author_of_the_earlier_text_cannot_sign_it_by_undoing(people, topic):
    author = people.writing_advisor
    request = workflow.submit([f.save(topic, "en", author, text("One."))], by=author)
    sign(people, request)
    release = released(people, (topic, "en", "Two."))

    with pytest.raises(PermissionDenied, match="You saved a text"):
        undo(release, author)

    assert body(topic, "en") == "Two."


def test_undoing_needs_an_advisor_and_a_reason(people, topic):
    release = released(people, (topic, "en", "Two."))
    plan = workflow.undo_plan(release, people.advisor.advisor)

    with pytest.raises(PermissionDenied):
        workflow.undo_release(release, by=people.editor, reason="x", expected=plan.fingerprints)
    with pytest.raises(PermissionDenied, match="signs no language"):
        undo(release, people.spanish_advisor)
    with pytest.raises(TransitionNotAllowed, match="Say why"):
        undo(release, people.advisor, reason=" ")
    undo(release, people.advisor)
    with pytest.raises(TransitionNotAllowed, match="is undone"):
        undo(release, people.advisor)


@pytest.mark.parametrize("texts", [1, 9])
def test_plan_takes_three_queries_however_many_texts(people, django_assert_num_queries, texts):
    topics = [f.make_topic() for _each in range(texts)]
    for each in topics:
        public(people, each, "en", "One.")
    release = released(people, *((each, "en", "Two.") for each in topics))
    advisor = people.advisor.advisor

    with django_assert_num_queries(3):
        plan = workflow.undo_plan(release, advisor)

    assert len(plan.back) == texts
    assert ReviewRequest.objects.filter(release=release).count() == texts
