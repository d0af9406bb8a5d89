"""The baked site: what readers get from plain files is what Django would have given them."""

import gzip
import os
import re
import signal
import socket
import subprocess
import threading
import time
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from reading import pdf
from reading.baking import addresses, making, pages, release
from review import structure, workflow
from review.addresses import HOST
from review.models import Verification
from tests import factories as f
from tests.conftest import needs
from topics.models import Topic

pytestmark = pytest.mark.django_db(transaction=True)

WORDS = "A part of the liver is cut out."
CONFIGURATION = Path(__file__).parents[2] / "docs" / "deploy" / "nginx.conf"
# What differs on purpose: nginx names a file by its age and size, and no answer hangs on a wish.
NGINX_OWN = {"etag", "last-modified", "vary", "content-length", "date", "server", "connection"}
NGINX_OWN |= {"accept-ranges"}


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Site:
    """Two topics of a guide, of which one is Spanish, too; a question that was withdrawn, a page
    that has moved."""

    def __init__(self, people):
        self.people = people
        self.guide = f.make_guide(slug="liver")
        f.make_public(people, self.guide)
        self.topic = f.make_topic(self.guide, slug="surgery")
        f.make_public(people, self.topic, text=f.text_for(Topic, body=WORDS))
        f.make_public(people, self.topic, "es")
        self.other = f.make_topic(self.guide, slug="ablation")
        f.make_public(people, self.other)
        gone = f.make_faq(self.guide, slug="gone")
        f.make_public(people, gone)
        workflow.withdraw(gone, "en", by=people.advisor, reason="wrong")
        self.page = f.make_page_item(slug="about-us")
        f.make_public(people, self.page)
        for page in ("about", "licence"):
            f.make_public(people, f.make_page_item(slug=page))
        structure.restructure(self.page, by=people.admin, slug="about-this")
        for each in (self.guide, self.topic, self.other):
            each.refresh_from_db()


@pytest.fixture
def site(people, settings):
    settings.SITE_URL = f"http://127.0.0.1:{free_port()}"
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    settings.WHITENOISE_USE_FINDERS = settings.WHITENOISE_AUTOREFRESH = True
    pages.forget()
    return Site(people)


@pytest.fixture
def out(tmp_path):
    return tmp_path / "baked"


def django(address):
    """What Django answers the same reader."""
    _http, _, host = addresses.origin().partition("//")
    return Client().get(address, HTTP_HOST=host)


def bake(out, **how):
    return making.bake(out, pdf=False, **how)


def shown(out):
    """Address -> bytes of every page that a release serves."""
    served = release.current(out)
    return {
        address: (served.site / page.file).read_bytes()
        for address, page in served.manifest.pages.items()
        if page.status in (200, 410)
    }


def tells(out):
    """Addresses whose pages hold the topic's words; its own version tells them for ever."""
    return [a for a, body in shown(out).items() if WORDS.encode() in body and "/v/" not in a]


# -- nginx ---------------------------------------------------------------------------------------


@pytest.fixture
def nginx(tmp_path, out):
    """Starts the documented configuration over what is baked; Django listens nowhere."""
    program, started = needs("nginx"), []

    def start():
        port = addresses.origin().rpartition(":")[2]
        told = CONFIGURATION.read_text()
        for theirs, ours in {
            "/srv/crcsite/baked": str(out),
            "127.0.0.1:8000": f"127.0.0.1:{free_port()}",
            "listen 80;": f"listen 127.0.0.1:{port};",
        }.items():
            assert theirs in told
            told = told.replace(theirs, ours)
        places = "".join(
            f"{kind}_temp_path {tmp_path}/{kind};\n"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        user = "user root;" if os.geteuid() == 0 else ""
        (tmp_path / "nginx.conf").write_text(
            f"{user}\ndaemon off;\npid {tmp_path}/pid;\nerror_log {tmp_path}/error.log;\n"
            f"events {{}}\nhttp {{\naccess_log off;\n{places}{told}\n}}\n"
        )
        command = [program, "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")]
        started.append(subprocess.Popen(command, stderr=subprocess.PIPE))
        for _ in range(100):
            if started[0].poll() is not None:
                pytest.fail(started[0].stderr.read().decode())
            try:
                return socket.create_connection(("127.0.0.1", int(port))).close()
            except OSError:
                time.sleep(0.05)
        return pytest.fail("nginx does not answer")

    yield start
    for process in started:
        process.terminate()
        process.wait(10)


def served(address, **headers):
    """(status, headers in small letters, body) as nginx answers."""
    connection = HTTPConnection(addresses.origin().partition("//")[2], timeout=10)
    connection.request("GET", address, headers=headers)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response.status, {name.lower(): v for name, v in response.getheaders()}, body


def normal(headers):
    """Headers that must be the same, however they are written."""
    told = {name.lower(): value for name, value in headers.items()}
    told = {name: value for name, value in told.items() if name not in NGINX_OWN}
    return {
        name: str(sorted(value.split("; "))) if "-src" in value else value.lower().replace('"', "")
        for name, value in told.items()
    }


