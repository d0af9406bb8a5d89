"""Review: requests are submitted, assigned, checked for language, and given or taken back."""

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .. import fingerprint, languages, ledger, marks, memory, staleness, worksheets
from ..content import content_model
from ..diff import changed_words
from ..guards import (
    TransitionNotAllowed,
    advisor_for,
    check_complete,
    check_expected,
    check_kept,
    check_not_author,
    check_releaser,
    check_writer,
    normal,
    open_request,
    step,
)
from ..ledger import locked
from ..lookups import item_of, named, others
from ..models import (
    Advisor,
    Comment,
    Release,
    ReviewRequest,
    Revision,
    Significance,
    Standing,
)
from ..quality import gate

State = Revision.State


def submit(revisions, *, by, summary="", assigned_to=None, due=None, release=None):
    """Put drafts in one language before the advisors, together. Returns the ReviewRequest.

    ``assigned_to`` is the advisor who is asked (any advisor of the language may still sign),
    ``due`` the day by which an answer is wanted, ``release`` what the request goes public with.
    """
    with locked():
        if not revisions:
            raise TransitionNotAllowed(_("There is no draft to submit."))
        if len({revision.language for revision in revisions}) > 1:
            raise TransitionNotAllowed(_("A request holds texts in one language only."))
        language = revisions[0].language
        pks = [revision.pk for revision in revisions]
        stored = Revision.objects.filter(pk__in=pks).select_related("source").order_by("pk")
        revisions = [step(revision, "submit") for revision in stored]
        check_writer(by, language)
        _check_asked(language, assigned_to, due)
        release = _gathering(release)
        known = _references(revisions)
        for revision in revisions:
            check_complete(revision, known)
        for revision in _behind(revisions, language):
            _check_settled(revision)
        _check_alone(revisions, language)
        gate.refuse(revisions)
        request = ReviewRequest.objects.create(
            language=language,
            summary=normal(summary),
            submitted_by=by,
            submitted_at=timezone.now(),
            words=_words(revisions, language),
            assigned_to=assigned_to,
            due=due,
            release=release,
        )
        for revision in revisions:
            revision.request = request
        Revision.objects.filter(pk__in=pks).update(state=State.IN_REVIEW, request=request)
        ledger.append(
            "request:submit",
            by,
            language=language,
            request=request.pk,
            revisions=[[r.item, r.number, r.fingerprints] for r in revisions],
            **_blocks_decided(revisions),
        )
        memory.learn(revisions)
        return request


def _check_alone(revisions, language):
    waiting = Revision.objects.filter(
        language=language, state=State.IN_REVIEW, key__in=[revision.key for revision in revisions]
    )
    items = {each.item for each in waiting.exclude(pk__in=[r.pk for r in revisions])}
    for revision in revisions:
        if revision.item in items:
            raise TransitionNotAllowed(
                _("An earlier text of %(item)s is in review. Recall it first.")
                % {"item": revision.item}
            )


def _references(revisions):
    """What the texts refer to and is there: asked once for all of them."""
    return marks.look_up((content_model(r.item_type), r.text, r.facts) for r in revisions)


def _behind(revisions, language):
    """Translations of another text than the original that is public."""
    if language == languages.source():
        return []
    rows = Standing.objects.filter(
        language=languages.source(), key__in=[revision.key for revision in revisions]
    )
    public = {row.item: row.live.fingerprints for row in rows.select_related("live") if row.live}
    return [r for r in revisions if r.source_fingerprints != public.get(r.item)]


def _check_settled(revision):
    """Blocks whose original changed in more than its wording were looked at, one by one."""
    if staleness.outdated_by(revision) not in (Significance.MEANING, Significance.SAFETY):
        return
    count = worksheets.of(revision).unsettled
    if count:
        raise TransitionNotAllowed(
            ngettext(
                "%(item)s: its original changed, and %(count)d block was neither adjusted nor "
                "confirmed as still right. Open it on the page that translates block by block.",
                "%(item)s: its original changed, and %(count)d blocks were neither adjusted nor "
                "confirmed as still right. Open it on the page that translates block by block.",
                count,
            )
            % {"item": revision.item, "count": count}
        )


def _blocks_decided(revisions):
    """For the ledger: what translators decided about single blocks, who and when."""
    if revisions[0].language == languages.source():
        return {}
    acts = worksheets.acts_of(revisions)
    blocks = [
        [r.item, act["field"], act["act"], fingerprint.sha256(act["source"]), act["by"], act["at"]]
        for r in revisions
        for act in acts.get(r.pk, ())
    ]
    return {"blocks": blocks} if blocks else {}


def _words(revisions, language):
    """How many words stand in paragraphs that differ from what is public: the size of a change."""
    public = {}
    for kind in {revision.item_type for revision in revisions}:
        keys = [revision.key for revision in revisions if revision.item_type == kind]
        rows = Standing.objects.filter(item_type=kind, key__in=keys, language=language)
        for row in rows.exclude(live=None).select_related("live__revision"):
            public[row.item] = row.live.revision.text
    total = 0
    for revision in revisions:
        before = public.get(revision.item, {})
        total += sum(
            changed_words(before.get(name, ""), text) for name, text in revision.text.items()
        )
    return total


