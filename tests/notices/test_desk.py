"""Mail and the pages of the admin: who decides waits for no mail server, and chooses her mail."""

import json
import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.conf import settings as site
from django.core import mail as outbox
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from review import tasks
from review.models import Notice, Preference, Presence
from review.notices import telling
from tests import factories as f

from .conftest import page

pytestmark = pytest.mark.django_db


class Slow(EmailBackend):
    """A mail server that takes its time, and says when."""

    log = []

    def send_messages(self, messages):
        self.log.append("mail")
        return super().send_messages(messages)


class Down(EmailBackend):
    def send_messages(self, messages):
        raise ConnectionRefusedError("nobody there")


def give_back(client, request):
    address = reverse("admin:review_reviewrequest_change", args=[request.pk])
    return client.post(address, {"action": "changes", "comment": "Simpler."})


# -- After a decision ----------------------------------------------------------------------------


def test_decision_in_the_admin_tells_those_whom_it_concerns(people, client):
    request = f.submit(people, f.make_topic())
    client.force_login(people.advisor)

    give_back(client, request)

    assert [people.editor.email] in [message.to for message in outbox.outbox]


def test_looking_tells_nobody(people, client):
    f.submit(people, f.make_topic())
    client.force_login(people.advisor)

    client.get(reverse("admin:index"))

    assert outbox.outbox == []
    assert telling.behind()


def test_answer_is_out_before_the_first_mail_goes(people, client, settings, rf):
    settings.EMAIL_BACKEND = f"{__name__}.Slow"
    Slow.log.clear()
    request = f.submit(people, f.make_topic())
    client.force_login(people.advisor)
    handler = client.handler
    address = reverse("admin:review_reviewrequest_change", args=[request.pk])
    cookies = client.cookies.output(header="", sep=";")

    # As a server does it: the whole answer first, then its end.
    handler.load_middleware()
    wsgi = rf.post(address, {"action": "changes", "comment": "Simpler."}, HTTP_COOKIE=cookies)
    wsgi._dont_enforce_csrf_checks = True
    response = handler.get_response(wsgi)
    Slow.log.append("answer")
    assert response.status_code == 302
    response.close()

    assert Slow.log[0] == "answer"
    assert "mail" in Slow.log


def test_decision_stands_when_the_mail_server_is_down_and_the_mail_goes_later(
    people, client, settings
):
    settings.EMAIL_BACKEND = f"{__name__}.Down"
    request = f.submit(people, f.make_topic())
    client.force_login(people.advisor)

    response = give_back(client, request)

    assert response.status_code == 302
    request.refresh_from_db()
    assert request.state == "changes requested"
    assert Notice.objects.get(user=people.editor).sent_at is None
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    tasks.send_reminders.call()
    assert [message.to for message in outbox.outbox] == [[people.editor.email]]


def test_decision_stands_when_telling_itself_fails(people, client, monkeypatch, caplog):
    def broken():
        raise RuntimeError("a defect")

    monkeypatch.setattr(telling, "behind", broken)
    request = f.submit(people, f.make_topic())
    client.force_login(people.advisor)

    assert give_back(client, request).status_code == 302

    request.refresh_from_db()
    assert request.state == "changes requested"
    assert "the next run does it" in caplog.text


def test_heartbeat_of_an_open_page_makes_no_task(people, client, monkeypatch):
    telling.catch_up()
    monkeypatch.setattr(tasks, "tell", None)
    client.force_login(people.advisor)

    response = client.post(reverse("admin:review_presence"), {"place": "request:1"})

    assert response.status_code == 200


# -- The commands --------------------------------------------------------------------------------


def test_send_reminders_says_in_a_line_what_it_did(people, capsys):
    f.submit(people, f.make_topic())
    long_ago = timezone.now() - timedelta(days=2)
    Presence.objects.create(user=people.editor, place="request:1", seen_at=long_ago)

    call_command("send_reminders")

    assert capsys.readouterr().out == "0 new reminders, 2 mails sent.\n"
    assert not Presence.objects.exists()


def test_send_reminders_fails_when_mail_could_not_be_sent(people, settings):
    settings.EMAIL_BACKEND = f"{__name__}.Down"
    f.submit(people, f.make_topic())

    with pytest.raises(CommandError) as failed:
        call_command("send_reminders")

    assert failed.value.returncode == 1
    assert "nobody there" in str(failed.value)
    assert "\n" not in str(failed.value)


