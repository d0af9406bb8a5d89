"""Sign-offs, and the only two statements that write what readers see.

``workflow`` alone calls them, inside its transactions and after its guards."""

from datetime import date

from django.conf import settings
from django.utils import timezone

from . import languages, ledger, memory, staleness, standing
from .content import content_model, reviewed_columns
from .guards import check_live, is_live, item_of, live, named
from .ledger import name_of
from .models import CHANGED_FOR_SAFETY, LedgerEntry, Recheck, ReviewRequest, Significance, SignOff


def new_sign_off(decision, revision, by, advisor, **more):
    sign_off = signature(decision, revision, by, advisor, timezone.now(), **more)
    sign_off.save(force_insert=True)
    ledger.append(f"signoff:{decision}", by, **named(revision), sign_off=sign_off)
    _overtake(sign_off, by)
    return sign_off


def signature(decision, revision, by, advisor, at, *, request=None, refers=(), **more):
    """A sign-off as somebody gives it at a time, not yet stored. Whoever vouches names the
    ``attestation`` that she read."""
    signs = decision != SignOff.Decision.WITHDRAW
    months = content_model(revision.item_type).review_months or settings.REVIEW_MONTHS
    return SignOff(
        decision=decision,
        revision=revision,
        request=request,
        **named(revision),
        fingerprint=revision.fingerprint,
        facts_fingerprint=revision.facts_fingerprint,
        source_fingerprints=revision.source_fingerprints,
        origin=revision.origin,
        advisor=advisor,
        user=by,
        name=advisor.name if advisor else name_of(by),
        credentials=advisor.credentials if advisor else "",
        interests=advisor.interests if advisor else "",
        refers=list(refers),
        signed_at=at,
        next_review=months_later(at.date(), months) if signs else None,
        demonstration=bool(advisor and advisor.demonstration),
        **more,
    )


def _overtake(decided, by):
    """A request that was signed before, and is not public yet, never will be: say so."""
    signed = ReviewRequest.objects.filter(
        state=ReviewRequest.State.SIGNED,
        sign_offs__item_type=decided.item_type,
        sign_offs__key=decided.key,
        sign_offs__language=decided.language,
    )
    for request in signed.exclude(pk=decided.request_id).distinct():
        request.state = ReviewRequest.State.OVERTAKEN
        request.save(update_fields=["state"])
        ledger.append(
            "request:overtaken",
            by,
            language=request.language,
            request=request.pk,
            decided=f"{decided.item_type}:{decided.key}",
        )


def put_up(sign_off, by, following=()):
    """Write one language's columns and its pointer, in one UPDATE.

    ``following`` names (item, language) that are put up in the same transaction: a change for
    safety does not take them down before.
    """
    revision, language = sign_off.revision, sign_off.language
    item = item_of(revision)
    type(item)._base_manager.filter(pk=item.pk).update(**columns_of(sign_off))
    ledger.append(LedgerEntry.PUBLISH, by, **named(revision), sign_off=sign_off, publishes=True)
    standing.published(sign_off)
    _close_rechecks(revision)
    if language == languages.source() and sign_off.significance == Significance.SAFETY:
        for code in languages.codes():
            if (item.item, code) in following:
                continue
            public = live(item, code)
            if public and staleness.outdated_by(public.revision) == Significance.SAFETY:
                take_down(item, code, by, sign_off.advisor, CHANGED_FOR_SAFETY, reason_public=True)


def columns_of(sign_off):
    """The columns of the row under which a sign-off's text is public, and what they hold."""
    revision, language = sign_off.revision, sign_off.language
    columns = {
        languages.column(name, language): revision.text.get(name, "")
        for name in content_model(revision.item_type).text_fields
    }
    columns[languages.column("sign_off", language)] = sign_off
    if language == languages.source():
        columns["facts"] = revision.facts or {}
    return columns


def _close_rechecks(text):
    rechecks = Recheck.objects.filter(**named(text), closed_at=None)
    rechecks.update(closed_at=timezone.now())


def take_down(item, language, by, advisor, reason, reason_public=False):
    """Set one language's columns and its pointer to null, in one UPDATE. Returns the sign-off."""
    public = check_live(item, language)
    sign_off = new_sign_off(
        SignOff.Decision.WITHDRAW,
        public.revision,
        by,
        advisor,
        reason=reason,
        reason_public=reason_public,
        significance=Significance.SAFETY,
    )
    columns = dict.fromkeys(reviewed_columns(type(item), language))
    if language == languages.source():
        columns["facts"] = None
    type(item)._base_manager.filter(pk=item.pk).update(**columns)
    ledger.append(LedgerEntry.WITHDRAW, by, **named(public), sign_off=sign_off, publishes=True)
    standing.taken_down(public)
    memory.doubt(public.revision)
    _close_rechecks(public)
    return sign_off


def take_down_translations(item, by, advisor, reason, reason_public=False):
    """What translates a text that is not public any more. Returns the sign-offs."""
    return [
        take_down(item, code, by, advisor, reason, reason_public)
        for code in languages.codes()
        if code != languages.source() and is_live(item, code)
    ]


def months_later(day, months):
    """The same day some months on; the month's last day where it is shorter."""
    year, month = divmod(day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(day.year + year, month + 1, last)
        except ValueError:
            continue
