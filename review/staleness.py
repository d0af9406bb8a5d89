"""Whether a translation still says what its source says: told by revisions, never by dates."""

from collections import namedtuple

from django.db.models import Q

from . import languages
from .models import LedgerEntry, Significance, SignOff

# One text that the source had: its fingerprints, how much it changed, when it was signed.
Change = namedtuple("Change", "fingerprints significance at")


def decided_sources(item_type, key):
    """What readers' source text went through, oldest first: approvals published, withdrawals."""
    return _decided(Q(item_type=item_type, key=key))


def _decided(asked):
    return SignOff.objects.filter(
        asked,
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
    return told_by([change_of(each) for each in decided], revision.source_fingerprints)


def outdated_among(revisions):
    """Translations to the same: one query for each type of item."""
    decided = {}
    for kind in {revision.item_type for revision in revisions}:
        keys = {revision.key for revision in revisions if revision.item_type == kind}
        for sign_off in _decided(Q(item_type=kind, key__in=keys)):
            decided.setdefault(sign_off.item, []).append(change_of(sign_off))
    return {r: told_by(decided.get(r.item, []), r.source_fingerprints) for r in revisions}


def change_of(sign_off):
    return step_of(
        sign_off.decision, sign_off.fingerprints, sign_off.significance, sign_off.signed_at
    )


def step_of(decision, fingerprints, significance, at=None):
    """What readers got by a decision; no fingerprints after a withdrawal."""
    if decision == SignOff.Decision.WITHDRAW:
        return Change("", Significance.SAFETY, at)
    return Change(fingerprints, significance, at)


def told_by(decided, translated):
    """The same for a translation of the source with these fingerprints, told by the Changes that
    the source went through, oldest first. Pure."""
    since = _since(decided, translated)
    if since is None:
        return Significance.SAFETY
    return Significance.highest([change.significance for change in since])


def tell(items):
    """Set ``change`` (how much) and ``changed_at`` (when last) of outdated items that a door let
    through, for the sentence that readers get: one query where there are any."""
    outdated = [item for item in items if item.outdated and item.approval]
    if not outdated:
        return
    asked = Q()
    for kind in {item.item_type for item in outdated}:
        asked |= Q(item_type=kind, key__in=[i.key for i in outdated if i.item_type == kind])
    decided = {}
    for sign_off in _decided(asked):
        about = (sign_off.item_type, sign_off.key)
        decided.setdefault(about, []).append(change_of(sign_off))
    for item in outdated:
        known = decided.get((item.item_type, item.key), [])
        since = _since(known, item.approval.source_fingerprints)
        if since:
            item.change = Significance.highest([change.significance for change in since])
            item.changed_at = since[-1].at


def _since(decided, translated):
    """The changes of the source since the text that a translation translates, oldest first; None
    where that was never public."""
    way = _way(decided, translated)
    names = [change.fingerprints for change in way]
    if translated not in names:
        return None
    return way[len(names) - names[::-1].index(translated) :]


def _way(decided, translated):
    """The Changes of a source text without detours: where it came back to what it was, what lay
    between changed nothing, except for who translated just that."""
    way = []
    for change in decided:
        names = [each.fingerprints for each in way]
        if change.fingerprints and change.fingerprints in names:
            back = len(names) - names[::-1].index(change.fingerprints)
            if not {"", translated} & set(names[back:]):
                way = way[:back]
                continue
        way.append(change)
    return way
