"""Invitations in the admin: who is asked to join, who waits to be confirmed."""

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from .. import groups, invitations, languages
from ..guards import TransitionNotAllowed
from ..models import Advisor, Invitation
from . import letters
from .items import number
from .records import RecordAdmin

STATES = {
    "waiting": _("waits for your confirmation"),
    "sent back": _("sent back to the advisor"),
    "invited": _("invited"),
    "expired": _("invited, but the link is too old"),
    "joined": _("works here"),
    "revoked": _("taken back"),
}


class InvitationForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120)
    email = forms.EmailField(label=_("E-mail address"), max_length=254)
    group = forms.ChoiceField(label=_("Joins as"))
    languages = forms.MultipleChoiceField(
        label=_("For a medical advisor: the languages that she will sign"),
        choices=settings.LANGUAGES,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    speaks = forms.ChoiceField(label=_("Language of the mail"), choices=settings.LANGUAGES)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["group"].choices = [
            ("", "—"),
            *((name, groups.label(name)) for name in invitations.joinable()),
        ]

    def clean(self):
        if self.cleaned_data.get("group") == groups.ADVISORS and not self.cleaned_data.get(
            "languages", True
        ):
            self.add_error("languages", _("Choose at least one language that she will sign."))


class StateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return list(STATES.items())

    def queryset(self, request, queryset):
        if self.value() not in STATES:
            return queryset
        kept = [each.pk for each in queryset if invitations.state(each) == self.value()]
        return queryset.filter(pk__in=kept)


@admin.register(Invitation)
class InvitationAdmin(RecordAdmin):
    list_display = ["name", "email", "joins", "state", "invited_at", "invited_by"]
    list_filter = [StateFilter]
    list_select_related = ["invited_by"]
    search_fields = ["name", "email"]

    # E-mail addresses are for those who invite.
    def has_add_permission(self, request):
        return request.user.has_perm("review.add_invitation")

    def has_view_permission(self, request, obj=None):
        return self.has_add_permission(request)

    @admin.display(description=_("joins as"))
    def joins(self, invitation):
        return groups.label(invitation.group)

    @admin.display(description=_("state"))
    def state(self, invitation):
        return STATES[invitations.state(invitation)]

    def history_view(self, request, object_id, extra_context=None):
        return redirect("admin:review_invitation_change", object_id)

    # -- Asking ----------------------------------------------------------------------------------

    def add_view(self, request, form_url="", extra_context=None):
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = InvitationForm(request.POST or None, initial={"speaks": get_language()})
        if request.method == "POST" and form.is_valid():
            given = form.cleaned_data
            try:
                letters.check_few(request.user, given["email"])
                invitation = invitations.invite(
                    given["name"],
                    given["email"],
                    given["group"],
                    by=request.user,
                    codes=given["languages"],
                )
            except TransitionNotAllowed as error:
                form.add_error(None, str(error))
            else:
                self._mail(request, invitation, given["speaks"])
                return redirect(self._page_of(invitation, given["speaks"]))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Invite somebody"),
            "form": form,
        }
        status = 409 if form.non_field_errors() else 200
        return TemplateResponse(request, "admin/review/people_invite.html", context, status=status)

    def _mail(self, request, invitation, language):
        if letters.invite(invitation, language):
            sentence = _("The invitation was sent to %(email)s.") % {"email": invitation.email}
            messages.success(request, sentence)
        else:
            messages.warning(
                request,
                _(
                    "The invitation stands, but the mail could not be sent. Give the link below to "
                    "%(name)s yourself, or send it again later."
                )
                % {"name": invitation.name},
            )

    def _page_of(self, invitation, language):
        page = reverse("admin:review_invitation_change", args=[invitation.pk])
        return f"{page}?language={language}"

    # -- One invitation --------------------------------------------------------------------------

    def change_view(self, request, object_id, form_url="", extra_context=None):
        if not self.has_view_permission(request):
            raise PermissionDenied
        found = Invitation.objects.select_related("user", "invited_by", "confirmed_by")
        invitation = found.filter(pk=number(unquote(object_id))).first()
        if invitation is None:
            raise Http404
        if request.method != "POST":
            return self._page(request, invitation)
        action = getattr(self, f"do_{request.POST.get('action', '')}", None)
        if action is None:
            messages.error(request, _("Nothing was done: choose one of the buttons."))
            return self._page(request, invitation)
        try:
            action(request, invitation)
        except (TransitionNotAllowed, PermissionDenied) as error:
            messages.error(request, str(error))
            status = 403 if isinstance(error, PermissionDenied) else 409
            return self._page(request, invitation, status=status)
        return redirect(self._page_of(invitation, self._language(request)))

    def do_resend(self, request, invitation):
        letters.check_few(request.user, invitation.email)
        again = invitations.resend(invitation, by=request.user)
        self._mail(request, again, self._language(request))

    def do_revoke(self, request, invitation):
        invitations.revoke(invitation, by=request.user)
        messages.success(request, _("Taken back: the link leads nowhere any more."))

    def do_confirm(self, request, invitation):
        seen = request.POST.get("seen", "")
        advisor = invitations.confirm(invitation, by=request.user, seen=seen)
        sentence = _("%(name)s may sign from now on.") % {"name": advisor.name}
        messages.success(request, sentence)
        self._tell(request, advisor)

    def do_send_back(self, request, invitation):
        letters.check_few(request.user, invitation.email)
        reason = request.POST.get("reason", "")
        advisor = invitations.send_back(invitation, by=request.user, reason=reason)
        messages.success(request, _("Sent back with what to correct."))
        self._tell(request, advisor, reason)

    def _tell(self, request, advisor, reason=""):
        if not letters.tell(advisor, reason):
            sentence = _("The mail to %(name)s could not be sent: tell her yourself.")
            messages.warning(request, sentence % {"name": advisor.name})

    def _language(self, request):
        """Of the mail and of the link that are asked for."""
        asked = request.POST.get("language") or request.GET.get("language")
        return asked if asked in languages.codes() else languages.source()

    def _page(self, request, invitation, status=200):
        invitation.refresh_from_db()
        state, language = invitations.state(invitation), self._language(request)
        advisor = Advisor.objects.filter(user=invitation.user_id or 0).first()
        waits = state in ("waiting", "sent back")
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": invitation.name,
            "invitation": invitation,
            "joins": groups.label(invitation.group),
            "codes": [languages.name(code) for code in invitation.languages],
            "state": state,
            "state_name": STATES[state],
            "unanswered": state in ("invited", "expired"),
            "link": invitations.address(invitation, language) if state == "invited" else "",
            "expires": invitations.expires(invitation),
            "languages": settings.LANGUAGES,
            "language": language,
            "advisor": advisor,
            "waits": waits,
            "seen": invitations.described(advisor) if waits else "",
            "typed": request.POST.get("reason", ""),
        }
        return TemplateResponse(
            request, "admin/review/people_invitation.html", context, status=status
        )
