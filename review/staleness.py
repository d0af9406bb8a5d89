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
    since = []
    for published, significance in reversed(_way(revision)):
        if published == revision.source_fingerprints:
            return Significance.highest(since)
        since.append(significance)
    return Significance.SAFETY


def _way(revision):
    """[(fingerprints, significance)] of the source texts, without detours: where a text came back
    to what it was, what lay between changed nothing, except for who translated just that."""
    way = []
    for sign_off in decided_sources(revision.item_type, revision.key):
        if sign_off.decision == SignOff.Decision.WITHDRAW:
            way.append(("", Significance.SAFETY))
            continue
        names = [name for name, _significance in way]
        if sign_off.fingerprints in names:
            back = len(names) - names[::-1].index(sign_off.fingerprints)
            if not {"", revision.source_fingerprints} & set(names[back:]):
                way = way[:back]
                continue
        way.append((sign_off.fingerprints, sign_off.significance))
    return way
