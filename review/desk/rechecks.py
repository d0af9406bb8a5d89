"""Asking for a public text to be read again before its date: what the item page's button sends."""

from django.apps import apps
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from .. import languages, people
from ..content import ReviewedContent
from ..guards import TransitionNotAllowed


@require_POST
def ask(request):
    """POST item_type, key, language, reason (``templates/admin/review/_recheck.html``)."""
    item, language = _item(request), request.POST.get("language", "")
    if item is None or language not in languages.codes():
        raise Http404
    name = f"admin:{item._meta.app_label}_{item._meta.model_name}_change"
    back = f"{reverse(name, args=[item.pk])}?language={language}"
    try:
        made = people.recheck(
            item, language, by=request.user, reason=request.POST.get("reason", "")
        )
    except (TransitionNotAllowed, PermissionDenied) as error:
        messages.error(request, str(error))
        context = {
            **admin.site.each_context(request),
            "title": _("Ask for a re-review"),
            "item": item,
            "language": language,
            "typed_reason": request.POST.get("reason", ""),
            "back": back,
        }
        status = 403 if isinstance(error, PermissionDenied) else 409
        return TemplateResponse(request, "admin/review/recheck.html", context, status=status)
    if made:
        messages.success(request, _("Asked for. The desk shows it to the advisors."))
    else:
        messages.info(request, _("It waits to be read again for this reason already."))
    return redirect(back)


def _item(request):
    try:
        model = apps.get_model(request.POST.get("item_type", ""))
    except (LookupError, ValueError):
        return None
    if not issubclass(model, ReviewedContent):
        return None
    key = request.POST.get("key", "")
    return None if "\x00" in key else model._base_manager.filter(key=key).first()
