"""The records in the admin: revisions, sign-offs, the ledger. They are looked at, never changed."""

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import BadRequest
from django.utils.translation import gettext_lazy as _

from ..models import LedgerEntry, Revision, SignOff


class LanguageFilter(admin.SimpleListFilter):
    """The site's languages, without asking a long table which ones it holds."""

    title = _("language")
    parameter_name = "language"

    def lookups(self, request, model_admin):
        return settings.LANGUAGES

    def queryset(self, request, queryset):
        return queryset.filter(language=self.value()) if self.value() else queryset


class RecordAdmin(admin.ModelAdmin):
    """Records are looked at, never changed."""

    actions = None
    list_per_page = 50

    def changelist_view(self, request, extra_context=None):
        # PostgreSQL refuses to compare with this character, and the list would fail on it.
        if any("\x00" in value for value in request.GET.values()):
            raise BadRequest("No record holds the character U+0000.")
        return super().changelist_view(request, extra_context)

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(Revision)
class RevisionAdmin(RecordAdmin):
    list_display = ["__str__", "state", "origin", "significance", "summary", "saved_at"]
    list_filter = ["state", LanguageFilter, "item_type"]
    search_fields = ["key", "summary"]
    fields = [
        "item_type", "key", "language", "number", "state", "origin", "significance", "summary",
        "text", "facts", "fingerprint", "facts_fingerprint", "source", "request", "created_at",
        "saved_at",
    ]  # fmt: skip
    show_full_result_count = False


@admin.register(SignOff)
class SignOffAdmin(RecordAdmin):
    list_display = ["__str__", "name", "signed_at", "next_review", "demonstration"]
    list_filter = ["decision", LanguageFilter, "demonstration"]
    search_fields = ["key", "name"]
    show_full_result_count = False


@admin.register(LedgerEntry)
class LedgerAdmin(RecordAdmin):
    list_display = ["number", "at", "event", "actor", "item_type", "key", "language"]
    list_filter = ["event", LanguageFilter]
    search_fields = ["key", "actor"]
    show_full_result_count = False
