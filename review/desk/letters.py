"""Letters that the desk writes to one person at once: an invitation, and what became of it.

Call them after the transaction; each tells whether the mail went, which is no reason to undo
anything.
"""

import logging

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from .. import groups, invitations, languages, limits
from ..guards import TransitionNotAllowed

log = logging.getLogger("review")
MOST, MOST_TO_ONE = 30, 5  # letters an hour by one person, and to one address


def check_few(user, email):
    """Count one more letter by somebody to an address; refuse it, before anything is done, where
    that were too many: an account in wrong hands must not become a sender of mail."""
    many = limits.over("letters", str(user.pk), MOST)
    if many or limits.over("letters-to", email.casefold(), MOST_TO_ONE):
        raise TransitionNotAllowed(
            _(
                "Nothing was done: too many mails were sent from here, or to this address, within "
                "an hour. Please try again later."
            )
        )


def invite(invitation, language):
    """The link, in the language that the administrator chose."""
    with languages.active(language):
        return _send(
            "invitation",
            invitation.email,
            language,
            _("You are invited to review and write medical texts for patients"),
            invitation=invitation,
            inviter=invitation.invited_by,
            joins=groups.label(invitation.group),
            advises=invitation.group == groups.ADVISORS,
            link=invitations.address(invitation, language),
            expires=invitations.expires(invitation),
        )


def tell(advisor, reason=""):
    """To an advisor: she is confirmed, or (``reason``) what to correct first."""
    chosen = getattr(advisor.user, "preference", None)
    language = (chosen and chosen.language) or languages.source()
    with languages.active(language):
        subject = (
            _("Please correct what readers will see of you")
            if reason
            else _("You may sign medical texts now")
        )
        link = settings.SITE_URL.rstrip("/") + reverse("admin:review_details")
        details = {"advisor": advisor, "reason": reason, "link": link}
        return _send("confirmation", advisor.user.email, language, subject, **details)


def _send(name, address, language, subject, **context):
    """``templates/mail/NAME.txt`` and ``.html``, in the language that is active."""
    context.update(
        subject=subject,
        language=language,
        direction=languages.direction(language),
        site=settings.SITE_URL,
    )
    text = render_to_string(f"mail/{name}.txt", context)
    message = EmailMultiAlternatives(subject, text, to=[address])
    message.attach_alternative(render_to_string(f"mail/{name}.html", context), "text/html")
    try:
        message.send()
    except (OSError, ValueError):
        log.exception("A letter (%s) was not sent", name)
        return False
    return True
