"""The desk, the admin's first screen: what waits for this person, and how everything stands."""

from collections import namedtuple
from datetime import timedelta
from urllib.parse import urlencode

from django.utils import timezone
from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from .. import languages
from ..guards import acting_advisor
from ..models import Verification, write_permission
from ..people import stands_in_for
from . import charts, figures, lists, told

FIRST, PAGE = 10, 50
STALE = timedelta(hours=48)  # a verification that is older says nothing about today

# ``who(view)`` says whose desk shows the list, ``find(view)`` gives its query,
# ``draw(view, found)`` its rows. A list that is not ``main`` is left out while it is empty, but for
# its sentence.
List = namedtuple("List", "name title short empty who find draw main", defaults=(False,))
ALARMS = {"problems", "stuck", "late", "overdue"}
FOR_INFORMATION = {"soon", "releases", "signed"}  # nothing to do: not at a glance


def _signs(view):
    return view.advisor is not None


def _writes(view):
    return bool(view.writes)


def _works(view):
    return True


LISTS = [
    List(
        "sign",
        lazy("Waiting for my signature"),
        lazy("to sign"),
        lazy("Nothing waits for your signature."),
        _signs,
        lists.to_sign,
        lists.draw_requests,
        main=True,
    ),
    List(
        "changes",
        lazy("Changes requested"),
        lazy("to change"),
        lazy("No advisor has asked for changes."),
        _writes,
        lists.changes_requested,
        lists.draw_changes,
        main=True,
    ),
    List(
        "conflicts",
        lazy("Two texts to merge"),
        lazy("to merge"),
        lazy("None of your texts is in conflict with another."),
        _writes,
        lists.conflicts,
        lists.draw_conflicts,
    ),
    List(
        "problems",
        lazy("Could not go public when it was due"),
        lazy("not public in time"),
        lazy("Everything went public when it was due."),
        _works,
        lists.problems,
        lists.draw_requests,
    ),
    List(
        "stuck",
        lazy("Releases that could not go public when they were due"),
        lazy("releases not public in time"),
        lazy("No release is held up."),
        _works,
        lists.stuck_releases,
        lists.draw_releases,
    ),
    List(
        "invitations",
        lazy("Invitations to confirm"),
        lazy("to confirm"),
        lazy("No invitation waits to be confirmed."),
        lambda view: view.confirms,
        lists.invitations,
        lists.draw_invitations,
    ),
    List(
        "recheck",
        lazy("To be read again before the date"),
        lazy("to read again now"),
        lazy("No text has to be read again before its date."),
        _signs,
        lists.rechecks,
        lists.draw_rechecks,
    ),
    List(
        "reports",
        lazy("Reports from readers"),
        lazy("reports from readers"),
        lazy("No report from a reader waits."),
        told.decides,
        told.waiting,
        told.draw,
    ),
    List(
        "due",
        lazy("Due for review within 90 days"),
        lazy("due in 90 days"),
        lazy("No text is due for review within 90 days."),
        _signs,
        lists.due,
        lists.draw_due,
        main=True,
    ),
    List(
        "drafts",
        lazy("My drafts"),
        lazy("drafts"),
        lazy("You have no draft: what you save without submitting it stands here."),
        _writes,
        lists.drafts,
        lists.draw_drafts,
        main=True,
    ),
    List(
        "waiting",
        lazy("Waiting for an advisor"),
        lazy("waiting"),
        lazy("Nothing of yours waits for an advisor."),
        _writes,
        lists.waiting,
        lists.draw_requests,
        main=True,
    ),
    List(
        "late",
        lazy("Requests without an answer by the day it was wanted"),
        lazy("requests overdue"),
        lazy("No request is overdue."),
        _works,
        lists.late,
        lists.draw_requests,
    ),
    List(
        "overdue",
        lazy("Public texts whose review is overdue"),
        lazy("reviews overdue"),
        lazy("No public text is overdue for review."),
        _works,
        lists.overdue,
        lists.draw_due,
    ),
    List(
        "soon",
        lazy("Signed, not public yet"),
        lazy("not public yet"),
        lazy("Nothing that was signed waits to go public."),
        _works,
        lists.signed_not_public,
        lists.draw_requests,
    ),
    List(
        "releases",
        lazy("Releases that gather"),
        lazy("releases"),
        lazy("No release gathers requests."),
        _works,
        lists.releases,
        lists.draw_releases,
    ),
    List(
        "signed",
        lazy("What I signed lately"),
        lazy("signed"),
        lazy("You have signed nothing yet."),
        _signs,
        lists.signed,
        lists.draw_signed,
        main=True,
    ),
]


