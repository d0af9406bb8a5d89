"""Sign-offs, and the only two statements that write what readers see.

``workflow`` alone calls them, inside its transactions and after its guards: with all that is
decided together. What is asked and written here is so many statements for each kind of item and
each language, whatever the number of texts."""

from datetime import date

from django.conf import settings
from django.db import connection
from django.utils import timezone

from . import languages, ledger, memory, staleness, standing
from .content import content_model, reviewed_columns
from .guards import check_live
from .ledger import name_of
from .lookups import all_named, is_live, item_of, live, named, text_of
from .models import CHANGED_FOR_SAFETY, LedgerEntry, Recheck, ReviewRequest, Significance, SignOff

BATCH = 500  # rows of one statement


def record(sign_offs, by):
    """Store decisions with their lines in the ledger. Returns them."""
    SignOff.objects.bulk_create(sign_offs, batch_size=BATCH)
    overtaken, lines = _overtaken(sign_offs), ledger.Lines()
    for sign_off in sign_offs:
        lines.append(f"signoff:{sign_off.decision}", by, **named(sign_off), sign_off=sign_off)
        for request in overtaken.pop(sign_off.pk, ()):
            lines.append(
                "request:overtaken",
                by,
                language=request.language,
                request=request.pk,
                decided=sign_off.item,
            )
    lines.write()
    return sign_offs


def new_sign_off(decision, revision, by, advisor, **more):
    """The same for one decision, made now."""
    [sign_off] = record([signature(decision, revision, by, advisor, timezone.now(), **more)], by)
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


def _overtaken(decided):
    """A request that was signed before, and is not public yet, never will be: say so. Returns
    sign-off id to the requests that it overtook."""
    earlier = SignOff.objects.filter(
        request__state=ReviewRequest.State.SIGNED, **all_named(decided)
    ).exclude(pk__in=[each.pk for each in decided])
    signed = {}
    for each in earlier.select_related("request").order_by("-request__submitted_at", "-request"):
        signed.setdefault(text_of(each), {})[each.request_id] = each.request
    found, seen = {}, set()
    for sign_off in decided:
        for number, request in signed.get(text_of(sign_off), {}).items():
            if number not in (sign_off.request_id, *seen):
                seen.add(number)
                found.setdefault(sign_off.pk, []).append(request)
    if seen:
        overtaken = ReviewRequest.objects.filter(pk__in=seen)
        overtaken.update(state=ReviewRequest.State.OVERTAKEN)
    return found


def put_up(sign_offs, by, following=()):
    """Write the columns and the pointer of each text.

    ``following`` names (item, language) that are put up in the same transaction: a change for
    safety does not take them down before.
    """
    _show(sign_offs)
    standing.published(sign_offs)
    _close_rechecks(sign_offs)
    lines = ledger.Lines()
    for sign_off in sign_offs:
        lines.append(LedgerEntry.PUBLISH, by, **named(sign_off), sign_off=sign_off, publishes=True)
        source = sign_off.language == languages.source()
        if source and sign_off.significance == Significance.SAFETY:
            lines.write()
            _take_down_outdated(sign_off, by, following)
            lines = ledger.Lines()
    lines.write()


def _show(sign_offs):
    """One UPDATE for each kind of item and language, with all that a row gets at once."""
    alike = {}
    for each in sign_offs:
        alike.setdefault((each.item_type, each.language), []).append(each)
    quote = connection.ops.quote_name
    for (item_type, _language), some in alike.items():
        model = content_model(item_type)
        fields = [model._meta.get_field(name) for name in columns_of(some[0])]
        told = ", ".join(f"{quote(field.column)} = %s" for field in fields)
        rows = []
        for each in some:
            values = zip(fields, columns_of(each).values(), strict=True)
            row = [field.get_db_prep_save(_plain(value), connection) for field, value in values]
            rows.append([*row, each.key])
        table, key = quote(model._meta.db_table), quote("key")
        with connection.cursor() as cursor:
            cursor.executemany(f"UPDATE {table} SET {told} WHERE {key} = %s", rows)  # noqa: S608
            if cursor.rowcount != len(rows):
                raise model.DoesNotExist


def _plain(value):
    return value.pk if isinstance(value, SignOff) else value


def _take_down_outdated(sign_off, by, following):
    """What translates a text that changed for safety comes down, unless it follows."""
    item = item_of(sign_off)
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


def _close_rechecks(texts):
    decided = {text_of(each) for each in texts}
    waiting = Recheck.objects.filter(closed_at=None, **all_named(texts))
    closed = [each.pk for each in waiting if text_of(each) in decided]
    if closed:
        Recheck.objects.filter(pk__in=closed).update(closed_at=timezone.now())


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
    _close_rechecks([public])
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
