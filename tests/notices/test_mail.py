"""Mail: what it says, when it goes, and that it goes once whatever breaks."""

import re
import smtplib
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
import time_machine
from django.core import mail as outbox
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection, connections
from django.urls import reverse

from review import discussion, workflow
from review.models import Notice, ReviewRequest
from review.notices import mail, telling
from tests import factories as f
from tests.pages import parse_part

from .conftest import choose

pytestmark = pytest.mark.django_db

MORNING = datetime(2026, 5, 4, 6, tzinfo=UTC)


def submit(people, title="The liver", **more):
    topic = f.make_topic()
    revision = f.save(topic, "en", people.editor, f.text_for(type(topic), title=title))
    more.setdefault("assigned_to", people.advisor.advisor)
    return workflow.submit([revision], by=people.editor, **more)


def told(people, **more):
    """A request of which its advisor is to be told."""
    request = submit(people, **more)
    telling.catch_up()
    return request


def html_of(message):
    [alternative] = message.alternatives
    assert alternative.mimetype == "text/html"
    return alternative.content


class Broken(EmailBackend):
    """A mail server that fails in a way of the test's choosing."""

    error = ConnectionRefusedError("nobody there")
    only = ""  # the address that it refuses; empty: all
    tried = []

    def send_messages(self, messages):
        for message in messages:
            type(self).tried.append(message.to[0])
            if not self.only or self.only in message.to:
                raise self.error
        return super().send_messages(messages)


@pytest.fixture
def broken(settings):
    Broken.error, Broken.only, Broken.tried = ConnectionRefusedError("nobody there"), "", []
    settings.EMAIL_BACKEND = f"{__name__}.Broken"
    return Broken


# -- What it says --------------------------------------------------------------------------------


def test_mail_names_the_texts_and_leads_to_the_request(people, client):
    request = told(people)

    mail.send()

    [message] = outbox.outbox
    assert message.to == [people.advisor.email]
    assert message.subject == "For your signature: The liver"
    assert message.extra_headers["Auto-Submitted"] == "auto-generated"
    [address] = re.findall(r"http://127.0.0.1:8000(/admin/review/link/\S+)", message.body)
    client.force_login(people.advisor)
    page = reverse("admin:review_reviewrequest_change", args=[request.pk])
    assert client.get(address)["Location"] == page


def test_text_and_html_say_the_same_and_load_nothing(people):
    told(people)

    mail.send()

    [message] = outbox.outbox
    root = parse_part(html_of(message).replace("<!DOCTYPE html>", ""))
    [html] = root.all("html")
    for element in root.all("a"):
        assert element.attrs["href"] in message.body
    assert "The liver" in html.text
    assert "The liver" in message.body
    assert not [e for e in root.walk() if e.tag in ("img", "link", "script", "style", "iframe")]
    assert reverse("admin:review_preference") in message.body


def test_mail_tells_no_more_of_a_text_than_its_title(people):
    request = told(people)
    [revision] = request.revisions.all()
    discussion.say(revision, by=people.advisor, text="The patient has a fever.")
    workflow.request_changes(request, by=people.advisor, comment="The dose is wrong.")
    telling.catch_up()

    mail.send()

    said = "".join(message.body + html_of(message) for message in outbox.outbox)
    assert people.editor.email in {message.to[0] for message in outbox.outbox}
    assert "fever" not in said
    assert "dose" not in said
    assert revision.text["body"] not in said


def test_mail_speaks_the_persons_language_in_its_direction(people):
    choose(people.advisor, "at once", "ar")
    told(people)

    mail.send()

    html = parse_part(html_of(outbox.outbox[0]).replace("<!DOCTYPE html>", "")).one("html")
    assert (html.attrs["lang"], html.attrs["dir"]) == ("ar", "rtl")
    assert html.one("bdi", dir="ltr", lang="en").text == "The liver"


def test_mail_without_a_choice_speaks_the_sites_language_whatever_page_was_asked_for(people):
    from django.utils.translation import get_language, override

    told(people)
    with override("ar"):
        mail.send()
        assert get_language() == "ar"

    assert outbox.outbox[0].subject == "For your signature: The liver"


