"""Sends what is noted: one mail a person, when she wants it, once.

A sender claims a person's notices before it writes to her (``sent_at`` is set, ``problem`` says
that they are being sent), so that two senders never send the same. What could not be sent is free
again at once; what a killed sender held, after ten minutes. A decision never waits for any of it.
"""

import logging
import smtplib
from collections import namedtuple
from contextlib import suppress
from datetime import timedelta

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core import mail
from django.db import transaction
from django.db.models import F, Max, Min, Q
from django.utils import timezone

from ..models import Notice, Preference, ReviewRequest, Standing
from .letters import compose
from .texts import one_line
from .whom import reachable

logger = logging.getLogger("review.notices")

SENDING, NOT_WANTED = "being sent", "not sent: not wanted, or of no use any more"
MOST = 12  # mails an hour to one person; what comes after waits, and goes in one mail
HELD = timedelta(minutes=10)  # how long a claim holds if its sender is never heard of again
# What one mail meets, and not the next one.
ITS_OWN = (
    smtplib.SMTPRecipientsRefused,
    smtplib.SMTPDataError,
    ValueError,  # a header or an address that is none
)

Sent = namedtuple("Sent", "mails waiting problem")


def send(daily=False):
    """Send what may go now; ``daily``: the daily mails as well. Returns (mails sent, notices that
    still wait after an attempt, the last problem)."""
    mails, problem = 0, ""
    connection = mail.get_connection()
    try:
        for user in _people():
            notices = _claim(user, daily)
            if not notices:
                continue
            try:
                message = _message(user, notices, connection)
                connection.open()  # once: it stays open for the next mail
                message.send()
            except (OSError, *ITS_OWN) as error:
                problem = one_line(f"{type(error).__name__}: {error}")[:300]
                logger.warning("A mail was not sent: %s", problem)
                _settle(notices, None, problem)
                if not isinstance(error, ITS_OWN):
                    break
            except BaseException:
                _settle(notices, None, "stopped while it was sent")
                raise
            else:
                mails += 1
                _settle(notices, timezone.now(), "")
    finally:
        with suppress(OSError):
            connection.close()
    waiting = Notice.objects.filter(sent_at=None, attempts__gt=0).count()
    return Sent(mails, waiting, problem)


def _free():
    """Notices that nobody sent or is sending."""
    lost = Q(problem=SENDING, sent_at__lt=timezone.now() - HELD)
    return Notice.objects.filter(Q(sent_at=None) | lost)


def _people():
    """Who has something to be sent, whoever was never tried first, then the longest waiting."""
    waiting = _free().values("user").annotate(tried=Max("attempts"), since=Min("made_at"))
    order = [row["user"] for row in waiting.order_by("tried", "since", "user")]
    users = get_user_model().objects.select_related("preference").in_bulk(order)
    return [users[pk] for pk in order]


def _claim(user, daily):
    """Take a person's notices for one mail, and settle those that need none."""
    with transaction.atomic():
        found = list(
            _free()
            .filter(user=user)
            .select_for_update(skip_locked=True, of=["self"])
            .select_related("request__release")
            .order_by("pk")
        )
        wanted, unwanted = _sorted(user, found)
        _settle(unwanted, timezone.now(), NOT_WANTED)
        wanted = [notice for notice in wanted if _now(user, notice, daily)]
        if not daily and _had_many(user):
            wanted = []
        rows = Notice.objects.filter(pk__in=[notice.pk for notice in wanted])
        rows.update(sent_at=timezone.now(), problem=SENDING, attempts=F("attempts") + 1)
    return wanted


def _sorted(user, notices):
    """(what the person wants to hear, what she does not, or what nobody needs any more)."""
    open_, due = ReviewRequest.State.OPEN, (Notice.Kind.DUE, Notice.Kind.OVERDUE)
    asked = {notice.sign_off_id for notice in notices if notice.kind in due}
    live = set(Standing.objects.filter(live__in=asked).values_list("live", flat=True))
    latest = {notice.sign_off_id: notice for notice in notices if notice.kind in due}
    wanted, unwanted = [], []
    for notice in notices:
        notice.user = user
        overdue = notice.kind == Notice.Kind.OVERDUE
        moot = notice.kind == Notice.Kind.SUBMITTED and notice.request.state != open_
        if notice.kind in due:
            moot = notice.sign_off_id not in live or latest[notice.sign_off_id] is not notice
        refused = _choice(user) == Preference.Mail.NONE and not overdue
        (unwanted if moot or refused or not reachable(user) else wanted).append(notice)
    return wanted, unwanted


def _choice(user):
    preference = getattr(user, "preference", None)
    return preference.mail if preference else Preference.Mail.AT_ONCE


def _now(user, notice, daily):
    """Whether it is the hour for it: a daily mail goes in the daily run, and once a day."""
    if _choice(user) != Preference.Mail.DAILY:
        return True
    return daily and (notice.kind == Notice.Kind.OVERDUE or not _had_mail_today(user))


def _had_many(user):
    hour = timezone.now() - timedelta(hours=1)
    went = user.notices.filter(sent_at__gte=hour, attempts__gt=0, problem="")
    return went.order_by().values("sent_at").distinct().count() >= MOST


def _had_mail_today(user):
    start = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    return user.notices.filter(sent_at__gte=start, attempts__gt=0).exclude(problem=SENDING).exists()


def _settle(notices, sent_at, problem):
    rows = Notice.objects.filter(pk__in=[notice.pk for notice in notices])
    rows.update(sent_at=sent_at, problem=problem)


def _message(user, notices, connection):
    preference = getattr(user, "preference", None)
    language = (preference and preference.language) or settings.LANGUAGE_CODE
    letter = compose(user, notices, language)
    message = mail.EmailMultiAlternatives(
        letter.subject,
        letter.text,
        to=[user.email],
        headers={"Auto-Submitted": "auto-generated"},
        connection=connection,
    )
    message.attach_alternative(letter.html, "text/html")
    return message
