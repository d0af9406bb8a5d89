"""``make soak``: a thousand readers' connections and twenty editors at once, through nginx and TLS
as docs/deploy has them; prints a table, and fails where a limit is broken.

A reader keeps her connection, reads a page for ten to thirty seconds, and goes on to another. An
editor signs in with her password, opens her text, saves it, submits it, recalls it, all over again.
"""

import argparse
import asyncio
import os
import random
import re
import resource
import shutil
import ssl
import statistics
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlencode

from tests import loopback, pages
from tests.factories import CONTENT, PASSWORD

from .deployed import NAME, Deployed

READERS, EDITORS = 1000, 20
LIMITS = {"reading": 0.150, "editing": 0.600}  # seconds, the 99th of a hundred
GROWTH = 1.15  # of memory, from the first third to the last
WARM = 300  # seconds; in less time each process still fills what it keeps
SENTENCES = "\n\n".join(
    f"{who} {what}."
    for who in ("You", "Your nurse", "Your family", "A friend", "The team", "Somebody near you")
    for what in ("can help", "can ask again", "may want to rest first", "can bring a list along")
)
REST = (10, 30)  # seconds on a page

FILL = """
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management import call_command
from review import demonstration, groups, quality
from topics.models import Guide, Topic
demonstration.make_accounts()
if {nonsense}:  # texts of tests say nothing: what checks stop them is not asked
    quality._checks.clear()
call_command("import_content", {content!r}, sign=True, verbosity=0)
guide = Guide.objects.order_by("pk").first()
for number in range({editors}):
    user = get_user_model().objects.create_user(
        f"editor-{{number}}", password={password!r}, is_staff=True
    )
    user.groups.add(Group.objects.get(name=groups.EDITORS))
    topic = Topic.objects.create(key=f"soak-{{number}}", slug=f"soak-{{number}}", guide=guide)
    print("topic", topic.pk)
"""


class Answer:
    """What came over a connection, as tests/pages.py reads it."""

    def __init__(self, status, headers, content):
        self.status, self.headers, self.content = status, headers, content


class Browser:
    """One connection that is kept, with its cookies; HTTP/1.1 of just the kind that is needed."""

    def __init__(self, deployed, trust):
        self.port, self.trust = deployed.ports["https"], trust
        self.cookies, self.streams = {}, None

    async def ask(self, address, fields=None):
        """An Answer and how many seconds it took; a connection that nginx closed is opened anew."""
        if self.streams is None or self.streams[0].at_eof():
            self.streams = await asyncio.open_connection(
                "127.0.0.1", self.port, ssl=self.trust, server_hostname=NAME
            )
        began = time.monotonic()
        answer = await asyncio.wait_for(self._asked(address, fields), 60)
        return answer, time.monotonic() - began

    async def _asked(self, address, fields):
        reader, writer = self.streams
        body = b"" if fields is None else urlencode(fields, doseq=True).encode()
        lines = [
            f"{'GET' if fields is None else 'POST'} {address} HTTP/1.1",
            f"Host: {NAME}",
            "Accept-Encoding: identity",
        ]
        if self.cookies:
            lines.append("Cookie: " + "; ".join(f"{k}={v}" for k, v in self.cookies.items()))
        if fields is not None:
            lines += [
                f"Referer: https://{NAME}{address}",
                "Content-Type: application/x-www-form-urlencoded",
                f"Content-Length: {len(body)}",
            ]
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        status = int(head.split(" ", 2)[1])
        headers = re.findall(r"^([\w-]+): (.*)\r$", head, re.M)
        found = {name.lower(): value for name, value in headers}
        for name, value in headers:
            if name.lower() == "set-cookie":
                cookie, _, content = value.partition(";")[0].partition("=")
                self.cookies[cookie] = content
        if "chunked" in found.get("transfer-encoding", ""):
            content = b""
            while size := int(await reader.readline(), 16):
                content += await reader.readexactly(size)
                await reader.readline()
            await reader.readline()
        else:
            content = await reader.readexactly(int(found.get("content-length", 0)))
        if found.get("connection") == "close":
            writer.close()
            self.streams = None
        return Answer(status, found, content)

    def close(self):
        if self.streams is not None:
            self.streams[1].close()


