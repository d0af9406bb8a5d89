"""The admin of content: one item, one language at a time, always through the workflow."""

from django.contrib import admin, messages
from django.contrib.admin.options import IS_POPUP_VAR
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from .. import languages, previews, staleness, structure, workflow
from ..content import reviewed_columns
from ..doors import newest_only, newest_revisions
from ..fingerprint import NotText, normalise
from ..models import Revision, Significance, SignOff, write_permission
from ..readers import Reader
from .forms import ItemForm

State = Revision.State


class ItemList(ChangeList):
    """Rows with their working titles and states, in one query more however many rows."""

    def get_results(self, request):
        super().get_results(request)
        self.result_list = list(self.result_list)
        keys = [item.key for item in self.result_list]
        newest = newest_revisions(self.model._meta.label_lower, keys) if keys else {}
        for item in self.result_list:
            item.newest = {code: newest.get((item.key, code)) for code in languages.codes()}


class ItemAdmin(admin.ModelAdmin):
    list_display = ["working_title", "key", "states"]
    list_display_links = ["working_title"]
    list_per_page = 50
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
            written |= models.Q(**{f"text__{name}__icontains": words})
        for name in self.model.fact_fields:
            written |= models.Q(**{f"facts__{name}__icontains": words})
        mine = Revision.objects.filter(written, item_type=self.model._meta.label_lower)
        keys = newest_only(mine).values("key")
        return queryset.filter(models.Q(key__icontains=words) | models.Q(key__in=keys)), False

    @admin.display(description=_("title"))
    def working_title(self, item):
        revision = item.newest[languages.source()]
        return item.title_from(revision.text) if revision else item.key

    @admin.display(description=_("state"))
    def states(self, item):
        return format_html_join(
            " ",
            '<a class="state {}" href="{}?language={}" title="{}">{}</a>',
            (
                (
                    state.replace(" ", "-"),
                    reverse(self._name("change"), args=[item.pk]),
                    code,
                    state,
                    f"{code}: {state}",
                )
                for code in languages.codes()
                for state in [state_of(item, code, item.newest[code])]
                if state
            ),
        )

    # -- Permissions: structure by Django's own, text by the workflow's --------------------------

    def has_delete_permission(self, request, obj=None):
        return False

    def history_view(self, request, object_id, extra_context=None):
        return redirect(reverse(self._name("change"), args=[object_id]) + "#history")

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
        view = self.admin_site.admin_view
        return [
            path(
                "<int:pk>/preview/",
                view(require_GET(self.preview)),
                name=self._name("preview").removeprefix("admin:"),
            ),
            *super().get_urls(),
        ]

    def _name(self, page):
        return f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}"

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
        own = [code for code in languages.codes() if user.has_perm(_writes(code))]
        advisor = getattr(user, "advisor", None)
        signs = [code for code in languages.codes() if advisor and advisor.speaks(code)]
        return (own or signs or languages.codes())[0]

    def preview(self, request, pk):
        """The page that readers will get, with the newest proposed texts in place."""
        item = self._item(request, pk)
        language = self._language(request)
        with languages.active(language):
            return previews.show(request, item, Reader(language, working=True))

    def change_view(self, request, object_id, form_url="", extra_context=None):
        item = self._item(request, object_id)
        language = self._language(request)
        if request.method != "POST":
            return self._page(request, item, language)
        action = getattr(self, f"do_{request.POST.get('action', '')}", None)
        if action is None:
            messages.error(request, _("Nothing was done: choose one of the buttons."))
            return self._page(request, item, language)
        try:
            return action(request, item, language) or redirect(
                f"{reverse(self._name('change'), args=[item.pk])}?language={language}"
            )
        except PermissionDenied as error:
            messages.error(request, str(error) or _("You may not do this."))
            return self._page(request, item, language, status=403)
        except workflow.TransitionNotAllowed as error:
            messages.error(request, str(error))
            return self._page(request, item, language, status=409)

    # Each ``do_`` is one button of the page.

    def do_save(self, request, item, language, submit=False):
        form = ItemForm(request.POST, model=self.model, language=language)
        theirs, status, saved = None, 200, None
        if form.is_valid():
            try:
                saved = self._save(request, item, language, form)
            except ValidationError as error:
                for name, sentences in error.message_dict.items():
                    form.add_error(name if name in form.fields else None, sentences)
            except workflow.Conflict as conflict:
                theirs, status = conflict.theirs, 409
                form.data = form.data.copy()
                form.data["based_on"] = workflow.token(theirs)
                messages.error(request, str(conflict))
            except (PermissionDenied, workflow.TransitionNotAllowed) as error:
                status = 403 if isinstance(error, PermissionDenied) else 409
                messages.error(request, str(error))
                form.data = form.data.copy()
                form.data["source"] = _source_seen(self._source(item, language))
        if saved is None:
            # The page comes back with every word that was typed.
            return self._page(request, item, language, form=form, theirs=theirs, status=status)
        if not submit:
            messages.success(request, _("Saved as a draft."))
            return None
        return self.do_submit(request, item, language)

    def do_save_submit(self, request, item, language):
        return self.do_save(request, item, language, submit=True)

    def _save(self, request, item, language, form):
        pk, _dot, seen = form.cleaned_data["source"].partition(".")
        source = Revision.objects.filter(
            pk=number(pk),
            item_type=item.item_type,
            key=item.key,
            language=languages.source(),
        ).first()
        return workflow.save_draft(
            item,
            language,
            form.text(),
            by=request.user,
            based_on=form.cleaned_data["based_on"],
            facts=form.facts(),
            summary=form.cleaned_data["summary"],
            significance=form.cleaned_data["significance"],
            source=source,
            source_seen=seen if source else "",
        )

    def do_submit(self, request, item, language):
        draft = workflow.newest_revision(item, language)
        drafts = [draft] if draft else []
        made = workflow.submit(drafts, by=request.user, summary=draft.summary if draft else "")
        messages.success(request, _("Submitted: request %(number)s.") % {"number": made.pk})

    def do_discard(self, request, item, language):
        draft = _required(workflow.newest_revision(item, language), _("There is no draft."))
        workflow.discard(draft, by=request.user)
        messages.success(request, _("The draft was put away. It is kept in the history."))

    def do_recall(self, request, item, language):
        newest = workflow.newest_revision(item, language)
        _required(newest and newest.request, _("Nothing is in review."))
        workflow.recall(newest.request, by=request.user)
        messages.success(request, _("Recalled: the texts of that request are drafts again."))

    def do_restore(self, request, item, language):
        earlier = Revision.objects.filter(
            pk=number(request.POST.get("revision")),
            item_type=item.item_type,
            key=item.key,
            language=language,
        ).first()
        workflow.restore(_required(earlier, _("There is no such revision.")), by=request.user)
        messages.success(request, _("That text is a draft again."))

    def do_withdraw(self, request, item, language):
        workflow.withdraw(item, language, by=request.user, reason=request.POST.get("reason", ""))
        messages.success(request, _("Withdrawn: readers no longer get this text."))

    def do_reaffirm(self, request, item, language):
        expected = request.POST.get("expected", "")
        workflow.reaffirm(item, language, by=request.user, expected=expected)
        messages.success(request, _("Reaffirmed: the review date has moved on."))

    def do_structure(self, request, item, language):
        form = self._structure_form(request, item, request.POST)
        if not form.is_valid():
            return self._page(request, item, language, structure_form=form)
        values = {name: form.cleaned_data[name] for name in self.model.structure_fields}
        structure.restructure(item, by=request.user, **values)
        messages.success(request, _("Saved. An old address leads to the new one."))

    # -- The page ------------------------------------------------------------------------------

    def _structure_form(self, request, item, data=None):
        form_class = self.get_form(request, item, fields=list(self.model.structure_fields))
        return form_class(data, instance=workflow.fresh(item), prefix="at")

    def _page(
        self, request, item, language, form=None, theirs=None, structure_form=None, status=200
    ):
        item = workflow.fresh(item)
        codes = languages.codes()
        newest = newest_revisions(item.item_type, [item.key])
        newest = {code: newest.get((item.key, code)) for code in codes}
        revision = newest[language]
        source = self._source(item, language)
        if form is None:
            form = ItemForm(
                initial=self._initial(revision, source), model=self.model, language=language
            )
        outdated = staleness.outdated_by(revision) if revision else ""
        live = item.sign_off_in(language)
        user = request.user
        may_write = user.has_perm(_writes(language)) and not (source is None and not form.is_source)
        advisor = getattr(user, "advisor", None)
        may_sign = bool(advisor and advisor.active and advisor.speaks(language))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "item": item,
            "title": item.title_from((newest[languages.source()] or Revision(text={})).text),
            "language": language,
            "language_name": languages.name(language),
            "is_source": form.is_source,
            "source_direction": languages.direction(languages.source()),
            "tabs": [
                {
                    "code": code,
                    "name": languages.name(code),
                    "state": state_of(item, code, newest[code]),
                    "current": code == language,
                }
                for code in (codes if self.model.text_fields else codes[:1])
            ],
            "form": form,
            "rows": list(form.rows(source.text if source else None, theirs.text if theirs else {})),
            "fact_rows": list(form.fact_rows((theirs and theirs.facts) or {})),
            "lacks_source": source is None and not form.is_source,
            "media": self.media + form.media,
            "theirs": theirs,
            "revision": revision,
            "live": live,
            "live_fingerprints": live.fingerprints if live else "",
            "outdated_label": Significance(outdated).label if outdated else "",
            "outdated": outdated,
            "may_write": may_write,
            "may_discard": may_write and revision and revision.state == State.DRAFT,
            "may_recall": may_write and revision and revision.state == State.IN_REVIEW,
            "may_reaffirm": may_sign and live,
            "may_withdraw": live and (may_sign or user.has_perm("review.withdraw_text")),
            "structure_form": structure_form
            or (
                self._structure_form(request, item)
                if self.model.structure_fields and self.has_change_permission(request, item)
                else None
            ),
            "history": Revision.objects.filter(
                item_type=item.item_type, key=item.key, language=language
            )
            .prefetch_related("authors", "sign_offs")
            .order_by("-number")[:25],
            "decisions": SignOff.objects.filter(
                item_type=item.item_type, key=item.key, language=language
            ).order_by("-pk")[:25],
        }
        return TemplateResponse(request, "admin/review/item.html", context, status=status)

    def _source(self, item, language):
        return workflow.source_for(item) if language != languages.source() else None

    def _initial(self, revision, source):
        initial = {"based_on": workflow.token(revision), "source": _source_seen(source)}
        if revision:
            initial.update(revision.text)
            initial.update(revision.facts or {})
            if revision.state == State.DRAFT:
                initial.update(summary=revision.summary, significance=revision.significance)
        return initial


def state_of(item, language, newest):
    """The state of an item's text in one language, in a word or two; "" for none at all."""
    public = item.sign_off_id_in(language) is not None
    if newest is None:
        return "public" if public else ""
    if newest.state != State.APPROVED:
        return f"public, {newest.state}" if public else newest.state
    if not public:
        return "not public"
    outdated = item.sign_off_id_in(languages.source()) and staleness_of(item, newest)
    return "outdated" if outdated else "public"


def staleness_of(item, newest):
    """Whether a translation's source was published anew, told without a query a row."""
    source = getattr(item, "newest", {}).get(languages.source())
    if newest.language == languages.source() or source is None:
        return False
    return source.state == State.APPROVED and newest.source_fingerprints != source.fingerprints


def _source_seen(source):
    """The original beside a translation, and which bytes of it were shown."""
    return f"{source.pk}.{source.fingerprints}" if source else ""


def _writes(language):
    return f"review.{write_permission(language)}"


def number(value):
    """A row's number as an address or a form gives it, None for anything else."""
    text = str(value or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _required(value, sentence):
    if not value:
        raise workflow.TransitionNotAllowed(str(sentence))
    return value
