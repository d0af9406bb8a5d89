"""Days on which an advisor does not sign, and who is asked instead."""

import json
from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from review import people as persons
from review.models import Absence, Advisor, LedgerEntry
from review.workflow import TransitionNotAllowed
from tests import factories as f
from tests.pages import parse_part

pytestmark = pytest.mark.django_db

TODAY = date(2026, 6, 15)
PAGE = "/admin/review/absences/"


@pytest.fixture(autouse=True)
def day(monkeypatch):
    monkeypatch.setattr(timezone, "localdate", lambda *args: TODAY)


def in_days(number):
    return TODAY + timedelta(days=number)


@pytest.fixture
def anna():
    return f.make_advisor("anna", "en", "es").advisor


@pytest.fixture
def bea():
    return f.make_advisor("bea", "en").advisor


@pytest.fixture
def cleo():
    return f.make_advisor("cleo", "en").advisor


def absent(advisor, first=0, last=10, deputy=None):
    return persons.enter_absence(
        advisor, by=advisor.user, first=in_days(first), last=in_days(last), deputy=deputy
    )


def sentence(response):
    root = parse_part(response.content.decode(), strict=False)
    return root.one("ul", class_="messagelist").text


def kept():
    return list(Absence.objects.order_by("pk").values()), LedgerEntry.objects.count()


# -- Entering ------------------------------------------------------------------------------------


def test_an_advisor_enters_her_own_absence_and_the_ledger_says_so(client, anna, bea):
    client.force_login(anna.user)

    response = client.post(
        PAGE, {"action": "enter", "first": "2026-06-20", "last": "2026-06-30", "deputy": bea.pk}
    )

    assert response.status_code == 302
    absence = Absence.objects.get()
    assert (absence.first, absence.last) == (date(2026, 6, 20), date(2026, 6, 30))
    line = json.loads(LedgerEntry.objects.get(event="absence:enter").payload)
    assert (line["advisor"], line["deputy"], line["last"]) == ("anna", "bea", "2026-06-30")


def test_the_page_is_one_click_from_the_desk(client, anna):
    client.force_login(anna.user)

    root = parse_part(client.get("/admin/").content.decode(), strict=False)

    assert root.one("a", href=PAGE).text == "My absences"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"first": ""}, "required"),
        ({"last": ""}, "required"),
        ({"first": "soon"}, "valid date"),
        ({"last": "2026-02-30"}, "valid date"),
        ({"first": "99999-01-01"}, "valid date"),
        ({"last": "2026-06-19"}, "The last day lies before the first."),
        ({"first": "2026-06-01", "last": "2026-06-14"}, "These days are over"),
        ({"deputy": "999999"}, "not one of the available"),
        ({"deputy": "x"}, "not one of the available"),
        ({"deputy": "herself"}, "cannot stand in for herself"),
        ({"deputy": "gone"}, "does not sign here now"),
        ({"deputy": "closed"}, "does not sign here now"),
        ({"deputy": "french"}, "signs in none of the languages"),
    ],
)
def test_a_bad_absence_is_refused_with_a_sentence_and_every_word_kept(client, anna, fields, words):
    closed = f.make_advisor("closed", "en")
    closed.is_active = False
    closed.save()
    f.make_advisor("gone", "en", active=False)
    f.make_advisor("french", "fr")
    by_name = {each.slug: str(each.pk) for each in Advisor.objects.all()}
    by_name["herself"] = str(anna.pk)
    client.force_login(anna.user)
    given = {"action": "enter", "first": "2026-06-20", "last": "2026-06-30", "deputy": "", **fields}
    given["deputy"] = by_name.get(given["deputy"], given["deputy"])
    before = kept()

    response = client.post(PAGE, given)

    assert response.status_code in (200, 409)
    assert words in response.content.decode()
    assert kept() == before
    root = parse_part(response.content.decode(), strict=False)
    for name in ("first", "last"):
        assert root.one("input", name=name).attrs.get("value", "") == given[name]


