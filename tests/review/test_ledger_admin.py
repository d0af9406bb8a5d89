"""The ledger in the admin: sentences, filters, one line, downloads; looked at and never changed."""

import csv
import json
import re
from datetime import datetime, timedelta
from io import BytesIO, StringIO
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import Permission
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from review import archive, discussion, ledger, workflow
from review import people as people_
from review.desk import ledger as pages
from review.desk import sentences
from review.models import LedgerEntry, Preference, Revision, SignOff
from tests import factories as f

from .records import text
from .test_archive import events

pytestmark = pytest.mark.django_db

LIST = "/admin/review/ledgerentry/"


@pytest.fixture(scope="module")
def desk(django_db_setup, django_db_blocker):
    """A ledger with many kinds of lines. Rolled back at the end."""
    with django_db_blocker.unblock(), transaction.atomic():
        people = f.People()
        topic = f.make_topic()
        f.make_public(people, topic, text=text("Old"))
        f.make_public(people, topic, "es", text=text("Viejo"))
        request = f.submit(people, topic, "en", text("New"), significance="wording")
        comment = discussion.say(request.revisions.get(), by=people.advisor, text="Shorter")
        discussion.resolve(comment, by=people.editor)
        workflow.request_changes(request, by=people.advisor, comment="=1+1 shorter")
        workflow.withdraw(topic, "es", by=people.spanish_advisor, reason="Wrong dose")
        people_.recheck(topic, "en", by=people.advisor, reason="A new study")
        release = workflow.make_release("Spring", by=people.editor)
        draft = f.save(topic, "en", people.editor, text("Newer"))
        workflow.submit([draft], by=people.editor, release=release)
        yield SimpleNamespace(people=people, topic=topic, request=request, release=release)
        transaction.set_rollback(True)


@pytest.fixture
def reader(client, desk):
    client.force_login(desk.people.advisor)
    return client


def get(client, **query):
    return client.get(LIST, query)


def numbers(response):
    return [entry.number for entry, _sentence in response.context["lines"]]


def told_in(response):
    return [sentence for _entry, sentence in response.context["lines"]]


def downloaded(client, kind, **query):
    response = client.get(reverse(f"admin:review_ledgerentry_{kind}"), query)
    return response, b"".join(response.streaming_content)


# -- The list -------------------------------------------------------------------------------------


def test_each_line_says_who_did_what_to_which_text(reader, desk):
    said = told_in(get(reader))

    name, key = str(desk.people.advisor), desk.topic.key
    assert f"{name} signed “{key}” (topic, English)." in said
    assert f"“{key}” (topic, Español) was taken down, by {desk.people.spanish_advisor}." in said
    assert f"{name} gave request {desk.request.pk} back for changes." in said
    assert f"{desk.people.editor} began the release “Spring”." in said
    assert "The ledger was begun." in said


def test_every_event_has_its_sentence():
    assert events() - set(sentences.EVENTS) == set()


def test_an_event_that_nobody_thought_of_is_told_all_the_same(reader, desk):
    with ledger.locked():
        ledger.append("item:polish", desk.people.editor, item_type="topics.topic", key="a-key")
        ledger.append("desk:polish", desk.people.editor)

    said = told_in(get(reader))[:2]

    assert said == [
        f"{desk.people.editor}: desk:polish",
        f"{desk.people.editor}: item:polish, “a-key” (topic)",
    ]


def test_the_head_stands_on_top(reader):
    head = archive.head()

    page = get(reader).content.decode()

    assert f"Newest line {head.number}" in page
    assert head.digest in page


def test_each_line_leads_to_its_page(reader):
    page = get(reader).content.decode()

    for number in numbers(get(reader)):
        assert f'href="{LIST}{number}/change/"' in page


def test_the_sentences_are_in_the_language_that_the_person_chose(reader, desk):
    Preference.objects.create(user=desk.people.advisor, language="es")

    assert 'lang="es"' in get(reader).content.decode()


