"""Past one machine, by settings alone: each part is there, then it is taken away."""

import re
import shutil
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import boto3
import pytest
import redis

from reading.baking import pages, release, store
from review import buckets

from . import loopback
from .conftest import needs
from .loopback import get, kill, status, until

WORD = b"Text of answer."  # what every answer of the desk's says
ANSWERS = 'FROM "faq_faq"'  # what PostgreSQL is asked for a page
SECOND = 2.5  # "within about a second", on a machine that does other things as well
BUCKETS = ("uploads", "baked")
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


# Each address is asked for in one place only: there it is a page that nobody has kept.
STAYS, FRESH = "stays", "fresh"
WITHDRAWN = ("lag", "lost", "shared", "stored")


def page(slug, code="en"):
    """A language that lacks a text shows the English one."""
    return f"/{code}/questions/{slug}/"


@pytest.fixture(scope="module")
def site(processes, cluster):
    """The site over its primary, with some public answers."""
    site = loopback.Site(processes, processes.place, cluster.url("primary"))
    site.do("migrate")
    site.do("publish", slugs=[STAYS, FRESH, *WITHDRAWN])
    return site


@pytest.fixture(scope="module")
def s3(processes):
    """An S3 server with two buckets, and a client of it."""
    port = loopback.free_port()
    server = processes.start(
        *(sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)), log="s3"
    )
    until(lambda: loopback.answers(port), 30, "the S3 server")
    server.address = f"http://127.0.0.1:{port}"
    keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    server.client = boto3.client("s3", endpoint_url=server.address, region_name="us-east-1", **keys)
    for name in BUCKETS:
        server.client.create_bucket(Bucket=name)
    server.asked = lambda: re.findall(
        r'"([A-Z]+) /([^ ]*) HTTP', re.sub(r"\x1b\[[0-9;]*m", "", server.log.read_text())
    )
    return server


def gone_within(port_or_ports, address, since):
    """Seconds until no process shows the word any more; each answers a clear page then."""
    ports = port_or_ports if isinstance(port_or_ports, list) else [port_or_ports]

    def gone():
        return all(WORD not in get(port, address)[2] for port in ports)

    until(gone, 10, "the withdrawal")
    took = time.time() - since
    assert {status(port, address) for port in ports} == {410}
    return took


# -- PostgreSQL with a streaming replica ---------------------------------------------------------


