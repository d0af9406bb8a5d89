"""The admin of content: its lists, and the addresses of an item's pages."""

from functools import partial

from django.contrib import admin, messages
from django.contrib.admin.options import IS_POPUP_VAR
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from .. import gathering, languages, previews, structure, workflow
from ..content import reviewed_columns
from ..fingerprint import NotText, normalise
from ..models import Revision, Standing
from ..readers import Reader
from . import item_page, merge, saving, states, translate
from .forms import ItemForm
from .item_actions import ItemActions
from .numbers import number
from .states import state_of

__all__ = ["ItemAdmin", "number", "state_of"]

State = Revision.State


class ItemList(ChangeList):
    """Rows with their working titles and states, in two queries more however many rows: only the
    source language's text is loaded."""

    def get_results(self, request):
        super().get_results(request)
        self.result_list = list(self.result_list)
        keys = [item.key for item in self.result_list]
        retired = request.GET.get(RetiredFilter.parameter_name) == "1"
        find = states.newest_of_retired if retired else states.newest_texts
        newest = find(self.model._meta.label_lower, keys, bare=True) if keys else {}
        titled = [newest.get((item.key, languages.source())) for item in self.result_list]
        pks = [revision.pk for revision in titled if revision]
        texts = dict(Revision.objects.filter(pk__in=pks).values_list("pk", "text"))
        for item, revision in zip(self.result_list, titled, strict=True):
            item.newest = {code: newest.get((item.key, code)) for code in languages.codes()}
            item.title = item.title_from(texts[revision.pk]) if revision else item.key


class RetiredFilter(admin.SimpleListFilter):
    """What is retired is shown only to who asks for it."""

    title = _("retired")
    parameter_name = "retired"

    def lookups(self, request, model_admin):
        return [("1", _("Retired"))]

    def choices(self, changelist):
        [everything, retired] = super().choices(changelist)
        return [{**everything, "display": _("In use")}, retired]

    def queryset(self, request, queryset):
        return queryset.filter(retired=self.value() == "1")


