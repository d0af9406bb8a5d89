"""Plain language at the desk: what the checks of a text say while somebody types, and the score of
each revision in its history."""

from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.http import JsonResponse
from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from .. import languages
from ..content import ReviewedContent
from ..models import Revision
from ..quality import plain, texts
from ..quality.plain import scores
from . import charts
from .editor import TEXT_LIMIT

NEWEST = 12  # revisions in a chart


@require_POST
def check(request):
    """The findings and scores of what stands in a form, saved or not; nothing is kept."""
    model, language = _model(request), request.POST.get("language")
    if model is None or language not in languages.codes():
        return _refused(_("There is no such text."), 404)
    if not request.user.has_perm(f"{model._meta.app_label}.view_{model._meta.model_name}"):
        raise PermissionDenied
    told = {name: request.POST.get(name, "") for name in model.text_fields}
    if sum(map(len, told.values())) > TEXT_LIMIT:
        return _refused(_("This text is too long to be checked while you type: save it."), 413)
    text = texts.of_revision(model(), Revision(language=language), told)
    found = [
        {
            "id": each.id,
            "severity": each.severity,
            "message": str(each.message),
            "field": each.field,
            "start": each.start,
            "end": each.end,
        }
        for each in texts.findings(text)
    ]
    return JsonResponse({"scores": said(text), "findings": found})


def _model(request):
    try:
        model = apps.get_model(request.POST.get("item_type", ""))
    except (LookupError, ValueError):
        return None
    return model if issubclass(model, ReviewedContent) else None


def _refused(sentence, status):
    return JsonResponse({"problem": sentence}, status=status)


def said(text):
    """A sentence for each score of a text; for its mean sentence where there is no formula."""
    found = plain.measured(text)
    if found:
        return [_score(each) for each in found]
    if scores.has_formula(text.language):
        return [_("No score yet: it needs %(count)d words.") % {"count": plain.FEWEST}]
    mean = scores.average(text)
    return [_mean(text.language, mean[0])] if mean else []


def _score(score):
    values = {
        "formula": score.scale.label,
        "value": f"{score.value:.1f}",
        "raw": f"{score.raw:.1f}",
        "target": score.scale.target,
    }
    if score.scale.hard > 0:
        sentence = _("%(formula)s: %(value)s (aim: %(target)s or less)")
    else:
        sentence = _("%(formula)s: %(value)s (aim: %(target)s or more)")
    if values["raw"] != values["value"]:
        sentence += " · " + _("%(raw)s with the glossary's words in full")
    return sentence % values


def _mean(language, value):
    if scores.counts_characters(language):
        return _("%(count)d characters a sentence; this language has no formula.") % {
            "count": round(value)
        }
    return _("%(count)d words a sentence; this language has no formula.") % {"count": round(value)}


def chart(item, language):
    """The score of the newest revisions, oldest first, as a chart; "" where there is none.
    Each word counts in full: today's glossary says nothing about a revision of then."""
    revisions = Revision.objects.filter(
        item_type=item.item_type, key=item.key, language=language
    ).exclude(state=Revision.State.DISCARDED)
    rows, title = [], ""
    for revision in revisions.order_by("-number")[:NEWEST]:
        measured = _measured(texts.prose(item, revision.text, language))
        if measured:
            value, title, mark = measured
            label = _("Revision %(number)d") % {"number": revision.number}
            rows.insert(0, charts.Bar(label, value, None, mark))
    if not rows:
        return ""
    return charts.bars(
        "readability",
        title,
        rows,
        headings=[_("Revision"), _("Score")],
        direction="rtl" if get_language_bidi() else "ltr",
    )


def _measured(text):
    """(value, what it is, CSS class) of a text's deciding score; None for too short a text."""
    for score in plain.measured(text)[:1]:
        values = {"formula": score.scale.label, "target": score.scale.target}
        if score.scale.hard > 0:
            title = _("%(formula)s of each revision: %(target)s or less is the aim") % values
        else:
            title = _("%(formula)s of each revision: %(target)s or more is the aim") % values
        return max(0, round(score.value, 1)), title, "stops" if score.stops else ""
    mean = scores.average(text)
    if mean is None or scores.has_formula(text.language):
        return None
    if scores.counts_characters(text.language):
        title = _("Characters a sentence in each revision: this language has no formula")
    else:
        title = _("Words a sentence in each revision: this language has no formula")
    return round(mean[0], 1), title, ""
