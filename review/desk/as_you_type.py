"""What the checks of a text say while somebody types, each finding with its place on the page: in
the fields of the whole text, or in the blocks of the translator's page."""

from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.http import JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from .. import languages, worksheet
from ..content import ReviewedContent
from ..guards import TransitionNotAllowed
from ..models import Revision
from ..quality import texts
from . import plain, translate
from .editor import TEXT_LIMIT


@require_POST
def check(request):
    """The findings and scores of what stands in a form, saved or not; nothing is kept."""
    model, language = _model(request), request.POST.get("language")
    if model is None or language not in languages.codes():
        return _refused(_("There is no such text."), 404)
    if not request.user.has_perm(f"{model._meta.app_label}.view_{model._meta.model_name}"):
        raise PermissionDenied
    told, sheet = request.POST, None
    if "sheet" in request.POST:
        try:
            told, sheet = translate.typed(request.POST, model)
        except TransitionNotAllowed as error:
            return _refused(str(error), 409)
    told = {name: told.get(name, "") for name in model.text_fields}
    if sum(map(len, told.values())) > TEXT_LIMIT:
        return _refused(_("This text is too long to be checked while you type: save it."), 413)
    text = texts.of_revision(model(), Revision(language=language), told)
    found = [(each, each.field, each.start, each.end) for each in texts.findings(text)]
    if sheet:
        found = placed([each for each, *_place in found], request.POST, sheet)
    return JsonResponse({"scores": plain.said(text), "findings": [_told(*each) for each in found]})


def _told(finding, field, start, end):
    """A finding for the script: ``field`` names the input that holds its words."""
    return {
        "id": finding.id,
        "severity": finding.severity,
        "message": str(finding.message),
        "field": field,
        "start": start,
        "end": end,
    }


def _model(request):
    try:
        model = apps.get_model(request.POST.get("item_type", ""))
    except (LookupError, ValueError):
        return None
    return model if issubclass(model, ReviewedContent) else None


def _refused(sentence, status):
    return JsonResponse({"problem": sentence}, status=status)


# -- On the translator’s page


def placed(findings, post, sheet):
    """Findings as the page's textareas hold them: (finding, the textarea's name, start, end), with
    "" and None where a finding is about no words or the block is not found."""
    spans = {name: list(_spans(name, field, post)) for name, field in sheet.fields.items()}
    for each in findings:
        yield each, *_place(each, spans.get(each.field, ()))


def _spans(name, field, post):
    """(textarea's name, where its words begin in the field, where they end, what the textarea has
    before them) of each block that the field's text holds."""
    text, at = field.text, 0
    for n, row in enumerate(field.rows):
        words = worksheet.fitting(row)
        found = text.find(words, at) if words and not row.drawn else -1
        if found >= 0:
            at = found + len(words)
            typed = post.get(f"block-{name}-{n}", "")
            yield f"block-{name}-{n}", found, at, len(typed) - len(typed.lstrip())


def _place(finding, spans):
    if finding.start is None:
        return "", None, None
    for area, start, end, before in spans:
        if start <= finding.start < end:
            return area, finding.start - start + before, min(finding.end, end) - start + before
    return "", None, None
