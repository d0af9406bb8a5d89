"""Deciding: texts are signed, go public now or at a time, are reaffirmed, withdrawn, retired."""

from django.core.exceptions import PermissionDenied
from django.db.models import F, Prefetch
from django.utils import timezone

from .. import languages, ledger, memory, standing
from ..guards import (
    TransitionNotAllowed,
    acting_advisor,
    advisor_for,
    check_bytes,
    check_expected,
    check_live,
    check_not_author,
    check_references,
    check_releaser,
    check_row,
    check_sources,
    fresh,
    live,
    newest_sign_off,
    normal,
    open_request,
    proposed_significance,
    step,
)
from ..ledger import locked
from ..models import Release, ReviewRequest, Revision, Significance, SignOff
from ..publication import new_sign_off, put_up, take_down, take_down_translations
from .reviewing import check_language_checked, decide

State = Revision.State
Asked = ReviewRequest.State


# -- Signing -------------------------------------------------------------------------------------


def sign(request, *, by, expected, significance=None, publish_at=None):
    """Vouch for every revision of a request, whole or not at all. Returns the sign-offs.

    ``expected`` maps each revision's id to the fingerprints that the advisor saw;
    ``significance`` maps ids to the advisor's own view of a change, where it differs;
    ``publish_at`` is the time at which the texts go public (``publish_due`` does it).
    """
    with locked():
        request = open_request(request)
        advisor = advisor_for(by, request.language)
        revisions = [step(r, "sign") for r in request.revisions.order_by("pk")]
        if any(revision.language != request.language for revision in revisions):
            raise TransitionNotAllowed("The request holds texts of another language.")
        if set((significance or {}).values()) - set(Significance.values):
            raise TransitionNotAllowed("There is no such significance.")
        _check_time(request, publish_at)
        check_language_checked(request)
        check_expected(revisions, expected)
        for revision in revisions:
            check_bytes(revision)
            check_not_author(by, revision)
        together = _together(request)
        check_sources(revisions, together)
        evidence = check_references(revisions, together)
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
        request.publish_at = publish_at
        request.save(update_fields=["publish_at"])
        decide(request, Asked.SIGNED, by)
        memory.vouch(revisions)
        return sign_offs


def _check_time(request, publish_at):
    if publish_at is None:
        return
    if publish_at <= timezone.now():
        raise TransitionNotAllowed("The time at which it should go public lies in the past.")
    if request.release_id:
        raise TransitionNotAllowed(
            f"This request goes public with the release “{request.release}”, at no time of its own."
        )


def _together(request):
    """What will go public in one transaction with a request: the revisions of its release."""
    if request.release_id is None:
        return []
    return list(
        Revision.objects.filter(
            request__release=request.release_id, request__state__in=[Asked.OPEN, Asked.SIGNED]
        ).exclude(request=request)
    )


def approve(request, *, by, expected, significance=None, publish_at=None):
    """Sign, and publish at once what waits for nothing else: no time, no other request of its
    release. Returns the sign-offs."""
    with locked():
        sign_offs = sign(
            request, by=by, expected=expected, significance=significance, publish_at=publish_at
        )
        release = ReviewRequest.objects.select_related("release").get(pk=request.pk).release
        if release is None:
            return sign_offs if publish_at else publish(request, by=by)
        later = release.publish_at and release.publish_at > timezone.now()
        if not later and not waits_for(release):
            publish_release(release, by=by)
        return sign_offs


# -- Going public --------------------------------------------------------------------------------


def publish(request, *, by):
    """Make a signed request public, after checking again everything that signing checked.

    A source text whose change is a matter of safety takes its outdated translations down.
    Returns the sign-offs.
    """
    with locked():
        request = _signed_alone(request)
        check_releaser(by, request.language)
        return _publish([request], by)


def _signed_alone(request):
    request = ReviewRequest.objects.get(pk=request.pk)
    if request.release_id:
        raise TransitionNotAllowed(
            f"Request {request.pk} goes public with the release “{request.release}”."
        )
    if request.state != Asked.SIGNED:
        raise TransitionNotAllowed(
            f"Request {request.pk} is {request.get_state_display()}: nothing to publish."
        )
    return request


