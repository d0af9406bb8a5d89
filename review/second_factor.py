"""The second factor: who needs one, what somebody has, and the codes that replace a lost one.

An app that counts (TOTP) and passkeys are django-otp's devices, recovery codes its static ones. Of
a recovery code only a keyed hash is kept.
"""

import secrets
from base64 import b32encode

from django.conf import settings
from django.db import transaction
from django.utils.crypto import salted_hmac
from django_otp import verify_token
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice
from django_otp_webauthn.models import WebAuthnCredential

CODES = 10
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is taken for another


def required(user):
    """Whether somebody needs one: whoever may sign or administer, outside demonstration."""
    return settings.SECOND_FACTOR_REQUIRED and powerful(user)


def powerful(user):
    """Whether somebody may sign or administer."""
    advisor = getattr(user, "advisor", None)
    return user.is_superuser or bool(advisor and advisor.active) or _administers(user)


def _administers(user):
    return any(
        user.has_perm(permission)
        for permission in ("auth.change_user", "auth.add_user", "review.add_invitation")
    )


def has(user):
    """Whether somebody has one, in one query."""
    app = TOTPDevice.objects.filter(user=user, confirmed=True).order_by().values("user_id")
    key = WebAuthnCredential.objects.filter(user=user, confirmed=True).order_by().values("user_id")
    return app.union(key).exists()


def apps(user):
    return TOTPDevice.objects.filter(user=user, confirmed=True).order_by("pk")


def passkeys(user):
    return WebAuthnCredential.objects.filter(user=user, confirmed=True).order_by("pk")


def knows_passkeys():
    """Whether browsers offer passkeys here: not to a site that is a number, nor over plain HTTP."""
    known = settings.SITE_URL.rstrip("/") in settings.OTP_WEBAUTHN_ALLOWED_ORIGINS
    return known and not settings.OTP_WEBAUTHN_RP_ID.replace(".", "").isdigit()


def match(user, typed):
    """The device that a typed code belongs to: of an app, or a recovery code; else None. Each is
    good once; after a wrong one, the library makes the next wait longer and longer."""
    typed = "".join(typed.split()).replace("-", "").lower()
    if not typed:
        return None
    devices = [(device, typed) for device in apps(user)] if typed.isdigit() else []
    devices += [
        (device, _hashed(typed)) for device in StaticDevice.objects.filter(user=user).order_by("pk")
    ]
    for device, token in devices:
        if found := verify_token(user, device.persistent_id, token):
            return found
    return None


def new_app(user):
    """An app that is not confirmed yet; asking again gives the same one."""
    device = TOTPDevice.objects.filter(user=user, confirmed=False).order_by("pk").first()
    return device or TOTPDevice.objects.create(user=user, confirmed=False, name="app")


def confirm_app(device, typed):
    """Whether the code that the app shows is right: from then on the app counts."""
    with transaction.atomic():
        if not verify_token(device.user, device.persistent_id, "".join(typed.split())):
            return False
        TOTPDevice.objects.filter(pk=device.pk).update(confirmed=True)
    return True


def new_codes(user):
    """Ten recovery codes, shown once; the former ones are void."""
    codes = ["".join(secrets.choice(_LETTERS) for _ in range(16)) for _ in range(CODES)]
    with transaction.atomic():
        StaticDevice.objects.filter(user=user).delete()
        device = StaticDevice.objects.create(user=user, name="codes")
        for code in codes:
            device.token_set.create(token=_hashed(code))
    return ["-".join(code[at : at + 4] for at in range(0, 16, 4)) for code in codes]


def codes_left(user):
    return StaticToken.objects.filter(device__user=user).count()


def remove_all(user):
    """For somebody who lost them: an administrator has made sure who asks."""
    with transaction.atomic():
        for model in (TOTPDevice, WebAuthnCredential, StaticDevice):
            model.objects.filter(user=user).delete()


def _hashed(code):
    digest = salted_hmac("recovery code", code, algorithm="sha256").digest()
    return b32encode(digest)[:16].decode()
