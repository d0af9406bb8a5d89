"""Who signs has proved lately who she is: else a signature asks for the password again."""

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from ..guards import TransitionNotAllowed

LATELY = timedelta(minutes=15)
PROVED = "proved_at"


class NotProved(TransitionNotAllowed):
    """The password is missing or wrong: nothing happens."""


def note(request):
    """Remember with the session when it began: another sign-in elsewhere proves nothing here."""
    if PROVED not in request.session and request.user.last_login:
        request.session[PROVED] = request.user.last_login.isoformat()


def is_asked(request):
    proved = request.session.get(PROVED)
    return not proved or timezone.now() - datetime.fromisoformat(proved) > LATELY


def check(request):
    """Refuse unless the password was given lately, or is given now."""
    if not is_asked(request):
        return
    given = request.POST.get("password", "")
    if not given:
        raise NotProved(
            _(
                "Nothing was signed: you signed in more than 15 minutes ago. "
                "Enter your password again; what you chose is still here."
            )
        )
    if not request.user.check_password(given):
        raise NotProved(
            _(
                "Nothing was signed: that is not your password. Try again; "
                "what you chose is still here."
            )
        )
    request.session[PROVED] = timezone.now().isoformat()
