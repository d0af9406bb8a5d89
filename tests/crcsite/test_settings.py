"""What the settings refuse, and that they are safe unless told otherwise."""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings

GOOD_KEY = "a-long-text-of-somebody's-own-0123456789-abcdefghijklmnop"
OURS = ("SECRET_KEY", "DEBUG", "DEMO", "HTTPS", "ALLOWED_HOSTS", "BEHIND_PROXY", "DATABASE_URL")
MAIL = ("EMAIL_BACKEND", "EMAIL_HOST", "EMAIL_PORT", "EMAIL_USE_TLS", "EMAIL_TIMEOUT")


def run(*command, cwd=settings.BASE_DIR, **env):
    clean = {name: value for name, value in os.environ.items() if name not in OURS}
    return subprocess.run(
        [sys.executable, *command],
        cwd=cwd,
        env={**clean, "PYTHONPATH": str(settings.BASE_DIR), **env},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def settings_with(*names, **env):
    """Those settings as a process with that environment has them."""
    script = (
        "import json, crcsite.settings as settings, sys; "
        "print(json.dumps({name: getattr(settings, name) for name in sys.argv[1:]}, default=str))"
    )
    done = run("-c", script, *names, **env)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("command", ["check", "runserver", "migrate"])
@pytest.mark.parametrize("key", [None, "", "changeme", "django-insecure-abc"])
def test_site_does_not_start_on_an_empty_or_sample_key(command, key):
    done = run("manage.py", command, **({} if key is None else {"SECRET_KEY": key}))

    assert done.returncode != 0
    assert done.stdout == ""
    [sentence] = done.stderr.strip().splitlines()
    assert sentence.startswith("Set SECRET_KEY in the environment to a long random text")


def test_server_does_not_start_on_a_sample_key_either():
    done = run("-c", "import crcsite.wsgi", SECRET_KEY="changeme")

    assert done.returncode != 0
    assert done.stderr.startswith("Set SECRET_KEY")
    assert "Traceback" not in done.stderr


def test_debug_must_be_asked_for_to_start_without_a_key():
    assert run("manage.py", "check", DEBUG="0").returncode != 0
    assert run("manage.py", "check", DEBUG="1").returncode == 0


def test_site_starts_with_a_key_of_its_own_and_passes_the_deployment_checks():
    done = run(
        *("manage.py", "check", "--deploy", "--fail-level", "WARNING"),
        SECRET_KEY=GOOD_KEY,
        ALLOWED_HOSTS="example.org",
    )

    assert done.returncode == 0, done.stderr


def test_nothing_is_open_unless_it_is_asked_for():
    found = settings_with(
        *("DEBUG", "DEMO", "ALLOWED_HOSTS", "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS"),
        *("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "CSRF_TRUSTED_ORIGINS"),
        SECRET_KEY=GOOD_KEY,
    )

    assert found == {
        "DEBUG": False,
        "DEMO": False,
        "ALLOWED_HOSTS": [],
        "SECURE_SSL_REDIRECT": True,
        "SECURE_HSTS_SECONDS": 31536000,
        "SESSION_COOKIE_SECURE": True,
        "CSRF_COOKIE_SECURE": True,
        "CSRF_TRUSTED_ORIGINS": [],
    }


def test_header_of_a_proxy_is_believed_only_behind_one():
    plain = run(
        "-c",
        "import crcsite.settings as s; print(hasattr(s, 'SECURE_PROXY_SSL_HEADER'))",
        SECRET_KEY=GOOD_KEY,
    )
    behind = settings_with("SECURE_PROXY_SSL_HEADER", SECRET_KEY=GOOD_KEY, BEHIND_PROXY="1")

    assert plain.stdout.strip() == "False"
    assert behind["SECURE_PROXY_SSL_HEADER"] == ["HTTP_X_FORWARDED_PROTO", "https"]


def test_machine_that_serves_only_itself_may_do_without_https():
    names = ("SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "SECURE_HSTS_SECONDS")

    found = settings_with(*names, SECRET_KEY=GOOD_KEY, HTTPS="0")

    assert list(found.values()) == [False, False, 0]


@pytest.mark.parametrize(
    ("url", "engine"),
    [(None, "sqlite3"), ("postgres://u:p@localhost/site", "postgresql")],
)
def test_database_is_named_by_the_environment(url, engine):
    env = {} if url is None else {"DATABASE_URL": url}

    database = settings_with("DATABASES", SECRET_KEY=GOOD_KEY, **env)["DATABASES"]["default"]

    assert database["ENGINE"] == f"django.db.backends.{engine}"
    if url is None:
        assert database["NAME"] == str(settings.VAR_DIR / "db.sqlite3")
        assert database["OPTIONS"]["transaction_mode"] == "IMMEDIATE"


def test_mail_goes_to_the_server_that_the_environment_names():
    url = "smtp+tls://site:secret@mail.example.org:587"

    found = settings_with(*MAIL, SECRET_KEY=GOOD_KEY, EMAIL_URL=url)

    smtp = "django.core.mail.backends.smtp.EmailBackend"
    assert list(found.values()) == [smtp, "mail.example.org", 587, True, 5]


def test_mail_is_printed_in_development_only():
    shown = settings_with("EMAIL_BACKEND", DEBUG="1")
    sent = settings_with("EMAIL_BACKEND", "EMAIL_HOST", SECRET_KEY=GOOD_KEY)

    assert shown["EMAIL_BACKEND"].endswith(".console.EmailBackend")
    assert sent["EMAIL_BACKEND"].endswith(".smtp.EmailBackend")
    assert sent["EMAIL_HOST"] == "localhost"


def test_worker_for_tasks_is_there_only_if_it_is_asked_for():
    plain = settings_with("TASKS", "INSTALLED_APPS", SECRET_KEY=GOOD_KEY)
    worker = settings_with("TASKS", "INSTALLED_APPS", SECRET_KEY=GOOD_KEY, TASK_WORKER="1")

    assert plain["TASKS"]["default"]["BACKEND"].endswith(".ImmediateBackend")
    assert "django_tasks_db" not in plain["INSTALLED_APPS"]
    assert worker["TASKS"]["default"]["BACKEND"].endswith(".DatabaseBackend")
    assert "django_tasks_db" in worker["INSTALLED_APPS"]


def test_no_file_is_read_behind_the_operators_back(tmp_path):
    (tmp_path / ".env").write_text("SECRET_KEY=from-a-file-0123456789-0123456789\nDEBUG=1\n")

    done = run("-c", "import crcsite.settings", cwd=tmp_path)

    assert done.stderr.startswith("Set SECRET_KEY")
