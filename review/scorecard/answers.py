"""What people answered: kept for ever, and counted while the texts stay as they were read."""

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from .. import ledger
from ..guards import TransitionNotAllowed, check_length, normal
from ..ledger import locked, name_of
from ..models import Assessment
from .assessed import assessed as look

LONGEST = 500  # characters of a note
TOO_LONG = ngettext_lazy(
    "The note has %(count)s character; at most %(longest)s fit.",
    "The note has %(count)s characters; at most %(longest)s fit.",
    "count",
)


@dataclass(frozen=True)
class Given:
    """The newest answer to one item. ``changed`` names the texts that are not as they were read:
    where there are some, the answer no longer counts."""

    answer: str
    note: str
    name: str
    at: object
    changed: tuple

    @property
    def counts(self):
        return not self.changed


def given(whole):
    """(instrument, number) to the newest Given. One query."""
    found = {}
    rows = Assessment.objects.filter(
        item_type=whole.item.item_type, key=whole.item.key, language=whole.language
    )
    now = _by_name(whole.read)
    for row in rows.order_by("pk"):
        changed = tuple(_changed(_by_name(row.read), now))
        for number, (answer, note) in row.answers.items():
            found[row.instrument, number] = Given(answer, note, row.name, row.at, changed)
    return found


def _by_name(read):
    return {name: fingerprints for name, _number, fingerprints in read}


def _changed(then, now):
    """Names of the texts that changed, came or went."""
    return sorted(name for name in then.keys() | now.keys() if then.get(name) != now.get(name))


def record(whole, instrument, answers, *, by, seen):
    """Keep somebody's answers, {number: (answer, note)}, over the texts as they are. ``seen`` is
    ``digest`` of what the person read: nothing is kept if it is not what is stored."""
    with locked():
        if not by.has_perm("review.view_reviewrequest"):
            raise PermissionDenied(_("You have no part in reviewing."))
        whole = look(whole.item, whole.language)  # read anew, inside the lock
        if not whole.texts:
            raise TransitionNotAllowed(_("There is no text to assess in this language yet."))
        if seen != digest(whole):
            raise TransitionNotAllowed(
                _(
                    "A text changed while you answered. Nothing was kept, and your answers still "
                    "stand below: read what changed, and send them again."
                )
            )
        kept = _checked(instrument, answers)
        if not kept:
            raise TransitionNotAllowed(_("Nothing was answered: choose at least one answer."))
        row = Assessment.objects.create(
            item_type=whole.item.item_type,
            key=whole.item.key,
            language=whole.language,
            instrument=instrument.id,
            answers=kept,
            read=whole.read,
            by=by,
            name=name_of(by),
            at=timezone.now(),
        )
        ledger.append(
            "scorecard:answer",
            by,
            item_type=row.item_type,
            key=row.key,
            language=row.language,
            instrument=row.instrument,
            answers={number: answer for number, (answer, _note) in kept.items()},
            texts=[f"{name} {number}" for name, number, _fingerprints in row.read],
        )
        return row


def _checked(instrument, answers):
    kept = {}
    for number, (answer, note) in answers.items():
        item = instrument.item(number)
        if item is None or answer not in item.choices:
            raise TransitionNotAllowed(
                _("Item %(number)s cannot be answered so: choose one of its answers.")
                % {"number": number}
            )
        note = normal(note)
        check_length(note, LONGEST, TOO_LONG)
        kept[number] = [answer, note]
    return kept


def digest(whole):
    """A word for what is read, for the page to send back."""
    return ledger.fingerprint.sha256(ledger.fingerprint.canonical(whole.read))
