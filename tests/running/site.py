"""The site as docs/deploy sets it up, over servers of its own on loopback: gunicorn's processes,
commands, people who sign in, and ways to take each of these away."""

import re
import sys

import requests

from tests import factories as f
from tests import loopback, pages
from tests.loopback import HOST, ROOT, children, environment, free_port, until

GUNICORN = ROOT / "docs" / "deploy" / "gunicorn.conf.py"


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
