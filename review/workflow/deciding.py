"""Deciding: texts are signed, go public now or at a time, are reaffirmed, withdrawn."""

from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from django.utils import timezone
from django.utils.translation import gettext as _

from .. import languages, ledger, memory
from ..attestation import attestation
from ..guards import (
    TransitionNotAllowed,
    acting_advisor,
    advisor_for,
    check_bytes,
    check_expected,
    check_live,
    check_not_author,
    check_not_authors,
    check_references,
    check_releaser,
    check_row,
    check_sources,
    normal,
    open_request,
    proposed_among,
    step,
)
from ..ledger import locked
from ..lookups import newest_sign_offs, text_of
from ..models import Release, ReviewRequest, Revision, Significance, SignOff
from ..publication import (
    new_sign_off,
    put_up,
    record,
    signature,
    take_down,
    take_down_translations,
)
from ..quality import gate
from ..rechecks import public_before, requeue
from .reviewing import check_language_checked, decide
from .waiving import check_waivers_seen, check_waivers_signed

State = Revision.State
Asked = ReviewRequest.State


# -- Signing -------------------------------------------------------------------------------------


def sign(request, *, by, expected, significance=None, publish_at=None, attested_in=None, waived=()):
    """Vouch for every revision of a request, whole or not at all. Returns the sign-offs.

    ``expected`` maps each revision's id to the fingerprints that the advisor saw;
    ``significance`` maps ids to the advisor's own view of a change, where it differs;
    ``publish_at`` is the time at which the texts go public (``publish_due`` does it);
    ``attested_in`` is the language in which she read what she vouches, where it is not this one;
    ``waived`` are the ids of the waivers that she saw.
    """
    with locked():
        return _sign(
            open_request(request), by, expected, significance, publish_at, attested_in, waived
        )


def _sign(request, by, expected, significance=None, publish_at=None, attested_in=None, waived=()):
    advisor = advisor_for(by, request.language)
    revisions = _to_sign(request)
    if any(revision.language != request.language for revision in revisions):
        raise TransitionNotAllowed(_("The request holds texts of another language."))
    if set((significance or {}).values()) - set(Significance.values):
        raise TransitionNotAllowed(_("There is no such significance."))
    _check_time(request, publish_at)
    check_language_checked(request)
    check_expected(revisions, expected)
    for revision in revisions:
        check_bytes(revision)
    check_not_authors(by, revisions)
    let_pass = gate.refuse(revisions)
    check_waivers_seen(let_pass, waived)
    together = _together(request)
    check_sources(revisions, together)
    evidence = check_references(revisions, together)
    chosen, words = significance or {}, attestation(len(revisions), attested_in)
    proposed = proposed_among(revisions)
    Revision.objects.filter(pk__in=[r.pk for r in revisions]).update(state=State.APPROVED)
    sign_offs = [
        signature(
            SignOff.Decision.APPROVE,
            revision,
            by,
            advisor,
            timezone.now(),
            request=request,
            attestation=words,
            refers=evidence[revision],
            waived=[waiver.evidence for waiver in let_pass[revision]],
            significance=chosen.get(revision.pk) or proposed[revision],
        )
        for revision in revisions
    ]
    record(sign_offs, by)
    decide(request, Asked.SIGNED, by, publish_at=publish_at)
    memory.vouch(revisions)
    return sign_offs


def _to_sign(request):
    revisions = request.revisions.select_related("source").order_by("pk")
    return [step(revision, "sign") for revision in revisions]


def _check_time(request, publish_at):
    if publish_at is None:
        return
    if publish_at <= timezone.now():
        raise TransitionNotAllowed(_("The time at which it should go public lies in the past."))
    if request.release_id:
        raise TransitionNotAllowed(
            _("This request goes public with the release “%(release)s”, at no time of its own.")
            % {"release": request.release}
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


def approve(request, *, by, publish_at=None, **signing):
    """Sign, and publish at once what waits for nothing else: no time, no other request of its
    release. Takes what ``sign`` takes; returns the sign-offs."""
    with locked():
        request = open_request(request)
        sign_offs = _sign(request, by, publish_at=publish_at, **signing)
        release = request.release
        if release is None:  # whoever may sign may let it go
            return sign_offs if publish_at else _publish([request], by)
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
            _("Request %(number)s goes public with the release “%(release)s”.")
            % {"number": request.pk, "release": request.release}
        )
    if request.state != Asked.SIGNED:
        raise TransitionNotAllowed(
            _("Request %(number)s is %(state)s: nothing to publish.")
            % {"number": request.pk, "state": request.get_state_display()}
        )
    return request