FILTERS = {
    "event": lambda desk: {"event": "signoff:approve"},
    "language": lambda desk: {"language": "es"},
    "item": lambda desk: {"item": desk.topic.key},
    "item's type": lambda desk: {"item": f"topics.topic:{desk.topic.key}"},
    "actor": lambda desk: {"actor": str(desk.people.editor)},
    "first": lambda desk: {"first": 4},
    "last": lambda desk: {"last": 4},
    "one line": lambda desk: {"first": 4, "last": 4},
    "today": lambda desk: {"since": str(timezone.localdate()), "until": str(timezone.localdate())},
    "two at once": lambda desk: {"language": "es", "event": "item:withdraw"},
}
PASSES = {
    "event": lambda entry, desk: entry.event == "signoff:approve",
    "language": lambda entry, desk: entry.language == "es",
    "item": lambda entry, desk: entry.key == desk.topic.key,
    "item's type": lambda entry, desk: entry.key == desk.topic.key,
    "actor": lambda entry, desk: entry.actor.startswith(str(desk.people.editor)),
    "first": lambda entry, desk: entry.number >= 4,
    "last": lambda entry, desk: entry.number <= 4,
    "one line": lambda entry, desk: entry.number == 4,
    "today": lambda entry, desk: True,
    "two at once": lambda entry, desk: (entry.event, entry.language) == ("item:withdraw", "es"),
}


@pytest.mark.parametrize("name", FILTERS)
def test_the_address_filters_list_and_downloads_alike(reader, desk, name):
    query = FILTERS[name](desk)
    lines = LedgerEntry.objects.order_by("-number")
    wanted = [entry.number for entry in lines if PASSES[name](entry, desk)]
    assert wanted

    assert numbers(get(reader, **query)) == wanted
    _response, file = downloaded(reader, "jsonl", **query)
    assert [json.loads(line)["number"] for line in file.splitlines()] == wanted[::-1]


@pytest.mark.parametrize(("days", "found"), [(-1, False), (0, True), (1, False)])
def test_a_day_is_a_day_of_the_sites_time_zone(reader, desk, days, found, settings):
    settings.TIME_ZONE = "Pacific/Auckland"
    last = archive.head()
    day = str(timezone.localtime(last.at).date() + timedelta(days))

    assert (last.number in numbers(get(reader, since=day, until=day))) is found


BAD = {
    "no such event": {"event": "item:explode"},
    "no such language": {"language": "xx"},
    "no day": {"since": "yesterday"},
    "a day that is none": {"until": "2026-02-30"},
    "the first of all days": {"since": "0001-01-01"},
    "the last of all days": {"until": "9999-12-31"},
    "days exchanged": {"since": "2026-03-02", "until": "2026-03-01"},
    "lines exchanged": {"first": "9", "last": "8"},
    "a number below zero": {"first": "-1"},
    "a number beyond every ledger": {"last": "9" * 30},
    "no number": {"first": "one"},
    "a name longer than any": {"actor": "x" * 151},
}


@pytest.mark.parametrize("name", BAD)
def test_a_filter_that_makes_no_sense_is_explained_and_shows_nothing(reader, name):
    response = get(reader, **BAD[name])

    assert response.status_code == 400
    assert numbers(response) == []
    [errors] = response.context["form"].errors.values()
    assert errors[0] in response.content.decode().replace("&#x27;", "'")
    for kind in pages.WRITERS:
        refused = reader.get(reverse(f"admin:review_ledgerentry_{kind}"), BAD[name])
        assert refused.status_code == 400


@pytest.mark.parametrize("value", ["", "abc", "-5", "9" * 30, "٣"])
def test_a_place_that_is_none_begins_with_the_newest(reader, value):
    assert numbers(get(reader, before=value)) == numbers(get(reader))


