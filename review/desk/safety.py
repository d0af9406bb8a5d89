"""What keeps an account safe: its second factors, and the sessions in which it is signed in. Its
owner's page, and the administrator's for somebody who lost something."""

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from .. import codes, second_factor, sessions
from ..guards import TransitionNotAllowed
from . import signing_in
from .confirming import asks, check_password_again
from .numbers import number

CODES = "recovery_codes"  # in the session, until they were shown


# -- One's own -----------------------------------------------------------------------------------


@sensitive_post_parameters()
@never_cache
def mine(request):
    """Reached with a good password alone, so that a first factor can be set up; whoever has one
    proves it before."""
    user = request.user
    if not (user.is_active and user.is_staff):
        return redirect("admin:login")
    settled = signing_in.settled(request)
    if not settled and second_factor.has(user):
        return redirect(signing_in.next_step(request))
    status = 200
    if request.method == "POST":
        try:
            check_password_again(request)
            messages.success(request, _act(request))
            return redirect(f"{request.path}?next={signing_in.wanted(request)}")
        except (PermissionDenied, TransitionNotAllowed) as error:
            if not request.user.is_authenticated:
                messages.error(request, str(error))
                return redirect("admin:login")
            messages.error(request, str(error))
            status = 403 if isinstance(error, PermissionDenied) else 409
    return TemplateResponse(
        request, "admin/review/safety.html", _context(request, settled), status=status
    )


def _context(request, settled):
    user = request.user
    app = None if second_factor.apps(user).exists() else second_factor.new_app(user)
    return {
        **admin.site.each_context(request),
        "title": _("Signing in safely"),
        "required": second_factor.required(user),
        "apps": second_factor.apps(user),
        "passkeys": second_factor.passkeys(user),
        "codes": request.session.pop(CODES, None),
        "codes_left": second_factor.codes_left(user),
        "new_app": app,
        "secret": app and _grouped(app.config_url),
        "drawn": app and codes.path(app.config_url),
        "may_use_passkeys": second_factor.knows_passkeys(),
        "sessions": sessions.of(user),
        "this": request.session.session_key,
        "asks_password": asks(request),
        "next": signing_in.wanted(request),
        "settled": settled,
        **({} if settled else {"has_permission": False, "is_nav_sidebar_enabled": False}),
    }


def _grouped(address):
    """The secret as an app takes it when it is typed, in groups of four."""
    secret = address.partition("secret=")[2].partition("&")[0]
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))


def _act(request):
    actions = {
        "app": _add_app,
        "codes": _renew_codes,
        "remove_app": _remove_app,
        "remove_passkey": _remove_passkey,
        "end": _end,
        "end_others": _end_others,
    }
    action = actions.get(request.POST.get("action"))
    if action is None:
        raise TransitionNotAllowed(_("Nothing was done: choose one of the buttons."))
    return action(request)


def _add_app(request):
    device = second_factor.new_app(request.user)
    if not second_factor.confirm_app(device, request.POST.get("code", "")):
        raise TransitionNotAllowed(
            _("That is not the code that the app shows now. Wait for the next one and type it.")
        )
    device.refresh_from_db()
    added(request, device)
    return _("Your app is set up. Your other sessions were ended.")


def added(request, device):
    """A factor was added: this session has proved it, codes are shown once, the others end."""
    signing_in.settle(request, device)
    if not second_factor.codes_left(request.user):
        request.session[CODES] = second_factor.new_codes(request.user)
    request.session.save()
    sessions.end_others(request)


def _renew_codes(request):
    if not second_factor.has(request.user):
        raise TransitionNotAllowed(_("Set up an app or a passkey first."))
    request.session[CODES] = second_factor.new_codes(request.user)
    return _("Here are new recovery codes. The former ones no longer work.")


def _remove_app(request):
    return _remove(request, second_factor.apps(request.user))


def _remove_passkey(request):
    return _remove(request, second_factor.passkeys(request.user))


def _remove(request, devices):
    user = request.user
    device = devices.filter(pk=number(request.POST.get("device"))).first()
    if device is None:
        raise TransitionNotAllowed(_("That was removed already."))
    kept = second_factor.apps(user).count() + second_factor.passkeys(user).count() - 1
    if second_factor.required(user) and not kept:
        raise TransitionNotAllowed(
            _("You need a second factor to sign or to administer: set up another one first.")
        )
    device.delete()
    if not kept:
        second_factor.remove_all(user)
    request.session[signing_in.SETTLED] = True
    sessions.end_others(request)
    return _("Removed. Your other sessions were ended.")


def _end(request):
    row = sessions.handled(request.user, request.POST.get("session"))
    if row is None:
        raise TransitionNotAllowed(_("That session has ended already."))
    if row.pk == request.session.session_key:
        raise TransitionNotAllowed(_("That is this session: sign out instead."))
    row.delete()
    return _("That session was ended.")


def _end_others(request):
    sessions.end_others(request)
    return _("All your other sessions were ended.")


# -- Somebody else's, for an administrator -------------------------------------------------------


@never_cache
def theirs(request, pk):
    """End somebody's sessions, or take away factors that were lost. Nobody sees a secret here."""
    user = get_user_model().objects.filter(pk=pk).first()
    if not request.user.has_perm("auth.change_user"):
        raise PermissionDenied
    if user is None:
        raise Http404
    if user.is_superuser and not request.user.is_superuser:
        raise PermissionDenied
    status = 200
    if request.method == "POST":
        try:
            check_password_again(request)
            messages.success(request, _act_on(request, user))
            return redirect(request.path)
        except (PermissionDenied, TransitionNotAllowed) as error:
            messages.error(request, str(error))
            if not request.user.is_authenticated:
                return redirect("admin:login")
            status = 403 if isinstance(error, PermissionDenied) else 409
    context = {
        **admin.site.each_context(request),
        "title": _("How %(name)s signs in") % {"name": user},
        "person": user,
        "apps": second_factor.apps(user),
        "passkeys": second_factor.passkeys(user),
        "codes_left": second_factor.codes_left(user),
        "sessions": sessions.of(user),
        "asks_password": asks(request),
    }
    return TemplateResponse(request, "admin/review/safety_of.html", context, status=status)


def _act_on(request, user):
    if request.POST.get("action") == "end":
        sessions.of(user).delete()
        done, said = "Ended all sessions.", _("All sessions were ended.")
    elif request.POST.get("action") == "remove_factors":
        second_factor.remove_all(user)
        sessions.of(user).delete()
        done = "Removed every second factor, ended all sessions."
        said = _(
            "The second factors were removed and all sessions ended. At the next sign-in a new one "
            "is set up."
        )
    else:
        raise TransitionNotAllowed(_("Nothing was done: choose one of the buttons."))
    LogEntry.objects.log_actions(request.user.pk, [user], CHANGE, done, single_object=True)
    return said