class Soak:
    def __init__(self, deployed, addresses, topics, seconds):
        self.deployed, self.addresses, self.topics = deployed, addresses, topics
        self.seconds, self.end = seconds, time.monotonic() + seconds
        self.took = {"reading": [], "editing": [], "signing in": []}
        self.errors, self.memory = [], []
        self.trust = deployed.trust()
        self.trust.options |= ssl.OP_NO_TICKET

    async def run(self, ramp):
        """All of them; readers come one after another within ``ramp`` seconds."""
        people = [self._reader(number * ramp / READERS) for number in range(READERS)]
        people += [self._editor(number, topic) for number, topic in enumerate(self.topics)]
        await asyncio.gather(*people, self._watch(ramp))

    def left(self):
        return self.end - time.monotonic()

    async def _rest(self, seconds):
        await asyncio.sleep(max(0, min(seconds, self.left())))

    async def _reader(self, late):
        await asyncio.sleep(late)
        browser = Browser(self.deployed, self.trust)
        while self.left() > 0:
            await self._note("reading", browser, random.choice(self.addresses), (200,))
            await self._rest(random.uniform(*REST))
        browser.close()

    async def _editor(self, number, topic):
        browser = Browser(self.deployed, self.trust)
        address = f"/admin/topics/topic/{topic}/change/?language=en"
        login = await self._note("signing in", browser, "/admin/login/", (200,))
        sent = {"username": f"editor-{number}", "password": PASSWORD, **token(login)}
        await self._note("signing in", browser, "/admin/login/", (302,), sent)
        many = 0
        while self.left() > 0:
            many += 1
            page = await self._note("editing", browser, address, (200,))
            if page is None:
                await self._rest(1)
                continue
            await self._rest(random.uniform(1, 4))
            button = "save_submit" if many % 3 == 0 else "save"
            if b'value="recall"' in page.content:
                sent = pages.form(page, "recall")
            else:
                words = f"This is draft {many} of editor {number}.\n\n{SENTENCES}"
                sent = {**pages.form(page, button), "title": f"Text {many}"}
                sent |= {"answer": "You can ask again.", "body": words}
            await self._note("editing", browser, address, (302,), {**sent, **token(page)})
            await self._rest(random.uniform(1, 4))
        browser.close()

    async def _note(self, what, browser, address, wanted, fields=None):
        try:
            answer, took = await browser.ask(address, fields)
        except (TimeoutError, OSError, EOFError) as error:
            browser.close()
            browser.streams = None
            self.errors.append(f"{what} {address}: {type(error).__name__}")
            return None
        self.took[what].append(took)
        if answer.status not in wanted:
            self.errors.append(f"{what} {address}: {answer.status}")
            return None
        return answer

    async def _watch(self, ramp):
        await self._rest(ramp)
        while self.left() > 1:
            self.memory.append(rss(self.deployed.server.pid))
            await self._rest(1 if self.left() < 120 else 10)


def token(page):
    [found] = set(re.findall(rb'name="csrfmiddlewaretoken" value="(\w+)"', page.content))
    return {"csrfmiddlewaretoken": found.decode()}


def rss(pid):
    """MB of resident memory of gunicorn and its processes."""
    total = 0
    for each in (pid, *loopback.children(pid)):
        try:
            found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{each}/status").read_text())
        except OSError:  # it has ended since
            continue
        total += int(found[1]) if found else 0
    return total / 1024


def parts(took):
    """(p50, p95, p99) in seconds."""
    cuts = statistics.quantiles(took, n=100) if len(took) > 1 else [0] * 99
    return cuts[49], cuts[94], cuts[98]


