"""Review requests in the admin: the list of what waits, and the page on which they are decided."""

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Case, Count, F, Value, When
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from .. import languages, people, previews, workflow
from ..ledger import name_of
from ..models import Advisor, ReviewRequest, Revision, Significance, write_permission
from ..notices import links
from ..readers import Reader
from . import changes, presence
from .confirming import asks
from .numbers import number
from .records import RecordAdmin
from .request_actions import ACTIONS
from .request_page import RequestPage

State = ReviewRequest.State


class StateFilter(admin.SimpleListFilter):
    """What waits, unless something else is asked for."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [*State.choices, ("all", _("All"))]

    def value(self):
        return super().value() or State.OPEN

    def choices(self, changelist):
        return list(super().choices(changelist))[1:]

    def queryset(self, request, queryset):
        return queryset if self.value() == "all" else queryset.filter(state=self.value())


class AskedFilter(admin.SimpleListFilter):
    """Who is asked: me, any advisor of the language, or one by name."""

    title = _("for")
    parameter_name = "for"

    def lookups(self, request, model_admin):
        named = Advisor.objects.filter(active=True).order_by("name").values_list("slug", "name")
        return [("me", _("me")), ("any", _("any advisor")), *named]

    def queryset(self, request, queryset):
        if self.value() is None:
            return queryset
        if self.value() == "any":
            return queryset.filter(assigned_to=None)
        if self.value() == "me":
            return queryset.filter(assigned_to__user=request.user)
        return queryset.filter(assigned_to__slug=self.value())


@admin.register(ReviewRequest)
class RequestAdmin(RecordAdmin):
    list_display = [
        "label", "language", "state", "wanted_by", "items", "words", "asker", "since",
        "asked",
    ]  # fmt: skip
    list_filter = [StateFilter, "language", AskedFilter]
    list_select_related = ["submitted_by", "assigned_to"]
    show_full_result_count = False

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(
            request, {"title": self.opts.verbose_name_plural.capitalize()}
        )

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(size=Count("revisions"))

    def get_ordering(self, request):
        """What is overdue first, then what has waited longest."""
        late = When(due__lt=timezone.localdate(), then=Value(0))
        return [Case(late, default=Value(1)).asc(), F("submitted_at").asc(), F("pk").asc()]

    @admin.display(description=_("request"))
    def label(self, review):
        return f"{review.pk}: {review.summary}" if review.summary else str(review.pk)

    @admin.display(description=_("texts"))
    def items(self, review):
        return review.size

    @admin.display(description=_("wanted by"), ordering="due", empty_value="—")
    def wanted_by(self, review):
        if review.due and review.state == State.OPEN and review.due < timezone.localdate():
            return format_html('<strong class="late">{}: {}</strong>', _("overdue"), review.due)
        return review.due

    @admin.display(description=_("who asks"), ordering="submitted_by")
    def asker(self, review):
        return name_of(review.submitted_by)

    @admin.display(description=_("since"), ordering="submitted_at")
    def since(self, review):
        return timezone.localdate(review.submitted_at)

    @admin.display(description=_("for"), ordering="assigned_to")
    def asked(self, review):
        return review.assigned_to or _("any advisor")

    # -- The page ------------------------------------------------------------------------------

    def get_urls(self):
        return [
            path(
                "<int:pk>/preview/<int:revision>/",
                self.admin_site.admin_view(require_GET(self.preview)),
                name="review_reviewrequest_preview",
            ),
            *super().get_urls(),
        ]

    def _request(self, request, pk):
        if not self.has_view_permission(request):
            raise PermissionDenied
        found = ReviewRequest.objects.select_related(
            "submitted_by", "decided_by", "assigned_to", "release", "language_checked_by"
        )
        review = found.filter(pk=number(pk)).first()
        if review is None:
            raise Http404
        return review

    def preview(self, request, pk, revision):
        """The page with the request's texts among those that are public."""
        review = self._request(request, pk)
        revisions = list(review.revisions.all())
        chosen = next((each for each in revisions if each.pk == revision), None)
        if chosen is None:
            raise Http404
        reader = Reader(review.language, proposed=revisions)
        with languages.active(review.language):
            return previews.show(request, workflow.item_of(chosen), reader)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        review = self._request(request, object_id)
        if request.method != "POST":
            return self._page(request, review)
        action = ACTIONS.get(request.POST.get("action"))
        if action is None:
            messages.error(request, _("Nothing was done: choose one of the buttons."))
            return self._page(request, review)
        try:
            done, anchor = action(request, review)
        except PermissionDenied as error:
            messages.error(request, str(error) or _("You may not do this."))
            if not request.user.is_authenticated:  # too many wrong passwords
                return redirect_to_login(request.get_full_path(), reverse("admin:login"))
            return self._page(request, self._request(request, object_id), status=403)
        except workflow.TransitionNotAllowed as error:
            messages.error(request, str(error))
            return self._page(request, self._request(request, object_id), status=409)
        messages.success(request, done)
        view = changes.asked_view(request)
        query = f"?{urlencode({'view': view})}" if view else ""
        address = reverse("admin:review_reviewrequest_change", args=[review.pk])
        return redirect(f"{address}{query}{anchor}")

    def _page(self, request, review, status=200):
        view = changes.asked_view(request) or changes.first_view(review)
        page = RequestPage(review, view)
        _keep_typed(request, page)
        title = _("Review request %(number)s (%(language)s)") % {
            "number": review.pk,
            "language": languages.name(review.language),
        }
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"{title}: {review.summary}" if review.summary else title,
            "heading": title,
            "review": review,
            "page": page,
            "view": view,
            "language": review.language,
            "language_name": languages.name(review.language),
            "direction": languages.direction(review.language),
            "source_language": languages.source(),
            "source_direction": languages.direction(languages.source()),
            "overdue": review.state == State.OPEN
            and bool(review.due and review.due < timezone.localdate()),
            "significances": Significance.choices,
            "time_zone": timezone.get_current_timezone_name(),
            "others": presence.seen(request.user, f"request:{review.pk}"),
            "later": _later(review, page),
            "typed": request.POST,
            **links.overview(review, request.user),
            **_may(request, review, len(page.texts)),
        }
        return TemplateResponse(request, "admin/review/request.html", context, status=status)


