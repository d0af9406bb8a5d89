"""The advisors in the admin: who signs in which language, who is away, who leaves."""

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, Subquery
from django.http import Http404
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .. import advisors, languages, people
from ..guards import TransitionNotAllowed, normal
from ..models import Absence, Advisor
from .leaving import leaving
from .own import absences

DETAILS = ["name", "slug", "credentials", "interests"]


class AdvisorForm(forms.ModelForm):
    languages = forms.MultipleChoiceField(
        label=_("Languages"),
        choices=settings.LANGUAGES,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("The languages in which this advisor may sign."),
    )
    reason = forms.CharField(
        label=_("Why a language is taken away"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "class": "vLargeTextField"}),
        help_text=_(
            "Only where she signed in it: her public texts in that language are queued for "
            "re-review with this reason, and what she signed and is not public yet is stopped."
        ),
    )

    def clean(self):
        super().clean()
        for name in (*DETAILS, "reason"):
            try:
                if name in self.cleaned_data:
                    self.cleaned_data[name] = normal(self.cleaned_data[name])
            except TransitionNotAllowed as error:
                self.add_error(name, str(error))
        if self.instance.pk and "languages" in self.cleaned_data:
            self._check_languages()
        return self.cleaned_data

    def _check_languages(self):
        before = Advisor.objects.get(pk=self.instance.pk)
        lost = set(before.languages) - set(self.cleaned_data["languages"])
        public, waiting = people.stands_for(before, lost)
        if (public or waiting) and not self.cleaned_data.get("reason"):
            sentence = _(
                "%(name)s stands for texts in %(languages)s: %(public)s public, %(waiting)s signed "
                "requests not public yet. Give the reason below: the first are then queued for "
                "re-review, the others stopped."
            )
            names = ", ".join(languages.name(code) for code in languages.codes() if code in lost)
            values = {"public": public, "waiting": waiting}
            self.add_error(
                "languages", sentence % {"name": before.name, "languages": names, **values}
            )


@admin.register(Advisor)
class AdvisorAdmin(admin.ModelAdmin):
    form = AdvisorForm
    list_display = ["name", "credentials", "spoken", "active", "away"]
    list_filter = ["active"]
    search_fields = ["name", "user__username"]
    actions = None
    list_per_page = 50

    def has_delete_permission(self, request, obj=None):
        return False

    # -- The list --------------------------------------------------------------------------------

    def get_queryset(self, request):
        today = timezone.localdate()
        absence = Absence.objects.filter(advisor=OuterRef("pk"), first__lte=today, last__gte=today)
        return super().get_queryset(request).annotate(until=Subquery(absence.values("last")[:1]))

    @admin.display(description=_("languages"))
    def spoken(self, advisor):
        return ", ".join(languages.name(code) for code in languages.codes() if advisor.speaks(code))

    @admin.display(description=_("away until"), empty_value="")
    def away(self, advisor):
        return advisor.until

    # -- One advisor: every change is a transition -----------------------------------------------

    def get_fields(self, request, obj=None):
        if obj is None:
            return ["user", *DETAILS, "languages"]
        return [*DETAILS, "languages", "reason", "user", "active"]

    def get_readonly_fields(self, request, obj=None):
        return ["user", "active"] if obj else []

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        """A plain list, which needs no script."""
        if db_field.name == "user":
            accounts = get_user_model().objects.filter(is_active=True, advisor=None)
            kwargs["queryset"] = accounts.order_by("username")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_prepopulated_fields(self, request, obj=None):
        return {} if obj else {"slug": ["name"]}

    def save_model(self, request, obj, form, change):
        given, codes = form.cleaned_data, form.cleaned_data["languages"]
        details = {name: given[name] for name in DETAILS}
        if not change:
            made = advisors.appoint(given["user"], by=request.user, languages=codes, **details)
            obj.pk = made.pk
            return
        advisors.set_details(obj, by=request.user, **details)
        queued = people.set_languages(obj, codes, by=request.user, reason=given["reason"])
        if queued:
            sentence = _("Queued for re-review: %(count)s.") % {"count": queued}
            messages.warning(request, sentence)

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except TransitionNotAllowed as error:
            # Somebody was faster, between the form's checks and the transition's.
            messages.error(request, str(error))
            return redirect(request.get_full_path())

    # -- Pages of their own ----------------------------------------------------------------------

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/leave/", view(self.leave), name="review_advisor_leave"),
            path("<int:pk>/absences/", view(self.absent), name="review_advisor_absences"),
            *super().get_urls(),
        ]

    def leave(self, request, pk):
        return leaving(request, self._advisor(request, pk))

    def absent(self, request, pk):
        advisor = self._advisor(request, pk)
        title = _("Absences of %(name)s") % {"name": advisor.name}
        return absences(request, advisor, request.path, title)

    def _advisor(self, request, pk):
        if not self.has_change_permission(request):
            raise PermissionDenied
        advisor = Advisor.objects.select_related("user").filter(pk=pk).first()
        if advisor is None:
            raise Http404
        return advisor
