"""Retiring: an item's life here ends, and may begin again."""

from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.utils.translation import gettext as _

from .. import languages, ledger, standing
from ..guards import TransitionNotAllowed, normal, step
from ..ledger import locked
from ..lookups import fresh, live
from ..models import ReviewRequest, Revision
from .deciding import withdraw

State = Revision.State
Asked = ReviewRequest.State


def retire(item, *, by, reason):
    """End an item's life here: what is public of it comes down, its drafts are put away, and no
    list shows it. Its history stays; ``bring_back`` undoes it."""
    with locked():
        if not by.has_perm(f"{item._meta.app_label}.change_{item._meta.model_name}"):
            raise PermissionDenied(_("You may not change where this item stands."))
        item = fresh(item)
        if item.retired:
            raise TransitionNotAllowed(_("%(item)s is retired already.") % {"item": item})
        reason = normal(reason)
        if not reason:
            raise TransitionNotAllowed(_("Give the reason why the item is retired."))
        theirs = Revision.objects.filter(item_type=item.item_type, key=item.key)
        if theirs.filter(state=State.IN_REVIEW).exists():
            raise TransitionNotAllowed(
                _("%(item)s is in review. Recall it first.") % {"item": item}
            )
        waiting = Asked.SIGNED
        if theirs.filter(request__state=waiting, request=F("sign_offs__request")).exists():
            raise TransitionNotAllowed(
                _("%(item)s is signed and not public yet. Stop that first.") % {"item": item}
            )
        if live(item, languages.source()):
            withdraw(item, languages.source(), by=by, reason=reason)
        for draft in theirs.filter(state=State.DRAFT):
            step(draft, "discard").save(update_fields=["state"])
            ledger.append(
                "revision:discard",
                by,
                item_type=draft.item_type,
                key=draft.key,
                language=draft.language,
                number_of_revision=draft.number,
            )
        type(item)._base_manager.filter(pk=item.pk).update(retired=True)
        standing.forget(item)
        ledger.append("item:retire", by, item_type=item.item_type, key=item.key, reason=reason)


def bring_back(item, *, by):
    """Show a retired item in the lists again, with its history; nothing of it is public."""
    with locked():
        if not by.has_perm(f"{item._meta.app_label}.change_{item._meta.model_name}"):
            raise PermissionDenied(_("You may not change where this item stands."))
        item = fresh(item)
        if not item.retired:
            raise TransitionNotAllowed(_("%(item)s is not retired.") % {"item": item})
        type(item)._base_manager.filter(pk=item.pk).update(retired=False)
        standing.rebuild(item_type=item.item_type, key=item.key)
        ledger.append("item:bring-back", by, item_type=item.item_type, key=item.key)
