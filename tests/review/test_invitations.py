"""Inviting people: the mail, the link, the account, and an advisor's confirmation."""

import json
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core import mail
from django.core.cache import cache
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.signing import Signer
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect, sync_playwright

from review import groups, invitations
from review.desk import letters
from review.models import Advisor, Invitation, LedgerEntry
from review.workflow import TransitionNotAllowed
from tests import factories as f
from tests.pages import parse_part

pytestmark = pytest.mark.django_db

ADVISOR = {"name": "Dr Amina", "credentials": "Oncologist", "interests": "None declared"}
ADD = "/admin/review/invitation/add/"


def parse(response):
    """The page; Django's own parts of it are not as strict as ours."""
    return parse_part(response.content.decode(), strict=False).one("html")


def invite(people, group=groups.EDITORS, *codes, email=None):
    email = email or f"{f.unique('mail')}@example.org"
    return invitations.invite("Amina", email, group, by=people.admin, codes=codes)


def invite_advisor(people, *codes):
    return invite(people, groups.ADVISORS, *(codes or ["es"]))


def link_of(invitation, language="en"):
    return invitations.token(invitation, language)


def page_of(link):
    return reverse("admin:review_welcome", args=[link])


def join(invitation, username=None):
    details = ADVISOR if invitation.group == groups.ADVISORS else {}
    name = username or f.unique("amina")
    return invitations.accept(link_of(invitation), name, f.PASSWORD, **details)


def sent(username="amina", **more):
    passwords = {"password1": f.PASSWORD, "password2": f.PASSWORD}
    return {"username": username, **passwords, **more}


def rows():
    """All that an answer to an invitation could write."""
    return [
        list(model.objects.order_by("pk").values())
        for model in (get_user_model(), Invitation, Advisor, LedgerEntry)
    ]


def events(name):
    lines = LedgerEntry.objects.filter(event=name).order_by("number")
    return [json.loads(line.payload) for line in lines]


def later(monkeypatch, **span):
    at = timezone.now() + timedelta(**span)
    monkeypatch.setattr(timezone, "now", lambda: at)


def change(invitation):
    return reverse("admin:review_invitation_change", args=[invitation.pk])


# -- Asking --------------------------------------------------------------------------------------


def test_an_administrator_invites_by_mail_in_the_chosen_language(client, people):
    client.force_login(people.admin)

    response = client.post(
        ADD,
        {
            **{"name": "Amina <b>", "email": "amina@example.org", "speaks": "ar"},
            **{"group": groups.ADVISORS, "languages": ["ar", "es"]},
        },
        follow=True,
    )

    invitation = Invitation.objects.get()
    assert (invitation.group, invitation.languages) == (groups.ADVISORS, ["es", "ar"])
    [message] = mail.outbox
    [(html, kind)] = message.alternatives
    link = settings.SITE_URL + page_of(link_of(invitation, "ar"))
    assert message.to == ["amina@example.org"]
    assert link in message.body
    assert f'href="{link}"' in html
    assert ("Amina <b>" in message.body, "Amina &lt;b&gt;" in html) == (True, True)
    assert 'dir="rtl"' in html
    assert kind == "text/html"
    assert link in response.content.decode()


def test_the_ledger_names_the_person_and_never_the_address(people):
    invitation = invite_advisor(people)
    join(invitation)
    invitations.revoke(invite(people), by=people.admin)

    assert events("person:invite")[0]["person"] == "Amina"
    assert events("person:accept")[0]["invitation"] == invitation.pk
    assert len(events("person:revoke")) == 1
    assert not LedgerEntry.objects.filter(payload__contains="example.org").exists()