@pytest.mark.parametrize(
    ("first", "last", "free"),
    [
        (1, 9, True),
        (1, 10, False),
        (12, 15, False),
        (20, 25, False),
        (21, 25, True),
        (5, 40, False),
    ],
)
def test_absences_of_one_advisor_never_overlap(anna, first, last, free):
    absent(anna, 10, 20)

    if free:
        absent(anna, first, last)
    else:
        with pytest.raises(
            TransitionNotAllowed, match="away from 2026-06-25 to 2026-07-05 already"
        ):
            absent(anna, first, last)

    assert Absence.objects.count() == 1 + free


def test_an_absence_may_end_today_and_no_earlier(anna, bea):
    absent(anna, -5, 0)

    with pytest.raises(TransitionNotAllowed, match="These days are over"):
        absent(bea, -5, -1)


def test_offered_as_deputies_are_only_those_who_can(client, anna, bea):
    f.make_advisor("french", "fr")
    f.make_advisor("gone", "en", active=False)
    client.force_login(anna.user)

    root = parse_part(client.get(PAGE).content.decode(), strict=False)

    offered = [each.attrs["value"] for each in root.one("select", name="deputy").all("option")]
    assert offered == ["", str(bea.pk)]


# -- Ending --------------------------------------------------------------------------------------


def test_an_absence_to_come_is_taken_back_and_a_begun_one_ends_yesterday(client, anna):
    coming, begun = absent(anna, 20, 25), absent(anna, 0, 5)
    Absence.objects.filter(pk=begun.pk).update(first=in_days(-3))
    client.force_login(anna.user)

    for absence in (coming, begun):
        client.post(PAGE, {"action": "end", "absence": absence.pk})

    assert list(Absence.objects.values_list("pk", "last")) == [(begun.pk, in_days(-1))]
    assert persons.away() == {}
    for event in ("absence:cancel", "absence:end"):
        assert LedgerEntry.objects.filter(event=event).count() == 1


def test_what_is_over_stays_visible_and_cannot_be_ended(client, anna):
    over = Absence.objects.create(advisor=anna, first=in_days(-9), last=in_days(-1))
    client.force_login(anna.user)

    page = client.get(PAGE).content.decode()
    response = client.post(PAGE, {"action": "end", "absence": over.pk})

    assert "6 June 2026 to 14 June 2026" in page
    assert response.status_code == 409
    assert "is over" in sentence(response)
    assert Absence.objects.filter(pk=over.pk).exists()


@pytest.mark.parametrize("pk", ["", "x", "999999", "9" * 30])
def test_ending_what_is_not_there_is_a_sentence(client, anna, pk):
    client.force_login(anna.user)

    response = client.post(PAGE, {"action": "end", "absence": pk})

    assert response.status_code == 409
    assert "There is no such absence" in sentence(response)


# -- Who may -------------------------------------------------------------------------------------


def test_nobody_but_herself_and_an_administrator_says_when_she_is_away(client, people, anna, bea):
    absence = absent(anna)
    client.force_login(bea.user)
    before = kept()

    own = client.post(PAGE, {"action": "end", "absence": absence.pk})
    foreign = client.get(f"/admin/review/advisor/{anna.pk}/absences/")

    assert (own.status_code, foreign.status_code) == (409, 403)
    with pytest.raises(PermissionDenied):
        persons.enter_absence(anna, by=bea.user, first=in_days(30), last=in_days(31))
    with pytest.raises(PermissionDenied):
        persons.end_absence(absence, by=bea.user)
    assert kept() == before


def test_an_administrator_enters_and_ends_for_anybody(client, people, anna):
    client.force_login(people.admin)
    page = f"/admin/review/advisor/{anna.pk}/absences/"

    client.post(page, {"action": "enter", "first": "2026-06-20", "last": "2026-06-30"})
    absence = Absence.objects.get()
    client.post(page, {"action": "end", "absence": absence.pk})

    assert not Absence.objects.exists()