class View:
    """Who looks, and what the address asks for: a language, one's own things or everybody's."""

    def __init__(self, user, asked):
        self.user, self.today = user, timezone.localdate()
        self.advisor = acting_advisor(user)
        self.answers_for = [self.advisor.pk, *stands_in_for(self.advisor)] if self.advisor else []
        codes = languages.codes()
        self.signs = [code for code in codes if self.advisor and self.advisor.speaks(code)]
        self.writes = [code for code in codes if user.has_perm(f"review.{write_permission(code)}")]
        self.own = [code for code in codes if code in {*self.signs, *self.writes}] or codes
        self.confirms = user.has_perm("review.change_invitation")
        self.mine = asked.get("whose") != "all"
        self.language = asked.get("language") if asked.get("language") in self.own else ""
        self.list = next((each for each in LISTS if each.name == asked.get("list")), None)
        page = asked.get("page", "")
        self.page = max(1, int(page)) if page.isascii() and page.isdigit() and len(page) < 6 else 1
        if self.language:
            self.signs, self.writes = (
                [code for code in each if code == self.language]
                for each in (self.signs, self.writes)
            )
        self.looks_at = [self.language] if self.language else self.own

    def address(self, **changed):
        """This view's address with something else asked for; "" leaves a thing out."""
        asked = {
            "language": self.language,
            "whose": "" if self.mine else "all",
            "list": self.list.name if self.list else "",
            **changed,
        }
        return "?" + urlencode({name: value for name, value in asked.items() if value})


def context(user, asked):
    """What the desk shows to a person; ``asked`` are the address's parameters."""
    if not user.has_perm("review.view_reviewrequest"):
        return {"desk": None}
    view = View(user, asked)
    shown = [each for each in LISTS if each.who(view)]
    if view.list in shown:
        return {"desk": view, "full": _full(view), "filters": _filters(view)}
    sections = [_section(view, each, 0, FIRST) for each in shown]
    lists.give_addresses(row for section in sections for row in section["rows"])
    kept = [each for each in sections if each["total"] or each["main"]]
    # What holds nothing comes last, except the first answer that an advisor looks for.
    kept.sort(key=lambda each: not each["total"] and each["name"] != "sign")
    return {
        "desk": view,
        "filters": _filters(view),
        "sections": kept,
        "quiet": [each["empty"] for each in sections if not each["total"] and not each["main"]],
        "verification": verification(),
        "charts": _charts(view),
    }


def _section(view, each, start, stop):
    query = each.find(view)
    total = query.count()
    return {
        "name": each.name,
        "title": each.title,
        "short": each.short,
        "empty": each.empty,
        "main": each.main,
        "todo": each.name not in FOR_INFORMATION,
        "alarm": each.name in ALARMS,
        "total": total,
        "rows": list(each.draw(view, query[start:stop])),
        "more": view.address(list=each.name) if total > stop else "",
    }


def _full(view):
    """One list, a page at a time."""
    start = PAGE * (view.page - 1)
    section = _section(view, view.list, start, start + PAGE)
    lists.give_addresses(section["rows"])
    last = max(1, -(-section["total"] // PAGE))
    pages = {"number": view.page, "last": last, "back": view.address(list="")}
    if view.page > 1:
        pages["before"] = view.address(page=min(view.page - 1, last))
    if view.page < last:
        pages["after"] = view.address(page=view.page + 1)
    return {**section, "pages": pages}


def _filters(view):
    """[(what, [(label, language, address, whether it is the present one)])]."""
    spoken = [(_("All languages"), "", view.address(language=""), not view.language)]
    for code in view.own:
        address, now = view.address(language=code), code == view.language
        spoken.append((languages.name(code), code, address, now))
    whose = [
        (_("Mine"), "", view.address(whose=""), view.mine),
        (_("Everybody’s"), "", view.address(whose="all"), not view.mine),
    ]
    groups = [(_("Language"), spoken)] if len(view.own) > 1 else []
    return [*groups, (_("Whose"), whose)]


def verification():
    """What the last run of ``verify`` found, and whether that is cause for alarm."""
    last = Verification.objects.first()
    if last is None:
        return {"alarm": True, "never": True}
    old = last.at < timezone.now() - STALE
    return {"alarm": old or bool(last.problems), "old": old, "at": last.at, "found": last.problems}


def _charts(view):
    direction = "rtl" if get_language_bidi() else "ltr"
    shares = [
        charts.Bar(languages.name(code), signed, of)
        for code, signed, of in figures.signed_by_language()
    ]
    months = figures.reviews_by_month(view.looks_at, view.today)
    bars = [charts.Bar(_("overdue"), months.pop("overdue"), None, "overdue")]
    bars += [charts.Bar(figures.month_name(month), count) for month, count in months.items()]
    return [
        charts.bars(
            "signed",
            _("Signed, by language"),
            shares,
            headings=[_("Language"), _("Signed")],
            direction=direction,
        ),
        charts.bars(
            "reviews",
            _("Reviews due, by month"),
            bars,
            headings=[_("Month"), _("Texts")],
            direction=direction,
        ),
    ]
