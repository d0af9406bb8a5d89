"""Adding a language is a line in the settings and a generated migration (docs/languages.md)."""

import json
import os
import re
import subprocess
import sys
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection

NEW = ("de", "Deutsch")


@pytest.fixture
def copy(tmp_path):
    """The project's files as they would be committed, in a place of their own."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=settings.BASE_DIR,
        capture_output=True,
        check=True,
    )
    for name in listed.stdout.decode().split("\0"):
        source = settings.BASE_DIR / name
        # Part of the content is enough to fill a database, in the two languages that are read here.
        spared = ("content/term/", "content/contact/", "content/faq/", "content/doctorquestion/")
        more = name.startswith("content/") and not name.endswith((".en.md", ".es.md"))
        if name and source.is_file() and not (more or name.startswith(spared)):
            target = tmp_path / "project" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())
    return tmp_path / "project"


@pytest.fixture
def database_url(tmp_path):
    """A database beside the one that tests use, of the same kind."""
    if connection.vendor == "sqlite":
        yield f"sqlite:///{tmp_path / 'db.sqlite3'}"
        return
    import psycopg

    server, _, options = os.environ["DATABASE_URL"].partition("?")
    name = f"languages_{uuid4().hex}"
    with psycopg.connect(f"{server}?{options}", autocommit=True) as postgres:
        postgres.execute(f"CREATE DATABASE {name}")
        yield f"{server.rpartition('/')[0]}/{name}?{options}"
        postgres.execute(f"DROP DATABASE {name} WITH (FORCE)")


# What readers get at each address, and who may write in which language.
LOOK = """
import json, sys, django
django.setup()
from django.contrib.auth.models import Group
from django.test import Client
client, pages = Client(headers={"host": "localhost"}), {}
for path in sys.argv[1:]:
    response = client.get(path)
    pages[path] = [response.status_code, response.content.decode()]
writes = {
    group.name: list(group.permissions.values_list("codename", flat=True))
    for group in Group.objects.all()
}
print(json.dumps([pages, writes]))
"""


def test_language_is_added_by_a_line_and_a_generated_migration(copy, database_url):
    env = {**os.environ, "DEBUG": "1", "DEMO": "1", "DATABASE_URL": database_url}
    env["DJANGO_SETTINGS_MODULE"] = "crcsite.settings"

    def run(*command):
        done = subprocess.run(
            [sys.executable, *command], cwd=copy, env=env, capture_output=True, text=True
        )
        assert done.returncode == 0, f"{command}: {done.stderr}"
        return done.stdout

    def manage(*command):
        return run("manage.py", *command)

    def look(*paths):
        return json.loads(run("-c", LOOK, *paths))

    manage("migrate", "-v0")
    manage("demo", "-v0")
    fits = manage("verify")
    [file] = (copy / "content" / "guide").glob("*.en.md")
    path = f"guides/{re.search('^slug: (.+)$', file.read_text(), re.MULTILINE)[1]}/"
    before, _ = look(f"/en/{path}", f"/es/{path}", f"/de/{path}")

    settings_file = copy / "crcsite" / "settings.py"
    source, line = settings_file.read_text(), '    ("en", "English"),\n'
    assert source.count(line) == 1
    settings_file.write_text(source.replace(line, f"{line}    {NEW},\n"))
    made = manage("makemigrations")
    manage("makemigrations", "--check", "--dry-run")
    manage("migrate", "-v0")

    after, groups = look("/de/", f"/en/{path}", f"/es/{path}", f"/de/{path}")
    apps = {"review", "evidence", "glossary", "topics", "faq", "reading"}
    assert set(re.findall(r"Migrations for '(\w+)'", made)) == apps
    assert [status for status, _ in before.values()] == [200, 200, 404]
    assert [status for status, _ in after.values()] == [200, 200, 200, 200]
    assert manage("verify") == fits
    for code in ("en", "es"):
        assert article(after[f"/{code}/{path}"]) == article(before[f"/{code}/{path}"])
    german = after[f"/de/{path}"][1]
    assert '<html lang="de" dir="ltr">' in german
    assert title(german) == title(before[f"/en/{path}"][1])
    assert "write_de" in groups["Translators (de)"]
    assert [name for name, writes in groups.items() if "write_de" in writes] == ["Translators (de)"]


def article(page):
    return re.search(r"<article\b.*</article>", page[1], re.DOTALL)[0]


def title(html):
    return re.search(r"<h1>.*?</h1>", html)[0]