def test_everything_for_a_person_is_one_mail_with_the_urgent_first(people):
    done = told(people, title="Old")
    f.approve(people, done, by=people.second_advisor)
    [revision] = submit(people).revisions.all()
    discussion.say(revision, by=people.admin, text="Why?")
    telling.catch_up()

    mail.send()

    [message] = [m for m in outbox.outbox if m.to == [people.advisor.email]]
    assert message.subject == "For your signature: The liver, and other news"
    assert message.body.index("Waiting for your signature") < message.body.index("Comments")
    # What was decided meanwhile, nobody need sign.
    assert "Old" not in message.body


@pytest.mark.parametrize(
    ("act", "says"),
    [
        (lambda p, r: f.approve(p, r), "It is public."),
        (lambda p, r: f.sign(p, r, publish_at=datetime(2040, 1, 1, 8, tzinfo=UTC)), "2040"),
        (lambda p, r: workflow.request_changes(r, by=p.advisor, comment="No"), "asks for changes"),
    ],
)
def test_writer_hears_what_became_of_the_request(people, act, says):
    act(people, told(people))
    telling.catch_up()

    mail.send()

    [message] = [m for m in outbox.outbox if m.to == [people.editor.email]]
    assert says in message.body
    assert "The liver" in message.body


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\u2028", "\x85", "\x0b"])
def test_no_title_or_name_adds_a_header(people, end):
    people.editor.first_name = f"Eve{end}Bcc: all@example.org"
    people.editor.save()
    told(people)
    for notice in Notice.objects.all():
        # As if it had come past the normalisation of texts.
        notice.details["texts"][0]["title"] = f"Liver{end}Bcc: all@example.org{end}{end}Body"
        notice.save()

    mail.send()

    [message] = outbox.outbox
    assert len(message.subject.splitlines()) == 1
    assert message.recipients() == [people.advisor.email]
    sent = message.message()
    assert sent["Bcc"] is None
    assert sent["Subject"].startswith("For your signature: Liver")


def test_address_that_holds_a_line_break_is_a_problem_of_its_own(people):
    submit(people, assigned_to=people.second_advisor.advisor)
    told(people)
    type(people.advisor).objects.filter(pk=people.advisor.pk).update(
        email="a@example.org\nBcc: b@example.org"
    )

    done = mail.send()

    assert [message.to for message in outbox.outbox] == [[people.second_advisor.email]]
    assert (done.mails, done.waiting) == (1, 1)
    assert "newlines" in Notice.objects.get(sent_at=None).problem


# -- When it goes --------------------------------------------------------------------------------


def test_daily_mail_waits_for_the_daily_run_and_goes_once_a_day(people):
    choose(people.advisor, "daily")
    with time_machine.travel(MORNING, tick=False):
        told(people)
        assert mail.send().mails == 0
        assert mail.send(daily=True).mails == 1
        told(people)
        assert mail.send(daily=True).mails == 0
    with time_machine.travel(MORNING + timedelta(hours=17, minutes=59), tick=False):
        assert mail.send(daily=True).mails == 0
    with time_machine.travel(MORNING + timedelta(hours=18), tick=False):
        assert mail.send(daily=True).mails == 1

    assert len(outbox.outbox) == 2


def test_who_wants_no_mail_gets_none_and_none_piles_up(people):
    choose(people.advisor, "none")
    told(people)

    mail.send(daily=True)
    choose(people.advisor, "at once")
    mail.send(daily=True)

    assert outbox.outbox == []
    assert not Notice.objects.filter(sent_at=None).exists()


@pytest.mark.parametrize("lost", [{"is_active": False}, {"email": ""}])
def test_who_left_before_it_was_sent_gets_nothing(people, lost):
    told(people)
    type(people.advisor).objects.filter(pk=people.advisor.pk).update(**lost)

    mail.send(daily=True)

    assert outbox.outbox == []
    assert not Notice.objects.filter(sent_at=None).exists()


def test_sending_twice_sends_once(people):
    told(people)

    assert mail.send().mails == 1
    assert mail.send(daily=True).mails == 0


# -- When it cannot ------------------------------------------------------------------------------


