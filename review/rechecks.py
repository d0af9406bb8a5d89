"""Queueing public texts to be read again before their date, and which texts a change queues."""

from django.utils import timezone

from . import languages, ledger, uses
from .ledger import name_of
from .lookups import named
from .models import Recheck, Significance, Standing


def open_rechecks(sign_offs, *, by, reason):
    """Queue public texts for re-review, with the reason. Returns how many were not queued yet.
    Call it inside ``locked()``."""
    waiting = set(
        Recheck.objects.filter(closed_at=None, reason=reason).values_list(
            "item_type", "key", "language"
        )
    )
    now, person = timezone.now(), name_of(by)
    made = [
        Recheck(**named(sign_off), reason=reason, opened_by=person, opened_at=now)
        for sign_off in sign_offs
        if (sign_off.item_type, sign_off.key, sign_off.language) not in waiting
    ]
    Recheck.objects.bulk_create(made, batch_size=500)
    if made:
        ledger.append(
            "recheck:open",
            by,
            reason=reason,
            texts=[f"{each.item} [{each.language}]" for each in made],
        )
    return len(made)


def public_before(sign_offs):
    """(item, language) to the sign-off under which it is public, for what is about to change."""
    rows = Standing.objects.filter(
        item_type__in={each.item_type for each in sign_offs} & uses.watched(),
        key__in={each.key for each in sign_offs},
    ).exclude(live=None)
    return {(row.item, row.language): row.live for row in rows.select_related("live__revision")}


def requeue(sign_offs, before, *, by):
    """What uses a record that just went public in another meaning is read again; not what went
    public with it, which the advisor saw beside it. Call it inside ``locked()``."""
    together = {(each.revision.item, each.language) for each in sign_offs}
    for changed in sign_offs:
        earlier = before.get((changed.revision.item, changed.language))
        if earlier is None or changed.significance == Significance.WORDING:
            continue
        if earlier.fingerprints == changed.fingerprints:
            continue
        facts = earlier.facts_fingerprint != changed.facts_fingerprint
        for code in languages.codes() if facts else [changed.language]:
            # What used it as it was (its number, its words) uses it still.
            records = [earlier.revision, changed.revision]
            rows = uses.of(records, code, public=True)[changed.revision.item]
            again = [row.live for row in rows if (row.item, row.language) not in together]
            open_rechecks(again, by=by, reason=f"What it uses has changed: {changed.revision.item}")
