"""The doors through which readers, previews and files get content. There is no other way to read.

``public`` and ``signed`` verify what they let through: an item passes only if its bytes have the
fingerprint that its sign-off names, and that sign-off, unchanged, is the one that the newest
publication in the ledger names. An old text put back together with its old sign-off does not pass.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import OuterRef
from django.db.models.expressions import RawSQL
from django.db.models.query import ModelIterable
from django.utils import timezone

from . import basis, languages
from .models import CHANGED_FOR_SAFETY, LedgerEntry, Revision, SignOff
from .remembered import remembered

logger = logging.getLogger("review.doors")


@dataclass(frozen=True)
class Door:
    """Which language a query reads in, and what may stand in for it."""

    language: str
    fallback: bool = False  # the source language may stand in for a missing translation
    working: bool = False  # the newest proposed text instead of signed text
    proposed: Mapping | None = None  # item -> revision: these texts in place of the signed ones
    versions: Mapping | None = None  # item -> version: texts that were signed, in place of today's

    @property
    def languages(self):
        """The languages whose columns are loaded: the one shown, and the source."""
        return list(dict.fromkeys([self.language, languages.source()]))

    def admit(self, item):
        """Fill what templates read (text, facts, language ...) if the item may pass."""
        source = languages.source()
        if self.proposed and item.item in self.proposed:
            item.source_text = item.signed_text(source) or {}
            propose(item, self.proposed[item.item], self.language)
            return True
        if self.versions and item.item in self.versions:
            put_back(item, self.versions[item.item])
            item.__dict__.update(self.unverified(type(item)))
            return True
        if not verified(item, source) or lapsed(item.sign_off_in(source)):
            return False
        item.source_approval = item.sign_off_in(source)
        item.source_text = item.signed_text(source)
        item.fallback, item.outdated, item.withdrawn_because = "", False, ""
        shown = source
        if self.language != source and item.text_fields:
            passes = verified(item, self.language)
            late = passes and lapsed(item.sign_off_in(self.language))
            if passes and not late:
                shown = self.language
                translates = item.sign_off_in(shown).source_fingerprints
                item.outdated = translates != item.source_approval.fingerprints
            elif not self.fallback:
                return False
            else:
                ever = getattr(item, seal_name(self.language))
                item.fallback = "overdue" if late else "withdrawn" if ever else "untranslated"
                item.withdrawn_because = item.public_reason or ""
                item.withdrawn_for_safety = item.public_reason == CHANGED_FOR_SAFETY
        item.language = shown
        item.text = item.signed_text(shown)
        item.approval = item.sign_off_in(shown)
        # modeltranslation's own attributes must not show, or load, what this door did not verify.
        item.__dict__.update(self.unverified(type(item), shown, source))
        return True

    def unverified(self, model, *verified):
        """Every text column but those of these languages, as empty."""
        return {
            languages.column(name, code): None
            for code in languages.codes()
            if code not in verified
            for name in model.text_fields
        }


# Something of the newest publication or withdrawal of a row in one language. As SQL: to have it
# composed took Django longer than the database takes to answer it.
_NEWEST_LINE = """(
    SELECT {column} FROM "review_ledgerentry" "line" {join}
    WHERE "line"."key" = {table}."key" AND "line"."item_type" = %s AND "line"."language" = %s
    AND "line"."seal" <> '' ORDER BY "line"."number" DESC LIMIT 1)"""
_BECAUSE = """CASE WHEN "line"."event" = %s AND "decision"."reason_public"
    THEN "decision"."reason" END"""
_DECISION = 'LEFT JOIN "review_signoff" "decision" ON "decision"."id" = "line"."sign_off_id"'


def seal_name(language):
    return "newest_seal_" + language.replace("-", "_")


def verified(item, language):
    """True if the item's text in that language is exactly what its newest publication signed.

    A row without text in that language is not verified and not an error; anything else that does
    not fit is logged. Needs the annotation of ``with_newest_seals``.
    """
    sign_off = item.sign_off_in(language)
    if sign_off is None:
        return False
    if sign_off.decision == SignOff.Decision.WITHDRAW:
        # A withdrawal names the text that it took down: it must not bring it back.
        problem = "its sign-off is a withdrawal"
    elif sign_off.fingerprints != item.computed_fingerprints(language):
        problem = "its text is not the text that was signed"
    elif sign_off.seal() != getattr(item, seal_name(language)):
        problem = "its sign-off is not the one that the ledger published last"
    else:
        return True
    logger.error("%s [%s] is not shown: %s.", item.item, language, problem)
    return False


def lapsed(sign_off):
    """Whether a text's review is overdue by more than the setting allows: then it is not shown."""
    return _late(sign_off.next_review)


