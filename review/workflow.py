"""Every transition that text can go through, and the only writer of what readers see.

    draft --submit--> in review --sign--> approved --publish--> public
                      in review --request_changes--> changes requested
                      in review --recall--> draft
    draft --discard--> discarded

Each transition works in the same order: one transaction under the ledger's lock, check the state,
check the person, write, record. ``TransitionNotAllowed`` says why the state forbids it,
``PermissionDenied`` why the person may not; both carry a sentence for the screen.
"""

from django.core.exceptions import PermissionDenied
from django.utils import timezone

from . import fingerprint, languages, ledger
from .guards import (
    STEPS,
    Conflict,
    TransitionNotAllowed,
    acting_advisor,
    advisor_for,
    bytes_of,
    check_bytes,
    check_complete,
    check_expected,
    check_live,
    check_not_author,
    check_references,
    check_releaser,
    check_row,
    check_sources,
    check_writer,
    fresh,
    item_of,
    last_number,
    live,
    named,
    newest_revision,
    newest_sign_off,
    open_request,
    others,
    remarks_of,
    source_for,
    step,
    token,
)
from .ledger import locked, name_of
from .models import ReviewRequest, Revision, RevisionAuthor, Significance, SignOff
from .proposal import Proposal
from .publication import ATTESTATION, new_sign_off, proposed_significance, put_up, take_down

__all__ = [
    "ATTESTATION", "STEPS", "Conflict", "TransitionNotAllowed", "approve", "discard", "fresh",
    "item_of", "newest_revision", "proposed_significance", "publish", "reaffirm", "recall",
    "request_changes", "restore", "save_draft", "sign", "source_for", "submit", "token", "withdraw",
]  # fmt: skip

State = Revision.State

# -- Writing -------------------------------------------------------------------------------------


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
):
    """Save proposed text (and facts, for the source language) as the item's draft.

    ``text`` maps fields to strings, or is a Proposal that holds text and facts.

    ``based_on`` is the ``token`` of the newest revision that the writer started from; if the newest
    is another by now, Conflict is raised and nothing is written. ``source`` is the source revision
    that a translation was made from, ``source_seen`` its fingerprints as the translator saw them.
    Text in which nothing changed creates nothing. Returns the revision that holds the text. Raises
    ValidationError, by field, for what no draft may hold.
    """
    if language not in languages.codes():
        raise TransitionNotAllowed(f"The site does not speak “{language}”.")
    if language != languages.source() and not item.text_fields:
        raise TransitionNotAllowed(f"{item} has facts only: there is nothing to translate.")
    summary = _said(summary)
    proposal = text if isinstance(text, Proposal) else Proposal(type(item), language, text, facts)
    proposal.clean()
    with locked():
        newest = newest_revision(item, language)
        if based_on != token(newest):
            raise Conflict(newest)
        check_writer(by, language)
        if language != languages.source():
            source = source or source_for(item)
            if source is None:
                raise TransitionNotAllowed(
                    f"{item} has no text in {languages.name(languages.source())} to translate yet."
                )
            if source_seen and source_seen != source.fingerprints:
                raise TransitionNotAllowed(
                    "The original changed while you translated. It is shown anew beside your "
                    "text: compare, and save again."
                )
        revision = _proposed(item, language, proposal, source)
        revision.summary, revision.origin = summary, origin
        revision.significance = significance or Significance.MEANING
        same = newest and bytes_of(newest) == bytes_of(revision)
        if same and (newest.state != State.DRAFT or remarks_of(newest) == remarks_of(revision)):
            return newest
        return _store(revision, newest, by)


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
    if not revision.authors.filter(user=by).exists():
        _add_author(revision, by, revision.saved_by)
    return revision


def _add_author(revision, user, name):
    RevisionAuthor.objects.create(revision=revision, user=user, name=name, at=revision.saved_at)


def _said(remark):
    """A remark in normal form."""
    try:
        return fingerprint.normalise(remark)
    except fingerprint.NotText as error:
        raise TransitionNotAllowed(str(error)) from None