def test_an_invitation_stands_when_the_mail_server_is_down(client, people, monkeypatch):
    client.force_login(people.admin)
    fields = {"name": "Amina", "email": "a@example.org", "group": groups.EDITORS, "speaks": "en"}

    def down(self, messages):
        raise ConnectionRefusedError

    with monkeypatch.context() as patch:
        patch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", down)
        response = client.post(ADD, fields, follow=True)

    invitation = Invitation.objects.get()
    assert "the mail could not be sent" in response.content.decode()
    assert page_of(link_of(invitation)) in response.content.decode()
    client.post(change(invitation), {"action": "resend", "language": "en"})
    invitation.refresh_from_db()
    assert page_of(link_of(invitation)) in mail.outbox[0].body


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": ""}, "required"),
        ({"name": "A" * 121}, "at most 120"),
        ({"name": "A\x07"}, "U+0007"),
        ({"email": ""}, "required"),
        ({"email": "amina"}, "valid email"),
        ({"email": "a@example.org\nBcc: b@example.org"}, "valid email"),
        ({"group": ""}, "required"),
        ({"group": "Administrators"}, "not one of the available"),
        ({"group": groups.ADVISORS}, "at least one language"),
        ({"group": groups.ADVISORS, "languages": ["xx"]}, "not one of the available"),
        ({"speaks": "xx"}, "not one of the available"),
        ({"email": "taken@example.org"}, "has an account already"),
        ({"email": "TAKEN@example.org"}, "has an account already"),
        ({"email": "asked@example.org"}, "is invited already"),
    ],
)
def test_bad_invitations_are_refused_with_a_sentence_and_every_word_kept(
    client, people, fields, sentence
):
    f.make_user(email="taken@example.org")
    invite(people, email="asked@example.org")
    client.force_login(people.admin)
    good = {"name": "Amina", "email": "a@example.org", "group": groups.EDITORS, "speaks": "en"}
    before = rows()

    response = client.post(ADD, {**good, **fields})

    assert sentence in response.content.decode()
    assert response.status_code in (200, 409)
    assert rows() == before
    assert mail.outbox == []
    kept = parse(response).one("input", name="name").attrs.get("value", "")
    assert kept == {**good, **fields}["name"]


@pytest.mark.parametrize("role", ["editor", "translator", "advisor", "nobody"])
def test_only_an_administrator_invites_sees_and_confirms(client, people, role):
    invitation = invite_advisor(people)
    user = getattr(people, role)
    client.force_login(user)
    before = rows()

    answers = [
        client.get("/admin/review/invitation/").status_code,
        client.get(change(invitation)).status_code,
        client.post(ADD, {"name": "A", "email": "a@example.org"}).status_code,
        client.post(change(invitation), {"action": "revoke"}).status_code,
    ]

    assert answers == [403] * 4
    for act in (invitations.resend, invitations.revoke):
        with pytest.raises(PermissionDenied):
            act(invitation, by=user)
    with pytest.raises(PermissionDenied):
        invitations.invite("A", "a@example.org", groups.EDITORS, by=user)
    with pytest.raises(PermissionDenied):
        invitations.confirm(invitation, by=user, seen="")
    with pytest.raises(PermissionDenied):
        invitations.send_back(invitation, by=user, reason="No")
    assert rows() == before


def test_the_permission_to_invite_can_be_given_to_somebody_else(client, people):
    user = people.editor
    user.user_permissions.add(f.groups.Permission.objects.get(codename="add_invitation"))
    client.force_login(user)

    fields = {"name": "Amina", "email": "a@example.org", "group": groups.EDITORS, "speaks": "en"}
    client.post(ADD, fields)

    assert Invitation.objects.get().invited_by == user


# -- The link ------------------------------------------------------------------------------------


def _revoked(people, invitation, monkeypatch):
    link = link_of(invitation)
    invitations.revoke(invitation, by=people.admin)
    return link


def _used(people, invitation, monkeypatch):
    link = link_of(invitation)
    join(invitation)
    return link


def _replaced(people, invitation, monkeypatch):
    link = link_of(invitation)
    invitations.resend(invitation, by=people.admin)
    return link


def _expired(people, invitation, monkeypatch):
    link = link_of(invitation)
    later(monkeypatch, days=14, seconds=1)
    return link


def _forged(people, invitation, monkeypatch):
    link = link_of(invitation)
    return ("X" if link[0] != "X" else "Y") + link[1:]


def _cut(people, invitation, monkeypatch):
    return link_of(invitation)[:-5]


def _signed_for_something_else(people, invitation, monkeypatch):
    return Signer(salt="another").sign_object(
        [invitation.pk, invitation.invited_at.isoformat(), "en"]
    )


@pytest.mark.parametrize(
    ("spoil", "status", "sentence"),
    [
        (_revoked, 410, "This invitation was taken back."),
        (_used, 410, "This link was used already"),
        (_replaced, 410, "A newer link was sent to you."),
        (_expired, 410, "This link has expired"),
        (_forged, 404, "This is not a link of ours"),
        (_cut, 404, "This is not a link of ours"),
        (_signed_for_something_else, 404, "This is not a link of ours"),
    ],
)
def test_a_link_that_leads_nowhere_says_why_and_changes_nothing(
    client, people, monkeypatch, spoil, status, sentence
):
    link = spoil(people, invite(people), monkeypatch)
    before = rows()

    looked = client.get(page_of(link))
    posted = client.post(page_of(link), sent())

    for response in (looked, posted):
        assert response.status_code == status
        assert sentence in parse(response).one("p", class_="errornote").text
        assert not parse(response).all("input", name="username")
    assert rows() == before