def _late(next_review):
    """Also says when the answer that is being made will hear something else."""
    grace = settings.OVERDUE_GRACE_DAYS
    basis.note_until(next_review + timedelta(1))
    if grace is None:
        return False
    last = next_review + timedelta(grace)
    basis.note_until(last + timedelta(1))
    return timezone.localdate() > last


class _Admitted(ModelIterable):
    """Rows of a query, as the query's door lets them through."""

    def __iter__(self):
        door = self.queryset._door
        if door.working:
            yield from with_working_text(list(super().__iter__()), door.language)
            return
        rows = super().__iter__()
        if basis.noted() is not None and not door.proposed:
            rows = list(rows)
            model, named = self.queryset.model, self.queryset._named
            keys = named or [item.key for item in rows]
            basis.note_items(model._meta.label_lower, door.languages, keys, named is not None)
        for item in rows:
            if door.admit(item):
                yield item


class ReviewedQuerySet(models.QuerySet):
    """Chains like any other; once through a door, it yields whole, verified items only."""

    _door = None
    _named = None

    def named(self, keys=()):
        """Those keys and no other, in no order; without any, what the filters say of one item."""
        clone = (self.filter(key__in=keys) if keys else self).order_by()
        clone._named = list(keys)
        return clone

    def public(self, language):
        """Items whose source text is signed, in that language or fallen back to the source."""
        return self._through(Door(language, fallback=True))

    def signed(self, language):
        """Items signed in that language itself."""
        return self._through(Door(language))

    def working(self, language):
        """Items with their newest proposed text, for previews and exports of drafts."""
        return self._through(Door(language, working=True))

    def proposed(self, language, revisions):
        """What would be public if these revisions were: for an advisor who is to sign them."""
        found = {revision.item: revision for revision in revisions}
        return self._through(Door(language, fallback=True, proposed=found))

    def exactly(self, language, versions):
        """Those signed versions (``review.versions``) among what is public today."""
        found = {version.item: version for version in versions}
        return self._through(Door(language, fallback=True, versions=found))

    def with_newest_seals(self, codes):
        """Annotate the seal that the ledger published last, for each of the languages."""
        seals = {seal_name(code): self._newest_line('"line"."seal"', code) for code in codes}
        return models.QuerySet.annotate(self, **seals)

    def with_public_reason(self, code):
        """Annotate why the text in one language came down, where readers may know."""
        because = self._newest_line(_BECAUSE, code, LedgerEntry.WITHDRAW, join=_DECISION)
        return models.QuerySet.annotate(self, public_reason=because)

    def _newest_line(self, column, code, *params, join=""):
        table = f'"{self.model._meta.db_table}"'
        sql = _NEWEST_LINE.format(column=column, table=table, join=join)
        params = (*params, self.model._meta.label_lower, code)
        return RawSQL(sql, params, models.TextField())  # noqa: S611  (nothing in it is anybody's)

    def _through(self, door):
        codes = [] if door.working else door.languages
        others = [code for code in languages.codes() if code not in codes]
        hidden = [
            languages.column(name, code)
            for code in others
            for name in (*self.model.text_fields, "sign_off")
        ]
        clone = self.with_newest_seals(codes)
        if door.fallback and len(codes) > 1:
            clone = clone.with_public_reason(door.language)
        if not door.working:
            clone = clone.select_related(*(languages.column("sign_off", code) for code in codes))
            needed = codes[-1] if door.fallback else door.language
            if not self.model.text_fields:
                needed = languages.source()
            if door.proposed is None and door.versions is None:
                signed = {languages.column("sign_off", needed) + "__isnull": False}
                clone = clone.filter(**signed)
        # modeltranslation's own defer expands a name to every language again.
        clone = models.QuerySet.defer(clone, *hidden)
        clone._door = door
        clone._iterable_class = _Admitted
        return clone

    def _clone(self):
        clone = super()._clone()
        clone._door, clone._named = self._door, self._named
        return clone

    def remembered(self, make):
        """``make(items)`` of every item of this type that the door lets through, once in each
        process until the ledger changes one of them; all pages share it."""
        door = self._door
        if door.working or door.proposed is not None or door.versions is not None:
            return make(list(self))
        return remembered((self.model, door, make), lambda: make(list(self)))

    # What the database would answer by itself, past the door, is answered from what passes it.

    def count(self):
        return len(self) if self._door else super().count()

    def exists(self):
        return bool(len(self)) if self._door else super().exists()

    def _no_shortcut(self, name):
        if self._door:
            raise TypeError(f"{name}() would go past the door: loop over the items instead.")

    def values(self, *args, **kwargs):
        self._no_shortcut("values")
        return super().values(*args, **kwargs)

    def values_list(self, *args, **kwargs):
        self._no_shortcut("values_list")
        return super().values_list(*args, **kwargs)

    def raw_values(self, *args, **kwargs):
        self._no_shortcut("raw_values")
        return super().raw_values(*args, **kwargs)

    def aggregate(self, *args, **kwargs):
        self._no_shortcut("aggregate")
        return super().aggregate(*args, **kwargs)


