"""Advisors leave, change their languages and their details; accounts that are kept."""

import json
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from review import advisors, groups, verification, workflow
from review import people as persons
from review.models import Advisor, LedgerEntry, Recheck, ReviewLink, ReviewRequest, SignOff
from tests import factories as f
from tests.pages import parse_part

pytestmark = pytest.mark.django_db


@pytest.fixture
def two(people):
    """An advisor for English and Spanish with a public text in each."""
    user = f.make_advisor("dora", "en", "es")
    topic = f.make_topic()
    f.approve(people, f.submit(people, topic), by=user)
    f.approve(people, f.submit(people, topic, "es"), by=user)
    user.advisor.topic = topic
    return user.advisor


def signed(people, advisor, language="en", **more):
    """A request that the advisor signed and that is not public yet."""
    topic = f.make_topic()
    if language != "en":
        f.make_public(people, topic)
    request = f.submit(people, topic, language)
    f.sign(people, request, by=advisor.user, **more)
    return request


def page_of(advisor, page="change"):
    return reverse(f"admin:review_advisor_{page}", args=[advisor.pk])


def root(response):
    return parse_part(response.content.decode(), strict=False)


def sentence(response):
    return root(response).one("ul", class_="messagelist").text


def queued():
    return set(Recheck.objects.filter(closed_at=None).values_list("key", "language", "reason"))


def last(event):
    return json.loads(LedgerEntry.objects.filter(event=event).latest("number").payload)


def given(advisor, **changed):
    """What the form of an advisor sends."""
    fields = {name: getattr(advisor, name) for name in ("name", "slug", "credentials", "interests")}
    return {**fields, "languages": advisor.languages, "reason": "", **changed}


def kept():
    return [
        list(model.objects.order_by("pk").values())
        for model in (Advisor, Recheck, ReviewRequest, LedgerEntry)
    ]


# -- Leaving -------------------------------------------------------------------------------------


def test_the_page_lists_everything_under_her_name(client, people, two):
    waits = signed(people, two)
    f.make_public(people, f.make_topic())
    client.force_login(people.admin)

    page = root(client.get(page_of(two, "leave")))

    texts = page.one("ul", class_="texts").all("a")
    assert [each.attrs["href"].partition("?")[2] for each in texts] == [
        "language=en",
        "language=es",
    ]
    assert len(page.one("ul", class_="counts").all("a")) == 2
    assert page.all("a", href=reverse("admin:review_reviewrequest_change", args=[waits.pk]))


def test_the_list_is_narrowed_by_language_and_kind(client, people, two):
    client.force_login(people.admin)

    for query, count in (
        ("language=es", 1),
        ("kind=topics.topic", 2),
        ("kind=topics.guide", 0),
        ("language=es&kind=topics.topic", 1),
        ("kind=none&language=xx&p=nonsense", 2),
    ):
        page = root(client.get(f"{page_of(two, 'leave')}?{query}"))
        assert len(page.one("ul", class_="texts").all("a")) == count, query


def test_leaving_is_one_step_and_tells_how_much_was_queued(client, people, two):
    waits = signed(people, two, publish_at=timezone.now() + timedelta(days=1))
    asked = f.submit(people, f.make_topic())
    workflow.assign(asked, by=people.editor, advisor=two, due=timezone.localdate())
    client.force_login(people.admin)

    response = client.post(
        page_of(two, "leave"), {"action": "strike_off", "reason": "Retired"}, follow=True
    )

    two.refresh_from_db()
    waits.refresh_from_db()
    asked.refresh_from_db()
    key = two.topic.key
    assert (two.active, two.user.is_active) == (False, False)
    assert queued() == {(key, "en", "Dr dora: Retired"), (key, "es", "Dr dora: Retired")}
    assert (waits.state, asked.assigned_to) == (ReviewRequest.State.STOPPED, None)
    assert "Queued for re-review: 2." in sentence(response)
    assert root(response).one("ul", class_="texts").text.count("queued for re-review") == 2
    assert type(two.topic).objects.signed("es").filter(key=key).exists()
    assert last("advisor:leave")["reason"] == "Retired"
    assert list(verification.problems()) == []


def test_her_open_session_ends_at_once(people, two):
    session = Client()
    session.force_login(two.user)
    assert session.get("/admin/").status_code == 200
    request = f.submit(people, f.make_topic())

    persons.strike_off(two, by=people.admin, reason="Struck off")

    assert "/login/" in session.get("/admin/").url
    page = reverse("admin:review_reviewrequest_change", args=[request.pk])
    answer = session.post(page, {"action": "approve", "attest": "1"})
    assert "/login/" in answer.url
    with pytest.raises(PermissionDenied):
        f.approve(people, request, by=two.user)
    assert SignOff.objects.count() == 2


