"""Advisors are away, and leave: what that means for what they signed and are asked."""

from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from . import languages, ledger
from .advisors import check_administrator, check_own, fresh_advisor, works
from .guards import TransitionNotAllowed, check_length, normal
from .ledger import locked
from .models import (
    Absence,
    Advisor,
    Invitation,
    ReviewLink,
    ReviewRequest,
    SignOff,
    Standing,
)
from .rechecks import open_rechecks
from .workflow.deciding import stop_signed

# Characters of a reason for re-review: PostgreSQL's index on it holds no more than 2,700 bytes.
LONGEST = 500
TOO_LONG = ngettext_lazy(
    "The reason has %(count)s character; at most %(longest)s fit.",
    "The reason has %(count)s characters; at most %(longest)s fit.",
    "count",
)

# -- Leaving -------------------------------------------------------------------------------------


def strike_off(advisor, *, by, reason):
    """An advisor leaves or may no longer practise: her sign-ins end at once, what she signed and
    is not public yet is stopped, and every public text under her name is queued for re-review.
    The texts stay public until somebody decides. Returns how many were queued.
    """
    with locked():
        check_administrator(by)
        advisor = fresh_advisor(advisor)
        if not advisor.active and not advisor.user.is_active:
            raise TransitionNotAllowed(_("%(advisor)s has left already.") % {"advisor": advisor})
        reason = normal(reason)
        if not reason:
            raise TransitionNotAllowed(
                _("Give the reason: whoever reads her texts again will see it.")
            )
        check_length(reason, LONGEST, TOO_LONG)
        advisor.active = advisor.user.is_active = False
        advisor.save(update_fields=["active"])
        advisor.user.save(update_fields=["is_active"])
        ReviewLink.objects.filter(user=advisor.user, revoked_at=None).update(
            revoked_at=timezone.now()
        )
        ledger.append("advisor:leave", by, advisor=advisor.slug, reason=reason)
        return _hand_over(advisor, by, reason)


def reinstate(advisor, *, by, reason):
    """An advisor who left comes back: she may sign in, and sign again once she was confirmed. What
    was queued for re-review when she left stays queued."""
    with locked():
        check_administrator(by)
        advisor = fresh_advisor(advisor)
        if advisor.active:
            raise TransitionNotAllowed(_("%(advisor)s signs already.") % {"advisor": advisor})
        waits = Invitation.objects.filter(user=advisor.user_id, confirmed_at=None).exists()
        if waits and advisor.user.is_active:
            raise TransitionNotAllowed(
                _("%(advisor)s was invited and waits to be confirmed.") % {"advisor": advisor}
            )
        reason = normal(reason)
        if not reason:
            raise TransitionNotAllowed(_("Give the reason why this advisor signs again."))
        advisor.active, advisor.user.is_active = not waits, True
        advisor.save(update_fields=["active"])
        advisor.user.save(update_fields=["is_active"])
        ledger.append("advisor:return", by, advisor=advisor.slug, reason=reason)


def set_languages(advisor, codes, *, by, reason=""):
    """Say in which languages an advisor signs. A language that is taken away is left as
    ``strike_off`` leaves all of them, and needs the reason where something stands under her name.
    Returns how many texts were queued for re-review."""
    with locked():
        check_administrator(by)
        advisor = fresh_advisor(advisor)
        codes = [code for code in languages.codes() if code in codes]
        if not codes:
            raise TransitionNotAllowed(_("An advisor signs in one language at least."))
        if set(codes) == set(advisor.languages):
            return 0
        lost = set(advisor.languages) - set(codes)
        reason = normal(reason)
        if not reason and any(stands_for(advisor, lost)):
            raise TransitionNotAllowed(
                _("Give the reason: what %(advisor)s signed in that language is read again.")
                % {"advisor": advisor}
            )
        before, advisor.languages = advisor.languages, codes
        advisor.save(update_fields=["languages"])
        ledger.append(
            "advisor:languages",
            by,
            advisor=advisor.slug,
            before=before,
            after=codes,
            reason=reason,
        )
        return _hand_over(advisor, by, reason, lost)


def _hand_over(advisor, by, reason, codes=None):
    """What somebody else must see to now, in these languages (None: in all)."""
    for request in signed_not_public(advisor, codes):
        stop_signed(request, by, f"{advisor} no longer signs here.")
    asked = ReviewRequest.objects.filter(state=ReviewRequest.State.OPEN, assigned_to=advisor)
    for request in _within(asked, codes):
        request.assigned_to = None
        request.save(update_fields=["assigned_to"])
        ledger.append(
            "request:assign",
            by,
            language=request.language,
            request=request.pk,
            advisor="",
            due=request.due.isoformat() if request.due else "",
        )
    return open_rechecks(signed_by(advisor, codes), by=by, reason=f"{advisor}: {reason}")


def stands_for(advisor, codes):
    """How many texts are public under an advisor's name in these languages, and how many requests
    are signed by her there and not public yet."""
    return signed_by(advisor, codes).count(), signed_not_public(advisor, codes).count()


def signed_by(advisor, codes=None):
    """The sign-offs under which an advisor's texts are public now."""
    public = Standing.objects.exclude(live=None).values("live")
    return _within(SignOff.objects.filter(advisor=advisor, pk__in=public), codes).order_by("pk")


def signed_not_public(advisor, codes=None):
    """The requests that an advisor signed and that wait for their time or their release."""
    signed = ReviewRequest.objects.filter(
        state=ReviewRequest.State.SIGNED, sign_offs__advisor=advisor
    )
    return _within(signed, codes).distinct()


