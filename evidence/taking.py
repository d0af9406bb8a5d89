"""The admin page on which publications come in: files and identifiers become drafts of sources."""

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import intake, records, services
from .models import Source

LARGEST = 5_000_000  # bytes


class TakeForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("File"),
        required=False,
        help_text=gettext_lazy("RIS, BibTeX or NBIB (PubMed), at most 500 records."),
        widget=forms.FileInput(attrs={"accept": ".ris,.bib,.nbib,.txt,.medline"}),
    )
    names = forms.CharField(
        label=gettext_lazy("DOIs and PMIDs, one a line"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 5, "dir": "ltr"}),
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        if not file:
            return []
        if file.size > LARGEST:
            raise forms.ValidationError(_("The file is larger than 5 MB: split it."))
        data = file.read()
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = data.decode("cp1252", "replace")
        try:
            return records.read(text)
        except records.NotRead as error:
            raise forms.ValidationError(str(error)) from None

    def clean_names(self):
        lines = [each.strip() for each in self.cleaned_data["names"].splitlines() if each.strip()]
        found = [(line, records.identified(line)) for line in lines]
        wrong = [line for line, record in found if record is None]
        if wrong:
            raise forms.ValidationError(
                _("“%(line)s” is neither a DOI (10.1000/182) nor a PMID (a number): correct it.")
                % {"line": wrong[0][:80]}
            )
        return [record for _line, record in found]

    def clean(self):
        asked = super().clean()
        if not self.errors and not (asked["file"] or asked["names"]):
            raise forms.ValidationError(_("Choose a file, or write a DOI or PMID."))
        return asked


def page(request, model_admin):
    """GET: the form. POST: drafts, and a sentence a record."""
    if not model_admin.has_add_permission(request):
        raise PermissionDenied(_("You may not add a source."))
    sent = request.method == "POST"
    form = TakeForm(request.POST, request.FILES) if sent else TakeForm()
    outcomes, status = None, 200
    if sent and form.is_valid():
        try:
            outcomes = intake.take(_asked(form), by=request.user)
        except (services.NotAnswered, intake.NotTaken) as error:
            messages.error(request, str(error))
            status = 409
    elif sent:
        status = 400
    return TemplateResponse(
        request,
        "admin/evidence/take.html",
        {
            **model_admin.admin_site.each_context(request),
            "opts": Source._meta,
            "title": _("Take in publications"),
            "form": form if outcomes is None else TakeForm(),
            "outcomes": _with_addresses(outcomes),
            "made": sum(each.state == intake.MADE for each in outcomes or ()),
            "network": settings.SOURCE_NETWORK,
        },
        status=status,
    )


def _asked(form):
    named = form.cleaned_data["names"]
    if settings.SOURCE_NETWORK:
        named = [services.looked_up(each) for each in named]
    return [*form.cleaned_data["file"], *named]


def _with_addresses(outcomes):
    if outcomes is None:
        return None
    keys = {each.key for each in outcomes}
    pks = dict(Source._base_manager.filter(key__in=keys).values_list("key", "pk"))
    return [
        (each, reverse("admin:evidence_source_change", args=[pks[each.key]])) for each in outcomes
    ]
