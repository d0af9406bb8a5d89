"""The desk's lists of what is asked as one: requests, releases, invitations."""

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
    When,
)
from django.db.models.functions import Coalesce
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ... import languages
from ...ledger import name_of
from ...models import Invitation, Release, ReviewRequest, Revision, RevisionAuthor
from .rows import List, Row, public_at, title_of

Asked, State = ReviewRequest.State, Revision.State


class Requests(List):
    """Requests, overdue ones first, then the oldest."""

    def draw(self, view, requests):
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
        details.append(goes_public(request))
    return details


def goes_public(request):
    if request.release:
        return _("goes public with the release “%(release)s”") % {"release": request.release}
    return public_at(request.publish_at) or _("signed, waits to be made public")


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


def _asks_me(view):
    """Requests put to this advisor, to nobody by name, or to somebody for whom she stands in."""
    return Q(assigned_to=None) | Q(assigned_to__in=view.answers_for)


class ToSign(Requests):
    name = "sign"
    title = gettext_lazy("Waiting for my signature")
    short = gettext_lazy("to sign")
    empty = gettext_lazy("Nothing waits for your signature.")
    who = "advisor"
    main = True

    def find(self, view):
        found = _requests(view.signs, state=Asked.OPEN)
        return found.filter(_asks_me(view)) if view.mine else found


class Waiting(Requests):
    name = "waiting"
    title = gettext_lazy("Waiting for an advisor")
    short = gettext_lazy("waiting")
    empty = gettext_lazy("Nothing of yours waits for an advisor.")
    who = "writes"
    main = True

    def find(self, view):
        found = _requests(view.writes, state=Asked.OPEN)
        return found.filter(submitted_by=view.user) if view.mine else found


class Late(Requests):
    """Overdue requests that stand in no list above."""

    name = "late"
    title = gettext_lazy("Requests without an answer by the day it was wanted")
    short = gettext_lazy("requests overdue")
    empty = gettext_lazy("No request is overdue.")
    alarm = True

    def find(self, view):
        found = _requests(view.looks_at, state=Asked.OPEN, due__lt=view.today)
        above = Q(language__in=view.signs) & (_asks_me(view) if view.mine else Q())
        return found.exclude(above) if view.advisor else found


class Problems(Requests):
    name = "problems"
    title = gettext_lazy("Could not go public when it was due")
    short = gettext_lazy("not public in time")
    empty = gettext_lazy("Everything went public when it was due.")
    alarm = True

    def find(self, view):
        return _requests(view.looks_at, state=Asked.SIGNED).exclude(problem="")


class SignedNotPublic(Requests):
    name = "soon"
    title = gettext_lazy("Signed, not public yet")
    short = gettext_lazy("not public yet")
    empty = gettext_lazy("Nothing that was signed waits to go public.")
    todo = False

    def find(self, view):
        found = _requests(view.looks_at, state=Asked.SIGNED, problem="")
        own = Q(decided_by=view.user) | Q(submitted_by=view.user)
        return found.filter(own) if view.mine else found


# -- Releases and people -------------------------------------------------------------------------


class Gathering(List):
    """Releases that nobody made public yet, with how many of their requests are signed."""

    def draw(self, view, found):
        for each in found:
            row = Row(each.name, page_of("review_release_change", each.pk), note=each.problem)
            if not row.address and each.one:
                row.address = page_of("review_reviewrequest_change", each.one)
            row.details = [
                _("%(ready)s of %(size)s requests signed")
                % {"ready": each.ready, "size": each.size}
            ]
            if at := public_at(each.publish_at):
                row.details.append(at)
            yield row


def _releases():
    signed_ones = Case(
        When(requests__state=Asked.SIGNED, then=1), default=None, output_field=IntegerField()
    )
    return Release.objects.filter(state=Release.State.GATHERING).annotate(
        size=Count("requests"), ready=Count(signed_ones), one=Min("requests")
    )


class Releases(Gathering):
    name = "releases"
    title = gettext_lazy("Releases that gather")
    short = gettext_lazy("releases")
    empty = gettext_lazy("No release gathers requests.")
    todo = False

    def find(self, view):
        return _releases().filter(problem="").order_by("made_at", "pk")


class StuckReleases(Gathering):
    name = "stuck"
    title = gettext_lazy("Releases that could not go public when they were due")
    short = gettext_lazy("releases not public in time")
    empty = gettext_lazy("No release is held up.")
    alarm = True

    def find(self, view):
        return _releases().exclude(problem="").order_by("publish_at", "pk")


class Invitations(List):
    name = "invitations"
    title = gettext_lazy("Invitations to confirm")
    short = gettext_lazy("to confirm")
    empty = gettext_lazy("No invitation waits to be confirmed.")
    who = "confirms"

    def find(self, view):
        return Invitation.objects.filter(
            accepted_at__isnull=False, confirmed_at=None, revoked_at=None
        ).order_by("accepted_at", "pk")

    def draw(self, view, found):
        for each in found:
            day = date_format(each.accepted_at, "DATE_FORMAT")
            row = Row(each.name, page_of("review_invitation_change", each.pk))
            row.details = [each.email, each.group, _("accepted on %(day)s") % {"day": day}]
            yield row


def page_of(name, pk):
    """A page of the admin, "" where it has none."""
    try:
        return reverse(f"admin:{name}", args=[pk])
    except NoReverseMatch:
        return ""