def _within(queryset, codes):
    return queryset if codes is None else queryset.filter(language__in=codes)


# -- Reading again -------------------------------------------------------------------------------


def recheck(item, language, *, by, reason):
    """Ask for one public text to be read again before its date."""
    with locked():
        standing = Standing.objects.filter(
            item_type=item.item_type, key=item.key, language=language
        ).exclude(live=None)
        row = standing.select_related("live").first()
        if row is None:
            raise TransitionNotAllowed(
                _("%(item)s is not public in this language.") % {"item": item}
            )
        if not by.has_perm("review.view_reviewrequest"):
            raise PermissionDenied(_("You may not do this."))
        reason = normal(reason)
        if not reason:
            raise TransitionNotAllowed(_("Say why it should be read again."))
        check_length(reason, LONGEST, TOO_LONG)
        return open_rechecks([row.live], by=by, reason=reason)


# -- Being away ----------------------------------------------------------------------------------


def deputies(advisor):
    """The advisors who could stand in for one: they sign, in a language that she signs."""
    others = Advisor.objects.filter(active=True, user__is_active=True).exclude(pk=advisor.pk)
    shared = set(advisor.languages)
    return [each for each in others.order_by("name") if shared & set(each.languages)]


def enter_absence(advisor, *, by, first, last, deputy=None):
    """An advisor is away from ``first`` to ``last``, both included; ``deputy`` is asked instead."""
    with locked():
        advisor = fresh_advisor(advisor)
        check_own(advisor, by)
        if last < first:
            raise TransitionNotAllowed(_("The last day lies before the first."))
        if last < timezone.localdate():
            raise TransitionNotAllowed(_("These days are over: enter days that are still to come."))
        deputy = deputy and _deputy(advisor, deputy)
        other = Absence.objects.filter(advisor=advisor, first__lte=last, last__gte=first).first()
        if other is not None:
            raise TransitionNotAllowed(
                _(
                    "%(advisor)s is away from %(first)s to %(last)s already. Take that "
                    "absence back, or choose other days."
                )
                % {"advisor": advisor, "first": other.first, "last": other.last}
            )
        absence = Absence.objects.create(advisor=advisor, first=first, last=last, deputy=deputy)
        _record_absence("absence:enter", by, absence)
        return absence


def _deputy(advisor, deputy):
    deputy = fresh_advisor(deputy)
    if deputy.pk == advisor.pk:
        raise TransitionNotAllowed(_("An advisor cannot stand in for herself."))
    if not works(deputy):
        raise TransitionNotAllowed(
            _("%(deputy)s does not sign here now. Choose another deputy.") % {"deputy": deputy}
        )
    if not set(deputy.languages) & set(advisor.languages):
        raise TransitionNotAllowed(
            _("%(deputy)s signs in none of the languages of %(advisor)s. Choose another deputy.")
            % {"deputy": deputy, "advisor": advisor}
        )
    return deputy


def end_absence(absence, *, by):
    """Take an absence back that has not begun; end one that has, as of yesterday."""
    with locked():
        absence = Absence.objects.select_related("advisor", "deputy").filter(pk=absence.pk).first()
        if absence is None:
            raise TransitionNotAllowed(_("This absence was taken back already."))
        check_own(absence.advisor, by)
        today = timezone.localdate()
        if absence.last < today:
            raise TransitionNotAllowed(_("This absence is over: it stays in the list."))
        if absence.first >= today:
            _record_absence("absence:cancel", by, absence)
            absence.delete()
        else:
            absence.last = today - timedelta(days=1)
            absence.save(update_fields=["last"])
            _record_absence("absence:end", by, absence)


def _record_absence(event, by, absence):
    ledger.append(
        event,
        by,
        advisor=absence.advisor.slug,
        first=absence.first.isoformat(),
        last=absence.last.isoformat(),
        deputy=absence.deputy.slug if absence.deputy else "",
    )


def away(day=None):
    """Advisor id to the absence that holds on a day (today)."""
    day = day or timezone.localdate()
    found = Absence.objects.filter(first__lte=day, last__gte=day).select_related("deputy__user")
    return {absence.advisor_id: absence for absence in found}


def asked_instead(advisor, day=None, language=None):
    """Who is asked on a day: the advisor, or her deputy if she is away and has one who works that
    day (and signs ``language``, where one is named). Only her own deputy: nobody is asked for
    somebody whose deputy she did not agree to be, so that a deputy who is away as well leaves the
    advisor herself."""
    absent = away(day)
    deputy = _stand_in(absent.get(advisor.pk), absent)
    return deputy if deputy and (language is None or deputy.speaks(language)) else advisor


def stands_in_for(advisor, day=None):
    """The ids of the advisors for whom this one is asked on a day."""
    absent = away(day)
    return [pk for pk, absence in absent.items() if _stand_in(absence, absent) == advisor]


def _stand_in(absence, absent):
    """The deputy of an absence, None where there is none who works that day."""
    deputy = absence and absence.deputy
    return deputy if deputy and works(deputy) and deputy.pk not in absent else None


def clashes(absence):
    """The absences in which, with this one, an advisor and her deputy are away on the same days."""
    together = Absence.objects.filter(first__lte=absence.last, last__gte=absence.first)
    found = together.filter(Q(advisor=absence.deputy_id) | Q(deputy=absence.advisor_id))
    return found.exclude(pk=absence.pk).select_related("advisor", "deputy").order_by("first")
