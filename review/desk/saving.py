"""What was typed becomes the item's draft: by the button, and by itself while somebody types."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .. import languages, workflow, worksheets
from ..models import Revision, SignOff, write_permission
from . import merge
from .forms import ItemForm, opened_with
from .numbers import number

MOVED = gettext_lazy(
    "The original changed while you translated. It is shown anew beside your text: compare, and "
    "save again."
)


def initial(revision, source):
    """What an item's form is opened with."""
    text, facts = (revision.text, revision.facts) if revision else ({}, {})
    values = {
        **text,
        **(facts or {}),
        "based_on": workflow.token(revision),
        "source": source_seen(source),
        "opened": opened_with(text, facts),
    }
    if revision and revision.state == Revision.State.DRAFT:
        values.update(summary=revision.summary, significance=revision.significance)
    return values


def source_seen(source):
    """The original beside a translation, and which bytes of it were shown."""
    return f"{source.pk}.{source.fingerprints}" if source else ""


def source_beside(item, revision):
    """The original beside a translation: the signed one. Where none is signed, a translation that
    came with its original in a file goes on from that one; a new one cannot begin."""
    return workflow.source_for(item) or (revision.source if revision else None)


def moved(item, form):
    """Whether the public original is another than the one that stood beside what was typed."""
    if form.is_source:
        return False
    live = item.sign_off_in(languages.source())
    return bool(live) and form.cleaned_data["source"] != source_seen(live.revision)


def may_write(user, language):
    return user.has_perm(f"review.{write_permission(language)}")


def save(item, language, form, by, sheet=None, settle=False):
    """The revision that holds what was typed; None where the form has errors, told by its fields.
    Raises what ``workflow.save_draft`` raises, but ValidationError.

    A translation was typed as a whole, or block by block into ``sheet``. ``settle`` takes blocks
    that were written anew as adjusted: not while somebody still types.
    """
    if not form.is_valid():
        return None
    source = _shown(item, language, form)
    seen = form.cleaned_data["source"].partition(".")[2] if source else ""
    proposal, more = form.proposal(), {}
    if not form.is_source and not proposal.problems():
        source = source or source_beside(item, workflow.newest_revision(item, language))
        more = _translated(item, language, proposal, source, sheet, settle) if source else {}
        if more.get("source") != source:
            seen = ""
    try:
        return workflow.save_draft(
            item,
            language,
            proposal,
            by=by,
            based_on=form.cleaned_data["based_on"],
            summary=form.cleaned_data["summary"],
            significance=form.cleaned_data["significance"],
            source_seen=seen,
            **{"source": source, **more},
        )
    except ValidationError as error:
        for name, sentences in error.message_dict.items():
            form.add_error(name if name in form.fields else None, sentences)
        return None


def _shown(item, language, form):
    """The source revision that stood beside the form: a signed one, or the one that the text was
    made from before. A draft is nothing to begin from, whatever the form says."""
    pk = number(form.cleaned_data["source"].partition(".")[0])
    found = Revision.objects.filter(
        pk=pk, item_type=item.item_type, key=item.key, language=languages.source()
    ).first()
    newest = workflow.newest_revision(item, language) if found else None
    if found is None or (newest and newest.source_id == found.pk):
        return found
    return found if found.sign_offs.filter(decision=SignOff.Decision.APPROVE).exists() else None


def _translated(item, language, proposal, source, sheet, settle):
    """What a translation is saved with: its sheet, whose words they are, and the source that it
    says. That is the one it said before, until every block that changed was adjusted or confirmed.
    """
    newest = workflow.newest_revision(item, language)
    if sheet is None:
        kept = worksheets.kept_with(newest)
        sheet = worksheets.opened(type(item), newest, source, kept)
        sheet = worksheets.retyped(sheet, proposal.text, type(item))
    if settle:
        sheet = worksheets.decided(sheet, {})
    said = newest.source if newest else None
    unmoved = said and said.fingerprints == newest.source_fingerprints
    if unmoved and sheet.unsettled and said.fingerprints != source.fingerprints:
        source = said
    return {"sheet": sheet, "origin": sheet.origin, "source": source}


def autosave(request, item, language, address, typed=None):
    """The same for the script that sends the form while somebody types: ``typed`` is the form's
    data and the sheet where it is sent block by block. Answers JSON."""
    if request.POST.get("writer") != str(request.user.pk):
        return _refused(_("Somebody else is signed in here by now."), 403)
    data, sheet = typed or (request.POST, None)
    form = ItemForm(data, model=type(item), language=language)
    try:
        saved = save(item, language, form, request.user, sheet)
    except workflow.Conflict as conflict:
        if not may_write(request.user, language):
            return _refused(conflict, 403)
        rival = merge.keep(item, language, form, request.user, conflict.theirs)
        return JsonResponse(
            {"problem": str(conflict), "rival": rival.pk, "merge": address}, status=409
        )
    except PermissionDenied as error:
        return _refused(error, 403)
    except workflow.TransitionNotAllowed as error:
        return _refused(error, 409)
    if saved is None:
        errors = {name: [str(each) for each in found] for name, found in form.errors.items()}
        return JsonResponse({"errors": errors}, status=422)
    answer = {"token": workflow.token(saved), "saved_at": saved.saved_at.isoformat()}
    if moved(item, form):
        answer["moved"] = _(
            "The original changed while you translated. Your text is kept as a draft. Load this "
            "page again: what changed in the original is shown beside your text then."
        )
    return JsonResponse({**answer, "opened": opened_with(saved.text, saved.facts)})


def _refused(sentence, status):
    return JsonResponse({"problem": str(sentence)}, status=status)
