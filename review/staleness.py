"""Whether a translation still says what its source says: told by revisions, never by dates."""

from . import languages
from .models import LedgerEntry, Significance, SignOff


def decided_sources(item_type, key):
    """What readers' source text went through, oldest first: approvals published, withdrawals."""
    return SignOff.objects.filter(
        item_type=item_type,
        key=key,
        language=languages.source(),
        decision__in=[SignOff.Decision.APPROVE, SignOff.Decision.WITHDRAW],
        ledger_entries__event__in=[LedgerEntry.PUBLISH, LedgerEntry.WITHDRAW],
    ).order_by("pk")


def outdated_by(revision):
    """By how much a translation is outdated: "" (current) or the highest significance among the
    source texts published since the one it translates. A withdrawal in between counts as
    ``safety``, and so does a source that was never published: nobody vouches for that text."""
    if revision.language == languages.source():
        return ""
    decided = decided_sources(revision.item_type, revision.key)
    steps = [step_of(each.decision, each.fingerprints, each.significance) for each in decided]
    return told_by(steps, revision.source_fingerprints)


def step_of(decision, fingerprints, significance):
    """(fingerprints, significance) of what readers got by a decision; "" for a withdrawal."""
    if decision == SignOff.Decision.WITHDRAW:
        return "", Significance.SAFETY
    return fingerprints, significance


def told_by(decided, translated):
    """The same for a translation of the source with these fingerprints, told by the steps that the
    source went through, oldest first. Pure."""
    since = []
    for published, significance in reversed(_way(decided, translated)):
        if published == translated:
            return Significance.highest(since)
        since.append(significance)
    return Significance.SAFETY


def _way(decided, translated):
    """The steps without detours: where a text came back to what it was, what lay between changed
    nothing, except for who translated just that."""
    way = []
    for step in decided:
        names = [name for name, _significance in way]
        if step[0] and step[0] in names:
            back = len(names) - names[::-1].index(step[0])
            if not {"", translated} & set(names[back:]):
                way = way[:back]
                continue
        way.append(step)
    return way
