"""The link in an advisor's mail: signed, for one person and one request, for 14 days, revocable.

It only shows the way. Whoever follows it signs in first, and may there do what she always may.
"""

from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from ..guards import TransitionNotAllowed, advisor_for
from ..ledger import locked
from ..models import ReviewLink, ReviewRequest

VALID = timedelta(days=14)
_signer = signing.TimestampSigner(salt="review.link")


class Refused(Exception):
    """The link leads nowhere; the message is the sentence for the screen."""

    def __init__(self, status, sentence):
        super().__init__(sentence)
        self.status = status


def absolute(path):
    return settings.SITE_URL.rstrip("/") + path


def link_for(request, user):
    """The address that leads one person to one request."""
    return address(link_to(request, user))


def address(link):
    return absolute(reverse("admin:review_link", args=[_signer.sign(link.pk)]))


def link_to(request, user):
    """The ReviewLink of one person to one request. A mail that is tried again on the same day
    carries the same."""
    now = timezone.now()
    mine = ReviewLink.objects.filter(request=request, user=user, revoked_at=None)
    link = mine.filter(made_at__gt=now - timedelta(days=1)).order_by("-pk").first()
    if link is None:
        link = ReviewLink.objects.create(
            request=request, user=user, made_at=now, expires_at=now + VALID
        )
    return link


def read(token):
    """The ReviewLink of a token; says nothing about it to somebody who has not signed in."""
    try:
        pk = _signer.unsign(token, max_age=VALID)
    except signing.SignatureExpired:
        raise Refused(410, _expired()) from None
    except signing.BadSignature:
        pk = None
    link = ReviewLink.objects.filter(pk=pk).select_related("request", "user").first()
    if link is None:
        sentence = _("This is no link of this site. Is a part of it missing? Copy all of it.")
        raise Refused(404, sentence)
    if link.expires_at <= timezone.now():
        raise Refused(410, _expired())
    return link


def _expired():
    return _(
        "This link has expired. Sign in and look among the review requests, or ask for a new one."
    )


def check(link, user):
    """Refuse a signed-in person whom the link does not lead to something that she can decide."""
    if link.user_id != user.pk:
        raise Refused(403, _("This link was made for somebody else. Nothing was opened."))
    if link.revoked_at:
        raise Refused(410, _("This link was taken back. Ask whoever wrote to you."))
    if link.request.state != ReviewRequest.State.OPEN:
        sentence = _("Request %(number)s waits for nobody any more: it is %(state)s.")
        state = link.request.get_state_display()
        raise Refused(410, sentence % {"number": link.request_id, "state": state})
    if not user.has_perm("review.view_reviewrequest"):
        raise Refused(403, _("You may not see review requests. Ask an administrator."))
    try:
        advisor_for(user, link.request.language)
    except PermissionDenied as error:
        raise Refused(403, str(error)) from None


def revoke(link, *, by):
    """Take a link back before it expires: who submitted the request may, and an administrator."""
    with locked():
        link = ReviewLink.objects.select_related("request").get(pk=link.pk)
        if not may_revoke(link.request, by):
            raise PermissionDenied(_("Only who submitted the request takes its links back."))
        if link.revoked_at:
            raise TransitionNotAllowed(_("That link was taken back already."))
        link.revoked_at = timezone.now()
        link.save(update_fields=["revoked_at"])


def may_revoke(request, user):
    return request.submitted_by_id == user.pk or user.has_perm("review.change_advisor")


def overview(request, user):
    """What ``admin/review/_links.html`` needs: who got a link, and which of them work."""
    now = timezone.now()
    found = list(request.links.select_related("user").order_by("pk"))
    for link in found:
        link.works = link.revoked_at is None and link.expires_at > now
    return {"links": found, "may_revoke": may_revoke(request, user)}
