"""Everything that happened to one item's text in one language, newest first, as one list.

Saved texts come from the revisions, all else from the ledger. A page costs the same number of
queries however long the history is: only times and numbers are read of what is not shown.
"""

import json
from dataclasses import dataclass, field

from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from .. import languages
from ..content import ReviewedContent
from ..ledger import REQUEST
from ..models import (
    Comment,
    LedgerEntry,
    ReviewRequest,
    Revision,
    RevisionAuthor,
    SignOff,
    write_permission,
)
from . import plain

PER_PAGE = 25
RECALLED = "revision:recall"

# What a line of the ledger says. A line that is not named here is shown by its event.
SENTENCES = {
    "item:create": _("%(who)s added this item."),
    "item:structure": _("%(who)s changed where it stands."),
    "item:retire": _("%(who)s retired it."),
    "item:bring-back": _("%(who)s brought it back."),
    "item:restore": _("%(who)s made the text of revision %(number)s a draft again."),
    "item:publish": _("Revision %(number)s became public."),
    "item:withdraw": _("Revision %(number)s was taken down."),
    "revision:discard": _("%(who)s put the draft, revision %(number)s, away."),
    "request:submit": _("%(who)s submitted it for review."),
    "request:assign": _("%(who)s asked an advisor."),
    "request:join": _("%(who)s put the request into a release, or took it out of one."),
    "request:language": _("%(who)s checked the language of the translation."),
    "request:recall": _("%(who)s recalled it from review."),
    "request:changes": _("%(who)s requested changes."),
    "request:stop": _("%(who)s stopped the signed request before it was public."),
    "request:overtaken": _("The signed request was overtaken by a later decision."),
    "signoff:approve": _("%(who)s approved revision %(number)s."),
    "signoff:reaffirm": _("%(who)s reaffirmed revision %(number)s: it is still correct."),
    "signoff:withdraw": _("%(who)s withdrew revision %(number)s."),
    "comment:add": _("%(who)s commented."),
    "comment:answer": _("%(who)s answered a comment."),
    "comment:resolve": _("%(who)s resolved a comment."),
    "comment:reopen": _("%(who)s reopened a comment."),
}
SAVED = _("%(who)s saved revision %(number)s.")


@dataclass
class Event:
    """One entry of the timeline. ``line`` is its ledger entry, ``revision`` the text that was
    saved, ``before`` the id of the revision that it can be compared with."""

    at: object
    sentence: str
    kind: str
    quotes: list = field(default_factory=list)  # what people wrote
    notes: list = field(default_factory=list)  # what else there is to know
    line: LedgerEntry | None = None
    revision: Revision | None = None
    before: int | None = None
    request: ReviewRequest | None = None


class Timeline:
    """The history of one item in one language: ``len()`` and slices, as a Paginator wants them."""

    def __init__(self, item, language):
        named = {"item_type": item.item_type, "key": item.key}
        self.revisions = list(
            Revision.objects.filter(**named, language=language)
            .order_by("number")
            .values_list("pk", "saved_at", "request_id")
        )
        own = Q(**named, language__in=[language, ""])
        recalled = LedgerEntry.objects.filter(own, event=RECALLED)
        requests = {request for _pk, _at, request in self.revisions}
        for payload in recalled.values_list("payload", flat=True):
            requests.add(json.loads(payload).get("request"))
        asked = Q(item_type=REQUEST, key__in=[str(each) for each in requests if each])
        told = LedgerEntry.objects.filter(own | asked).exclude(event=RECALLED)
        entries = [(at, 0, pk) for pk, at, _request in self.revisions]
        entries += [(at, 1, number) for number, at in told.values_list("number", "at")]
        self.entries = sorted(entries, reverse=True)

    def __len__(self):
        return len(self.entries)

    def __getitem__(self, part):
        return _events(self.entries[part], [pk for pk, _at, _request in self.revisions])


def _events(entries, revisions):
    """What was found, loaded and put in words; ``revisions`` are all ids, oldest first."""
    saved = Revision.objects.in_bulk([pk for _at, kind, pk in entries if kind == 0])
    authors = {}
    for author in RevisionAuthor.objects.filter(revision__in=saved).order_by("pk"):
        authors.setdefault(author.revision_id, []).append(author.name)
    numbers = [number for _at, kind, number in entries if kind == 1]
    lines = LedgerEntry.objects.filter(number__in=numbers).select_related("sign_off__revision")
    lines = {line.number: line for line in lines}
    payloads = {number: json.loads(line.payload) for number, line in lines.items()}
    requests = ReviewRequest.objects.select_related("assigned_to", "release").in_bulk(
        {each["request"] for each in payloads.values() if each.get("request")}
    )
    said = {
        number: payload.get("comment")
        for number, payload in payloads.items()
        if lines[number].event.startswith("comment:")
    }
    comments = Comment.objects.in_bulk(set(said.values()))
    before = dict(zip(revisions[1:], revisions, strict=False))
    found = []
    for _at, kind, pk in entries:
        if kind == 0:
            found.append(_of_revision(saved[pk], authors.get(pk, []), before.get(pk)))
        else:
            payload, comment = payloads[pk], comments.get(said.get(pk))
            found.append(
                _of_line(lines[pk], payload, requests.get(payload.get("request")), comment)
            )
    return found


