"""Advisors: how somebody becomes one, and what readers see of her."""

from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.utils.text import slugify
from django.utils.translation import gettext as _

from . import groups, ledger
from .guards import TransitionNotAllowed, normal
from .ledger import locked, name_of
from .models import Advisor, Invitation

OWN = {"credentials", "interests"}  # what an advisor says of herself


def appoint(user, *, by, active=True, **details):
    """Make somebody who has an account an advisor. ``details`` are the columns of Advisor."""
    with locked():
        check_administrator(by)
        if Advisor.objects.filter(user=user).exists():
            raise TransitionNotAllowed(
                _("%(name)s is a medical advisor already.") % {"name": name_of(user)}
            )
        advisor = new_advisor(user, active=active, **details)
        ledger.append("advisor:appoint", by, **_described(advisor))
        return advisor


def new_advisor(user, *, slug="", **details):
    """The advisor's row and group, for a transition that asked who may. Inside ``locked()``."""
    _check_slug(slug)
    advisor = Advisor(user=user, slug=slug or _free_slug(details["name"]), **_clean(details))
    advisor.save(force_insert=True)
    user.groups.add(Group.objects.get(name=groups.ADVISORS))
    return advisor


def _check_slug(slug):
    if slug and Advisor.objects.filter(slug=slug).exists():
        raise TransitionNotAllowed(
            _("Another advisor has the address “%(slug)s” already.") % {"slug": slug}
        )


def _free_slug(name):
    base = slugify(name)[:90] or "advisor"
    taken = set(Advisor.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    numbered = (f"{base}-{number}" for number in range(2, len(taken) + 3))
    return next(slug for slug in (base, *numbered) if slug not in taken)


def _described(advisor):
    """An advisor as the ledger tells it."""
    return {
        "advisor": advisor.slug,
        **{name: getattr(advisor, name) for name in ("name", "credentials", "interests")},
        "languages": advisor.languages,
    }


def set_details(advisor, *, by, **details):
    """Change what readers see of an advisor: ``credentials`` and ``interests`` by herself, ``name``
    and ``slug`` too by an administrator. What is signed keeps what it said. Tells whether anything
    changed."""
    with locked():
        advisor = fresh_advisor(advisor)
        if advisor.user_id != by.pk or not set(details) <= OWN:
            check_administrator(by)
        known, details = advisor.slug, _clean(details)
        changed = {
            name: value for name, value in details.items() if value != getattr(advisor, name)
        }
        if changed:
            _check_slug(changed.get("slug"))
            for name, value in changed.items():
                setattr(advisor, name, value)
            advisor.save(update_fields=list(changed))
            ledger.append("advisor:details", by, advisor=known, changed=changed)
            Invitation.objects.filter(user=advisor.user_id, confirmed_at=None).update(sent_back="")
        return bool(changed)


def _clean(details):
    """Details with every text in normal form, none of them empty."""
    details = {
        name: normal(value) if isinstance(value, str) else value for name, value in details.items()
    }
    for name, value in details.items():
        field = Advisor._meta.get_field(name)
        about = {"field": field.verbose_name, "longest": field.max_length}
        if value in ("", []):
            raise TransitionNotAllowed(_("Nothing was saved: “%(field)s” is empty.") % about)
        if field.max_length and len(value) > field.max_length:
            raise TransitionNotAllowed(
                _("Nothing was saved: “%(field)s” has over %(longest)s letters.") % about
            )
    return details


# -- Who may -------------------------------------------------------------------------------------


def fresh_advisor(advisor):
    return Advisor.objects.select_related("user").get(pk=advisor.pk)


def works(advisor):
    """Whether an advisor signs here at present."""
    return advisor.active and advisor.user.is_active


def check_administrator(by):
    if not by.has_perm("review.change_advisor"):
        raise PermissionDenied(_("Only an administrator does this for an advisor."))


def check_own(advisor, by):
    if advisor.user_id != by.pk:
        check_administrator(by)
