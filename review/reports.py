"""What readers tell of a signed text, and what becomes of it. No word of theirs gets into the
ledger: what is opened because of it names the report by its number."""

import unicodedata
from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from . import people, versions
from .guards import TransitionNotAllowed, check_length, normal
from .ledger import locked, name_of
from .lookups import is_live, item_of, named
from .models import Clarity, Recheck, Report

LONGEST = 2000  # characters of a reader's words
LONGEST_REASON = 500
KEPT = timedelta(days=365)
State = Report.State


class NotTaken(Exception):
    """The message is a sentence for the reader; ``status`` is what the page answers with."""

    def __init__(self, sentence, status=400):
        super().__init__(sentence)
        self.status = status


# -- From readers --------------------------------------------------------------------------------


def text_of(pk):
    """The sign-off that readers name: what it vouches for was public, and the text still is, in
    these words or in newer ones."""
    version = versions.find(pk)
    if version is None:
        raise NotTaken(_("This site does not know the text that you mean."), 404)
    sign_off = version.sign_off
    if not is_live(sign_off, sign_off.language):
        raise NotTaken(_("This text was taken down after you opened it."), 410)
    return sign_off


def count(sign_off, clear):
    """One more reader found the text clear, or not."""
    column = "yes" if clear else "no"
    counts, _made = Clarity.objects.get_or_create(sign_off=sign_off)
    Clarity.objects.filter(pk=counts.pk).update(**{column: F(column) + 1})


def check(words):
    """Refuse words that cannot be kept; returns them as they would be."""
    words = cleaned(words)
    if not words:
        raise NotTaken(_("Nothing is written there yet: say in a few words what you mean."))
    if len(words) > LONGEST:
        sentence = _(
            "You wrote %(count)s characters, and at most %(most)s fit: please make it shorter."
        )
        raise NotTaken(sentence % {"count": len(words), "most": LONGEST})
    return words


def receive(sign_off, kind, words, language):
    """Keep a reader's words about a text; ``language`` is that of the page they were typed on."""
    return Report.objects.create(
        sign_off=sign_off,
        kind=kind,
        words=check(words),
        language=language,
        received_at=timezone.now(),
    )


# Characters that turn the direction of what follows: they could make a report say what it is not.
# The plain marks that Arabic needs (U+200E, U+200F, U+061C) stay.
_TURNING = {*map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))}


def cleaned(words):
    """A reader's words without what nobody sees: unlike an editor, a reader is not asked to find a
    control character on a phone."""
    words = words.replace("\r\n", "\n").replace("\r", "\n")
    kept = (
        each
        for each in words
        if each in "\n\t"
        or (unicodedata.category(each) not in ("Cc", "Cs") and each not in _TURNING)
    )
    return unicodedata.normalize("NFC", "".join(kept)).strip()


# -- What becomes of a report ---------------------------------------------------------------------


def open_review(report, *, by):
    """Ask the advisors to read the text again because of a report."""
    with locked():
        report = _fresh(report, by)
        if report.state == State.OPENED:
            raise TransitionNotAllowed(
                _("Report %(number)s has opened a review already.") % {"number": report.pk}
            )
        sign_off = report.sign_off
        reason = f"A reader’s report, number {report.pk}"
        people.recheck(item_of(sign_off), sign_off.language, by=by, reason=reason)
        report.recheck = Recheck.objects.get(**named(sign_off), reason=reason, closed_at=None)
        _decide(report, State.OPENED, by, "")


def dismiss(report, *, by, reason):
    """Nothing is done about a report, and why."""
    _settle(report, State.DISMISSED, by, reason)


def answer(report, *, by, reason):
    """The text says by now what the reader missed, and where."""
    _settle(report, State.ANSWERED, by, reason)


def _settle(report, state, by, reason):
    with locked():
        report = _fresh(report, by)
        if report.state == state:
            raise TransitionNotAllowed(
                _("Report %(number)s is %(state)s already.")
                % {"number": report.pk, "state": state.label}
            )
        if report.under_review:
            raise TransitionNotAllowed(
                _(
                    "A review of this text is open because of this report: decide about the "
                    "text first."
                )
            )
        reason = normal(reason)
        if not reason:
            raise TransitionNotAllowed(_("Give the reason in a few words."))
        check_length(reason, LONGEST_REASON, people.TOO_LONG)
        _decide(report, state, by, reason)


def forget(report, *, by):
    """Delete what the reader wrote; that there was a report, and what became of it, stays."""
    with locked():
        report = _fresh(report, by)
        if not report.settled:
            raise TransitionNotAllowed(_("Decide about the report before its words are deleted."))
        report.words = ""
        report.save(update_fields=["words"])


def _fresh(report, by):
    if not by.has_perm("review.change_report"):
        raise PermissionDenied(
            _("Only editors and medical advisors decide about readers’ reports.")
        )
    return Report.objects.select_related("sign_off", "recheck").get(pk=report.pk)


def _decide(report, state, by, reason):
    report.state, report.reason = state, reason
    report.decided_by, report.decided_at = name_of(by), timezone.now()
    report.save(update_fields=["state", "reason", "decided_by", "decided_at", "recheck"])


def purge():
    """Delete the reports that are older than a year, whatever became of them: the daily run."""
    _total, deleted = Report.objects.filter(received_at__lt=timezone.now() - KEPT).delete()
    return deleted.get(Report._meta.label, 0)


# -- For the desk ---------------------------------------------------------------------------------


def open_rechecks(**about):
    """Why texts are to be read again, each with the readers' words that opened it as ``told``: two
    queries."""
    rechecks = list(Recheck.objects.filter(**about, closed_at=None).order_by("opened_at", "pk"))
    told = {}
    for report in Report.objects.filter(recheck__in=[each.pk for each in rechecks]).exclude(
        words=""
    ):
        told.setdefault(report.recheck_id, []).append(report)
    for each in rechecks:
        each.told = told.get(each.pk, [])
    return rechecks
