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
    for sign_off in decided_sources(revision.item_type, revision.key).reverse():
        if sign_off.decision == SignOff.Decision.WITHDRAW:
            since.append(Significance.SAFETY)
        elif sign_off.fingerprints == revision.source_fingerprints:
            return Significance.highest(since)
        else:
            since.append(sign_off.significance)
    return Significance.SAFETY
