"""The desk's lists: queries that find what waits, and the rows that are drawn of it.

No query a row: what rows need beside their own is asked for all of them at once.
"""

from dataclasses import dataclass, field
from datetime import timedelta

from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    IntegerField,
    Min,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .. import languages
from ..content import content_model
from ..ledger import name_of
from ..models import (
    Comment,
    Invitation,
    Recheck,
    Release,
    Report,
    ReviewRequest,
    Revision,
    RevisionAuthor,
    Rival,
    SignOff,
    Standing,
)

Asked, State = ReviewRequest.State, Revision.State
AHEAD = timedelta(days=90)
EXCERPT = 200  # characters of a comment


@dataclass
class Row:
    """One line of the desk, a link to where it is done."""

    title: str
    address: str = ""
    language: str = ""  # of the title
    text: tuple = ()  # (item type, key): ``give_addresses`` makes it an address
    alarms: list = field(default_factory=list)  # what is wrong, in a word or two
    details: list = field(default_factory=list)
    note: str = ""
    quotes: list = field(default_factory=list)  # (what a reader wrote, language of the page)
    more: str = ""  # beside the title, in the language of the page


def give_addresses(rows):
    """Give rows about an item's text the address of its page: one query for all of them."""
    waiting = [row for row in rows if row.text]
    kinds = {}
    for row in waiting:
        kinds.setdefault(row.text[0], set()).add(row.text[1])
    queries = [
        content_model(kind)
        ._base_manager.filter(key__in=keys)
        .order_by()
        .values_list(Value(kind), "key", "pk")
        for kind, keys in sorted(kinds.items())
    ]
    found = queries[0].union(*queries[1:], all=True) if queries else ()
    pks = {(kind, key): pk for kind, key, pk in found}
    for row in waiting:
        if row.text in pks:
            app, name = row.text[0].split(".")
            page = reverse(f"admin:{app}_{name}_change", args=[pks[row.text]])
            row.address = f"{page}?language={row.language}"


def title_of(item_type, key, text):
    return content_model(item_type).title_in(text or {}, key)


# -- Requests ------------------------------------------------------------------------------------


def _requests(codes, **lookup):
    """Requests, overdue ones first, then the oldest, with how many texts they hold."""
    return (
        ReviewRequest.objects.filter(language__in=codes, **lookup)
        .select_related("submitted_by", "assigned_to", "release")
        .annotate(texts=Count("revisions"), first=Min("revisions"))
        .order_by(
            Case(When(due__lt=timezone.localdate(), then=F("due"))).asc(nulls_last=True),
            "submitted_at",
            "pk",
        )
    )


def _asks_me(view):
    """Requests put to this advisor, to nobody by name, or to somebody for whom she stands in."""
    return Q(assigned_to=None) | Q(assigned_to__in=view.answers_for)


def to_sign(view):
    found = _requests(view.signs, state=Asked.OPEN)
    return found.filter(_asks_me(view)) if view.mine else found


def waiting(view):
    found = _requests(view.writes, state=Asked.OPEN)
    return found.filter(submitted_by=view.user) if view.mine else found


def late(view):
    """Overdue requests that stand in no list above."""
    found = _requests(view.looks_at, state=Asked.OPEN, due__lt=view.today)
    above = Q(language__in=view.signs) & (_asks_me(view) if view.mine else Q())
    return found.exclude(above) if view.advisor else found


def problems(view):
    return _requests(view.looks_at, state=Asked.SIGNED).exclude(problem="")


def signed_not_public(view):
    found = _requests(view.looks_at, state=Asked.SIGNED, problem="")
    own = Q(decided_by=view.user) | Q(submitted_by=view.user)
    return found.filter(own) if view.mine else found


def draw_requests(view, requests):
    requests = list(requests)
    first = Revision.objects.in_bulk([each.first for each in requests if each.first])
    wrote = _wrote_part(view, requests)
    for each in requests:
        row = Row(_("Request %(number)s") % {"number": each.pk})
        if revision := first.get(each.first):
            row.title = title_of(revision.item_type, revision.key, revision.text)
            row.language = each.language
        if each.texts > 1:
            more = ngettext("and %(count)s more", "and %(count)s more", each.texts - 1)
            row.more = more % {"count": each.texts - 1}
        row.address = reverse("admin:review_reviewrequest_change", args=[each.pk])
        row.details = _request_details(view, each)
        row.note = each.problem or each.summary
        if each.due and each.due < view.today and each.state == Asked.OPEN:
            row.alarms.append(_("overdue"))
        if each.pk in wrote:
            row.alarms.append(_("you wrote part of it: somebody else signs it"))
        yield row