def test_no_line_is_said_so(reader):
    assert "No line is like that." in get(reader, item="nothing").content.decode()


def test_pages_follow_each_other_without_gap_or_repetition(reader, monkeypatch):
    monkeypatch.setattr(pages, "A_PAGE", 4)
    found, address = [], "?event="

    while address:
        page = reader.get(LIST + address)
        found += numbers(page)
        older = page.context["older"]
        address = f"?{older}" if older else ""

    assert found == list(range(archive.head().number, -1, -1))
    assert page.context["newest"] == "event="


def test_the_list_costs_the_same_for_one_line_and_for_fifty(reader):
    def queries(**query):
        with CaptureQueriesContext(connection) as found:
            get(reader, **query)
        return len(found)

    queries()  # what a process looks up once, it has looked up now

    assert queries(first=0, last=0) == queries() <= 12


def test_the_list_counts_nothing_and_searches_no_payload(reader, desk):
    with CaptureQueriesContext(connection) as found:
        get(reader, item=desk.topic.key, actor="a")

    for query in found:
        if "ledgerentry" in query["sql"]:
            where = query["sql"].partition("WHERE")[2]
            assert "COUNT(" not in query["sql"]
            assert "payload" not in where


# -- One line -------------------------------------------------------------------------------------


def page(client, number):
    return client.get(f"{LIST}{number}/change/")


def line(event):
    return LedgerEntry.objects.filter(event=event).order_by("number").last()


def test_every_line_has_its_page(reader):
    for entry in LedgerEntry.objects.all():
        shown = page(reader, entry.number)
        assert shown.status_code == 200
        assert shown.context["holds"]
        assert sentences.sentence(entry, sentences.payload_of(entry)) in shown.context["sentence"]


def test_a_decision_is_told_in_words_and_leads_to_what_it_is_about(reader, desk):
    entry = line("item:withdraw")

    shown = page(reader, entry.number).content.decode()

    assert "Wrong dose" in shown
    assert "safety: the old text could harm" in shown
    for address in (
        f"/admin/topics/topic/{desk.topic.pk}/change/?language=es",
        f"/admin/review/signoff/{entry.sign_off_id}/change/",
        f"{LIST}{entry.number - 1}/change/",
        f"{LIST}{entry.number + 1}/change/",
    ):
        assert f'href="{address}"' in shown


def test_a_submission_leads_to_its_texts_and_its_request(reader, desk):
    entry = LedgerEntry.objects.filter(event="request:submit").order_by("number")[2]
    revision = desk.request.revisions.get()

    shown = page(reader, entry.number).content.decode()

    assert f"/admin/review/reviewrequest/{desk.request.pk}/change/" in shown
    assert f"/admin/review/revision/{revision.pk}/change/" in shown


def test_a_line_whose_digest_does_not_fit_says_so(reader, sql_unguarded):
    entry = line("item:withdraw")
    sql_unguarded(
        "UPDATE review_ledgerentry SET payload = %s WHERE number = %s",
        entry.payload.replace("Wrong", "Right"),
        entry.number,
    )

    shown = page(reader, entry.number)

    assert not shown.context["holds"]
    assert "tell an administrator" in shown.content.decode()


@pytest.mark.parametrize("payload", ["", "[", "[]", "7", '{"revisions": [1, [2], ["a", "b"]]}'])
def test_a_payload_that_was_made_unreadable_is_shown_not_a_crash(reader, sql_unguarded, payload):
    entry = line("request:submit")
    sql_unguarded(
        "UPDATE review_ledgerentry SET payload = %s WHERE number = %s", payload, entry.number
    )

    assert page(reader, entry.number).status_code == 200
    assert get(reader).status_code == 200
    _response, file = downloaded(reader, "csv")
    assert len(file.splitlines()) >= archive.head().number + 2


@pytest.mark.parametrize("number", ["999999", "0x1", "9" * 30, "-1", "%00"])
def test_a_line_that_is_not_there_is_not_found(reader, number):
    assert page(reader, number).status_code == 404


