"""The watch at the desk: a list on the first screen, and the page of each watched text."""

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from review import languages
from review.desk import beside, lists
from review.desk.lists.rows import List, Row, title_of
from review.guards import TransitionNotAllowed, acting_advisor
from review.models import Standing

from ..models import Arrival, Source
from ..taking import TakeForm
from . import arrivals, watched

DECIDED = 20  # of the newest decisions, on a text's page


def register():
    lists.register(NewEvidence(), before="reports")
    beside.register(link)


def link(item, language, user):
    if item.item_type in watched() and user.has_perm("review.view_reviewrequest"):
        yield _("New publications"), _address(item.item_type, item.key)


def _address(item_type, key):
    return reverse("admin:evidence_watch_of", args=[item_type, key])


# -- On the first screen ---------------------------------------------------------------------------


class NewEvidence(List):
    """Publications nobody has decided about that came after the advisor signed what they are
    about, in any language; the nearest first."""

    name = "new-evidence"
    title = gettext_lazy("New since you signed")
    short = gettext_lazy("new publications")
    empty = gettext_lazy("No publication came in since you signed what it is about.")
    who = "advisor"

    def find(self, view):
        signed = Standing.objects.filter(
            item_type=OuterRef("item_type"),
            key=OuterRef("key"),
            language__in=view.signs,
            live__signed_at__lt=OuterRef("arrived_at"),
        )
        if view.mine:
            left = Q(live__advisor__active=False)
            signed = signed.filter(Q(live__advisor__in=view.answers_for) | left)
        when = signed.order_by("-live__signed_at").values("live__signed_at")[:1]
        found = Arrival.objects.filter(Exists(signed), decided_at=None)
        return found.annotate(signed_at=Subquery(when)).order_by("-nearness", "pk")

    def draw(self, view, found):
        found = list(found)
        titles = _titles(found)
        for each in found:
            day = date_format(each.signed_at, "DATE_FORMAT")
            about = titles.get((each.item_type, each.key), each.key)
            yield Row(
                each.title,
                address=f"{_address(each.item_type, each.key)}#arrival-{each.pk}",
                language="en",
                details=[
                    _("about “%(title)s”") % {"title": about},
                    str(each.get_way_display()),
                    _("you signed on %(day)s") % {"day": day}
                    if view.mine
                    else _("signed on %(day)s") % {"day": day},
                    _("nearness %(percent)d of 100") % {"percent": round(100 * each.nearness)},
                ],
            )


def _titles(found):
    rows = Standing.objects.filter(
        item_type__in={each.item_type for each in found},
        key__in={each.key for each in found},
        language=languages.source(),
    ).select_related("newest")
    return {
        (row.item_type, row.key): title_of(row.item_type, row.key, row.newest.text)
        for row in rows
        if row.newest
    }


# -- Bringing in -----------------------------------------------------------------------------------


class BringForm(TakeForm):
    """A file of publications; identifiers alone say too little to be weighed."""

    names = None

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["file"].required = True
        self.fields["file"].help_text = _("NBIB (PubMed), RIS, BibTeX or Europe PMC’s JSON.")
        self.fields["file"].widget.attrs["accept"] = ".nbib,.ris,.bib,.json,.txt,.medline"

    def clean(self):
        return forms.Form.clean(self)


def overview(request, model_admin):
    """GET: every watched text, and a form for a file about any of them. POST: the file."""
    _check(request)
    form, outcomes, status = _bring(request)
    texts = arrivals.Texts()
    counts = _counts()
    rows = [
        {
            "title": texts.title(item),
            "address": _address(row.item_type, row.key),
            "query": texts.watches[item].query if item in texts.watches else "",
            "problem": texts.watches[item].problem if item in texts.watches else "",
            "asked": texts.watches[item].asked_until if item in texts.watches else None,
            "open": counts.get((row.item_type, row.key), 0),
        }
        for item, row in texts.rows.items()
    ]
    rows.sort(key=lambda row: -row["open"])
    context = {"title": _("New publications"), "rows": rows, "form": form, "outcomes": outcomes}
    return _page(request, model_admin, "overview", context, status)


def _counts():
    rows = Arrival.objects.filter(decided_at=None).values_list("item_type", "key").order_by()
    return {(item_type, key): n for item_type, key, n in rows.annotate(n=Count("pk"))}


