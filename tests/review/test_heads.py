"""The signed heads of the ledger: whatever is changed, cut off or written anew is told, by us and
by a stranger with the script of docs/check-a-page.md."""

import base64
import json
import re
import subprocess
import sys
from io import StringIO

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command

from review import archive, heads, verification, workflow
from review.ledger import chained
from review.models import JobRun, LedgerEntry
from tests import factories as f
from tests.conftest import needs

pytestmark = pytest.mark.django_db

SCRIPT = re.search(
    r"```python\n(.*?)```", (django_settings.BASE_DIR / "docs/check-a-page.md").read_text(), re.S
)[1]


def new_key():
    der = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return base64.b64encode(der).decode()


@pytest.fixture
def place(settings, tmp_path):
    settings.LEDGER_KEY, settings.LEDGER_HEADS = new_key(), str(tmp_path / "out" / "heads.jsonl")
    return tmp_path


def run(command, *args, **options):
    out = StringIO()
    call_command(command, *args, stdout=out, stderr=StringIO(), **options)
    return out.getvalue()


def exported(place):
    (place / "key.pem").write_text(run("sign_ledger", public=True))
    (place / "ledger.jsonl").unlink(missing_ok=True)
    run("export_ledger", str(place / "ledger.jsonl"))
    return place / "ledger.jsonl"


def verify_files(place):
    files = {"ledger": str(place / "ledger.jsonl"), "key": str(place / "key.pem")}
    return run("verify", signed=django_settings.LEDGER_HEADS, **files)


def test_a_head_is_signed_kept_outside_and_fits_later(place, settings, people, mailoutbox):
    settings.LEDGER_MAIL = ["keeper@example.org"]
    f.make_public(people, f.make_topic())

    told = run("sign_ledger")
    f.make_public(people, f.make_topic())
    run("sign_ledger")

    lines = (place / "out" / "heads.jsonl").read_text().splitlines()
    assert len(lines) == 2
    assert settings.LEDGER_HEADS in told
    assert [mail.to for mail in mailoutbox] == [["keeper@example.org"]] * 2
    assert lines[1] in mailoutbox[1].body
    assert settings.LEDGER_KEY not in mailoutbox[1].body + lines[1]
    assert JobRun.objects.filter(name="sign_ledger").exists()
    assert list(verification.problems()) == []
    exported(place)
    assert "All 2 signed heads stand in it" in verify_files(place)


def test_verify_tells_a_ledger_whose_end_was_cut_off_or_that_was_written_anew(
    place, people, sql_unguarded
):
    topic = f.make_topic()
    f.make_public(people, topic)
    run("sign_ledger")
    last = archive.head()

    payload = last.payload.replace(f'"actor":"{last.actor}"', '"actor":"Somebody else"')
    digest = chained(last.previous, payload)
    sql_unguarded(
        "UPDATE review_ledgerentry SET payload = %s, digest = %s, actor = %s WHERE number = %s",
        payload, digest, "Somebody else", last.number,
    )  # fmt: skip
    assert list(verification.ledger_problems()) == []  # the chain alone shows nothing
    [changed] = heads.problems()
    assert changed.startswith(f"ledger line {last.number}: was signed as the head at ")
    assert changed.endswith("has another digest")
    with pytest.raises(CommandError, match="Not signed, because the ledger does not hold"):
        run("sign_ledger")
    with pytest.raises(CommandError, match="do not fit"):
        run("verify")
    exported(place)
    with pytest.raises(CommandError, match="does not stand in this file"):
        verify_files(place)

    sql_unguarded("DELETE FROM review_ledgerentry WHERE number = %s", last.number)
    [gone] = heads.problems()
    assert gone.endswith("and is gone")


def test_heads_of_another_key_are_told_unless_it_is_known_as_an_old_one(place, settings, people):
    run("sign_ledger")
    old = run("sign_ledger", public=True).splitlines()[1]

    settings.LEDGER_KEY = new_key()
    assert list(heads.problems()) == ["signed heads, line 1: bears no signature of a known key"]
    settings.LEDGER_OLD_KEYS = [old]
    run("sign_ledger")

    assert list(heads.problems()) == []


BAD_LINES = [
    "x",
    "{}",
    "[]",
    "null",
    "1",
    '{"head": 1, "signature": ""}',
    "[" * 5000,
    "\0",
    "\ud7ff",
]


@pytest.mark.parametrize("bad", BAD_LINES)
def test_a_line_that_is_no_head_is_told(place, bad):
    run("sign_ledger")
    with open(django_settings.LEDGER_HEADS, "a") as file:
        file.write(bad + "\n")

    assert list(heads.problems()) == ["signed heads, line 2: is no signed head of a ledger"]


