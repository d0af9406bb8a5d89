"""Inviting people: asked by an administrator, accepted with a link, an advisor confirmed.

    invited --accept--> at work                      (editors, translators)
            --accept--> waiting --confirm--> at work (medical advisors)
                        waiting --send_back--> waiting, with what to correct
    invited --revoke--> revoked

The link is signed, holds for 14 days, once; sending it again makes the earlier ones void. The
ledger names the invitation and the person, never the address.
"""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core import signing
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import validate_email
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from . import fingerprint, groups, languages, ledger
from .advisors import new_advisor
from .guards import TransitionNotAllowed, normal
from .ledger import locked
from .models import Advisor, Invitation, Preference

VALID = timedelta(days=14)
STATES = ["waiting", "sent back", "invited", "expired", "joined", "revoked"]
_signer = signing.Signer(salt="review.invitation")


class LinkRefused(TransitionNotAllowed):
    """The link leads nowhere: ``why`` is forged, revoked, used, replaced or expired."""

    def __init__(self, why, invitation=None):
        super().__init__(f"This link cannot be used: it is {why}.")
        self.why, self.invitation = why, invitation


# -- Asking --------------------------------------------------------------------------------------


def invite(name, email, group, *, by, codes=()):
    """Ask somebody to join a group; an advisor is asked to sign in the languages ``codes``."""
    with locked():
        _check_inviter(by)
        name, email = " ".join(normal(name).split()), normal(email)
        codes = [code for code in languages.codes() if code in codes]
        _check_person(name, email)
        _check_group(group, codes)
        invitation = Invitation.objects.create(
            name=name,
            email=email,
            group=group,
            languages=codes if group == groups.ADVISORS else [],
            invited_by=by,
            invited_at=timezone.now(),
        )
        _record("person:invite", by, invitation, group=group, languages=invitation.languages)
        return invitation


def _check_person(name, email):
    if not name:
        raise TransitionNotAllowed(_("Give the name of whom you invite."))
    if len(name) > 120:
        raise TransitionNotAllowed(_("The name has over 120 letters."))
    try:
        validate_email(email)
    except ValidationError:
        raise TransitionNotAllowed(
            _("“%(email)s” is no e-mail address.") % {"email": email}
        ) from None
    if _accounts(email).exists():
        raise TransitionNotAllowed(_("Somebody with this e-mail address has an account already."))
    if Invitation.objects.filter(email__iexact=email, user=None, revoked_at=None).exists():
        raise TransitionNotAllowed(
            _("This address is invited already. Open that invitation and send it again.")
        )


def _check_group(group, codes):
    if group not in joinable():
        raise TransitionNotAllowed(_("Nobody is invited into that group."))
    if group == groups.ADVISORS and not codes:
        raise TransitionNotAllowed(_("Say in which languages the advisor will sign."))


def joinable():
    """The names of the groups into which people are invited."""
    return list(groups.wanted())


def resend(invitation, *, by):
    """Begin the 14 days anew, with a new link; the links that were sent before are void."""
    with locked():
        _check_inviter(by)
        invitation = _unanswered(invitation)
        invitation.invited_at = timezone.now()
        invitation.save(update_fields=["invited_at"])
        _record("person:invite", by, invitation, again=True)
        return invitation


def revoke(invitation, *, by):
    """Take an invitation back that nobody has accepted yet: its link leads nowhere any more."""
    with locked():
        _check_inviter(by)
        invitation = _unanswered(invitation)
        invitation.revoked_at = timezone.now()
        invitation.save(update_fields=["revoked_at"])
        _record("person:revoke", by, invitation)
        return invitation


def _unanswered(invitation):
    invitation = Invitation.objects.get(pk=invitation.pk)
    if invitation.user_id is not None:
        raise TransitionNotAllowed(_("%(name)s has accepted already.") % {"name": invitation.name})
    if invitation.revoked_at is not None:
        raise TransitionNotAllowed(_("This invitation was taken back already."))
    return invitation


# -- The link ------------------------------------------------------------------------------------


def token(invitation, language):
    """What the link holds: whom it is for, which sending it is, and the language it speaks."""
    return _signer.sign_object([invitation.pk, invitation.invited_at.isoformat(), language])


def address(invitation, language):
    """The whole link, as mail and administrator give it to the person."""
    path = reverse("admin:review_welcome", args=[token(invitation, language)])
    return settings.SITE_URL.rstrip("/") + path


def opened(link):
    """The invitation that a link leads to, and its language; LinkRefused where it leads nowhere."""
    try:
        pk, sent, language = _signer.unsign_object(link)
    except signing.BadSignature:
        raise LinkRefused("forged") from None
    invitation = Invitation.objects.filter(pk=pk).first()
    if invitation is None or language not in languages.codes():
        raise LinkRefused("forged")
    if invitation.revoked_at is not None:
        raise LinkRefused("revoked", invitation)
    if invitation.user_id is not None:
        raise LinkRefused("used", invitation)
    if parse_datetime(sent) != invitation.invited_at:
        raise LinkRefused("replaced", invitation)
    if timezone.now() > expires(invitation):
        raise LinkRefused("expired", invitation)
    return invitation, language