@pytest.mark.fault("gone and back", "the primary, with a replica", "reading, writing, withdrawing")
def test_readers_are_answered_from_the_replica_and_stay_so_while_the_primary_is_down(site, cluster):
    cluster.replicate()
    until(cluster.in_step, what="the replica")
    port = site.serve(REPLICA_URL=cluster.url("replica"))
    cookie = f"sessionid={site.do('session')}"

    # Readers' pages ask the replica and nothing but the ledger's line of the primary.
    primary, replica = cluster.said("primary"), cluster.said("replica")
    assert WORD in get(port, page(STAYS))[2]
    assert get(port, "/en/guides/liver/")[0] == 200
    assert ANSWERS in replica()
    assert not re.findall(r'FROM "(?!review_ledgerentry)\w+"', primary())
    # Whoever works here asks the primary, for what she reads as well.
    replica = cluster.said("replica")
    assert get(port, "/admin/", Cookie=cookie)[0] == 200
    assert "FROM" not in replica()
    assert 'FROM "auth_user"' in primary()

    # A replica that lags: a withdrawal counts at once, and the primary makes the pages meanwhile.
    cluster.ask("replica", "SELECT pg_wal_replay_pause()")
    assert WORD in get(port, page("lag"))[2]
    assert gone_within(port, page("lag"), site.do("withdraw", slug="lag")) < SECOND
    primary = cluster.said("primary")
    assert WORD in get(port, page(STAYS, "es"))[2]
    assert ANSWERS in primary()
    cluster.ask("replica", "SELECT pg_wal_replay_resume()")
    until(cluster.in_step, what="the replica")

    time.sleep(0.3)  # a replica that lagged is not asked at once

    # A replica that dies: the request that meets it goes to the primary.
    replica = cluster.said("replica")
    assert WORD in get(port, page(STAYS, "fr"))[2]
    assert ANSWERS in replica()
    cluster.stop("replica")
    assert WORD in get(port, page(STAYS, "ar"))[2]
    cluster.start("replica")
    time.sleep(1.2)  # for so long nobody asks it

    # The primary dies: pages that nobody ever asked for answer, also in a process just started.
    until(cluster.in_step, what="the replica")
    assert WORD in get(port, page(STAYS, "zh-hans"))[2]
    cluster.stop("primary")
    new = site.serve(REPLICA_URL=cluster.url("replica"))
    for each in (port, new):
        assert WORD in get(each, page(FRESH))[2]
        assert get(each, "/ar/guides/liver/")[0] == 200
        assert get(each, page("lag"))[0] == 410
    code, headers, body = get(port, "/admin/", Cookie=cookie)
    assert (code, headers["retry-after"]) == (503, "60")
    assert b"<h1>This part does not answer now</h1>" in body
    code, _headers, body = get(
        port, "/en/feedback/1/", "POST", "words=x", Content_Type="application/x-www-form-urlencoded"
    )
    assert (code, b"What you sent was not stored." in body) == (503, True)
    assert get(port, "/api/v1/guides")[0] == 200
    cluster.start("primary")
    time.sleep(1.2)

    # The primary dies while the replica lacks a withdrawal: what was withdrawn stays away.
    until(cluster.in_step, what="the replica")
    assert WORD in get(port, page("lost"))[2]
    cluster.ask("replica", "SELECT pg_wal_replay_pause()")
    gone_within(port, page("lost"), site.do("withdraw", slug="lost"))
    cluster.stop("primary")
    time.sleep(1.2)
    assert get(port, page("lost"))[0] in (410, 503)
    assert get(port, page(FRESH, "es"))[0] == 503
    cluster.ask("replica", "SELECT pg_wal_replay_resume()")
    until(lambda: status(port, page(FRESH, "es")) == 200, what="the replica")
    assert get(port, page("lost"))[0] == 410
    cluster.start("primary")
    cluster.stop("replica")
    shutil.rmtree(cluster.place / "replica")


# -- Redis ---------------------------------------------------------------------------------------


