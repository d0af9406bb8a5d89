"""The translator's page: an item's text block by block, the source beside it, and what changed in
the source since."""

from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from .. import languages, machine, memory, signs, staleness, terms, workflow, worksheet, worksheets
from ..diff import word_diff
from ..models import MemoryUnit, Significance
from . import item_page, merge, presence, saving, stopping
from .forms import ItemForm, SubmitForm
from .item_actions import required
from .numbers import number

SALT = "worksheet"
LETTERS = 55  # of a line in a textarea, about
WANTING = (worksheet.NEW, worksheet.CHANGED)  # rows for which the memory is asked


# -- What was typed ------------------------------------------------------------------------------


def typed(post, model):
    """(the form's data with whole texts in it, the sheet as it was typed). The sheet that the page
    was opened with comes along, sealed: a row stays a row, whatever was saved meanwhile."""
    try:
        opened = worksheets.from_json(signing.loads(post.get("sheet", ""), salt=SALT), model)
    except signing.BadSignature:
        raise workflow.TransitionNotAllowed(
            _("The page came back incomplete. Open it again: this browser kept what you typed.")
        ) from None
    fields = {}
    for name, each in opened.fields.items():
        rows = [_with_words(row, post.get(f"block-{name}-{n}")) for n, row in enumerate(each.rows)]
        fields[name] = worksheet.Field(rows, each.tail)
    sheet = worksheets.Sheet(fields)
    data = post.copy()
    for name, text in sheet.text.items():
        data[name] = text
    return data, sheet


def _with_words(row, words):
    if words is None or row.drawn:
        return row
    return row.having(target=words.replace("\r\n", "\n").replace("\r", "\n").strip())


def acts(post, sheet):
    """(field, row number) to what was ticked there."""
    found = {
        (name, n): post.get(f"act-{name}-{n}", "")
        for name, each in sheet.fields.items()
        for n in range(len(each.rows))
    }
    return {place: act for place, act in found.items() if act}


# -- The page ------------------------------------------------------------------------------------


