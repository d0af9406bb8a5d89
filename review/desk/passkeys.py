"""Passkeys: the library's four steps, as a part of our sign-in."""

from django.contrib import messages
from django.urls import path
from django.utils.translation import gettext as _
from django.views.i18n import JavaScriptCatalog
from django_otp_webauthn import exceptions, views

from . import confirming, safety, signing_in

app_name = "otp_webauthn"


class _Registering:
    """A new passkey only soon after the password, by somebody who may sign in to the admin."""

    def check_can_register(self):
        user = self.request.user
        fresh = confirming.fresh_sign_in(self.request)
        if not (user.is_active and user.is_staff and fresh):
            raise exceptions.NotVerified(
                detail=_("Your last sign-in is a while ago. Sign in again, then add the passkey.")
            )


class BeginRegistration(_Registering, views.BeginCredentialRegistrationView):
    pass


class CompleteRegistration(_Registering, views.CompleteCredentialRegistrationView):
    def post(self, *args, **kwargs):
        response = super().post(*args, **kwargs)
        device = self.request.user.otp_device
        safety.added(self.request, device)
        messages.success(self.request, _("Your passkey is set up."))
        return response


class CompleteAuthentication(views.CompleteCredentialAuthenticationView):
    def complete_auth(self, device):
        if device.user_id != self.request.user.pk:
            raise exceptions.NotVerified()
        signing_in.settle(self.request, device)
        confirming.confirm(self.request)

    def get_success_url(self):
        return signing_in.wanted(self.request)


urlpatterns = [
    path("registration/begin/", BeginRegistration.as_view(), name="credential-registration-begin"),
    path(
        "registration/complete/",
        CompleteRegistration.as_view(),
        name="credential-registration-complete",
    ),
    path(
        "authentication/begin/",
        views.BeginCredentialAuthenticationView.as_view(),
        name="credential-authentication-begin",
    ),
    path(
        "authentication/complete/",
        CompleteAuthentication.as_view(),
        name="credential-authentication-complete",
    ),
    path(
        "jsi18n/",
        JavaScriptCatalog.as_view(packages=["django_otp_webauthn"]),
        name="js-i18n-catalog",
    ),
]
