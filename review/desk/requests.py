"""Review requests in the admin: what waits, and the page on which an advisor decides."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from .. import languages, previews, workflow
from ..diff import word_diff
from ..models import ReviewRequest, Significance, write_permission
from ..readers import Reader
from .numbers import number
from .records import RecordAdmin


class StateFilter(admin.SimpleListFilter):
    """What waits, unless something else is asked for."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [*ReviewRequest.State.choices, ("all", _("All"))]

    def value(self):
        return super().value() or ReviewRequest.State.OPEN

    def choices(self, changelist):
        return list(super().choices(changelist))[1:]

    def queryset(self, request, queryset):
        return queryset if self.value() == "all" else queryset.filter(state=self.value())


@admin.register(ReviewRequest)
class RequestAdmin(RecordAdmin):
    list_display = ["label", "language", "state", "items", "submitted_by", "submitted_at"]
    list_filter = [StateFilter, "language"]
    list_select_related = ["submitted_by"]

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(size=Count("revisions"))

    @admin.display(description=_("request"))
    def label(self, review):
        return f"{review.pk}: {review.summary}" if review.summary else str(review.pk)

    @admin.display(description=_("texts"))
    def items(self, review):
        return review.size

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
        found = ReviewRequest.objects.filter(pk=number(pk)).first()
        if found is None:
            raise Http404
        return found

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
        decide = {
            "approve": self.do_approve,
            "changes": self.do_changes,
            "recall": self.do_recall,
        }.get(request.POST.get("action"))
        if decide is None:
            messages.error(request, _("Nothing was done: choose one of the buttons."))
            return self._page(request, review)
        try:
            decide(request, review)
        except PermissionDenied as error:
            messages.error(request, str(error) or _("You may not do this."))
            return self._page(request, review, status=403)
        except workflow.TransitionNotAllowed as error:
            messages.error(request, str(error))
            return self._page(request, review, status=409)
        return redirect(reverse("admin:review_reviewrequest_change", args=[review.pk]))

    def do_approve(self, request, review):
        if not request.POST.get("attest"):
            raise workflow.TransitionNotAllowed(
                str(_("Nothing was signed: tick that you vouch for these texts."))
            )
        expected, significance = {}, {}
        for name, value in request.POST.items():
            kind, _sep, pk = name.partition("-")
            if kind == "fingerprints" and number(pk):
                expected[number(pk)] = value
            elif kind == "significance" and number(pk) and value in Significance.values:
                significance[number(pk)] = value
        signed = workflow.approve(
            review, by=request.user, expected=expected, significance=significance
        )
        messages.success(request, _("Signed and public: %(count)s.") % {"count": len(signed)})

    def do_changes(self, request, review):
        comment = request.POST.get("comment", "")
        workflow.request_changes(review, by=request.user, comment=comment)
        messages.success(request, _("Given back with your comment."))

    def do_recall(self, request, review):
        workflow.recall(review, by=request.user)
        messages.success(request, _("Recalled: its texts are drafts again."))

    def _page(self, request, review, status=200):
        revisions = list(review.revisions.select_related("source").prefetch_related("authors"))
        revisions.sort(key=lambda revision: revision.pk)
        reader = Reader(review.language, proposed=revisions)
        with languages.active(review.language):
            rows = [self._row(review, revision, reader) for revision in revisions]
            reader.rendering.load(*(row["shown"] for row in rows))
            for row in rows:
                reader.rendering.draw(row["shown"])
        user = request.user
        advisor = getattr(user, "advisor", None)
        is_open = review.state == ReviewRequest.State.OPEN
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Review request %(number)s") % {"number": review.pk},
            "review": review,
            "language": review.language,
            "language_name": languages.name(review.language),
            "direction": languages.direction(review.language),
            "rows": rows,
            "attestation": workflow.ATTESTATION,
            "significances": Significance.choices,
            "may_decide": is_open
            and bool(advisor and advisor.active and advisor.speaks(review.language)),
            # What was typed before a refusal is not lost.
            "typed": request.POST.get("comment", ""),
            "may_recall": is_open and user.has_perm(f"review.{write_permission(review.language)}"),
        }
        return TemplateResponse(request, "admin/review/request.html", context, status=status)

    def _row(self, review, revision, reader):
        """One text of the request: as readers would see it, and what differs from what they see."""
        item = workflow.item_of(revision)
        shown = reader.find(type(item).objects, pk=item.pk)
        live = item.signed_text(review.language)
        live_facts = (item.facts if live is not None else None) or {}
        return {
            "revision": revision,
            "item": item,
            "shown": shown,
            "title": item.title_from(revision.text),
            "new": live is None,
            "significance": workflow.proposed_significance(revision),
            "address": reverse(
                f"admin:{item._meta.app_label}_{item._meta.model_name}_change", args=[item.pk]
            ),
            "changes": [
                (item._meta.get_field(name).verbose_name, word_diff((live or {}).get(name), text))
                for name, text in revision.text.items()
                if name in item.text_fields and text != ((live or {}).get(name) or "")
            ],
            "source": [
                (item._meta.get_field(name).verbose_name, text)
                for name, text in (revision.source.text if revision.source else {}).items()
                if text
            ],
            "facts": [
                (field.label or name.replace("_", " "), in_words(field, revision.facts.get(name)))
                for name, field in item.fact_fields.items()
                if revision.facts and name in revision.facts
            ],
            "changed_facts": [
                (
                    field.label or name.replace("_", " "),
                    in_words(field, live_facts.get(name)),
                    in_words(field, (revision.facts or {}).get(name)),
                )
                for name, field in item.fact_fields.items()
                if revision.facts is not None
                and (revision.facts or {}).get(name) != live_facts.get(name)
            ],
        }


def in_words(field, value):
    """A fact as a person reads it: the words of a choice, a list with commas."""
    words = dict(getattr(field, "choices", ()))
    values = value if isinstance(value, list) else [value]
    return ", ".join(str(words.get(each, each)) for each in values if each not in (None, ""))
