"""The ledger in the admin: a list of sentences, filtered by its address; one line; downloads."""

from datetime import date, datetime, time, timedelta

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from .. import archive, tables
from ..ledger import chained
from ..models import LedgerEntry, Revision
from . import sentences
from .records import RecordAdmin, item_address, no_nul, number

A_PAGE = 50  # lines
LAST = 2**63 - 1  # the highest number that a line can have


def _choices():
    return [("", _("everything")), *((event, label) for event, (label, _s) in _events())]


def _events():
    return sorted(sentences.EVENTS.items(), key=lambda each: each[0])


class LedgerFilter(forms.Form):
    """What the address asks for."""

    event = forms.ChoiceField(label=gettext_lazy("What happened"), required=False, choices=_choices)
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
    actor = forms.CharField(
        label=gettext_lazy("Person"),
        required=False,
        max_length=150,
        help_text=gettext_lazy("The beginning is enough."),
    )
    since = forms.DateField(
        label=gettext_lazy("From day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    until = forms.DateField(
        label=gettext_lazy("To day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    first = forms.IntegerField(
        label=gettext_lazy("From line"), required=False, min_value=0, max_value=LAST
    )
    last = forms.IntegerField(
        label=gettext_lazy("To line"), required=False, min_value=0, max_value=LAST
    )

    def clean(self):
        found = super().clean()
        for begin, end in (("since", "until"), ("first", "last")):
            both = found.get(begin), found.get(end)
            if None not in both and both[0] > both[1]:
                self.add_error(end, _("The end lies before the beginning."))
        for name in ("since", "until"):
            day = found.get(name)
            if day and not date(1970, 1, 1) <= day <= date(2999, 12, 31):
                self.add_error(name, _("Give a day between 1970 and 2999."))
        return found

    def lines(self):
        """The lines that are asked for, newest first."""
        asked = self.cleaned_data
        item_type, _sep, key = asked["item"].rpartition(":")
        limits = {
            "event": asked["event"],
            "language": asked["language"],
            "item_type": item_type.strip(),
            "key__startswith": key.strip(),
            "actor__startswith": asked["actor"],
            "at__gte": asked["since"] and _morning(asked["since"]),
            "at__lt": asked["until"] and _morning(asked["until"] + timedelta(1)),
            "number__gte": asked["first"],
            "number__lte": asked["last"],
        }
        given = {name: limit for name, limit in limits.items() if limit not in ("", None)}
        return LedgerEntry.objects.filter(**given).order_by("-number")

    @property
    def narrows(self):
        return any(value not in ("", None) for value in self.cleaned_data.values())


def _morning(day):
    return timezone.make_aware(datetime.combine(day, time.min))


@admin.register(LedgerEntry)
class LedgerAdmin(RecordAdmin):
    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path(
                f"export.{kind}",
                view(require_GET(self.export)),
                {"kind": kind},
                name=f"review_ledgerentry_{kind}",
            )
            for kind in WRITERS
        ] + super().get_urls()

    # -- The list ------------------------------------------------------------------------------

    def changelist_view(self, request, extra_context=None):
        self._check(request)
        asked = LedgerFilter(request.GET)
        lines, place = [], request.GET.copy()
        before = number(place.pop("before", [""])[-1])
        if asked.is_valid():
            lines = _newest(asked.lines(), before)
        more = len(lines) > A_PAGE
        lines = lines[:A_PAGE]
        older = place.copy()
        if more:
            older["before"] = lines[-1].number
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Ledger"),
            "form": asked,
            "head": archive.head(),
            "lines": [
                (entry, sentences.sentence(entry, sentences.payload_of(entry))) for entry in lines
            ],
            "older": older.urlencode() if more else "",
            "newest": place.urlencode() if before is not None else None,
            "narrows": asked.is_valid() and asked.narrows,
            "query": place.urlencode(),
        }
        status = 200 if asked.is_valid() else 400
        return TemplateResponse(request, "admin/review/ledger.html", context, status=status)

    def _check(self, request):
        no_nul(request)
        if not self.has_view_permission(request):
            raise PermissionDenied

    # -- One line ------------------------------------------------------------------------------

    def change_view(self, request, object_id, form_url="", extra_context=None):
        self._check(request)
        pk = number(object_id)
        entry = pk is not None and LedgerEntry.objects.filter(pk=pk).first()
        if not entry:
            raise Http404
        payload = sentences.payload_of(entry)
        near = LedgerEntry.objects.filter(number__in=[pk - 1, pk + 1]).only("number", "digest")
        beside = {line.number: line for line in near}
        before = beside.get(pk - 1)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Line %(number)s of the ledger") % {"number": pk},
            "entry": entry,
            "sentence": sentences.sentence(entry, payload),
            "rows": sentences.words(_rest(payload)),
            "texts": list(_texts(payload)),
            "links": list(_links(request, entry, payload)),
            "holds": entry.digest == chained(entry.previous, entry.payload)
            and entry.previous == (before.digest if before else ""),
            "before": before,
            "after": beside.get(pk + 1),
        }
        return TemplateResponse(request, "admin/review/ledger_line.html", context)

    # -- Downloads -----------------------------------------------------------------------------

    def export(self, request, kind):
        """What the list shows, or all of it, however long."""
        self._check(request)
        asked = LedgerFilter(request.GET)
        if not asked.is_valid():
            return self.changelist_view(request)
        # What is added during the download waits for the next one.
        last = archive.head().number
        entries = archive.entries(asked.lines().filter(number__lte=last))
        content_type, write = WRITERS[kind]
        response = StreamingHttpResponse(
            write(entries, translation.get_language()), content_type=content_type
        )
        name = f"ledger-part.{kind}" if asked.narrows else f"ledger-{last}.{kind}"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        response["Cache-Control"] = "private, no-store"
        return response