def test_a_link_holds_for_fourteen_days_to_the_second(client, people, monkeypatch):
    invitation = invite(people)
    end = invitation.invited_at + timedelta(days=14)
    monkeypatch.setattr(timezone, "now", lambda: end)

    assert client.get(page_of(link_of(invitation))).status_code == 200


def test_looking_at_the_link_does_not_use_it_up(client, people):
    link = link_of(invite(people))
    before = rows()

    for _ in range(3):
        assert client.get(page_of(link)).status_code == 200

    assert rows() == before


def test_the_page_is_kept_by_nobody_and_tells_no_other_site_its_address(client, people):
    for link in (link_of(invite(people)), "forged"):
        response = client.get(page_of(link))

        assert "no-store" in response["Cache-Control"]
        assert response["Referrer-Policy"] == "same-origin"


def test_somebody_signed_in_already_is_told_to_sign_out_first(client, people):
    link = link_of(invite(people))
    client.force_login(people.editor)
    before = rows()

    response = client.post(page_of(link), sent())

    assert response.status_code == 409
    assert people.editor.username in parse(response).one("p", class_="errornote").text
    assert rows() == before


# -- Answering -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("group", "language"), [(groups.EDITORS, "en"), (groups.translators("es"), "es")]
)
def test_editors_and_translators_work_at_once(client, people, group, language):
    topic = f.make_topic()
    f.make_public(people, topic)
    link = link_of(invite(people, group))

    response = client.post(page_of(link), sent())

    user = get_user_model().objects.get(username="amina")
    assert response.url == "/admin/"
    assert client.get("/admin/").status_code == 200
    assert [each.name for each in user.groups.all()] == [group]
    assert (user.is_staff, user.is_superuser) == (True, False)
    text = f.text_for(type(topic), "Other")
    assert f.save(topic, language, user, text).saved_by == "Amina"


def test_an_advisor_signs_only_after_an_administrator_confirmed_her(client, people):
    topic = f.make_topic()
    f.make_public(people, topic)
    request = f.submit(people, topic, "es")
    invitation = invite_advisor(people, "es")

    response = client.post(page_of(link_of(invitation)), sent(**ADVISOR))

    user = get_user_model().objects.get(username="amina")
    assert response.url == reverse("admin:review_details")
    assert (user.advisor.name, user.advisor.languages) == ("Dr Amina", ["es"])
    with pytest.raises(PermissionDenied):
        f.approve(people, request, by=user)
    seen = invitations.described(user.advisor)
    invitations.confirm(invitation, by=people.admin, seen=seen)
    assert f.approve(people, request, by=user)[0].credentials == "Oncologist"
    assert events("person:confirm")[0]["interests"] == "None declared"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"username": ""}, "required"),
        ({"username": "a b"}, "valid username"),
        ({"username": "TAKEN"}, "already exists"),
        ({"password1": "short", "password2": "short"}, "too short"),
        ({"password1": "12345678901", "password2": "12345678901"}, "entirely numeric"),
        ({"password1": "password", "password2": "password"}, "too common"),
        ({"password1": "mail-amina-clinic", "password2": "mail-amina-clinic"}, "too similar"),
        ({"password2": "another long password"}, "didn’t match"),
        ({"name": ""}, "required"),
        ({"name": "x" * 121}, "at most 120"),
        ({"credentials": " "}, "required"),
        ({"credentials": "x" * 201}, "at most 200"),
        ({"interests": ""}, "required"),
        ({"interests": "a\x00b"}, "Null characters"),
        ({"interests": "a\x07b"}, "U+0007"),
    ],
)
def test_bad_answers_are_refused_with_a_sentence_and_every_word_kept(
    client, people, fields, sentence
):
    f.make_user("taken")
    invitation = invite(people, groups.ADVISORS, "es", email="mail-amina-clinic@example.org")
    given = {**sent(**ADVISOR), **fields}
    before = rows()

    response = client.post(page_of(link_of(invitation)), given)

    assert sentence in response.content.decode()
    assert rows() == before
    if "interests" not in fields:
        page = parse(response)
        assert page.one("textarea", name="interests").text == "None declared"
        assert page.one("input", name="credentials").attrs.get("value", "") == given["credentials"]


