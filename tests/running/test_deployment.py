"""docs/deploy, played from a bare virtual environment to the first page behind nginx with TLS; then
a thousand readers and twenty editors come, as ``make soak`` has them for longer."""

import re
import socket
import ssl
import subprocess
from io import StringIO

import pytest
from django.core.management import call_command

from tests import loopback
from tests.conftest import needs
from tests.factories import PASSWORD
from tests.loopback import children, kill_all, until
from tests.review.test_heads import new_key

from . import soak
from .deployed import NAME, Deployed

pytestmark = pytest.mark.slow
SECONDS = 30  # two minutes are too long for a suite of fifteen; `make soak MINUTES=2` is for them
SLOWER = 100  # times the limits of a quiet machine: a busy one is late, but answers


@pytest.fixture(scope="module")
def deployed(tmp_path_factory):
    for program in ("nginx", "openssl", "make"):
        needs(program)
    place = tmp_path_factory.mktemp("deployed")
    processes = loopback.Processes(place)
    deployed = Deployed(place, processes)
    deployed.install()
    key = StringIO()
    call_command("backup", str(place / "age.key"), new_key=True, stdout=key, stderr=StringIO())
    deployed.settings(
        LEDGER_KEY=new_key(),
        LEDGER_HEADS=place / "heads.jsonl",
        BACKUP_RECIPIENTS=key.getvalue().strip().partition("=")[2],
    )
    deployed.fill()
    deployed.start_django()
    deployed.start_nginx()
    yield deployed
    processes.end()


