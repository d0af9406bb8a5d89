"""A backup is the site as of one moment; what comes back from it is the same to the byte, and
whatever is wrong with it is told before anything is written."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import threading
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import connection, connections

from review import archive
from review.models import JobRun, LedgerEntry, SignOff
from running.backup import container, databases
from tests import factories as f

pytestmark = pytest.mark.django_db(transaction=True)

# Every address that a link leads to, and what is answered there; as a process of its own.
CRAWL = r"""
import django, hashlib, json, re
django.setup()
from django.conf import settings
from django.test import Client
settings.ALLOWED_HOSTS = ["testserver"]
waiting = ["/sitemap.xml", "/api/v1/", "/robots.txt", *(f"/{code}/" for code, _ in settings.LANGUAGES)]
found, client = {}, Client()
while waiting:
    path = waiting.pop()
    if path in found or re.search(r"\.(pdf|png)$|^/(static|admin)/|/(search|feedback)/", path):
        continue
    answer = client.get(path)
    body = b"".join(answer) if answer.streaming else answer.content
    found[path] = f"{answer.status_code} {hashlib.sha256(body).hexdigest()}"
    if "text" in answer["Content-Type"] or "json" in answer["Content-Type"] or "xml" in answer["Content-Type"]:
        links = re.findall(r'(?:href="|src="|<loc>|"url": "|")(?:http://testserver)?(/[^"<#?]*)', body.decode())
        waiting += [link for link in links if not link.startswith("//")]
print(json.dumps(found))
"""  # noqa: E501


def manage(*arguments, url, var):
    """A command of manage.py in a process that knows that database and that folder only."""
    return python("manage.py", *arguments, url=url, var=var)


def python(*arguments, url, var):
    env = {
        **os.environ, "DATABASE_URL": url, "VAR_DIR": str(var), "DEBUG": "1", "SECRET_KEY": "x",
        "DJANGO_SETTINGS_MODULE": "crcsite.settings", "SITE_URL": "http://testserver",
        "LEDGER_KEY": "", "LEDGER_HEADS": "", "BACKUP_RECIPIENTS": "",
    }  # fmt: skip
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=django_settings.BASE_DIR, env=env, capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip


def crawled(url, var):
    done = python("-c", CRAWL, url=url, var=var)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def here():
    """The test's own database, as DATABASE_URL."""
    told = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{told['NAME']}"
    return re.sub(r"/[^/?]+(\?|$)", rf"/{told['NAME']}\1", os.environ["DATABASE_URL"], count=1)


@pytest.fixture
def elsewhere(tmp_path):
    """``elsewhere(name)``: an empty database and folder, as (url, var)."""
    made = []

    def make(name):
        var = tmp_path / name
        if connection.vendor == "sqlite":
            return f"sqlite:///{var / 'db.sqlite3'}", var
        database = f"restored_{name}_{os.getpid()}"
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {database}")
        made.append(database)
        return here().replace(f"/{connection.settings_dict['NAME']}", f"/{database}"), var

    yield make
    with connection.cursor() as cursor:
        for database in made:
            cursor.execute(f"DROP DATABASE {database} WITH (FORCE)")


@pytest.fixture
def site(people, settings, tmp_path):
    """Texts in two languages, one withdrawn, a draft, a picture; returns the folder."""
    from django.core.files.base import ContentFile
    from django.core.files.storage import FileSystemStorage

    from review import workflow

    settings.VAR_DIR, settings.MEDIA_ROOT = tmp_path / "here", str(tmp_path / "here" / "media")
    settings.SITE_URL = "http://testserver"
    whole = f.WholeGuide(topics=2)
    whole.publish(people, "en")
    whole.publish(people, "es")
    gone = f.make_topic(whole.guide)
    f.make_public(people, gone)
    workflow.withdraw(gone, "en", by=people.admin, reason="Wrong")
    f.save(f.make_topic(whole.guide), "en", people.editor)
    FileSystemStorage(settings.MEDIA_ROOT).save("pictures/liver.txt", ContentFile(b"a picture"))
    return tmp_path


def run(command, *args, **options):
    out = StringIO()
    call_command(command, *args, stdout=out, stderr=StringIO(), **options)
    return out.getvalue()


def is_empty(url, var):
    """Whether nothing stands in a place into which something should not have been restored."""
    left = [path for path in var.rglob("*") if path.is_file()] if var.exists() else []
    if url.startswith("sqlite"):
        return left == []
    shown = manage("inspectdb", url=url, var=var).stdout
    return left == [] and "class" not in shown


