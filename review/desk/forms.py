"""The forms of an item's page: its text, and its facts in the source language; whom to ask."""

import copy
import json

from django import forms
from django.utils.translation import gettext_lazy as _
from markdownx.widgets import MarkdownxWidget

from .. import languages
from ..fields import Line
from ..fingerprint import NotText, canonical, normalise_facts
from ..models import Advisor, Release, ReviewRequest, Significance
from ..proposal import Proposal

BASE_LIMIT = 400_000  # characters of what a form may say that it was opened with

WHY = {
    "summary": forms.CharField(
        label=_("What changed, and why"),
        max_length=500,
        required=False,
        help_text=_("The advisor reads this first."),
    ),
    "significance": forms.ChoiceField(
        label=_("How much it matters"),
        choices=Significance.choices,
        initial=Significance.MEANING,
        required=False,
        help_text=_("The advisor has the last word on it."),
    ),
}


def opened_with(text, facts):
    """What ``ItemForm.base`` reads."""
    return canonical({"text": text, "facts": facts or {}})


class ItemForm(forms.Form):
    """What ``workflow.save_draft`` needs. The checks are ``Proposal``'s: none is repeated here."""

    based_on = forms.CharField(widget=forms.HiddenInput, required=False)
    source = forms.CharField(widget=forms.HiddenInput, required=False)
    opened = forms.CharField(widget=forms.HiddenInput, required=False)  # see ``base``
    rival = forms.CharField(widget=forms.HiddenInput, required=False)  # the Rival being merged

    def __init__(self, *args, model, language, **kwargs):
        super().__init__(*args, **kwargs)
        self.model, self.language = model, language
        self.is_source = language == languages.source()
        for name in model.text_fields:
            field = model._meta.get_field(name)
            one_line = isinstance(field, Line)
            attrs = {"lang": language, "dir": languages.direction(language)}
            self.fields[name] = forms.CharField(
                label=str(field.verbose_name).capitalize(),
                required=False,
                strip=False,
                widget=forms.TextInput(attrs={**attrs, "class": "vTextField"})
                if one_line
                else MarkdownxWidget(attrs={**attrs, "rows": 8}),
            )
        if self.is_source:
            for name, field in model.fact_fields.items():
                field = copy.deepcopy(field)
                field.required = False
                self.fields[name] = field
        for name, field in WHY.items():
            self.fields[name] = copy.deepcopy(field)

    def proposal(self):
        """What was typed, not yet checked. A translation has no facts."""
        said = self.cleaned_data
        text = {name: said.get(name) or "" for name in self.model.text_fields}
        facts = {name: said.get(name) for name in self.model.fact_fields}
        return Proposal(self.model, self.language, text, facts if self.is_source else None)

    def base(self):
        """The text and facts with which the form was opened, as the browser tells it: to be shown
        beside others, never to be trusted. ({}, {}) where it tells nothing sensible."""
        told = self.data.get("opened", "")
        try:
            told = normalise_facts(json.loads(told)) if 0 < len(told) <= BASE_LIMIT else {}
            text, facts = (dict(told.get(part) or {}) for part in ("text", "facts"))
        except (ValueError, RecursionError, AttributeError, TypeError, NotText):
            return {}, {}
        return (
            {name: str(text.get(name) or "") for name in self.model.text_fields if text},
            {name: facts[name] for name in self.model.fact_fields if name in facts},
        )

    def hold(self, **values):
        """Put values in place of what was sent, for the form that goes back."""
        self.data = self.data.copy()
        for name, value in values.items():
            self.data[name] = value

    def rows(self, source_text=None):
        """(bound field, the same field in the source language)."""
        for name in self.model.text_fields:
            yield self[name], (source_text or {}).get(name, "")

    def fact_rows(self):
        return [self[name] for name in self.model.fact_fields if self.is_source]

    def why_rows(self):
        return [self[name] for name in WHY]


class SubmitForm(forms.Form):
    """Whom to ask, by when an answer is wanted, and what to go public with."""

    assigned_to = forms.TypedChoiceField(label=_("For"), required=False, empty_value=None)
    due = forms.DateField(
        label=_("Wanted by"),
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    release = forms.TypedChoiceField(label=_("Goes public with"), required=False, empty_value=None)

    def __init__(self, *args, item, language, **kwargs):
        super().__init__(*args, **kwargs)
        found = Advisor.objects.filter(active=True, user__is_active=True).order_by("name")
        self.advisors = {str(each.pk): each for each in found if each.speaks(language)}
        gathering = Release.objects.filter(state=Release.State.GATHERING)
        self.releases = {str(each.pk): each for each in gathering}
        asked, release = self.fields["assigned_to"], self.fields["release"]
        asked.choices = [("", _("any advisor of the language")), *self.advisors.items()]
        asked.coerce, release.coerce = self.advisors.get, self.releases.get
        release.choices = [("", _("nothing else")), *self.releases.items()]
        if not self.releases:
            del self.fields["release"]
        elif not self.is_bound:
            self.initial["release"] = _last_release(item, language)


def _last_release(item, language):
    """The release of the item's last request: what was given back usually returns to it."""
    last = ReviewRequest.objects.filter(
        language=language, revisions__item_type=item.item_type, revisions__key=item.key
    )
    return last.order_by("-pk").values_list("release", flat=True).first()
