"""Servers on loopback that a test starts and ends: PostgreSQL with a replica, Redis, S3, mail, and
the site's own processes."""

import json
import os
import shutil
import signal
import socket
import socketserver
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
HOST = "site.example"  # both of two processes are asked for the same site
KEY = "only-for-tests-and-checks-0123456789-abcdefghijklmnopqrstuvwxyz"


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def until(true, seconds=20, what="what was waited for"):
    """What ``true()`` gives as soon as it gives anything."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = true()
        if found:
            return found
        time.sleep(0.02)
    return pytest.fail(f"{what} did not come within {seconds} s")


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


class Processes:
    """What was started and is ended with the test, last first."""

    def __init__(self, place):
        self.place, self.running = place, []

    def start(self, *command, env=None, log="", **more):
        log = self.place / f"{log or Path(command[0]).name}-{len(self.running)}.log"
        if "stdout" not in more:
            more["stdout"] = subprocess.DEVNULL
        with open(log, "w") as errors:
            process = subprocess.Popen(command, env=env, cwd=ROOT, stderr=errors, **more)
        process.log = log
        self.running.append(process)
        return process

    def end(self):
        for process in reversed(self.running):
            if process.poll() is None:
                process.send_signal(signal.SIGINT)  # gunicorn's quick end
        for process in reversed(self.running):
            try:
                process.wait(3)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def kill(process):
    """As a machine that loses its power."""
    process.send_signal(signal.SIGKILL)
    process.wait()


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


# -- PostgreSQL ----------------------------------------------------------------------------------


def postgresql():
    """The folder of its programs, or None."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    found = [str(each) for each in found] or [shutil.which("initdb")]
    return Path(found[-1]).parent if found[-1] else None


