"""The pages that belong to the mail: the link in it, taking a link back, choosing which to get."""

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from .. import languages
from ..guards import TransitionNotAllowed
from ..models import Preference, ReviewLink
from ..notices import links


@never_cache
@require_safe
def follow_link(request, token):
    """Lead from a mail to its request; whoever is not signed in does that first."""
    try:
        link = links.read(token)
        if not admin.site.has_permission(request):
            return redirect_to_login(request.get_full_path(), reverse("admin:login"))
        links.check(link, request.user)
    except links.Refused as refusal:
        context = {
            **admin.site.each_context(request),
            "title": _("This link leads nowhere"),
            "sentence": str(refusal),
        }
        template = "admin/review/link.html"
        return TemplateResponse(request, template, context, status=refusal.status)
    return redirect("admin:review_reviewrequest_change", link.request_id)


@require_POST
def revoke_link(request, pk):
    link = get_object_or_404(ReviewLink.objects.select_related("request"), pk=pk)
    try:
        links.revoke(link, by=request.user)
        messages.success(request, _("The link no longer works."))
    except TransitionNotAllowed as error:
        messages.error(request, str(error))
    except PermissionDenied as error:
        if not request.user.has_perm("review.view_reviewrequest"):
            raise
        messages.error(request, str(error))
    return redirect("admin:review_reviewrequest_change", link.request_id)


class PreferenceForm(forms.ModelForm):
    class Meta:
        model = Preference
        fields = ["mail", "language"]
        widgets = {"mail": forms.RadioSelect}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        fallback = _("as your browser asks; mail in %(language)s") % {
            "language": languages.name(languages.source())
        }
        self.fields["language"].choices = [("", fallback), *settings.LANGUAGES]


@require_http_methods(["GET", "HEAD", "POST"])
def preference(request):
    """Which mail somebody wants, and the language of the admin and of mail."""
    mine = Preference.objects.filter(user=request.user).first() or Preference(user=request.user)
    form = PreferenceForm(request.POST if request.method == "POST" else None, instance=mine)
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data
        Preference.objects.update_or_create(user=request.user, defaults=chosen)
        if chosen["language"]:
            translation.activate(chosen["language"])
        messages.success(request, _("Saved."))
        return redirect("admin:review_preference")
    context = {
        **admin.site.each_context(request),
        "title": _("Mail and language"),
        "form": form,
    }
    return TemplateResponse(request, "admin/review/preference.html", context)
