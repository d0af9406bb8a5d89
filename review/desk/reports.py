"""Readers' reports in the admin: what they wrote, what becomes of it, and which texts are clear."""

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q, Sum
from django.http import QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .. import languages, reports
from ..guards import TransitionNotAllowed
from ..models import Clarity, Report, Standing
from .lists.rows import Row, give_addresses, title_of
from .records import RecordAdmin, no_nul

A_PAGE = 30
ABOUT = ("item_type", "key", "language")


class ReportFilter(forms.Form):
    """What the address asks for."""

    state = forms.ChoiceField(
        label=gettext_lazy("State"),
        required=False,
        choices=lambda: [*Report.State.choices, ("all", _("every state"))],
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("What it is about"),
        required=False,
        choices=lambda: [("", _("everything")), *Report.Kind.choices],
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        required=False,
        choices=lambda: [("", _("every language")), *settings.LANGUAGES],
    )
    item = forms.CharField(
        label=gettext_lazy("Item, by its key"),
        required=False,
        max_length=160,
        help_text=gettext_lazy("The beginning is enough."),
    )

    def reports(self):
        asked = self.cleaned_data
        found = Report.objects.filter(**self._about()).select_related(
            "sign_off__revision", "recheck"
        )
        if asked["state"] != "all":
            found = found.filter(state=asked["state"] or Report.State.NEW)
        return found.filter(kind=asked["kind"]) if asked["kind"] else found

    def counts(self):
        """Texts that readers called clear or not, those that were not clear most often first."""
        about = {name: f"sign_off__{name}" for name in ABOUT}
        present = Q(sign_off__in=Standing.objects.exclude(live=None).values("live"))
        return (
            Clarity.objects.filter(**self._about())
            .values(*about.values())
            .annotate(
                all_yes=Sum("yes"),
                all_no=Sum("no"),
                now_yes=Sum("yes", filter=present, default=0),
                now_no=Sum("no", filter=present, default=0),
            )
            .order_by("-all_no", "-all_yes", *about.values())
        )

    def _about(self):
        asked = self.cleaned_data
        item_type, _sep, key = asked["item"].rpartition(":")
        limits = {
            "sign_off__language": asked["language"],
            "sign_off__item_type": item_type.strip(),
            "sign_off__key__startswith": key.strip(),
        }
        return {name: limit for name, limit in limits.items() if limit}


@admin.register(Report)
class ReportAdmin(RecordAdmin):
    # -- The list ------------------------------------------------------------------------------

    def changelist_view(self, request, extra_context=None):
        no_nul(request)
        if not self.has_view_permission(request):
            raise PermissionDenied
        asked, counts = ReportFilter(request.GET), request.GET.get("view") == "counts"
        lines, page, place = [], None, request.GET.copy()
        place.pop("page", None)
        if asked.is_valid():
            found = asked.counts() if counts else asked.reports()
            page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
            lines = _counted(page) if counts else _told(page)
        other = place.copy()
        other.pop("view", None)
        if not counts:
            other["view"] = "counts"
        response = self.page(
            request,
            "admin/review/reports.html",
            _("Reports from readers"),
            form=asked,
            counts=counts,
            lines=lines,
            listed=page,
            place=place.urlencode(),
            other=other.urlencode(),
            may_decide=request.user.has_perm("review.change_report"),
        )
        response.status_code = 200 if asked.is_valid() else 400
        return response

    # -- One report ----------------------------------------------------------------------------

    def change_view(self, request, object_id, form_url="", extra_context=None):
        found = Report.objects.select_related("sign_off__revision", "recheck")
        report = self.record(request, object_id, found)
        if request.method != "POST":
            return self._one(request, report)
        action = ACTIONS.get(request.POST.get("action"))
        if action is None:
            messages.error(request, _("Nothing was done: choose one of the buttons."))
            return self._one(request, report, status=400)
        try:
            done = action(request, report)
        except (PermissionDenied, TransitionNotAllowed) as error:
            messages.error(request, str(error))
            status = 403 if isinstance(error, PermissionDenied) else 409
            return self._one(request, self.record(request, object_id, found), status=status)
        messages.success(request, done)
        return redirect(f"{reverse('admin:review_report_changelist')}?{_back(request)}")

    def _one(self, request, report, status=200):
        [(report, row)] = _told([report])
        return TemplateResponse(
            request,
            "admin/review/report.html",
            {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "title": _("Report %(number)s from a reader") % {"number": report.pk},
                "report": report,
                "row": row,
                "typed": request.POST.get("reason", ""),
                "place": _back(request),
                "may_decide": request.user.has_perm("review.change_report"),
            },
            status=status,
        )


def _back(request):
    """The list from which somebody came, as its address asked for it."""
    asked = QueryDict(request.POST.get("place", ""))
    known = QueryDict(mutable=True)
    for name in ReportFilter.base_fields:
        if asked.get(name):
            known[name] = asked[name]
    return known.urlencode()


def _told(found):
    """[(report, the line of the text that it is about)], one query for all addresses."""
    lines = []
    for report in found:
        about = report.sign_off
        title = title_of(about.item_type, about.key, about.revision.text)
        lines.append((report, _row(title, about.item_type, about.key, about.language)))
    give_addresses(row for _report, row in lines)
    return lines


def _counted(found):
    """[(counts, the line of their text)], one query for all titles and one for the addresses."""
    counts = list(found)
    names = [tuple(each[f"sign_off__{name}"] for name in ABOUT) for each in counts]
    standings = Standing.objects.filter(
        item_type__in={name[0] for name in names}, key__in={name[1] for name in names}
    ).select_related("newest")
    newest = {(each.item_type, each.key, each.language): each.newest for each in standings}
    lines = []
    for each, (item_type, key, language) in zip(counts, names, strict=True):
        text = newest.get((item_type, key, language))
        title = title_of(item_type, key, text and text.text)
        lines.append((each, _row(title, item_type, key, language)))
    give_addresses(row for _counts, row in lines)
    return lines


def _row(title, item_type, key, language):
    row = Row(title, language=language, text=(item_type, key))
    row.more = languages.name(language)
    return row


# -- Buttons -------------------------------------------------------------------------------------


def _open(request, report):
    reports.open_review(report, by=request.user)
    return _("A review is open: the desk shows it, with the reader’s words, to the advisors.")


def _dismiss(request, report):
    reports.dismiss(report, by=request.user, reason=request.POST.get("reason", ""))
    return _("Dismissed.")


def _answer(request, report):
    reports.answer(report, by=request.user, reason=request.POST.get("reason", ""))
    return _("Noted as answered.")


def _forget(request, report):
    reports.forget(report, by=request.user)
    return _("The reader’s words are deleted.")


ACTIONS = {"open": _open, "dismiss": _dismiss, "answer": _answer, "forget": _forget}
