"""Faults, played with real processes: killed, cut off, full, late, twice. Nothing is lost, nothing
is half done, readers keep reading, and whoever works here is told. docs/reliability.md lists them.
"""

import resource
import shutil
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests import loopback
from tests.conftest import needs
from tests.loopback import children, get, kill, kill_all, until

from .site import Person, Site

STAYS = "/en/questions/stays/"
WORD = b"Text of answer."
AWAY = {"en": b'lang="en" dir="ltr"', "ar": b'lang="ar" dir="rtl"'}


@pytest.fixture(scope="module")
def site(processes, cluster):
    """A guide with one public answer, and the people's names."""
    site = Site(processes, processes.place, cluster.url("primary"))
    site.open_desk()
    site.do("migrate")
    site.do("publish", slugs=["stays"])
    site.names = site.do("names")
    return site


@pytest.fixture(scope="module")
def server(site):
    return site.serve()


def person(site, server, role):
    return Person(site.names[role], f"http://127.0.0.1:{server.port}")


def in_background(action):
    """``answer()`` of what goes on meanwhile: what it gave back, or its exception."""
    found = []

    def run():
        try:
            found.append(action())
        except Exception as error:
            found.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()

    def answer():
        thread.join(60)
        [one] = found
        return one

    return answer


def approval(site, server, texts=20):
    """A request, and ``send()``: the advisor signs it at her browser."""
    advisor, request = person(site, server, "advisor"), site.do("request", texts=texts)
    sent = advisor.form(request["address"], "approve", attest="en")
    return request, lambda: advisor.post(request["address"], sent)


def untouched(site, request):
    assert site.do("became", pk=request["pk"]) == ["open", 0, 0, 0]
    assert site.do("problems") == []


def whole(site, request, texts=20):
    assert site.do("became", pk=request["pk"]) == ["published", texts, texts, texts]
    assert site.do("problems") == []


# -- Killed --------------------------------------------------------------------------------------


@pytest.mark.fault("kill -9", "a web process", "approving twenty texts")
def test_a_web_process_killed_in_the_middle_of_an_approval(site, server, cluster):
    request, approve = approval(site, server)
    [worker] = server.workers()

    with cluster.stopping_at("review_signoff") as waiting:
        answer = in_background(approve)
        until(waiting, what="the approval")
        kill_all([worker])
        assert isinstance(answer(), requests.ConnectionError)
    until(lambda: site.alive(server), what="another process")

    assert server.workers() != [worker]
    untouched(site, request)
    assert get(server.port, STAYS)[0] == 200
    assert approve().status_code == 302
    whole(site, request)


@pytest.mark.fault("kill -9", "PostgreSQL", "approving twenty texts")
@pytest.mark.fault("gone and back", "the database", "reading, writing, signing")
def test_postgresql_killed_in_the_middle_of_an_approval_and_back(site, server, cluster):
    request, approve = approval(site, server)
    editor = person(site, server, "editor")
    [[key, address]] = site.do("to_write", many=1)
    draft = editor.form(address, "save", title="Written while it was away", body="Words.")
    kept = get(server.port, STAYS)
    assert kept[0] == 200

    with cluster.stopping_at("review_signoff") as waiting:
        answer = in_background(approve)
        until(waiting, what="the approval")
        assert get(server.port, STAYS)[2] == kept[2]  # kept for the last line that is heard of
        cluster.kill()
        interrupted = answer()

    # The advisor is told, and what she sent was not taken for signed.
    assert (interrupted.status_code, interrupted.headers["Retry-After"]) == (503, "60")
    assert "What you sent was not stored" in interrupted.text
    assert editor.post(address, draft).status_code == 503
    # Readers go on with what is kept; the rest says so in their language, and when to come again.
    assert get(server.port, STAYS)[::2] == kept[::2]
    for code, told in AWAY.items():
        for port in (server.port, site.serve().port):  # also of a process that has just started
            status, headers, body = get(port, f"/{code}/guides/liver/")
            assert (status, headers["retry-after"], told in body) == (503, "60", True)
            assert "default-src 'self'" in headers["content-security-policy"]
    assert get(server.port, "/api/v1/guides")[0] == 503
    assert get(server.port, "/healthz")[0] == 200
    assert get(server.port, "/readyz")[0] == 503

    cluster.start("primary")
    until(lambda: get(server.port, "/en/guides/liver/")[0] == 200, what="the guide")
    untouched(site, request)
    assert editor.post(address, draft).status_code == 302
    assert site.do("drafts")[key]["title"] == "Written while it was away"
    assert approve().status_code == 302
    whole(site, request)


