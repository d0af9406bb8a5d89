"""Releases in the admin: what goes public together, what it waits for, and the way back."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Max, Min, Prefetch, Q
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from .. import languages, previews, workflow
from ..guards import acting_advisor
from ..ledger import locked
from ..models import LedgerEntry, Release, ReviewRequest, Revision, write_permission
from ..readers import Reader
from . import sentences, undoing
from .items import number
from .records import RecordAdmin

Asked = ReviewRequest.State


class WhenForm(forms.Form):
    publish_at = forms.DateTimeField(
        label=gettext_lazy("Goes public at"),
        required=False,
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=gettext_lazy("Empty: as soon as all is signed."),
    )


class NewForm(WhenForm):
    field_order = ["name", "publish_at"]
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=200,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )


class ReleaseStateFilter(admin.SimpleListFilter):
    """What waits, unless something else is asked for."""

    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [*Release.State.choices, ("all", gettext_lazy("All"))]

    def value(self):
        return super().value() or Release.State.GATHERING

    def choices(self, changelist):
        return list(super().choices(changelist))[1:]

    def queryset(self, request, queryset):
        return queryset if self.value() == "all" else queryset.filter(state=self.value())


def requests_of():
    """A release's requests with their texts' names, for one query each."""
    texts = Revision.objects.only("item_type", "key", "language", "number", "request_id")
    people = ReviewRequest.objects.select_related("assigned_to", "submitted_by", "decided_by")
    return Prefetch(
        "requests", people.order_by("pk").prefetch_related(Prefetch("revisions", texts))
    )


def seen(release):
    """What the page showed, to be named by its buttons: they press nothing else."""
    states = ",".join(f"{each.pk}:{each.state}" for each in release.requests.all())
    at = release.publish_at.isoformat() if release.publish_at else ""
    return f"{release.state}|{at}|{states}"


@admin.register(Release)
class ReleaseAdmin(RecordAdmin):
    list_display = ["name", "state", "spoken", "signed", "publish_at", "made_by"]
    list_filter = [ReleaseStateFilter]
    list_select_related = ["made_by"]
    search_fields = ["name"]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related(requests_of())

    @admin.display(description=gettext_lazy("languages"))
    def spoken(self, release):
        held = {each.language for each in release.requests.all()}
        return ", ".join(languages.name(code) for code in languages.codes() if code in held) or "–"

    @admin.display(description=gettext_lazy("signed"))
    def signed(self, release):
        waiting, done = progress(release)
        return f"{len(done)} / {len(done) + len(waiting)}"

    def has_add_permission(self, request):
        return any(writes(request.user, code) for code in languages.codes())

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/undo/", view(self.undo_view), name="review_release_undo"),
            path(
                "<int:pk>/preview/<str:language>/<int:revision>/",
                view(require_GET(self.preview)),
                name="review_release_preview",
            ),
            *super().get_urls(),
        ]

    def history_view(self, request, object_id, extra_context=None):
        return redirect("admin:review_release_change", object_id)

    def undo_view(self, request, pk):
        return undoing.page(request, self._release(request, pk), self._respond)

    def _release(self, request, pk):
        if not self.has_view_permission(request):
            raise PermissionDenied
        found = self.get_queryset(request).filter(pk=number(pk)).first()
        if found is None:
            raise Http404
        return found

    # -- A new one -----------------------------------------------------------------------------

    def add_view(self, request, form_url="", extra_context=None):
        if not self.has_add_permission(request):
            raise PermissionDenied
        form, status = NewForm(request.POST or None), 200
        if request.method == "POST" and form.is_valid():
            try:
                made = workflow.make_release(by=request.user, **form.cleaned_data)
                messages.success(request, _("Made. Requests join it when they are sent."))
                return redirect("admin:review_release_change", made.pk)
            except workflow.TransitionNotAllowed as error:
                messages.error(request, str(error))
                status = 409
        context = {"title": _("New release"), "form": form}
        return self._respond(request, "release_new", context, status)

    # -- One release ---------------------------------------------------------------------------

    def change_view(self, request, object_id, form_url="", extra_context=None):
        release = self._release(request, object_id)
        if request.method != "POST":
            return self._page(request, release)
        action = getattr(self, f"do_{request.POST.get('action', '')}", None)
        if action is None:
            messages.error(request, _("Nothing was done: choose one of the buttons."))
            return self._page(request, release)
        try:
            with locked():
                if seen(self._release(request, object_id)) != request.POST.get("seen"):
                    raise workflow.TransitionNotAllowed(
                        _("This release changed since you opened it. Nothing was done: look again.")
                    )
                gone = action(request, release)
        except PermissionDenied as error:
            messages.error(request, str(error) or _("You may not do this."))
            return self._page(request, self._release(request, object_id), status=403)
        except workflow.TransitionNotAllowed as error:
            messages.error(request, str(error))
            return self._page(request, self._release(request, object_id), status=409)
        return gone or redirect("admin:review_release_change", release.pk)

    # Each ``do_`` is one button of the page.

    def do_publish(self, request, release):
        signed = workflow.publish_release(release, by=request.user)
        messages.success(request, _("Public: %(count)s texts.") % {"count": len(signed)})

    def do_schedule(self, request, release):
        form = WhenForm(request.POST)
        if not form.is_valid():
            raise workflow.TransitionNotAllowed(
                _("That is no time: write it as 2027-03-15 08:00. Nothing was changed.")
            )
        self._schedule(request, release, form.cleaned_data["publish_at"])

    def do_clear(self, request, release):
        self._schedule(request, release, None)

    def _schedule(self, request, release, at):
        workflow.schedule_release(release, by=request.user, publish_at=at)
        told = _("The time is set.") if at else _("The release waits for no time any more.")
        messages.success(request, told)

    def do_take_out(self, request, release):
        workflow.join(_held(request, release), None, by=request.user)
        messages.success(request, _("Taken out: that request goes public by itself."))

    def do_stop(self, request, release):
        reason = request.POST.get("reason", "")
        workflow.stop(_held(request, release), by=request.user, reason=reason)
        messages.success(request, _("Stopped: it will not go public."))

    def do_dissolve(self, request, release):
        workflow.dissolve_release(release, by=request.user)
        messages.success(request, _("Dissolved: it held nothing."))
        return redirect("admin:review_release_changelist")

    # -- What the page shows -------------------------------------------------------------------

    def _page(self, request, release, status=200):
        waiting, signed = progress(release)
        gathering = release.state == Release.State.GATHERING
        user = request.user
        advisor = acting_advisor(user)
        held = list(release.requests.all())
        may_release = any(
            writes(user, each.language) or (advisor and advisor.speaks(each.language))
            for each in held
        )
        context = {
            "title": release.name,
            "release": release,
            "gathering": gathering,
            "seen": seen(release),
            "groups": _by_language(held) if gathering else [],
            "rows": [_row(each, waiting, user, advisor, gathering) for each in held],
            "waiting": waiting,
            "signed": len(signed),
            "all": len(signed) + len(waiting),
            "due": release.publish_at and release.publish_at <= timezone.now(),
            "may_publish": gathering and bool(signed) and not waiting and may_release,
            "may_arrange": gathering and workflow.may_arrange(release, user),
            "may_dissolve": gathering and not held and workflow.may_arrange(release, user),
            "may_undo": release.state == Release.State.PUBLISHED
            and any(advisor and advisor.speaks(each.language) for each in held),
            "form": WhenForm(_typed(request), initial={"publish_at": release.publish_at}),
            "time_zone": timezone.get_current_timezone_name(),
            "lines": _lines(release),
        }
        return self._respond(request, "release", context, status)

    def _respond(self, request, template, context, status):
        context = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        template = f"admin/review/{template}.html"
        return TemplateResponse(request, template, context, status=status)

    def preview(self, request, pk, language, revision):
        """The page as it will be when the whole release is public."""
        release = self._release(request, pk)
        if language not in languages.codes():
            raise Http404
        proposed = together(release, language)
        chosen = next((each for each in proposed if each.pk == revision), None)
        if chosen is None:
            raise Http404
        with languages.active(language):
            reader = Reader(language, proposed=proposed)
            return previews.show(request, workflow.item_of(chosen), reader)


def writes(user, language):
    return user.has_perm(f"review.{write_permission(language)}")


def progress(release):
    """(what a release waits for, what counts as signed); a replaced request counts for neither."""
    requests = list(release.requests.all())
    if release.state != Release.State.GATHERING:
        return [], [each for each in requests if each.state == Asked.PUBLISHED]
    return workflow.unsigned(requests), [each for each in requests if each.state == Asked.SIGNED]


def together(release, language):
    """What readers of a language will get from a release: its texts in that language, and the
    originals of the rest. A translation shows the facts that its original brings."""
    counts = [Asked.OPEN, Asked.SIGNED, Asked.PUBLISHED]
    found = Revision.objects.filter(request__release=release, request__state__in=counts)
    found = found.filter(language__in={language, languages.source()}).order_by("pk")
    originals = {each.item: each for each in found if each.language == languages.source()}
    chosen = dict(originals)
    for each in found:
        if each.language == language:
            if each.item in originals:
                each.facts = originals[each.item].facts
            chosen[each.item] = each
    return list(chosen.values())


def _held(request, release):
    pk = number(request.POST.get("request"))
    found = next((each for each in release.requests.all() if each.pk == pk), None)
    if found is None:
        raise workflow.TransitionNotAllowed(_("That request is not in this release."))
    return found


def _typed(request):
    """A time that was refused stands in its field again."""
    return request.POST if "publish_at" in request.POST else None


def _row(review, waiting, user, advisor, gathering):
    """One request: where it stands, and what this person may do with it."""
    writer = writes(user, review.language)
    signs = bool(advisor and advisor.speaks(review.language))
    replaced = review not in waiting and review.state not in (Asked.SIGNED, Asked.PUBLISHED)
    return {
        "review": review,
        "language": languages.name(review.language),
        "waits": gathering and review in waiting,
        "replaced": gathering and replaced,
        "texts": list(review.revisions.all()),
        "may_take_out": gathering and writer and review.state != Asked.SIGNED,
        "may_stop": gathering and (writer or signs) and review.state == Asked.SIGNED,
    }


def _by_language(requests):
    """For each language the texts that have a page: what has none is seen on these."""
    held = [text for each in requests for text in each.revisions.all()]
    paged = [text.pk for text in held if previews.has_page(text.item_type)]
    shown = Revision.objects.in_bulk(paged or [text.pk for text in held])
    groups = []
    for code in languages.codes():
        texts = [shown[pk] for pk in sorted(shown) if shown[pk].language == code]
        if texts:
            links = [(text, undoing.title_of(text)) for text in texts]
            groups.append({"code": code, "name": languages.name(code), "links": links})
    return groups


def _lines(release):
    """The ledger's lines about a release, and about the texts that it put up."""
    about = Q(payload__contains=f'"release":{release.pk},')
    about |= Q(payload__contains=f'"release":{release.pk}}}')
    found = LedgerEntry.objects.filter(about, event__startswith="release:").order_by("number")
    texts = LedgerEntry.objects.filter(
        event=LedgerEntry.PUBLISH, sign_off__request__release=release
    ).aggregate(first=Min("number"), last=Max("number"))
    told = [(line, sentences.payload_of(line)) for line in found]
    own = [
        {
            "line": line,
            "sentence": sentences.sentence(line, payload),
            "reason": payload.get("reason", ""),
        }
        for line, payload in told
    ]
    return {"own": own, **texts}