def _rest(payload):
    """What the sentence and the links of a page do not say."""
    told = {"revisions", "item_type", "key", "language"}
    found = {name: value for name, value in payload.items() if name not in told}
    if isinstance(sign_off := found.get("sign_off"), dict):
        found["sign_off"] = {name: value for name, value in sign_off.items() if name not in told}
    return found


def _texts(payload):
    """(text in words, address of its revision or "") of the revisions that a line names."""
    named = [
        (*str(text[0]).partition(":")[::2], text[1])
        for text in payload.get("revisions") or ()
        if isinstance(text, list) and len(text) > 1
    ]
    language = payload.get("language", "")
    found = Revision.objects.filter(
        language=language,
        item_type__in={kind for kind, _key, _n in named},
        key__in={key for _kind, key, _n in named},
    ).values_list("item_type", "key", "number", "pk")
    known = {(kind, key, count): pk for kind, key, count, pk in (found if named else ())}
    for kind, key, count in named:
        pk = known.get((kind, key, count))
        address = reverse("admin:review_revision_change", args=[pk]) if pk else ""
        yield f"{sentences.text_name(kind, key, language)} {count}", address


def _links(request, entry, payload):
    """(words, address) of what a line is about."""
    if address := item_address(request.user, entry.item_type, entry.key, entry.language):
        yield sentences.text_name(entry.item_type, entry.key, entry.language), address
    asked = payload.get("request")
    if isinstance(payload.get("sign_off"), dict):
        asked = asked or payload["sign_off"].get("request_id")
    if asked:
        address = reverse("admin:review_reviewrequest_change", args=[asked])
        yield _("Request %(number)s") % {"number": asked}, address
    if entry.sign_off_id:
        address = reverse("admin:review_signoff_change", args=[entry.sign_off_id])
        yield _("Sign-off %(number)s") % {"number": entry.sign_off_id}, address


def _newest(found, before):
    """A page of lines and one more: first their numbers, so that only those are read in full."""
    if before is not None:
        found = found.filter(number__lt=before)
    numbers = list(found.values_list("number", flat=True)[: A_PAGE + 1])
    lines = LedgerEntry.objects.filter(number__in=numbers).defer("previous", "digest", "seal")
    return list(lines.order_by("-number"))


# -- Files ---------------------------------------------------------------------------------------


def _json_lines(entries, language):
    for entry in entries:
        yield archive.json_line(entry)


def _table(entries, language):
    """CSV for a spreadsheet: sentences in the person's language."""
    return tables.lines(_rows(entries, language))


def _rows(entries, language):
    with translation.override(language):
        header = [
            *(_("Line"), _("When"), _("Event"), _("What happened"), _("Person"), _("Kind of item")),
            *(_("Key"), _("Language"), _("Request"), _("Sign-off"), _("Reason"), _("Digest")),
        ]
    yield header
    for entry in entries:
        payload = sentences.payload_of(entry)
        sign_off = payload.get("sign_off")
        told = sign_off if isinstance(sign_off, dict) else payload
        with translation.override(language):
            row = [
                entry.number,
                timezone.localtime(entry.at).isoformat(timespec="seconds"),
                entry.event,
                sentences.sentence(entry, payload),
                entry.actor,
                sentences.kind_name(entry.item_type),
                entry.key,
                entry.language,
                payload.get("request") or told.get("request_id") or "",
                entry.sign_off_id or "",
                payload.get("comment") or told.get("reason") or "",
                entry.digest,
            ]
        yield row


WRITERS = {
    "csv": ("text/csv; charset=utf-8", _table),
    "jsonl": ("application/jsonl; charset=utf-8", _json_lines),
}
