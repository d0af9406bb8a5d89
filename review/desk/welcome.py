"""The page to which an invitation's link leads: the person makes her account. Signed out."""

from django import forms
from django.contrib import admin, messages
from django.contrib.auth import get_user_model, login
from django.contrib.auth.forms import UserCreationForm
from django.core.exceptions import ValidationError
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from .. import groups, invitations, languages
from ..guards import TransitionNotAllowed
from . import signing_in

REFUSALS = {
    "forged": _(
        "This is not a link of ours, or a part of it is missing. Open it from the mail once more, "
        "or ask for a new one."
    ),
    "revoked": _("This invitation was taken back. Ask whoever invited you."),
    "used": _("This link was used already: the account exists. Sign in with it."),
    "replaced": _("A newer link was sent to you. Use the one in the latest mail."),
    "expired": _("This link has expired: it was valid for 14 days. Ask for a new one."),
}


class AccountForm(UserCreationForm):
    """A user name and a password, by Django's own rules."""

    class Meta:
        model = get_user_model()
        fields = ["username"]


class AdvisorAccountForm(AccountForm):
    """The same, with what readers see of an advisor."""

    name = forms.CharField(label=_("Your name, as readers see it"), max_length=120)
    credentials = forms.CharField(
        label=_("Your credentials, as readers see them"),
        max_length=200,
        help_text=_("For example: medical oncologist, and where you work."),
    )
    interests = forms.CharField(
        label=_("Your declared interests"),
        max_length=3000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Payments, shares, roles, or “None declared”. Shown to readers, dated."),
    )
    field_order = ["name", "credentials", "interests", "username", "password1", "password2"]


@sensitive_post_parameters()
@never_cache
def welcome(request, token):
    response = _answer(request, token)
    # The address is the key. Not "no-referrer": the form would come without its origin.
    response["Referrer-Policy"] = "same-origin"
    return response


def _answer(request, token):
    try:
        invitation, language = invitations.opened(token)
    except invitations.LinkRefused as refused:
        return _refuse(request, refused)
    translation.activate(language)
    if request.user.is_authenticated:
        return _page(request, invitation, status=409, other=request.user)
    form = _form(invitation, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            user = _accept(token, form)
        except invitations.LinkRefused as refused:
            return _refuse(request, refused)
        except (TransitionNotAllowed, ValidationError) as error:
            form.add_error(None, error if isinstance(error, ValidationError) else str(error))
            return _page(request, invitation, form=form, status=409)
        login(request, user, backend="django.contrib.auth.backends.ModelBackend")
        signing_in.begin(request)
        messages.success(request, _("Welcome. You are signed in with your new account."))
        advises = invitation.group == groups.ADVISORS
        return redirect("admin:review_details" if advises else "admin:index")
    return _page(request, invitation, form=form)


def _form(invitation, data):
    advises = invitation.group == groups.ADVISORS
    # The password must not be like the name or the address.
    person = get_user_model()(email=invitation.email, first_name=invitation.name)
    initial = {"name": invitation.name} if advises else {}
    kind = AdvisorAccountForm if advises else AccountForm
    return kind(data, instance=person, initial=initial)


def _accept(token, form):
    given = form.cleaned_data
    details = {name: given[name] for name in ("name", "credentials", "interests") if name in given}
    return invitations.accept(token, given["username"], given["password1"], **details)


def _refuse(request, refused):
    status = 404 if refused.why == "forged" else 410
    used = refused.why == "used"
    return _page(request, None, status=status, refusal=REFUSALS[refused.why], used=used)


def _page(request, invitation, status=200, **context):
    site = admin.site
    context = {
        **site.each_context(request),
        "has_permission": False,  # no menus of the admin, whoever looks
        "is_nav_sidebar_enabled": False,
        "title": _("Welcome"),
        "invitation": invitation,
        "joins": groups.label(invitation.group) if invitation else "",
        "codes": [languages.name(code) for code in invitation.languages] if invitation else [],
        **context,
    }
    return TemplateResponse(request, "admin/review/people_welcome.html", context, status=status)