@pytest.mark.fault("kill -9", "web processes and PostgreSQL, again and again", "saving drafts")
def test_no_draft_that_was_told_saved_is_lost(site, server, cluster, record_property):
    """Three editors type on; what each was told is saved must be there, or what she sent after."""
    written = site.do("to_write", many=3)
    told, sent, end = {}, {}, threading.Event()

    def write(role, key, address):
        editor, number = person(site, server, role), 0
        while not end.is_set():
            number += 1
            words = f"{key} {number} " + "ä" * 500
            try:
                answer = editor.get(address)
                if answer.status_code != 200:
                    continue
                fields = editor.form(address, "save", title="Title", body=words)
                sent.setdefault(key, []).append(words)
                if editor.post(address, fields).status_code == 302:
                    told[key] = words
            except (requests.RequestException, AssertionError):
                time.sleep(0.05)

    def on(before):
        """Whether everybody was told of another draft since."""
        return all(told.get(key) != before.get(key) for key, _address in written)

    with ThreadPoolExecutor(3) as pool:
        writing = [
            pool.submit(write, role, *each)
            for role, each in zip(("editor", "second", "third"), written, strict=True)
        ]
        try:
            for database in (False, True, False, True):
                before = dict(told)
                until(
                    lambda b=before: all(told.get(k) != b.get(k) for k, _ in written), 60, "drafts"
                )
                if database:
                    cluster.kill()
                    cluster.start("primary")
                else:
                    kill_all(server.workers())
        finally:
            time.sleep(0.3)
            end.set()
        for each in writing:
            each.result()

    found = {key: text["body"] for key, text in site.do("drafts").items() if key in told}
    after = {key: sent[key][sent[key].index(words) :] for key, words in told.items()}
    lost = [words for key, words in told.items() if found.get(key) not in after[key]]
    record_property("bytes_told", sum(len(words.encode()) for words in told.values()))
    record_property("bytes_lost", sum(len(words.encode()) for words in lost))
    assert lost == []
    assert len(told) == 3
    assert site.do("problems") == []


def content_files(place, many=30):
    for number in range(many):
        path = place / "term" / f"fault-{place.name}-{number}.en.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(TERM.format(name=f"{place.name}-{number}"))
    return place


TERM = """---
slug: fault-{name}
term: Word {name}
---

# definition

What it means.
"""


@pytest.mark.fault("kill -9", "the command", "importing thirty files")
@pytest.mark.fault("kill -9", "PostgreSQL", "importing thirty files")
@pytest.mark.parametrize("who", ["command", "database"])
def test_an_import_killed_in_the_middle_leaves_nothing(site, cluster, tmp_path, who):
    files = content_files(tmp_path / who)
    before = site.do("counted")

    with cluster.stopping_at("review_revision") as waiting:
        command = site.begin("import_content", files, "--as", site.names["editor"])
        until(waiting, what="the import")
        kill(command) if who == "command" else cluster.kill()
        command.wait(30)
    if who == "database":
        assert command.returncode == 1
        cluster.start("primary")

    assert site.do("counted") == before
    assert site.do("problems") == []
    done = site.manage("import_content", files, "--as", site.names["editor"])
    assert (done.returncode, "30 files" in done.stdout) == (0, True), done.stderr
    assert site.do("counted")[0] == before[0] + 30
    assert site.do("problems") == []