def expires(invitation):
    return invitation.invited_at + VALID


# -- Answering -----------------------------------------------------------------------------------


def accept(link, username, password, *, name="", credentials="", interests=""):
    """The person makes her account: at work at once, an advisor once she is confirmed. Name,
    credentials and interests are an advisor's. The password was checked. Returns the account."""
    user = get_user_model()(is_staff=True)
    user.username = user.normalize_username(username)
    user.clean_fields(exclude=["password"])
    user.set_password(password)  # slow on purpose: not while others wait for the lock
    with locked():
        invitation, language = opened(link)
        if _accounts(invitation.email).exists():
            raise TransitionNotAllowed(
                _(
                    "Somebody with this e-mail address has an account already. Ask whoever "
                    "invited you."
                )
            )
        if get_user_model().objects.filter(username__iexact=user.username).exists():
            raise TransitionNotAllowed(
                _("The user name “%(username)s” is taken: choose another.")
                % {"username": user.username}
            )
        user.email, user.first_name = invitation.email, invitation.name
        user.save()
        Preference.objects.create(user=user, language=language)
        if invitation.group == groups.ADVISORS:
            new_advisor(
                user,
                active=False,
                name=" ".join(name.split()),
                credentials=credentials,
                interests=interests,
                languages=invitation.languages,
            )
        else:
            user.groups.add(Group.objects.get(name=invitation.group))
        invitation.user, invitation.accepted_at = user, timezone.now()
        invitation.save(update_fields=["user", "accepted_at"])
        _record("person:accept", user, invitation)
        return user


def confirm(invitation, *, by, seen):
    """An administrator has checked who the advisor is: from now on she may sign. ``seen`` is the
    ``described`` of what the administrator saw."""
    with locked():
        _check_inviter(by)
        invitation, advisor = _waiting(invitation, by)
        if seen != described(advisor):
            raise TransitionNotAllowed(
                _(
                    "%(advisor)s changed her details meanwhile. Nothing was confirmed; read "
                    "them again."
                )
                % {"advisor": advisor}
            )
        advisor.active = True
        advisor.save(update_fields=["active"])
        invitation.confirmed_by, invitation.confirmed_at = by, timezone.now()
        invitation.sent_back = ""
        invitation.save(update_fields=["confirmed_by", "confirmed_at", "sent_back"])
        _record(
            "person:confirm",
            by,
            invitation,
            advisor=advisor.slug,
            credentials=advisor.credentials,
            interests=advisor.interests,
            languages=advisor.languages,
        )
        return advisor


def send_back(invitation, *, by, reason):
    """Ask the advisor to correct what she filled in; she stays waiting."""
    with locked():
        _check_inviter(by)
        invitation, advisor = _waiting(invitation, by)
        reason = normal(reason)
        if not reason:
            raise TransitionNotAllowed(_("Say what should be corrected."))
        invitation.sent_back = reason
        invitation.save(update_fields=["sent_back"])
        _record("person:send_back", by, invitation, reason=reason)
        return advisor


def _waiting(invitation, by):
    invitation = Invitation.objects.get(pk=invitation.pk)
    advisor = Advisor.objects.select_related("user").filter(user=invitation.user_id or 0).first()
    if advisor is None:
        raise TransitionNotAllowed(
            _("%(name)s has not accepted yet, or is no advisor.") % {"name": invitation.name}
        )
    if invitation.confirmed_at is not None:
        raise TransitionNotAllowed(_("%(advisor)s was confirmed already.") % {"advisor": advisor})
    if advisor.user_id == by.pk:
        raise PermissionDenied(_("Somebody else must confirm you."))
    if not advisor.user.is_active:
        raise TransitionNotAllowed(
            _("The account of %(advisor)s is closed.") % {"advisor": advisor}
        )
    return invitation, advisor


def described(advisor):
    """Names what an administrator confirms: another value once any of it changed."""
    details = [advisor.name, advisor.credentials, advisor.interests, advisor.languages]
    return fingerprint.sha256(fingerprint.canonical(details))


def state(invitation):
    """How far an invitation has come: one of ``STATES``."""
    if invitation.user_id is None:
        if invitation.revoked_at is not None:
            return "revoked"
        return "expired" if timezone.now() > expires(invitation) else "invited"
    waits = invitation.group == groups.ADVISORS and invitation.confirmed_at is None
    if not waits:
        return "joined"
    return "sent back" if invitation.sent_back else "waiting"


def waiting():
    """The invitations of advisors who wait to be confirmed, the longest first."""
    found = Invitation.objects.filter(
        group=groups.ADVISORS, confirmed_at=None, user__is_active=True
    )
    return found.order_by("accepted_at")


def _accounts(email):
    return get_user_model().objects.filter(email__iexact=email)


def _check_inviter(by):
    if not by.has_perm("review.add_invitation"):
        raise PermissionDenied(_("Only an administrator invites people."))


def _record(event, by, invitation, **more):
    ledger.append(event, by, invitation=invitation.pk, person=invitation.name, **more)