@pytest.mark.fault("gone", "Redis", "reading")
def test_two_processes_share_what_they_keep_in_redis_and_need_it_for_nothing(
    site, cluster, processes
):
    program, port = needs("redis-server"), loopback.free_port()
    server = processes.start(
        *(program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no")
    )
    until(lambda: loopback.answers(port), what="Redis")

    def hits():
        return redis.Redis(port=port).info("stats")["keyspace_hits"]

    with ThreadPoolExecutor(2) as both:
        cache = f"redis://127.0.0.1:{port}/0"
        one, other = both.map(lambda _: site.serve(CACHE_URL=cache), range(2))
    first = get(one, page("shared"))
    before, primary = hits(), cluster.said("primary")
    second = get(other, page("shared"))

    assert (second[0], second[2], second[1]["etag"]) == (200, first[2], first[1]["etag"])
    assert hits() == before + 1
    assert ANSWERS not in primary()

    assert gone_within([one, other], page("shared"), site.do("withdraw", slug="shared")) < SECOND

    kill(server)
    for each in (one, other):
        began = time.monotonic()
        assert WORD in get(each, page(FRESH, "fr"))[2]
        assert get(each, page("shared"))[0] == 410
        assert time.monotonic() - began < 5


# -- S3 ------------------------------------------------------------------------------------------


def test_pictures_lie_in_a_bucket_and_readers_get_them_from_our_own_address(site, s3):
    there = {"UPLOADS_BUCKET": "uploads", "S3_ENDPOINT": s3.address}
    port = site.serve(**there)
    token = "a" * 32
    signed_in = {"Cookie": f"sessionid={site.do('session')}; csrftoken={token}"}
    form = (
        b'--x\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n'
        b"Content-Type: image/png\r\n\r\n" + PNG + b"\r\n--x--\r\n"
    )
    upload = {"Content_Type": "multipart/form-data; boundary=x", "X_CSRFToken": token, **signed_in}
    answer = get(port, "/markdownx/upload/", "POST", form, **upload)

    assert answer[0] == 200, answer
    [address] = re.findall(rb"/media/pictures/[0-9a-f]{64}\.png", answer[2])
    address = address.decode()
    key = address.removeprefix("/media/")
    held = s3.client.get_object(Bucket="uploads", Key=key)
    code, headers, body = get(port, address)
    assert (code, body, headers["content-type"]) == (200, held["Body"].read(), "image/png")
    assert held["ContentType"] == "image/png"
    assert "immutable" in headers["cache-control"]
    assert headers["content-security-policy"].count("default-src 'self'") == 1
    assert get(port, address, If_None_Match=headers["etag"])[0] == 304
    assert get(port, address.replace("/media/pictures/", "/media/pictures/../"))[0] == 404
    assert get(port, f"/media/pictures/{'0' * 64}.png")[0] == 404
    # Storage that gives other bytes than those that were signed gives none.
    s3.client.put_object(Bucket="uploads", Key=key, Body=b"another picture")
    assert get(port, address)[0] == 404

    away = site.serve(**there | {"S3_ENDPOINT": f"http://127.0.0.1:{loopback.free_port()}"})
    assert get(away, address)[0] == 503
    assert get(away, page(STAYS))[0] == 200
    answer = get(away, "/markdownx/upload/", "POST", form, **upload)
    assert (answer[0], b"could not be stored" in answer[2]) == (400, True)


def test_what_is_baked_is_copied_into_a_bucket_and_what_is_withdrawn_leaves_it_first(
    site, s3, tmp_path
):
    there = {"BAKED_BUCKET": "baked", "S3_ENDPOINT": s3.address}

    def bake(*options, **env):
        at = len(s3.asked())
        done = site.manage("bake", tmp_path, "--no-pdf", "--upload", *options, **there | env)
        return done, [(verb, key.removeprefix("baked/")) for verb, key in s3.asked()[at:]]

    for env, sentence in (
        ({"BAKED_BUCKET": ""}, "Set BAKED_BUCKET to the bucket"),
        ({"BAKED_BUCKET": "none"}, "The bucket none at http"),
    ):
        done, asked = bake(**env)
        assert (done.returncode, sentence in done.stderr) == (1, True), done.stderr
        assert "PUT" not in [verb for verb, _key in asked]
        assert not (tmp_path / "current").exists()  # nothing was made in vain
    done, asked = bake()

    assert done.returncode == 0, done.stderr
    release = (tmp_path / "current" / "site").resolve()
    sent = [key for verb, key in asked if verb == "PUT" and key != ".baked.json"]
    at = [at for at, key in enumerate(sent) if re.search(r"\.html(\.\w+)?$", key)]
    assert at == list(range(at[0], len(sent)))  # after all that they load
    key = "en/questions/stored/index.html"
    for ending, encoding in (("", None), (".br", "br"), (".gz", "gzip")):
        held = s3.client.get_object(Bucket="baked", Key=key + ending)
        assert held["Body"].read() == (release / (key + ending)).read_bytes()
        assert held.get("ContentEncoding") == encoding
        assert held["ContentType"] == "text/html; charset=utf-8"
        assert held["CacheControl"] == "public, max-age=0, stale-while-revalidate=1"
        assert held["ContentLanguage"] == "en"
    kinds = {"static/site.css": "text/css; charset=utf-8", "sitemap.xml": "application/xml"}
    for name, kind in kinds.items():
        assert s3.client.head_object(Bucket="baked", Key=name)["ContentType"] == kind

    # Nothing changed: nothing sent.
    done, asked = bake("--changed")
    assert {verb for verb, _key in asked} == {"GET"}
    assert " 0 objects sent" in done.stdout

    site.do("withdraw", slug="stored")
    done, asked = bake("--changed")
    assert done.returncode == 0, done.stderr
    verbs = [(verb, key) for verb, key in asked if key != ".baked.json"]
    assert verbs[0] == ("POST", "baked?delete")
    changed = {key for verb, key in verbs if verb == "PUT"}
    assert "en/questions/stored/gone.html" in changed
    assert len(changed) < len(sent) / 2
    listed = s3.client.get_paginator("list_objects_v2").paginate(Bucket="baked")
    held = {each["Key"] for some in listed for each in some["Contents"]} - {".baked.json"}
    assert key not in held
    assert held == {
        path.relative_to(tmp_path / "current/site").as_posix()
        for path in (tmp_path / "current/site").rglob("*")
        if path.is_file() and path.suffix != ".ask"
    } | {each for each in held if "redirect" in str(_head(s3, each))}


def _head(s3, key):
    found = s3.client.head_object(Bucket="baked", Key=key)
    return "redirect" if "WebsiteRedirectLocation" in found else ""


@pytest.mark.fault("broken off", "the copy into a bucket", "sending pages")
def test_copy_that_was_killed_is_ended_by_the_next_one(s3, tmp_path, settings, monkeypatch):
    options = {"bucket_name": "baked2", "endpoint_url": s3.address, "region_name": "us-east-1"}
    keys = {"access_key": "testing", "secret_key": "testing"}
    bucket = {"BACKEND": "review.buckets.Bucket", "OPTIONS": options | keys}
    settings.STORAGES = settings.STORAGES | {"baked": bucket}
    s3.client.create_bucket(Bucket="baked2")

    def baked(**files):
        made = release.Release(tmp_path)
        made.site.mkdir(exist_ok=True)
        made.manifest = release.Manifest("http://site.example", "", [], False)
        for name, text in files.items():
            (made.site / f"{name}.html").write_text(text)
            page = pages.Page(200, f"{name}.html", sha256(text.encode()).hexdigest(), len(text))
            made.manifest.pages[f"/{name}.html"] = page
        return made

    def held():
        found = s3.client.list_objects_v2(Bucket="baked2")["Contents"]
        names = [each["Key"] for each in found if each["Key"] != store.STATE]
        return {
            name.removesuffix(".html"): s3.client.get_object(Bucket="baked2", Key=name)["Body"]
            .read()
            .decode()
            for name in names
        }

    first, second = {"a": "1", "b": "1", "c": "1"}, {"a": "2", "b": "2", "d": "2"}
    store.Store().copy(baked(**first))
    assert held() == first
    put, sent = buckets.Bucket.put, []

    def power_fails(self, key, body, **headers):
        if key != store.STATE:
            sent.append(key)
            if len(sent) > 1:
                raise OSError("The power fails.")
        put(self, key, body, **headers)

    with monkeypatch.context() as patch:
        patch.setattr(buckets.Bucket, "put", power_fails)
        with pytest.raises(store.NotStored, match="The power fails"):
            store.Store().copy(baked(**second))
    store.Store().copy(baked(**first))  # gone back: what was sent already is sent again
    assert held() == first
    store.Store().copy(baked(**second))
    assert held() == second


# -- The task worker -----------------------------------------------------------------------------


@pytest.mark.fault("kill -9", "a task worker", "sending mail")
def test_worker_that_dies_in_the_middle_of_a_mail_loses_none_and_sends_none_twice(site):
    mailbox = loopback.Mailbox()
    mail = {"EMAIL_URL": mailbox.url}
    people = site.do("ask", advisors=3)
    first = site.worker(**mail)
    site.do("queue", task="tell")
    until(mailbox.cut_off.is_set, 30, "the second mail")
    kill(first)

    # The next job, of any kind, is another worker's: it sends what nobody was at.
    site.worker(**mail)
    site.do("queue", task="publish_due")
    until(lambda: len(mailbox.taken) == len(people) - 1, 30, "the third mail")
    until(lambda: site.do("waiting")[1][-1] == "SUCCESSFUL", what="the end of the job")
    assert mailbox.left not in mailbox.taken
    # What the dead one was at is free after ten minutes, not before: it might only be slow.
    site.do("queue", task="tell")
    until(lambda: site.do("waiting")[1][-1] == "SUCCESSFUL", what="the end of the job")
    assert len(mailbox.taken) == len(people) - 1
    assert site.do("ten_minutes_pass") > 0
    site.do("queue", task="publish_due")
    until(lambda: len(mailbox.taken) == len(people), what="the mail that was held")
    until(lambda: site.do("waiting")[1][-1] == "SUCCESSFUL", what="the end of the job")

    assert sorted(mailbox.taken) == sorted(people)
    waiting, jobs = site.do("waiting")
    assert waiting == 0
    assert jobs == ["RUNNING", "SUCCESSFUL", "SUCCESSFUL", "SUCCESSFUL"]
    mailbox.shutdown()
    mailbox.server_close()