def _of_revision(revision, names, before):
    who = ", ".join(names) or revision.saved_by
    return Event(
        revision.saved_at,
        SAVED % {"who": who, "number": revision.number},
        "saved",
        quotes=[revision.summary] if revision.summary else [],
        notes=[revision.get_state_display(), revision.get_origin_display()],
        revision=revision,
        before=before,
    )


def _of_line(line, payload, request, comment):
    event, sign_off = line.event, line.sign_off
    if event == "comment:add" and comment and comment.parent_id:
        event = "comment:answer"
    number = payload.get("restored") or payload.get("number_of_revision", "")
    values = {
        "who": sign_off.name if sign_off else line.actor,
        "number": sign_off.revision.number if sign_off else number,
    }
    sentence = SENTENCES[event] % values if event in SENTENCES else f"{line.actor}: {event}"
    if event.startswith("comment:"):
        quotes = [comment and comment.text]
    elif sign_off:
        quotes = [sign_off.reason if event.startswith("signoff:") else ""]
    else:
        quotes = [payload.get("reason"), payload.get("comment")]
    return Event(
        line.at,
        sentence,
        event.replace(":", "-"),
        quotes=[str(each) for each in quotes if each],
        notes=[str(each) for each in _notes(event, payload, sign_off, request)],
        line=line,
        request=request,
    )


def _notes(event, payload, sign_off, request):
    """What else there is to know of a line."""
    if event == "item:structure":
        before, after = payload.get("before", {}), payload.get("after", {})
        for name in after:
            if before.get(name) != after[name]:
                yield f"{name}: {before.get(name)} → {after[name]}"
    if event in ("signoff:approve", "signoff:reaffirm"):
        yield sign_off.credentials
        due = {"date": date_format(sign_off.next_review)}
        yield _("next review due %(date)s") % due
    if event == "signoff:withdraw" and sign_off.reason_public:
        yield _("readers may see the reason")
    if event == "signoff:approve":
        yield SignOff(significance=sign_off.significance).get_significance_display()
    if event == "request:submit" and request and request.summary:
        yield request.summary
    if event == "request:submit" and request and request.assigned_to:
        yield _("for %(advisor)s") % {"advisor": request.assigned_to}
    if event == "request:join" and payload.get("release") and request and request.release:
        yield request.release.name
    if event == "request:assign" and (day := parse_date(payload.get("due") or "")):
        yield _("wanted by %(date)s") % {"date": date_format(day)}


# -- The page ------------------------------------------------------------------------------------


def newest(item, language, count):
    """The newest few, and how many there are in all."""
    timeline = Timeline(item, language)
    return timeline[:count], len(timeline)


def history(request, site, item_type, key):
    """The page of an item's history, for whoever may look at the item."""
    item = _item(request, site, item_type, key)
    language = request.GET.get("language") or languages.source()
    if language not in languages.codes():
        raise Http404
    page = Paginator(Timeline(item, language), PER_PAGE).get_page(request.GET.get("page"))
    opts = item._meta
    change = reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[item.pk])
    working = Revision.objects.filter(
        item_type=item.item_type, key=item.key, language=languages.source()
    )
    newest_text = working.exclude(state=Revision.State.DISCARDED).order_by("-number").first()
    context = {
        **site.each_context(request),
        "opts": opts,
        "title": _("History"),
        "item": item,
        "item_title": item.title_from(newest_text.text if newest_text else {}),
        "item_address": f"{change}?language={language}",
        "language": language,
        "source_language": languages.source(),
        "tabs": [
            {"code": code, "name": languages.name(code), "current": code == language}
            for code in (languages.codes() if item.text_fields else [languages.source()])
        ],
        "page": page,
        "readability": plain.chart(item, language),
        "events": list(page),
        "pages": page.paginator.get_elided_page_range(page.number),
        "may_restore": may_restore(request.user, item, language),
    }
    return TemplateResponse(request, "admin/review/history.html", context)


def may_restore(user, item, language):
    return user.has_perm(f"review.{write_permission(language)}") and not item.retired


def _item(request, site, item_type, key):
    try:
        model = apps.get_model(item_type)
    except (LookupError, ValueError):
        raise Http404 from None
    model_admin = site._registry.get(model)
    if model_admin is None or not issubclass(model, ReviewedContent):
        raise Http404
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    item = model._base_manager.filter(key=key).first()
    if item is None:
        raise Http404
    return item
