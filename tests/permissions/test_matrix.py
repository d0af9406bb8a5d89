"""Who gets where: every address, with every method, by every role, in every language that matters,
held against ``matrix.csv``. ``WRITE_MATRIX=new pytest tests/permissions`` tries and adds what has
no row yet, in seconds; ``WRITE_MATRIX=all`` writes all anew. Read what changed before you commit.

yes: let in (what the state of things allows is another question) · sign in: led to the sign-in ·
no: refused · none: nothing there for anybody · not so: not with this method · everybody: the page
of readers, the same for all.
"""

import csv
import os
import re
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from PIL import Image

from review import workflow
from review.scorecard.instruments import instruments
from tests import factories as f
from tests.review.test_admin_roles import desk  # noqa: F401

from .addresses import LANGUAGE, Addresses, rows

pytestmark = pytest.mark.django_db
WRITE = os.environ.get("WRITE_MATRIX", "")
FILE = Path(__file__).with_name("matrix.csv")
ROLES = [
    *("anonymous", "outsider", "nobody", "editor", "translator", "advisor", "editor who signs"),
    "admin",
]
HEAD = ["route", "method", "language", *ROLES]


def kept():
    with FILE.open(newline="") as file:
        return {
            tuple(row[name] for name in HEAD[:3]): {role: row[role] for role in ROLES}
            for row in csv.DictReader(file)
        }


def body_of(row, item, review, public, user):
    """What a POST sends where the answer hangs on it."""
    if row.route.endswith(("/<path:object_id>/change/", "/autosave/")) and row.language:
        token = workflow.token(workflow.newest_revision(item, row.language))
        text = f.text_for(type(item), "Posted")
        return {
            **text,
            "action": "save",
            "based_on": token,
            "origin": "human",
            "writer": user.pk or "",
        }
    if row.route.startswith("admin/review/board/"):
        return {"language": row.language, "format": "xliff2", "all": "1"}
    if row.route in ("admin/review/recheck/", "admin/review/check/"):
        named = {"item_type": "topics.topic", "key": public.key}
        return {**named, "language": "en", "reason": "Read it again"}
    if row.route.startswith("admin/review/scorecard/"):
        return {"instrument": instruments()[0].id, "seen": "not what it is"}
    if row.route.startswith("admin/evidence/source/watch/"):
        return {"action": "query" if "key" in row.route else "bring", "query": "liver"}
    if row.route == "markdownx/upload/":
        return {"image": picture()}
    if row.route == "admin/review/reviewrequest/<path:object_id>/change/":
        seen = {f"fingerprints-{pk}": value for pk, value in f.expected(review).items()}
        return {"action": "approve", "attest": "en", **seen}
    return {}


def picture():
    drawn = BytesIO()
    Image.new("RGB", (2, 2)).save(drawn, "PNG")
    return SimpleUploadedFile("dot.png", drawn.getvalue(), "image/png")


def verdict(response):
    status, target = response.status_code, response.headers.get("Location", "")
    if status == 401 or target.startswith("/admin/login/"):
        return "sign in"
    if status >= 500 and status != 503:
        return f"error {status}"
    return {403: "no", 404: "none", 410: "none", 405: "not so"}.get(status, "yes")


def tried(role):
    known = kept() if WRITE == "new" else {}
    return [row for row in rows() if not known.get(tuple(row), {}).get(role)]


# Who has a page open, and who is signed in; whoever opens her page of second factors is offered a
# new secret; the bookmark follows the ledger.
LOOKING_WRITES = {"review_presence", "review_session", "otp_totp_totpdevice", "review_bookmark"}


@contextmanager
def written_by():
    """The tables that were written meanwhile."""
    found = set()

    def note(execute, sql, params, many, context):
        if written := re.match(r'(?:INSERT(?: OR \w+)? INTO|UPDATE|DELETE FROM) "(\w+)"', sql):
            found.add(written[1])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield found


def column(role, desk):  # noqa: F811
    """What one role gets, row by row; whatever it does is undone. Looking changes nothing."""
    client = Client(raise_request_exception=False)
    user = desk.users.get(role, AnonymousUser())
    if role != "anonymous":
        client.force_login(user)
    cookies = client.cookies.output(header="")
    addresses, review, found = Addresses(desk), desk.requests[0], {}
    for row in tried(role):
        if LANGUAGE in row.route and role != "anonymous":
            found[row] = "everybody"
            continue
        item = next(
            (i for i in desk.items.values() if f"/{i._meta.model_name}/" in row.route), None
        )
        with transaction.atomic(), written_by() as tables:
            send = client.get if row.method == "GET" else client.post
            sent = None
            if send == client.post:
                sent = body_of(row, item, review, addresses.topic, user)
            answer = send(addresses.address(row), sent)
            found[row] = verdict(answer)
            transaction.set_rollback(True)
        if row.method == "GET":
            assert tables <= LOOKING_WRITES, (row, tables)
        client.cookies.load(cookies)
    return found


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """A PDF or a picture is drawn elsewhere; here it is asked for."""
    monkeypatch.setattr("reading.pdf.made", lambda html, base_url: b"%PDF-")


@pytest.mark.asvs("8.2.1", "8.3.1", "8.1.1")
def test_every_address_has_its_row_and_every_row_its_address():
    written, there = set(kept()), {tuple(row) for row in rows()}

    assert there - written == set(), "an address without a row: WRITE_MATRIX=new, and read it"
    assert written - there == set(), "a row whose address is gone"


@pytest.mark.asvs("8.2.1", "8.2.2", "8.3.1", "6.3.4")
@pytest.mark.parametrize("role", ROLES)
def test_every_role_gets_as_far_as_the_matrix_says(desk, role):  # noqa: F811
    found = column(role, desk)

    assert {row: got for row, got in found.items() if got.startswith("error")} == {}
    if WRITE:
        write(role, found)
    before = kept()
    differs = {
        tuple(row): (before.get(tuple(row), {}).get(role), got)
        for row, got in found.items()
        if before.get(tuple(row), {}).get(role) != got
    }
    assert differs == {}


def write(role, found):
    known = kept() if FILE.exists() else {}
    with FILE.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEAD)
        for row in rows():
            cells = known.get(tuple(row), dict.fromkeys(ROLES, ""))
            cells[role] = found.get(row, cells[role])
            writer.writerow([*row, *(cells[each] for each in ROLES)])
