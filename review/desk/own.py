"""An advisor's own pages: what readers see of her, and when she is away."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .. import advisors, invitations, languages, people
from ..guards import TransitionNotAllowed
from ..models import Absence, Advisor, Invitation
from .items import number


class DetailsForm(forms.Form):
    credentials = forms.CharField(label=_("Credentials, as readers see them"), max_length=200)
    interests = forms.CharField(
        label=_("Declared interests"),
        max_length=3000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Payments, shares, roles, or “None declared”. Shown to readers, dated."),
    )


class AbsenceForm(forms.Form):
    first = forms.DateField(label=_("First day away"))
    last = forms.DateField(label=_("Last day away"))
    deputy = forms.ModelChoiceField(
        Advisor.objects.order_by("name"),
        label=_("Deputy"),
        required=False,
        empty_label=_("nobody"),
        help_text=_("Who is asked meanwhile. The deputy signs under her own name."),
    )

    def __init__(self, *args, advisor, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("first", "last"):
            day = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
            self.fields[name].widget = day
        # Offered are those who can; the transition says why another cannot.
        self.fields["deputy"].widget.choices = [
            ("", _("nobody")),
            *((each.pk, each.name) for each in people.deputies(advisor)),
        ]


def details(request):
    """What readers see of me; credentials and interests are mine to change."""
    advisor = _mine(request)
    if advisor is None:
        return _no_advisor(request)
    initial = {"credentials": advisor.credentials, "interests": advisor.interests}
    form, status = DetailsForm(request.POST or None, initial=initial), 200
    if request.method == "POST" and form.is_valid():
        try:
            changed = advisors.set_details(advisor, by=request.user, **form.cleaned_data)
        except (TransitionNotAllowed, PermissionDenied) as error:
            form.add_error(None, str(error))
            status = 409
        else:
            if changed:
                messages.success(request, _("Saved. What you signed before keeps what it said."))
            else:
                messages.info(request, _("Nothing was changed."))
            return redirect("admin:review_details")
    invitation = Invitation.objects.filter(user=request.user).first()
    context = {
        **admin.site.each_context(request),
        "title": _("My details"),
        "advisor": advisors.fresh_advisor(advisor),
        "codes": [languages.name(code) for code in languages.codes() if advisor.speaks(code)],
        "state": invitations.state(invitation) if invitation else "",
        "invitation": invitation,
        "form": form,
    }
    return TemplateResponse(request, "admin/review/people_details.html", context, status=status)


def my_absences(request):
    advisor = _mine(request)
    if advisor is None:
        return _no_advisor(request)
    return absences(request, advisor, reverse("admin:review_absences"), _("My absences"))


def absences(request, advisor, page, title):
    """When one advisor is away: enter, take back, end; what is over stays visible."""
    form, status = AbsenceForm(advisor=advisor), 200
    if request.method == "POST":
        try:
            if request.POST.get("action") == "end":
                _end(request, advisor)
                return redirect(page)
            form = AbsenceForm(request.POST, advisor=advisor)
            if form.is_valid():
                _enter(request, advisor, form)
                return redirect(page)
        except (TransitionNotAllowed, PermissionDenied) as error:
            messages.error(request, str(error))
            status = 403 if isinstance(error, PermissionDenied) else 409
    today = timezone.localdate()
    found = Absence.objects.filter(advisor=advisor).select_related("deputy__user")
    context = {
        **admin.site.each_context(request),
        "title": title,
        "advisor": advisor,
        "form": form,
        "coming": [(each, each.first <= today) for each in found.filter(last__gte=today)],
        "over": found.filter(last__lt=today).order_by("-first")[:50],
        "deputising": Absence.objects.filter(deputy=advisor, last__gte=today).select_related(
            "advisor"
        ),
    }
    return TemplateResponse(request, "admin/review/people_absences.html", context, status=status)


def _enter(request, advisor, form):
    absence = people.enter_absence(advisor, by=request.user, **form.cleaned_data)
    messages.success(request, _("Entered."))
    for other in people.clashes(absence):
        messages.warning(
            request,
            _(
                "%(name)s is away, too, from %(first)s to %(last)s. On the days on which an "
                "advisor and her deputy are both away nobody stands in: other advisors of the "
                "language may still sign."
            )
            % {"name": other.advisor.name, "first": other.first, "last": other.last},
        )


def _end(request, advisor):
    pk = number(request.POST.get("absence"))
    absence = Absence.objects.filter(pk=pk, advisor=advisor).first() if pk else None
    if absence is None:
        raise TransitionNotAllowed(_("There is no such absence: it was taken back already."))
    people.end_absence(absence, by=request.user)
    messages.success(request, _("Done: requests come to %(name)s.") % {"name": advisor.name})


def _mine(request):
    return getattr(request.user, "advisor", None)


def _no_advisor(request):
    context = {
        **admin.site.each_context(request),
        "title": _("Medical advisors only"),
        "content": _("This page is for medical advisors. Your account is none."),
    }
    return TemplateResponse(request, "admin/base_site.html", context, status=403)
