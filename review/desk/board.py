"""The board: every item in every language, what to translate next, and the table as a file."""

from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy, override
from django.utils.translation import gettext as _

from .. import languages, tables
from ..content import content_model
from ..fingerprint import NotText, normalise
from ..interchange.stores import FORMATS
from ..models import ParkedUnit, Standing
from . import cells, saving

A_PAGE = 50  # items
NEXT = 8  # texts named in "what to translate next"
TO_DO = "to-do"

# What a cell says: in a word, and in a sentence's part.
WORDS = {
    cells.SAFETY: (
        gettext_lazy("safety"),
        gettext_lazy("outdated: the original changed for safety"),
    ),
    cells.MEANING: (
        gettext_lazy("meaning"),
        gettext_lazy("outdated: the original means something else"),
    ),
    cells.WORDING: (
        gettext_lazy("wording"),
        gettext_lazy("outdated: the original has other words"),
    ),
    cells.MISSING: (gettext_lazy("missing"), gettext_lazy("not translated yet")),
    cells.WITHDRAWN: (
        gettext_lazy("withdrawn"),
        gettext_lazy("withdrawn: readers get the original"),
    ),
    cells.DRAFT: (gettext_lazy("draft"), gettext_lazy("a draft, not public yet")),
    cells.IN_REVIEW: (gettext_lazy("in review"), gettext_lazy("in review, not public yet")),
    cells.CURRENT: (gettext_lazy("current"), gettext_lazy("public and current")),
    cells.WAITING: (
        gettext_lazy("waits"),
        gettext_lazy("waits for the original: it is not signed"),
    ),
}
WORK = {cells.DRAFT: gettext_lazy("and a draft"), cells.IN_REVIEW: gettext_lazy("and in review")}


class View:
    """Who looks, and what the address asks for; what it asks wrongly is left out."""

    def __init__(self, user, asked):
        self.board = cells.board()
        codes = cells.targets()
        self.writes = [code for code in codes if saving.may_write(user, code)]
        self.language = asked.get("language") if asked.get("language") in codes else ""
        self.codes = [self.language] if self.language else codes
        self.kinds = {item.model._meta.label_lower for item in self.board.items.values()}
        self.type = asked.get("type") if asked.get("type") in self.kinds else ""
        self.guides = _guides(self.board)
        self.guide = asked.get("guide") if asked.get("guide") in self.guides else ""
        known = {*cells.STATES, TO_DO}
        self.state = asked.get("state") if asked.get("state") in known else ""
        self.next_first = asked.get("order") == "next"
        self.search = asked.get("q", "").strip()[:200]
        page = asked.get("page", "")
        self.page = max(1, int(page)) if page.isascii() and page.isdigit() and len(page) < 6 else 1

    def address(self, **changed):
        """This view's address with something else asked for; "" leaves a thing out."""
        asked = {
            "language": self.language,
            "type": self.type,
            "guide": self.guide,
            "state": self.state,
            "q": self.search,
            "order": "next" if self.next_first else "",
            **changed,
        }
        return urlencode({name: value for name, value in asked.items() if value})

    @property
    def filters(self):
        return any((self.type, self.guide, self.state, self.search))

    @property
    def narrows(self):
        return bool(self.language) or self.filters

    def items(self):
        """The items that are asked for, in the order that is asked for."""
        spoken = [languages.source(), *([self.language] if self.language else [])]
        names = _found(self.search, spoken, self.kinds) if self.search else None
        guide = self.guides[self.guide].own if self.guide else None
        found = [
            item
            for name, item in self.board.items.items()
            if (not self.type or name[0] == self.type)
            and (guide is None or item.guide == guide)
            and (names is None or name in names)
            and (not self.state or any(self.shows(item.cells[code]) for code in self.codes))
        ]
        if self.next_first:
            found.sort(key=self._urgency)  # stable: the readers' order within
        return found

    def shows(self, cell):
        """Whether the state asked for is this cell's, or that of the work on it."""
        if self.state == TO_DO:
            return _to_do(cell)
        return not self.state or self.state in cell

    def _urgency(self, item):
        states = [item.cells[code] for code in self.codes]
        if (cells.SAFETY, "") in states:
            return 0
        return 1 if any(_to_do(cell) for cell in states) else 2