def _check_asked(language, advisor, due):
    if advisor is not None:
        advisor = Advisor.objects.filter(pk=advisor.pk, active=True, user__is_active=True).first()
        if advisor is None or not advisor.speaks(language):
            raise TransitionNotAllowed(
                _("That advisor does not sign in %(language)s. Choose another, or any.")
                % {"language": languages.name(language)}
            )
    if due is not None and due < timezone.localdate():
        raise TransitionNotAllowed(_("The day by which you want an answer lies in the past."))


def _gathering(release):
    if release is None:
        return None
    release = Release.objects.get(pk=release.pk)
    if release.state != Release.State.GATHERING:
        raise TransitionNotAllowed(
            _("The release “%(release)s” is %(state)s: nothing more joins it.")
            % {"release": release, "state": release.get_state_display()}
        )
    return release


def assign(request, *, by, advisor, due):
    """Say who is asked (None: any advisor of the language) and by when an answer is wanted."""
    with locked():
        request = open_request(request)
        check_releaser(by, request.language)
        _check_asked(request.language, advisor, due if due != request.due else None)
        request.assigned_to, request.due = advisor, due
        request.save(update_fields=["assigned_to", "due"])
        ledger.append(
            "request:assign",
            by,
            language=request.language,
            request=request.pk,
            advisor=advisor.slug if advisor else "",
            due=due.isoformat() if due else "",
        )


def join(request, release, *, by):
    """Put a request that nobody has decided yet into a release, or (None) take it out of one."""
    with locked():
        request = ReviewRequest.objects.select_related("release").get(pk=request.pk)
        check_writer(by, request.language)
        _gathering(request.release)
        if release is not None:
            request = open_request(request)
        elif request.state == ReviewRequest.State.SIGNED:
            raise TransitionNotAllowed(
                _("Request %(number)s is signed for this release. Stop it first.")
                % {"number": request.pk}
            )
        request.release = _gathering(release)
        request.save(update_fields=["release"])
        ledger.append(
            "request:join",
            by,
            language=request.language,
            request=request.pk,
            release=request.release_id,
        )


def check_language(request, *, by, expected):
    """The linguistic signature on a translation: somebody who reads the language, and did not
    write it, found that it says what its source says, in good language."""
    with locked():
        request = open_request(request)
        if request.language == languages.source():
            raise TransitionNotAllowed(_("Only a translation is checked for its language."))
        check_writer(by, request.language)
        revisions = list(request.revisions.order_by("pk"))
        check_expected(revisions, expected)
        for revision in revisions:
            check_not_author(by, revision)
        request.language_checked_by, request.language_checked_at = by, timezone.now()
        request.save(update_fields=["language_checked_by", "language_checked_at"])
        ledger.append(
            "request:language",
            by,
            language=request.language,
            request=request.pk,
            revisions=[[r.item, r.number, r.fingerprints] for r in revisions],
        )


def check_language_checked(request):
    """Refuse where the setting asks for a linguistic signature and there is none."""
    wanted = settings.LINGUISTIC_SIGNATURE and request.language != languages.source()
    if wanted and request.language_checked_at is None:
        raise TransitionNotAllowed(
            _("Somebody who reads this language must check its wording before it is signed.")
        )


def recall(request, *, by):
    """Take a request back from the advisors: its revisions are drafts again."""
    with locked():
        request = open_request(request)
        check_writer(by, request.language)
        revisions = [step(r, "recall") for r in request.revisions.order_by("pk")]
        for revision in revisions:
            if others(revision).filter(state=State.DRAFT).exists():
                raise TransitionNotAllowed(
                    _("%(item)s has a newer draft. Discard that one, then recall.")
                    % {"item": revision.item}
                )
            check_kept(item_of(revision))
            revision.save(update_fields=["state"])
            # Its next submission gives it another request: the history keeps this one.
            ledger.append("revision:recall", by, **named(revision), request=request.pk)
        decide(request, ReviewRequest.State.RECALLED, by)
        ledger.append("request:recall", by, language=request.language, request=request.pk)


def request_changes(request, *, by, comment=""):
    """Give a request back to its writers. The reason is ``comment``, or what the advisor said in
    comments on its texts that are not resolved yet."""
    with locked():
        request = open_request(request)
        advisor_for(by, request.language)
        comment = normal(comment)
        said = Comment.objects.filter(request=request, by=by, resolved_at=None)
        if not comment and not said.exists():
            raise TransitionNotAllowed(_("Say in a comment what should change."))
        for revision in [step(r, "request changes") for r in request.revisions.order_by("pk")]:
            revision.save(update_fields=["state"])
        decide(request, ReviewRequest.State.CHANGES_REQUESTED, by, comment)
        ledger.append(
            "request:changes",
            by,
            language=request.language,
            request=request.pk,
            comment=comment,
        )


def decide(request, state, by, comment="", **more):
    """Store who decided a request, when and what; ``more`` are further columns."""
    told = {"state": state, "decided_by": by, "decided_at": timezone.now(), "comment": comment}
    told |= more
    for name, value in told.items():
        setattr(request, name, value)
    request.save(update_fields=told)
