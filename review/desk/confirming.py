"""Before a decision: the password again, since a screen that was left open signs nothing, and the
language of the words that the page showed."""

from datetime import datetime, timedelta

from django.contrib.auth import authenticate, logout
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.translation import gettext as _

from .. import languages

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


def check_password_again(request):
    """Let a decision pass if the sign-in is fresh or the form's ``password`` is right.

    Raises PasswordNeeded with a sentence. Whoever guesses on is signed out.
    """
    if fresh_sign_in(request):
        return
    typed = request.POST.get("password", "")
    if not typed:
        raise PasswordNeeded(
            _("Nothing was decided: type your password, your last sign-in is a while ago.")
        )
    known = authenticate(request, username=request.user.get_username(), password=typed)
    if known is None or known.pk != request.user.pk:
        _count_wrong(request)
        raise PasswordNeeded(_("Nothing was decided: that is not your password. Type it again."))
    request.session[CONFIRMED] = timezone.now().isoformat()
    request.session.pop(WRONG, None)


def attested_in(request):
    """The language in which the form showed what is vouched; None where it names none."""
    named = request.POST.get("attest")
    return named if named in languages.codes() else None


def _count_wrong(request):
    wrong = request.session.get(WRONG, 0) + 1
    request.session[WRONG] = wrong
    if wrong >= TRIES:
        logout(request)
        raise PasswordNeeded(_("You were signed out after several wrong passwords. Sign in again."))
