"""The scorecard at the desk: one item by every instrument, as a report and as forms."""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from .. import languages
from ..guards import TransitionNotAllowed
from ..scorecard import answers, filling
from ..scorecard.assessed import assessed, can_be, model_of
from ..scorecard.instruments import instrument, instruments, named
from ..scorecard.scoring import score
from . import beside
from .lists.rows import title_of


def link(item, language, user):
    if can_be(type(item)) and user.has_perm("review.view_reviewrequest"):
        address = reverse("admin:review_scorecard", args=[item.item_type, item.key])
        yield _("Scorecard"), f"{address}?language={language}"


beside.register(link)


@dataclass
class Row:
    """One item on the page: what fills it, what was answered, what somebody has just typed."""

    item: Any
    name: tuple  # (words, language)
    filled: Any
    given: Any
    typed: str = ""
    note: str = ""

    @property
    def answer(self):
        """The answer that counts, "" for none."""
        if self.filled:
            return self.filled.answer
        return self.given.answer if self.given and self.given.counts else ""

    @property
    def words(self):
        return self.item.choices.get(self.answer, "")

    @property
    def words_then(self):
        """What was answered about an older text."""
        old = self.given and not self.given.counts and not self.filled
        return self.item.choices.get(self.given.answer, self.given.answer) if old else ""

    @property
    def choices(self):
        chosen = self.typed or self.answer
        return [(value, words, value == chosen) for value, words in self.item.choices.items()]


def page(request, item_type, key):
    """GET: the report; ``answer`` names an instrument whose form is open. POST: answers to it."""
    if not request.user.has_perm("review.view_reviewrequest"):
        raise PermissionDenied
    model = model_of(item_type)
    language = request.GET.get("language") or languages.source()
    item = model and model._base_manager.filter(key=key).first()
    if item is None or language not in languages.codes():
        raise Http404
    whole = assessed(item, language)
    if request.method != "POST":
        return _shown(request, whole, instrument(request.GET.get("answer")))
    asked = instrument(request.POST.get("instrument"))
    if asked is None:
        raise Http404
    try:
        sent = _again(request, whole, asked) or _sent(request, whole, asked)
        answers.record(whole, asked, sent, by=request.user, seen=request.POST.get("seen", ""))
    except (TransitionNotAllowed, PermissionDenied) as error:
        messages.error(request, str(error))
        status = 403 if isinstance(error, PermissionDenied) else 409
        return _shown(request, assessed(item, language), asked, request.POST, status)
    messages.success(request, _("Your answers were recorded, under your name."))
    return redirect(f"{request.path}?language={language}#{asked.id}")


def _sent(request, whole, asked):
    """What was answered otherwise than what counts already."""
    given, sent = answers.given(whole), {}
    for item in asked.items:
        answer = request.POST.get(f"answer-{item.number}", "")
        note = request.POST.get(f"note-{item.number}", "").strip()
        before = given.get((asked.id, item.number))
        same = before and before.counts and (before.answer, before.note) == (answer, note)
        if answer and not same and not filling.fill(item, whole):
            sent[item.number] = (answer, note)
    return sent


def _again(request, whole, asked):
    """Answers about older texts, for somebody who says that they hold for the texts as they are."""
    if request.POST.get("action") != "again":
        return None
    if not request.POST.get("read"):
        raise TransitionNotAllowed(
            _("Tick that you have read what changed; then the answers are recorded anew.")
        )
    return {
        number: (one.answer, one.note)
        for (name, number), one in answers.given(whole).items()
        if name == asked.id and not one.counts and asked.item(number)
    }


def _shown(request, whole, opened, typed=None, status=200):
    given = answers.given(whole)
    cards = [_card(each, whole, given, each == opened, typed or {}) for each in instruments()]
    source = next((t.revision for t in whole.texts if t.name == whole.item.item), None)
    title = title_of(whole.item.item_type, whole.item.key, source.text if source else {})
    names = sorted({one.name for one in given.values() if one.counts})
    context = {
        **admin.site.each_context(request),
        "title": _("Scorecard, self-assessed"),
        "item": whole.item,
        "opts": whole.item._meta,
        "item_title": title,
        "language": whole.language,
        "language_name": languages.name(whole.language),
        "direction": languages.direction(whole.language),
        "tabs": [
            (code, languages.name(code), code == whole.language) for code in languages.codes()
        ],
        "texts": whole.texts,
        "public": sum(each.live is not None for each in whole.texts),
        "cards": cards,
        "names": names,
        "today": timezone.localdate(),
        "seen": answers.digest(whole),
        "address": request.path,
    }
    return TemplateResponse(request, "admin/review/scorecard.html", context, status=status)


def _card(asked, whole, given, opened, typed):
    sections, told, old = [], {}, []
    for section in asked.sections:
        rows = [_row(asked, item, whole, given, typed if opened else {}) for item in section.items]
        told.update({row.item.number: row.answer for row in rows if row.answer})
        old += [row for row in rows if row.words_then]
        sections.append((named(section.names), rows))
    return {
        "id": asked.id,
        "name": named(asked.names),
        "source": asked.source,
        "results": [_result(each) for each in score(asked, told)],
        "sections": sections,
        "opened": opened and bool(whole.texts),
        "old": len(old),
        "changed": sorted({name for row in old for name in row.given.changed}),
    }


def _row(asked, item, whole, given, typed):
    row = Row(
        item, named(item.names), filling.fill(item, whole), given.get((asked.id, item.number))
    )
    counts = row.given and row.given.counts
    row.typed = typed.get(f"answer-{item.number}", "")
    row.note = typed.get(f"note-{item.number}", row.given.note if counts else "")
    return row


def _result(result):
    """A result with its words in the language of the page."""
    if result.value is None:
        value = "–"
    elif result.percent:
        value = _("%(value)s of 100") % {"value": f"{result.value:g}"}
    else:
        value = _("%(value)s of %(most)s") % {"value": f"{result.value:g}", "most": result.most}
    return {
        "label": _(result.label),
        "value": value,
        "verdict": _(result.verdict) if result.verdict else "",
        "missing": result.missing,
    }
