"""Before a decision: the password again, or a code of the second factor, since a screen that was
left open signs nothing; and the language of the words that the page showed."""

import logging
from datetime import datetime, timedelta

from django.contrib.auth import authenticate, logout
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.translation import gettext as _

from .. import languages, second_factor

logger = logging.getLogger("review.signing_in")
RECENT = timedelta(minutes=15)
TRIES = 5  # wrong passwords until the session ends
CONFIRMED, WRONG = "password_confirmed_at", "password_wrong"


class PasswordNeeded(PermissionDenied):
    """The sign-in is too old, and the form's ``password`` is missing or wrong."""


def fresh_sign_in(request):
    """Whether the person signed in, or typed the password again here, within 15 minutes.

    A page that asks for a decision includes ``admin/review/_password.html`` where this is false.
    """
    note(request)
    kept = request.session.get(CONFIRMED)
    return bool(kept) and timezone.now() - datetime.fromisoformat(kept) <= RECENT


def note(request):
    """Remember with the session when it began: signing in elsewhere meanwhile proves nothing here.
    Called at sign-in."""
    signed_in = getattr(request.user, "last_login", None)  # nobody has none
    if signed_in and CONFIRMED not in request.session:
        request.session[CONFIRMED] = signed_in.isoformat()


def asks(request):
    """What a page with a decision asks for beside it: "" while the sign-in is fresh, else the
    password, or a code where the person has an app for codes."""
    if fresh_sign_in(request):
        return ""
    return "code" if second_factor.apps(request.user).exists() else "password"


def confirm(request):
    """From now on the sign-in is fresh."""
    request.session[CONFIRMED] = timezone.now().isoformat()
    request.session.pop(WRONG, None)


def check_password_again(request):
    """Let a decision pass if the sign-in is fresh or the form's ``password`` is right, be it the
    password or a code of the second factor.

    Raises PasswordNeeded with a sentence. Whoever guesses on is signed out.
    """
    if fresh_sign_in(request):
        return
    typed = request.POST.get("password", "")
    if not typed:
        raise PasswordNeeded(
            _("Nothing was decided: type your password, your last sign-in is a while ago.")
        )
    if not (_is_code(request.user, typed) or _is_password(request, typed)):
        _count_wrong(request)
        raise PasswordNeeded(_("Nothing was decided: that is not your password. Type it again."))
    confirm(request)


def _is_code(user, typed):
    short = typed.strip()
    if not (short.isdigit() and len(short) <= 8):
        return False
    return second_factor.match(user, short) is not None


def _is_password(request, typed):
    known = authenticate(request, username=request.user.get_username(), password=typed)
    return known is not None and known.pk == request.user.pk


def attested_in(request):
    """The language in which the form showed what is vouched; None where it names none."""
    named = request.POST.get("attest")
    return named if named in languages.codes() else None


def _count_wrong(request):
    logger.warning("a password before a decision was wrong", extra={"account": request.user.pk})
    wrong = request.session.get(WRONG, 0) + 1
    request.session[WRONG] = wrong
    if wrong >= TRIES:
        logout(request)
        raise PasswordNeeded(_("You were signed out after several wrong passwords. Sign in again."))
