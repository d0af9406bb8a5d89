"""The buttons of a request's page: each reads what was sent and asks the workflow.

Each takes the HTTP request and the review request, and returns a sentence of success and the place
on the page to go on from.
"""

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from .. import discussion, workflow
from ..guards import TransitionNotAllowed, normal
from ..models import Advisor, Comment, Significance
from .confirming import attested_in, check_password_again
from .numbers import number
from .request_page import says


def approve(request, review):
    if request.POST.get("publish_at"):
        raise TransitionNotAllowed(
            _(
                "Nothing was signed: you gave a time. Choose “Sign now, public at that time”, "
                "or empty the time to publish at once."
            )
        )
    return _sign(request, review)


def schedule(request, review):
    return _sign(request, review, publish_at=_time(request.POST.get("publish_at", "")))


def _sign(request, review, publish_at=None):
    if not request.POST.get("attest"):
        raise TransitionNotAllowed(_("Nothing was signed: tick that you vouch for these texts."))
    check_password_again(request)
    significance = {
        pk: value
        for pk, value in _numbered(request, "significance").items()
        if value in Significance.values
    }
    signed = workflow.approve(
        review,
        by=request.user,
        expected=_numbered(request, "fingerprints"),
        significance=significance,
        publish_at=publish_at,
        attested_in=attested_in(request),
        waived={number(pk) for pk in request.POST.getlist("waived")},
    )
    review.refresh_from_db(fields=["state"])
    if review.state == review.State.PUBLISHED:
        return _("Signed and public: %(count)s.") % {"count": len(signed)}, ""
    if publish_at:
        return _("Signed: %(count)s. Public at %(time)s (%(zone)s).") % {
            "count": len(signed),
            "time": timezone.localtime(publish_at).strftime("%Y-%m-%d %H:%M"),
            "zone": timezone.get_current_timezone_name(),
        }, ""
    return _("Signed: %(count)s. They go public with their release.") % {"count": len(signed)}, ""


def _numbered(request, kind):
    """Revision id to value, of the fields named ``kind-12``."""
    found = {}
    for name, value in request.POST.items():
        before, _dash, pk = name.partition("-")
        if before == kind and number(pk):
            found[number(pk)] = value
    return found


def _time(value):
    """A time as a form gives it, in the site's time zone."""
    try:
        moment = parse_datetime(value.strip())
    except ValueError:
        moment = None
    if moment is None:
        raise TransitionNotAllowed(
            _("Nothing was signed: give day and time, as in 2030-12-31 08:00.")
        )
    return timezone.make_aware(moment) if timezone.is_naive(moment) else moment


def request_changes(request, review):
    workflow.request_changes(review, by=request.user, comment=request.POST.get("comment", ""))
    return _("Given back with your comment."), ""


def recall(request, review):
    workflow.recall(review, by=request.user)
    return _("Recalled: its texts are drafts again."), ""


def publish(request, review):
    """What was signed for a later time goes public now."""
    check_password_again(request)
    signed = workflow.publish(review, by=request.user)
    return _("Public: %(count)s.") % {"count": len(signed)}, ""


def stop(request, review):
    workflow.stop(review, by=request.user, reason=request.POST.get("reason", ""))
    return _("Stopped: it does not go public."), ""


def assign(request, review):
    advisor, asked = None, request.POST.get("advisor", "")
    if asked:
        advisor = Advisor.objects.filter(pk=number(asked)).first()
        if advisor is None:
            raise TransitionNotAllowed(_("There is no such advisor. Choose another, or any."))
    due = None
    if given := request.POST.get("due", "").strip():
        try:
            due = parse_date(given)
        except ValueError:
            due = None
        if due is None:
            raise TransitionNotAllowed(_("Give the day as in 2030-12-31, or leave it empty."))
    workflow.assign(review, by=request.user, advisor=advisor, due=due)
    return _("Saved whom it is for, and by when."), ""


def check_language(request, review):
    workflow.check_language(review, by=request.user, expected=_numbered(request, "fingerprints"))
    return _("You signed for the wording. A medical advisor can sign now."), ""


# -- The discussion ------------------------------------------------------------------------------


def say(request, review):
    revision = review.revisions.filter(pk=number(request.POST.get("revision"))).first()
    if revision is None:
        raise TransitionNotAllowed(_("That text is not in this request any more."))
    parent = _own_comment(request, review) if request.POST.get("thread") else None
    quote = normal(request.POST.get("quote"))
    if quote and not says(revision, quote):
        raise TransitionNotAllowed(
            _(
                "The passage does not stand in this text. Copy it from the text, or leave it empty "
                "to comment on the whole."
            )
        )
    comment = discussion.say(
        revision, by=request.user, text=request.POST.get("text", ""), quote=quote, parent=parent
    )
    return _("Your comment was added."), f"#comment-{comment.pk}"


def resolve(request, review):
    comment = _own_comment(request, review)
    discussion.resolve(comment, by=request.user)
    return _("Resolved."), f"#comment-{comment.pk}"


def reopen(request, review):
    comment = _own_comment(request, review)
    discussion.reopen(comment, by=request.user)
    return _("Open again."), f"#comment-{comment.pk}"


def _own_comment(request, review):
    """The thread that a button names, if it is about a text of this request."""
    found = Comment.objects.filter(
        pk=number(request.POST.get("thread")), language=review.language
    ).first()
    about = found and {"item_type": found.item_type, "key": found.key}
    if not found or not review.revisions.filter(**about).exists():
        raise TransitionNotAllowed(_("There is no such comment on this request's texts."))
    return found


ACTIONS = {
    "approve": approve,
    "schedule": schedule,
    "changes": request_changes,
    "recall": recall,
    "publish": publish,
    "stop": stop,
    "assign": assign,
    "language": check_language,
    "say": say,
    "resolve": resolve,
    "reopen": reopen,
}
