"""Who is told of what: each as the ledger says it, once, and nobody else."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, connections
from django.utils import timezone

from review import discussion, workflow
from review import people as desk_people
from review.models import Absence, Bookmark, LedgerEntry, Notice
from review.notices import letters, telling, texts
from tests import factories as f

pytestmark = pytest.mark.django_db


def names(*users):
    return {user.username for user in users}


def submit(people, **more):
    topic = f.make_topic()
    revision = f.save(topic, "en", people.editor, f.text_for(type(topic), title="The liver"))
    return workflow.submit([revision], by=people.editor, **more)


# -- Submitted -----------------------------------------------------------------------------------


def test_request_for_nobody_is_told_to_every_advisor_of_the_language(people, noted):
    submit(people)

    telling.catch_up()

    assert noted() == {
        (people.advisor.username, "submitted"),
        (people.second_advisor.username, "submitted"),
    }


def test_request_for_one_advisor_is_told_to_her(people, noted):
    submit(people, assigned_to=people.advisor.advisor)

    telling.catch_up()

    assert noted("submitted") == names(people.advisor)


def test_deputy_is_told_while_the_advisor_is_away(people, noted):
    today = timezone.localdate()
    Absence.objects.create(
        advisor=people.advisor.advisor,
        deputy=people.second_advisor.advisor,
        first=today,
        last=today,
    )
    submit(people, assigned_to=people.advisor.advisor)

    telling.catch_up()

    assert noted("submitted") == names(people.second_advisor)


def test_deputy_who_does_not_sign_the_language_is_not_asked(people, noted):
    today = timezone.localdate()
    deputy = people.spanish_advisor.advisor
    Absence.objects.create(advisor=people.advisor.advisor, deputy=deputy, first=today, last=today)
    submit(people, assigned_to=people.advisor.advisor)

    telling.catch_up()

    assert noted("submitted") == names(people.advisor)


def test_advisor_who_wrote_a_text_is_not_asked_to_sign_it(people, noted):
    writer = people.writing_advisor
    writer.advisor.languages = ["en"]
    writer.advisor.save()
    revision = f.save(f.make_topic(), "en", writer)
    workflow.submit([revision], by=writer, assigned_to=writer.advisor)

    telling.catch_up()

    assert noted("submitted") == names(people.advisor, people.second_advisor)


def test_advisor_to_whom_a_request_is_passed_on_is_told(people, noted):
    request = submit(people, assigned_to=people.advisor.advisor)
    telling.catch_up()
    for _ in range(2):
        workflow.assign(request, by=people.editor, advisor=people.second_advisor.advisor, due=None)

    telling.catch_up()

    assert noted("submitted") == names(people.advisor, people.second_advisor)


def test_request_that_was_recalled_before_anybody_was_told_is_told_to_nobody(people, noted):
    workflow.recall(submit(people), by=people.editor)

    telling.catch_up()

    assert noted() == set()


@pytest.mark.parametrize("lacks", [{"email": ""}, {"is_active": False}, {"is_staff": False}])
def test_who_cannot_be_reached_is_not_noted(people, noted, lacks):
    get_user_model().objects.filter(pk=people.advisor.pk).update(**lacks)
    submit(people)

    telling.catch_up()

    assert noted("submitted") == names(people.second_advisor)


# -- Said and decided ----------------------------------------------------------------------------


def test_comment_is_told_to_writers_submitter_advisor_and_thread_but_not_its_author(people, noted):
    revision = f.save(f.make_topic(), "en", people.editor)
    request = workflow.submit(
        [revision], by=people.second_editor, assigned_to=people.advisor.advisor
    )
    [revision] = request.revisions.all()
    first = discussion.say(revision, by=people.admin, text="Which study?")
    telling.catch_up()
    assert noted("comment") == names(people.editor, people.second_editor, people.advisor)
    Notice.objects.all().delete()

    discussion.say(revision, by=people.editor, text="That one.", parent=first)
    telling.catch_up()

    assert noted("comment") == names(people.admin, people.second_editor, people.advisor)


def test_later_comments_are_told_to_nobody_as_earlier_ones(people, noted):
    revision = f.save(f.make_topic(), "en", people.editor)
    first = discussion.say(revision, by=people.advisor, text="One.")
    discussion.say(revision, by=people.admin, text="Two.", parent=first)

    telling.catch_up()

    # The second concerns the first's author; the first does not concern the second's.
    told = Notice.objects.filter(kind="comment").order_by("pk")
    assert [(n.user.username, n.details["by"]) for n in told] == [
        (people.editor.username, people.advisor.advisor.name),
        (people.editor.username, people.admin.username),
        (people.advisor.username, people.admin.username),
    ]


def test_writers_hear_of_changes_but_who_asked_for_them_does_not(people, noted):
    request = submit(people)
    workflow.request_changes(request, by=people.advisor, comment="Simpler.")

    telling.catch_up()

    assert noted("changes") == names(people.editor)


def test_approval_of_many_texts_is_one_notice_a_person(people, noted):
    drafts = [f.save(f.make_topic(), "en", people.editor) for _ in range(3)]
    request = workflow.submit(drafts, by=people.second_editor)
    f.approve(people, request)

    telling.catch_up()

    assert noted("approved") == names(people.editor, people.second_editor)
    assert {len(n.details["texts"]) for n in Notice.objects.all()} == {3}


def test_signing_now_and_publishing_later_is_one_notice(people, noted):
    request = submit(people)
    f.sign(people, request)
    telling.catch_up()
    workflow.publish(request, by=people.editor)

    telling.catch_up()

    assert noted("approved") == names(people.editor)


def test_request_that_is_stopped_is_told_to_its_writers(people, noted):
    request = submit(people)
    f.sign(people, request)
    workflow.stop(request, by=people.advisor, reason="Wrong.")

    telling.catch_up()

    assert noted("changes") == names(people.editor)


def test_request_that_a_later_decision_overtook_is_told_to_its_writers(people, noted):
    topic = f.make_topic()
    f.make_public(people, topic)
    f.sign(people, f.submit(people, topic, text=f.text_for(type(topic), "Newer")))
    workflow.withdraw(topic, "en", by=people.advisor, reason="Wrong.")

    telling.catch_up()

    assert noted("changes") == names(people.editor)


def test_withdrawal_is_one_notice_a_person_with_the_texts_that_concern_her(people):
    topic = f.make_topic()
    f.make_public(people, topic)
    f.make_public(people, topic, "es")
    Bookmark.objects.update(number=LedgerEntry.objects.count() - 1)

    workflow.withdraw(topic, "en", by=people.second_advisor, reason="Wrong.")
    telling.catch_up()

    told = {
        notice.user: [text["language"] for text in notice.details["texts"]]
        for notice in Notice.objects.filter(kind="withdrawn")
    }
    assert told == {
        people.editor: ["en"],
        people.advisor: ["en"],
        people.translator: ["es"],
        people.spanish_advisor: ["es"],
    }
    assert Notice.objects.count() == 4


def test_who_withdraws_is_not_told(people, noted):
    topic = f.make_topic()
    f.make_public(people, topic)
    workflow.withdraw(topic, "en", by=people.advisor, reason="Wrong.")

    telling.catch_up()

    assert noted("withdrawn") == names(people.editor)


def test_two_withdrawals_are_two_notices(people):
    topics = [f.make_topic(), f.make_topic()]
    for topic in topics:
        f.make_public(people, topic)
    for topic in topics:
        workflow.withdraw(topic, "en", by=people.advisor, reason=f"{topic} is wrong.")

    telling.catch_up()

    assert Notice.objects.filter(kind="withdrawn", user=people.editor).count() == 2


def test_advisor_who_leaves_ends_requests_and_their_writers_hear_of_it(people, noted):
    f.sign(people, submit(people))
    desk_people.strike_off(people.advisor.advisor, by=people.admin, reason="Left.")

    telling.catch_up()

    assert noted("changes") == names(people.editor)


# -- Once, whatever happens ----------------------------------------------------------------------


def test_reading_the_ledger_twice_notes_nothing_twice(people):
    submit(people)
    telling.catch_up()
    before = list(Notice.objects.values())
    Bookmark.objects.update(number=0)

    assert telling.behind()
    assert telling.catch_up() > 0
    assert not telling.behind()
    assert telling.catch_up() == 0

    assert list(Notice.objects.values()) == before


def test_without_a_bookmark_nobody_is_told_about_the_past(people, noted):
    submit(people)
    Bookmark.objects.all().delete()

    telling.catch_up()
    assert noted() == set()
    submit(people)
    telling.catch_up()

    assert noted("submitted") == names(people.advisor, people.second_advisor)


def test_first_request_of_a_new_site_is_told(people, noted):
    # ``migrate`` has put the bookmark at the ledger's opening.
    assert Bookmark.objects.get(name="notices").number == 0


def test_killed_while_it_reads_the_next_run_tells_all(people, noted, monkeypatch):
    submit(people)

    def killed(notices):
        real(notices)
        raise KeyboardInterrupt

    real = telling.write
    monkeypatch.setattr(telling, "write", killed)
    with pytest.raises(KeyboardInterrupt):
        telling.catch_up()
    monkeypatch.undo()
    assert noted() == set()

    telling.catch_up()

    assert noted("submitted") == names(people.advisor, people.second_advisor)


def test_long_ledger_is_read_in_pieces(people, noted, monkeypatch):
    monkeypatch.setattr(telling, "LINES", 2)
    request = submit(people)
    f.approve(people, request)
    workflow.withdraw(
        workflow.item_of(request.revisions.get()), "en", by=people.admin, reason="Wrong."
    )

    telling.catch_up()

    assert not telling.behind()
    assert {kind for _name, kind in noted()} == {"approved", "withdrawn"}


def test_number_of_queries_does_not_grow_with_what_happened(people, django_assert_num_queries):
    def happen(times):
        for _ in range(times):
            request = submit(people)
            [revision] = request.revisions.all()
            thread = discussion.say(revision, by=people.advisor, text="Why?")
            discussion.say(revision, by=people.editor, text="So.", parent=thread)
            f.approve(people, request)
            item = workflow.item_of(revision)
            workflow.withdraw(item, "en", by=people.advisor, reason=f"{item}")

    def queries():
        with connection.execute_wrapper(count):
            counted.clear()
            telling.catch_up()
        return len(counted)

    counted = []

    def count(execute, sql, params, many, context):
        counted.append(sql)
        return execute(sql, params, many, context)

    happen(1)
    few = queries()
    happen(6)

    assert queries() == few
    assert few < 45


@pytest.mark.django_db(transaction=True)
def test_two_processes_at_once_note_everything_once(people, noted):
    for _ in range(4):
        submit(people)
    barrier = Barrier(2)

    def run(_number):
        try:
            connection.ensure_connection()
            barrier.wait(timeout=20)
            return telling.catch_up()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        read = list(pool.map(run, range(2)))

    assert sum(read) == LedgerEntry.objects.count() - 1
    assert Notice.objects.count() == 8


@pytest.mark.parametrize("end", ["\n", "\r\n", "\x00", "\x1b", "\u2028", "\u202e", "\t  "])
def test_words_in_a_notice_are_one_line(end):
    assert texts.one_line(f" Liver{end}and lung{end}") == "Liver and lung"


def test_what_an_undone_release_puts_up_again_is_told_like_what_it_takes_down(people, noted):
    topic, fresh = f.make_topic(), f.make_topic()
    f.approve(people, f.submit(people, topic), by=people.second_advisor)
    release = workflow.make_release("Spring", by=people.editor)
    drafts = [
        f.save(each, "en", people.editor, f.text_for(type(each), title=f"New {each.key}"))
        for each in (topic, fresh)
    ]
    f.approve(people, workflow.submit(drafts, by=people.editor, release=release))
    telling.catch_up()
    Notice.objects.all().delete()
    advisor = people.advisor
    plan = workflow.undo_plan(release, advisor.advisor)

    workflow.undo_release(release, by=advisor, reason="Wrong", expected=plan.fingerprints)
    telling.catch_up()

    assert noted("approved") == names(people.editor, people.second_advisor)
    assert noted("withdrawn") == names(people.editor)
    notices = list(Notice.objects.filter(user=people.editor))
    letter = letters.compose(people.editor, notices, "en")
    assert "undid a release: public again is what you wrote or signed" in letter.text