def test_what_comes_back_is_the_site_to_the_byte(site, elsewhere, settings, client):
    key = site / "age.key"
    settings.BACKUP_RECIPIENTS = [run("backup", str(key), new_key=True).strip().partition("=")[2]]
    client.force_login(f.make_user(is_superuser=True))  # whose session must not come back
    told = run("backup", str(site / "one.backup"))
    url, var = elsewhere("there")

    done = manage("restore", str(site / "one.backup"), "--key", str(key), url=url, var=var)

    assert done.returncode == 0, done.stderr
    head = archive.head()
    assert f"ledger line {head.number}, head {head.digest}" in done.stdout
    assert "encrypted" in told
    assert "NOT" not in told
    verified = manage("verify", url=url, var=var)
    assert (verified.returncode, verified.stderr) == (0, "")
    before, after = crawled(here(), site / "here"), crawled(url, var)
    assert len(before) > 60
    assert any(path.startswith("/es/") and told[:3] == "200" for path, told in before.items())
    assert after == before
    assert (var / "media" / "pictures" / "liver.txt").read_bytes() == b"a picture"
    counted = "from django.contrib.sessions.models import Session; print(Session.objects.count())"
    assert manage("shell", "-v0", "-c", counted, url=url, var=var).stdout.strip() == "0"
    assert JobRun.objects.filter(name="backup").exists()

    again = manage("restore", str(site / "one.backup"), "--key", str(key), url=url, var=var)
    assert again.returncode == 1  # a place that is not empty
    assert "empty" in again.stderr
    assert again.stderr.rstrip().endswith("Nothing was written.")
    assert manage("verify", url=url, var=var).stdout == verified.stdout


