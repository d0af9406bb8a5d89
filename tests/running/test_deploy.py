"""The files of docs/deploy fit the site: what they name is there."""

import json
import re
import subprocess
import sys
from io import StringIO

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command

from running import metrics
from tests.conftest import needs
from tests.review.test_heads import new_key

DEPLOY = django_settings.BASE_DIR / "docs" / "deploy"


def test_nginx_takes_its_configuration_and_logs_neither_address_nor_query(tmp_path):
    nginx, openssl = needs("nginx"), needs("openssl")
    text = (DEPLOY / "nginx-tls.conf").read_text()
    [format_] = re.findall(r"log_format .*?;\n", text, re.S)
    for private in ("remote_addr", "$request ", "$request_uri", "$args", "$uri", "referer"):
        assert private not in format_
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "ed25519", "-nodes", "-subj", "/CN=example.org",
         "-keyout", tmp_path / "privkey.pem", "-out", tmp_path / "fullchain.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    text = text.replace("/etc/letsencrypt/live/example.org", str(tmp_path))
    text = text.replace("/var/log/nginx", str(tmp_path))
    (tmp_path / "nginx.conf").write_text(
        f"pid {tmp_path}/pid;\nerror_log {tmp_path}/log;\nevents {{}}\nhttp {{\n{text}\n}}\n"
    )

    done = subprocess.run(
        [nginx, "-t", "-c", tmp_path / "nginx.conf", "-e", tmp_path / "log"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr


@pytest.mark.django_db
def test_the_four_charts_ask_for_metrics_that_are_there(client):
    client.get("/en/")
    board = json.loads((DEPLOY / "grafana.json").read_text())
    told = metrics.exposition().decode()

    asked = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    named = {name for each in asked for name in re.findall(r"crcsite_\w+", each)}
    assert len(board["panels"]) == 4
    # A job's age is there once the site is a day old, or a job has run.
    assert all(f"\n{name}" in f"\n{told}" or name == "crcsite_job_age_seconds" for name in named)
    assert "# TYPE crcsite_job_age_seconds gauge" in told
    labels = {name for each in asked for name in re.findall(r"(\w+)(?:=~|!~|!=|=)\"", each)}
    labels |= {name for each in asked for name in re.findall(r"by \((\w+)\)", each)}
    assert labels == {"status", "route", "le"}
    assert all(f'{name}="' in told for name in labels)


def test_the_board_is_what_grafana_takes():
    """By the fields that Grafana's documentation of its JSON model and of panels names."""
    board = json.loads((DEPLOY / "grafana.json").read_text())

    assert {"uid", "title", "schemaVersion", "time", "templating", "panels"} <= set(board)
    assert "id" not in board  # else importing it would look for that board
    assert 1 <= len(board["uid"]) <= 40
    [source] = [each for each in board["templating"]["list"] if each["type"] == "datasource"]
    assert source["query"] == "prometheus"
    placed, numbers = set(), [panel["id"] for panel in board["panels"]]
    assert len(numbers) == len(set(numbers))
    for panel in board["panels"]:
        assert panel["type"] == "timeseries"
        assert panel["datasource"] == {"type": "prometheus", "uid": f"${{{source['name']}}}"}
        assert {"defaults", "overrides"} == set(panel["fieldConfig"])
        letters = [target["refId"] for target in panel["targets"]]
        assert len(letters) == len(set(letters))
        at = panel["gridPos"]
        fields = {(x, y) for x in range(at["x"], at["x"] + at["w"])
                  for y in range(at["y"], at["y"] + at["h"])}  # fmt: skip
        assert max(x for x, _y in fields) < 24  # columns
        assert not placed & fields
        placed |= fields


def test_units_run_commands_that_there_are():
    text = "".join(each.read_text() for each in DEPLOY.glob("crcsite*"))
    commands = set(re.findall(r"manage\.py ([a-z_]+)|job@([a-z_]+)\.service", text))
    named = {first or second for first, second in commands} - {"db_worker"}

    done = subprocess.run(
        [sys.executable, "manage.py", "help", "--commands"],
        cwd=django_settings.BASE_DIR, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert {"publish_due", "send_reminders", "verify", "sign_ledger", "backup"} <= named
    assert named <= set(done.stdout.split())


def test_deploy_check_says_what_to_change_and_is_silent_when_it_is_done(settings, tmp_path):
    settings.DEBUG, settings.DEMO, settings.LOG_JSON = True, True, False
    settings.LEDGER_KEY, settings.STATIC_ROOT = "", tmp_path
    settings.BACKUP_RECIPIENTS = ["age1wrong"]
    err = StringIO()
    with pytest.raises(CommandError, match="things to change"):
        call_command("deploy_check", stderr=err)
    for word in ("DEBUG", "DEMO", "SITE_URL", "LOG_JSON", "LEDGER_KEY", "LEDGER_HEADS",
                 "BACKUP_RECIPIENTS", "collectstatic"):  # fmt: skip
        assert word in err.getvalue()

    settings.DEBUG, settings.DEMO, settings.LOG_JSON = False, False, True
    settings.SITE_URL, settings.LEDGER_KEY = "https://example.org", new_key()
    settings.LEDGER_MAIL = ["keeper@example.org"]
    key = tmp_path / "key"
    out = StringIO()
    call_command("backup", str(key), new_key=True, stdout=out, stderr=StringIO())
    settings.BACKUP_RECIPIENTS = [out.getvalue().strip().partition("=")[2]]
    (tmp_path / "staticfiles.json").write_text("{}")
    call_command("deploy_check", stdout=(out := StringIO()))
    assert out.getvalue() == "The server is set up as it should be.\n"
    assert key.stat().st_mode & 0o777 == 0o600