def test_publish_due_publishes_and_tells(people, capsys):
    request = f.submit(people, f.make_topic())
    f.sign(people, request)
    type(request).objects.filter(pk=request.pk).update(publish_at=timezone.now())

    call_command("publish_due")

    assert capsys.readouterr().out == "1 published, 0 refused.\n"
    assert [people.editor.email] in [message.to for message in outbox.outbox]
    call_command("publish_due")
    assert capsys.readouterr().out == "0 published, 0 refused.\n"


def test_publish_due_fails_where_something_was_refused(people):
    request = f.submit(people, f.make_topic())
    f.sign(people, request)
    type(request).objects.filter(pk=request.pk).update(publish_at=timezone.now())
    people.advisor.advisor.active = False
    people.advisor.advisor.save()

    with pytest.raises(CommandError) as failed:
        call_command("publish_due")

    assert failed.value.returncode == 1
    said = str(failed.value)
    assert said.startswith("0 published, 1 refused. review request")
    assert said.endswith("no longer signs in this language. Ask another advisor.")


@pytest.mark.parametrize("command", ["send_reminders", "publish_due"])
def test_commands_leave_the_work_to_the_worker_where_asked(people, command, capsys):
    # Without a worker the task runs where it arises; either way it has run at the end.
    call_command(command, "--queue")

    assert "task worker" in capsys.readouterr().out


SCRIPT = """
import json, django
django.setup()
from django.core.management import call_command
from django_tasks_db.models import DBTaskResult
from review.models import Bookmark
call_command("migrate", verbosity=0)
Bookmark.objects.all().delete()
from review import tasks
tasks.tell.enqueue()
call_command("send_reminders", "--queue", stdout=open("/dev/null", "w"))
waiting = [each.status for each in DBTaskResult.objects.all()]
before = Bookmark.objects.count()
call_command("db_worker", batch=True, startup_delay=False, reload=False, verbosity=0)
done = [(each.task_name, each.status) for each in DBTaskResult.objects.order_by("enqueued_at")]
print(json.dumps([waiting, before, done, Bookmark.objects.count()]))
"""


def test_task_worker_runs_the_tasks(tmp_path):
    env = {
        **os.environ,
        "TASK_WORKER": "1",
        "DEBUG": "1",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}",
        "DJANGO_SETTINGS_MODULE": "crcsite.settings",
    }

    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=site.BASE_DIR,
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == [
        ["READY", "READY"],
        0,
        [["tell", "SUCCESSFUL"], ["send_reminders", "SUCCESSFUL"]],
        1,
    ]


# -- Choosing ------------------------------------------------------------------------------------

PAGE = "/admin/review/preference/"


def test_everybody_who_works_here_chooses_mail_and_language(people, client):
    client.force_login(people.advisor)
    shown = page(client.get(PAGE))
    assert [e.attrs["value"] for e in shown.all("input", checked="")] == ["at once"]

    response = client.post(PAGE, {"mail": "daily", "language": "es"}, follow=True)

    mine = Preference.objects.get(user=people.advisor)
    assert (mine.mail, mine.language) == ("daily", "es")
    assert page(response).attrs["lang"] == "es"
    client.post(PAGE, {"mail": "none", "language": ""})
    mine.refresh_from_db()
    assert (mine.mail, mine.language) == ("none", "")


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"mail": "never", "language": ""},
        {"mail": "daily", "language": "xx"},
        {"mail": "\x00", "language": "\x00"},
    ],
)
def test_choice_that_is_none_is_refused_with_a_sentence_and_changes_nothing(people, client, sent):
    Preference.objects.create(user=people.advisor, mail="daily", language="es")
    client.force_login(people.advisor)

    response = client.post(PAGE, sent)

    assert response.status_code == 200
    assert page(response).all("ul", class_="errorlist")
    mine = Preference.objects.get(user=people.advisor)
    assert (mine.mail, mine.language) == ("daily", "es")


def test_preference_is_ones_own(people, client):
    client.force_login(people.advisor)

    client.post(PAGE, {"mail": "none", "language": "", "user": people.editor.pk, "id": 1})

    assert not Preference.objects.filter(user=people.editor).exists()


def test_stranger_has_no_preference(client, db):
    assert client.get(PAGE).status_code == 302
    assert client.post(PAGE, {"mail": "none"}).status_code == 302
    assert not Preference.objects.exists()


def test_every_page_of_the_admin_leads_to_the_preference(people, client):
    client.force_login(people.editor)

    tools = page(client.get(reverse("admin:index"))).one("div", id="user-tools")

    assert tools.all("a", href=PAGE)
    assert tools.one("form", id="logout-form")
