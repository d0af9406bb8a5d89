"""The page on which an advisor's work here ends: all that stands under her name, and the act."""

from collections import Counter

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from .. import languages, people
from ..content import content_model, content_models
from ..guards import TransitionNotAllowed
from ..models import Invitation, Recheck

A_PAGE = 50  # texts


def leaving(request, advisor):
    """GET: what it would mean, or what it meant. POST: strike off, or take back again."""
    status = 200
    if request.method == "POST":
        act = {"strike_off": _strike_off, "reinstate": _reinstate}.get(request.POST.get("action"))
        try:
            if act is None:
                raise TransitionNotAllowed(str(_("Nothing was done: choose one of the buttons.")))
            act(request, advisor)
            return redirect("admin:review_advisor_leave", advisor.pk)
        except (TransitionNotAllowed, PermissionDenied) as error:
            messages.error(request, str(error))
            status = 403 if isinstance(error, PermissionDenied) else 409
        advisor.refresh_from_db()
    signed = people.signed_by(advisor)
    kind, language = request.GET.get("kind", ""), request.GET.get("language", "")
    kinds = {model._meta.label_lower: model for model in content_models()}
    shown = signed.filter(item_type=kind) if kind in kinds else signed
    shown = shown.filter(language=language) if language in languages.codes() else shown
    page = Paginator(
        shown.select_related("revision").order_by("language", "item_type", "key"), A_PAGE
    )
    page = page.get_page(request.GET.get("p"))
    waits = people.signed_not_public(advisor).order_by("pk")
    context = {
        **admin.site.each_context(request),
        "title": _("%(name)s leaves or is struck off") % {"name": advisor.name},
        "advisor": advisor,
        "left": not advisor.active and not advisor.user.is_active,
        "back": not advisor.active and not _waits(advisor),
        "counts": _counts(signed, kind, language),
        "kind": kind,
        "language": language,
        "rows": _rows(page),
        "page": page,
        "pages": list(page.paginator.get_elided_page_range(page.number, on_each_side=1)),
        "total": signed.count(),
        "waits": waits[:A_PAGE],
        "waiting": waits.count(),
        "typed": request.POST.get("reason", ""),
        "action": request.POST.get("action", ""),
    }
    return TemplateResponse(request, "admin/review/people_leaving.html", context, status=status)


def _waits(advisor):
    """Whether an advisor was never confirmed: the invitation's page is where that happens."""
    asked = Invitation.objects.filter(user=advisor.user_id, confirmed_at=None)
    return advisor.user.is_active and asked.exists()


def _strike_off(request, advisor):
    queued = people.strike_off(advisor, by=request.user, reason=request.POST.get("reason", ""))
    messages.success(
        request,
        _(
            "%(name)s no longer signs in or signs. Queued for re-review: %(count)s. The desk lists "
            "these texts for the advisors of their languages."
        )
        % {"name": advisor.name, "count": queued},
    )


def _reinstate(request, advisor):
    people.reinstate(advisor, by=request.user, reason=request.POST.get("reason", ""))
    messages.success(request, _("%(name)s may sign in and sign again.") % {"name": advisor.name})


def _counts(signed, kind, language):
    """(language, its name, kind, its name, how many, whether it is what is shown)."""
    found = Counter(signed.order_by().values_list("language", "item_type"))
    names = dict(zip(languages.codes(), map(languages.name, languages.codes()), strict=True))
    return [
        {
            "language": code,
            "language_name": names.get(code, code),
            "kind": item_type,
            "kind_name": content_model(item_type)._meta.verbose_name_plural,
            "count": count,
            "current": (item_type, code) == (kind, language),
        }
        for (code, item_type), count in sorted(found.items())
    ]


def _rows(page):
    """The texts of a page with their titles and addresses, and whether they wait to be read again:
    one query a kind, and one."""
    sign_offs = list(page)
    keys = {}
    for sign_off in sign_offs:
        keys.setdefault(sign_off.item_type, set()).add(sign_off.key)
    ids = {
        (kind, key): pk
        for kind, wanted in keys.items()
        for key, pk in content_model(kind)
        ._base_manager.filter(key__in=wanted)
        .values_list("key", "pk")
    }
    queued = set(
        Recheck.objects.filter(
            closed_at=None, key__in={each.key for each in sign_offs}
        ).values_list("item_type", "key", "language")
    )
    for each in sign_offs:
        model, text = content_model(each.item_type), (each.item_type, each.key)
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}_change"
        yield {
            "title": model(key=each.key).title_from(each.revision.text),
            "kind": model._meta.verbose_name,
            "language": each.language,
            "language_name": languages.name(each.language),
            "signed_at": each.signed_at,
            "address": f"{reverse(name, args=[ids[text]])}?language={each.language}",
            "queued": (*text, each.language) in queued,
        }
