"""Reminders of reviews: at each stage one, on time or late, never twice."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.core import mail as outbox
from django.utils import timezone

from review import ledger, workflow
from review import people as desk_people
from review.models import Absence, Notice, Recheck
from review.notices import mail, reminders
from tests import factories as f

from .conftest import choose

pytestmark = pytest.mark.django_db

SIGNED = datetime(2026, 1, 15, 9, tzinfo=UTC)
DUE = date(2027, 1, 15)  # twelve months on


@pytest.mark.parametrize(
    ("left", "stage"),
    [
        *[(91, ""), (90, "90"), (89, "90"), (31, "90"), (30, "30"), (29, "30"), (1, "30")],
        *[(0, "0"), (-1, "0"), (-6, "0"), (-7, "+1"), (-8, "+1"), (-13, "+1"), (-14, "+2")],
        (-365, "+52"),
    ],
)
def test_stage_is_the_latest_that_the_day_has_reached(left, stage):
    assert reminders.stage(DUE, DUE - timedelta(days=left)) == stage


@pytest.fixture
def sign_off(people):
    with time_machine.travel(SIGNED, tick=False):
        topic = f.make_topic()
        return f.make_public(people, topic, text=f.text_for(type(topic), title="The liver"))


def run(left):
    """The daily run, some days before the review is due; the kinds that were noted anew."""
    day = DUE - timedelta(days=left)
    with time_machine.travel(datetime(day.year, day.month, day.day, 6, tzinfo=UTC)):
        before = set(Notice.objects.values_list("pk", flat=True))
        made = reminders.remind()
        mail.send(daily=True)
        new = Notice.objects.exclude(pk__in=before).order_by("pk")
        assert made == len(new)
        return [notice.kind for notice in new]


def test_each_stage_reminds_once_from_its_day_on(sign_off, people):
    told = {left: run(left) for left in range(92, -17, -1)}

    assert {left: kinds for left, kinds in told.items() if kinds} == {
        90: ["due"],
        30: ["due"],
        0: ["due"],
        -7: ["overdue"],
        -14: ["overdue"],
    }
    assert {notice.user for notice in Notice.objects.all()} == {people.advisor}
    assert len(outbox.outbox) == 5


def test_running_twice_on_a_day_sends_nothing_twice(sign_off):
    assert run(30) == ["due"]

    assert run(30) == []
    assert len(outbox.outbox) == 1


@pytest.mark.parametrize(("left", "kind"), [(12, "due"), (-3, "overdue"), (-40, "overdue")])
def test_missed_days_are_made_up_for_by_one_mail(sign_off, left, kind):
    assert run(left) == [kind]

    assert run(left) == []
    assert run(left - 1) == []
    assert len(outbox.outbox) == 1


def test_many_texts_are_one_mail_a_person_that_names_them_all(people):
    with time_machine.travel(SIGNED, tick=False):
        for number in range(40):
            topic = f.make_topic()
            f.make_public(people, topic, text=f.text_for(type(topic), title=f"Text {number}."))

    run(30)

    [message] = outbox.outbox
    assert message.to == [people.advisor.email]
    assert all(f"- Text {number}. (English)" in message.body for number in range(40))
    assert "40 texts" in message.body
    assert message.subject == "Reviews due: 40"


def test_number_of_queries_does_not_grow_with_the_texts(people, django_assert_num_queries):
    def texts(count):
        with time_machine.travel(SIGNED, tick=False):
            for _ in range(count):
                f.make_public(people, f.make_topic())

    texts(2)
    with django_assert_num_queries(8):
        reminders.remind(DUE)
    texts(10)
    with django_assert_num_queries(8):
        reminders.remind(DUE - timedelta(days=1))


def test_text_that_was_reaffirmed_is_due_no_more(sign_off, people):
    topic = workflow.item_of(sign_off)
    with time_machine.travel(SIGNED + timedelta(days=300), tick=False):
        workflow.reaffirm(topic, "en", by=people.advisor, expected=sign_off.fingerprints)

    assert run(0) == []


def test_text_that_was_withdrawn_is_due_no_more(sign_off, people):
    workflow.withdraw(workflow.item_of(sign_off), "en", by=people.advisor, reason="Wrong.")

    assert run(0) == []


def test_reminder_that_waited_is_not_sent_once_the_text_was_decided(sign_off, people):
    reminders.remind(DUE)
    workflow.withdraw(workflow.item_of(sign_off), "en", by=people.advisor, reason="Wrong.")

    mail.send(daily=True)

    assert outbox.outbox == []
    assert Notice.objects.get().sent_at


def test_deputy_is_reminded_while_the_advisor_is_away(sign_off, people):
    day = DUE - timedelta(days=30)
    deputy = people.second_advisor.advisor
    Absence.objects.create(advisor=people.advisor.advisor, deputy=deputy, first=day, last=day)

    run(30)

    assert [notice.user for notice in Notice.objects.all()] == [people.second_advisor]


def test_all_advisors_of_the_language_are_reminded_when_the_one_who_signed_left(sign_off, people):
    people.advisor.advisor.active = False
    people.advisor.advisor.save()
    others = f.make_advisor(None, "en", "es")
    type(others).objects.filter(pk=others.pk).update(email="third@example.org")

    run(30)

    assert {notice.user for notice in Notice.objects.all()} == {people.second_advisor, others}


def test_text_queued_for_review_is_due_at_once_and_then_every_week(sign_off, people):
    opened = SIGNED + timedelta(days=10)
    with time_machine.travel(opened, tick=False), ledger.locked():
        desk_people.open_rechecks([sign_off], by=people.admin, reason="A new study.")

    def on(days):
        with time_machine.travel(opened + timedelta(days=days), tick=False):
            reminders.remind()
            return list(Notice.objects.order_by("pk").values_list("kind", flat=True))

    assert on(0) == ["due"]
    assert on(1) == ["due"]
    assert on(6) == ["due"]
    assert on(7) == ["due", "overdue"]
    Recheck.objects.update(closed_at=timezone.now())
    assert on(14) == ["due", "overdue"]


def test_texts_beside_one_that_was_queued_are_not_due(people):
    with time_machine.travel(SIGNED, tick=False):
        topics = [f.make_topic(), f.make_topic()]
        signed = [f.make_public(people, topic) for topic in topics]
        f.make_public(people, topics[1], "es")
        spanish = f.make_public(people, topics[0], "es")
        with ledger.locked():
            desk_people.open_rechecks([signed[0]], by=people.admin, reason="A new study.")
        with ledger.locked():
            desk_people.open_rechecks([spanish], by=people.admin, reason="A new study.")

        reminders.remind()

    assert {n.sign_off for n in Notice.objects.all()} == {signed[0], spanish}


@pytest.mark.parametrize(
    ("wanted", "mails"),
    [("at once", [1, 2, 3, 4]), ("daily", [1, 2, 3, 4]), ("none", [0, 0, 0, 1])],
)
def test_overdue_is_sent_to_everybody_and_due_to_who_wants_mail(sign_off, people, wanted, mails):
    choose(people.advisor, wanted)
    sent = []

    for left in (90, 30, 0, -7):
        run(left)
        sent.append(len(outbox.outbox))

    assert sent == mails
    assert not Notice.objects.filter(sent_at=None).exists()


def test_stages_that_piled_up_name_a_text_once(sign_off, people):
    for left in (0, -7, -14):
        reminders.remind(DUE - timedelta(days=left))

    mail.send(daily=True)

    [message] = outbox.outbox
    assert message.body.count("The liver") == 1
    assert not Notice.objects.filter(sent_at=None).exists()