@pytest.mark.fault("kill -9", "the command", "baking")
@pytest.mark.fault("kill -9", "PostgreSQL", "baking")
@pytest.mark.fault("full", "the disk", "baking")
def test_a_bake_that_cannot_end_leaves_what_was_served(site, cluster, tmp_path):
    def bake(*more):
        return ("bake", tmp_path, "--no-pdf", "--processes", "1", *more)

    def served():
        link = tmp_path / "current"
        return link.readlink(), (link / "site/en/questions/stays/index.html").read_bytes()

    done = site.manage(*bake())
    assert done.returncode == 0, done.stderr
    first = served()

    for who in ("command", "database"):
        with cluster.stopping_at("faq_faq", "ACCESS EXCLUSIVE") as waiting:
            command = site.begin(*bake())
            until(waiting, what="the bake")
            kill(command) if who == "command" else cluster.kill()
            command.wait(30)
        if who == "database":
            assert command.returncode != 0
            cluster.start("primary")
        assert served() == first
    limited = ["sh", "-c", 'ulimit -f 4; exec "$@"', "sh", sys.executable, "manage.py"]
    full = subprocess.run(
        [*limited, *map(str, bake())],
        cwd=loopback.ROOT, env=site.env, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (full.returncode, "File too large" in full.stderr) == (1, True), full.stderr[-2000:]
    assert served() == first

    done = site.manage("verify", "--baked", tmp_path)
    assert done.returncode == 0, done.stderr
    done = site.manage(*bake())
    assert done.returncode == 0, done.stderr
    assert served()[0] != first[0]
    assert served()[1] == first[1]


@pytest.mark.fault("kill -9", "the command", "migrating")
@pytest.mark.fault("kill -9", "PostgreSQL", "migrating")
def test_migrations_killed_in_the_middle_are_ended_by_the_next_run(site, cluster):
    """The triggers are down meanwhile: after the run that ends it they stand."""
    import psycopg

    url = cluster.empty("to_migrate")
    tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"

    def made():
        with psycopg.connect(url) as connection:
            return connection.execute(tables).fetchone()[0]

    # Not right after tables with foreign keys: Django notes such a migration in a transaction of
    # its own, and who is killed in between needs a hand (docs/deploy/upgrades.md).
    for database, enough in ((False, 2), (True, 20)):
        command = site.begin("migrate", "-v0", DATABASE_URL=url)
        until(lambda enough=enough: made() >= enough, 60, "tables")
        cluster.kill() if database else kill(command)
        assert command.wait(30) != 0
        if database:
            cluster.start("primary")
        assert 0 < made() < 60

    assert site.manage("migrate", "-v0", DATABASE_URL=url).returncode == 0
    assert site.manage("migrate", "--check", DATABASE_URL=url).returncode == 0
    done = site.manage("verify", DATABASE_URL=url)
    assert (done.returncode, done.stderr) == (0, "")


# -- Workers and the clock ------------------------------------------------------------------------


@pytest.mark.fault("kill -9", "a task worker", "publishing")
@pytest.mark.fault("two at once", "task workers", "one job, twelve texts")
@pytest.mark.fault("gone and back", "the mail server", "telling of it")
@pytest.mark.fault("jumps", "the clock", "a day back, a day ahead")
def test_workers_that_die_or_come_twice_and_clocks_that_jump_publish_once(site, server, cluster):
    request = site.do("request", texts=12, minutes=60)
    early = site.do("request", texts=1)
    advisors = site.do("ask", advisors=2)
    waiting_for = ["signed", 12, 0, 0]

    # A clock that is a day late publishes nothing, and what it writes fits.
    assert at_another_time(site, -1, "publish_due").returncode == 0
    assert site.do("became", pk=request["pk"]) == waiting_for
    assert site.do("became", pk=early["pk"])[0] == "open"

    # A clock that is a day ahead would: its worker dies in the middle of it.
    with cluster.stopping_at("topics_topic") as waiting:
        worker = at_another_time(site, 1, "publish_due", wait=False)
        until(waiting, what="the publication")
        kill(worker)
    assert site.do("became", pk=request["pk"]) == waiting_for
    assert site.do("problems") == []

    workers = [at_another_time(site, 1, "publish_due", wait=False) for _ in range(2)]
    assert [each.wait(60) for each in workers] == [0, 0], [w.log.read_text() for w in workers]
    assert site.do("became", pk=request["pk"]) == ["published", 12, 12, 12]
    # The clock is right again: readers keep what is public, the desk goes on from there.
    assert site.do("problems") == []
    assert get(server.port, request["page"])[0] == 200
    waits, problems = site.do("mails")
    assert (waits > 0, "ConnectionRefusedError" in " ".join(problems)) == (True, True)
    advisor = person(site, server, "advisor")
    sent = advisor.form(early["address"], "approve", attest="en")
    assert advisor.post(early["address"], sent).status_code == 302
    whole(site, early, texts=1)

    # Mail is back: what waited is sent, once, and two workers share the one job.
    mailbox = loopback.Mailbox()
    mailbox.left = "nobody"  # this one breaks nothing off
    for _ in range(2):
        site.worker(EMAIL_URL=mailbox.url)
    site.do("queue", task="tell")
    until(lambda: site.do("mails")[0] == 0, 30, "the mail")
    until(lambda: set(site.do("waiting")[1]) == {"SUCCESSFUL"}, what="the end of the job")
    assert sorted(mailbox.taken) == sorted(advisors)
    mailbox.shutdown()
    mailbox.server_close()


TRAVEL = """
import sys, time_machine
from datetime import datetime, timedelta, timezone
time_machine.travel(datetime.now(timezone.utc) + timedelta(days=float(sys.argv[1]))).start()
from django.core.management import execute_from_command_line
execute_from_command_line(["manage.py", *sys.argv[2:]])
"""


def at_another_time(site, days, *command, wait=True):
    """A command on a machine whose clock is off by so many days."""
    done = site.processes.start(
        *(sys.executable, "-c", TRAVEL, str(days), *command), env=site.env, log="clock"
    )
    if wait:
        done.wait(60)
    return done


# -- Full, gone, restarted -----------------------------------------------------------------------


@pytest.mark.fault("full", "the disk", "signing, saving, importing (SQLite)")
def test_a_full_disk_takes_nothing_in_and_loses_nothing(processes, tmp_path):
    site = Site(processes, tmp_path, f"sqlite:///{tmp_path}/site.sqlite3", TASK_WORKER="0")
    site.open_desk()
    site.do("migrate")
    site.do("publish", slugs=["stays"])
    site.names = site.do("names")
    server = site.serve()
    request, approve = approval(site, server)
    editor = person(site, server, "editor")
    [[key, address]] = site.do("to_write", many=1)
    draft = editor.form(address, "save", title="Written on a full disk", body="Words. " * 20_000)
    before = site.do("counted")

    def room(size):
        for pid in server.workers():
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    room(40_000)  # the database cannot grow, nor its log
    for answer in (approve(), editor.post(address, draft)):
        assert answer.status_code == 503, answer.text[:500]
        assert "What you sent was not stored" in answer.text
    assert get(server.port, STAYS)[0] == 200
    assert get(server.port, "/ar/guides/liver/")[0] == 200
    assert site.do("counted") == before
    untouched(site, request)

    room(resource.RLIM_INFINITY)
    assert editor.post(address, draft).status_code == 302
    assert len(site.do("drafts")[key]["body"].encode()) >= 139_000
    assert approve().status_code == 302
    whole(site, request)
    kill(server)
    kill_all(children(server.pid))
    shutil.rmtree(tmp_path, ignore_errors=True)


@pytest.mark.fault("gone", "Redis", "reading and saving, after a reload under load")
@pytest.mark.fault("restart", "the site", "reading: six at once, without a pause")
def test_readers_notice_neither_a_restart_nor_that_redis_is_gone(site, processes):
    program, port = needs("redis-server"), loopback.free_port()
    redis = processes.start(*(program, "--port", str(port), "--save", "", "--appendonly", "no"))
    until(lambda: loopback.answers(port), what="Redis")
    server = site.serve(workers=2, CACHE_URL=f"redis://127.0.0.1:{port}/0")
    editor = person(site, server, "editor")
    [[key, address]] = site.do("to_write", many=1)
    addresses = [STAYS, "/en/guides/liver/", "/ar/questions/stays/", "/en/"]
    statuses, end = [], threading.Event()

    def read(number):
        while not end.is_set():
            statuses.append(get(server.port, addresses[number % len(addresses)])[0])

    with ThreadPoolExecutor(6) as pool:
        reading = [pool.submit(read, number) for number in range(6)]
        try:
            before = set(server.workers())
            server.send_signal(1)  # SIGHUP, as `systemctl reload`
            until(lambda: len(set(server.workers()) - before) == 2, 40, "new processes")
            until(lambda: not set(server.workers()) & before, 40, "the end of the old ones")
            kill(redis)
            draft = editor.form(address, "save", title="Without Redis", body="Words.")
            assert editor.post(address, draft).status_code == 302
            time.sleep(0.5)
        finally:
            end.set()
        for each in reading:
            each.result()

    assert len(statuses) > 20
    assert set(statuses) == {200}
    assert site.do("drafts")[key]["title"] == "Without Redis"
    assert site.do("problems") == []
