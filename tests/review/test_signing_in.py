"""Signing in: password, second factor, lock, sessions, a forgotten password. As on a real site."""

import json
import re
import time
from datetime import timedelta

import pytest
from django.conf import settings as site
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import identify_hasher
from django.contrib.auth.password_validation import validate_password
from django.core import mail
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_otp.oath import totp
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice
from django_otp_webauthn.models import WebAuthnCredential

from review import second_factor, sessions
from review.models import Session
from running import logs
from tests import factories as f

pytestmark = pytest.mark.django_db
ARGON = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
LOGIN, DESK, SECOND, SAFETY = (
    "/admin/login/",
    "/admin/",
    "/admin/review/second/",
    "/admin/review/safety/",
)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture(autouse=True)
def as_on_a_real_site(settings):
    settings.SECOND_FACTOR_REQUIRED = settings.AXES_ENABLED = True
    cache.clear()


def sign_in(client, user, password=f.PASSWORD, **more):
    sent = {"username": getattr(user, "username", user), "password": password, **more}
    return client.post(LOGIN, sent, headers={"user-agent": FIREFOX})


def code_of(device):
    """What the app shows now, as if no code had been used before."""
    TOTPDevice.objects.filter(pk=device.pk).update(last_t=-1, throttling_failure_count=0)
    return f"{totp(device.bin_key):06d}"


def with_app(user):
    return TOTPDevice.objects.create(user=user, name="app", confirmed=True)


# -- The password --------------------------------------------------------------------------------


@pytest.mark.asvs("6.2.1", "6.2.4", "6.2.5", "6.2.9", "11.4.2")
def test_passwords_are_kept_by_argon2_and_long_rather_than_odd(settings, people):
    settings.PASSWORD_HASHERS = ARGON
    user = people.editor
    user.set_password("correct horse battery staple")

    assert identify_hasher(user.password).algorithm == "argon2"
    for good in (
        "onlysmallletters",
        "my colon is none of your business",
        "!?%&/()=?!$%&",
        "a" * 30 + "b" * 98,
        "pässwörter zählen",
    ):
        validate_password(good, user)
    for bad in ("elevenchars", "123456789012", "passwordpassword"[:8], f"{user.username}-1"[:11]):
        with pytest.raises(ValidationError):
            validate_password(bad, user)


@pytest.mark.asvs("6.1.1", "6.3.1")
def test_ten_wrong_passwords_close_account_and_address_for_a_quarter_of_an_hour(
    client, people, time_machine, settings
):
    settings.SECOND_FACTOR_REQUIRED = False
    editor = people.editor
    for _try in range(site.AXES_FAILURE_LIMIT - 1):
        assert sign_in(client, editor, "wrong").status_code == 200

    closed = sign_in(client, editor, "wrong")
    right = sign_in(client, editor)
    # From elsewhere the account is closed, and from here the others are.
    elsewhere = Client(REMOTE_ADDR="192.0.2.7")
    account, address = sign_in(elsewhere, editor), sign_in(client, people.second_editor)

    for response in (closed, right, account, address):
        assert response.status_code == 429
        assert response["Retry-After"] == "900"
        assert "Too many wrong passwords" in response.content.decode()
    assert Client(REMOTE_ADDR="192.0.2.9").post(
        LOGIN, {"username": people.second_editor.username, "password": f.PASSWORD}
    ).status_code in (302,)
    time_machine.move_to(timezone.now() + timedelta(minutes=16))
    assert sign_in(client, editor).status_code == 302


@pytest.mark.asvs("6.3.8")
def test_nobody_learns_from_the_answer_who_has_an_account(client, people):
    people.advisor.is_active = False
    people.advisor.save()
    outsider = get_user_model().objects.create_user("outsider", password=f.PASSWORD)
    tries = [
        (people.editor.username, "wrong"),
        ("no-such-person", "wrong"),
        (people.advisor.username, f.PASSWORD),
        (outsider.username, f.PASSWORD),
    ]

    answers = {
        re.sub(r'value="[^"]*"', "", sign_in(Client(), name, password).content.decode())
        for name, password in tries
    }
    for name, _password in tries:
        locked = [sign_in(Client(REMOTE_ADDR="192.0.2.8"), name, "x") for _ in range(11)][-1]
        answers.add("locked" if locked.status_code == 429 else locked.content.decode())

    assert len(answers) == 2
    assert "locked" in answers