def test_links_that_were_sent_to_her_lead_nowhere_any_more(people, two):
    now = timezone.now()
    link = ReviewLink.objects.create(
        request=f.submit(people, f.make_topic()),
        user=two.user,
        made_at=now,
        expires_at=now + timedelta(days=14),
    )

    persons.strike_off(two, by=people.admin, reason="Struck off")

    link.refresh_from_db()
    assert link.revoked_at is not None


@pytest.mark.parametrize(
    ("reason", "words"), [("", "Give the reason"), (" \n ", "Give the reason"), ("\x07", "U+0007")]
)
def test_leaving_without_a_reason_changes_nothing(client, people, two, reason, words):
    client.force_login(people.admin)
    before = kept()

    response = client.post(page_of(two, "leave"), {"action": "strike_off", "reason": reason})

    assert response.status_code == 409
    assert words in sentence(response)
    assert kept() == before


def test_who_has_left_does_not_leave_again_and_the_words_stay(client, people, two):
    persons.strike_off(two, by=people.admin, reason="Retired")
    client.force_login(people.admin)
    before = kept()

    response = client.post(page_of(two, "leave"), {"action": "strike_off", "reason": "Once more"})

    assert response.status_code == 409
    assert "has left already" in sentence(response)
    assert "Once more" in root(response).one("blockquote").text
    assert kept() == before


@pytest.mark.parametrize("role", ["editor", "translator", "advisor", "nobody"])
def test_only_an_administrator_ends_an_advisors_work(client, people, two, role):
    user = getattr(people, role)
    client.force_login(user)
    before = kept()

    for page in ("leave", "change", "absences"):
        assert client.get(page_of(two, page)).status_code == 403
    answer = client.post(page_of(two, "leave"), {"action": "strike_off", "reason": "Envy"})
    assert answer.status_code == 403
    for act in (persons.strike_off, persons.reinstate):
        with pytest.raises(PermissionDenied):
            act(two, by=user, reason="Envy")
    with pytest.raises(PermissionDenied):
        persons.set_languages(two, ["en"], by=user, reason="Envy")
    with pytest.raises(PermissionDenied):
        advisors.appoint(user, by=user, name="X", credentials="X", interests="X", languages=["en"])

    assert kept() == before


def test_who_comes_back_signs_again_and_what_was_queued_stays_queued(client, people, two):
    persons.strike_off(two, by=people.admin, reason="By mistake")
    client.force_login(people.admin)

    client.post(page_of(two, "leave"), {"action": "reinstate", "reason": "It was a mistake"})

    two.refresh_from_db()
    assert (two.active, two.user.is_active) == (True, True)
    assert len(queued()) == 2
    f.approve(people, f.submit(people, f.make_topic()), by=two.user)


def test_the_leaving_page_asks_as_often_for_many_as_for_few(client, people, two):
    client.force_login(people.admin)

    def ask():
        with CaptureQueriesContext(connection) as asked:
            client.get(page_of(two, "leave"))
        return len(asked)

    few = ask()
    for _ in range(12):
        f.approve(people, f.submit(people, f.make_topic()), by=two.user)

    assert ask() == few


# -- Languages -----------------------------------------------------------------------------------


def test_a_language_is_not_simply_unticked_where_she_signed(client, people, two):
    client.force_login(people.admin)
    signed(people, two, "es")
    before = kept()

    response = client.post(page_of(two), given(two, languages=["en"], credentials="New words"))

    assert "Dr dora stands for texts in Español: 1 public, 1 signed" in response.content.decode()
    assert root(response).one("input", name="credentials").attrs["value"] == "New words"
    assert kept() == before


def test_a_language_taken_away_with_a_reason_is_left_as_by_leaving(client, people, two):
    client.force_login(people.admin)
    waits, stays = signed(people, two, "es"), signed(people, two, "en")

    response = client.post(
        page_of(two), given(two, languages=["en"], reason="Her Spanish is weak"), follow=True
    )

    for request in (two, waits, stays):
        request.refresh_from_db()
    assert (two.languages, two.active) == (["en"], True)
    assert queued() == {(two.topic.key, "es", "Dr dora: Her Spanish is weak")}
    assert (waits.state, stays.state) == ("stopped", "signed")
    line = last("advisor:languages")
    assert (line["before"], line["after"]) == (["en", "es"], ["en"])
    assert "Queued for re-review: 1." in sentence(response)


def test_a_language_in_which_she_signed_nothing_goes_and_comes_without_a_reason(people):
    advisor = f.make_advisor(None, "en", "fr").advisor

    persons.set_languages(advisor, ["en"], by=people.admin)
    persons.set_languages(advisor, ["ar", "en"], by=people.admin)

    advisor.refresh_from_db()
    assert advisor.languages == ["en", "ar"]
    assert LedgerEntry.objects.filter(event="advisor:languages").count() == 2
    assert queued() == set()


