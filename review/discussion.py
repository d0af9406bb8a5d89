"""What is said about texts: comments on an item or on a passage of it, answered and resolved."""

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from . import ledger
from .guards import TransitionNotAllowed, check_length, normal
from .ledger import locked, name_of
from .lookups import named
from .models import Comment, Revision

LONGEST = 5000  # characters of a comment
TOO_LONG = ngettext_lazy(
    "The comment has %(count)s character; at most %(longest)s fit.",
    "The comment has %(count)s characters; at most %(longest)s fit.",
    "count",
)


def say(revision, *, by, text, quote="", parent=None):
    """Comment on a revision, or on the passage ``quote`` of it, or answer ``parent``."""
    with locked():
        _check_person(by)
        text, quote = normal(text), normal(quote)
        if not text:
            raise TransitionNotAllowed(_("Write the comment first."))
        check_length(text, LONGEST, TOO_LONG)
        revision = Revision.objects.get(pk=revision.pk)
        parent = parent and Comment.objects.get(pk=parent.pk)
        if parent is not None and (parent.parent_id or named(parent) != named(revision)):
            raise TransitionNotAllowed(_("That comment belongs to another discussion."))
        comment = Comment.objects.create(
            **named(revision),
            revision=revision,
            request=revision.request,
            parent=parent,
            quote=quote[:1000],
            text=text,
            by=by,
            name=_speaker(by),
            at=timezone.now(),
        )
        if parent is not None and parent.resolved_at:
            _set_resolved(parent, None, "")
        _record("comment:add", by, comment)
        return comment


def resolve(comment, *, by):
    """Close a thread."""
    with locked():
        _check_person(by)
        comment = _thread(comment)
        if comment.resolved_at:
            raise TransitionNotAllowed(
                _("%(name)s resolved it already.") % {"name": comment.resolved_by}
            )
        _set_resolved(comment, timezone.now(), _speaker(by))
        _record("comment:resolve", by, comment)


def reopen(comment, *, by):
    with locked():
        _check_person(by)
        comment = _thread(comment)
        if not comment.resolved_at:
            raise TransitionNotAllowed(_("It is open already."))
        _set_resolved(comment, None, "")
        _record("comment:reopen", by, comment)


def threads(texts, language):
    """Item ("topics.topic:ras") to its threads, oldest first, each with ``answers``; two queries.

    ``texts`` are (item type, key) pairs."""
    texts = set(texts)
    found = Comment.objects.filter(
        item_type__in={kind for kind, _key in texts},
        key__in={key for _kind, key in texts},
        language=language,
    ).select_related("revision")
    by_item, by_pk = {}, {}
    found = [each for each in found if (each.item_type, each.key) in texts]
    for comment in found:
        if comment.parent_id is None:
            comment.answers = []
            by_pk[comment.pk] = comment
            by_item.setdefault(f"{comment.item_type}:{comment.key}", []).append(comment)
    for comment in found:  # by themselves: two servers' clocks may put an answer first
        if comment.parent_id is not None:
            by_pk[comment.parent_id].answers.append(comment)
    return by_item


def _speaker(by):
    """Who says it, by the name under which an advisor signs."""
    advisor = getattr(by, "advisor", None)
    return advisor.name if advisor else name_of(by)


def _check_person(by):
    if not by.has_perm("review.view_reviewrequest"):
        raise PermissionDenied(_("You may not take part in this discussion."))


def _thread(comment):
    comment = Comment.objects.get(pk=comment.pk)
    if comment.parent_id:
        raise TransitionNotAllowed(_("Only a whole thread is resolved."))
    return comment


def _set_resolved(comment, at, name):
    comment.resolved_at, comment.resolved_by = at, name
    comment.save(update_fields=["resolved_at", "resolved_by"])


def _record(event, by, comment):
    ledger.append(event, by, **named(comment), comment=comment.pk, request=comment.request_id)
