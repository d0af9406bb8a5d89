"""What operators are told: readiness with its details for staff only, metrics for whoever has the
token, and a log that says nothing of a person or of what somebody looked for."""

import json
import logging
import sys
from datetime import timedelta

import pytest
from django.core.cache import caches
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from django.utils import timezone

from reading.search import index
from review import jobs, tasks
from review.models import JobRun, Verification
from running import health, logs
from tests import factories as f

pytestmark = pytest.mark.django_db


def ready(client):
    health.forget()
    response = client.get("/readyz")
    return response.status_code, response.content.decode()


def broken_index(tmp_path):
    place = index.directory("en")
    place.mkdir(parents=True)
    (place / "meta.json").write_text("broken")


def broken_cache(monkeypatch):
    def fail(*args):
        raise ConnectionError("redis://secret@host")

    monkeypatch.setattr(type(caches["default"]), "set", fail)


def not_migrated(monkeypatch):
    monkeypatch.setattr(
        health.MigrationExecutor, "migration_plan", lambda *args: [("review.0999_new", False)]
    )


def late(name, age):
    JobRun.objects.create(name=name, at=timezone.now() - age)


FAULTS = {
    "index": (lambda m, p: broken_index(p), "the search index [en] cannot be read"),
    "cache": (lambda m, p: broken_cache(m), "the cache default does not answer"),
    "migrations": (lambda m, p: not_migrated(m), "review.0999_new is not applied"),
    "jobs": (lambda m, p: late("verify", timedelta(hours=27)), "verify has not ended well for 27"),
    "verification": (
        lambda m, p: Verification.objects.create(at=timezone.now(), problems=["x"]),
        "manage.py verify found 1 things",
    ),
    "disk": (lambda m, p: m.setattr(health, "LEAST_FREE", 10**18), "MB are free"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_turns_readiness_red_and_only_staff_reads_which(
    client, monkeypatch, settings, tmp_path, name
):
    settings.VAR_DIR = tmp_path
    settings.SEARCH_ROOT = tmp_path / "search"
    assert ready(client) == (200, "whole\n")
    fault, sentence = FAULTS[name]

    fault(monkeypatch, tmp_path)

    assert ready(client) == (503, "1 things do not fit: run manage.py ready\n")
    assert client.get("/healthz").status_code == 200  # readers keep coming
    with pytest.raises(CommandError, match="1 things do not fit"):
        call_command("ready")
    reader = f.make_user()
    type(reader).objects.filter(pk=reader.pk).update(is_staff=False)
    client.force_login(reader)
    assert "\n" not in ready(client)[1].rstrip()
    client.force_login(f.make_user())
    status, told = ready(client)
    assert (status, sentence in told) == (503, True)
    assert f"{name}: " in told
    assert "secret" not in told
    assert told.count(": whole") == len(health.CHECKS) - 1


def test_a_database_that_is_away_is_one_sentence_and_no_error_page(client, monkeypatch):
    client.cookies["sessionid"] = "x"

    def away(*args, **kwargs):
        raise DatabaseError("password=hidden")

    monkeypatch.setattr(connection, "cursor", away)

    assert ready(client) == (503, "1 things do not fit: run manage.py ready\n")
    assert list(health.found()) == ["database"]
    assert "hidden" not in str(health.found())


def test_a_crowd_of_monitors_costs_one_look(client, monkeypatch):
    looked = []
    monkeypatch.setattr(health, "CHECKS", {"database": lambda: looked.append(1) or []})
    health.forget()

    for _ in range(5):
        client.get("/readyz")

    assert len(looked) == 1


@pytest.mark.parametrize(
    ("name", "age", "overdue"),
    [
        ("publish_due", timedelta(minutes=29), False),
        ("publish_due", timedelta(minutes=31), True),
        ("send_reminders", timedelta(hours=25), False),
        ("send_reminders", timedelta(hours=27), True),
        ("backup", timedelta(hours=27), True),
    ],
)
def test_a_job_is_overdue_when_it_missed_its_turn(name, age, overdue):
    late(name, age)
    assert bool(list(jobs.overdue())) is overdue


@pytest.mark.parametrize(("days", "names"), [(1.9, []), (2.2, ["send_reminders", "verify"])])
def test_a_site_whose_clock_was_never_set_up_is_told_after_two_days(
    settings, monkeypatch, days, names
):
    settings.DEMO, settings.LEDGER_KEY = False, ""
    now = timezone.now() + timedelta(days=days)
    monkeypatch.setattr(jobs.timezone, "now", lambda: now)

    told = " ".join(jobs.overdue())

    assert [name for name in ("send_reminders", "verify") if name in told] == names
    assert "backup" not in told


def test_what_runs_by_the_clock_notes_that_it_ended_well(people):
    tasks.publish_due.call()
    tasks.send_reminders.call()
    call_command("verify", verbosity=0)

    noted = set(JobRun.objects.values_list("name", flat=True))
    assert noted == {"publish_due", "send_reminders", "verify"}


def test_metrics_are_for_whoever_brings_the_token(client, settings):
    for token, header in (("", "Bearer "), ("", ""), ("secret", "Bearer wrong"), ("secret", "é")):
        settings.METRICS_TOKEN = token
        answer = client.get("/metrics", headers={"Authorization": header})
        assert (answer.status_code, b"crcsite" in answer.content) == (401, False)

    client.get("/en/search/?q=bleeding-stoma")
    client.get("/en/no-such-illness/")
    answer = client.get("/metrics", headers={"Authorization": "Bearer secret"})
    told = answer.content.decode()

    assert answer.status_code == 200
    for name in (
        'crcsite_answer_seconds_count{method="GET",route="reading:search",status="200"}',
        'crcsite_problems{check="verification"} 0.0',
        "crcsite_ledger_line ",
    ):
        assert name in told
    for private in ("bleeding", "no-such-illness", "127.0.0.1"):
        assert private not in told


# -- The log -------------------------------------------------------------------------------------


def line(name, message, *args, level=logging.ERROR, exc_info=None, **extra):
    record = logging.LogRecord(name, level, "file.py", 1, message, args, exc_info)
    record.__dict__.update(extra)
    return json.loads(logs.Formatter().format(record))


@pytest.mark.asvs("16.2.4", "16.3.2")
def test_each_answer_is_one_line_without_who_asked_or_for_what(client, caplog):
    caplog.set_level(logging.INFO, logger="running.requests")

    client.get("/en/search/?q=bleeding-stoma", headers={"X-Request-ID": "not-a-guid bleeding"})

    [record] = [each for each in caplog.records if each.name == "running.requests"]
    told = json.loads(logs.Formatter().format(record))
    assert (told["route"], told["method"], told["status"]) == ("reading:search", "GET", 200)
    assert "bleeding" not in json.dumps(told) + json.dumps(record.__dict__, default=str)


@pytest.mark.asvs("16.2.5", "16.4.1")
def test_what_somebody_sends_begins_no_line_of_its_own():
    told = {"at": "now"}
    for name, message in (("review", "odd: %s"), ("django.request", "Not Found: %s")):
        record = logging.LogRecord(
            name, logging.ERROR, "f.py", 1, message, ('a\n{"b": 1}\x85',), None
        )
        written = logs.Formatter().format(record)
        told = json.loads(written)
        assert len(written.splitlines()) == 1
        assert "b" not in told


@pytest.mark.asvs("16.2.5")
def test_the_log_holds_nothing_that_was_filled_into_the_sentence_of_another():
    told = line(
        "django.request", "Not Found: %s", "/en/search/?q=stoma", request="<GET '?q=stoma'>",
        status_code=404, correlation_id="abc",
    )  # fmt: skip

    assert told["message"] == "Not Found: %s"
    assert told["request_id"] == "abc"
    assert "stoma" not in json.dumps(told)


def test_an_error_is_told_by_kind_and_place_without_its_message():
    try:
        raise ValueError("patient Smith, smith@example.org")
    except ValueError:
        error = sys.exc_info()

    told = line("django.request", "Internal Server Error: %s", "/en/x", exc_info=error)

    assert told["error"] == "builtins.ValueError"
    assert any("test_health.py" in frame for frame in told["where"])
    assert "mith" not in json.dumps(told)


def test_our_own_sentences_are_whole_but_for_addresses_and_errors():
    told = line("review.doors", "%s [%s] is not shown: %s.", "topics.topic:liver", "en", "altered")
    mail = line("review.notices", "A mail was not sent: %s", "550 smith@example.org unknown")
    error = line("reading.search", "[%s] cannot be read: %s", "en", ValueError("q=stoma"))
    odd = line("review", "100 % wrong %s")

    assert told["message"] == "topics.topic:liver [en] is not shown: altered."
    assert mail["message"] == "A mail was not sent: 550 …@… unknown"
    assert error["message"] == "[en] cannot be read: ValueError"
    assert odd["message"] == "100 % wrong %s"