def table(soak):
    yield "| | asked | p50 ms | p95 ms | p99 ms | limit |"
    yield "|---|---|---|---|---|---|"
    for what, took in soak.took.items():
        told = " | ".join(f"{1000 * each:.0f}" for each in parts(took))
        limit = f"{1000 * LIMITS[what]:.0f}" if what in LIMITS else "-"
        yield f"| {what} | {len(took)} | {told} | {limit} |"
    yield f"\nerrors: {len(soak.errors)}"
    if soak.memory:
        first, last = memory(soak)
        yield f"resident memory of gunicorn: {first:.0f} MB first, {last:.0f} MB last"


def memory(soak):
    third = max(1, len(soak.memory) // 3)
    return statistics.median(soak.memory[:third]), statistics.median(soak.memory[-third:])


def broken(soak, slower=1):
    """A sentence for each limit that does not hold, ``slower`` times as generous."""
    if soak.errors:
        yield f"{len(soak.errors)} errors: {sorted(set(soak.errors))[:5]}"
    for what, limit in LIMITS.items():
        p99 = parts(soak.took[what])[2]
        if p99 > limit * slower:
            yield f"{what}: p99 is {1000 * p99:.0f} ms, the limit {1000 * limit * slower:.0f}"
    first, last = memory(soak)
    if soak.seconds >= WARM and last > first * GROWTH:
        yield f"memory grew from {first:.0f} to {last:.0f} MB"


def content(place):
    """A small guide as content files."""
    for name, text in CONTENT.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return place


def play(deployed, texts, seconds, ramp, nonsense=False):
    """Fill a site that stands and has no texts yet, then let everybody in."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(limit[0], min(4096, limit[1])), limit[1]))
    code = FILL.format(content=str(texts), editors=EDITORS, password=PASSWORD, nonsense=nonsense)
    done = deployed.manage("shell", "-v0", "-c", code, DEMO="1")
    topics = re.findall(r"^topic (\d+)$", done.stdout, re.M)
    assert len(topics) == EDITORS, done.stdout + done.stderr
    found, waiting = {}, ["/en/", "/es/", "/ar/"]
    while waiting and len(found) < 200:
        address = waiting.pop(0)
        status, headers, body = deployed.get(address)
        found[address] = status == 200 and "html" in dict(headers).get("Content-Type", "")
        links = re.findall(r'href="(/(?:en|es|ar)/[^"?#]*/)"', body.decode(errors="ignore"))
        known = {*found, *waiting}
        waiting += [each for each in dict.fromkeys(links) if each not in known]
    addresses = [address for address, page in found.items() if page and "/search/" not in address]
    soak = Soak(deployed, addresses, topics, seconds)
    asyncio.run(soak.run(ramp))
    return soak


def main():
    asked = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    asked.add_argument("--minutes", type=float, default=30)
    minutes = asked.parse_args().minutes
    place = Path(tempfile.mkdtemp(prefix="crcsite-soak-"))
    processes = loopback.Processes(place)
    deployed = Deployed(place, processes)
    try:
        print(f"{READERS} readers and {EDITORS} editors for {minutes:g} minutes: putting it up …")
        deployed.install()
        deployed.settings(**database())
        deployed.fill()
        deployed.start_django()
        deployed.start_nginx()
        soak = play(deployed, loopback.ROOT / "content", 60 * minutes, ramp=min(20, 12 * minutes))
        print("\n".join(table(soak)))
        problems = list(broken(soak))
        problems += deployed.manage("verify", check=False).stderr.splitlines()
        print("\n".join(problems) or "Every limit holds, and manage.py verify finds nothing.")
        return 1 if problems else 0
    finally:
        processes.end()
        shutil.rmtree(place, ignore_errors=True)


def database():
    """PostgreSQL where one is named (tests/on_postgresql make soak), else SQLite."""
    found = os.environ.get("DATABASE_URL", "")
    return {"DATABASE_URL": found} if found else {}


if __name__ == "__main__":
    sys.exit(main())
