"""Waiving: somebody says why a finding that stops a text is none."""

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from .. import ledger
from ..guards import TransitionNotAllowed, check_releaser, normal
from ..ledger import locked, name_of
from ..lookups import named
from ..models import Revision, Waiver
from ..quality import gate

OPEN = (Revision.State.DRAFT, Revision.State.IN_REVIEW)


def waive(revision, place, *, by, reason):
    """Let a text pass in spite of one finding, which ``place`` names. Who writes or who signs the
    language may; the advisor sees it and signs it. Returns the Waiver."""
    with locked():
        revision = Revision.objects.select_related("source").get(pk=revision.pk)
        check_releaser(by, revision.language)
        if revision.state not in OPEN:
            raise TransitionNotAllowed(
                _("%(item)s is %(state)s: there is nothing to waive.")
                % {"item": revision.item, "state": revision.get_state_display()}
            )
        reason = normal(reason)
        found = gate.stopping([revision])[revision]
        told = next((each for each in found if each.place == place), None)
        if told is None:
            raise TransitionNotAllowed(
                _("That finding is not there any more: the words changed. Look at those of now.")
            )
        if told.waiver is not None:
            raise TransitionNotAllowed(
                _("%(name)s waived this finding already.") % {"name": told.waiver.name}
            )
        gate.check_reason(reason)
        with override(None):
            message = str(told.finding.message)
        waiver = Waiver.objects.create(
            **named(revision),
            finding=told.finding.id,
            place=place,
            message=message,
            reason=reason,
            by=by,
            name=name_of(by),
            at=timezone.now(),
        )
        ledger.append(
            "finding:waive",
            by,
            **named(revision),
            number_of_revision=revision.number,
            finding=waiver.finding,
            place=place,
            message=message,
            reason=reason,
        )
        return waiver


def check_waivers_seen(waived, seen):
    """Refuse to sign a text in which something was waived that the advisor did not see."""
    unseen = [each for waivers in waived.values() for each in waivers if each.pk not in seen]
    if unseen:
        raise TransitionNotAllowed(
            _(
                "%(name)s waived a finding that you have not seen: “%(reason)s”. Nothing was "
                "signed; read the page again."
            )
            % {"name": unseen[0].name, "reason": unseen[0].reason}
        )


def check_waivers_signed(waived, sign_offs):
    """Refuse to publish a text in which something was waived after it was signed."""
    for sign_off in sign_offs:
        signed = {each["place"] for each in sign_off.waived}
        if any(each.place not in signed for each in waived[sign_off.revision]):
            raise TransitionNotAllowed(
                _("A finding on %(item)s was waived after it was signed. Sign it anew.")
                % {"item": sign_off.revision.item}
            )
