"""What changed for readers after it was public: read from the ledger, newest first."""

from django.db.models import Exists, OuterRef, Q, Subquery

from .content import content_model
from .models import LedgerEntry, Significance, SignOff

# What a reader would understand otherwise: a change of wording alone is none of these.
MATTERS = (Significance.MEANING, Significance.SAFETY)
PUT_BACK, CHANGED, WITHDRAWN = "put back", "changed", "withdrawn"


def lines(language, everywhere=()):
    """Lines that corrected a text in one language, or one of the types that have no language of
    their own. Each knows ``before``, the sign-off that was public until then."""
    earlier = LedgerEntry.objects.exclude(seal="").filter(
        event=LedgerEntry.PUBLISH,
        item_type=OuterRef("item_type"),
        key=OuterRef("key"),
        language=OuterRef("language"),
        number__lt=OuterRef("number"),
    )
    changed = Q(
        event=LedgerEntry.PUBLISH,
        sign_off__decision=SignOff.Decision.APPROVE,
        sign_off__significance__in=MATTERS,
    )
    found = LedgerEntry.objects.exclude(seal="").filter(
        Q(language=language) | Q(item_type__in=everywhere),
        changed | Q(event=LedgerEntry.WITHDRAW),
        Exists(earlier),
    )
    before = Subquery(earlier.order_by("-number").values("sign_off_id")[:1])
    return (
        found.annotate(before=before)
        .select_related("sign_off__revision")
        .defer("payload")
        .order_by("-number")
    )


def kind_of(line):
    """What happened: an earlier text was put back, another took its place, or it came down."""
    if line.event == LedgerEntry.WITHDRAW:
        return WITHDRAWN
    # Only undoing a release signs without a request what was signed before.
    return PUT_BACK if line.sign_off.request_id is None else CHANGED


def title_of(line):
    """What the text was called; its key where the stored words are not those that were signed."""
    sign_off, revision = line.sign_off, line.sign_off.revision
    whole = line.seal == sign_off.seal()
    if not whole or sign_off.fingerprints != revision.computed_fingerprints():
        return line.key
    model = content_model(line.item_type)
    if not model.text_fields:
        return (revision.facts or {}).get("title") or line.key
    return model.title_in(revision.text, line.key)
