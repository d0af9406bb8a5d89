"""The people in the admin: advisors, their absences, and who is invited."""

from django import forms
from django.conf import settings
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from ..models import Advisor


class AdvisorForm(forms.ModelForm):
    languages = forms.MultipleChoiceField(
        choices=settings.LANGUAGES,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("The languages in which this advisor may sign."),
    )


@admin.register(Advisor)
class AdvisorAdmin(admin.ModelAdmin):
    form = AdvisorForm
    list_display = ["name", "credentials", "languages", "active"]
    autocomplete_fields = ["user"]
    prepopulated_fields = {"slug": ["name"]}
    actions = None

    def has_delete_permission(self, request, obj=None):
        return False
