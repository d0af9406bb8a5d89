"""What stops a text: findings that must be mended, or waived by somebody who says why.

A waiver is bound to words: it holds, in later revisions too, as long as the block and its original
stay as they were, and falls with any change of either.
"""

import re
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from .. import fingerprint
from ..content import content_model
from ..guards import TransitionNotAllowed
from ..models import Waiver
from . import BLOCKING, Finding, findings_of

NAMED = 3  # findings that a refusal names; beyond, it says how many
FEWEST_WORDS = 3  # of a reason
LONGEST = 1000  # characters of a reason
# A run of letters is a word; so is one character of a script without spaces.
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W\d_\u3040-\u30ff\u3400-\u9fff]+")


class Told(NamedTuple):
    """A finding as the desk shows it: where its words are, and who waived it (None: nobody)."""

    finding: Finding
    place: str
    waiver: Waiver | None

    @property
    def stops(self):
        return self.finding.severity == BLOCKING and self.waiver is None


def place_of(finding, revision):
    """SHA-256 over what was found and the words it is about; the same in every reader's
    language."""
    with override(None):
        message = str(finding.message)
    words = finding.words
    if finding.block is None:
        words = revision.text.get(finding.field) if finding.field else revision.text
    about = [finding.id, finding.field, message, words or "", finding.original]
    return fingerprint.sha256(fingerprint.canonical(about))


def told(found):
    """``found`` maps revisions to findings; revision to a list of Told. One query."""
    placed = {
        revision: [(each, place_of(each, revision)) for each in findings]
        for revision, findings in found.items()
    }
    waivers = _waivers([revision for revision, findings in placed.items() if findings])
    return {
        revision: [
            Told(each, place, waivers.get((revision.item, revision.language, place)))
            for each, place in findings
        ]
        for revision, findings in placed.items()
    }


def _waivers(revisions):
    """(item, language, place) to the Waiver."""
    if not revisions:
        return {}
    found = Waiver.objects.filter(
        item_type__in={revision.item_type for revision in revisions},
        key__in={revision.key for revision in revisions},
        language__in={revision.language for revision in revisions},
    )
    return {(f"{each.item_type}:{each.key}", each.language, each.place): each for each in found}


def stopping(revisions):
    """Revision to a list of Told of what can stop it, waived or not: a fixed number of queries.
    Load the revisions with their source."""
    found = findings_of(revisions)
    return told({r: [f for f in found[r] if f.severity == BLOCKING] for r in revisions})


def open_findings(revisions):
    """[(revision, finding)] of what stops them now."""
    found = stopping(revisions)
    return [(r, each.finding) for r in revisions for each in found[r] if each.stops]


def refuse(revisions):
    """Refuse revisions that a finding stops. Returns revision to the waivers that let it pass."""
    found = stopping(revisions)
    stopped = [(r, each.finding) for r in revisions for each in found[r] if each.stops]
    if stopped:
        raise TransitionNotAllowed(_refusal(stopped))
    return {r: list({each.place: each.waiver for each in found[r]}.values()) for r in revisions}


def _refusal(stopped):
    named = " ".join(_named(*each) for each in stopped[:NAMED])
    if more := len(stopped) - NAMED if len(stopped) > NAMED else 0:
        return ngettext(
            "The checks found what must be mended, or waived with a reason. %(findings)s And "
            "%(count)s finding more.",
            "The checks found what must be mended, or waived with a reason. %(findings)s And "
            "%(count)s findings more.",
            more,
        ) % {"findings": named, "count": more}
    return _("The checks found what must be mended, or waived with a reason. %(findings)s") % {
        "findings": named
    }


def _named(revision, finding):
    about = {
        "item": revision.item,
        "field": field_name(revision, finding),
        "message": finding.message,
    }
    if finding.block is None:
        return _("%(item)s, %(field)s: %(message)s") % about
    return _("%(item)s, %(field)s, block %(number)s: %(message)s") % {
        **about,
        "number": finding.block + 1,
    }


def field_name(revision, finding):
    model = content_model(revision.item_type)
    if finding.field in model.text_fields:
        return model._meta.get_field(finding.field).verbose_name
    return finding.field or _("the whole text")


def check_reason(reason):
    if len(_WORD.findall(reason)) < FEWEST_WORDS:
        raise TransitionNotAllowed(
            _("Say in a few words why this finding is none: the advisor reads and signs it.")
        )
    if len(reason) > LONGEST:
        raise TransitionNotAllowed(
            _("Your reason has %(count)s characters; %(longest)s are the most. Shorten it.")
            % {"count": len(reason), "longest": LONGEST}
        )
