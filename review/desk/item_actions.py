"""The buttons of an item's page: each ``do_`` is one of them and goes through the workflow."""

from functools import partial

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext_lazy as _

from .. import discussion, structure, workflow
from ..models import Comment, Revision
from . import merge, saving, stopping
from .confirming import attested_in
from .forms import ItemForm, SubmitForm
from .numbers import number


class ItemActions:
    """Mixed into ItemAdmin. A button returns a response, or None for the item's page anew."""

    # -- Writing -------------------------------------------------------------------------------

    def do_save(self, request, item, language, then=None):
        newest = workflow.newest_revision(item, language)
        post = merge.taken(request.POST, self.model, newest)
        form = ItemForm(post, model=self.model, language=language)
        try:
            saved = saving.save(item, language, form, request.user, settle=True)
        except workflow.Conflict as conflict:
            messages.error(request, str(conflict))
            return self._conflict(request, item, language, form, conflict.theirs)
        except (PermissionDenied, workflow.TransitionNotAllowed) as error:
            messages.error(request, str(error))
            source = saving.source_beside(item, newest) if not form.is_source else None
            form.hold(source=saving.source_seen(source))
            status = 403 if isinstance(error, PermissionDenied) else 409
            return self._again(request, item, language, form, status)
        if saved is None:
            # The page comes back with every word that was typed.
            return self._again(request, item, language, form)
        merge.decide(item, language, request.user, form.cleaned_data["rival"])
        if saving.moved(item, form):
            messages.warning(request, saving.MOVED)
        if then is None:
            messages.success(request, _("Saved as a draft."))
            return None
        form.hold(based_on=workflow.token(saved), rival="")
        return then(request, item, language, form)

    def do_save_submit(self, request, item, language):
        return self.do_save(request, item, language, then=self._submit)

    def _conflict(self, request, item, language, form, theirs):
        if not saving.may_write(request.user, language):
            return self.page(request, item, language, status=409, form=form)
        merge.keep(item, language, form, request.user, theirs)
        return self.merge_page(request, item, language, form, status=409)

    def _again(self, request, item, language, form, status=200):
        """The page from which the form came, with all that was typed."""
        waiting = merge.undecided(item, language, request.user)
        if waiting and str(waiting.pk) == form.data.get("rival"):
            return self.merge_page(request, item, language, form, status=status)
        return self.page(request, item, language, status=status, form=form)

    def do_drop_rival(self, request, item, language):
        dropped = merge.decide(item, language, request.user, request.POST.get("rival"))
        required(dropped, _("There is nothing to merge."))
        messages.success(request, _("Your text was put away; theirs stays as it is."))

    # -- Review --------------------------------------------------------------------------------

    def _submit(self, request, item, language, form):
        """Submit the draft that was just saved; whatever is refused, the form comes back."""
        submission = SubmitForm(request.POST, item=item, language=language)
        status = 200
        if submission.is_valid():
            try:
                self._submit_draft(request, item, language, **submission.cleaned_data)
                return None
            except (PermissionDenied, workflow.TransitionNotAllowed) as error:
                status = 403 if isinstance(error, PermissionDenied) else 409
                messages.error(request, str(error))
        messages.warning(request, _("Your text is saved as a draft. It was not submitted."))
        return self.page(request, item, language, status=status, form=form, submission=submission)

    def do_submit(self, request, item, language):
        self._submit_draft(request, item, language)

    def _submit_draft(self, request, item, language, **asked):
        draft = workflow.newest_revision(item, language)
        made = workflow.submit(
            [draft] if draft else [],
            by=request.user,
            summary=draft.summary if draft else "",
            **asked,
        )
        messages.success(request, _("Submitted: request %(number)s.") % {"number": made.pk})

    def do_discard(self, request, item, language):
        draft = required(workflow.newest_revision(item, language), _("There is no draft."))
        workflow.discard(draft, by=request.user)
        messages.success(request, _("The draft was put away. It is kept in the history."))

    def do_recall(self, request, item, language):
        newest = workflow.newest_revision(item, language)
        required(newest and newest.request, _("Nothing is in review."))
        workflow.recall(newest.request, by=request.user)
        messages.success(request, _("Recalled: the texts of that request are drafts again."))

    def do_restore(self, request, item, language):
        earlier = Revision.objects.filter(
            pk=number(request.POST.get("revision")),
            item_type=item.item_type,
            key=item.key,
            language=language,
        ).first()
        workflow.restore(required(earlier, _("There is no such revision.")), by=request.user)
        messages.success(request, _("That text is a draft again."))

    def do_waive(self, request, item, language, place=""):
        """Who writes sends the text along: what was typed beside the reason is saved first."""
        waived = partial(self._waived, place=place)
        if "based_on" in request.POST:
            return self.do_save(request, item, language, then=waived)
        return waived(request, item, language)

    def _waived(self, request, item, language, form=None, *, place):
        reason = stopping.reason_of(request.POST, place)
        try:
            self._waive(request, item, language, place, reason)
        except (PermissionDenied, workflow.TransitionNotAllowed) as error:
            messages.error(request, str(error))
            status = 403 if isinstance(error, PermissionDenied) else 409
            typed = {"place_typed": place, "reason_typed": reason}
            return self.page(request, item, language, status=status, waiving=typed)

    def _waive(self, request, item, language, place, reason):
        revision = required(workflow.newest_revision(item, language), _("There is no draft."))
        workflow.waive(revision, place, by=request.user, reason=reason)
        messages.success(request, _("Waived. The advisor sees your reason and signs it."))

    # -- The discussion ------------------------------------------------------------------------

    def do_answer(self, request, item, language):
        thread = self._thread(request, item, language)
        about = workflow.newest_revision(item, language) or thread.revision
        text = request.POST.get("text", "")
        try:
            discussion.say(about, by=request.user, text=text, parent=thread)
        except workflow.TransitionNotAllowed as error:
            messages.error(request, str(error))
            return self.page(request, item, language, status=409, answer=(thread.pk, text))
        messages.success(request, _("Answered."))

    def do_resolve(self, request, item, language):
        discussion.resolve(self._thread(request, item, language), by=request.user)
        messages.success(request, _("Resolved."))

    def _thread(self, request, item, language):
        thread = Comment.objects.filter(
            pk=number(request.POST.get("comment")),
            item_type=item.item_type,
            key=item.key,
            language=language,
            parent=None,
        )
        found = thread.select_related("revision").first()
        return required(found, _("There is no such comment."))

    # -- The public text -----------------------------------------------------------------------

    def do_withdraw(self, request, item, language):
        reason = request.POST.get("reason", "")
        try:
            workflow.withdraw(
                item,
                language,
                by=request.user,
                reason=reason,
                reason_public=bool(request.POST.get("reason_public")),
            )
        except workflow.TransitionNotAllowed as error:
            messages.error(request, str(error))
            return self.page(request, item, language, status=409, reason=reason)
        messages.success(request, _("Withdrawn: readers no longer get this text."))

    def do_reaffirm(self, request, item, language):
        expected = request.POST.get("expected", "")
        workflow.reaffirm(
            item,
            language,
            by=request.user,
            expected=expected,
            attested_in=attested_in(request),
        )
        messages.success(request, _("Reaffirmed: the review date has moved on."))

    # -- The item ------------------------------------------------------------------------------

    def do_structure(self, request, item, language):
        form = self.structure_form(request, item, request.POST)
        if not form.is_valid():
            return self.page(request, item, language, structure_form=form)
        values = {name: form.cleaned_data[name] for name in self.model.structure_fields}
        structure.restructure(item, by=request.user, **values)
        messages.success(request, _("Saved. An old address leads to the new one."))

    def do_retire(self, request, item, language):
        try:
            workflow.retire(item, by=request.user, reason=request.POST.get("reason", ""))
        except (PermissionDenied, workflow.TransitionNotAllowed) as error:
            messages.error(request, str(error))
            status = 403 if isinstance(error, PermissionDenied) else 409
            return self.retire_page(request, item, language, status=status)
        messages.success(request, _("Retired. It stands in no list; bring it back from here."))

    def do_bring_back(self, request, item, language):
        workflow.bring_back(item, by=request.user)
        messages.success(request, _("Brought back. Nothing of it is public."))


def required(value, sentence):
    if not value:
        raise workflow.TransitionNotAllowed(str(sentence))
    return value
