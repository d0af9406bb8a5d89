"""Whether a translation still says what its source says: told by revisions, never by dates."""

from . import languages
from .models import LedgerEntry, Significance, SignOff


def published_sources(item_type, key):
    """The approvals of an item's source text that became public, oldest first."""
    return SignOff.objects.filter(
        item_type=item_type,
        key=key,
        language=languages.source(),
        decision=SignOff.Decision.APPROVE,
        ledger_entries__event=LedgerEntry.PUBLISH,
    ).order_by("pk")


def outdated_by(revision):
    """By how much a translation is outdated: "" (current) or the highest significance among the
    source texts published since the one it translates. One whose source was never published is
    outdated by ``safety``: nobody vouched for what it translates."""
    if revision.language == languages.source():
        return ""
    published = list(published_sources(revision.item_type, revision.key))
    since = []
    for sign_off in reversed(published):
        if sign_off.fingerprints == revision.source_fingerprints:
            return Significance.highest(since)
        since.append(sign_off.significance)
    return Significance.SAFETY
