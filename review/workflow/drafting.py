"""Writing: drafts are saved, put away, and made anew from earlier texts."""

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from .. import fingerprint, languages, ledger, rows, standing, worksheets
from ..guards import (
    Conflict,
    TransitionNotAllowed,
    check_kept,
    check_writer,
    normal,
    retired_among,
    step,
)
from ..ledger import locked, name_of
from ..lookups import (
    bytes_of,
    item_of,
    last_numbers,
    named,
    newest_among,
    newest_revision,
    remarks_of,
    source_for,
    text_of,
    token,
)
from ..models import Revision, RevisionAuthor, Significance
from ..proposal import Proposal

State = Revision.State
BATCH = 500  # rows of one statement
# What a draft that is saved again may change.
SAVED_AGAIN = (
    "text", "facts", "fingerprint", "facts_fingerprint", "source", "source_fingerprints",
    "origin", "significance", "summary", "saved_at", "saved_by",
)  # fmt: skip


def save_draft(
    item,
    language,
    text,
    *,
    by,
    based_on,
    facts=None,
    summary="",
    significance="",
    origin=Revision.Origin.HUMAN,
    source=None,
    source_seen="",
    sheet=None,
):
    """Save proposed text (and facts, for the source language) as the item's draft.

    ``text`` maps fields to strings, or is a Proposal that holds text and facts.

    ``based_on`` is the ``token`` of the newest revision that the writer started from; if the newest
    is another by now, Conflict is raised and nothing is written. ``source`` is the source revision
    that a translation was made from (the signed one, if nothing is said), ``source_seen`` its
    fingerprints as the translator saw them;
    ``sheet`` is the ``worksheets.Sheet`` that was filled in, kept with the draft.
    Text in which nothing changed creates nothing, and is no conflict with itself: somebody whose
    connection broke may send it again. Returns the revision that holds the text. Raises
    ValidationError, by field, for what no draft may hold.
    """
    proposal = text if isinstance(text, Proposal) else Proposal(type(item), language, text, facts)
    draft = Draft(
        item,
        language,
        proposal,
        based_on,
        summary,
        significance,
        origin,
        source,
        source_seen,
        sheet,
    )
    [saved] = save_drafts([draft], by=by)
    if isinstance(saved, Exception):
        raise saved
    return saved


@dataclass
class Draft:
    """What ``save_draft`` takes for one text."""

    item: object
    language: str
    proposal: Proposal
    based_on: str
    summary: str = ""
    significance: str = ""
    origin: str = Revision.Origin.HUMAN
    source: Revision | None = None
    source_seen: str = ""
    sheet: worksheets.Sheet | None = None

    @property
    def item_type(self):
        return self.item.item_type

    @property
    def key(self):
        return self.item.key

    @property
    def remarks(self):
        return [self.summary, self.significance or Significance.MEANING]


def save_drafts(drafts, *, by):
    """Save many, in so many queries whatever their number. Returns for each the revision that
    holds it, or the exception with which it was refused: then it was not saved, and the others
    were."""
    with locked():
        retired = retired_among([draft.item for draft in drafts])
        newest = newest_among(drafts)
        answers, store = [], []
        for draft in drafts:
            before = newest.get(text_of(draft))
            try:
                revision = _checked(draft, before, by, retired)
            except (ValidationError, PermissionDenied, TransitionNotAllowed) as error:
                answers.append(error)
                continue
            answers.append(revision)
            if revision is not before:
                store.append((draft, revision, before))
        kept = {id(draft): worksheets.kept_with(b) for draft, _r, b in store if draft.sheet}
        _store([(revision, before) for _draft, revision, before in store], by)
        for draft, revision, _before in store:
            if draft.sheet:
                worksheets.keep(revision, draft.sheet, kept[id(draft)], by)
        return answers


def _checked(draft, newest, by, retired):
    """The revision that is to be stored; the newest, where it holds all of this."""
    item, language = draft.item, draft.language
    if language not in languages.codes():
        raise TransitionNotAllowed(
            _("The site does not speak “%(language)s”.") % {"language": language}
        )
    if language != languages.source() and not item.text_fields:
        raise TransitionNotAllowed(
            _("%(item)s has facts only: there is nothing to translate.") % {"item": item}
        )
    draft.summary = normal(draft.summary)
    draft.proposal.clean()
    if item.item in retired:
        check_kept(item)
    if draft.based_on != token(newest) and not _sent_again(newest, by, draft):
        raise Conflict(newest)
    check_writer(by, language)
    revision = _proposed(item, language, draft.proposal, _source_of(draft))
    revision.origin = draft.origin
    revision.summary, revision.significance = draft.remarks
    decided = draft.sheet is not None and bool(draft.sheet.changes)
    same = newest and not decided and bytes_of(newest) == bytes_of(revision)
    if same and (newest.state != State.DRAFT or remarks_of(newest) == remarks_of(revision)):
        return newest
    return revision


