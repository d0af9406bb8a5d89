"""Sessions that know whose they are, how long they have lasted, and end by themselves."""

from datetime import datetime, timedelta

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.utils import timezone

BEGAN, USED, BROWSER = "session_began", "session_used", "session_browser"
NOTED = timedelta(minutes=10)  # how exactly "last used" is kept
LONGEST = timedelta(days=14)  # then everybody signs in again, however busy

# What a browser says of itself, in the order in which the first one that fits is the right one.
BROWSERS = ("Edg", "OPR", "Firefox", "Chrome", "Safari")
SYSTEMS = ("Android", "iPhone", "iPad", "Windows", "Macintosh", "Linux")
CALLED = {"Edg": "Edge", "OPR": "Opera", "Macintosh": "macOS"}


class SessionStore(DatabaseStore):
    """Django's sessions in the database, in a table with their owner."""

    @classmethod
    def get_model_class(cls):
        from .models import Session

        return Session

    def create_model_instance(self, data):
        row = super().create_model_instance(data)
        row.user_id = data.get("_auth_user_id")
        row.began, row.used = _moment(data.get(BEGAN)), _moment(data.get(USED))
        row.browser = data.get(BROWSER, "")
        return row


def begin(request):
    """Note with a session that it begins now, and in what kind of browser."""
    now = timezone.now().isoformat()
    request.session[BEGAN] = request.session[USED] = now
    request.session[BROWSER] = browser(request.META.get("HTTP_USER_AGENT", ""))


def go_on(request):
    """Note now and then that a session is used: that begins its idle time anew. False once it has
    lasted too long."""
    began, used = (_moment(request.session.get(name)) for name in (BEGAN, USED))
    if began is None:  # it began without us, as those of tests do
        return True
    now = timezone.now()
    if now - began > LONGEST:
        return False
    if now - used > NOTED:
        request.session[USED] = now.isoformat()
    return True


def of(user):
    """Somebody's sessions that have not run out, the newest first."""
    return user.sessions.filter(expire_date__gt=timezone.now()).order_by("-began", "pk")


def handled(user, handle):
    """One of somebody's sessions by what a page calls it: the key itself is in no page."""
    return next((each for each in of(user) if each.handle == handle), None)


def end_others(request):
    """End all sessions of the person but this one. Returns how many."""
    ended, _kinds = of(request.user).exclude(pk=request.session.session_key).delete()
    return ended


def browser(agent):
    """ "Firefox, Windows": enough to know one's own again, and no more than that is kept."""
    parts = [next((each for each in known if each in agent), "") for known in (BROWSERS, SYSTEMS)]
    return ", ".join(CALLED.get(part, part) for part in parts if part)


def _moment(kept):
    return datetime.fromisoformat(kept) if kept else None
