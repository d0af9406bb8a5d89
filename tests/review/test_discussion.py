"""What is said about texts: threads that are answered, resolved, and never lost."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from review import discussion, workflow
from review.models import Comment, LedgerEntry
from tests import factories as f

from .records import problems, refused, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def revision(people):
    return f.submit(people, f.make_topic()).revisions.get()


def threads(revision):
    found = discussion.threads([(revision.item_type, revision.key)], revision.language)
    return found.get(revision.item, [])


def again(comment):
    return Comment.objects.get(pk=comment.pk)


def test_a_comment_is_kept_with_its_passage_and_told_in_the_ledger(people, revision):
    said = discussion.say(revision, by=people.advisor, text=" Why?\r\n", quote="Text of title.")

    [thread] = threads(revision)
    assert (thread.text, thread.quote, thread.name) == (
        "Why?",
        "Text of title.",
        people.advisor.advisor.name,
    )
    assert thread.request == revision.request
    line = LedgerEntry.objects.get(event="comment:add")
    assert (line.key, f'"comment":{said.pk}' in line.payload) == (revision.key, True)
    assert problems() == []


@pytest.mark.parametrize("words", ["", " \n\t", "\x00", "\ud800", "x" * 5001])
def test_a_comment_that_is_none_is_refused(people, revision, words):
    refused(discussion.say, revision, by=people.advisor, text=words)


def test_the_longest_comment_fits(people, revision):
    discussion.say(revision, by=people.advisor, text="x" * discussion.LONGEST)

    assert len(threads(revision)[0].text) == discussion.LONGEST


@pytest.mark.parametrize("who", ["editor", "translator", "advisor", "spanish_advisor", "admin"])
def test_who_sees_requests_takes_part(people, revision, who):
    by = getattr(people, who)
    thread = discussion.say(revision, by=by, text="Well")

    discussion.say(revision, by=by, text="Yes", parent=thread)
    discussion.resolve(thread, by=by)
    discussion.reopen(thread, by=by)

    assert again(thread).resolved_at is None


def test_who_does_not_see_requests_takes_no_part(people, revision):
    thread = discussion.say(revision, by=people.advisor, text="Well")

    for action, about, more in (
        (discussion.say, revision, {"text": "Well"}),
        (discussion.resolve, thread, {}),
        (discussion.reopen, thread, {}),
    ):
        assert refused(action, about, by=people.nobody, **more).type is PermissionDenied


def test_a_thread_is_resolved_once_and_reopened_once(people, revision):
    thread = discussion.say(revision, by=people.advisor, text="Well")
    refused(discussion.reopen, thread, by=people.advisor)

    discussion.resolve(thread, by=people.editor)

    assert again(thread).resolved_by == str(people.editor)
    assert str(people.editor) in str(refused(discussion.resolve, thread, by=people.advisor).value)
    discussion.reopen(thread, by=people.advisor)
    assert (again(thread).resolved_at, again(thread).resolved_by) == (None, "")


def test_an_answer_opens_a_thread_that_was_resolved_meanwhile(people, revision):
    opened = discussion.say(revision, by=people.advisor, text="Well")
    discussion.resolve(opened, by=people.editor)
    assert opened.resolved_at is None  # the page that was opened before does not know

    discussion.say(revision, by=people.advisor, text="But no", parent=opened)

    assert again(opened).resolved_at is None


def test_an_answer_has_no_answers_and_is_not_resolved_by_itself(people, revision):
    thread = discussion.say(revision, by=people.advisor, text="Well")
    answer = discussion.say(revision, by=people.editor, text="Yes", parent=thread)

    refused(discussion.say, revision, by=people.advisor, text="No", parent=answer)
    refused(discussion.resolve, answer, by=people.advisor)
    refused(discussion.reopen, answer, by=people.advisor)


def test_an_answer_belongs_to_the_discussion_of_its_text(people, revision):
    other = f.submit(people, f.make_topic()).revisions.get()
    thread = discussion.say(other, by=people.advisor, text="Well")

    refused(discussion.say, revision, by=people.advisor, text="Yes", parent=thread)


def test_an_answer_is_not_lost_where_two_servers_clocks_differ(people, revision):
    thread = discussion.say(revision, by=people.advisor, text="Well")
    answer = discussion.say(revision, by=people.editor, text="Yes", parent=thread)
    Comment.objects.filter(pk=answer.pk).update(at=timezone.now() - timedelta(minutes=5))

    assert [each.text for each in threads(revision)[0].answers] == ["Yes"]


def test_a_comment_stays_through_later_revisions(people, revision):
    discussion.say(revision, by=people.advisor, text="Shorter", quote="Text")
    workflow.request_changes(revision.request, by=people.advisor)
    topic = workflow.item_of(revision)
    later = f.submit(people, topic, "en", text("New")).revisions.get()

    assert [each.text for each in threads(later)] == ["Shorter"]


def test_a_comment_on_a_recalled_draft_names_the_request_that_it_was_said_in(people, revision):
    opened, request = revision, revision.request
    workflow.recall(request, by=people.editor)

    assert discussion.say(opened, by=people.advisor, text="Well").request_id == request.pk


def test_threads_of_many_texts_cost_the_same_as_of_one(people):
    revisions = [f.submit(people, f.make_topic()).revisions.get() for _ in range(4)]
    for each in revisions:
        thread = discussion.say(each, by=people.advisor, text="Well")
        discussion.say(each, by=people.editor, text="Yes", parent=thread)

    def cost(texts):
        with CaptureQueriesContext(connection) as found:
            assert len(discussion.threads(texts, "en")) == len(texts)
        return len(found)

    texts = [(each.item_type, each.key) for each in revisions]
    assert cost(texts[:1]) == cost(texts) <= 2


def test_threads_of_one_text_hold_no_comment_on_another(people):
    """The same key may name a guide and a topic; the same item has other languages."""
    guide = f.make_guide(key="same")
    topic = f.make_topic(key="same")
    for item in (guide, topic):
        discussion.say(f.submit(people, item).revisions.get(), by=people.advisor, text=str(item.pk))

    [thread] = discussion.threads([("topics.topic", "same")], "en")["topics.topic:same"]

    assert thread.item_type == "topics.topic"
    assert discussion.threads([("topics.topic", "same")], "es") == {}


# -- Asking for changes with comments alone -------------------------------------------------------


def test_what_the_advisor_said_on_the_texts_is_reason_enough(people, revision):
    refused(workflow.request_changes, revision.request, by=people.advisor)
    discussion.say(revision, by=people.second_advisor, text="Shorter")
    refused(workflow.request_changes, revision.request, by=people.advisor)
    mine = discussion.say(revision, by=people.advisor, text="Shorter")
    discussion.resolve(mine, by=people.advisor)
    refused(workflow.request_changes, revision.request, by=people.advisor)

    discussion.reopen(mine, by=people.advisor)
    workflow.request_changes(revision.request, by=people.advisor)

    revision.request.refresh_from_db()
    assert revision.request.state == "changes requested"
