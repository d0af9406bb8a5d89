"""The site as docs/deploy sets it up, over servers of its own on loopback: gunicorn's processes,
commands, people who sign in, and ways to take each of these away."""

import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import psycopg
import requests

from tests import factories as f
from tests import loopback, pages
from tests.loopback import HOST, ROOT, environment, free_port, until

GUNICORN = ROOT / "docs" / "deploy" / "gunicorn.conf.py"


def children(pid):
    """The processes that this one has started."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            told = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended
            continue
        if int(told[1]) == pid and told[0] != "Z":
            found.append(int(stat.parent.name))
    return found


def kill_all(pids):
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


class Site(loopback.Site):
    """The site's own processes over one database; its people's passwords are the factories'."""

    def __init__(self, processes, place, database, **env):
        self.processes, self.place = processes, place
        self.env = environment(
            database,
            DEMO="1",  # nobody owes a second factor
            VAR_DIR=str(place / "var"),
            EMAIL_URL=f"smtp://127.0.0.1:{free_port()}",  # nobody is there
            **env,
        )
        (place / "var").mkdir(exist_ok=True)
        self.desk = None

    def open_desk(self):
        self.desk = self.processes.start(
            *(sys.executable, "-m", "tests.running.fault_desk"),
            env=self.env,
            log="desk",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def serve(self, workers=1, **env):
        """gunicorn as docs/deploy has it; ``.port``, ``.workers()``."""
        port = free_port()
        own = {"BIND": f"127.0.0.1:{port}", "WEB_CONCURRENCY": str(workers)}
        server = self.processes.start(
            *(sys.executable, "-m", "gunicorn", "-c", str(GUNICORN), "crcsite.wsgi"),
            env={**self.env, **own, **env},
            log="gunicorn",
        )
        server.port, server.workers = port, lambda: children(server.pid)
        until(lambda: server.poll() is not None or self.alive(server), 40, "gunicorn")
        assert server.poll() is None, server.log.read_text()[-3000:]
        return server

    def alive(self, server):
        try:
            return loopback.status(server.port, "/healthz") == 200
        except OSError:
            return False

    def begin(self, *command, **env):
        """A command of manage.py that goes on by itself."""
        return self.processes.start(
            *(sys.executable, "manage.py", *map(str, command)), env={**self.env, **env}, log="m"
        )


class Person:
    """Somebody who signs in with her password and sends the forms that she gets."""

    def __init__(self, name, base, **more):
        self.name, self.base, self.http = name, base, requests.Session()
        self.http.headers["Host"] = HOST
        for key, value in more.items():
            setattr(self.http, key, value)
        self._sent("/admin/login/", {"username": name, "password": f.PASSWORD})

    def get(self, address):
        return self.http.get(self.base + address, timeout=60, allow_redirects=False)

    def _sent(self, address, fields):
        token = self.get("/admin/login/").text
        [token] = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', token)[:1] or [None]
        return self.post(address, {**fields, "csrfmiddlewaretoken": token})

    def form(self, address, button, **fields):
        """What she would send with that button of a page, with what she typed."""
        answer = self.get(address)
        assert answer.status_code == 200, (address, answer.status_code, answer.text[:300])
        [token] = set(re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', answer.text))
        return {**pages.form(answer, button), "csrfmiddlewaretoken": token, **fields}

    def post(self, address, fields):
        answer = self.http.post(
            self.base + address,
            data=fields,
            headers={"Referer": self.base + address},
            timeout=60,
            allow_redirects=False,
        )
        return answer


class Crash(loopback.Cluster):
    """One PostgreSQL that can be killed as by the kernel, and locked as by somebody slow."""

    def kill(self):
        pid = int((self.place / "primary" / "postmaster.pid").read_text().split()[0])
        kill_all([pid, *children(pid)])
        until(lambda: not Path(f"/proc/{pid}").exists(), 10, "PostgreSQL's end")
        self.up.discard("primary")

    @contextmanager
    def stopping_at(self, table, mode="EXCLUSIVE"):
        """Inside, whoever writes that table waits; ``waiting()`` is true once somebody does."""
        url = self.url("primary")
        with psycopg.connect(url) as holder, psycopg.connect(url, autocommit=True) as asker:
            holder.execute(f"LOCK TABLE {table} IN {mode} MODE")

            def waiting():
                sql = "SELECT count(*) FROM pg_locks WHERE NOT granted"
                return asker.execute(sql).fetchone()[0]

            yield waiting
            if not holder.closed and not holder.broken:
                try:
                    holder.rollback()
                except psycopg.OperationalError:
                    return  # the server was killed meanwhile

    def empty(self, name):
        """Another database; its DATABASE_URL."""
        with psycopg.connect(self.url("primary"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.url("primary").rpartition("/")[0] + f"/{name}"