def _bring(request, item=""):
    """(form, outcomes or None, status) of a file that was sent, or of none."""
    if request.method != "POST" or request.POST.get("action") != "bring":
        return BringForm(), None, 200
    if not arrivals.may_feed(request.user):
        raise PermissionDenied(_("You may not bring in publications."))
    form = BringForm(request.POST, request.FILES)
    if not form.is_valid():
        return form, None, 400
    outcomes = arrivals.take(form.cleaned_data["file"], item=item, by=request.user)
    return BringForm(), outcomes, 200


# -- One text --------------------------------------------------------------------------------------


def of_text(request, model_admin, item_type, key):
    """GET: what came in about a text. POST ``action``: bring, query, dismiss or review."""
    _check(request)
    row = Standing.objects.filter(item_type=item_type, key=key, language=languages.source())
    row = (
        row.filter(item_type__in=watched())
        .exclude(newest=None)
        .select_related("newest", "live")
        .first()
    )
    if row is None:
        raise Http404
    typed = {}
    form, outcomes, status = _bring(request, row.item)
    action = _ACTIONS.get(request.POST.get("action"))
    if action:
        try:
            said = action(request, row)
        except (TransitionNotAllowed, PermissionDenied) as error:
            messages.error(request, str(error))
            typed, status = request.POST, 403 if isinstance(error, PermissionDenied) else 409
        else:
            messages.success(request, said)
            return redirect(request.path)
    return _text_page(request, model_admin, row, form, outcomes, typed, status)


def _arrival(request, row):
    pk = request.POST.get("arrival", "")
    pk = int(pk) if pk.isascii() and pk.isdigit() and len(pk) < 18 else 0
    found = Arrival.objects.filter(pk=pk, item_type=row.item_type, key=row.key).first()
    if found is None:
        raise TransitionNotAllowed(_("This publication is not there: choose one from the list."))
    return found


def _dismiss(request, row):
    found, reason = _arrival(request, row), request.POST.get("reason", "")
    arrivals.dismiss(found, by=request.user, reason=reason)
    return _("Dismissed: it does not come again about this text.")


def _review(request, row):
    found, reason = _arrival(request, row), request.POST.get("reason", "")
    arrivals.open_review(found, by=request.user, reason=reason)
    return _("Asked for. The desk shows it to the advisors, with this publication.")


def _query(request, row):
    arrivals.save_query(row, request.POST.get("query", ""), by=request.user)
    return _("The search is saved.")


_ACTIONS = {"dismiss": _dismiss, "review": _review, "query": _query}


def _text_page(request, model_admin, row, form, outcomes, typed, status):
    texts = arrivals.Texts()
    found = Arrival.objects.filter(item_type=row.item_type, key=row.key)
    waiting = list(found.filter(decided_at=None).order_by("-nearness", "pk"))
    for each in waiting:
        each.percent = round(100 * each.nearness)
        each.since = row.live and each.arrived_at > row.live.signed_at
        each.typed = typed.get("reason", "") if typed.get("arrival") == str(each.pk) else ""
    decided = found.exclude(decided_at=None).select_related("recheck")
    watch = texts.watches.get(row.item)
    context = {
        "title": _("New publications"),
        "row": row,
        "item_title": texts.title(row.item),
        "source_language": languages.source(),
        "waiting": waiting,
        "decided": decided.order_by(F("decided_at").desc(), "-pk")[:DECIDED],
        "cited": sorted(texts.cited(row.item)),
        "watch": watch,
        "query": typed.get("query", watch.query if watch else ""),
        "form": form,
        "outcomes": outcomes,
        "may_dismiss": acting_advisor(request.user) is not None,
        "network": settings.SOURCE_NETWORK,
    }
    return _page(request, model_admin, "of_text", context, status)


def _check(request):
    if not request.user.has_perm("review.view_reviewrequest"):
        raise PermissionDenied


def _page(request, model_admin, name, context, status):
    return TemplateResponse(
        request,
        f"admin/evidence/watch_{name}.html",
        {
            **model_admin.admin_site.each_context(request),
            "opts": Source._meta,
            "may_feed": arrivals.may_feed(request.user),
            **context,
        },
        status=status,
    )