def _may(request, review, texts):
    """What this person is offered; the workflow asks again."""
    user, is_open = request.user, review.state == State.OPEN
    advisor = getattr(user, "advisor", None)
    signs = bool(advisor and advisor.active and advisor.speaks(review.language))
    writes = user.has_perm(f"review.{write_permission(review.language)}")
    wanted = settings.LINGUISTIC_SIGNATURE and review.language != languages.source()
    assigns = is_open and (signs or writes)
    return {
        "advisor": advisor,
        "may_decide": is_open and signs,
        "may_recall": is_open and writes,
        "may_assign": assigns,
        "advisors": _advisors(review) if assigns else [],
        "may_stop": review.state == State.SIGNED and (signs or writes),
        "may_publish": review.state == State.SIGNED and not review.release and (signs or writes),
        "language_check": wanted,
        "may_check_language": wanted and is_open and writes and not review.language_checked_at,
        "asks_password": asks(request),
        "attestation": workflow.attestation(texts) if texts else "",
    }


def _advisors(review):
    """[(advisor, her absence now or None)] of those who sign the language."""
    away = people.away()
    found = Advisor.objects.filter(active=True, user__is_active=True).order_by("name")
    return [(each, away.get(each.pk)) for each in found if each.speaks(review.language)]


def _later(review, page):
    """The request in which later texts of a decided one are waiting, if there is one."""
    if review.state == State.OPEN or not page.texts:
        return None
    keys = {text.revision.key for text in page.texts}
    items = {text.revision.item for text in page.texts}
    waiting = Revision.objects.filter(
        state=Revision.State.IN_REVIEW, language=review.language, key__in=keys
    ).exclude(request=review)
    return next((each.request_id for each in waiting.order_by("pk") if each.item in items), None)


def _keep_typed(request, page):
    """What somebody chose or wrote before a refusal stands there again."""
    for text in page.texts:
        chosen = request.POST.get(f"significance-{text.revision.pk}")
        if chosen in Significance.values:
            text.significance = chosen
        if request.POST.get("revision") == str(text.revision.pk):
            text.typed = request.POST