@pytest.mark.fault("gone and back", "the mail server", "sending")
def test_failed_connection_ends_the_batch_and_the_next_run_sends(people, broken, settings):
    told(people)
    told(people, assigned_to=people.second_advisor.advisor)

    done = mail.send()

    assert len(broken.tried) == 1
    assert (done.mails, done.waiting) == (0, 1)
    failed = Notice.objects.get(attempts=1)
    assert failed.sent_at is None
    assert failed.problem == "ConnectionRefusedError: nobody there"
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert mail.send().mails == 2
    assert {notice.problem for notice in Notice.objects.all()} == {""}
    assert Notice.objects.get(pk=failed.pk).attempts == 2


def test_mail_that_is_tried_again_carries_the_same_link(people, broken, settings):
    request = told(people)
    mail.send()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

    mail.send()

    assert request.links.count() == 1


@pytest.mark.parametrize(
    "error",
    [
        smtplib.SMTPRecipientsRefused({"x": (550, b"no such user")}),
        smtplib.SMTPDataError(554, b"looks like spam"),
    ],
)
def test_refused_recipient_keeps_nobody_else_from_mail(people, broken, error):
    told(people)
    told(people, assigned_to=people.second_advisor.advisor)
    broken.error, broken.only = error, people.advisor.email

    assert mail.send().mails == 1

    assert [message.to for message in outbox.outbox] == [[people.second_advisor.email]]
    assert Notice.objects.get(sent_at=None).user == people.advisor


def test_who_ended_the_batch_is_tried_last_next_time(people, broken):
    told(people)
    told(people, assigned_to=people.second_advisor.advisor)
    broken.only = people.advisor.email

    assert mail.send().mails == 0
    assert mail.send().mails == 1

    assert broken.tried == [
        people.advisor.email,
        people.second_advisor.email,
        people.advisor.email,
    ]


@pytest.mark.fault("gone", "the mail server, which never answers", "sending")
def test_server_that_never_answers_holds_nobody_for_long(people, settings):
    told(people)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_TIMEOUT = 0.4
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.EMAIL_HOST, settings.EMAIL_PORT = silent.getsockname()
        began = time.monotonic()
        done = mail.send()
        took = time.monotonic() - began

    assert 0.3 < took < 4
    assert (done.mails, done.waiting) == (0, 1)
    assert "timed out" in done.problem


@pytest.mark.fault("kill -9", "whoever sends", "sending mail")
def test_what_a_killed_sender_held_is_sent_after_a_while(people, monkeypatch):
    with time_machine.travel(MORNING, tick=False) as clock:
        told(people)
        [user] = mail._people()
        assert mail._claim(user, daily=False)  # and is never heard of again

        assert mail.send().mails == 0
        clock.shift(mail.HELD)
        assert mail.send().mails == 0
        clock.shift(timedelta(seconds=1))
        assert mail.send().mails == 1


def test_sender_that_is_stopped_lets_go_at_once(people, broken, settings):
    told(people)
    broken.error = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        mail.send()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

    assert mail.send().mails == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.fault("two at once", "senders", "the same mail")
def test_two_senders_at_once_send_each_mail_once(people):
    rounds = 4
    for _ in range(rounds):
        told(people)
        told(people, assigned_to=people.second_advisor.advisor)
        barrier = Barrier(3)

        def run(_number, barrier=barrier):
            try:
                connection.ensure_connection()
                barrier.wait(timeout=20)
                return mail.send().mails
            finally:
                connections.close_all()

        with ThreadPoolExecutor(3) as pool:
            assert sum(pool.map(run, range(3))) == 2

    assert len(outbox.outbox) == 2 * rounds
    assert ReviewRequest.objects.count() == 2 * rounds


@pytest.mark.asvs("2.4.1")
def test_a_flood_of_notices_is_a_few_mails_and_the_rest_in_one_an_hour_later(people, monkeypatch):
    monkeypatch.setattr(mail, "MOST", 2)

    with time_machine.travel(MORNING, tick=False) as clock:
        for each in range(4):
            told(people, title=f"Text {each}")
            mail.send()
            clock.shift(60)
        assert len(outbox.outbox) == 2
        waiting = Notice.objects.filter(sent_at=None)
        assert set(waiting.values_list("user", flat=True)) == {people.advisor.pk}
        clock.shift(3600)
        mail.send()  # as publish_due does every few minutes

    [*_, last] = outbox.outbox
    assert len(outbox.outbox) == 3
    assert "Text 2" in last.body
    assert "Text 3" in last.body
    assert not Notice.objects.filter(sent_at=None).exists()