def test_a_text_in_a_language_that_was_taken_away_still_stands_on_her_public_page(
    client, people, two
):
    persons.set_languages(two, ["en"], by=people.admin, reason="Her Spanish is weak")

    page = client.get(f"/en/advisors/{two.slug}/").content.decode()

    assert 'lang="es"' in page.partition("<main")[2]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"languages": []}, "required"),
        ({"languages": ["xx"]}, "not one of the available"),
        ({"name": ""}, "required"),
        ({"name": "x\x07"}, "U+0007"),
        ({"slug": "not a slug"}, "valid “slug”"),
        ({"slug": "taken"}, "already exists"),
        ({"interests": ""}, "required"),
    ],
)
def test_bad_input_about_an_advisor_is_a_sentence(client, people, two, changed, words):
    f.make_advisor("taken")
    client.force_login(people.admin)
    before = kept()

    response = client.post(page_of(two), given(two, **changed))

    assert response.status_code == 200
    assert words in response.content.decode()
    assert kept() == before


def test_the_plain_form_neither_ends_nor_begins_her_signing(client, people, two):
    client.force_login(people.admin)
    other = f.make_advisor("other", active=False).advisor

    client.post(page_of(two), given(two, name="Dr Dora"))
    client.post(page_of(other), given(other, active="on"))

    assert Advisor.objects.get(pk=two.pk).active
    assert not Advisor.objects.get(pk=other.pk).active
    assert last("advisor:details")["changed"] == {"name": "Dr Dora"}


def test_an_administrator_makes_an_advisor_of_an_account_and_the_ledger_says_so(client, people):
    user = people.nobody
    client.force_login(people.admin)
    details = {"name": "Dr New", "slug": "dr-new", "credentials": "MD", "interests": "None"}
    page = client.get("/admin/review/advisor/add/").content.decode()
    assert f'<option value="{user.pk}">' in page  # there without a script
    assert f'<option value="{people.advisor.pk}">' not in page

    client.post("/admin/review/advisor/add/", {**details, "user": user.pk, "languages": ["en"]})

    assert Advisor.objects.get(user=user).active
    assert user.groups.get().name == groups.ADVISORS
    assert last("advisor:appoint")["name"] == "Dr New"


# -- Details -------------------------------------------------------------------------------------


def test_an_advisor_changes_her_credentials_and_what_is_signed_keeps_the_old(client, two):
    client.force_login(two.user)
    page = root(client.get("/admin/review/details/"))
    assert page.one("input", name="credentials").attrs["value"] == "MD"

    client.post("/admin/review/details/", {"credentials": "Professor", "interests": "Shares"})

    two.refresh_from_db()
    assert (two.credentials, two.interests) == ("Professor", "Shares")
    assert set(SignOff.objects.values_list("credentials", flat=True)) == {"MD"}
    assert last("advisor:details")["changed"] == {"credentials": "Professor", "interests": "Shares"}
    assert list(verification.problems()) == []


def test_details_saved_unchanged_leave_no_line_in_the_ledger(client, two):
    client.force_login(two.user)

    client.post("/admin/review/details/", {"credentials": "MD ", "interests": "None declared"})

    assert not LedgerEntry.objects.filter(event="advisor:details").exists()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"credentials": ""}, "required"),
        ({"credentials": "x" * 201}, "at most 200"),
        ({"interests": " "}, "required"),
        ({"interests": "x" * 3001}, "at most 3000"),
        ({"interests": "a\x07"}, "U+0007"),
    ],
)
def test_bad_details_are_a_sentence_and_no_word_is_lost(client, two, fields, words):
    client.force_login(two.user)
    sent = {"credentials": "Professor", "interests": "Shares", **fields}
    before = kept()

    response = client.post("/admin/review/details/", sent)

    assert words in response.content.decode()
    assert kept() == before
    assert (
        root(response).one("input", name="credentials").attrs.get("value", "")
        == (sent["credentials"])
    )


def test_an_advisor_changes_neither_her_name_nor_somebody_elses_details(people, two):
    for by, details in ((two.user, {"name": "Dr Famous"}), (people.advisor, {"credentials": "X"})):
        with pytest.raises(PermissionDenied):
            advisors.set_details(two, by=by, **details)

    two.refresh_from_db()
    assert (two.name, two.credentials) == ("Dr dora", "MD")


# -- Reading again -------------------------------------------------------------------------------


def ask(client, two, **changed):
    sent = {
        "item_type": "topics.topic",
        "key": two.topic.key,
        "language": "es",
        "reason": "New data",
    }
    return client.post("/admin/review/recheck/", {**sent, **changed})