def test_the_files_of_deploy_lead_from_a_bare_machine_to_the_first_page(deployed):
    checked = subprocess.run(
        ["make", "deploy-check", f"ENV={deployed.env_file}"],
        cwd=deployed.code, env={"PATH": deployed.env["PATH"]}, capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "set up as it should be" in checked.stdout

    # The first page, over TLS alone, for everybody the same.
    status, headers, _ = loopback.get(deployed.ports["http"], "/en/?a=b", Host=NAME)
    assert (status, headers["location"]) == (301, f"https://{NAME}/en/?a=b")
    status, headers, _ = deployed.get("/", Accept_Language="ar")
    assert (status, dict(headers)["Location"]) == (302, "/ar/")
    status, headers, body = deployed.get("/ar/")
    told = dict(headers)
    assert (status, b'lang="ar" dir="rtl"' in body) == (200, True)
    assert len(headers) == len(told)  # each header once
    assert told["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"
    assert "default-src 'self'" in told["Content-Security-Policy"]
    assert "unsafe" not in told["Content-Security-Policy"]
    assert told["Cross-Origin-Opener-Policy"] == "same-origin"
    assert told["Cross-Origin-Resource-Policy"] == "same-origin"
    assert told["X-Content-Type-Options"] == "nosniff"
    assert told["Referrer-Policy"] == "same-origin"
    assert "camera=()" in told["Permissions-Policy"]
    assert "Set-Cookie" not in told
    assert "gunicorn" not in told["Server"]

    # What it loads, and what the admin loads, is named by its content and kept.
    login = deployed.get("/admin/login/")
    assert login[0] == 200
    for page in (body, login[2]):
        [first, *_] = re.findall(rb'(?:href|src)="(/static/[^"]+\.(?:css|js))"', page)
        status, headers, _ = deployed.get(first.decode())
        assert (status, "immutable" in dict(headers)["Cache-Control"]) == (200, True), first
    cookie = dict(login[1])["Set-Cookie"]
    assert cookie.startswith("__Host-csrf=")
    assert "Secure" in cookie
    assert [deployed.get(each)[0] for each in ("/metrics", "/healthz")] == [404, 200]

    # Whoever administers signs in, and is led to her second factor.
    deployed.manage(
        "createsuperuser", "--noinput", "--username", "keeper", "--email", "admin@example.org",
        DJANGO_SUPERUSER_PASSWORD=PASSWORD,
    )  # fmt: skip
    [token] = set(re.findall(rb'name="csrfmiddlewaretoken" value="(\w+)"', login[2]))
    sent = f"username=keeper&password={PASSWORD.replace(' ', '+')}&csrfmiddlewaretoken="
    status, headers, _ = deployed.get(
        "/admin/login/", "POST", sent + token.decode(), Cookie=cookie.partition(";")[0],
        Referer=f"https://{NAME}/admin/login/", Content_Type="application/x-www-form-urlencoded",
    )  # fmt: skip
    assert status == 302
    session = next(value for name, value in headers if "__Host-session" in value)
    assert "HttpOnly" in session
    own, passed = session.partition(";")[0], []
    while status == 302 and len(passed) < 5:
        passed.append(dict(headers)["Location"])
        status, headers, body = deployed.get(passed[-1], Cookie=own)
    assert (status, "/admin/review/" in passed[-1]) == (200, True), passed

    for line in deployed.server.log.read_text().splitlines():
        assert '"level": "ERROR"' not in line
        assert "keeper" not in line


@pytest.mark.asvs("12.1.1", "12.1.2", "12.2.1", "4.1.2", "4.2.1")
def test_nginx_speaks_good_tls_alone_and_takes_no_message_of_two_lengths(deployed):
    refused = _tls(
        deployed, maximum_version=ssl.TLSVersion.TLSv1_1, minimum_version=ssl.TLSVersion.TLSv1
    )
    weak = _tls(deployed, ciphers="ECDHE+AES:!AESGCM:RSA:@SECLEVEL=0")
    older = _tls(deployed, maximum_version=ssl.TLSVersion.TLSv1_2)
    newest = _tls(deployed)

    assert refused == "TLSV1_ALERT_PROTOCOL_VERSION"
    assert weak == "SSLV3_ALERT_HANDSHAKE_FAILURE"
    assert (older[1], newest[1]) == ("TLSv1.2", "TLSv1.3")
    assert "ECDHE" in older[0]
    assert "GCM" in older[0] or "CHACHA20" in older[0]
    status, headers, _body = loopback.get(deployed.ports["http"], "/api/v1/topics", Host=NAME)
    assert (status, "location" in headers) == (403, False)
    for lengths in (
        "Content-Length: 4\r\nTransfer-Encoding: chunked",
        "Content-Length: 4\r\nContent-Length: 5",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
    ):
        sent = f"POST /en/ HTTP/1.1\r\nHost: {NAME}\r\n{lengths}\r\n\r\n0\r\n\r\nGET /en/"
        for asked in (deployed.ports["https"], deployed.ports["django"]):
            assert _raw(deployed, asked, sent) == 400, (asked, lengths)


def _tls(deployed, ciphers="", **versions):
    """(cipher, version) that nginx agrees to, or the reason that it gives."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(deployed.certificate)
    if ciphers:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(ciphers)
    if versions.get("minimum_version"):
        context.set_ciphers("ALL:@SECLEVEL=0")  # else this side would refuse it
    for name, version in versions.items():
        setattr(context, name, version)
    with socket.create_connection(("127.0.0.1", deployed.ports["https"]), 10) as plain:
        try:
            with context.wrap_socket(plain, server_hostname=NAME) as closed:
                return closed.cipher()[0], closed.version()
        except ssl.SSLError as error:
            return error.reason


def _raw(deployed, port, text):
    """The status of what is answered to these very bytes."""
    with socket.create_connection(("127.0.0.1", port), 10) as plain:
        closed = plain
        if port == deployed.ports["https"]:
            closed = deployed.trust().wrap_socket(plain, server_hostname=NAME)
        closed.sendall(text.encode())
        return int(closed.recv(1000).split()[1])


@pytest.mark.fault("kill -9", "all of Django", "behind nginx")
def test_while_django_is_away_nginx_says_so_in_the_readers_language(deployed):
    own = [deployed.server.pid, *children(deployed.server.pid)]
    kill_all(own)
    deployed.server.wait()

    for address, told in (
        ("/ar/guides/", b'lang="ar" dir="rtl"'),
        ("/zh-hans/", b'lang="zh-Hans" dir="ltr"'),
        ("/nowhere/", b'lang="en" dir="ltr"'),
        ("/admin/", b'lang="en" dir="ltr"'),
    ):
        status, headers, body = deployed.get(address)
        headers = dict(headers)
        assert (status, headers["Retry-After"], told in body) == (503, "60", True), address
        assert headers["Content-Type"] == "text/html; charset=utf-8"
        assert headers["Strict-Transport-Security"].startswith("max-age=31536000")
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert headers["Cache-Control"] == "no-store"
    deployed.start_django()
    assert deployed.get("/ar/")[0] == 200


@pytest.mark.fault(
    "load", "1,000 readers and 20 editors", "half a minute; `make soak` as long as you like"
)
def test_a_thousand_readers_and_twenty_editors_meet_no_error(deployed, tmp_path, capsys):
    texts = soak.content(tmp_path)
    found = soak.play(deployed, texts, SECONDS, ramp=15, nonsense=True)
    with capsys.disabled():
        print("\n" + "\n".join(soak.table(found)))

    assert len(found.took["reading"]) > soak.READERS
    assert len(found.took["editing"]) > soak.EDITORS
    assert list(soak.broken(found, slower=SLOWER)) == []
    assert deployed.manage("verify").stderr == ""
    until(lambda: deployed.get("/en/")[0] == 200, what="a page")