def test_a_user_name_taken_between_the_form_and_the_lock_is_refused(people):
    invitation = invite(people)
    f.make_user("Amina")
    before = rows()

    with pytest.raises(TransitionNotAllowed, match="taken: choose another"):
        join(invitation, "amina")
    with pytest.raises(ValidationError):
        join(invitation, "not a name")

    assert rows() == before


def test_a_link_is_used_once_even_by_two_at_the_same_time(people):
    invitation = invite(people)
    link = link_of(invitation)
    join(invitation)

    with pytest.raises(invitations.LinkRefused) as refused:
        invitations.accept(link, "second", f.PASSWORD)

    assert refused.value.why == "used"
    assert not get_user_model().objects.filter(username="second").exists()


def test_somebody_who_got_an_account_meanwhile_makes_no_second_one(client, people):
    invitation = invite(people, email="a@example.org")
    f.make_user(email="A@example.org")
    before = rows()

    response = client.post(page_of(link_of(invitation)), sent())

    assert response.status_code == 409
    assert "has an account already" in response.content.decode()
    assert rows() == before


def test_two_advisors_of_one_name_get_addresses_of_their_own(people):
    first, second, third = (join(invite_advisor(people)).advisor for _ in range(3))

    assert [first.slug, second.slug, third.slug] == ["dr-amina", "dr-amina-2", "dr-amina-3"]


def test_the_desk_speaks_the_language_of_the_invitation(client, people):
    client.post(page_of(link_of(invite(people), "ar")), sent())

    assert parse(client.get("/admin/")).attrs["lang"] == "ar"


# -- Confirming ----------------------------------------------------------------------------------


def waiting(people):
    invitation = invite_advisor(people)
    user = join(invitation)
    invitation.refresh_from_db()
    return invitation, user


def test_who_waits_is_listed_with_what_she_filled_in(client, people):
    invitation, _user = waiting(people)
    invite(people)
    client.force_login(people.admin)

    listed = parse(client.get("/admin/review/invitation/?state=waiting"))
    page = parse(client.get(change(invitation))).text

    assert len(listed.one("table", id="result_list").one("tbody").all("tr")) == 1
    assert all(word in page for word in ADVISOR.values())
    assert list(invitations.waiting()) == [invitation]


def test_an_administrator_confirms_and_the_advisor_gets_a_mail(client, people):
    invitation, user = waiting(people)
    client.force_login(people.admin)
    page = parse(client.get(change(invitation)))
    seen = page.one("input", name="seen").attrs["value"]

    client.post(change(invitation), {"action": "confirm", "seen": seen})

    user.advisor.refresh_from_db()
    assert user.advisor.active
    assert mail.outbox[-1].to == [user.email]
    assert list(invitations.waiting()) == []


def test_what_changed_while_the_administrator_looked_is_not_confirmed(client, people):
    invitation, user = waiting(people)
    client.force_login(people.admin)
    seen = invitations.described(user.advisor)
    Advisor.objects.filter(user=user).update(credentials="Professor of everything")

    response = client.post(change(invitation), {"action": "confirm", "seen": seen})

    assert response.status_code == 409
    assert "Nothing was confirmed" in response.content.decode()
    assert not Advisor.objects.get(user=user).active


def test_sent_back_with_a_reason_she_corrects_it_and_waits_again(client, people):
    invitation, user = waiting(people)
    client.force_login(people.admin)
    client.post(change(invitation), {"action": "send_back", "reason": "Name your hospital"})
    assert "Name your hospital" in mail.outbox[-1].body
    client.force_login(user)
    assert "Name your hospital" in client.get("/admin/review/details/").content.decode()

    details = {"credentials": "Oncologist, Basel", "interests": "None"}
    client.post("/admin/review/details/", details)

    invitation.refresh_from_db()
    assert invitations.state(invitation) == "waiting"
    assert Advisor.objects.get(user=user).credentials == "Oncologist, Basel"


def test_sending_back_needs_a_reason_and_confirming_somebody_else(client, people):
    invitation, user = waiting(people)
    user.is_superuser = True
    user.save()
    before = rows()

    with pytest.raises(TransitionNotAllowed, match="Say what should be corrected"):
        invitations.send_back(invitation, by=people.admin, reason=" ")
    with pytest.raises(PermissionDenied, match="Somebody else must confirm you"):
        invitations.confirm(invitation, by=user, seen=invitations.described(user.advisor))

    assert rows() == before


