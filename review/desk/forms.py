"""The form for one item in one language: its text fields, and its facts in the source language."""

import copy

from django import forms
from django.utils.translation import gettext_lazy as _
from markdownx.widgets import MarkdownxWidget

from .. import languages
from ..fields import Line
from ..models import Significance

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


def _plain(value):
    """A fact as a form sends it: 3 and "3" are the same."""
    values = value if isinstance(value, list) else str("" if value is None else value).split("\n")
    return [str(each).strip() for each in values]


class ItemForm(forms.Form):
    """What ``workflow.save_draft`` needs. The checks are ``Proposal``'s: none is repeated here."""

    based_on = forms.CharField(widget=forms.HiddenInput, required=False)
    source = forms.CharField(widget=forms.HiddenInput, required=False)

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

    def text(self):
        return {name: self.cleaned_data.get(name) or "" for name in self.model.text_fields}

    def facts(self):
        """What was typed, not yet checked; None for a translation."""
        if not self.is_source:
            return None
        return {name: self.cleaned_data.get(name) for name in self.model.fact_fields}

    def rows(self, source_text=None, theirs=None):
        """(bound field, the same field in the source language, the same in a rival text)."""
        for name in self.model.text_fields:
            yield self[name], (source_text or {}).get(name, ""), (theirs or {}).get(name)

    def fact_rows(self, theirs):
        """(bound field, the same fact in a rival text, whether they differ)."""
        for name in self.model.fact_fields if self.is_source else ():
            yield (
                self[name],
                theirs.get(name),
                _plain(self[name].value()) != _plain(theirs.get(name)),
            )

    def why_rows(self):
        return [self[name] for name in WHY]