def test_who_is_no_advisor_gets_a_sentence(client, people):
    client.force_login(people.editor)

    for page in (PAGE, "/admin/review/details/"):
        response = client.get(page)
        assert response.status_code == 403
        assert "for medical advisors" in response.content.decode()


# -- Who is asked instead ------------------------------------------------------------------------


@pytest.mark.parametrize(("when", "asked"), [(-1, "anna"), (0, "bea"), (10, "bea"), (11, "anna")])
def test_the_deputy_is_asked_from_the_first_day_to_the_last(anna, bea, when, asked):
    absent(anna, 0, 10, bea)

    assert persons.asked_instead(anna, in_days(when)).slug == asked
    assert persons.stands_in_for(bea, in_days(when)) == ([anna.pk] if asked == "bea" else [])


def test_without_a_deputy_the_advisor_herself_is_asked(anna):
    absent(anna)

    assert persons.asked_instead(anna) == anna


def test_a_deputy_who_is_away_as_well_is_not_asked_nor_is_her_deputy(anna, bea, cleo):
    absent(anna, 0, 10, bea)
    absent(bea, 5, 6, cleo)

    assert persons.asked_instead(anna, in_days(4)) == bea
    assert persons.asked_instead(anna, in_days(5)) == anna
    assert persons.stands_in_for(cleo, in_days(5)) == [bea.pk]
    assert persons.stands_in_for(bea, in_days(5)) == []


def test_two_who_stand_in_for_each_other_on_the_same_days_are_each_asked_herself(anna, bea):
    absent(anna, 0, 10, bea)
    absent(bea, 0, 10, anna)

    assert (persons.asked_instead(anna), persons.asked_instead(bea)) == (anna, bea)
    assert persons.stands_in_for(anna) == persons.stands_in_for(bea) == []


def test_a_deputy_who_left_is_not_asked(people, anna, bea):
    absent(anna, 0, 10, bea)
    persons.strike_off(bea, by=people.admin, reason="Retired")

    assert persons.asked_instead(anna) == anna
    assert persons.stands_in_for(bea) == []


def test_a_deputy_is_asked_only_in_languages_that_she_signs(anna, bea):
    absent(anna, 0, 10, bea)

    assert persons.asked_instead(anna, language="en") == bea
    assert persons.asked_instead(anna, language="es") == anna


def test_the_page_says_when_both_are_away(client, anna, bea):
    absent(bea, 5, 6)
    client.force_login(anna.user)
    given = {"action": "enter", "first": "2026-06-15", "last": "2026-06-25", "deputy": bea.pk}

    response = client.post(PAGE, given, follow=True)

    assert "Dr bea is away, too, from 2026-06-20 to 2026-06-21." in sentence(response)


def test_a_deputy_who_goes_away_is_told_for_whom_she_stands_in(client, anna, bea):
    absent(anna, 0, 10, bea)
    client.force_login(bea.user)

    page = client.get(PAGE).content.decode()
    given = {"action": "enter", "first": "2026-06-20", "last": "2026-06-21"}
    response = client.post(PAGE, given, follow=True)

    assert "Stands in for" in page
    assert "Dr anna is away, too" in sentence(response)


def test_the_page_asks_as_often_for_many_as_for_few(client, anna):
    client.force_login(anna.user)

    def ask():
        with CaptureQueriesContext(connection) as asked:
            client.get(PAGE)
        return len(asked)

    for number in (1, -3):
        deputy = f.make_advisor(None, "en").advisor
        Absence.objects.create(
            advisor=anna, first=in_days(number), last=in_days(number), deputy=deputy
        )
        Absence.objects.create(advisor=deputy, first=in_days(5), last=in_days(5), deputy=anna)
    few = ask()
    for number in range(10, 30):
        deputy = f.make_advisor(None, "en").advisor
        for each in (number, -number):
            Absence.objects.create(
                advisor=anna, first=in_days(each), last=in_days(each), deputy=deputy
            )
        Absence.objects.create(advisor=deputy, first=in_days(5), last=in_days(5), deputy=anna)

    assert ask() == few
