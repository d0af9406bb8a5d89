"""The ledger as a file: whole, it holds; whatever was done to it is told in one sentence."""

import json
import re
import subprocess
import sys
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from review import archive, fingerprint, workflow
from review.ledger import OPENING, chained
from review.models import LedgerEntry
from tests import factories as f

pytestmark = pytest.mark.django_db

DOCUMENT = settings.BASE_DIR / "docs" / "ledger.md"


@pytest.fixture(scope="module")
def made(django_db_setup, django_db_blocker):
    """The lines of a ledger with every kind of decision, as bytes."""
    from django.db import transaction

    with django_db_blocker.unblock(), transaction.atomic():
        people = f.People()
        topic = f.make_topic()
        f.make_public(people, topic)
        f.make_public(people, topic, "es")
        seen = topic.__class__.objects.get(pk=topic.pk).sign_off_in("en").fingerprints
        workflow.reaffirm(topic, "en", by=people.advisor, expected=seen)
        workflow.withdraw(topic, "en", by=people.admin, reason="Wrong 病 \U0001f9ec\u2028 \"'")
        found = archive.entries(LedgerEntry.objects.all(), batch=3)
        lines = [archive.json_line(entry).encode() for entry in found]
        transaction.set_rollback(True)
    return lines


def check(lines, **more):
    return archive.check(BytesIO(b"".join(lines)), **more)


def chain(payloads):
    """A ledger that holds over whatever is said in it."""
    previous = ""
    for number, payload in enumerate(payloads):
        digest = chained(previous, payload)
        entry = {"number": number, "previous": previous, "digest": digest, "payload": payload}
        yield json.dumps(entry).encode() + b"\n"
        previous = digest


def changed(line, **columns):
    return (json.dumps({**json.loads(line), **columns}) + "\n").encode()


def payload(line):
    return json.loads(json.loads(line)["payload"])


def test_a_whole_ledger_holds(made):
    sound = check(made)

    last = json.loads(made[-1])
    assert len(made) > 10
    assert (sound.number, sound.digest) == (len(made) - 1, last["digest"])
    assert (sound.first_at, sound.last_at) == (payload(made[0])["at"], payload(made[-1])["at"])