@pytest.mark.parametrize("key", ["", "x", "AAAA", "é", base64.b64encode(b"0" * 48).decode()])
def test_without_a_key_or_a_place_a_sentence_says_what_to_set(place, settings, key):
    settings.LEDGER_KEY = key
    with pytest.raises(CommandError, match="openssl genpkey -algorithm ed25519"):
        run("sign_ledger")

    settings.LEDGER_KEY, settings.LEDGER_HEADS = new_key(), ""
    with pytest.raises(CommandError, match="Set LEDGER_HEADS"):
        run("sign_ledger")


def test_a_place_that_cannot_be_written_is_told_and_counts_as_not_run(place, settings):
    for nowhere in ("/proc/heads.jsonl", str(place)):
        settings.LEDGER_HEADS = nowhere
        with pytest.raises(CommandError, match=r"could not be kept|Is a directory"):
            run("sign_ledger")

    assert not JobRun.objects.exists()


# -- A stranger ----------------------------------------------------------------------------------


def ask(client, topic, language):
    return client.get(f"/api/v1/topics/{topic.key}?language={language}").json()


def stranger(place, item):
    """What the script says: (ended well, its words)."""
    (place / "check_page.py").write_text(SCRIPT)
    (place / "item.json").write_text(json.dumps(item))
    done = subprocess.run(
        [sys.executable, "-I", "check_page.py", "item.json", "ledger.jsonl",
         "out/heads.jsonl", "key.pem"],
        cwd=place, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    return done.returncode == 0, done.stdout + done.stderr


def test_a_stranger_checks_a_published_text_with_the_documented_script(place, people, client):
    needs("openssl")
    whole, figure = f.WholeGuide(topics=1), f.make_figure()
    [topic] = whole.topics
    whole.publish(people, "en")
    whole.publish(people, "es")
    source = f.make_source()
    f.make_public(people, source)
    f.make_public(people, figure, facts={"count": 3, "out_of": 10, "sources": [source.key]})
    run("sign_ledger")
    later = f.make_topic(whole.guide)
    f.make_public(people, later)
    ledger = exported(place)
    item = ask(client, topic, "es")
    number = client.get(f"/api/v1/figures/{figure.key}").json()
    signer = item["review"]["advisor"]["name"]

    for right in (item, ask(client, topic, "en"), number):
        well, said = stranger(place, right)
        assert well, said
        assert "A signed head covers that line" in said
    assert signer in stranger(place, item)[1]
    assert "No signed head covers that line yet" in stranger(place, ask(client, later, "en"))[1]

    field = next(iter(item["text"]))
    wrong = {
        "the text is not the text": {**item, "text": {**item["text"], field: {"markdown": "No"}}},
        "has no public": {**item, "language": "fr"},
        "the advisor's name": {
            **item,
            "review": {"advisor": {**item["review"]["advisor"], "name": "Dr. Who"}},
        },
        "the facts are not": {**number, "facts": {**number["facts"], "count": 99}},
    }
    for sentence, false in wrong.items():
        well, said = stranger(place, false)
        assert not well
        assert said.startswith("DOES NOT HOLD: ")
        assert sentence in said

    whole = ledger.read_text()
    lines = whole.splitlines(keepends=True)
    ledger.write_text("".join(lines[:-20]))  # the head's line and more
    assert "the ledger is not the one whose head was signed" in stranger(place, item)[1]
    ledger.write_text(whole.replace(signer, "Dr. Who"))
    assert "of the ledger was changed" in stranger(place, item)[1]
    ledger.write_text(whole)
    key = (place / "key.pem").read_text()
    django_settings.LEDGER_KEY = new_key()
    (place / "key.pem").write_text(run("sign_ledger", public=True))
    assert "is not by this key" in stranger(place, item)[1]
    (place / "key.pem").write_text(key)
    workflow.withdraw(topic, "es", by=people.admin, reason="Wrong")
    exported_again = exported(place)
    assert exported_again.exists()
    (place / "key.pem").write_text(key)
    assert "has no public" in stranger(place, item)[1]  # a copy of what was withdrawn


def test_the_whole_ledger_is_exported_once_and_nothing_is_overwritten(place, people):
    ledger = exported(place)
    assert len(ledger.read_text().splitlines()) == LedgerEntry.objects.count()

    with pytest.raises(CommandError, match="is there already"):
        run("export_ledger", str(ledger))
    with pytest.raises(CommandError, match="cannot be written"):
        run("export_ledger", str(place / "no" / "x"))