def test_what_a_payload_says_is_escaped(reader, desk):
    with ledger.locked():
        entry = ledger.append("item:retire", desk.people.editor, reason="<script>alert(1)</script>")

    for shown in (page(reader, entry.number), get(reader)):
        assert "<script>alert" not in shown.content.decode()


# -- Who ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["nobody", "translator"])
def test_who_may_not_look_gets_nothing(client, desk, who):
    client.force_login(getattr(desk.people, who))

    for address in (LIST, f"{LIST}1/change/", f"{LIST}export.csv", f"{LIST}export.jsonl"):
        assert client.get(address).status_code == 403


def test_one_permission_is_enough(client, desk):
    user = f.make_user()
    user.user_permissions.add(Permission.objects.get(codename="view_ledgerentry"))
    client.force_login(user)

    assert get(client).status_code == 200
    assert page(client, line("item:withdraw").number).status_code == 200
    assert downloaded(client, "jsonl")[0].status_code == 200


@pytest.mark.parametrize("who", ["advisor", "editor", "admin"])
def test_nobody_changes_a_line(client, desk, who):
    client.force_login(getattr(desk.people, who))
    before = list(LedgerEntry.objects.values())

    for address in (LIST, f"{LIST}1/change/", f"{LIST}1/delete/", f"{LIST}add/"):
        client.post(address, {"actor": "Somebody", "post": "yes", "event": "x"})
    for kind in pages.WRITERS:
        assert client.post(f"{LIST}export.{kind}").status_code == 405

    assert list(LedgerEntry.objects.values()) == before


# -- Downloads ------------------------------------------------------------------------------------


def test_the_whole_ledger_as_json_lines_holds_by_itself(reader):
    response, file = downloaded(reader, "jsonl")

    head = archive.head()
    sound = archive.check(BytesIO(file))
    assert (sound.number, sound.digest) == (head.number, head.digest)
    assert response["Content-Disposition"] == f'attachment; filename="ledger-{head.number}.jsonl"'
    assert "no-store" in response["Cache-Control"]


def test_a_part_is_called_a_part_and_is_no_whole_ledger(reader):
    response, file = downloaded(reader, "jsonl", event="item:publish")

    assert 'filename="ledger-part.jsonl"' in response["Content-Disposition"]
    with pytest.raises(archive.Unsound, match="export the whole ledger"):
        archive.check(BytesIO(file))


def test_a_place_in_the_list_narrows_no_download(reader):
    response, file = downloaded(reader, "jsonl", before=3)

    assert len(file.splitlines()) == archive.head().number + 1
    assert "part" not in response["Content-Disposition"]


def test_csv_tells_each_line_in_a_sentence(reader, desk):
    _response, file = downloaded(reader, "csv")

    header, *rows = csv.reader(StringIO(file.decode("utf-8-sig")))
    assert file.startswith(b"\xef\xbb\xbf")
    assert {len(row) for row in rows} == {len(header)}
    assert [int(row[0]) for row in rows] == list(range(archive.head().number + 1))
    [row] = [row for row in rows if row[2] == "item:withdraw"]
    assert row[3] == f"“{desk.topic.key}” (topic, Español) was taken down, by {row[4]}."
    assert row[10] == "Wrong dose"
    assert datetime.fromisoformat(row[1]).tzinfo is not None


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\n=1", "=cmd|' /C calc'!A0"]
)
def test_a_spreadsheet_takes_no_cell_for_a_formula(reader, desk, text):
    with ledger.locked():
        ledger.append("item:retire", desk.people.editor, reason=text, key="@key", language="es")

    _response, file = downloaded(reader, "csv", language="es")

    *_others, last = csv.reader(StringIO(file.decode("utf-8-sig"), newline=""))
    assert last[10] == f"'{text}"
    assert last[6] == "'@key"
    assert not [cell for cell in last if re.match(r"\s*[=+\-@\t\r]", cell)]