def test_anybody_of_the_desk_asks_for_a_re_review_with_a_reason(client, people, two):
    client.force_login(people.translator)

    response = ask(client, two)

    assert response.url == f"/admin/topics/topic/{two.topic.pk}/change/?language=es"
    assert queued() == {(two.topic.key, "es", "New data")}
    ask(client, two)
    assert len(queued()) == 1


def test_a_re_review_without_a_reason_is_refused_and_the_page_asks_again(client, people, two):
    client.force_login(people.editor)

    for reason in ("", " ", "\x07"):
        response = ask(client, two, reason=reason)
        assert response.status_code == 409
        assert root(response).one("input", name="reason")
    assert queued() == set()


def test_a_text_that_is_not_public_is_not_asked_for_and_the_words_stay(client, people, two):
    client.force_login(people.editor)

    response = ask(client, two, language="ar", reason="Words that stay")

    assert response.status_code == 409
    assert "is not public" in sentence(response)
    assert root(response).one("input", name="reason").attrs["value"] == "Words that stay"


@pytest.mark.parametrize(
    "changed",
    [
        {"item_type": "auth.user"},
        {"item_type": "none.none"},
        {"item_type": "none"},
        {"item_type": ""},
        {"key": "none"},
        {"key": "\x00"},
        {"language": "xx"},
        {"language": ""},
    ],
)
def test_a_re_review_of_nothing_is_not_found(client, people, two, changed):
    client.force_login(people.editor)

    assert ask(client, two, **changed).status_code == 404


def test_who_may_not_read_the_desk_asks_for_nothing(client, people, two):
    client.force_login(people.nobody)

    assert ask(client, two).status_code == 403
    assert client.get("/admin/review/recheck/").status_code == 405
    assert queued() == set()


# -- Accounts ------------------------------------------------------------------------------------


def test_deleting_somebody_who_signed_is_a_clear_page_that_deletes_nothing(client, people, two):
    client.force_login(people.admin)
    page = reverse("admin:auth_user_delete", args=[two.user.pk])
    listed = "/admin/auth/user/"
    bulk = {"action": "delete_selected", "_selected_action": [two.user.pk], "post": "yes"}

    answers = [
        client.get(page),
        client.post(page, {"post": "yes"}),
        client.post(listed, bulk),
    ]

    for answer in answers:
        assert answer.status_code == 200
        assert "stays in the record" in root(answer).one("p", class_="errornote").text
        assert "sign-offs: 2" in answer.content.decode()
    assert get_user_model().objects.filter(pk=two.user.pk).exists()


def test_the_page_counts_what_somebody_did_and_does_not_list_it(client, people, two):
    client.force_login(people.admin)
    page = reverse("admin:auth_user_delete", args=[two.user.pk])

    def ask():
        with CaptureQueriesContext(connection) as asked:
            client.get(page)
        return len(asked)

    few = ask()
    for _ in range(5):
        f.approve(people, f.submit(people, f.make_topic()), by=two.user)

    assert ask() == few


def test_somebody_who_did_nothing_can_be_deleted(client, people):
    nobody = people.nobody
    client.force_login(people.admin)

    client.post(reverse("admin:auth_user_delete", args=[nobody.pk]), {"post": "yes"})

    assert not get_user_model().objects.filter(pk=nobody.pk).exists()


def test_closing_an_advisors_account_says_that_leaving_is_another_act(client, people, two):
    client.force_login(people.admin)
    page = reverse("admin:auth_user_change", args=[two.user.pk])
    before = client.get(page)
    fields = {"username": "dora", "is_staff": "on", "groups": [], "date_joined_0": "2026-01-01"}

    response = client.post(page, {**fields, "date_joined_1": "00:00"}, follow=True)

    two.refresh_from_db()
    assert page_of(two, "leave") in before.content.decode()
    assert not get_user_model().objects.get(pk=two.user.pk).is_active
    assert two.active
    assert "not queued for re-review" in sentence(response)
    assert page_of(two, "leave") in response.content.decode()


def test_a_superuser_manages_accounts_as_before(client, people):
    client.force_login(people.admin)
    passwords = {"password1": f.PASSWORD, "password2": f.PASSWORD, "usable_password": "true"}

    client.post("/admin/auth/user/add/", {"username": "fresh", **passwords})

    user = get_user_model().objects.get(username="fresh")
    page = client.get(reverse("admin:auth_user_change", args=[user.pk]))
    assert page.status_code == 200
    assert (
        "medical advisor" not in page.content.decode().partition('id="user_form"')[2].lower()[:900]
    )
    assert client.get("/admin/auth/user/").status_code == 200
    assert client.get("/admin/auth/user/999999/change/").status_code == 302
