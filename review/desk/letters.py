"""Letters that the desk writes to one person at once: about an invitation, and its confirmation."""

import logging

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from .. import languages

log = logging.getLogger("review")


def send(name, address, language, subject, **context):
    """Write ``templates/mail/NAME.txt`` and ``.html`` in a language to somebody. Call it after the
    transaction; tells whether the mail went, which is no reason to undo anything."""
    with languages.active(language):
        context.update(
            subject=str(subject),
            language=language,
            direction=languages.direction(language),
            site=settings.SITE_URL,
        )
        message = EmailMultiAlternatives(
            context["subject"], render_to_string(f"mail/{name}.txt", context), to=[address]
        )
        message.attach_alternative(render_to_string(f"mail/{name}.html", context), "text/html")
    try:
        message.send()
    except (OSError, ValueError):
        log.exception("A letter (%s) was not sent", name)
        return False
    return True
