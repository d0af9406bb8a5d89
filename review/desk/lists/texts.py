"""The desk's lists of texts: those that somebody works on, and those that readers get."""

from datetime import timedelta

from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ... import languages
from ...content import content_model
from ...ledger import name_of
from ...models import (
    Comment,
    Recheck,
    Report,
    ReviewRequest,
    Revision,
    RevisionAuthor,
    Rival,
    SignOff,
    Standing,
)
from .requests import goes_public
from .rows import List, Row, short, title_of

Asked, State = ReviewRequest.State, Revision.State
AHEAD = timedelta(days=90)


def _text_row(about, revision, text=None):
    title = title_of(about.item_type, about.key, revision.text if revision else text)
    kind = content_model(about.item_type)._meta.verbose_name
    return Row(
        title,
        language=about.language,
        text=(about.item_type, about.key),
        details=[str(kind), languages.name(about.language)],
    )


# -- Texts that somebody works on ----------------------------------------------------------------


def _newest(view, state):
    """Texts in these languages whose newest revision is in that state, the newest saved first."""
    found = Standing.objects.filter(newest__state=state, newest__language__in=view.writes)
    if view.mine:
        saved = RevisionAuthor.objects.filter(user=view.user, revision=OuterRef("newest"))
        found = found.filter(Exists(saved))
    return found.select_related("newest__request__decided_by").order_by("-newest__saved_at", "pk")


class Drafts(List):
    name = "drafts"
    title = gettext_lazy("My drafts")
    short = gettext_lazy("drafts")
    empty = gettext_lazy("You have no draft: what you save without submitting it stands here.")
    who = "writes"
    main = True

    def find(self, view):
        return _newest(view, State.DRAFT)

    def draw(self, view, standings):
        for each in standings:
            saved = date_format(each.newest.saved_at, "DATE_FORMAT")
            row = _text_row(each, each.newest)
            said = _("saved by %(name)s on %(day)s") % {"name": each.newest.saved_by, "day": saved}
            row.details.append(said)
            row.note = each.newest.summary
            yield row


class ChangesRequested(List):
    """Texts that somebody commented on come before those that only came back with them."""

    name = "changes"
    title = gettext_lazy("Changes requested")
    short = gettext_lazy("to change")
    empty = gettext_lazy("No advisor has asked for changes.")
    who = "writes"
    main = True

    def find(self, view):
        said = Comment.objects.filter(
            item_type=OuterRef("item_type"),
            key=OuterRef("key"),
            request=OuterRef("newest__request"),
            resolved_at=None,
        )
        found = _newest(view, State.CHANGES_REQUESTED)
        return found.annotate(said=Exists(said)).order_by("-said", "-newest__saved_at", "pk")

    def draw(self, view, standings):
        standings = list(standings)
        said = Comment.objects.filter(
            request__in=[each.newest.request_id for each in standings],
            parent=None,
            resolved_at=None,
        )
        comments = {
            (each.request_id, each.item_type, each.key): each
            for each in said.order_by("-at", "-pk")
        }
        for each in standings:
            row, request = _text_row(each, each.newest), each.newest.request
            comment = comments.get((request.pk, each.item_type, each.key))
            row.note = short(comment.text if comment else request.comment)
            if not row.note:
                row.details.append(_("no comment on this text itself"))
            if request.decided_by:
                day = date_format(request.decided_at, "DATE_FORMAT")
                by = {"name": name_of(request.decided_by), "day": day}
                row.details.append(_("given back by %(name)s on %(day)s") % by)
            yield row


class Conflicts(List):
    name = "conflicts"
    title = gettext_lazy("Two texts to merge")
    short = gettext_lazy("to merge")
    empty = gettext_lazy("None of your texts is in conflict with another.")
    who = "writes"

    def find(self, view):
        return Rival.objects.filter(
            user=view.user, decided_at=None, language__in=view.writes
        ).order_by("at", "pk")

    def draw(self, view, rivals):
        for each in rivals:
            row = _text_row(each, None, each.text)
            day = date_format(each.at, "DATE_FORMAT")
            row.details.append(_("you saved it on %(day)s over a newer text") % {"day": day})
            yield row


# -- Texts that readers get ----------------------------------------------------------------------


def _live_row(view, standing):
    row, live = _text_row(standing, standing.newest, {}), standing.live
    day = date_format(live.signed_at, "DATE_FORMAT")
    row.details.append(_("signed by %(name)s on %(day)s") % {"name": live.name, "day": day})
    if live.next_review < view.today:
        row.alarms.append(_("overdue"))
    return row


