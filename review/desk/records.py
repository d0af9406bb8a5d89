"""The records in the admin: revisions, sign-offs, the ledger. They are looked at, never changed."""

from django.contrib import admin
from django.core.exceptions import BadRequest

from ..models import LedgerEntry, Revision, SignOff


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
    list_filter = ["state", "language", "item_type"]
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
    list_filter = ["decision", "language", "demonstration"]
    search_fields = ["key", "name"]
    show_full_result_count = False


@admin.register(LedgerEntry)
class LedgerAdmin(RecordAdmin):
    list_display = ["number", "at", "event", "actor", "item_type", "key", "language"]
    list_filter = ["event", "language"]
    search_fields = ["key", "actor"]
    show_full_result_count = False
