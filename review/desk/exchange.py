"""The board's files for translators' tools: export of a selection, import with its report, and the
blocks that were parked beside a text."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from .. import languages
from .. import terms as glossaries
from ..content import content_model
from ..interchange import exporting, importing, intake, stores
from ..ledger import name_of
from ..models import ParkedUnit
from . import board, saving
from .numbers import number

SHOWN = 2000  # lines of a report


def _language(request, asked):
    """The language that is asked for; who does not write it gets no file of it."""
    code = asked.get("language", "")
    if code not in languages.codes() or code == languages.source():
        raise Http404
    if not saving.may_write(request.user, code):
        raise PermissionDenied(_("You do not write this language."))
    return code


def export(request):
    """The ticked items, or all that the filter shows, as a file. A POST: it may be long."""
    board.check(request)
    language = _language(request, request.POST)
    kind = stores.FORMATS.get(request.POST.get("format"))
    back = f"{reverse('admin:review_board')}?{request.POST.get('filter', '')[:2000]}"
    if kind is None:
        messages.error(request, _("Choose a format: XLIFF 2.0, XLIFF 1.2 or PO."))
        return redirect(back)
    if request.POST.get("all"):
        view = board.View(request.user, _asked(request, language))
        chosen = [item.name for item in view.items()]
    else:
        named = (value.partition(":")[::2] for value in request.POST.getlist("item"))
        known = board.cells.board().items
        chosen = [name for name in named if name in known]
    if not chosen:
        messages.error(request, _("Nothing was exported: tick the texts to export."))
        return redirect(back)
    if len(chosen) > exporting.MOST_ITEMS:
        most = {"most": exporting.MOST_ITEMS, "count": len(chosen)}
        messages.error(
            request,
            _("At most %(most)d items fit into a file, these are %(count)d: narrow the filter.")
            % most,
        )
        return redirect(back)
    made = exporting.export(chosen, language, kind.name)
    if not made.units:
        messages.error(request, _("Nothing was exported: no original of these is signed yet."))
        return redirect(back)
    response = HttpResponse(made.data, content_type=kind.mime)
    response["Content-Disposition"] = f'attachment; filename="texts.{language}.{kind.ending}"'
    response["Cache-Control"] = "private, no-store"
    return response


def _asked(request, language):
    from django.http import QueryDict

    asked = QueryDict(request.POST.get("filter", "")[:2000], mutable=True)
    asked["language"] = language
    return asked


def terms(request):
    """The whole glossary with one language's terms, as TBX or CSV."""
    board.check(request)
    language = _language(request, request.GET)
    kind = request.GET.get("format")
    glossary = glossaries.registered()
    if glossary is None or kind not in glossary.write:
        raise Http404
    data = exporting.export_terms(language, kind)
    mime = {"csv": "text/csv; charset=utf-8"}.get(kind, "application/x-tbx")
    response = HttpResponse(data, content_type=mime)
    response["Content-Disposition"] = f'attachment; filename="terms.{language}.{kind}"'
    response["Cache-Control"] = "private, no-store"
    return response


def take(request, site):
    """The page that takes a file, and says unit by unit what it did."""
    board.check(request)
    language = _language(request, request.GET)
    context, status = {"report": None, "problem": ""}, 200
    if request.method == "POST":
        upload = request.FILES.get("file")
        try:
            context |= _taken(request, language, upload)
        except intake.Refused as refused:
            context["problem"], status = str(refused), 422
        except PermissionDenied as error:
            context["problem"], status = str(error), 403
    context |= {
        **site.each_context(request),
        "title": _("Import translations into %(language)s")
        % {"language": languages.name(language)},
        "language": language,
        "direction": languages.direction(language),
        "source_language": languages.source(),
        "board_address": f"{reverse('admin:review_board')}?language={language}",
        "parked_address": f"{reverse('admin:review_parked')}?language={language}",
    }
    return TemplateResponse(request, "admin/review/board_import.html", context, status=status)


def _taken(request, language, upload):
    if upload is None:
        raise intake.Refused(_("Choose a file first."))
    if upload.size > intake.MOST_BYTES:
        most = {"most": intake.MOST_BYTES // 1_000_000}
        raise intake.Refused(
            _("The file is larger than %(most)d MB. Export fewer texts at once.") % most
        )
    report = importing.import_file(upload.read(), language, by=request.user, name=upload.name)
    told = [each for each in report.done if each.what != importing.UNCHANGED]
    told.sort(key=lambda each: _ORDER.index(each.what))
    return {
        "report": report,
        "name": upload.name,
        "lines": [(each, said(each.what), _address(each.unit, language)) for each in told[:SHOWN]],
        "more": max(0, len(told) - SHOWN),
        "summary": [(said(what), report.counts[what]) for what in _ORDER if report.counts[what]],
    }


_ORDER = [
    importing.REFUSED,
    importing.PARKED,
    importing.TAKEN,
    importing.EMPTY,
    importing.UNCHANGED,
]


def said(what):
    return {
        importing.TAKEN: _("taken into a draft"),
        importing.UNCHANGED: _("unchanged"),
        importing.EMPTY: _("not translated"),
        importing.PARKED: _("kept beside the text"),
        importing.REFUSED: _("refused"),
    }[what]


def _address(unit, language):
    return f"{reverse('admin:review_place')}?item={unit.item}&language={language}"


def place(request):
    """Leads to the page of a text by its item's name: reports name hundreds of them."""
    board.check(request)
    kind, _colon, key = request.GET.get("item", "").partition(":")
    item = board.cells.board().items.get((kind, key))
    if item is None:
        raise Http404
    language = request.GET.get("language", "")[:12]
    writes = language in board.cells.targets() and saving.may_write(request.user, language)
    page = "translate" if writes else "change"
    address = reverse(f"admin:{item.model._meta.db_table}_{page}", args=[item.pk])
    return redirect(f"{address}?language={language}")


def parked(request, site):
    """Blocks from files that wait beside their text; who writes the language puts them away."""
    board.check(request)
    language = request.GET.get("language", "")
    if language not in languages.codes():
        raise Http404
    if request.method == "POST":
        language = _language(request, request.GET)
        chosen = ParkedUnit.objects.filter(
            pk=number(request.POST.get("parked")), language=language, decided_at=None
        )
        if chosen.update(decided_at=timezone.now(), decided_by=name_of(request.user)):
            messages.success(request, _("Put away."))
        else:
            messages.info(request, _("That was put away already."))
        return redirect(request.get_full_path())
    waiting = ParkedUnit.objects.filter(decided_at=None, language=language)
    kind, _colon, key = request.GET.get("item", "").partition(":")
    if key:
        waiting = waiting.filter(item_type=kind, key=key)
    units = list(waiting.select_related("delivery").order_by("item_type", "key", "id")[:200])
    context = {
        **site.each_context(request),
        "title": _("Kept beside the texts: %(language)s") % {"language": languages.name(language)},
        "units": [(each, _label(each), _address(each, language)) for each in units],
        "language": language,
        "direction": languages.direction(language),
        "source_language": languages.source(),
        "source_direction": languages.direction(languages.source()),
        "may_write": saving.may_write(request.user, language),
        "board_address": f"{reverse('admin:review_board')}?language={language}",
    }
    return TemplateResponse(request, "admin/review/parked.html", context)


def _label(unit):
    return content_model(unit.item_type)._meta.get_field(unit.field).verbose_name