@pytest.mark.asvs("6.3.8")
def test_an_unknown_name_takes_as_long_as_a_wrong_password(settings, people):
    settings.PASSWORD_HASHERS = ARGON
    settings.AXES_ENABLED = False
    people.editor.set_password(f.PASSWORD)
    people.editor.save()
    client, taken = Client(), {}

    for name in (people.editor.username, "no-such-person"):
        taken[name] = []
        for _try in range(5):
            before = time.perf_counter()
            sign_in(client, name, "wrong")
            taken[name].append(time.perf_counter() - before)

    known, unknown = (min(times) for times in taken.values())
    assert 0.5 < known / unknown < 2


# -- The second factor ---------------------------------------------------------------------------


@pytest.mark.asvs("6.3.3", "6.3.4")
@pytest.mark.parametrize(
    ("role", "needs"),
    [("advisor", True), ("admin", True), ("editor", False), ("translator", False)],
)
def test_whoever_may_sign_or_administer_sets_up_a_second_factor_first(
    client, people, settings, role, needs
):
    user = getattr(people, role)

    assert sign_in(client, user).status_code == 302
    first = client.get(DESK)

    assert (first.status_code == 302) is needs
    if needs:
        led = client.get(DESK, follow=True)
        assert led.redirect_chain[-1][0].startswith(SAFETY)
        assert "takes a minute" in led.content.decode()
        for address in ("/admin/auth/user/", "/admin/review/details/", "/markdownx/markdownify/"):
            assert client.post(address, {"content": "x"}).status_code == 302
    settings.SECOND_FACTOR_REQUIRED = False  # as in demonstration
    assert client.get(DESK).status_code == 200


@pytest.mark.asvs("6.5.1", "6.5.3", "6.5.4", "6.5.5", "7.2.4", "7.4.3")
def test_an_app_is_set_up_and_asked_for_at_the_next_sign_in(client, people):
    user, other = people.advisor, Client()
    sign_in(other, user)
    sign_in(client, user, next="/admin/review/absences/")
    page = client.get(SAFETY)
    device = TOTPDevice.objects.get(user=user)
    assert not device.confirmed
    secret = page.context["secret"].replace(" ", "")
    assert f"secret={secret}" in device.config_url

    wrong = client.post(SAFETY, {"action": "app", "code": "000000"})
    assert wrong.status_code == 409
    assert "not the code" in wrong.content.decode()
    before = client.session.session_key
    done = client.post(SAFETY, {"action": "app", "code": code_of(device)}, follow=True)

    assert client.session.session_key != before
    codes = done.context["codes"]
    assert len(set(codes)) == second_factor.CODES
    assert all(code in done.content.decode() for code in codes)
    assert "codes" not in client.get(SAFETY).context or not client.get(SAFETY).context["codes"]
    kept = set(StaticToken.objects.values_list("token", flat=True))
    assert not kept & {code.replace("-", "") for code in codes}
    assert client.get(DESK).status_code == 200
    assert other.get(DESK).status_code == 302  # other sessions were ended
    assert "_auth_user_id" not in other.session

    # The next sign-in asks, and takes each code once.
    again = Client()
    sign_in(again, user)
    assert again.get(DESK, follow=True).redirect_chain[-1][0].startswith(SECOND)
    assert again.get(SAFETY).status_code == 302  # no way round by the page of factors
    assert again.post(SECOND, {"code": "123456"}).status_code == 403
    assert again.get(DESK).status_code == 302
    fresh = code_of(device)
    assert again.post(SECOND, {"code": fresh}).status_code == 302
    assert again.get(DESK).status_code == 200
    third = Client()
    sign_in(third, user)
    assert third.post(SECOND, {"code": fresh}).status_code == 403
    TOTPDevice.objects.update(throttling_failure_count=0)
    StaticToken.objects.first().device.throttle_reset()
    assert third.post(SECOND, {"code": codes[0].upper()}).status_code == 302
    assert third.get(DESK).status_code == 200
    fourth = Client()
    sign_in(fourth, user)
    assert fourth.post(SECOND, {"code": codes[0]}).status_code == 403
    assert second_factor.codes_left(user) == second_factor.CODES - 1


