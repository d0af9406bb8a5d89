"""A forgotten password: Django's own pages, which answer the same, and as soon, whether an account
has that address or not."""

import logging
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import views
from django.contrib.auth.forms import PasswordResetForm
from django.core.exceptions import ValidationError
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .. import limits

logger = logging.getLogger("review.forgotten")
MOST = 5  # mails an hour, for one address of either kind
TOO_MANY = gettext_lazy("Too many were asked for within an hour. Please try again later.")


class ResetForm(PasswordResetForm):
    def __init__(self, *args, request=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.request = request

    def clean_email(self):
        email = self.cleaned_data["email"]
        if limits.over("reset", limits.address(self.request), MOST):
            raise ValidationError(TOO_MANY)
        return email

    def save(self, **options):
        """Look nobody up yet: ``Ask`` does it when the answer has been sent."""


class Ask(views.PasswordResetView):
    form_class = ResetForm

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "request": self.request}

    def form_valid(self, form):
        response = super().form_valid(form)
        close = response.close

        def send_and_close():
            try:
                _send(form)
            except Exception:
                logger.exception("A mail for a new password could not be sent.")
            finally:
                close()

        response.close = send_and_close
        return response


def _send(form):
    email = form.cleaned_data["email"]
    if limits.over("reset-mail", email.casefold(), MOST):
        return
    site = urlsplit(settings.SITE_URL)
    PasswordResetForm.save(
        form,
        domain_override=site.netloc,
        use_https=site.scheme == "https",
        extra_email_context={"site_name": _("the desk of %(site)s") % {"site": site.netloc}},
    )


# Under the names by which the pages of Django's admin know them.
urlpatterns = [
    path("", Ask.as_view(), name="admin_password_reset"),
    path("sent/", views.PasswordResetDoneView.as_view(), name="password_reset_done"),
    path(
        "<uidb64>/<token>/", views.PasswordResetConfirmView.as_view(), name="password_reset_confirm"
    ),
    path("done/", views.PasswordResetCompleteView.as_view(), name="password_reset_complete"),
]