def publish_release(release, *, by):
    """Make every request of a release public in one transaction, or none."""
    with locked():
        release, requests = _signed_together(release)
        if not any(_may_release(by, request.language) for request in requests):
            raise PermissionDenied("You neither write nor sign any language of this release.")
        return _publish_together(release, requests, by)


def _signed_together(release):
    """The release as it is now, and the requests that go public with it."""
    release = Release.objects.get(pk=release.pk)
    if release.state != Release.State.GATHERING:
        raise TransitionNotAllowed(f"The release “{release}” is {release.get_state_display()}.")
    waiting = waits_for(release)
    if waiting:
        names = ", ".join(str(request) for request in waiting)
        raise TransitionNotAllowed(f"Nothing is public yet: request {names} is not signed.")
    requests = list(release.requests.filter(state=Asked.SIGNED).order_by("pk"))
    if not requests:
        raise TransitionNotAllowed(f"The release “{release}” holds no signed request.")
    return release, requests


def _publish_together(release, requests, by):
    sign_offs = _publish(requests, by)
    release.state, release.decided_at = Release.State.PUBLISHED, timezone.now()
    release.problem = ""
    release.save(update_fields=["state", "decided_at", "problem"])
    ledger.append(
        "release:publish", by, release=release.pk, requests=[request.pk for request in requests]
    )
    return sign_offs


def _may_release(by, language):
    try:
        check_releaser(by, language)
    except PermissionDenied:
        return False
    return True


def waits_for(release):
    """The requests without which a release cannot go public: neither signed, nor replaced by a
    later request that holds the same texts."""
    texts = Revision.objects.only("item_type", "key", "language", "request_id")
    return unsigned(release.requests.prefetch_related(Prefetch("revisions", texts)))


def unsigned(requests):
    """The same for the requests of one release, with their revisions."""
    covered, waiting = set(), []
    for request in sorted(requests, key=lambda each: each.pk, reverse=True):
        texts = {(revision.item, revision.language) for revision in request.revisions.all()}
        if request.state != Asked.SIGNED and not texts <= covered:
            waiting.append(request)
        covered |= texts
    return waiting


def _publish(requests, by):
    """Put up what is signed: first every check over all of it, then the texts, source first."""
    sign_offs = []
    for request in requests:
        check_language_checked(request)
        signed = request.sign_offs.select_related("revision", "advisor__user").order_by("pk")
        own = {sign_off.revision_id for sign_off in signed}
        if own != {r.pk for r in request.revisions.all()} or not own:
            raise TransitionNotAllowed(
                f"Request {request.pk} holds texts that nobody signed. Tell an administrator."
            )
        sign_offs += signed
    together = [sign_off.revision for sign_off in sign_offs]
    for sign_off in sign_offs:
        check_bytes(sign_off.revision)
        advisor = sign_off.advisor
        signs = advisor.active and advisor.user.is_active and advisor.speaks(sign_off.language)
        if not signs:
            raise TransitionNotAllowed(
                f"{sign_off.name} no longer signs in this language. Ask another advisor."
            )
        if sign_off.pk != newest_sign_off(sign_off).pk:
            raise TransitionNotAllowed(
                f"{sign_off.revision.item} was decided anew after this request was signed."
            )
    for language in dict.fromkeys(revision.language for revision in together):
        revisions = [revision for revision in together if revision.language == language]
        check_sources(revisions, together)
        check_references(revisions, together)
    following = {(r.item, r.language) for r in together}
    for sign_off in sorted(sign_offs, key=lambda each: each.language != languages.source()):
        put_up(sign_off, by, following)
    for request in requests:
        request.state, request.problem = Asked.PUBLISHED, ""
        request.save(update_fields=["state", "problem"])
    return sign_offs


def publish_due(now=None):
    """Make public what is signed and whose time has come; checked again as any publication is,
    but for the person: whoever set the time was asked then.

    Returns [(request or release, problem)], "" for what went well. What is refused stays signed
    and keeps the reason, until it is stopped or the reason is gone.
    """
    now = now or timezone.now()
    requests = ReviewRequest.objects.filter(
        state=Asked.SIGNED, release=None, publish_at__lte=now
    ).order_by("publish_at", "pk")
    releases = Release.objects.filter(state=Release.State.GATHERING, publish_at__lte=now)
    return [(due, _try(due)) for due in [*requests, *releases]]