def _to_do(cell):
    """Whether a text waits for somebody: nobody works on it yet."""
    return cell[0] in cells.TO_DO and not cell[1]


class _Guide:
    def __init__(self, key, own, title):
        self.key, self.own, self.title = key, own, title


def _guides(board):
    """Key to a guide, in the readers' order: one query for the titles."""
    tops = [i for i in board.items.values() if i.guide and i.guide == (i.name[0], i.pk)]
    titles = titles_of(tops)
    return {top.key: _Guide(top.key, top.guide, titles[top.name]) for top in tops}


def titles_of(items):
    """(item type, key) to what the original calls the item: one query."""
    rows = Standing.objects.filter(
        language=languages.source(), key__in={item.key for item in items}
    ).exclude(newest=None)
    texts = {
        (k, key): text for k, key, text in rows.values_list("item_type", "key", "newest__text")
    }
    return {item.name: item.model.title_in(texts.get(item.name) or {}, item.key) for item in items}


def _found(words, codes, kinds):
    """Names of the items whose key or newest text in one of these languages has the words."""
    try:
        words = normalise(words)
    except NotText:
        return set()
    wanted = Q(key__icontains=words)
    for kind in sorted(kinds):
        written = Q()
        for name in content_model(kind).text_fields:
            written |= Q(**{f"newest__text__{name}__icontains": words})
        wanted |= Q(item_type=kind) & written
    rows = Standing.objects.filter(wanted, language__in=codes)
    return set(rows.order_by().values_list("item_type", "key"))


# -- The page ------------------------------------------------------------------------------------


def check(request):
    if not request.user.has_perm("review.view_reviewrequest"):
        raise PermissionDenied


