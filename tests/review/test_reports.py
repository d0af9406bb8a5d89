"""Readers' reports on the desk: who sees them, what becomes of them, and when they are deleted."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from review import reports, workflow
from review.guards import TransitionNotAllowed
from review.models import LedgerEntry, Recheck, Report
from tests import factories as f
from tests.pages import parse_part

from .records import in_two_languages, problems, text

pytestmark = pytest.mark.django_db

LIST = "/admin/review/report/"
WORDS = "The <b>second</b> number is wrong."


def told(topic, language="en", words=WORDS, kind="mistake"):
    sign_off = workflow.fresh(topic).sign_off_in(language)
    return reports.receive(sign_off, kind, words, language)


def page_of(report):
    return reverse("admin:review_report_change", args=[report.pk])


def fresh(report):
    return Report.objects.select_related("recheck").get(pk=report.pk)


def shown(client, address=LIST):
    """The numbers of the reports that a page shows."""
    response = client.get(address)
    assert response.status_code == 200, address
    page = parse_part(response.content.decode(), strict=False)
    return [
        int(each.attrs["id"].removeprefix("report-")) for each in page.all("article", class_="told")
    ]


# -- Who ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "may"),
    [
        ("editor", True),
        ("advisor", True),
        ("admin", True),
        ("translator", False),
        ("nobody", False),
    ],
)
def test_editors_and_advisors_see_and_decide_and_nobody_else(client, people, who, may):
    report = told(in_two_languages(people))
    client.force_login(getattr(people, who))

    pages = {client.get(page).status_code for page in (LIST, page_of(report))}
    tried = client.post(page_of(report), {"action": "open"}).status_code

    assert pages == ({200} if may else {403})
    assert tried == (302 if may else 403)
    assert fresh(report).state == ("opened" if may else "new")
    desk = client.get("/admin/").content.decode()
    assert ("Reports from readers" in desk) is may
    for act in (reports.open_review, reports.forget):
        if not may:
            with pytest.raises(PermissionDenied):
                act(report, by=getattr(people, who))


def test_tile_tells_an_editor_of_all_and_an_advisor_of_her_languages(client, people):
    topic = in_two_languages(people)
    told(topic, "es", "En español")
    told(topic, "en", "In English")
    seen = {}

    for who in ("editor", "advisor", "spanish_advisor"):
        client.force_login(getattr(people, who))
        desk = client.get("/admin/").content.decode()
        seen[who] = {words for words in ("En español", "In English") if words in desk}

    assert seen == {
        "editor": {"En español", "In English"},
        "advisor": {"In English"},
        "spanish_advisor": {"En español"},
    }


# -- What becomes of a report ---------------------------------------------------------------------


def test_one_click_opens_a_review_of_that_text_and_language_with_the_words_beside_it(
    client, people
):
    topic = in_two_languages(people)
    report = told(topic, "es")
    client.force_login(people.editor)

    done = client.post(page_of(report), {"action": "open", "place": "language=es&evil=1"})

    assert done["Location"] == f"{LIST}?language=es"
    recheck = Recheck.objects.get()
    assert (recheck.key, recheck.language, recheck.closed_at) == (topic.key, "es", None)
    assert fresh(report).recheck == recheck
    client.force_login(people.spanish_advisor)
    item = reverse("admin:topics_topic_change", args=[topic.pk]) + "?language=es"
    draft = f.submit(people, topic, "es", text("Nuevo"))
    request = reverse("admin:review_reviewrequest_change", args=[draft.pk])
    for page in ("/admin/", item, request):
        html = client.get(page).content.decode()
        assert "The &lt;b&gt;second&lt;/b&gt; number is wrong." in html, page
    other = reverse("admin:topics_topic_change", args=[topic.pk]) + "?language=en"
    assert "number is wrong" not in client.get(other).content.decode()
    assert problems() == []


def test_no_word_of_a_reader_gets_into_the_ledger(people):
    reports.open_review(told(in_two_languages(people)), by=people.editor)

    last = LedgerEntry.objects.latest("number")

    assert last.event == "recheck:open"
    assert "wrong" not in last.payload
    assert "A reader’s report, number" in last.payload


def test_report_about_a_text_that_is_not_public_any_more_opens_nothing(client, people):
    topic = in_two_languages(people)
    report = told(topic, "es")
    workflow.withdraw(topic, "es", by=people.spanish_advisor, reason="Wrong")
    client.force_login(people.editor)

    refused = client.post(page_of(report), {"action": "open"})

    assert refused.status_code == 409
    assert "is not public in this language" in refused.content.decode()
    assert fresh(report).state == "new"
    assert not Recheck.objects.exists()


@pytest.mark.parametrize("act", ["dismiss", "answer"])
def test_a_report_is_settled_with_a_reason_which_a_refusal_does_not_lose(client, people, act):
    report = told(in_two_languages(people))
    client.force_login(people.editor)

    for reason, says in (
        ("", "Give the reason"),
        ("x" * 501, "at most 500 fit"),
        ("\x00", "U+0000"),
    ):
        refused = client.post(page_of(report), {"action": act, "reason": reason})
        assert refused.status_code == 409
        assert says in refused.content.decode()
        assert fresh(report).state == "new"
    assert (
        f'value="{"x" * 501}"'
        in client.post(page_of(report), {"action": act, "reason": "x" * 501}).content.decode()
    )
    client.post(page_of(report), {"action": act, "reason": " Said in the second part. "})

    kept = fresh(report)
    assert kept.state == {"dismiss": "dismissed", "answer": "answered"}[act]
    assert (kept.reason, kept.decided_by) == ("Said in the second part.", str(people.editor))
    assert shown(client) == []
    assert shown(client, f"{LIST}?state={kept.state}") == [report.pk]
    refused = client.post(page_of(report), {"action": act, "reason": "Again"})
    assert refused.status_code == 409


def test_what_opened_a_review_is_settled_by_the_decision_about_the_text(people):
    topic = in_two_languages(people)
    report = told(topic)
    reports.open_review(report, by=people.editor)

    for act in (
        lambda: reports.open_review(report, by=people.editor),
        lambda: reports.dismiss(report, by=people.editor, reason="No"),
        lambda: reports.forget(report, by=people.editor),
    ):
        with pytest.raises(TransitionNotAllowed):
            act()
    f.make_public(people, topic, text=text("Right"))

    assert fresh(report).settled
    reports.answer(report, by=people.editor, reason="Corrected")
    assert fresh(report).state == "answered"


def test_words_are_deleted_by_hand_once_it_is_settled(client, people):
    report = told(in_two_languages(people))
    client.force_login(people.editor)

    assert client.post(page_of(report), {"action": "forget"}).status_code == 409
    reports.dismiss(report, by=people.editor, reason="Not about the text")
    client.post(page_of(report), {"action": "forget"})

    kept = fresh(report)
    assert (kept.words, kept.state, kept.reason) == ("", "dismissed", "Not about the text")
    page = client.get(page_of(report)).content.decode()
    assert "words were deleted" in page
    assert "number is wrong" not in page


@pytest.mark.parametrize("run", ["purge_feedback", "send_reminders"])
def test_what_is_older_than_a_year_is_deleted_whatever_became_of_it(people, run):
    topic = in_two_languages(people)
    made = {}
    for days in (364, 366):
        new, opened = told(topic), told(topic)
        reports.open_review(opened, by=people.editor)
        made[days] = {new.pk, opened.pk}
        day = timezone.now() - timedelta(days=days)
        Report.objects.filter(pk__in=made[days]).update(received_at=day)
    reports.count(new.sign_off, True)

    call_command(run, verbosity=0)

    assert set(Report.objects.values_list("pk", flat=True)) == made[364]
    assert Recheck.objects.count() == 2
    assert problems() == []


# -- The list -------------------------------------------------------------------------------------


def test_list_shows_new_ones_newest_first_and_what_its_address_asks_for(client, people):
    client.force_login(people.editor)
    topic, other = in_two_languages(people), in_two_languages(people)
    one, two = told(topic), told(other, "es", kind="unclear")
    gone = told(topic)
    reports.dismiss(gone, by=people.editor, reason="No")

    for query, expected in {
        "": [two, one],
        "?state=new": [two, one],
        "?state=all": [gone, two, one],
        "?state=dismissed": [gone],
        "?language=es": [two],
        "?kind=mistake": [one],
        f"?item={topic.key}": [one],
        f"?item=topics.topic:{other.key}&language=es": [two],
        f"?item=topics.guide:{other.key}": [],
        "?page=99": [two, one],
    }.items():
        found = shown(client, LIST + query)
        assert found == [each.pk for each in expected], query
    for query in ("?state=xx", "?language=xx", "?kind=<b>", f"?item={'x' * 200}", "?item=%00"):
        assert client.get(LIST + query).status_code == 400, query


def test_counts_stand_by_text_with_those_of_the_present_version(client, people):
    client.force_login(people.editor)
    topic, other = in_two_languages(people), in_two_languages(people)
    old = workflow.fresh(topic).sign_off_in("en")
    for clear in (True, False, False):
        reports.count(old, clear)
    f.make_public(people, topic, text=text("Clearer"))
    reports.count(workflow.fresh(topic).sign_off_in("en"), True)
    reports.count(workflow.fresh(other).sign_off_in("es"), True)

    page = parse_part(client.get(f"{LIST}?view=counts").content.decode(), strict=False)
    spanish = client.get(f"{LIST}?view=counts&language=es").content.decode()

    rows = [
        [" ".join(cell.text.split()) for cell in row.children if not isinstance(cell, str)]
        for row in page.one("tbody").all("tr")
    ]
    assert [row[1:] for row in rows] == [
        ["2", "2", "1 clear, 0 not clear"],
        ["1", "0", "1 clear, 0 not clear"],
    ]
    assert "Clearer" in rows[0][0]
    assert "Clearer" not in spanish


def test_lists_cost_the_same_for_one_and_for_a_full_page(client, people):
    client.force_login(people.editor)

    def costs():
        found = []
        for page in ("/admin/", LIST, f"{LIST}?view=counts", f"{LIST}?state=all&page=1"):
            with CaptureQueriesContext(connection) as queries:
                assert client.get(page).status_code == 200
            found.append(len(queries))
        return found

    topics = [in_two_languages(people) for _ in range(6)]
    costs()
    told(topics[0]), reports.count(workflow.fresh(topics[0]).sign_off_in("en"), True)
    few = costs()
    for topic in topics[1:]:
        for language in ("en", "es"):
            for _ in range(4):
                told(topic, language)
            reports.count(workflow.fresh(topic).sign_off_in(language), False)
    many = costs()

    assert few == many
    assert max(many[1:]) <= 14
    assert len(shown(client)) == 30
    assert len(shown(client, f"{LIST}?page=2")) == 11