def _try(due):
    try:
        with locked():
            if isinstance(due, Release):
                _publish_together(*_signed_together(due), due.made_by)
            else:
                _publish([_signed_alone(due)], due.decided_by)
    except TransitionNotAllowed as error:
        still = type(due).objects.filter(pk=due.pk, state=due.state)
        if still.exists():  # else another process, or a person, was faster: no problem to keep
            still.exclude(problem=str(error)).update(problem=str(error))
            return str(error)
    return ""


def stop(request, *, by, reason):
    """Take back a signed request that is not public yet. Its texts stay in the history."""
    with locked():
        request = ReviewRequest.objects.get(pk=request.pk)
        if request.state != Asked.SIGNED:
            raise TransitionNotAllowed(
                f"Request {request.pk} is {request.get_state_display()}: nothing to stop."
            )
        check_releaser(by, request.language)
        reason = normal(reason)
        if not reason:
            raise TransitionNotAllowed("Say why it must not go public.")
        stop_signed(request, by, reason)


def stop_signed(request, by, reason):
    """The same without asking who: for a transition that asked."""
    decide(request, Asked.STOPPED, by, reason)
    ledger.append("request:stop", by, language=request.language, request=request.pk, reason=reason)


# -- The public text -----------------------------------------------------------------------------


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


def withdraw(item, language, *, by, reason, reason_public=False):
    """Take a text down at once; a source text takes its translations with it.

    ``reason_public`` lets readers see the reason.
    """
    with locked():
        check_live(item, language)
        advisor = acting_advisor(by)
        if advisor and not advisor.speaks(language):
            advisor = None
        if advisor is None and not by.has_perm("review.withdraw_text"):
            raise PermissionDenied(
                f"Only an advisor for {languages.name(language)} or an administrator withdraws it."
            )
        reason = normal(reason)
        if not reason:
            raise TransitionNotAllowed("Give the reason why the text is withdrawn.")
        take_down(item, language, by, advisor, reason, reason_public)
        if language == languages.source():
            along = f"The text that it translates was withdrawn: {reason}"
            take_down_translations(item, by, advisor, along, reason_public)


# -- The item ------------------------------------------------------------------------------------


def retire(item, *, by, reason):
    """End an item's life here: what is public of it comes down, its drafts are put away, and no
    list shows it. Its history stays; ``bring_back`` undoes it."""
    with locked():
        if not by.has_perm(f"{item._meta.app_label}.change_{item._meta.model_name}"):
            raise PermissionDenied("You may not change where this item stands.")
        item = fresh(item)
        if item.retired:
            raise TransitionNotAllowed(f"{item} is retired already.")
        reason = normal(reason)
        if not reason:
            raise TransitionNotAllowed("Give the reason why the item is retired.")
        theirs = Revision.objects.filter(item_type=item.item_type, key=item.key)
        if theirs.filter(state=State.IN_REVIEW).exists():
            raise TransitionNotAllowed(f"{item} is in review. Recall it first.")
        waiting = Asked.SIGNED
        if theirs.filter(request__state=waiting, request=F("sign_offs__request")).exists():
            raise TransitionNotAllowed(f"{item} is signed and not public yet. Stop that first.")
        if live(item, languages.source()):
            withdraw(item, languages.source(), by=by, reason=reason)
        for draft in theirs.filter(state=State.DRAFT):
            step(draft, "discard").save(update_fields=["state"])
            ledger.append(
                "revision:discard",
                by,
                item_type=draft.item_type,
                key=draft.key,
                language=draft.language,
                number_of_revision=draft.number,
            )
        type(item)._base_manager.filter(pk=item.pk).update(retired=True)
        standing.forget(item)
        ledger.append("item:retire", by, item_type=item.item_type, key=item.key, reason=reason)


def bring_back(item, *, by):
    """Show a retired item in the lists again, with its history; nothing of it is public."""
    with locked():
        if not by.has_perm(f"{item._meta.app_label}.change_{item._meta.model_name}"):
            raise PermissionDenied("You may not change where this item stands.")
        item = fresh(item)
        if not item.retired:
            raise TransitionNotAllowed(f"{item} is not retired.")
        type(item)._base_manager.filter(pk=item.pk).update(retired=False)
        standing.rebuild(item_type=item.item_type, key=item.key)
        ledger.append("item:bring-back", by, item_type=item.item_type, key=item.key)
