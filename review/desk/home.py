"""The desk, the admin's first screen: what waits for this person, and how everything stands."""

from datetime import timedelta
from urllib.parse import urlencode

from django.utils import timezone
from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _

from .. import languages
from ..guards import acting_advisor
from ..models import Verification, write_permission
from ..people import stands_in_for
from . import charts, figures
from .lists import LISTS, give_addresses

FIRST, PAGE = 10, 50
STALE = timedelta(hours=48)  # a verification that is older says nothing about today


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
    shown = [each for each in LISTS if each.is_of(view)]
    if view.list in shown:
        return {"desk": view, "full": _full(view), "filters": _filters(view)}
    sections = [_section(view, each, 0, FIRST) for each in shown]
    give_addresses(row for section in sections for row in section["rows"])
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
        "todo": each.todo,
        "alarm": each.alarm,
        "total": total,
        "rows": list(each.draw(view, query[start:stop])),
        "more": view.address(list=each.name) if total > stop else "",
    }


def _full(view):
    """One list, a page at a time."""
    start = PAGE * (view.page - 1)
    section = _section(view, view.list, start, start + PAGE)
    give_addresses(section["rows"])
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