class ItemAdmin(translate.Translating, ItemActions, admin.ModelAdmin):
    list_display = ["working_title", "key", "states"]
    list_display_links = ["working_title"]
    list_per_page = 50
    list_filter = [RetiredFilter]
    search_fields = ["key"]
    actions = None
    save_as = False

    # -- Lists ---------------------------------------------------------------------------------

    def get_changelist(self, request, **kwargs):
        return ItemList

    def get_queryset(self, request):
        """Rows without their text: a list needs none of the languages' columns."""
        pointers = {languages.column("sign_off", code) for code in languages.codes()}
        text = [name for name in reviewed_columns(self.model) if name not in pointers]
        return models.QuerySet.defer(super().get_queryset(request), *text)

    def get_search_results(self, request, queryset, search_term):
        """By key, or by what stands in the newest texts and facts, drafts included."""
        try:
            words = normalise(search_term)
        except NotText:
            return queryset.none(), False
        if not words:
            return queryset, False
        written = models.Q()
        for name in self.model.text_fields:
            written |= models.Q(**{f"newest__text__{name}__icontains": words})
        for name in self.model.fact_fields:
            written |= models.Q(**{f"newest__facts__{name}__icontains": words})
        found = Standing.objects.filter(written, item_type=self.model._meta.label_lower)
        keys = found.values("key")
        return queryset.filter(models.Q(key__icontains=words) | models.Q(key__in=keys)), False

    def get_list_display(self, request):
        return [*self.list_display, "whole"] if gathering.under(self.model) else self.list_display

    @admin.display(description=_("with all that belongs to it"))
    def whole(self, item):
        address = reverse("admin:review_gather", args=[item.item_type, item.key])
        return format_html('<a href="{}">{}</a>', address, _("Send for review"))

    @admin.display(description=_("title"))
    def working_title(self, item):
        return format_html('<bdi lang="{}" dir="auto">{}</bdi>', languages.source(), item.title)

    @admin.display(description=_("state"))
    def states(self, item):
        address = reverse(self._name("change"), args=[item.pk])
        found = ((code, state_of(item, code, item.newest[code])) for code in languages.codes())
        return format_html_join(
            " ",
            '<a class="state {}" href="{}?language={}" title="{}">{}</a>',
            (
                (state.name, address, code, languages.name(code), f"{code}: {state.words}")
                for code, state in found
                if state
            ),
        )

    # -- Permissions: structure by Django's own, text by the workflow's --------------------------

    def has_delete_permission(self, request, obj=None):
        return False

    def history_view(self, request, object_id, extra_context=None):
        item = self._item(request, object_id)
        return redirect(reverse("admin:review_history", args=[item.item_type, item.key]))

    # -- Adding --------------------------------------------------------------------------------

    def get_fields(self, request, obj=None):
        return ["key", *self.model.structure_fields]

    def get_prepopulated_fields(self, request, obj=None):
        return {"slug": ["key"]} if "slug" in self.model.structure_fields else {}

    def save_model(self, request, obj, form, change):
        values = {name: form.cleaned_data[name] for name in self.model.structure_fields}
        made = structure.create_item(self.model, by=request.user, key=obj.key, **values)
        obj.pk = made.pk
        obj._state.adding = False

    def response_add(self, request, obj, post_url_continue=None):
        if IS_POPUP_VAR in request.POST:
            return super().response_add(request, obj, post_url_continue)
        messages.success(request, _("Added. Now write its text."))
        return redirect(reverse(self._name("change"), args=[obj.pk]))

    # -- One item ------------------------------------------------------------------------------

    def get_urls(self):
        own = [
            path(f"<int:pk>/{page}/", self.admin_site.admin_view(view), name=self._bare(page))
            for page, view in (
                ("preview", require_GET(self.preview)),
                ("autosave", require_POST(self.autosave)),
                ("merge", require_GET(self.merge)),
                ("retire", require_GET(self.retire)),
                ("translate", require_http_methods(["GET", "HEAD", "POST"])(self.translate)),
            )
        ]
        return [*own, *super().get_urls()]

    def _bare(self, page):
        return f"{self.opts.app_label}_{self.opts.model_name}_{page}"

    def _name(self, page):
        return f"admin:{self._bare(page)}"

    def _address(self, item, language, page="change"):
        return f"{reverse(self._name(page), args=[item.pk])}?language={language}"

    def _item(self, request, pk):
        if not self.has_view_permission(request):
            raise PermissionDenied
        item = self.model._base_manager.filter(pk=number(pk)).first()
        if item is None:
            raise Http404
        return item

    def _language(self, request):
        """The one asked for; else the first that this person writes or signs."""
        asked = request.GET.get("language")
        if asked:
            if asked not in languages.codes():
                raise Http404
            return asked
        user = request.user
        own = [code for code in languages.codes() if saving.may_write(user, code)]
        advisor = getattr(user, "advisor", None)
        signs = [code for code in languages.codes() if advisor and advisor.speaks(code)]
        return (own or signs or languages.codes())[0]

    def preview(self, request, pk):
        """The page that readers will get, with the newest proposed texts in place."""
        item = self._item(request, pk)
        language = self._language(request)
        with languages.active(language):
            return previews.show(request, item, Reader(language, working=True))

    def autosave(self, request, pk):
        item, language = self._item(request, pk), self._language(request)
        merging = self._address(item, language, "merge")
        by_block = request.GET.get("by") == "block" and language != languages.source()
        try:
            typed = translate.typed(request.POST, self.model) if by_block else None
        except workflow.TransitionNotAllowed as error:
            return JsonResponse({"problem": str(error)}, status=409)
        return saving.autosave(request, item, language, merging, typed)

    def merge(self, request, pk):
        return self.merge_page(request, self._item(request, pk), self._language(request))

    def retire(self, request, pk):
        item = self._item(request, pk)
        if not self.has_change_permission(request, item):
            raise PermissionDenied
        return self.retire_page(request, item, self._language(request))

    def change_view(self, request, object_id, form_url="", extra_context=None):
        item = self._item(request, object_id)
        language = self._language(request)
        if request.method != "POST":
            return self.page(request, item, language)
        name, _colon, place = request.POST.get("action", "").partition(":")
        action = getattr(self, f"do_{name}", None)
        if place and name == "waive":
            action = partial(action, place=place)
        if action is None:
            messages.error(request, _("Nothing was done: choose one of the buttons."))
            return self.page(request, item, language)
        try:
            return action(request, item, language) or redirect(self._address(item, language))
        except PermissionDenied as error:
            messages.error(request, str(error) or _("You may not do this."))
            return self.page(request, item, language, status=403)
        except workflow.TransitionNotAllowed as error:
            messages.error(request, str(error))
            return self.page(request, item, language, status=409)

    # -- Its pages -----------------------------------------------------------------------------

    def page(self, request, item, language, status=200, structure_form=None, **typed):
        """The item's page; ``typed`` as ``item_page.context`` takes it."""
        if request.method == "POST":
            item = workflow.fresh(item)
        context = item_page.context(request, item, language, **typed)
        may_change = self.has_change_permission(request, item)
        if structure_form is None and self.model.structure_fields and may_change:
            structure_form = self.structure_form(request, item)
        context |= {
            **self._common(request, context["form"]),
            "item_address": self._address(item, language),
            "autosave_address": self._address(item, language, "autosave"),
            "merge_address": self._address(item, language, "merge"),
            "retire_address": self._address(item, language, "retire"),
            "translate_address": self._address(item, language, "translate"),
            "structure_form": structure_form if not item.retired else None,
            "may_change": may_change,
        }
        return TemplateResponse(request, "admin/review/item.html", context, status=status)

    def merge_page(self, request, item, language, form=None, status=200):
        common = self._common(request, form or ItemForm(model=self.model, language=language))
        address = self._address(item, language)
        return merge.page(request, item, language, common, address, form, status)

    def retire_page(self, request, item, language, status=200):
        """What will happen, and the reason to give, before an item is retired."""
        item = workflow.fresh(item)
        if item.retired:
            messages.info(request, _("This item is retired already."))
            return redirect(self._address(item, language))
        texts = Revision.objects.filter(item_type=item.item_type, key=item.key)
        public = [code for code in languages.codes() if item.sign_off_id_in(code)]
        context = {
            **self._common(request),
            "title": _("Retire this item"),
            "item": item,
            "item_address": self._address(item, language),
            "public": [languages.name(code) for code in public],
            "drafts": texts.filter(state=State.DRAFT).count(),
            "in_review": texts.filter(state=State.IN_REVIEW).count(),
            "may_withdraw": not public or self._may_withdraw(request.user),
            "reason": request.POST.get("reason", ""),
        }
        return TemplateResponse(request, "admin/review/item_retire.html", context, status=status)

    def _may_withdraw(self, user):
        advisor = getattr(user, "advisor", None)
        signs = advisor and advisor.active and advisor.speaks(languages.source())
        return bool(signs) or user.has_perm("review.withdraw_text")

    def _common(self, request, form=None):
        media = self.media + form.media if form else self.media
        return {**self.admin_site.each_context(request), "opts": self.opts, "media": media}

    def structure_form(self, request, item, data=None):
        form_class = self.get_form(request, item, fields=list(self.model.structure_fields))
        # A form that is sent writes into its row: the page's own stays as it is.
        row = item if data is None else workflow.fresh(item)
        return form_class(data, instance=row, prefix="at")
