"""Revisions and sign-offs in the admin, and what all pages of records share: they are looked at,
never changed."""

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .. import languages
from ..content import content_models
from ..models import LedgerEntry, Revision, SignOff
from ..readers import Reader
from . import sentences
from .numbers import number


class LanguageFilter(admin.SimpleListFilter):
    """The site's languages, without asking a long table which ones it holds."""

    title = gettext_lazy("language")
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
        no_nul(request)
        return super().changelist_view(request, extra_context)

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def record(self, request, object_id, found):
        """The record that an address names, for who may look at it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        record = found.filter(pk=number(object_id)).first()
        if record is None:
            raise Http404
        return record

    def page(self, request, template, title, **context):
        context |= {**self.admin_site.each_context(request), "opts": self.opts, "title": title}
        return TemplateResponse(request, template, context)


def no_nul(request):
    """PostgreSQL refuses to compare with this character, and a list would fail on it."""
    if any("\x00" in value for value in request.GET.values()):
        raise BadRequest("No record holds the character U+0000.")


def item_model(item_type):
    """The model of a stored item type, None for one that is no more."""
    return {model._meta.label_lower: model for model in content_models()}.get(item_type)


def item_address(user, item_type, key, language=""):
    """Where the admin shows an item, "" for one that is gone or that this person may not see."""
    model = item_model(item_type)
    if model is None or not user.has_perm(f"{model._meta.app_label}.view_{model._meta.model_name}"):
        return ""
    pk = model._base_manager.filter(key=key).values_list("pk", flat=True).first()
    if pk is None:
        return ""
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_change"
    return reverse(name, args=[pk]) + (f"?language={language}" if language else "")


@admin.register(Revision)
class RevisionAdmin(RecordAdmin):
    list_display = ["__str__", "state", "origin", "significance", "summary", "saved_at"]
    list_filter = ["state", LanguageFilter, "item_type"]
    search_fields = ["key", "summary"]
    show_full_result_count = False

    def change_view(self, request, object_id, form_url="", extra_context=None):
        found = Revision.objects.select_related("source", "request")
        revision = self.record(request, object_id, found)
        item_type, key, language = revision.item_type, revision.key, revision.language
        return self.page(
            request,
            "admin/review/revision.html",
            _("Revision %(number)s of %(text)s")
            % {
                "number": revision.number,
                "text": sentences.text_name(item_type, key, language),
            },
            revision=revision,
            address=item_address(request.user, item_type, key, language),
            language_name=sentences.language_name(language),
            direction=languages.direction(language),
            authors=list(revision.authors.order_by("at", "pk")),
            sign_offs=list(revision.sign_offs.order_by("pk")),
            facts=sentences.words(_map(revision.facts)),
            fields=_fields(revision),
            shown=_rendered(revision),
        )


def _map(value):
    return value if isinstance(value, dict) else {}


def _fields(revision):
    """The stored text: (name of the field, text)."""
    model = item_model(revision.item_type)
    for name, text in _map(revision.text).items():
        known = model is not None and name in model.text_fields
        yield (model._meta.get_field(name).verbose_name if known else name), text


def _rendered(revision):
    """The item as this revision shows it, among public text; None for one that is no more."""
    model = item_model(revision.item_type)
    if model is None or revision.computed_fingerprints() != revision.fingerprints:
        return None
    reader = Reader(revision.language, proposed=[revision])
    with languages.active(revision.language):
        shown = reader.find(model.objects, key=revision.key)
        if shown is not None:
            reader.rendering.load(shown)
            reader.rendering.draw(shown)
    return shown


@admin.register(SignOff)
class SignOffAdmin(RecordAdmin):
    list_display = ["__str__", "name", "signed_at", "next_review", "demonstration"]
    list_filter = ["decision", LanguageFilter, "demonstration"]
    search_fields = ["key", "name"]
    show_full_result_count = False

    def change_view(self, request, object_id, form_url="", extra_context=None):
        found = SignOff.objects.select_related("revision", "advisor")
        sign_off = self.record(request, object_id, found)
        text = sign_off.item_type, sign_off.key, sign_off.language
        said = {"item_type", "key", "language", "decision", "name", "signed_at"}
        contents = sign_off.contents()
        lines = LedgerEntry.objects.none()
        if request.user.has_perm("review.view_ledgerentry"):
            lines = sign_off.ledger_entries.order_by("number").defer("payload")
        return self.page(
            request,
            "admin/review/sign_off.html",
            _("Sign-off %(number)s") % {"number": sign_off.pk},
            sign_off=sign_off,
            text=sentences.text_name(*text),
            address=item_address(request.user, *text),
            rows=sentences.words({k: v for k, v in contents.items() if k not in said}),
            lines=[(line, sentences.sentence(line, {})) for line in lines],
        )