def test_a_download_is_sent_while_it_is_made(reader):
    with CaptureQueriesContext(connection) as found:
        response = reader.get(f"{LIST}export.jsonl")
        begun = len(found)
        next(iter(response.streaming_content))
        assert len(found) == begun + 1
    assert response.streaming


def test_what_is_added_during_a_download_waits_for_the_next(reader, desk):
    last = archive.head().number
    response = reader.get(f"{LIST}export.jsonl")
    with ledger.locked():
        ledger.append("item:retire", desk.people.editor)

    lines = b"".join(response.streaming_content).splitlines()

    assert json.loads(lines[-1])["number"] == last


# -- Revisions and sign-offs ----------------------------------------------------------------------


def test_every_sign_off_is_told_in_words(reader, desk):
    for sign_off in SignOff.objects.all():
        shown = reader.get(f"/admin/review/signoff/{sign_off.pk}/change/")
        html = shown.content.decode()
        assert shown.status_code == 200
        assert f"/admin/review/revision/{sign_off.revision_id}/change/" in html
        assert f"/admin/topics/topic/{desk.topic.pk}/change/?language={sign_off.language}" in html
        assert sign_off.name in html
        assert sign_off.fingerprint in html
        assert "[[" not in html
        for entry in sign_off.ledger_entries.all():
            assert f"{LIST}{entry.number}/change/" in html


def test_who_may_not_see_the_ledger_sees_no_line_of_it_beside_a_sign_off(client, desk):
    client.force_login(desk.people.translator)
    sign_off = SignOff.objects.first()

    shown = client.get(f"/admin/review/signoff/{sign_off.pk}/change/")

    assert shown.status_code == 200
    assert LIST not in shown.content.decode()


def test_every_revision_is_shown_as_readers_would_see_it(reader):
    for revision in Revision.objects.all():
        shown = reader.get(f"/admin/review/revision/{revision.pk}/change/")
        html = shown.content.decode()
        assert shown.status_code == 200
        assert f"<p>{revision.text['body']}</p>" in html
        assert revision.get_state_display() in html
        assert all(author.name in html for author in revision.authors.all())


def test_a_revision_of_facts_only_and_of_an_item_that_needs_others_are_shown(client, people):
    whole = f.WholeGuide(topics=1)
    whole.publish(people, "en")
    client.force_login(people.editor)

    for revision in Revision.objects.all():
        shown = client.get(f"/admin/review/revision/{revision.pk}/change/")
        assert shown.status_code == 200
        assert shown.context["shown"] is not None, revision


@pytest.mark.parametrize("stored", ["[]", "7", '{"other": "x"}'])
def test_a_revision_whose_text_was_damaged_is_shown_not_a_crash(
    reader, desk, sql_unguarded, stored
):
    revision = desk.request.revisions.get()
    sql_unguarded("UPDATE review_revision SET text = %s WHERE id = %s", stored, revision.pk)

    shown = reader.get(f"/admin/review/revision/{revision.pk}/change/")

    assert shown.status_code == 200
    assert "does not have its fingerprint" in shown.content.decode()


def test_a_revision_page_costs_the_same_however_many_decisions_there_were(reader, desk):
    def queries():
        revision = Revision.objects.filter(key=desk.topic.key, language="en").first()
        with CaptureQueriesContext(connection) as found:
            reader.get(f"/admin/review/revision/{revision.pk}/change/")
        return len(found)

    queries()  # what a process looks up once, it has looked up now
    before = queries()
    request = Revision.objects.get(state="in review").request
    f.approve(desk.people, request)
    topic = type(desk.topic).objects.get(pk=desk.topic.pk)
    seen = topic.sign_off_in("en").fingerprints
    workflow.reaffirm(topic, "en", by=desk.people.advisor, expected=seen)

    assert queries() == before