def _request_details(view, request):
    texts = ngettext("%(count)s text", "%(count)s texts", request.texts)
    words = ngettext("%(count)s word changed", "%(count)s words changed", request.words)
    asks = _("asked by %(name)s on %(day)s")
    day = date_format(request.submitted_at, "DATE_FORMAT")
    details = [
        languages.name(request.language),
        texts % {"count": request.texts},
        words % {"count": request.words},
        asks % {"name": name_of(request.submitted_by), "day": day},
    ]
    if request.due:
        details.append(_("wanted by %(day)s") % {"day": date_format(request.due, "DATE_FORMAT")})
    asked = request.assigned_to
    if asked and view.advisor and asked.pk in view.answers_for[1:]:
        details.append(_("for %(advisor)s, for whom you stand in") % {"advisor": asked})
    elif asked and asked != view.advisor:
        details.append(_("for %(advisor)s") % {"advisor": asked})
    if request.state == Asked.SIGNED:
        details.append(_goes_public(request))
    return details


def _goes_public(request):
    if request.release:
        return _("goes public with the release “%(release)s”") % {"release": request.release}
    return _public_at(request.publish_at) or _("signed, waits to be made public")


def _public_at(at):
    """When a signed thing goes public, or should have; "" for no time of its own."""
    if at is None:
        return ""
    time = {"time": date_format(timezone.localtime(at), "DATETIME_FORMAT")}
    if at < timezone.now():
        return _("should have gone public on %(time)s") % time
    return _("goes public on %(time)s") % time


def _wrote_part(view, requests):
    """Ids of those requests that hold a text of which this person saved something since its last
    approval, and which she therefore cannot sign: ``guards.check_not_author``, for many."""
    about = {name: OuterRef(name) for name in ("item_type", "key", "language")}
    approved = Revision.objects.filter(
        **about, state=State.APPROVED, number__lt=OuterRef("number")
    ).order_by("-number")
    mine = RevisionAuthor.objects.filter(
        user=view.user,
        **{f"revision__{name}": value for name, value in about.items()},
        revision__number__gt=OuterRef("since"),
    )
    asked = [each.pk for each in requests if each.language in view.signs]
    found = (
        Revision.objects.filter(request__in=asked, state=State.IN_REVIEW)
        .annotate(since=Coalesce(Subquery(approved.values("number")[:1]), 0))
        .filter(Exists(mine))
    )
    return set(found.order_by().values_list("request_id", flat=True))


# -- Texts that somebody works on ----------------------------------------------------------------


def _newest(view, state):
    """Texts in these languages whose newest revision is in that state, the newest saved first."""
    found = Standing.objects.filter(newest__state=state, newest__language__in=view.writes)
    if view.mine:
        saved = RevisionAuthor.objects.filter(user=view.user, revision=OuterRef("newest"))
        found = found.filter(Exists(saved))
    return found.select_related("newest__request__decided_by").order_by("-newest__saved_at", "pk")


def drafts(view):
    return _newest(view, State.DRAFT)


def changes_requested(view):
    """Texts that somebody commented on come before those that only came back with them."""
    said = Comment.objects.filter(
        item_type=OuterRef("item_type"),
        key=OuterRef("key"),
        request=OuterRef("newest__request"),
        resolved_at=None,
    )
    found = _newest(view, State.CHANGES_REQUESTED)
    return found.annotate(said=Exists(said)).order_by("-said", "-newest__saved_at", "pk")


def draw_drafts(view, standings):
    for each in standings:
        saved = date_format(each.newest.saved_at, "DATE_FORMAT")
        row = _text_row(each, each.newest)
        said = _("saved by %(name)s on %(day)s") % {"name": each.newest.saved_by, "day": saved}
        row.details.append(said)
        row.note = each.newest.summary
        yield row