def test_who_has_a_second_factor_proves_it_though_nobody_requires_it(client, people, settings):
    settings.SECOND_FACTOR_REQUIRED = False
    device = with_app(people.editor)

    sign_in(client, people.editor)

    assert client.get(DESK).status_code == 302
    assert client.post(SECOND, {"code": code_of(device)})["Location"] == DESK
    assert client.get(DESK).status_code == 200


@pytest.mark.asvs("3.7.2")
@pytest.mark.parametrize("away", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_second_step_leads_to_no_other_site(client, people, away):
    device = with_app(people.editor)
    sign_in(client, people.editor)

    done = client.post(SECOND, {"code": code_of(device), "next": away})

    assert done["Location"] == DESK


def test_wrong_codes_make_the_next_wait(client, people):
    device = with_app(people.editor)
    sign_in(client, people.editor)
    right = code_of(device)

    assert client.post(SECOND, {"code": "000000"}).status_code == 403
    assert client.post(SECOND, {"code": right}).status_code == 403  # too soon
    assert not client.session.get("second_factor_settled")


@pytest.mark.asvs("6.4.3", "6.5.6")
def test_last_factor_stays_where_one_is_required_and_an_administrator_helps(client, people):
    user = people.advisor
    device = with_app(user)
    sign_in(client, user)
    client.post(SECOND, {"code": code_of(device)})

    kept = client.post(SAFETY, {"action": "remove_app", "device": device.pk})
    theirs = client.get(f"{SAFETY}{people.admin.pk}/")

    assert kept.status_code == 409
    assert second_factor.has(user)
    assert theirs.status_code == 403
    boss = Client()
    app = with_app(people.admin)
    sign_in(boss, people.admin)
    boss.post(SECOND, {"code": code_of(app)})
    page = boss.get(f"{SAFETY}{user.pk}/").content.decode()
    assert device.key not in page
    assert boss.post(f"{SAFETY}{user.pk}/", {"action": "remove_factors"}).status_code == 302
    assert not second_factor.has(user)
    assert client.get(DESK).status_code == 302  # signed out
    assert (
        "Removed every second factor"
        in boss.get(f"/admin/auth/user/{user.pk}/history/").content.decode()
    )


def test_secrets_of_second_factors_are_on_no_page_of_the_admin(client, people, settings):
    settings.SECOND_FACTOR_REQUIRED = False
    client.force_login(people.admin)

    for path in ("otp_totp/totpdevice/", "otp_static/staticdevice/", "axes/accessattempt/"):
        assert client.get(f"/admin/{path}").status_code == 404
    assert "otp_totp" not in client.get(DESK).content.decode()


# -- Passkeys ------------------------------------------------------------------------------------


def test_passkeys_are_offered_only_where_browsers_know_them(client, people, settings):
    settings.SECOND_FACTOR_REQUIRED = False
    sign_in(client, people.editor)

    offered = {}
    for address, name in (
        ("https://desk.example.org", "desk.example.org"),
        ("http://1.2.3.4", "1.2.3.4"),
    ):
        settings.SITE_URL, settings.OTP_WEBAUTHN_RP_ID = address, name
        settings.OTP_WEBAUTHN_ALLOWED_ORIGINS = [address]
        offered[name] = "passkey-register-button" in client.get(SAFETY).content.decode()

    assert offered == {"desk.example.org": True, "1.2.3.4": False}


@pytest.mark.asvs("7.5.1", "6.3.4")
def test_passkey_is_added_only_soon_after_the_password_and_never_by_a_half_signed_in(
    client, people, time_machine
):
    begin = reverse("otp_webauthn:credential-registration-begin")
    start = reverse("otp_webauthn:credential-authentication-begin")
    assert Client().post(begin).status_code in (401, 403)
    assert Client().post(start).status_code in (401, 403)  # no sign-in by passkey alone
    sign_in(client, people.editor)
    assert client.post(begin).status_code == 200

    time_machine.move_to(timezone.now() + timedelta(minutes=16))
    assert client.post(begin).status_code == 403
    half = Client()
    with_app(people.second_editor)
    sign_in(half, people.second_editor)
    assert half.post(begin).status_code == 403
    assert WebAuthnCredential.objects.count() == 0


# -- At the sign-off -----------------------------------------------------------------------------


@pytest.mark.asvs("7.5.3")
def test_a_code_of_the_app_does_for_the_password_and_nothing_typed_is_lost(
    client, people, time_machine, settings
):
    review = f.submit(people, f.make_topic())
    user = people.advisor
    device = with_app(user)
    sign_in(client, user)
    client.post(SECOND, {"code": code_of(device)})
    time_machine.move_to(timezone.now() + timedelta(minutes=16), tick=False)
    page = reverse("admin:review_reviewrequest_change", args=[review.pk])
    seen = {f"fingerprints-{pk}": value for pk, value in f.expected(review).items()}
    sent = {"action": "approve", "attest": "en", "comment": "Typed before.", **seen}

    assert "or a code from your app" in client.get(page).content.decode()
    refused = client.post(page, sent)
    assert refused.status_code == 403
    shown = refused.content.decode()
    assert "Typed before." in shown
    assert re.search(r'name="attest"[^>]* checked', shown)
    signed = client.post(page, {**sent, "password": code_of(device)})

    assert signed.status_code == 302
    review.refresh_from_db()
    assert review.state == review.State.PUBLISHED


# -- Sessions ------------------------------------------------------------------------------------


@pytest.mark.asvs("7.4.1", "7.4.5", "7.5.2")
def test_sessions_are_listed_and_ended_by_their_owner(client, people, settings):
    settings.SECOND_FACTOR_REQUIRED = False
    other, stranger = Client(), Client()
    for each, user in ((client, people.editor), (other, people.editor), (stranger, people.admin)):
        sign_in(each, user)

    page = client.get(SAFETY)
    rows = list(page.context["sessions"])
    assert len(rows) == 2
    assert rows[0].browser == "Firefox, Linux"
    text = page.content.decode()
    assert not any(row.session_key in text for row in Session.objects.all())
    mine = next(row for row in rows if row.pk == client.session.session_key)
    theirs = next(row for row in rows if row is not mine)
    foreign = sessions.of(people.admin).get()
    assert client.post(SAFETY, {"action": "end", "session": foreign.handle}).status_code == 409
    assert client.post(SAFETY, {"action": "end", "session": mine.handle}).status_code == 409
    assert client.post(SAFETY, {"action": "end", "session": theirs.handle}).status_code == 302

    assert other.get(DESK).status_code == 302
    assert client.get(DESK).status_code == 200
    assert stranger.post(f"{SAFETY}{people.editor.pk}/", {"action": "end"}).status_code == 302
    assert client.get(DESK).status_code == 302


@pytest.mark.asvs("7.3.1", "7.3.2")
def test_sessions_end_by_themselves(client, people, settings, time_machine):
    settings.SECOND_FACTOR_REQUIRED = False
    start = timezone.now()
    sign_in(client, people.editor)
    idle = Client()
    sign_in(idle, people.editor)

    hours = 0
    while hours < 24 * 14:  # never idle for twelve hours
        hours += 11
        time_machine.move_to(start + timedelta(hours=hours), tick=False)
        expected = 200 if hours <= 24 * 14 else 302
        assert client.get(DESK).status_code == expected, hours
    assert idle.get(DESK).status_code == 302


@pytest.mark.asvs("7.4.2")
def test_closing_an_account_ends_its_sessions_at_once(client, people, settings):
    settings.SECOND_FACTOR_REQUIRED = False
    sign_in(client, people.editor)

    get_user_model().objects.filter(pk=people.editor.pk).update(is_active=False)

    assert client.get(DESK).status_code == 302


@pytest.mark.asvs("14.3.1", "7.4.4")
def test_signing_out_clears_the_browsers_copies(client, people, settings):
    settings.SECOND_FACTOR_REQUIRED = False
    sign_in(client, people.editor)
    assert 'id="logout-form"' in client.get(DESK).content.decode()

    response = client.post("/admin/logout/")

    assert response["Clear-Site-Data"] == '"cache"'
    assert Session.objects.count() == 0


# -- A forgotten password ------------------------------------------------------------------------


@pytest.mark.asvs("6.3.8", "6.4.3", "1.3.11")
def test_forgotten_password_answers_the_same_to_everybody_and_skips_no_second_factor(
    client, people
):
    user = people.advisor
    user.email = "advisor@example.org"
    user.save()
    device = with_app(user)

    pages = [
        client.post("/admin/password_reset/", {"email": email}, follow=True)
        for email in ("advisor@example.org", "nobody@example.org")
    ]
    assert pages[0].content == pages[1].content
    assert pages[0].redirect_chain == pages[1].redirect_chain
    [sent] = mail.outbox
    assert sent.to == ["advisor@example.org"]
    link = re.search(r"https?://[^/]+(/\S+)", sent.body)
    assert link[0].startswith(site.SITE_URL)  # never the host that a request names
    form = client.get(link[1], follow=True)
    new = {"new_password1": "a wholly new password", "new_password2": "a wholly new password"}
    client.post(form.redirect_chain[-1][0], new)

    assert client.get(link[1]).status_code == 200
    assert "Password reset unsuccessful" in client.get(link[1]).content.decode()
    sign_in(client, user, "a wholly new password")
    assert client.get(DESK).status_code == 302
    client.post(SECOND, {"code": code_of(device)})
    assert client.get(DESK).status_code == 200


@pytest.mark.asvs("2.4.1", "1.3.11")
def test_mails_for_a_forgotten_password_are_few(people):
    people.editor.email = "editor@example.org"
    people.editor.save()

    for number in range(8):
        Client(REMOTE_ADDR=f"192.0.2.{number}").post(
            "/admin/password_reset/", {"email": "Editor@example.org"}
        )
    client = Client()
    answers = [
        client.post("/admin/password_reset/", {"email": f"{n}@example.org"}).status_code
        for n in range(6)
    ]
    injected = client.post("/admin/password_reset/", {"email": "a@example.org\nBcc: b@example.org"})

    assert len(mail.outbox) == 5
    assert answers == [302] * 5 + [200]
    assert injected.status_code == 200


@pytest.mark.asvs("6.1.2", "6.2.11")
@pytest.mark.parametrize(
    "password",
    [
        "bowelcancer123",
        "Crcsite-2026-Admin",
        "Colorectal-Cancer!",
        "chimiothérapie1",
        "QUIMIOTERAPIA26",
        "سرطان القولون 12",
        "结直肠癌 化疗 密码 2026 患者",
        "example-example1",  # the site's own name
    ],
)
def test_words_that_are_obvious_here_make_no_password(settings, password):
    settings.SITE_URL = "https://example.org"

    with pytest.raises(ValidationError, match="at least 8 characters beside words") as refused:
        validate_password(password)
    assert "password_of_the_subject" in [each.code for each in refused.value.error_list]


@pytest.mark.asvs("16.2.1", "16.3.1", "16.3.2", "16.3.3", "16.2.5")
def test_the_log_tells_who_signed_in_or_was_refused_by_the_accounts_number_alone(
    client, people, caplog
):
    caplog.set_level("INFO")
    user = people.advisor
    device = with_app(user)

    sign_in(client, user, "wrong and secret")
    sign_in(client, user)
    client.post(SECOND, {"code": "000000"})
    code = code_of(device)
    client.post(SECOND, {"code": code})
    client.get("/admin/auth/user/")
    client.post("/admin/logout/")

    told = [json.loads(logs.Formatter().format(each)) for each in caplog.records]
    kept = [
        (each["message"], each.get("account"))
        for each in told
        if each["logger"] == "review.signing_in"
    ]
    assert kept == [
        ("a sign-in was refused: wrong", None),
        ("a password was right", user.pk),
        ("a second factor was refused", user.pk),
        ("a second factor was right", user.pk),
        ("signed out", user.pk),
    ]
    [refused] = [each for each in told if each.get("route") == "admin:auth_user_changelist"]
    assert (refused["status"], refused["account"]) == (403, user.pk)
    for private in (user.username, "wrong and secret", f.PASSWORD, code, "127.0.0.1"):
        assert private not in json.dumps(told)