def _open_rechecks():
    about = {name: OuterRef(name) for name in ("item_type", "key", "language")}
    return Recheck.objects.filter(**about, closed_at=None).order_by("opened_at", "pk")


class Rechecks(List):
    """Public texts that must be read again before their date, for any advisor of the language."""

    name = "recheck"
    title = gettext_lazy("To be read again before the date")
    short = gettext_lazy("to read again now")
    empty = gettext_lazy("No text has to be read again before its date.")
    who = "advisor"

    def find(self, view):
        return (
            Standing.objects.filter(Exists(_open_rechecks()), language__in=view.signs)
            .exclude(live=None)
            .annotate(
                reason=Subquery(_open_rechecks().values("reason")[:1]),
                opened_by=Subquery(_open_rechecks().values("opened_by")[:1]),
                opened_at=Subquery(_open_rechecks().values("opened_at")[:1]),
            )
            .select_related("newest", "live")
            .order_by("opened_at", "pk")
        )

    def draw(self, view, standings):
        standings = list(standings)
        told = _told(standings)
        for each in standings:
            row = _live_row(view, each)
            day = date_format(each.opened_at, "DATE_FORMAT")
            row.details.append(
                _("asked for by %(name)s on %(day)s") % {"name": each.opened_by, "day": day}
            )
            row.note = short(each.reason)
            row.quotes = told.get((each.item, each.language), [])
            yield row


def _told(standings):
    """What readers wrote that opened a review of these texts, one query for all."""
    about = {"recheck__key__in": [each.key for each in standings], "recheck__closed_at": None}
    found = {}
    for report in Report.objects.filter(**about).exclude(words="").select_related("recheck"):
        text = (report.recheck.item, report.recheck.language)
        found.setdefault(text, []).append((short(report.words), report.language))
    return found


class ByDate(List):
    """Public texts whose review is due, the longest overdue first."""

    def draw(self, view, standings):
        for each in standings:
            row = _live_row(view, each)
            day = date_format(each.live.next_review, "DATE_FORMAT")
            row.details.append(_("due on %(day)s") % {"day": day})
            yield row


def _by_date(codes, until):
    """Public texts whose review is due until a day, the longest overdue first."""
    found = Standing.objects.filter(language__in=codes, live__next_review__lte=until)
    return found.select_related("newest", "live").order_by("live__next_review", "pk")


def _for_me(view):
    """What falls to this advisor: her own signatures, those of whom she stands in for, and of
    advisors who sign no longer."""
    return Q(live__advisor__in=view.answers_for) | Q(live__advisor__active=False)


class Due(ByDate):
    name = "due"
    title = gettext_lazy("Due for review within 90 days")
    short = gettext_lazy("due in 90 days")
    empty = gettext_lazy("No text is due for review within 90 days.")
    who = "advisor"
    main = True

    def find(self, view):
        found = _by_date(view.signs, view.today + AHEAD).filter(~Exists(_open_rechecks()))
        return found.filter(_for_me(view)) if view.mine else found


class Overdue(ByDate):
    """Overdue texts that stand in no list above."""

    name = "overdue"
    title = gettext_lazy("Public texts whose review is overdue")
    short = gettext_lazy("reviews overdue")
    empty = gettext_lazy("No public text is overdue for review.")
    alarm = True

    def find(self, view):
        found = _by_date(view.looks_at, view.today - timedelta(days=1))
        above = Q(language__in=view.signs) & (_for_me(view) if view.mine else Q())
        return found.exclude(above) if view.advisor else found


class Signed(List):
    name = "signed"
    title = gettext_lazy("What I signed lately")
    short = gettext_lazy("signed")
    empty = gettext_lazy("You have signed nothing yet.")
    who = "advisor"
    main = True
    todo = False

    def find(self, view):
        public = Standing.objects.filter(live=OuterRef("pk"))
        return (
            SignOff.objects.filter(advisor=view.advisor, language__in=view.signs)
            .exclude(decision=SignOff.Decision.WITHDRAW)
            .select_related("revision", "request__release")
            .annotate(public=Exists(public))
            .order_by("-pk")
        )

    def draw(self, view, sign_offs):
        for each in sign_offs:
            row = _text_row(each, each.revision)
            day = date_format(each.signed_at, "DATE_FORMAT")
            row.details.append(_("signed on %(day)s") % {"day": day})
            if each.public:
                row.details.append(_("public"))
            elif each.request and each.request.state == Asked.SIGNED:
                row.details.append(goes_public(each.request))
            else:
                row.details.append(_("no longer the public text"))
            yield row
