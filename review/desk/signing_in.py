"""Signing in to the admin: password, then the second factor of whoever has or needs one.

A session is let in once it holds ``SETTLED``: the person proved a second factor in it, or neither
has nor needs one. Where it does not, the question is asked anew with every page.
"""

import logging
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.core.exceptions import ValidationError
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django_otp import login as prove

from .. import second_factor, sessions
from . import confirming

logger = logging.getLogger("review.signing_in")  # tells the account's number, never what was typed
SETTLED = "second_factor_settled"
LOCKED = _(
    "Too many wrong passwords came for this account or from this connection. Wait a quarter of an "
    "hour, then try again; nothing was changed. If it was not you, tell an administrator."
)


class SignInForm(AdminAuthenticationForm):
    """Django's own; it says when too many tries have closed the door, known account or not."""

    def clean(self):
        try:
            return super().clean()
        except ValidationError:
            locked = getattr(self.request, "axes_locked_out", False)
            logger.warning("a sign-in was refused: %s", "locked" if locked else "wrong")
            if locked:
                raise ValidationError(LOCKED, code="locked") from None
            raise


def locked_out(request, response, credentials):
    """The page that was answered stays, with what was typed; only its status says why (axes asks
    for it)."""
    if response.status_code == 200:
        response.status_code = 429
        response["Retry-After"] = "900"
    return response


def begin(request):
    """After the password: the session begins, and is settled for whoever needs no more."""
    sessions.begin(request)
    confirming.note(request)
    logger.info("a password was right", extra={"account": request.user.pk})
    if not owes(request.user):
        settle(request)


def owes(user):
    """Whether somebody has a second factor to prove, or one to set up."""
    return second_factor.has(user) or second_factor.required(user)


def settle(request, device=None):
    if device is not None:
        prove(request, device)
        logger.info("a second factor was right", extra={"account": request.user.pk})
        request.session.cycle_key()
    request.session[SETTLED] = True


def settled(request):
    return request.session.get(SETTLED, False) or not owes(request.user)


def next_step(request):
    """Where somebody with a good password must go before the desk."""
    page = "review_second" if second_factor.has(request.user) else "review_safety"
    return f"{reverse(f'admin:{page}')}?{urlencode({REDIRECT_FIELD_NAME: wanted(request)})}"


def wanted(request):
    """The page that somebody was on the way to, if it is one of ours."""
    asked = request.POST.get(REDIRECT_FIELD_NAME) or request.GET.get(REDIRECT_FIELD_NAME, "")
    ours = url_has_allowed_host_and_scheme(
        asked, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return asked if ours else reverse("admin:index")


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("Code from your app, or a recovery code"),
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autofocus": True, "spellcheck": "false"}
        ),
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user, self.device = user, None

    def clean_code(self):
        self.device = second_factor.match(self.user, self.cleaned_data["code"])
        if self.device is None:
            raise ValidationError(
                _(
                    "That code is not right, was used already, or came too soon after a wrong one. "
                    "Wait for the next one and type it."
                )
            )


@sensitive_post_parameters()
@never_cache
def second(request):
    """The second step: a code, a recovery code, or a passkey."""
    if not _known(request):
        return redirect("admin:login")
    if settled(request) and not second_factor.has(request.user):
        return redirect(wanted(request))
    form = CodeForm(request.POST if request.method == "POST" else None, user=request.user)
    if request.method == "POST" and form.is_valid():
        settle(request, form.device)
        return redirect(wanted(request))
    if form.errors:
        logger.warning("a second factor was refused", extra={"account": request.user.pk})
    context = {
        **admin.site.each_context(request),
        "title": _("Second step"),
        "form": form,
        "next": wanted(request),
        "apps": second_factor.apps(request.user).exists(),
        "passkeys": second_factor.passkeys(request.user).exists(),
        "has_permission": False,
        "is_nav_sidebar_enabled": False,
    }
    status = 403 if form.errors else 200
    return TemplateResponse(request, "admin/review/second.html", context, status=status)


def _known(request):
    return request.user.is_active and request.user.is_staff
