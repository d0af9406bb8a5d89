"""Reviews that are due: a notice 90 days before, 30 before, on the day, then every week.

A text that was queued for re-review is due at once. What counts is the latest stage that today has
reached, so that days on which nothing ran are made up for by one notice, not by one each.
"""

from datetime import date, timedelta

from django.utils import timezone

from ..models import Notice, Recheck, Standing
from .texts import described, write
from .whom import Whom, reachable

AHEAD = (30, 90)  # days before the review is due, nearest first
KINDS = [Notice.Kind.DUE, Notice.Kind.OVERDUE]


def stage(due, today):
    """The latest stage reached: "90", "30", "0", "+1" (a week late), "+2" …; "" before them."""
    left = (due - today).days
    if left <= 0:
        weeks = -left // 7
        return f"+{weeks}" if weeks else "0"
    return next((str(days) for days in AHEAD if left <= days), "")


def remind(today=None):
    """Note what is due, for those who are asked to read it again. Returns how many notices."""
    today = today or timezone.localdate()
    waiting = _due(today)
    told = set(
        Notice.objects.filter(
            kind__in=KINDS, sign_off__in=Standing.objects.exclude(live=None).values("live")
        ).values_list("user_id", "about")
    )
    whom, now = Whom(today), timezone.now()
    texts = described(sign_off.revision for sign_off, _due in waiting)
    notices = []
    for sign_off, due in waiting:
        about = f"sign-off:{sign_off.pk}:{stage(due, today)}"
        authors = {author.user_id for author in sign_off.revision.authors.all()}
        notices += [
            Notice(
                user=user,
                kind=Notice.Kind.OVERDUE if due < today else Notice.Kind.DUE,
                about=about,
                sign_off=sign_off,
                details={"texts": [texts[sign_off.revision_id]], "due": due.isoformat()},
                made_at=now,
            )
            for user in whom.asked(sign_off.language, sign_off.advisor_id, authors)
            if reachable(user) and (user.pk, about) not in told
        ]
    write(notices)
    return len(notices)


def _due(today):
    """[(live sign-off, the day on which its text should be read again)], for every stage."""
    queued = {}
    for text in Recheck.objects.filter(closed_at=None).order_by("-opened_at"):
        queued[text.item_type, text.key, text.language] = timezone.localdate(text.opened_at)
    rows = Standing.objects.exclude(live=None).select_related("live__revision")
    rows = rows.prefetch_related("live__revision__authors").order_by("pk")
    last = today + timedelta(days=AHEAD[-1])
    soon = rows.filter(live__next_review__lte=last)
    asked = rows.filter(live__next_review__gt=last, **_among(queued)) if queued else []
    found = []
    for row in (*soon, *asked):
        text = (row.item_type, row.key, row.language)
        due = min(row.live.next_review, queued.get(text, date.max))
        if stage(due, today):
            found.append((row.live, due))
    return found


def _among(texts):
    kinds, keys, languages = (set(each) for each in zip(*texts, strict=True))
    return {"item_type__in": kinds, "key__in": keys, "language__in": languages}
