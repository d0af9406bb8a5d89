"""The site as docs/deploy has it put up: a bare virtual environment, settings in a file, gunicorn
by its unit, nginx with TLS before it. For the test of that, and for ``make soak``."""

import os
import re
import shlex
import shutil
import ssl
import subprocess
import sys
import sysconfig
from http.client import HTTPSConnection
from importlib.metadata import entry_points
from pathlib import Path

from tests.loopback import ROOT, answers, free_port, get, until

DEPLOY = ROOT / "docs" / "deploy"
NAME = "example.org"  # as the files say
SCRIPT = """#!{python}
import sys
from {module} import {name}
sys.exit({name}())
"""


class Deployed:
    """What lies where on the server is below ``place``."""

    def __init__(self, place, processes):
        self.place, self.processes = Path(place), processes
        self.ports = {name: free_port() for name in ("http", "https", "django")}
        self.code, self.var, self.www = (self.place / name for name in ("srv", "var", "www"))
        self.env_file, self.server = self.place / "crcsite.env", None

    # -- In the order of running.md -------------------------------------------------------------

    def install(self):
        """The code, and a virtual environment that knows the libraries of the one we run in: what
        `pip install` fetches, `.ci/run` has fetched already."""
        away = shutil.ignore_patterns(".git", ".venv", "var", "tests", "__pycache__")
        shutil.copytree(ROOT, self.code, ignore=away, symlinks=True)
        venv = self.code / ".venv"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
        [packages] = venv.glob("lib/*/site-packages")
        (packages / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
        python = venv / "bin" / "python"
        for each in entry_points(group="console_scripts", name="gunicorn"):
            script = venv / "bin" / each.name
            script.write_text(SCRIPT.format(python=python, module=each.module, name=each.attr))
            script.chmod(0o755)
        self.var.mkdir()

    def settings(self, **env):
        """``/etc/crcsite.env``."""
        told = {
            "SECRET_KEY": "only-for-this-test-" + "0123456789abcdefghijklmnopqrstuvwxyz" * 2,
            "ALLOWED_HOSTS": f"{NAME},127.0.0.1",
            "SITE_URL": f"https://{NAME}",
            "BEHIND_PROXY": "1",
            "VAR_DIR": str(self.var),
            "BIND": f"127.0.0.1:{self.ports['django']}",
            **env,
        }
        self.env_file.write_text("".join(f"{name}={value}\n" for name, value in told.items()))

    @property
    def env(self):
        """What systemd gives: the file's lines, and nothing of ours."""
        lines = self.env_file.read_text().splitlines()
        path = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
        return path | dict(line.split("=", 1) for line in lines)

    def manage(self, *command, check=True, **env):
        done = subprocess.run(
            [self.code / ".venv/bin/python", "manage.py", *map(str, command)],
            cwd=self.code,
            env={**self.env, **env},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0 or not check, done.stdout + done.stderr
        return done

    def fill(self):
        self.manage("migrate", "-v0")
        self.manage("collectstatic", "--noinput", "-v0")
        self.manage("away_pages", self.www)

    def start_django(self):
        """gunicorn as ``crcsite.service`` starts it."""
        unit = (DEPLOY / "crcsite.service").read_text()
        for ours, theirs in ((self.code, "/srv/crcsite"), (self.place / "run", "/run/crcsite")):
            unit = unit.replace(theirs, str(ours))
        told = dict(re.findall(r"^Environment=(\w+)=(.*)$", unit, re.M))
        [start] = re.findall(r"^ExecStart=(.*)$", unit, re.M)
        log = self.place / "django.log"
        (self.place / "run").mkdir(exist_ok=True)
        with open(log, "a") as errors:
            self.server = subprocess.Popen(
                shlex.split(start), cwd=self.code, env={**self.env, **told}, stderr=errors
            )
        self.server.log = log
        self.processes.running.append(self.server)
        until(lambda: self.server.poll() is not None or self._alive(), 60, "gunicorn")
        assert self.server.poll() is None, log.read_text()[-3000:]

    def _alive(self):
        django = self.ports["django"]
        return answers(django) and get(django, "/healthz", Host="127.0.0.1")[0] == 200

    def start_nginx(self):
        """nginx by ``nginx-tls.conf``, with its ports, its folders and a certificate of our own."""
        self.certificate = self.place / "fullchain.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={NAME}",
             "-addext", f"subjectAltName=DNS:{NAME}", "-days", "2",
             "-keyout", self.place / "privkey.pem", "-out", self.certificate],
            check=True, capture_output=True,
        )  # fmt: skip
        text = (DEPLOY / "nginx-tls.conf").read_text()
        for theirs, ours in (
            ("  listen [::]:80;\n", ""),
            ("  listen [::]:443 ssl http2;\n", ""),
            ("listen 80;", f"listen 127.0.0.1:{self.ports['http']};"),
            ("listen 443 ", f"listen 127.0.0.1:{self.ports['https']} "),
            ("127.0.0.1:8000", f"127.0.0.1:{self.ports['django']}"),
            (f"/etc/letsencrypt/live/{NAME}", str(self.place)),
            ("/var/log/nginx", str(self.place)),
            ("/var/www/crcsite", str(self.www)),
        ):
            assert theirs in text, theirs
            text = text.replace(theirs, ours)
        user = "user root;\n" if os.geteuid() == 0 else ""  # its own may not read what a test makes
        places = "".join(
            f"{kind}_temp_path {self.place}/{kind};\n"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (self.place / "nginx.conf").write_text(
            f"{user}pid {self.place}/nginx.pid;\nerror_log {self.place}/nginx.log;\n"
            "worker_processes auto;\nworker_rlimit_nofile 8192;\n"
            f"events {{ worker_connections 4096; }}\nhttp {{\n{places}{text}\n}}\n"
        )
        self.nginx = self.processes.start(
            *("nginx", "-c", str(self.place / "nginx.conf"), "-e", str(self.place / "nginx.log")),
            *("-g", "daemon off;"),
        )
        until(lambda: answers(self.ports["https"]), 10, "nginx")

    # -- As a browser ---------------------------------------------------------------------------

    def trust(self):
        return ssl.create_default_context(cafile=self.certificate)

    def get(self, address, method="GET", body=None, **headers):
        """(status, [(header, value)], body) over TLS, as ``example.org``."""
        connection = _Here(NAME, self.ports["https"], timeout=60, context=self.trust())
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, address, body=body, headers={"Host": NAME, **headers})
        response = connection.getresponse()
        found = response.read()
        connection.close()
        return response.status, response.getheaders(), found


class _Here(HTTPSConnection):
    """The name is the certificate's, the address is this machine's."""

    def connect(self):
        name, self.host = self.host, "127.0.0.1"
        try:
            super(HTTPSConnection, self).connect()
        finally:
            self.host = name
        self.sock = self._context.wrap_socket(self.sock, server_hostname=name)
