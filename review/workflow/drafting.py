"""Writing: drafts are saved, put away, and made anew from earlier texts."""

from django.utils import timezone
from django.utils.translation import gettext as _

from .. import fingerprint, languages, ledger, standing, worksheets
from ..guards import (
    Conflict,
    TransitionNotAllowed,
    bytes_of,
    check_kept,
    check_writer,
    item_of,
    last_number,
    named,
    newest_revision,
    normal,
    remarks_of,
    source_for,
    step,
    token,
)
from ..ledger import locked, name_of
from ..models import Revision, RevisionAuthor, Significance
from ..proposal import Proposal

State = Revision.State


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
    if language not in languages.codes():
        raise TransitionNotAllowed(
            _("The site does not speak “%(language)s”.") % {"language": language}
        )
    if language != languages.source() and not item.text_fields:
        raise TransitionNotAllowed(
            _("%(item)s has facts only: there is nothing to translate.") % {"item": item}
        )
    summary = normal(summary)
    proposal = text if isinstance(text, Proposal) else Proposal(type(item), language, text, facts)
    proposal.clean()
    with locked():
        check_kept(item)
        newest = newest_revision(item, language)
        if based_on != token(newest) and not _sent_again(
            newest, by, proposal, [summary, significance or Significance.MEANING]
        ):
            raise Conflict(newest)
        check_writer(by, language)
        if language != languages.source():
            source = source or source_for(item)
            if source is None:
                raise TransitionNotAllowed(
                    _("%(item)s has no signed text in %(language)s to translate yet.")
                    % {"item": item, "language": languages.name(languages.source())}
                )
            if source_seen and source_seen != source.fingerprints:
                raise TransitionNotAllowed(
                    _(
                        "The original changed while you translated. It is shown anew beside your "
                        "text: compare, and save again."
                    )
                )
        revision = _proposed(item, language, proposal, source)
        revision.summary, revision.origin = summary, origin
        revision.significance = significance or Significance.MEANING
        kept = worksheets.kept_with(newest) if sheet else None
        decided = sheet is not None and bool(sheet.changes)
        same = newest and not decided and bytes_of(newest) == bytes_of(revision)
        if same and (newest.state != State.DRAFT or remarks_of(newest) == remarks_of(revision)):
            return newest
        stored = _store(revision, newest, by)
        if sheet:
            worksheets.keep(stored, sheet, kept, by)
        return stored


def _sent_again(newest, by, proposal, remarks):
    """Whether a draft holds exactly what the same person proposes."""
    return (
        newest is not None
        and (newest.state, newest.saved_by) == (State.DRAFT, name_of(by))
        and (newest.text, newest.facts) == (proposal.text, proposal.facts)
        and remarks_of(newest) == remarks
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


def _store(revision, newest, by):
    """Save a proposal over the draft if there is one, else as the item's next revision."""
    now = timezone.now()
    revision.saved_by = name_of(by)
    if newest and newest.state == State.DRAFT:
        revision.pk, revision.number, revision.created_at = (
            newest.pk,
            newest.number,
            newest.created_at,
        )
        revision.request, revision.saved_at = newest.request, now
        revision.save(force_update=True)
    else:
        revision.number = last_number(revision) + 1
        revision.created_at = revision.saved_at = now
        revision.save(force_insert=True)
        standing.written([revision])
        _add_author(revision, by, revision.saved_by)
        return revision
    if not revision.authors.filter(user=by).exists():
        _add_author(revision, by, revision.saved_by)
    return revision


def _add_author(revision, user, name):
    RevisionAuthor.objects.create(revision=revision, user=user, name=name, at=revision.saved_at)


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
        revision = _store(revision, None, by)
        if earlier.state != State.APPROVED:
            # Nobody else has vouched for these words yet: who wrote them still cannot sign them.
            for author in earlier.authors.exclude(user=by):
                _add_author(revision, author.user, author.name)
        ledger.append("item:restore", by, **named(earlier), restored=earlier.number)
        return revision
