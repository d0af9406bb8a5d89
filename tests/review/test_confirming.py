"""A decision asks for the password again when the last sign-in is a while ago."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone

from review.desk.confirming import (
    RECENT,
    TRIES,
    PasswordNeeded,
    check_password_again,
    fresh_sign_in,
)
from tests import factories as f

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


@pytest.fixture
def noon(time_machine):
    time_machine.move_to("2026-03-15T12:00:00Z", tick=False)
    return timezone.now()


def asking(user, since, password=None, session=None):
    """A request by somebody who signed in so long ago."""
    user.last_login = None if since is None else timezone.now() - since
    session = SessionStore() if session is None else session
    sent = {} if password is None else {"password": password}
    return SimpleNamespace(user=user, session=session, POST=sent, META={})


@pytest.mark.parametrize(
    ("since", "fresh"),
    [(RECENT - SECOND, True), (RECENT, True), (RECENT + SECOND, False), (None, False)],
)
def test_sign_in_is_fresh_for_fifteen_minutes(people, noon, since, fresh):
    assert fresh_sign_in(asking(people.advisor, since)) is fresh


def test_fresh_sign_in_is_not_asked_again(people, noon):
    check_password_again(asking(people.advisor, RECENT))


@pytest.mark.parametrize("typed", [None, "", "wrong", f.PASSWORD.upper()])
def test_stale_sign_in_decides_nothing_without_the_password(people, noon, typed):
    request = asking(people.advisor, RECENT + SECOND, typed)

    with pytest.raises(PasswordNeeded, match="Nothing was decided"):
        check_password_again(request)

    assert not fresh_sign_in(request)


def test_another_persons_password_is_not_mine(people, noon):
    people.editor.set_password("quite another password")
    people.editor.save()

    with pytest.raises(PasswordNeeded):
        check_password_again(asking(people.advisor, None, "quite another password"))


def test_password_typed_again_holds_for_fifteen_minutes(people, noon, time_machine):
    request = asking(people.advisor, timedelta(days=1), f.PASSWORD)

    check_password_again(request)

    assert fresh_sign_in(request)
    time_machine.move_to(noon + RECENT, tick=False)
    assert fresh_sign_in(request)
    time_machine.move_to(noon + RECENT + SECOND, tick=False)
    assert not fresh_sign_in(request)


def test_whoever_guesses_on_is_signed_out(people, noon):
    session = SessionStore()
    for _guess in range(TRIES - 1):
        with pytest.raises(PasswordNeeded, match="not your password"):
            check_password_again(asking(people.advisor, None, "wrong", session))

    last = asking(people.advisor, None, "wrong", session)
    with pytest.raises(PasswordNeeded, match="signed out"):
        check_password_again(last)

    assert isinstance(last.user, AnonymousUser)


def test_right_password_forgets_the_wrong_ones(people, noon):
    session = SessionStore()
    for _round in range(2):
        for _guess in range(TRIES - 1):
            with pytest.raises(PasswordNeeded, match="not your password"):
                check_password_again(asking(people.advisor, None, "wrong", session))
        check_password_again(asking(people.advisor, None, f.PASSWORD, session))
        session.pop("password_confirmed_at")