@pytest.mark.bad_input("backups", "cut off, changed, of another site, of another key", tried=21)
def test_whatever_is_wrong_is_a_sentence_and_nothing_is_written(
    site, elsewhere, settings, monkeypatch
):
    key, other, bad = site / "age.key", site / "other.key", site / "bad.backup"
    settings.BACKUP_RECIPIENTS = [run("backup", str(key), new_key=True).strip().partition("=")[2]]
    run("backup", str(other), new_key=True)
    run("backup", str(site / "sealed.backup"))
    settings.BACKUP_RECIPIENTS = []
    assert "NOT encrypted" in run("backup", str(site / "plain.backup"))
    sealed, plain = (site / "sealed.backup").read_bytes(), (site / "plain.backup").read_bytes()
    url, var = elsewhere("there")

    def flipped(data, at):
        return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]

    def with_manifest(change):
        """The plain backup with another manifest, its first line right for that."""
        folder = site / "changed"
        container.unseal(site / "plain.backup", folder)
        manifest = json.loads((folder / "manifest.json").read_text())
        change(manifest, folder)
        (folder / "manifest.json").write_text(json.dumps(manifest))
        container.seal(folder, site / "changed.backup", [])
        data = (site / "changed.backup").read_bytes()
        (site / "changed.backup").unlink()
        shutil.rmtree(folder)
        return data

    def relabelled(data):
        body = data[container.LENGTH :]
        return b"crcsite-backup 1 plain %s\n" % hashlib.sha256(body).hexdigest().encode() + body

    cases = [
        (sealed, None, "name the file with its key"),
        (sealed, other, "does not open this backup"),
        (sealed, site / "plain.backup", "holds no secret key"),
        (sealed, site / "nowhere", "cannot be read"),
        (sealed[:-1], key, "cut off"),
        (sealed[: len(sealed) // 2], key, "cut off"),
        (flipped(sealed, len(sealed) // 2), key, "bytes of it were changed"),
        (flipped(plain, len(plain) - 1), None, "bytes of it were changed"),
        (flipped(plain, 0), None, "no backup of crcsite"),
        (flipped(plain, 30), None, "no backup of crcsite|bytes of it were changed"),
        (b"", None, "no backup of crcsite"),
        (plain[: container.LENGTH - 3], None, "no backup of crcsite"),
        (plain.replace(b"-backup 1 ", b"-backup 2 ", 1), None, "another version's kind|of kind 2"),
        (relabelled(sealed), None, "cannot be unpacked"),
        (with_manifest(lambda m, p: m["migrations"].append("review.9999_x")), None, "newer code"),
        (with_manifest(lambda m, p: m["migrations"].remove("review.0002_desk")), None, "older"),
        (with_manifest(lambda m, p: m.update(database="oracle")), None, "of a oracle database"),
        (with_manifest(lambda m, p: m.update(head="0" * 64)), None, "ledger in this backup does"),
        (with_manifest(lambda m, p: m.pop("files")), None, "manifest is damaged"),
        (with_manifest(lambda m, p: (p / "more").write_text("x")), None, "not as they were: more"),
        (with_manifest(lambda m, p: (p / "ledger.jsonl").write_text("x")), None, "ledger.jsonl"),
    ]
    settings.MEDIA_ROOT = str(site / "nothing")
    # In this process, for the sake of time: its database counts as empty, and is not written.
    monkeypatch.setattr(type(databases.ours()), "check_empty", lambda self: None)
    monkeypatch.setattr(type(databases.ours()), "restored", None)
    for data, with_key, sentence in cases:
        bad.write_bytes(data)
        with pytest.raises(CommandError, match=sentence) as refused:
            run("restore", str(bad), key=with_key)
        assert str(refused.value).endswith("Nothing was written.")
    assert not (site / "nothing").exists()
    done = manage("restore", str(bad), url=url, var=var)  # and once as the operator does
    assert (done.returncode, "Nothing was written." in done.stderr) == (1, True)
    assert is_empty(url, var)
    for command in (["restore", "/nowhere"], ["backup", "/proc/x"], ["backup", str(bad)]):
        assert "Traceback" not in manage(*command, url=url, var=var).stderr


@pytest.mark.bad_input("backups", "texts altered by hand")
def test_a_backup_whose_texts_were_altered_by_hand_is_not_restored(site, elsewhere, sql):
    sql("UPDATE topics_topic SET title_en = 'Altered' WHERE title_en IS NOT NULL")
    run("backup", str(site / "one.backup"))
    url, var = elsewhere("there")

    done = manage("restore", str(site / "one.backup"), url=url, var=var)

    assert done.returncode == 1
    assert "public text is not the text of sign-off" in done.stderr
    assert is_empty(url, var)


@pytest.mark.fault("two at once", "a backup and an advisor", "publishing")
def test_a_backup_is_one_moment_while_people_write(site, people, monkeypatch):
    """Somebody publishes between the database's copy and the rest: all is as of before."""
    before = archive.head()
    kind = type(databases.ours())
    dump, topic = kind.dump, f.make_topic()
    signed = SignOff.objects.count()
    failed = []

    def publish():
        try:
            f.make_public(people, topic)
        except Exception as error:
            failed.append(error)
        finally:
            connections.close_all()

    def dump_and_write(self, *arguments):
        dump(self, *arguments)
        writer = threading.Thread(target=publish)
        writer.start()
        writer.join()

    assert people.editor.pk
    assert people.advisor.pk
    monkeypatch.setattr(kind, "dump", dump_and_write)
    run("backup", str(site / "one.backup"))

    assert failed == []
    assert SignOff.objects.count() == signed + 1  # nobody was kept from writing
    assert archive.head().number > before.number
    container.unseal(site / "one.backup", site / "opened")
    manifest = json.loads((site / "opened" / "manifest.json").read_text())
    assert (manifest["line"], manifest["head"]) == (before.number, before.digest)
    assert len((site / "opened" / "ledger.jsonl").read_text().splitlines()) == before.number + 1
    assert not list((site / "opened").glob(f"content/topic/{topic.key}.*"))


def test_a_backup_opens_with_tar_alone_and_is_for_nobody_else_to_read(site):
    run("backup", str(site / "one.backup"))
    body = (site / "one.backup").read_bytes().split(b"\n", 1)[1]
    (site / "body.tar.gz").write_bytes(body)

    with tarfile.open(site / "body.tar.gz") as tar:
        names = tar.getnames()

    assert {"manifest.json", "ledger.jsonl", "media/pictures/liver.txt"} <= set(names)
    assert any(name.startswith("content/topic/") for name in names)
    assert (site / "one.backup").stat().st_mode & 0o777 == 0o600
    left = [path.name for path in Path(site).iterdir() if path.name.startswith(".")]
    assert left == []


def test_a_backup_takes_the_place_of_nothing_and_refuses_a_bad_recipient(site, settings):
    (site / "one.backup").write_text("mine")
    with pytest.raises(CommandError, match="is there already"):
        run("backup", str(site / "one.backup"))
    settings.BACKUP_RECIPIENTS = ["age1nobody"]
    with pytest.raises(CommandError, match="not a list of age's public keys"):
        run("backup", str(site / "two.backup"))

    assert (site / "one.backup").read_text() == "mine"
    assert not (site / "two.backup").exists()
    assert LedgerEntry.objects.exists()