def draw_changes(view, standings):
    standings = list(standings)
    said = Comment.objects.filter(
        request__in=[each.newest.request_id for each in standings], parent=None, resolved_at=None
    )
    comments = {
        (each.request_id, each.item_type, each.key): each for each in said.order_by("-at", "-pk")
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


def conflicts(view):
    return Rival.objects.filter(user=view.user, decided_at=None, language__in=view.writes).order_by(
        "at", "pk"
    )


def draw_conflicts(view, rivals):
    for each in rivals:
        row = _text_row(each, None, each.text)
        day = date_format(each.at, "DATE_FORMAT")
        row.details.append(_("you saved it on %(day)s over a newer text") % {"day": day})
        yield row


def _text_row(about, revision, text=None):
    title = title_of(about.item_type, about.key, revision.text if revision else text)
    kind = content_model(about.item_type)._meta.verbose_name
    return Row(
        title,
        language=about.language,
        text=(about.item_type, about.key),
        details=[str(kind), languages.name(about.language)],
    )


def short(text):
    return text if len(text) <= EXCERPT else text[:EXCERPT].rsplit(" ", 1)[0] + " …"


# -- Texts that readers get ----------------------------------------------------------------------


def _open_rechecks():
    about = {name: OuterRef(name) for name in ("item_type", "key", "language")}
    return Recheck.objects.filter(**about, closed_at=None).order_by("opened_at", "pk")


def rechecks(view):
    """Public texts that must be read again before their date, for any advisor of the language."""
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


def draw_rechecks(view, standings):
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


def _by_date(codes, until):
    """Public texts whose review is due until a day, the longest overdue first."""
    found = Standing.objects.filter(language__in=codes, live__next_review__lte=until)
    return found.select_related("newest", "live").order_by("live__next_review", "pk")


def _for_me(view):
    """What falls to this advisor: her own signatures, those of whom she stands in for, and of
    advisors who sign no longer."""
    return Q(live__advisor__in=view.answers_for) | Q(live__advisor__active=False)


def due(view):
    found = _by_date(view.signs, view.today + AHEAD).filter(~Exists(_open_rechecks()))
    return found.filter(_for_me(view)) if view.mine else found


def overdue(view):
    """Overdue texts that stand in no list above."""
    found = _by_date(view.looks_at, view.today - timedelta(days=1))
    above = Q(language__in=view.signs) & (_for_me(view) if view.mine else Q())
    return found.exclude(above) if view.advisor else found


def draw_due(view, standings):
    for each in standings:
        row = _live_row(view, each)
        day = date_format(each.live.next_review, "DATE_FORMAT")
        row.details.append(_("due on %(day)s") % {"day": day})
        yield row


def _live_row(view, standing):
    row, live = _text_row(standing, standing.newest, {}), standing.live
    day = date_format(live.signed_at, "DATE_FORMAT")
    row.details.append(_("signed by %(name)s on %(day)s") % {"name": live.name, "day": day})
    if live.next_review < view.today:
        row.alarms.append(_("overdue"))
    return row


def signed(view):
    public = Standing.objects.filter(live=OuterRef("pk"))
    return (
        SignOff.objects.filter(advisor=view.advisor, language__in=view.signs)
        .exclude(decision=SignOff.Decision.WITHDRAW)
        .select_related("revision", "request__release")
        .annotate(public=Exists(public))
        .order_by("-pk")
    )


def draw_signed(view, sign_offs):
    for each in sign_offs:
        row = _text_row(each, each.revision)
        day = date_format(each.signed_at, "DATE_FORMAT")
        row.details.append(_("signed on %(day)s") % {"day": day})
        if each.public:
            row.details.append(_("public"))
        elif each.request and each.request.state == Asked.SIGNED:
            row.details.append(_goes_public(each.request))
        else:
            row.details.append(_("no longer the public text"))
        yield row


# -- Releases and people -------------------------------------------------------------------------


def _releases():
    signed_ones = Case(
        When(requests__state=Asked.SIGNED, then=1), default=None, output_field=IntegerField()
    )
    return Release.objects.filter(state=Release.State.GATHERING).annotate(
        size=Count("requests"), ready=Count(signed_ones), one=Min("requests")
    )


def releases(view):
    return _releases().filter(problem="").order_by("made_at", "pk")


def stuck_releases(view):
    return _releases().exclude(problem="").order_by("publish_at", "pk")


def draw_releases(view, found):
    for each in found:
        row = Row(each.name, _address("review_release_change", each.pk), note=each.problem)
        if not row.address and each.one:
            row.address = _address("review_reviewrequest_change", each.one)
        row.details = [
            _("%(ready)s of %(size)s requests signed") % {"ready": each.ready, "size": each.size}
        ]
        if at := _public_at(each.publish_at):
            row.details.append(at)
        yield row


def invitations(view):
    return Invitation.objects.filter(
        accepted_at__isnull=False, confirmed_at=None, revoked_at=None
    ).order_by("accepted_at", "pk")


def draw_invitations(view, found):
    for each in found:
        day = date_format(each.accepted_at, "DATE_FORMAT")
        row = Row(each.name, _address("review_invitation_change", each.pk))
        row.details = [each.email, each.group, _("accepted on %(day)s") % {"day": day}]
        yield row


def _address(name, pk):
    """A page of the admin, "" where it has none."""
    try:
        return reverse(f"admin:{name}", args=[pk])
    except NoReverseMatch:
        return ""