def test_every_baked_page_is_byte_for_byte_what_django_serves_and_needs_neither_it_nor_the_database(
    site, out, nginx, monkeypatch
):
    # How a PDF is drawn is not the bake's: the words that it is drawn from will do.
    monkeypatch.setattr(pdf, "available", lambda: True)
    monkeypatch.setattr(pdf, "made", lambda html, _base: b"%PDF-" + html.encode())
    outcome = making.bake(out, processes=2)
    nginx()

    assert sorted(outcome.dead.items()) == []
    assert outcome.odd == []
    manifest = release.current(out).manifest
    public = {a: page for a, page in manifest.pages.items() if not a.startswith("/errors/")}
    wanted = {
        *("/en/", "/es/", "/ar/guides/liver/", "/es/guides/liver/surgery/", "/en/questions/gone/"),
        *("/en/feed.atom", "/sitemap.xml", "/robots.txt", "/sw.js", "/static/site.css"),
        *("/api/v1/topics?language=es", f"/api/v1/topics/{site.topic.key}?language=es"),
        *("/es/guides/liver/guide.pdf?large", "/en/guides/liver/surgery/topic.pdf"),
        *("/en/share/site.png", f"/en/v/{site.guide.sign_off_id_in('en')}/"),
    }
    assert wanted <= set(public)
    assert "/en/search/" not in public
    differ = []
    for address, page in public.items():
        want, got = django(address), served(address)
        body = b"".join(want) if want.streaming else want.content
        assert HOST.encode() not in body, address
        same = (want.status_code, body) == (got[0], got[2]) or page.status in (301, 302)
        headers = normal(want.headers).items() ^ normal(got[1]).items()
        if not same or (headers and page.status in (200, 410)):
            differ.append(f"{address} {got[0]} {sorted(headers, key=str)}")
        elif page.status in (301, 302):
            assert (address, got[1].get("location")) == (address, page.to)
    assert not differ, "\n".join(differ)

    # What has no file of its own, all of it while Django is away.
    page = "/en/guides/liver/surgery/"
    table = [
        ("/", {"Accept-Language": "es-MX,es;q=0.9"}, 302, "/es/"),
        ("/", {}, 302, "/en/"),
        ("/guides/liver/surgery/", {"Accept-Language": "es"}, 302, "/es/guides/liver/surgery/"),
        (page[:-1], {}, 301, page),
        ("/es/about-us/", {}, 301, "/es/about-this/"),
        ("/en/nothing/", {}, 404, "There is no such page"),
        ("/es/nothing", {}, 404, '<html lang="es"'),
        ("/en/search/?q=liver", {}, 503, "Search is not available now"),
        ("/en/feedback/1/", {}, 503, "This part does not answer now"),
        ("/en/corrections/?page=99", {}, 503, "This part does not answer now"),
        ("/admin/", {}, 503, "This part does not answer now"),
        ("/errors/en/404.html", {}, 404, "There is no such page"),
        ("/en/index.html", {}, 404, "There is no such page"),
        (f"{page}?utm_source=letter", {}, 200, "<h1"),
    ]
    for address, wish, status, told in table:
        code, headers, body = served(address, **wish)
        found = headers.get("location", "") if code in (301, 302) else body.decode()
        assert (address, code) == (address, status)
        assert found == told if code in (301, 302) else told in found
    zipped = {"Accept-Encoding": "gzip"}
    _code, headers, body = served(page, **zipped)
    assert headers["content-encoding"] == "gzip"
    assert gzip.decompress(body) == django(page).content
    assert served(page, **{**zipped, "If-None-Match": headers["etag"]})[0] == 304

    # Whoever bakes everything again draws no PDF whose texts are the same.
    monkeypatch.setattr(pdf, "made", lambda *_: pytest.fail("drawn again"))
    assert making.bake(out).fresh == 0


def test_changed_text_makes_anew_what_rests_on_it_and_nothing_else(site, out):
    first = bake(out)
    before = shown(out)
    again = bake(out, changed=True)

    assert again.made == 0
    assert again.name == first.name

    text = {**site.other.signed_text("en"), "body": "Other words stand here now."}
    f.make_public(site.people, site.other, text=text)
    second = bake(out, changed=True)
    after = shown(out)

    assert b"Other words stand here now." in after["/en/guides/liver/ablation/"]
    differ = {a for a in after if after[a] != before.get(a)}
    assert {"/en/guides/liver/", "/es/guides/liver/ablation/", "/en/feed.atom"} <= differ
    assert "/en/about-this/" not in differ
    assert second.made < first.made / 2
    # Whatever was left alone is what a bake of everything makes.
    whole = bake(out)
    assert shown(out) == after
    assert whole.fresh == 0
    # One file, not two: the page that stays takes no room.
    files = [each.site / "en/about-this/index.html" for each in release.all_of(out)]
    assert len({file.stat().st_ino for file in files}) == 1


