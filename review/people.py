"""Advisors come, are away, and leave: what that means for what they signed and are asked."""

from django.core.exceptions import PermissionDenied
from django.utils import timezone

from . import ledger
from .guards import TransitionNotAllowed, named, normal
from .ledger import locked, name_of
from .models import Absence, Advisor, Recheck, ReviewRequest, SignOff, Standing
from .workflow.deciding import stop_signed

# Characters of a reason for re-review: PostgreSQL's index on it holds no more than 2,700 bytes.
LONGEST = 500


def strike_off(advisor, *, by, reason):
    """An advisor leaves or may no longer practise: her sign-ins end at once, what she signed and
    is not public yet is stopped, and every public text under her name is queued for re-review.
    The texts stay public until somebody decides. Returns how many were queued.
    """
    with locked():
        if not by.has_perm("review.change_advisor"):
            raise PermissionDenied("Only an administrator ends an advisor's work here.")
        advisor = Advisor.objects.select_related("user").get(pk=advisor.pk)
        if not advisor.active and not advisor.user.is_active:
            raise TransitionNotAllowed(f"{advisor} has left already.")
        reason = normal(reason)
        if not reason:
            raise TransitionNotAllowed(
                "Give the reason: whoever reads her texts again will see it."
            )
        _check_length(reason)
        advisor.active = advisor.user.is_active = False
        advisor.save(update_fields=["active"])
        advisor.user.save(update_fields=["is_active"])
        ledger.append("advisor:leave", by, advisor=advisor.slug, reason=reason)
        signed = ReviewRequest.objects.filter(
            state=ReviewRequest.State.SIGNED, sign_offs__advisor=advisor
        )
        for request in signed.distinct():
            stop_signed(request, by, f"{advisor} no longer signs here.")
        return open_rechecks(signed_by(advisor), by=by, reason=f"{advisor}: {reason}")


def signed_by(advisor):
    """The sign-offs under which an advisor's texts are public now."""
    public = Standing.objects.exclude(live=None).values("live")
    return SignOff.objects.filter(advisor=advisor, pk__in=public).order_by("pk")


def open_rechecks(sign_offs, *, by, reason):
    """Queue public texts for re-review, with the reason. Returns how many were not queued yet.
    Call it inside ``locked()``."""
    waiting = set(
        Recheck.objects.filter(closed_at=None, reason=reason).values_list(
            "item_type", "key", "language"
        )
    )
    now, person = timezone.now(), name_of(by)
    made = [
        Recheck(**named(sign_off), reason=reason, opened_by=person, opened_at=now)
        for sign_off in sign_offs
        if (sign_off.item_type, sign_off.key, sign_off.language) not in waiting
    ]
    Recheck.objects.bulk_create(made, batch_size=500)
    if made:
        ledger.append(
            "recheck:open",
            by,
            reason=reason,
            texts=[f"{each.item} [{each.language}]" for each in made],
        )
    return len(made)


def recheck(item, language, *, by, reason):
    """Ask for one public text to be read again before its date."""
    with locked():
        standing = Standing.objects.filter(
            item_type=item.item_type, key=item.key, language=language
        ).exclude(live=None)
        row = standing.select_related("live").first()
        if row is None:
            raise TransitionNotAllowed(f"{item} is not public in this language.")
        if not by.has_perm("review.view_reviewrequest"):
            raise PermissionDenied("You may not do this.")
        reason = normal(reason)
        if not reason:
            raise TransitionNotAllowed("Say why it should be read again.")
        _check_length(reason)
        return open_rechecks([row.live], by=by, reason=reason)


def _check_length(reason):
    if len(reason) > LONGEST:
        raise TransitionNotAllowed(
            f"The reason has {len(reason)} characters; at most {LONGEST} fit."
        )


def away(day=None):
    """Advisor id to the absence that holds on a day (today)."""
    day = day or timezone.localdate()
    found = Absence.objects.filter(first__lte=day, last__gte=day).select_related("deputy__user")
    return {absence.advisor_id: absence for absence in found}


def asked_instead(advisor, day=None):
    """Who is asked on a day: the advisor, or her deputy if she is away and has one who may sign."""
    absence = away(day).get(advisor.pk)
    deputy = absence and absence.deputy
    return deputy if deputy and deputy.active and deputy.user.is_active else advisor


def stands_in_for(advisor, day=None):
    """The advisors for whom this one deputises on a day."""
    return [pk for pk, absence in away(day).items() if absence.deputy_id == advisor.pk]
