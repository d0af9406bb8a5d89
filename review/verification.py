"""Does everything fit? Recomputes public text, pointers, sign-offs and the ledger's chain."""

import json
from itertools import islice

from django.utils import timezone

from . import heads, languages, ledger, standing, triggers
from .content import content_models
from .models import LedgerEntry, Release, ReviewRequest, Revision, SignOff, Verification

State = ReviewRequest.State
KEPT, SENTENCES = 100, 200  # runs that are remembered, and problems of each


def problems(signed_heads=True):
    """Everything that does not fit, one sentence each. A backup that is older than a signed head
    lacks that line, and is whole in itself: ``signed_heads`` says whether that counts."""
    yield from trigger_problems()
    yield from text_problems()
    yield from revision_problems()
    yield from sign_off_problems()
    yield from record_problems()
    yield from ledger_problems()
    if signed_heads:
        yield from heads.problems()
    yield from standing.problems(retired_items())


def signable_problems():
    """What stands in the way of signing the ledger as it is."""
    yield from ledger_problems()
    yield from heads.problems()


def remember(found):
    """Keep what a run found, for the desk; the last runs only."""
    told = found[:SENTENCES]
    if len(found) > SENTENCES:
        told.append(f"… and {len(found) - SENTENCES} more: run manage.py verify to read them all")
    Verification.objects.create(at=timezone.now(), problems=told)
    last = Verification.objects.values_list("pk", flat=True)[:KEPT]
    Verification.objects.exclude(pk__in=list(last)).delete()


def retired_items():
    for model in content_models():
        for key in model._base_manager.filter(retired=True).values_list("key", flat=True):
            yield model._meta.label_lower, key


def trigger_problems():
    for name in triggers.missing():
        yield f"trigger {name}: missing, switched off or altered"


def text_problems():
    """Public text and its pointers, against what the ledger published last."""
    newest = _newest_publications()
    for model in content_models():
        for item, sign_offs in _with_sign_offs(model):
            for code in languages.codes():
                entry = newest.pop((item.item_type, item.key, code), None)
                yield from _one_text(item, code, entry, sign_offs[code])
    for (item_type, key, code), entry in newest.items():
        if entry.event == LedgerEntry.PUBLISH:
            yield f"{item_type}:{key} [{code}]: published by the ledger, but the row is gone"


def _with_sign_offs(model):
    """Each item with its sign-offs by language. Asked for together: joined, their columns would be
    read once a language, and most of the time would go into writing the query."""
    codes, rows = languages.codes(), model._base_manager.order_by("pk").iterator(chunk_size=500)
    while items := list(islice(rows, 500)):
        named = {item.pk: {code: item.sign_off_id_in(code) for code in codes} for item in items}
        found = SignOff.objects.in_bulk({pk for ids in named.values() for pk in ids.values() if pk})
        for item in items:
            yield item, {code: found.get(pk) for code, pk in named[item.pk].items()}


def _newest_publications():
    """(item type, key, language) to the ledger line that last changed what readers see."""
    entries = LedgerEntry.objects.exclude(seal="").order_by("number").defer("payload")
    return {(e.item_type, e.key, e.language): e for e in entries.iterator(chunk_size=2000)}


def _one_text(item, code, entry, sign_off):
    where = f"{item.item} [{code}]"
    if sign_off is None:
        if entry and entry.event == LedgerEntry.PUBLISH:
            yield f"{where}: published by the ledger, but the row holds no text"
        return
    if (sign_off.item_type, sign_off.key, sign_off.language) != (item.item_type, item.key, code):
        yield f"{where}: points to a sign-off of something else"
    if entry is not None and entry.event != LedgerEntry.PUBLISH:
        yield f"{where}: public, although the ledger withdrew it last"
    if sign_off.fingerprints != item.computed_fingerprints(code):
        yield f"{where}: public text is not the text of sign-off {sign_off.pk}"
    if entry is None or sign_off.seal() != entry.seal:
        yield f"{where}: sign-off {sign_off.pk} is not what the ledger published last"
    if code != languages.source() and item.sign_off_id_in(languages.source()) is None:
        yield f"{where}: public without its source"


def revision_problems():
    signed = set(
        SignOff.objects.filter(decision=SignOff.Decision.APPROVE).values_list(
            "revision_id", flat=True
        )
    )
    for revision in Revision.objects.order_by("pk").iterator(chunk_size=500):
        if revision.fingerprints != revision.computed_fingerprints():
            yield f"revision {revision.pk} ({revision}): text does not have its fingerprint"
        if revision.state == Revision.State.APPROVED and revision.pk not in signed:
            yield f"revision {revision.pk} ({revision}): approved, but nobody signed it"