def test_withdrawn_text_is_in_no_release_before_pages_are_made_anew(site, out, monkeypatch):
    bake(out)
    assert len(tells(out)) > 3
    f.make_public(site.people, f.make_term())
    bake(out, changed=True)
    workflow.withdraw(site.topic, "en", by=site.people.advisor, reason="wrong")

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(release, "begin", killed)
        with pytest.raises(KeyboardInterrupt):
            bake(out, changed=True)
    taken = "/en/guides/liver/surgery/"
    for each in release.all_of(out):
        assert not (each.site / "en/guides/liver/surgery/index.html").exists()
        assert not (each.site / "en/guides/liver/index.html.br").exists()
        assert each.manifest.pages[taken].status == release.TAKEN_OUT
    assert not tells(out)
    call_command("verify", baked=out, verbosity=0)

    bake(out, changed=True)

    assert release.current(out).manifest.pages[taken].status == 410
    assert shown(out)[taken] == django(taken).content
    call_command("bake", out, rollback=True)
    assert taken not in shown(out)
    assert not tells(out)


@pytest.mark.fault("killed", "the command", "baking, then going back")
def test_killed_bake_leaves_the_former_release_and_rollback_leads_back(site, out, monkeypatch):
    first = bake(out)
    before = shown(out)
    text = {**site.topic.signed_text("en"), "title": "Another title"}
    f.make_public(site.people, site.topic, text=text)

    asked = []

    def killed(job):
        asked.append(job)
        if len(asked) > 5:
            raise KeyboardInterrupt
        return make(job)

    make = pages.make
    with monkeypatch.context() as patch:
        patch.setattr(pages, "make", killed)
        with pytest.raises(KeyboardInterrupt):
            bake(out)
    assert release.current(out).name == first.name
    assert shown(out) == before

    second = bake(out)

    assert b"Another title" in shown(out)["/en/guides/liver/surgery/"]
    call_command("bake", out, rollback=True)
    assert release.current(out).name == first.name != second.name
    assert shown(out) == before
    with pytest.raises(CommandError, match="no release before"):
        call_command("bake", out, rollback=True)


def test_verify_tells_of_every_file_that_is_not_what_was_baked(site, out, capsys, settings):
    settings.BAKED_ROOT = str(out)
    with pytest.raises(CommandError, match="1 things do not fit"):  # nothing is baked yet
        call_command("verify")
    bake(out)
    call_command("verify", baked=out)
    assert "All fits" in capsys.readouterr().out
    call_command("verify")
    assert f"baked addresses of {release.current(out).name} fit" in capsys.readouterr().out
    folder = release.current(out).site
    (folder / "en/index.html").write_bytes(b"forged")
    (folder / "es/index.html.gz").write_bytes(gzip.compress(b"forged"))
    (folder / "ar/index.html").unlink()
    (folder / "en/more.html").write_bytes(b"more")

    with pytest.raises(CommandError, match="things do not fit"):
        call_command("verify", baked=out)

    told = capsys.readouterr().err
    for sentence in (
        "en/index.html is not what was baked.",
        "es/index.html.gz holds something else than es/index.html.",
        "ar/index.html is missing.",
        "en/more.html is not in the manifest.",
    ):
        assert sentence in told
    with pytest.raises(CommandError, match="things do not fit"):
        call_command("verify")
    assert "baked site: en/index.html is not what was baked." in capsys.readouterr().err
    assert "en/index.html" in str(Verification.objects.first().problems)


def test_date_makes_anew_the_pages_that_say_something_else_then(site, out):
    bake(out)
    due = site.topic.sign_off_in("en").next_review

    with time_machine.travel(timezone.now() + timedelta(days=30), tick=False):
        assert bake(out, changed=True).made == 0
    with time_machine.travel(timezone.now().replace(year=due.year + 1), tick=False):
        later = bake(out, changed=True)
        address = "/en/guides/liver/surgery/"
        assert shown(out)[address] == django(address).content

    assert later.why["a date has come"] > 0
    assert re.search(rb"due to be checked again", shown(out)[address])


def test_watch_takes_a_withdrawn_text_away_within_two_seconds_and_ends_on_sigterm(site, out):
    address = "/en/guides/liver/surgery/"
    file = out / "current/site/en/guides/liver/surgery/index.html"
    took = []

    def meanwhile():
        try:
            for _ in range(600):
                if file.exists():
                    break
                time.sleep(0.1)
            workflow.withdraw(site.topic, "en", by=site.people.advisor, reason="wrong")
            started = time.monotonic()
            while file.exists() and time.monotonic() - started < 30:
                time.sleep(0.02)
            took.append(time.monotonic() - started)
            while release.current(out).manifest.pages[address].status != 410:
                time.sleep(0.1)
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    before = signal.getsignal(signal.SIGTERM)
    other = threading.Thread(target=meanwhile)
    other.start()
    call_command("bake", out, watch=True, no_pdf=True, processes=1, verbosity=0)
    other.join(60)

    assert took
    assert took[0] < 2
    assert signal.getsignal(signal.SIGTERM) == before
