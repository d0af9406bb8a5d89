"""System checks of what an operator sets for this app."""

from datetime import timedelta

from django.conf import settings
from django.core.checks import Error, Warning
from django.utils import timezone

from . import crawlers


def security_contact(app_configs, **kwargs):
    """A contact needs a date, a form that machines can follow, and somebody who renews it."""
    if not settings.SECURITY_CONTACT:
        return []
    found = []
    for contact in settings.SECURITY_CONTACT:
        if not contact.startswith(("mailto:", "https://", "tel:")):
            hint = "Write mailto:security@example.org or https://example.org/security."
            message = f"SECURITY_CONTACT “{contact}” is no address that a machine can follow."
            found.append(Error(message, hint=hint, id="reading.E001"))
    until = crawlers.expires()
    if until is None:
        hint = "Write a moment within a year, as 2027-01-31T00:00:00Z."
        message = "SECURITY_CONTACT is set, and SECURITY_EXPIRES names no moment."
        found.append(Error(message, hint=hint, id="reading.E002"))
    elif until < timezone.now() + timedelta(days=30):
        hint = "Ask whether the contact still holds, and set a later moment."
        message = f"security.txt expires on {until:%Y-%m-%d}; after that it is not served."
        found.append(Warning(message, hint=hint, id="reading.W001"))
    return found