def discard(revision, *, by):
    """Put a draft away. It is kept in the history, and who saved it still cannot sign."""
    with locked():
        revision = step(Revision.objects.get(pk=revision.pk), "discard")
        check_writer(by, revision.language)
        revision.save(update_fields=["state"])
        ledger.append("revision:discard", by, **named(revision), number_of_revision=revision.number)
        return revision


def restore(earlier, *, by):
    """Make a new draft from an earlier revision: one that was signed once, or came back from
    review. Its text is not looked at again here: whoever submits and signs it does that."""
    with locked():
        item = item_of(earlier)
        newest = newest_revision(item, earlier.language)
        if newest and newest.state in (State.DRAFT, State.IN_REVIEW):
            raise TransitionNotAllowed(
                f"{item} is {newest.get_state_display()} already. Finish or discard that first."
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


# -- Review --------------------------------------------------------------------------------------


def submit(revisions, *, by, summary=""):
    """Put drafts in one language before the advisors, together. Returns the ReviewRequest."""
    with locked():
        if not revisions:
            raise TransitionNotAllowed("There is no draft to submit.")
        if len({revision.language for revision in revisions}) > 1:
            raise TransitionNotAllowed("A request holds texts in one language only.")
        language = revisions[0].language
        pks = [revision.pk for revision in revisions]
        stored = Revision.objects.filter(pk__in=pks).select_related("source").order_by("pk")
        revisions = [step(revision, "submit") for revision in stored]
        check_writer(by, language)
        for revision in revisions:
            check_complete(revision)
            if others(revision).filter(state=State.IN_REVIEW).exists():
                raise TransitionNotAllowed(
                    f"An earlier text of {revision.item} is in review. Recall it first."
                )
        request = ReviewRequest.objects.create(
            language=language, summary=_said(summary), submitted_by=by, submitted_at=timezone.now()
        )
        for revision in revisions:
            revision.request = request
            revision.save(update_fields=["state", "request"])
        ledger.append(
            "request:submit",
            by,
            language=language,
            request=request.pk,
            revisions=[[r.item, r.number, r.fingerprints] for r in revisions],
        )
        return request


def recall(request, *, by):
    """Take a request back from the advisors: its revisions are drafts again."""
    with locked():
        request = open_request(request)
        check_writer(by, request.language)
        revisions = [step(r, "recall") for r in request.revisions.order_by("pk")]
        for revision in revisions:
            if others(revision).filter(state=State.DRAFT).exists():
                raise TransitionNotAllowed(
                    f"{revision.item} has a newer draft. Discard that one, then recall."
                )
            revision.save(update_fields=["state"])
        _decide(request, ReviewRequest.State.RECALLED, by)
        ledger.append("request:recall", by, language=request.language, request=request.pk)


def request_changes(request, *, by, comment):
    """Give a request back to its writers, with the reason."""
    with locked():
        request = open_request(request)
        advisor_for(by, request.language)
        comment = _said(comment)
        if not comment:
            raise TransitionNotAllowed("Say in a comment what should change.")
        for revision in [step(r, "request changes") for r in request.revisions.order_by("pk")]:
            revision.save(update_fields=["state"])
        _decide(request, ReviewRequest.State.CHANGES_REQUESTED, by, comment)
        ledger.append(
            "request:changes",
            by,
            language=request.language,
            request=request.pk,
            comment=comment,
        )


def sign(request, *, by, expected, significance=None):
    """Vouch for every revision of a request, whole or not at all. Returns the sign-offs.

    ``expected`` maps each revision's id to the fingerprints that the advisor saw;
    ``significance`` maps ids to the advisor's own view of a change, where it differs.
    """
    with locked():
        request = open_request(request)
        advisor = advisor_for(by, request.language)
        revisions = [step(r, "sign") for r in request.revisions.order_by("pk")]
        if any(revision.language != request.language for revision in revisions):
            raise TransitionNotAllowed("The request holds texts of another language.")
        if set((significance or {}).values()) - set(Significance.values):
            raise TransitionNotAllowed("There is no such significance.")
        check_expected(revisions, expected)
        for revision in revisions:
            check_bytes(revision)
            check_not_author(by, revision)
        check_sources(revisions)
        evidence = check_references(revisions)
        chosen = significance or {}
        sign_offs = []
        for revision in revisions:
            revision.save(update_fields=["state"])
            sign_offs.append(
                new_sign_off(
                    SignOff.Decision.APPROVE,
                    revision,
                    by,
                    advisor,
                    request=request,
                    refers=evidence[revision],
                    significance=chosen.get(revision.pk) or proposed_significance(revision),
                )
            )
        _decide(request, ReviewRequest.State.SIGNED, by)
        return sign_offs


def publish(request, *, by):
    """Make a signed request public, after checking again everything that signing checked.

    A source text whose change is a matter of safety takes its outdated translations down.
    """
    with locked():
        request = ReviewRequest.objects.get(pk=request.pk)
        if request.state != ReviewRequest.State.SIGNED:
            raise TransitionNotAllowed(
                f"Request {request.pk} is {request.get_state_display()}: nothing to publish."
            )
        check_releaser(by, request.language)
        sign_offs = list(request.sign_offs.select_related("revision", "advisor").order_by("pk"))
        revisions = [sign_off.revision for sign_off in sign_offs]
        if {r.pk for r in revisions} != {r.pk for r in request.revisions.all()} or not revisions:
            raise TransitionNotAllowed(
                f"Request {request.pk} holds texts that nobody signed. Tell an administrator."
            )
        for sign_off in sign_offs:
            check_bytes(sign_off.revision)
            if not (sign_off.advisor.active and sign_off.advisor.speaks(request.language)):
                raise TransitionNotAllowed(
                    f"{sign_off.name} no longer signs in this language. Ask another advisor."
                )
            if sign_off.pk != newest_sign_off(sign_off).pk:
                raise TransitionNotAllowed(
                    f"{sign_off.revision.item} was decided anew after this request was signed."
                )
        check_sources(revisions)
        check_references(revisions)
        for sign_off in sign_offs:
            put_up(sign_off, by)
        request.state = ReviewRequest.State.PUBLISHED
        request.save(update_fields=["state"])
        return sign_offs


def approve(request, *, by, expected, significance=None):
    """Sign and publish at once."""
    with locked():
        sign(request, by=by, expected=expected, significance=significance)
        return publish(request, by=by)


def reaffirm(item, language, *, by, expected):
    """Vouch anew for the text that is public, unchanged: its review date moves on."""
    with locked():
        public = check_live(item, language)
        advisor = advisor_for(by, language)
        if expected != public.fingerprints:
            raise TransitionNotAllowed("The public text is another one by now. Read it again.")
        check_row(item, public)
        check_bytes(public.revision)
        check_not_author(by, public.revision)
        check_sources([public.revision])
        evidence = check_references([public.revision])
        sign_off = new_sign_off(
            SignOff.Decision.REAFFIRM,
            public.revision,
            by,
            advisor,
            refers=evidence[public.revision],
            significance=Significance.WORDING,
        )
        put_up(sign_off, by)
        return sign_off


def withdraw(item, language, *, by, reason):
    """Take a text down at once; a source text takes its translations with it."""
    with locked():
        check_live(item, language)
        advisor = acting_advisor(by)
        if advisor and not advisor.speaks(language):
            advisor = None
        if advisor is None and not by.has_perm("review.withdraw_text"):
            raise PermissionDenied(
                f"Only an advisor for {languages.name(language)} or an administrator withdraws it."
            )
        reason = _said(reason)
        if not reason:
            raise TransitionNotAllowed("Give the reason why the text is withdrawn.")
        take_down(item, language, by, advisor, reason)
        if language == languages.source():
            along = f"The text that it translates was withdrawn: {reason}"
            for code in languages.codes():
                if live(item, code):
                    take_down(item, code, by, advisor, along)


def _decide(request, state, by, comment=""):
    request.state, request.decided_by, request.decided_at = state, by, timezone.now()
    request.comment = comment
    request.save(update_fields=["state", "decided_by", "decided_at", "comment"])