@pytest.mark.parametrize("button", ["resend", "revoke", "confirm", "send_back", "", "nonsense"])
def test_no_button_does_anything_to_somebody_who_works_here(client, people, button):
    invitation = invite(people)
    join(invitation)
    client.force_login(people.admin)
    before = rows()

    body = {"action": button, "seen": "x", "reason": "Words that stay"}
    response = client.post(change(invitation), body)

    assert response.status_code in (200, 409)
    assert parse(response).one("ul", class_="messagelist").text
    assert "Words that stay" in response.content.decode()
    assert {each["last_login"] for each in rows()[0]}  # the rows are there to be compared
    assert rows()[1:] == before[1:]


def test_the_list_asks_as_often_for_many_as_for_few(client, people):
    client.force_login(people.admin)

    def ask():
        with CaptureQueriesContext(connection) as asked:
            client.get("/admin/review/invitation/")
        return len(asked)

    invite(people)
    few = ask()
    for _ in range(10):
        waiting(people)

    assert ask() == few


# -- On a telephone ------------------------------------------------------------------------------

ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]


@contextmanager
def telephone(chromium, address):
    """A page 360 pixels wide, without JavaScript."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        context = browser.new_context(
            base_url=address,
            viewport={"width": 360, "height": 740},
            java_script_enabled=False,
            has_touch=True,
        )
        yield context.new_page()
        browser.close()
        # Beside a running loop Django opened a connection of its own for the test.
        connections.close_all()


@pytest.mark.django_db(transaction=True)
def test_an_advisor_accepts_on_a_telephone_without_javascript(
    chromium, monkeypatch, people, live_server
):
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    invitation = invite_advisor(people, "es")
    link = page_of(link_of(invitation))

    with telephone(chromium, live_server.url) as page:
        page.goto(link)
        assert fits(page)
        page.get_by_role("button", name="Make my account").click()
        expect(page.get_by_text("Not done yet")).to_be_visible()
        assert fits(page)
        page.get_by_label("Your name, as readers see it").fill("Dr Amina")
        page.get_by_label("Your credentials").fill("Oncologist")
        page.get_by_label("Your declared interests").fill("None declared")
        page.get_by_label("Username").fill("amina")
        page.get_by_label("Password:").fill(f.PASSWORD)
        page.get_by_label("Password confirmation").fill(f.PASSWORD)
        page.get_by_role("button", name="Make my account").click()
        expect(page.get_by_text("An administrator reads these details")).to_be_visible()
        assert fits(page)
        page.get_by_role("link", name="My absences").click()
        expect(page.get_by_role("heading", name="My absences")).to_be_visible()
        assert fits(page)

    advisor = Advisor.objects.get(user__username="amina")
    assert (advisor.active, advisor.name) == (False, "Dr Amina")


def fits(page):
    """Whether nothing makes the page scroll sideways (asked without the page's own scripts)."""
    page.wait_for_load_state()
    session = page.context.new_cdp_session(page)
    size = session.send("Page.getLayoutMetrics")["cssContentSize"]
    return size["width"] <= 360


@pytest.mark.asvs("2.4.1")
def test_letters_to_one_address_and_by_one_person_are_few(client, people, monkeypatch):
    cache.clear()
    monkeypatch.setattr(letters, "MOST_TO_ONE", 2)
    monkeypatch.setattr(letters, "MOST", 4)
    client.force_login(people.admin)
    asked = {"name": "Amina", "group": groups.EDITORS, "speaks": "en"}
    assert client.post(ADD, {**asked, "email": "amina@example.org"}).status_code == 302
    page = reverse("admin:review_invitation_change", args=[Invitation.objects.get().pk])

    answers = [client.post(page, {"action": "resend"}) for _ in range(2)]
    kept = Invitation.objects.get().invited_at
    others = [client.post(ADD, {**asked, "email": f"{n}@example.org"}) for n in range(2)]

    assert [each.status_code for each in (*answers, *others)] == [302, 409, 302, 409]
    for refused in (answers[1], others[1]):
        assert "too many mails were sent" in refused.content.decode()
    assert Invitation.objects.get(email="amina@example.org").invited_at == kept
    assert not Invitation.objects.filter(email="1@example.org").exists()
    assert [each.to for each in mail.outbox] == [["amina@example.org"]] * 2 + [["0@example.org"]]
    cache.clear()
