"""Where a text stands: its newest revision, its sign-offs, what of it is public. Nothing refuses
here: that is for ``guards``."""

from django.db.models import Max, OuterRef, Subquery

from . import fingerprint, languages
from .content import content_model
from .models import LedgerEntry, ReviewRequest, Revision, SignOff

State = Revision.State


def fresh(item):
    """The item's row as it is in the database now."""
    return type(item)._base_manager.get(pk=item.pk)


def item_of(about):
    """The item that a revision or sign-off is about."""
    return content_model(about.item_type)._base_manager.get(key=about.key)


def newest_revision(item, language):
    """The item's working text in one language: the newest revision that nobody discarded."""
    kept = Revision.objects.exclude(state=State.DISCARDED)
    found = kept.filter(item_type=item.item_type, key=item.key, language=language)
    return found.order_by("-number").first()


def newest_among(about):
    """Text to the same: one query for all of them."""
    kept = Revision.objects.exclude(state=State.DISCARDED)
    same = {name: OuterRef(name) for name in ("item_type", "key", "language")}
    last = kept.filter(**same).order_by("-number").values("number")[:1]
    found = kept.filter(**all_named(about), number=Subquery(last)).order_by()
    return {text_of(revision): revision for revision in found}


def newest_sign_offs(about):
    """Text to the id of its newest decision: one query."""
    found = SignOff.objects.filter(**all_named(about)).order_by()
    newest = found.values_list("item_type", "key", "language").annotate(Max("pk"))
    return {tuple(text): pk for *text, pk in newest}


def token(revision):
    """What ``save_draft`` compares: names a revision as it was saved, "" for none."""
    if revision is None:
        return ""
    saved = [revision.pk, revision.saved_at.isoformat(), *bytes_of(revision)]
    return fingerprint.sha256(fingerprint.canonical([*saved, *remarks_of(revision)]))


def bytes_of(revision):
    """What makes two revisions the same text."""
    return [revision.fingerprints, revision.source_fingerprints]


def remarks_of(revision):
    return [revision.summary, revision.significance]


def signed_source(item):
    """The sign-off of the source that a new translation starts from: the public one, else one that
    waits for its release; None where there is neither. Nothing starts from a draft."""
    waiting = SignOff.objects.filter(
        item_type=item.item_type,
        key=item.key,
        language=languages.source(),
        decision=SignOff.Decision.APPROVE,
        revision__request__state=ReviewRequest.State.SIGNED,
    )
    public = live(item, languages.source())
    return public or waiting.select_related("revision").order_by("-pk").first()


def source_for(item):
    """The signed revision that a new translation starts from, or None."""
    sign_off = signed_source(item)
    return sign_off.revision if sign_off else None


def last_numbers(about):
    """Text to the highest number of a revision so far, for texts that have one."""
    found = Revision.objects.filter(**all_named(about)).order_by()
    last = found.values_list("item_type", "key", "language").annotate(Max("number"))
    return {tuple(text): number for *text, number in last}


def live(about, language):
    """The sign-off under which an item is public, or None: what the ledger published last, whatever
    the row points to."""
    pk = _published(about, language)
    return SignOff.objects.select_related("revision").get(pk=pk) if pk else None


def live_among(about):
    """Text to the sign-off under which it is public, for those that are: two queries."""
    lines = LedgerEntry.objects.filter(**all_named(about)).exclude(seal="").order_by("number")
    last = {
        tuple(text): sign_off if event == LedgerEntry.PUBLISH else None
        for *text, event, sign_off in lines.values_list(
            "item_type", "key", "language", "event", "sign_off_id"
        )
    }
    wanted = [pk for each in about if (pk := last.get(text_of(each)))]
    found = SignOff.objects.in_bulk(wanted)
    return {text_of(sign_off): sign_off for sign_off in found.values()}


def is_live(about, language):
    """Whether an item is public, without loading what of it."""
    return _published(about, language) is not None


def _published(about, language):
    """The id of the sign-off that the ledger published last, None where it withdrew last."""
    entries = LedgerEntry.objects.filter(
        item_type=about.item_type, key=about.key, language=language
    ).exclude(seal="")
    last = entries.order_by("-number").values_list("event", "sign_off_id").first()
    return last[1] if last and last[0] == LedgerEntry.PUBLISH else None


def named(about):
    """Item and language of a revision or sign-off, as look-up and as record."""
    return {"item_type": about.item_type, "key": about.key, "language": about.language}


def text_of(about):
    """The same as a key of a mapping."""
    return about.item_type, about.key, about.language


def all_named(about):
    """A look-up that finds the records of all these texts, and of some others: sort out by
    ``text_of`` what it finds."""
    return {
        f"{name}__in": {getattr(each, name) for each in about}
        for name in ("item_type", "key", "language")
    }


def others(revision):
    return Revision.objects.filter(**named(revision)).exclude(pk=revision.pk)