def publish_release(release, *, by):
    """Make every request of a release public in one transaction, or none."""
    with locked():
        release, requests = _signed_together(release)
        if not any(_may_release(by, request.language) for request in requests):
            raise PermissionDenied(_("You neither write nor sign any language of this release."))
        return _publish_together(release, requests, by)


def _signed_together(release):
    """The release as it is now, and the requests that go public with it."""
    release = Release.objects.get(pk=release.pk)
    if release.state != Release.State.GATHERING:
        raise TransitionNotAllowed(
            _("The release “%(release)s” is %(state)s.")
            % {"release": release, "state": release.get_state_display()}
        )
    waiting = waits_for(release)
    if waiting:
        names = ", ".join(str(request) for request in waiting)
        raise TransitionNotAllowed(
            _("Nothing is public yet: request %(names)s is not signed.") % {"names": names}
        )
    requests = list(release.requests.filter(state=Asked.SIGNED).order_by("pk"))
    if not requests:
        raise TransitionNotAllowed(
            _("The release “%(release)s” holds no signed request.") % {"release": release}
        )
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
        signed = request.sign_offs.select_related("revision__source", "advisor__user").order_by(
            "pk"
        )
        own = {sign_off.revision_id for sign_off in signed}
        if own != set(request.revisions.values_list("pk", flat=True)) or not own:
            raise TransitionNotAllowed(
                _("Request %(number)s holds texts that nobody signed. Tell an administrator.")
                % {"number": request.pk}
            )
        sign_offs += signed
    together = [sign_off.revision for sign_off in sign_offs]
    newest = newest_sign_offs(sign_offs)
    for sign_off in sign_offs:
        check_bytes(sign_off.revision)
        advisor = sign_off.advisor
        signs = advisor.active and advisor.user.is_active and advisor.speaks(sign_off.language)
        if not signs:
            raise TransitionNotAllowed(
                _("%(name)s no longer signs in this language. Ask another advisor.")
                % {"name": sign_off.name}
            )
        if sign_off.pk != newest[text_of(sign_off)]:
            raise TransitionNotAllowed(
                _("%(item)s was decided anew after this request was signed.")
                % {"item": sign_off.revision.item}
            )
    check_waivers_signed(gate.refuse(together), sign_offs)
    for language in dict.fromkeys(revision.language for revision in together):
        revisions = [revision for revision in together if revision.language == language]
        check_sources(revisions, together)
        check_references(revisions, together)
    following = {(r.item, r.language) for r in together}
    before = public_before(sign_offs)
    put_up(sorted(sign_offs, key=lambda each: each.language != languages.source()), by, following)
    requeue(sign_offs, before, by=by)
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
                _("Request %(number)s is %(state)s: nothing to stop.")
                % {"number": request.pk, "state": request.get_state_display()}
            )
        check_releaser(by, request.language)
        reason = normal(reason)
        if not reason:
            raise TransitionNotAllowed(_("Say why it must not go public."))
        stop_signed(request, by, reason)


def stop_signed(request, by, reason):
    """The same without asking who: for a transition that asked."""
    decide(request, Asked.STOPPED, by, reason)
    ledger.append("request:stop", by, language=request.language, request=request.pk, reason=reason)


# -- The public text -----------------------------------------------------------------------------


def reaffirm(item, language, *, by, expected, attested_in=None):
    """Vouch anew for the text that is public, unchanged: its review date moves on."""
    with locked():
        public = check_live(item, language)
        advisor = advisor_for(by, language)
        if expected != public.fingerprints:
            raise TransitionNotAllowed(_("The public text is another one by now. Read it again."))
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
            attestation=attestation(1, attested_in),
            refers=evidence[public.revision],
            waived=public.waived,
            significance=Significance.WORDING,
        )
        put_up([sign_off], by)
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
                _("Only an advisor for %(language)s or an administrator withdraws it.")
                % {"language": languages.name(language)}
            )
        reason = normal(reason)
        if not reason:
            raise TransitionNotAllowed(_("Give the reason why the text is withdrawn."))
        take_down(item, language, by, advisor, reason, reason_public)
        if language == languages.source():
            along = f"The text that it translates was withdrawn: {reason}"
            take_down_translations(item, by, advisor, along, reason_public)