def with_working_text(items, language):
    """Give each item its newest proposed text in that language, or the source's in its place.

    Items for which nothing was ever proposed are left out. One query for all items of one type.
    """
    if not items:
        return
    newest = newest_revisions(items[0].item_type, [item.key for item in items])
    for item in items:
        source = newest.get((item.key, languages.source()))
        shown = newest.get((item.key, language)) or source
        if shown is None:
            continue
        propose(item, shown, language)
        item.facts = (source.facts if source else None) or {}
        item.source_text = source.text if source else {}
        yield item


def propose(item, revision, language):
    """Show a revision's text in place of the row's."""
    item.language = revision.language if item.text_fields else language
    item.fallback = "" if item.language == language else "untranslated"
    item.text = {name: revision.text.get(name, "") for name in item.text_fields}
    item.facts = (item.facts if revision.facts is None else revision.facts) or {}
    item.revision, item.outdated = revision, False
    item.approval = item.source_approval = None


def put_back(item, version):
    """Show a signed version in place of what the row holds today."""
    item.language, item.fallback = version.sign_off.language, ""
    item.text = {name: version.text.get(name, "") for name in item.text_fields}
    item.facts, item.source_text = version.facts, version.source.revision.text
    item.outdated, item.withdrawn_because = False, ""
    item.approval, item.source_approval = version.sign_off, version.source


def newest_revisions(item_type, keys):
    """(key, language) to the newest revision that nobody discarded, in one query."""
    revisions = newest_only(Revision.objects.filter(item_type=item_type, key__in=keys))
    return {(revision.key, revision.language): revision for revision in revisions}


def newest_only(revisions):
    """Those of the revisions that are the newest of their item and language."""
    kept = Revision.objects.exclude(state=Revision.State.DISCARDED)
    newer = kept.filter(
        item_type=OuterRef("item_type"),
        key=OuterRef("key"),
        language=OuterRef("language"),
        number__gt=OuterRef("number"),
    )
    return revisions.exclude(state=Revision.State.DISCARDED).filter(~models.Exists(newer))


def published_languages(item):
    """Codes of the languages in which the ledger has an item public, and its review is not too late
    (one query, no text loaded).

    That a language's bytes are still those that were signed is for the doors to say: here it would
    cost the text of every language on every page.
    """
    newest = {}
    entries = LedgerEntry.objects.filter(item_type=item.item_type, key=item.key).exclude(seal="")
    told = entries.order_by("number").values_list("language", "event", "sign_off__next_review")
    for code, event, next_review in told:
        newest[code] = event == LedgerEntry.PUBLISH and not _late(next_review)
    return {code for code, public in newest.items() if public}