class Cluster:
    """A primary and its streaming replica, which tell every statement to their logs; the primary
    can be killed as by the kernel, and locked as by somebody slow."""

    def __init__(self, place, programs):
        self.place, self.programs = place, programs
        self.ports = {"primary": free_port(), "replica": free_port()}
        self.up = set()
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            shutil.chown(place, "postgres")
        self._run("initdb", "-D", place / "primary", "-U", "crcsite", "-A", "trust", "--no-sync")
        self.start("primary")

    def _run(self, program, *arguments):
        command = [str(self.programs / program), *map(str, arguments)]
        if os.geteuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        with open(self.place / "programs.log", "a+") as log:
            done = subprocess.run(command, cwd="/", stdout=log, stderr=log, timeout=60, check=False)
            log.seek(0)
            assert done.returncode == 0, log.read()[-3000:]

    def start(self, name):
        told = f"-k {self.place} -p {self.ports[name]} -c listen_addresses=127.0.0.1 -c fsync=off"
        told += " -c log_statement=all -c max_connections=60 -c shared_buffers=32MB"
        log = self.place / f"{name}.log"
        self._run("pg_ctl", "-D", self.place / name, "-w", "-l", log, "-o", told, "start")
        self.up.add(name)

    def stop(self, name):
        if name in self.up:
            self._run("pg_ctl", "-D", self.place / name, "-w", "-m", "immediate", "stop")
            self.up.discard(name)

    def replicate(self):
        there = ["-h", self.place, "-p", self.ports["primary"], "-U", "crcsite"]
        self._run("pg_basebackup", *there, "-D", self.place / "replica", "-R", "-c", "fast")
        self.start("replica")

    def url(self, name):
        return f"postgres://crcsite@127.0.0.1:{self.ports[name]}/postgres"

    def ask(self, name, sql):
        import psycopg

        with psycopg.connect(self.url(name), autocommit=True) as connection:
            return connection.execute(sql).fetchone()[0]

    def said(self, name):
        """``told = said(name)``: then ``told()`` gives what its log tells from now on."""
        log = self.place / f"{name}.log"
        at = log.stat().st_size
        return lambda: log.read_bytes()[at:].decode(errors="replace")

    def in_step(self):
        """Whether the replica has everything that the primary has."""
        sql = "SELECT max(number) FROM review_ledgerentry"
        return self.ask("primary", sql) == self.ask("replica", sql)

    def kill(self):
        pid = int((self.place / "primary" / "postmaster.pid").read_text().split()[0])
        kill_all([pid, *children(pid)])
        until(lambda: not Path(f"/proc/{pid}").exists(), 10, "PostgreSQL's end")
        self.up.discard("primary")

    @contextmanager
    def stopping_at(self, table, mode="EXCLUSIVE"):
        """Inside, whoever writes that table waits; ``waiting()`` is true once somebody does."""
        url = self.url("primary")
        import psycopg

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
        import psycopg

        with psycopg.connect(self.url("primary"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.url("primary").rpartition("/")[0] + f"/{name}"


# -- The site ------------------------------------------------------------------------------------


def environment(database, **more):
    """What the site's processes are started with: nothing of ours but where programs are."""
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.endswith(("_URL", "_BUCKET")) and name not in ("DEBUG", "DEMO")
    }
    return {
        **clean,
        "DJANGO_SETTINGS_MODULE": "tests.loopback_settings",
        "SECRET_KEY": KEY,
        "HTTPS": "0",
        "ALLOWED_HOSTS": f"{HOST},127.0.0.1",
        "SITE_URL": f"http://{HOST}",
        "DATABASE_URL": database,
        "TASK_WORKER": "1",
        "PYTHONPATH": str(ROOT),
        **more,
    }


class Site:
    """The site's own processes over one database."""

    def __init__(self, processes, place, database):
        self.processes, self.place = processes, place
        self.env = environment(
            database, AWS_ACCESS_KEY_ID="testing", AWS_SECRET_ACCESS_KEY="testing"
        )
        self.open_desk()

    def open_desk(self):
        self.desk = self.processes.start(
            *(sys.executable, "-m", "tests.loopback_desk"),
            env=self.env,
            log="desk",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def do(self, order, **more):
        """Have the desk do something, see tests/loopback_desk.py."""
        self.desk.stdin.write(json.dumps({"do": order, **more}) + "\n")
        self.desk.stdin.flush()
        line = self.desk.stdout.readline()
        assert line, self.desk.log.read_text()[-3000:]
        return json.loads(line)

    def serve(self, **env):
        """A process that answers readers; its port."""
        port = free_port()
        host = self.place / f"host-{port}"
        host.mkdir()
        process = self.processes.start(
            *(sys.executable, "-m", "gunicorn", "crcsite.wsgi", "--bind", f"127.0.0.1:{port}"),
            *("--workers", "1", "--threads", "4", "--graceful-timeout", "1", "--no-control-socket"),
            env={**self.env, "VAR_DIR": str(host), **env},
            log="gunicorn",
        )
        until(lambda: process.poll() is not None or answers(port), 30, "gunicorn")
        assert process.poll() is None, process.log.read_text()[-3000:]
        return port

    def manage(self, *command, **env):
        return subprocess.run(
            [sys.executable, "manage.py", *map(str, command)],
            cwd=ROOT,
            env={**self.env, **env},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def worker(self, **env):
        return self.processes.start(
            *(sys.executable, "manage.py", "db_worker", "--no-startup-delay", "--interval", "0.1"),
            *("--no-reload",),
            env={**self.env, **env},
            log="worker",
        )


def get(port, address, method="GET", body=None, **headers):
    """(status, headers in small letters, body) of an answer."""
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    headers = {"Host": HOST, **{name.replace("_", "-"): each for name, each in headers.items()}}
    connection.request(method, address, body=body, headers=headers)
    response = connection.getresponse()
    found = response.read()
    connection.close()
    return response.status, {name.lower(): each for name, each in response.getheaders()}, found


def status(port, address):
    return get(port, address)[0]


# -- Mail ----------------------------------------------------------------------------------------


class Mailbox(socketserver.ThreadingTCPServer):
    """A mail server that never says whether it took the second mail, as one that is cut off."""

    allow_reuse_address = daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Smtp)
        self.taken, self.cut_off, self.left = [], threading.Event(), None
        self.url = f"smtp://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()


class _Smtp(socketserver.StreamRequestHandler):
    def handle(self):
        self._say("220 mail")
        to = None
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb == b"RCPT":
                to = line.decode().partition("<")[2].partition(">")[0]
            if verb == b"DATA":
                self._say("354 go on")
                while self.rfile.readline() not in (b".\r\n", b""):
                    pass
                if self.server.taken and self.server.left is None:
                    self.server.left = to
                    self.server.cut_off.set()
                    self.rfile.readline()  # until whoever waits is gone
                    return None
                self.server.taken.append(to)
            if verb == b"QUIT":
                return self._say("221 bye")
            self._say("250 ok")
        return None

    def _say(self, line):
        self.wfile.write(f"{line}\r\n".encode())
