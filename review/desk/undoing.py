"""The page that undoes a release: what comes back and what comes down, then the decision."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from .. import workflow
from ..content import content_model
from ..guards import acting_advisor
from ..models import Release
from .confirming import asks, attested_in, check_password_again
from .items import number


def page(request, release, respond):
    """GET shows what would happen; POST does it, as it was shown. ``respond`` draws a page."""
    advisor = acting_advisor(request.user)
    if advisor is None:
        raise PermissionDenied(_("Only an active medical advisor decides this."))
    if request.method != "POST":
        return _page(request, release, advisor, respond)
    try:
        check_password_again(request)
        up, down = workflow.undo_release(
            release,
            by=request.user,
            reason=request.POST.get("reason", ""),
            expected=_expected(request),
            attested_in=attested_in(request),
        )
    except PermissionDenied as error:
        messages.error(request, str(error) or _("You may not do this."))
        if not request.user.is_authenticated:
            return redirect("admin:login")
        return _page(request, release, advisor, respond, status=403)
    except workflow.TransitionNotAllowed as error:
        messages.error(request, str(error))
        return _page(request, release, advisor, respond, status=409)
    told = _("Undone. Back as they were: %(back)s. Taken down: %(down)s.")
    messages.success(request, told % {"back": len(up), "down": len(down)})
    return redirect("admin:review_release_change", release.pk)


def _expected(request):
    """Sign-off id to the fingerprints that the page named for it."""
    return {
        number(name.removeprefix("undo-")) or 0: value
        for name, value in request.POST.items()
        if name.startswith("undo-")
    }


def _page(request, release, advisor, respond, status=200):
    release = Release.objects.get(pk=release.pk)
    if release.state != Release.State.PUBLISHED:
        return redirect("admin:review_release_change", release.pk)
    plan = workflow.undo_plan(release, advisor)
    back = [(public, earlier, title_of(earlier.revision)) for public, earlier in plan.back]
    down = [(each, _why_down(each, advisor), title_of(each.revision)) for each in plan.down]
    replaced = _("the text that it translates is not public any more")
    down += [(each, replaced, title_of(each.revision)) for each in plan.along]
    spoken = set(release.requests.values_list("language", flat=True))
    context = {
        "title": _("Undo the release “%(name)s”") % {"name": release},
        "release": release,
        "back": back,
        "down": down,
        "moved": [(each, title_of(each.revision)) for each in plan.moved],
        "expected": list(plan.fingerprints.items()),
        "may_undo": plan.fingerprints and not plan.moved and spoken & set(advisor.languages),
        "attestation": workflow.attestation(len(back)) if back else "",
        "reason": request.POST.get("reason", ""),
        "asks_password": asks(request),
    }
    return respond(request, "release_undo", context, status)


def _why_down(sign_off, advisor):
    if not advisor.speaks(sign_off.language):
        return _("you do not sign this language")
    return _("nothing was public before it, or not what goes with the rest")


def title_of(revision):
    """What a list calls a revision's item: the first line of this text."""
    model = content_model(revision.item_type)
    return model(key=revision.key).title_from(revision.text)