def _source_of(draft):
    """The revision that a translation translates, None for an original."""
    if draft.language == languages.source():
        return draft.source
    source = draft.source or source_for(draft.item)
    if source is None:
        raise TransitionNotAllowed(
            _("%(item)s has no signed text in %(language)s to translate yet.")
            % {"item": draft.item, "language": languages.name(languages.source())}
        )
    if draft.source_seen and draft.source_seen != source.fingerprints:
        raise TransitionNotAllowed(
            _(
                "The original changed while you translated. It is shown anew beside your "
                "text: compare, and save again."
            )
        )
    return source


def _sent_again(newest, by, draft):
    """Whether a draft holds exactly what the same person proposes."""
    return (
        newest is not None
        and (newest.state, newest.saved_by) == (State.DRAFT, name_of(by))
        and (newest.text, newest.facts) == (draft.proposal.text, draft.proposal.facts)
        and remarks_of(newest) == draft.remarks
    )


def _proposed(item, language, proposal, source):
    """An unsaved revision with its fingerprints."""
    named_ = {"item_type": item.item_type, "key": item.key}
    return Revision(
        **named_,
        language=language,
        text=proposal.text,
        facts=proposal.facts,
        fingerprint=fingerprint.of_text(**named_, language=language, text=proposal.text),
        facts_fingerprint=fingerprint.of_facts(**named_, facts=proposal.facts),
        source=source,
        source_fingerprints=source.fingerprints if source else "",
    )


def _store(proposed, by):
    """Save each proposal over the draft before it, if there is one, else as the item's next
    revision. ``proposed`` are pairs: the revision, and the newest one before it or None."""
    now, name = timezone.now(), name_of(by)
    over = [(r, draft) for r, draft in proposed if draft and draft.state == State.DRAFT]
    new = [r for r, newest in proposed if not (newest and newest.state == State.DRAFT)]
    for revision, draft in over:
        revision.pk, revision.number, revision._state.adding = draft.pk, draft.number, False
        revision.created_at, revision.request_id = draft.created_at, draft.request_id
    numbers = last_numbers(new) if new else {}
    for revision in new:
        revision.number = numbers.get(text_of(revision), 0) + 1
        revision.created_at = now
    for revision, _newest in proposed:
        revision.saved_at, revision.saved_by = now, name
    if new:
        Revision.objects.bulk_create(new, batch_size=BATCH)
        standing.written(new)
        _add_authors(new, by, name)
    if over:
        again = [revision for revision, _draft in over]
        Revision.objects.bulk_update(again, SAVED_AGAIN)
        there = RevisionAuthor.objects.filter(revision__in=again, user=by)
        known = set(there.values_list("revision_id", flat=True))
        _add_authors([revision for revision in again if revision.pk not in known], by, name)


def _add_authors(revisions, user, name):
    rows.insert(
        [RevisionAuthor(revision=r, user=user, name=name, at=r.saved_at) for r in revisions]
    )


def discard(revision, *, by):
    """Put a draft away. It is kept in the history, and who saved it still cannot sign."""
    with locked():
        revision = step(Revision.objects.get(pk=revision.pk), "discard")
        check_writer(by, revision.language)
        revision.save(update_fields=["state"])
        standing.put_away(revision)
        ledger.append("revision:discard", by, **named(revision), number_of_revision=revision.number)
        return revision


def restore(earlier, *, by):
    """Make a new draft from an earlier revision: one that was signed once, or came back from
    review. Its text is not looked at again here: whoever submits and signs it does that."""
    with locked():
        item = item_of(earlier)
        check_kept(item)
        newest = newest_revision(item, earlier.language)
        if newest and newest.state in (State.DRAFT, State.IN_REVIEW):
            raise TransitionNotAllowed(
                _("%(item)s is %(state)s already. Finish or discard that first.")
                % {"item": item, "state": newest.get_state_display()}
            )
        check_writer(by, earlier.language)
        proposal = Proposal(type(item), earlier.language, earlier.text, earlier.facts)
        revision = _proposed(item, earlier.language, proposal, earlier.source)
        revision.source_fingerprints = earlier.source_fingerprints
        revision.summary = f"Text of revision {earlier.number} again"
        revision.origin, revision.significance = earlier.origin, earlier.significance
        _store([(revision, None)], by)
        if earlier.state != State.APPROVED:
            # Nobody else has vouched for these words yet: who wrote them still cannot sign them.
            for author in earlier.authors.exclude(user=by):
                _add_authors([revision], author.user, author.name)
        ledger.append("item:restore", by, **named(earlier), restored=earlier.number)
        return revision