def sign_off_problems():
    """Each sign-off stands in the ledger as it is, over its revision's bytes."""
    decided = {
        entry.sign_off_id: _payload(entry).get("seal")
        for entry in LedgerEntry.objects.filter(event__startswith="signoff:").iterator()
    }
    sign_offs = SignOff.objects.select_related("revision").order_by("pk")
    for sign_off in sign_offs.iterator(chunk_size=500):
        if decided.pop(sign_off.pk, None) != sign_off.seal():
            yield f"sign-off {sign_off.pk}: is not what the ledger recorded"
        if sign_off.fingerprints != sign_off.revision.fingerprints:
            yield f"sign-off {sign_off.pk}: names other bytes than its revision"
    for missing in sorted(decided, key=str):
        yield f"sign-off {missing}: recorded in the ledger, but gone"


def record_problems():
    """What happened to requests and drafts stands in the ledger: a chain does not show that its
    end was cut off."""
    told = set()
    for entry in LedgerEntry.objects.exclude(event__startswith="signoff:").iterator():
        payload = _payload(entry)
        if entry.event.startswith("release:"):
            told.add((entry.event, payload.get("release")))
        elif "request" in payload:
            told.add((entry.event, payload["request"]))
        elif entry.event == "revision:discard":
            text = entry.item_type, entry.key, entry.language
            told.add((entry.event, *text, payload.get("number_of_revision")))
    ends = {
        State.RECALLED: "request:recall",
        State.CHANGES_REQUESTED: "request:changes",
        State.STOPPED: "request:stop",
        State.OVERTAKEN: "request:overtaken",
    }
    for pk, state in ReviewRequest.objects.order_by("pk").values_list("pk", "state"):
        for event in filter(None, ("request:submit", ends.get(state))):
            if (event, pk) not in told:
                yield f"request {pk}: the ledger does not tell of {event}"
    events = {
        Release.State.PUBLISHED: ["release:publish"],
        Release.State.UNDONE: ["release:publish", "release:undo"],
    }
    for pk, state in Release.objects.order_by("pk").values_list("pk", "state"):
        for event in ("release:make", *events.get(state, ())):
            if (event, pk) not in told:
                yield f"release {pk}: the ledger does not tell of {event}"
    discarded = Revision.objects.filter(state=Revision.State.DISCARDED).order_by("pk")
    for pk, *text in discarded.values_list("pk", "item_type", "key", "language", "number"):
        if ("revision:discard", *text) not in told:
            yield f"revision {pk}: the ledger does not tell that it was discarded"


def ledger_problems():
    """The chain: numbers without gaps, each line over the one before, columns as in the payload,
    and nothing published or withdrawn but what was decided last."""
    previous, expected, decided = "", 0, {}
    for entry in LedgerEntry.objects.order_by("number").iterator(chunk_size=500):
        if entry.number != expected:
            yield f"ledger: line {expected} is missing"
            expected = entry.number
        if entry.previous != previous or entry.digest != ledger.chained(previous, entry.payload):
            yield f"ledger line {entry.number}: the chain is broken"
        if not _columns_match(entry):
            yield f"ledger line {entry.number}: its columns are not its payload"
        text = entry.item_type, entry.key, entry.language
        if entry.event.startswith("signoff:"):
            decided[text] = entry.sign_off_id
        elif entry.seal and decided.get(text) != entry.sign_off_id:
            yield f"ledger line {entry.number}: publishes what was not decided last"
        previous, expected = entry.digest, entry.number + 1
    if expected == 0:
        yield "ledger: not opened; run manage.py migrate"


def _payload(entry):
    """What a line says; nothing if it was made unreadable, which the chain tells."""
    try:
        payload = json.loads(entry.payload)
    except ValueError:
        return {}
    return payload if isinstance(payload, dict) else {}


def _columns_match(entry):
    payload = _payload(entry)
    sign_off = payload.get("sign_off")
    return (
        entry.number,
        entry.at.isoformat(),
        entry.event,
        entry.actor,
        entry.item_type,
        entry.key,
        entry.language,
        entry.sign_off_id,
        entry.seal,
    ) == (
        payload.get("number"),
        payload.get("at"),
        payload.get("event"),
        payload.get("actor"),
        payload.get("item_type", ""),
        payload.get("key", ""),
        payload.get("language", ""),
        sign_off.get("id") if isinstance(sign_off, dict) else None,
        payload.get("seal", "") if payload.get("publishes") else "",
    )