DAMAGES = {
    "empty": (lambda lines: [], "empty"),
    "a line taken out": (lambda lines: lines[:3] + lines[4:], "line 3 is missing"),
    "the first line taken out": (lambda lines: lines[1:], "line 0 is missing"),
    "two lines exchanged": (
        lambda lines: [lines[0], lines[2], lines[1], *lines[3:]],
        "line 1 is missing",
    ),
    "a line twice": (lambda lines: [*lines[:3], lines[2], *lines[3:]], "line 3 is missing"),
    "cut off within a line": (lambda lines: [*lines[:-1], lines[-1][:-9]], "is cut off"),
    "the last line end lost": (lambda lines: [*lines[:-1], lines[-1][:-1]], "is cut off"),
    "an empty line": (lambda lines: [*lines[:2], b"\n", *lines[2:]], "no JSON"),
    "binary": (lambda lines: [b"\x89PNG\r\n\x1a\n\x00\xff\xfe" * 9 + b"\n"], "no JSON"),
    "another encoding": (
        lambda lines: [line.decode().encode("utf-16") + b"\n" for line in lines],
        "no JSON",
    ),
    "deeply nested": (lambda lines: [b"[" * 200_000 + b"\n"], "no JSON"),
    "a list": (lambda lines: [b"[]\n"], "not a line of the ledger"),
    "a number as text": (lambda lines: [changed(lines[0], number="0")], "not a line of the ledger"),
    "a number as truth": (
        lambda lines: [lines[0], changed(lines[1], number=True)],
        "not a line of the ledger",
    ),
    "a column more": (lambda lines: [changed(lines[0], more=1)], "not a line of the ledger"),
    "a payload that is no text": (
        lambda lines: [changed(lines[0], payload={})],
        "not a line of the ledger",
    ),
    "an unreadable payload": (lambda lines: [changed(lines[0], payload="{")], "unreadable"),
    "a lone surrogate": (
        lambda lines: [changed(lines[0], payload='{"number":0,"event":"\ud800"}')],
        "line 0 was changed",
    ),
    "an edited payload": (
        lambda lines: [
            *lines[:2],
            lines[2].replace(b"event", b"Event"),
            *lines[3:],
        ],
        "line 2 was changed",
    ),
    "an edited digest": (
        lambda lines: [*lines[:2], changed(lines[2], digest="0" * 64), *lines[3:]],
        "line 2 was changed",
    ),
    "an edited predecessor": (
        lambda lines: [*lines[:2], changed(lines[2], previous="0" * 64), *lines[3:]],
        "does not follow",
    ),
    "another ledger's end": (
        lambda lines: [*lines[:2], *list(chain(["{}"] * 5))[2:]],
        "line 2 does not follow",
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_whatever_was_done_to_the_file_is_told_in_one_sentence(made, damage):
    change, sentence = DAMAGES[damage]

    with pytest.raises(archive.Unsound, match=sentence) as refusal:
        check(change(made))

    assert "\n" not in str(refusal.value)
    assert len(str(refusal.value)) < 300


FORGED = {
    "no opening": ([{"number": 0, "event": "x"}], "does not open"),
    "another line's payload": (
        [{"number": 0, "event": "ledger:open"}, {"number": 7}],
        "that of another line",
    ),
    "a forged seal": (
        [{"number": 0, "event": "ledger:open"}, {"number": 1, "sign_off": {}, "seal": "0"}],
        "does not have its seal",
    ),
    "published without a decision": (
        [
            {"number": 0, "event": "ledger:open"},
            {
                "number": 1,
                "publishes": True,
                "sign_off": {},
                "seal": fingerprint.sha256("{}"),
            },
        ],
        "not decided last",
    ),
    "published without a sign-off": (
        [{"number": 0, "event": "ledger:open"}, {"number": 1, "publishes": True}],
        "nobody signed",
    ),
}


@pytest.mark.parametrize("forgery", FORGED)
def test_a_forged_line_is_told_even_where_the_chain_holds(forgery):
    payloads, sentence = FORGED[forgery]

    with pytest.raises(archive.Unsound, match=sentence):
        check(chain([json.dumps(each) for each in payloads]))


def test_an_endless_line_is_refused_before_it_is_read(monkeypatch):
    monkeypatch.setattr(archive, "LONGEST", 1000)

    with pytest.raises(archive.Unsound, match="longer than any"):
        check([b"x" * 5000])


def test_a_ledger_cut_off_at_its_end_holds_but_lacks_the_head_that_one_knows(made):
    head = json.loads(made[-1])["digest"]

    assert check(made, head=head).known == len(made) - 1
    assert check(made[:-2]).known is None
    with pytest.raises(archive.Unsound, match="cut off"):
        check(made[:-2], head=head)


# -- The command ----------------------------------------------------------------------------------


def run(path, *more):
    out = StringIO()
    call_command("verify", "--ledger", str(path), *more, stdout=out)
    return out.getvalue()


@pytest.fixture
def file(made, tmp_path):
    file = tmp_path / "ledger.jsonl"
    file.write_bytes(b"".join(made))
    return file


def test_the_command_prints_the_head_and_says_what_it_cannot_know(made, file):
    said = run(file)

    assert f"head {json.loads(made[-1])['digest']}" in said
    assert "cut off" in said


def test_the_command_compares_with_a_head_that_is_known(made, file):
    digests = [json.loads(line)["digest"] for line in made]

    assert "nothing is missing" in run(file, "--head", digests[-1].upper())
    assert "Line 4 has the digest you know" in run(file, "--head", digests[4])
    with pytest.raises(CommandError, match="another ledger"):
        run(file, "--head", "0" * 64)


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    for path in (tmp_path, tmp_path / "nothing.jsonl"):
        with pytest.raises(CommandError, match="cannot be read"):
            run(path)


def test_a_head_needs_a_file():
    with pytest.raises(CommandError, match="--head needs --ledger"):
        call_command("verify", "--head", "0" * 64)


@pytest.mark.parametrize("sound", [True, False])
def test_the_command_needs_no_database(file, tmp_path, sound):
    """As an auditor runs it, a year later, with the database gone."""
    if not sound:
        file.write_bytes(file.read_bytes()[:-1])
    done = subprocess.run(
        [sys.executable, "manage.py", "verify", "--ledger", file],
        cwd=settings.BASE_DIR,
        env={
            "PATH": "/usr/bin:/bin",
            "SECRET_KEY": "x",
            "DEBUG": "1",
            "DATABASE_URL": "postgres://nobody@127.0.0.1:9/nowhere",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == (0 if sound else 1)
    assert "The chain holds" in done.stdout if sound else done.stderr.endswith("is cut off.\n")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("sound", [True, False])
def test_the_check_in_the_manual_does_what_it_says(made, file, tmp_path, sound):
    [script] = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    (tmp_path / "check.py").write_text(script)
    if not sound:
        file.write_bytes(b"".join([*made[:2], *made[3:]]))

    done = subprocess.run(
        [sys.executable, tmp_path / "check.py", file], capture_output=True, text=True, check=False
    )

    digest = json.loads(made[-1])["digest"]
    assert done.stdout == (f"{len(made) - 1} lines, head {digest}\n" if sound else "")
    assert done.stderr == ("" if sound else "Line 2 does not fit.\n")


def test_the_manual_explains_every_event():
    told = set(re.findall(r"`([a-z]+:[a-z_-]+)`", DOCUMENT.read_text()))

    assert events() - told == set()


def events():
    """Every event that the code can write: what it hands to the ledger, by itself or through a
    function of the module."""
    found = {"signoff:approve", "signoff:reaffirm", "signoff:withdraw", OPENING}
    for path in Path(settings.BASE_DIR / "review").rglob("*.py"):
        found |= set(re.findall(r'(?:append|_record\w*)\(\s*"([a-z]+:[a-z_-]+)"', path.read_text()))
    return found | {LedgerEntry.PUBLISH, LedgerEntry.WITHDRAW}


def test_a_ledger_is_told_from_its_code(made):
    written = {payload(line)["event"] for line in made}

    assert written <= events()
    assert "person:send_back" in events()