class Translating:
    """Mixed into ItemAdmin: the page's address, and its buttons."""

    def translate(self, request, pk):
        item, language = self._item(request, pk), self._language(request)
        if language == languages.source() or not item.text_fields:
            raise Http404
        if request.method != "POST":
            return self.translate_page(request, item, language)
        try:
            data, sheet = typed(request.POST, self.model)
            return self._translate(request, item, language, data, sheet)
        except (PermissionDenied, workflow.TransitionNotAllowed) as error:
            messages.error(request, str(error) or _("You may not do this."))
            status = 403 if isinstance(error, PermissionDenied) else 409
            return self.translate_page(request, item, language, status=status)

    def _translate(self, request, item, language, data, sheet):
        action, _colon, place = request.POST.get("action", "").partition(":")
        ticked = acts(request.POST, sheet)
        again = {"sheet": sheet, "ticked": ticked}
        try:
            filled = self._filled(action, place, language, sheet, ticked)
            for name, text in filled.text.items():
                data[name] = text
            again["form"] = form = ItemForm(data, model=self.model, language=language)
            saved = saving.save(item, language, form, request.user, filled)
        except workflow.Conflict as conflict:
            messages.error(request, str(conflict))
            return self._conflict(request, item, language, form, conflict.theirs)
        except (PermissionDenied, workflow.TransitionNotAllowed) as error:
            messages.error(request, str(error))
            again.setdefault("form", ItemForm(data, model=self.model, language=language))
            status = 403 if isinstance(error, PermissionDenied) else 409
            return self.translate_page(request, item, language, status=status, **again)
        if saved is None:
            return self.translate_page(request, item, language, **again)
        if saving.moved(item, form):
            messages.warning(request, saving.MOVED)
        if action == "save_submit":
            return self._translate_submit(request, item, language)
        if action == "waive":
            return self._translate_waive(request, item, language, place)
        messages.success(request, _("Saved as a draft."))
        here = self._address(item, language, "translate")
        return redirect(f"{here}#{place.partition(':')[0]}" if action == "insert" else here)

    def _filled(self, action, place, language, sheet, ticked):
        """The sheet as the button leaves it."""
        if action in ("save", "save_submit", "waive"):
            return worksheets.decided(sheet, ticked)
        if action == "insert":
            return _inserted(sheet, language, place)
        if action == "machine":
            return _drafted(sheet, language)
        raise workflow.TransitionNotAllowed(_("Nothing was done: choose one of the buttons."))

    def _translate_submit(self, request, item, language):
        submission, status = SubmitForm(request.POST, item=item, language=language), 200
        if submission.is_valid():
            try:
                self._submit_draft(request, item, language, **submission.cleaned_data)
                return redirect(self._address(item, language))
            except (PermissionDenied, workflow.TransitionNotAllowed) as error:
                status = 403 if isinstance(error, PermissionDenied) else 409
                messages.error(request, str(error))
        messages.warning(request, _("Your text is saved as a draft. It was not submitted."))
        return self.translate_page(request, item, language, status=status, submission=submission)

    def _translate_waive(self, request, item, language, place):
        """The text was saved; the reason that was typed comes back where it is refused."""
        reason = stopping.reason_of(request.POST, place)
        try:
            self._waive(request, item, language, place, reason)
        except (PermissionDenied, workflow.TransitionNotAllowed) as error:
            messages.error(request, str(error))
            status = 403 if isinstance(error, PermissionDenied) else 409
            typed = {"place_typed": place, "reason_typed": reason}
            return self.translate_page(request, item, language, status=status, waiving=typed)
        return redirect(self._address(item, language, "translate") + "#checks")

    def translate_page(self, request, item, language, status=200, **again):
        if not saving.may_write(request.user, language) or item.retired:
            return redirect(self._address(item, language))
        context = {
            **_context(request, workflow.fresh(item), language, **again),
            "address": self._address(item, language, "translate"),
            "whole_address": self._address(item, language),
            "autosave_address": self._address(item, language, "autosave") + "&by=block",
            "merge_address": self._address(item, language, "merge"),
        }
        context |= self._common(request)
        return TemplateResponse(request, "admin/review/translate.html", context, status=status)


def _context(
    request, item, language, sheet=None, form=None, ticked=None, submission=None, waiving=None
):
    model, user = type(item), request.user
    signed = workflow.signed_source(item)
    source = signed.revision if signed else None
    revision = workflow.newest_revision(item, language)
    kept = worksheets.kept_with(revision)
    if form is None:
        form = ItemForm(initial=saving.initial(revision, source), model=model, language=language)
    if sheet is None:
        sheet = worksheets.opened(model, revision, source, kept)
        sheet = worksheets.open_ended(sheet, model)
    said = worksheets.moment(revision, source)
    fields = list(_fields(sheet, form, language, ticked or {}, kept)) if source else []
    rows = {field["name"]: [(row["id"], row["row"]) for row in field["rows"]] for field in fields}
    return {
        "checks": stopping.of(item, revision, rows),
        "may_waive": True,
        **(waiving or {}),
        "item": item,
        "title": item.title_from(source.text if source else {}),
        "language": language,
        "language_name": languages.name(language),
        "direction": languages.direction(language),
        "source_language": languages.source(),
        "source_direction": languages.direction(languages.source()),
        "lacks_source": source is None,
        "source": source,
        "source_signed": signed.signed_at if signed else None,
        "said": said,
        "outdated_label": _outdated(revision),
        "revision": revision,
        "form": form,
        "fields": fields,
        "sheet": signing.dumps(sheet.as_json(), salt=SALT, compress=True),
        "unsettled": sheet.unsettled,
        "by_machine": worksheet.of_machine(sheet.fields),
        "machine": machine.available(),
        "quotation": signs.quotation(language),
        "punctuation": signs.punctuation(language),
        "submission": submission or SubmitForm(item=item, language=language),
        "rival": merge.undecided(item, language, user),
        "parked": item_page.parked(item, language, user),
        "place": f"{item.item}:{language}",
        "others": presence.seen(user, f"{item.item}:{language}"),
    }