def page(request, site):
    check(request)
    view = View(request.user, request.GET)
    found = view.items()
    last = max(1, -(-len(found) // A_PAGE))
    number = min(view.page, last)
    shown = found[A_PAGE * (number - 1) : A_PAGE * number]
    coming, said = _next(view), _said()
    titles = titles_of([*shown, *(item for item, _code in coming)])
    context = {
        **site.each_context(request),
        "title": _("The board"),
        "view": view,
        "source_language": languages.source(),
        "columns": [(code, languages.name(code), code in view.writes) for code in view.codes],
        "rows": [_row(view, item, titles, said) for item in shown],
        "total": len(found),
        "counts": [_counts(view, code) for code in cells.targets()],
        "guide_counts": _guide_counts(view),
        "states": [(name, *WORDS[name]) for name in cells.STATES],
        "types": sorted(
            (str(content_model(kind)._meta.verbose_name_plural), kind) for kind in view.kinds
        ),
        "coming": [_named(view, item, code, titles, said) for item, code in coming],
        "coming_address": view.address(state=TO_DO, order="next"),
        "pages": _pages(view, number, last),
        "csv": f"{reverse('admin:review_board_csv')}?{view.address()}",
        "all_address": view.address(language=""),
        "may_exchange": view.language in view.writes,
        "formats": [(each.name, each.label) for each in FORMATS.values()],
        "parked": _parked(view),
    }
    return TemplateResponse(request, "admin/review/board.html", context)


def _said():
    """(state, work) to what a cell says of it, in the language of the page: asked for once."""
    works = {"": "", **{work: str(words) for work, words in WORK.items()}}
    return {
        (state, work): {
            "state": state,
            "work": work,
            "word": str(word),
            "says": str(says),
            "more": more,
        }
        for state, (word, says) in WORDS.items()
        for work, more in works.items()
    }


def _row(view, item, titles, said):
    leads_to = _leads_to(view, item, view.codes)
    return {
        "title": titles[item.name],
        "kind": item.model._meta.verbose_name,
        "value": f"{item.name[0]}:{item.key}",
        "cells": [{**said[item.cells[code]], "address": leads_to[code]} for code in view.codes],
    }


def _address(item, page="change"):
    return _address_of(item.model, item.pk, page)


def _address_of(model, pk, page="change"):
    return reverse(f"admin:{model._meta.db_table}_{page}", args=[pk])


def _leads_to(view, item, codes):
    """Language to the translator's page, where there is something to translate for this person;
    else to the page that says what became of the text."""
    pages = (_address(item), _address(item, "translate"))
    return {code: f"{pages[_translates(view, item, code)]}?language={code}" for code in codes}


def _translates(view, item, code):
    state, work = item.cells[code]
    waits = state in (cells.WAITING, cells.IN_REVIEW) or work == cells.IN_REVIEW
    return code in view.writes and not waits


def _named(view, item, code, titles, said):
    return {
        **said[item.cells[code]],
        "code": code,
        "name": languages.name(code),
        "address": _leads_to(view, item, [code])[code],
        "title": titles[item.name],
        "kind": item.model._meta.verbose_name,
    }


def _next(view):
    """[(item, language)] of the texts that this person should translate first: what changed for
    safety, then what readers meet first."""
    codes = [code for code in view.codes if code in view.writes]
    safe, rest = [], []
    for item in view.board.items.values():
        for code in codes:
            if _to_do(item.cells[code]):
                urgent = item.cells[code][0] == cells.SAFETY
                (safe if urgent else rest).append((item, code))
        if len(safe) >= NEXT:
            break
    return [*safe, *rest][:NEXT]


def _counts(view, code):
    """A language's line: how much is current, and what is not."""
    counted = view.board.by_language[code]
    of = sum(counted.values()) - counted[cells.WAITING]
    return {
        "code": code,
        "name": languages.name(code),
        "here": code == view.language,
        "address": view.address(language=code),
        "of": of,
        "states": [
            (name, WORDS[name][0], counted[name], view.address(language=code, state=name))
            for name in cells.STATES
            if counted[name] and name != cells.WAITING
        ],
    }


def _guide_counts(view):
    """How much of each guide, and of what belongs to it, is current in each language."""
    rows = [(each.title, each.key, each.own) for each in view.guides.values()]
    words, found = _("%(current)d of %(of)d"), []
    for title, key, own in rows:
        counted = [view.board.by_guide[own, code] for code in view.codes]
        shares = [
            words % {"current": c[cells.CURRENT], "of": sum(c.values()) - c[cells.WAITING]}
            for c in counted
        ]
        found.append({"title": title, "address": view.address(guide=key), "shares": shares})
    return found


def _pages(view, number, last):
    return {
        "number": number,
        "last": last,
        "before": view.address(page=number - 1) if number > 1 else "",
        "after": view.address(page=number + 1) if number < last else "",
    }


def _parked(view):
    """How many blocks from files wait beside the texts of the languages that are shown."""
    waiting = ParkedUnit.objects.filter(decided_at=None, language__in=view.codes)
    return waiting.count()


# -- The file ------------------------------------------------------------------------------------


def download(request):
    """The filter's cells as a table: a line for each text."""
    check(request)
    view = View(request.user, request.GET)
    host = request.build_absolute_uri("/")[:-1]
    rows = _lines(view, host, get_language())
    response = StreamingHttpResponse(tables.lines(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="board.csv"'
    response["Cache-Control"] = "private, no-store"
    return response


def _lines(view, host, language):
    with override(language):
        yield [
            *(_("Title"), _("Kind of item"), _("Key"), _("Guide"), _("Language")),
            *(_("State"), _("Explained"), _("In work"), _("Address")),
        ]
    found = view.items()
    guides = {each.own: each.title for each in view.guides.values()}
    with override(language):
        says = {state: str(words) for state, (_word, words) in WORDS.items()}
        kinds = {kind: str(content_model(kind)._meta.verbose_name) for kind in view.kinds}
    # An address is asked for once a kind: 10,000 of them take a second.
    first = {kind: host + _address_of(content_model(kind), 0) for kind in view.kinds}
    for start in range(0, len(found), 500):
        some = found[start : start + 500]
        titles = titles_of(some)
        for item in some:
            name = item.name
            address = first[name[0]].replace("/0/", f"/{item.pk}/") + "?language="
            named = (titles[name], kinds[name[0]], item.key, guides.get(item.guide, ""))
            for code in view.codes:
                cell = state, work = item.cells[code]
                if view.shows(cell):
                    yield [*named, code, state, says[state], work, f"{address}{code}"]
