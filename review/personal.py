"""What is kept about somebody who works here: all of it for her to read, and what can go, gone.

What was signed and decided stays, under the name as it was signed: readers rely on it, and the
ledger's chain would break. docs/privacy.md lists it all; a test holds that list against the models.
"""

from axes.models import AccessAttempt
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.core.mail import EmailMessage
from django.utils import translation
from django.utils.translation import gettext as _

from . import ledger, second_factor
from .guards import TransitionNotAllowed, acting_advisor
from .ledger import locked
from .models import Advisor, Invitation, Notice, Preference

# Secrets that prove who somebody is: never told, to her either.
SECRET = {
    "password",
    "key",
    "token",
    "session_key",
    "session_data",
    "public_key",
    "credential_id",
    "handle_hex",
}


def export(user):
    """Everything that names somebody: model to rows, as plain values."""
    found = {"auth.user": [_row(user)]}
    found["auth.group"] = [{"name": group.name} for group in user.groups.all()]
    about = [user, *Advisor.objects.filter(user=user)]
    for each in about:
        for model, name in relations(type(each)):
            rows = model._base_manager.filter(**{name: each}).order_by("pk")
            found.setdefault(model._meta.label_lower, []).extend(_row(row) for row in rows)
    attempts = AccessAttempt.objects.filter(username=user.get_username())
    found["axes.accessattempt"] = [_row(each) for each in attempts]
    return {label: rows for label, rows in sorted(found.items()) if rows}


def relations(model):
    """(model, field) of everything that points to one: what is added later is found, too."""
    for relation in model._meta.get_fields(include_hidden=True):
        points = relation.auto_created and not relation.concrete and not relation.many_to_many
        if points and not relation.related_model._meta.auto_created:
            yield relation.related_model, relation.field.name


def _row(row):
    hidden = SECRET if row._meta.app_label != "review" else SECRET - {"key"}
    return {
        field.attname: str(value) if (value := getattr(row, field.attname)) is not None else None
        for field in row._meta.concrete_fields
        if field.attname not in hidden
    }


def erase(user, *, by=None):
    """Take away what can go; tell the person first what stays. Her account is closed for good."""
    with locked():
        user = get_user_model().objects.get(pk=user.pk)
        if acting_advisor(user):
            raise TransitionNotAllowed(
                _(
                    "This person may still sign. Let her leave first (Medical advisors, “Leaves or "
                    "is struck off”), so that her texts are read again."
                )
            )
        if user.is_superuser and not _another_administrator(user):
            raise TransitionNotAllowed(_("This is the only administrator: make another one first."))
        letter = _letter(user)
        former, user.username = user.username, f"person-{user.pk}"
        user.email = user.first_name = user.last_name = ""
        user.is_active = user.is_staff = user.is_superuser = False
        user.set_unusable_password()
        user.save()
        user.groups.clear()
        user.user_permissions.clear()
        _forget(user, former)
        ledger.append("person:erase", by or user, person=user.username)
    if letter:
        letter.send(fail_silently=True)
    return user


def _another_administrator(user):
    others = get_user_model().objects.filter(is_superuser=True, is_active=True)
    return others.exclude(pk=user.pk).exists()


def _forget(user, former):
    user.sessions.all().delete()
    second_factor.remove_all(user)
    Preference.objects.filter(user=user).delete()
    Notice.objects.filter(user=user).delete()
    AccessAttempt.objects.filter(username=former).delete()
    Invitation.objects.filter(user=user).update(name=user.username, email="")
    kind = ContentType.objects.get_for_model(user)
    LogEntry.objects.filter(content_type=kind, object_id=str(user.pk)).update(
        object_repr=user.username
    )


def _letter(user):
    """What the person is told, in her language; None where she has no address."""
    if not user.email:
        return None
    chosen = Preference.objects.filter(user=user).exclude(language="").first()
    with translation.override(chosen.language if chosen else "en"):
        return EmailMessage(
            _("Your account was erased"),
            _(
                "Your account was closed and your name, address, password, second factors, "
                "sessions and choices were deleted.\n\n"
                "What you signed stays as you signed it: the name and the credentials that readers "
                "were shown, and the lines of the record about what was decided. Readers rely on "
                "them, and they cannot be changed by anybody.\n\n"
                "This is the last mail to this address."
            ),
            to=[user.email],
        )