def _outdated(revision):
    outdated = staleness.outdated_by(revision) if revision else ""
    return Significance(outdated).label if outdated else ""


def _fields(sheet, form, language, ticked, kept):
    """The rows of every field, as the page draws them; all of them ask the memory and the glossary
    at once."""
    every = [row for each in sheet.fields.values() for row in each.rows]
    asked = [row.now for row in every if row.now and (row.state in WANTING or row.machine)]
    known = memory.suggestions(asked, language)
    texts = list(dict.fromkeys(row.now for row in every if row.now and not row.drawn))
    terms_in = terms.finder(language)
    words = {text: terms_in(text) for text in texts}
    acts_ = {(act["field"], act["source"], act["target"]): act for act in kept.acts} if kept else {}
    for name, each in sheet.fields.items():
        yield {
            "name": name,
            "label": form[name].label,
            "errors": form[name].errors,
            "rows": [
                {
                    "id": f"{name}-{n}",
                    "row": row,
                    "state": row.state,
                    "lines": _lines(row),
                    "marks": _marks(row),
                    "ticked": ticked.get((name, n), ""),
                    "act": acts_.get((name, row.now, row.target)),
                    "suggestions": _suggested(row, known),
                    "terms": words.get(row.now, []),
                }
                for n, row in enumerate(each.rows)
            ],
        }


def _lines(row):
    """How high its textarea is."""
    longest = max(len(row.target), len(row.now or ""))
    return row.target.count("\n") + longest // LETTERS + 2


def _marks(row):
    """What changed in the source since the translation was made."""
    if row.state == worksheet.CHANGED:
        return word_diff(row.was, row.now)
    return word_diff(row.was, "") if row.state == worksheet.GONE else ""


def _suggested(row, known):
    if row.state not in WANTING and not row.machine:
        return []
    return [
        {"unit": each, "marks": word_diff(each.source, row.now) if each.likeness < 1 else ""}
        for each in known.get(row.now, [])
        if each.target != row.target
    ]


# -- Words that somebody else wrote --------------------------------------------------------------


def _inserted(sheet, language, place):
    """The sheet with a block of the memory or a term put in: ``body-3:17``, ``body-3:word:…``."""
    row_id, _colon, what = place.partition(":")
    name, _dash, n = row_id.rpartition("-")
    rows = sheet.fields[name].rows if name in sheet.fields else []
    at = number(n)
    required(at is not None and at < len(rows), _("There is no such block."))
    if what.startswith("word:"):
        words = " ".join([rows[at].target, what.removeprefix("word:")]).strip()
    else:
        unit = MemoryUnit.objects.filter(pk=number(what), language=language).first()
        words = required(unit, _("That translation is not remembered any more.")).target
    changed = [*rows[:at], rows[at].having(target=words), *rows[at + 1 :]]
    fields = {**sheet.fields, name: worksheet.Field(changed, sheet.fields[name].tail)}
    return worksheets.Sheet(fields)


def _drafted(sheet, language):
    """The sheet with the engine's words in every empty block."""
    empty = [
        (name, n, row)
        for name, each in sheet.fields.items()
        for n, row in enumerate(each.rows)
        if row.now and not row.target and row.state == worksheet.NEW
    ]
    try:
        found = machine.translate([row.now for _name, _n, row in empty], language)
    except machine.NoTranslation as error:
        raise workflow.TransitionNotAllowed(str(error)) from None
    fields = {name: list(each.rows) for name, each in sheet.fields.items()}
    for (name, n, row), words in zip(empty, found, strict=True):
        fields[name][n] = row.having(target=words, made=words, was=row.now, machine=True)
    return worksheets.Sheet(
        {name: worksheet.Field(rows, sheet.fields[name].tail) for name, rows in fields.items()}
    )
