"""What must hold before a transition: guards, each refusing with a sentence."""

from collections import namedtuple

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import fingerprint, languages, ledger, marks, staleness
from .content import content_model
from .lookups import fresh, live, live_among, others, text_of
from .models import (
    Advisor,
    ReviewRequest,
    Revision,
    RevisionAuthor,
    Significance,
    SignOff,
    write_permission,
)
from .proposal import Proposal

State = Revision.State
Step = namedtuple("Step", "before after refused")

# The states of a revision, and the only ways from one to another (the triggers know them, too).
STEPS = {
    "submit": Step(
        State.DRAFT,
        State.IN_REVIEW,
        gettext_lazy("%(item)s is %(state)s: cannot submit."),
    ),
    "discard": Step(
        State.DRAFT,
        State.DISCARDED,
        gettext_lazy("%(item)s is %(state)s: cannot discard."),
    ),
    "recall": Step(
        State.IN_REVIEW,
        State.DRAFT,
        gettext_lazy("%(item)s is %(state)s: cannot recall."),
    ),
    "request changes": Step(
        State.IN_REVIEW,
        State.CHANGES_REQUESTED,
        gettext_lazy("%(item)s is %(state)s: cannot request changes."),
    ),
    "sign": Step(
        State.IN_REVIEW,
        State.APPROVED,
        gettext_lazy("%(item)s is %(state)s: cannot sign."),
    ),
}


class TransitionNotAllowed(Exception):
    """The state forbids it; the message is a sentence that says what is in the way."""


class Conflict(TransitionNotAllowed):
    """Somebody saved a newer text meanwhile. ``theirs`` is that revision (None: discarded)."""

    def __init__(self, theirs):
        saved = _(
            "%(name)s saved another text of this item after you opened it. Nothing was "
            "overwritten: compare both texts and save again."
        )
        super().__init__(saved % {"name": theirs.saved_by if theirs else _("Somebody")})
        self.theirs = theirs


def check_live(item, language):
    """The sign-off under which an item is public."""
    sign_off = live(item, language)
    if sign_off is None:
        raise TransitionNotAllowed(
            _("%(item)s is not public in %(language)s.")
            % {"item": item, "language": languages.name(language)}
        )
    return sign_off


def check_row(item, sign_off):
    """The row holds what that sign-off vouched for."""
    row = fresh(item)
    language = sign_off.language
    if (
        row.sign_off_id_in(language) != sign_off.pk
        or row.computed_fingerprints(language) != sign_off.fingerprints
    ):
        raise TransitionNotAllowed(
            _("The row of %(item)s does not hold the text that was signed. Tell an administrator.")
            % {"item": item}
        )


def normal(remark):
    """A remark in normal form."""
    try:
        return fingerprint.normalise(remark or "")
    except fingerprint.NotText as error:
        raise TransitionNotAllowed(str(error)) from None


def step(revision, action):
    """The revision, just read, with its next state set but not saved; or refused by the table."""
    step = STEPS[action]
    if revision.state != step.before:
        about = {"item": revision.item, "state": revision.get_state_display()}
        raise TransitionNotAllowed(step.refused % about)
    revision.state = step.after
    return revision


def open_request(request):
    request = ReviewRequest.objects.get(pk=request.pk)
    if request.state != ReviewRequest.State.OPEN:
        raise TransitionNotAllowed(
            _("Request %(number)s is no longer open: it is %(state)s.")
            % {"number": request.pk, "state": request.get_state_display()}
        )
    return request


def check_kept(item):
    """A retired item is neither written nor reviewed."""
    if retired_among([item]):
        raise TransitionNotAllowed(_("%(item)s is retired. Bring it back first.") % {"item": item})


def retired_among(items):
    """Which of these items are retired: one query for each type. A set of "type:key"."""
    found = set()
    for model in {type(item) for item in items}:
        pks = [item.pk for item in items if type(item) is model]
        retired = model._base_manager.filter(pk__in=pks, retired=True)
        found |= {
            f"{model._meta.label_lower}:{key}" for key in retired.values_list("key", flat=True)
        }
    return found


def check_writer(by, language):
    if not by.has_perm(f"review.{write_permission(language)}"):
        raise PermissionDenied(
            _("You do not write in %(language)s.") % {"language": languages.name(language)}
        )


def check_releaser(by, language):
    """Who wrote or who signs may let go what is signed already."""
    advisor = acting_advisor(by)
    if not (advisor and advisor.speaks(language)):
        check_writer(by, language)


def acting_advisor(by):
    """The person's advisor record as it is now, None for somebody who may not sign at all."""
    return Advisor.objects.filter(user=by, user__is_active=True, active=True).first()


def advisor_for(by, language):
    advisor = acting_advisor(by)
    if advisor is None:
        raise PermissionDenied(_("Only an active medical advisor decides this."))
    if not advisor.speaks(language):
        raise PermissionDenied(
            _("%(advisor)s does not sign in %(language)s.")
            % {"advisor": advisor, "language": languages.name(language)}
        )
    return advisor


def check_not_authors(by, revisions):
    """Rule 2 for many: one query for who wrote none of them, as it should be."""
    written = RevisionAuthor.objects.filter(
        user=by, revision__key__in=[revision.key for revision in revisions]
    )
    items = set(written.values_list("revision__item_type", "revision__key"))
    for revision in revisions:
        if (revision.item_type, revision.key) in items:
            check_not_author(by, revision)


def check_not_author(by, revision):
    """Rule 2, in words; the trigger on SignOff refuses the same."""
    approved = others(revision).filter(state=State.APPROVED, number__lt=revision.number)
    since = approved.order_by("-number").values_list("number", flat=True).first() or 0
    mine = RevisionAuthor.objects.filter(
        user=by,
        revision__item_type=revision.item_type,
        revision__key=revision.key,
        revision__language=revision.language,
        revision__number__gt=since,
    )
    if mine.exists():
        raise PermissionDenied(
            _(
                "You saved a text of %(item)s since its last approval. Somebody who did "
                "not write it must sign it."
            )
            % {"item": revision.item}
        )


def check_expected(revisions, expected):
    stored = {revision.pk: revision.fingerprints for revision in revisions}
    moved = [r.item for r in revisions if expected.get(r.pk) != stored[r.pk]]
    if moved:
        raise TransitionNotAllowed(
            _(
                "What you saw is not what is stored: %(names)s moved. Nothing was signed; read it "
                "again."
            )
            % {"names": ", ".join(moved)}
        )
    if set(expected) != set(stored):
        raise TransitionNotAllowed(
            _(
                "What you saw is not what is stored: the request's items moved. Nothing was "
                "signed; read it again."
            )
        )


def check_length(text, longest, sentence):
    """Refuse what is longer; ``sentence`` is a lazy plural over ``%(count)s`` characters."""
    if len(text) > longest:
        raise TransitionNotAllowed(sentence % {"count": len(text), "longest": longest})


def check_bytes(revision):
    if revision.fingerprints != revision.computed_fingerprints():
        raise TransitionNotAllowed(
            _(
                "The stored text of %(item)s is not the text that was submitted. Tell an "
                "administrator."
            )
            % {"item": revision.item}
        )


def check_complete(revision, known=None):
    """``known`` is what ``marks.look_up`` gave for the text, so that nobody asks for it again."""
    model = content_model(revision.item_type)
    proposal = Proposal(model, revision.language, revision.text, revision.facts, known)
    missing = proposal.missing(revision.source.text if revision.source else None)
    for problem in proposal.problems():
        raise TransitionNotAllowed(
            _("%(item)s, %(field)s: %(message)s")
            % {"item": revision.item, "field": problem.field, "message": problem.message}
        )
    if missing:
        raise TransitionNotAllowed(
            _("%(item)s still lacks: %(names)s.")
            % {"item": revision.item, "names": ", ".join(missing)}
        )


def proposed_significance(revision):
    """How much a change matters, until the advisor says otherwise."""
    return proposed_among([revision])[revision]


def proposed_among(revisions):
    """The same for many revisions: two queries."""
    public = live_among(revisions)
    return {r: significance_beside(r, public.get(text_of(r))) for r in revisions}


def significance_beside(revision, public):
    """The same where the sign-off under which the item is public (or None) is known: a change of
    facts is a matter of safety."""
    if public and public.facts_fingerprint != revision.facts_fingerprint:
        return Significance.SAFETY
    return revision.significance


def coming_significance(revision):
    """The same of a text that is about to go public: what its advisor said counts, if she did."""
    signed = revision.sign_offs.filter(decision=SignOff.Decision.APPROVE).order_by("pk").last()
    return signed.significance if signed else proposed_significance(revision)


def check_sources(revisions, together=()):
    """A translation stands on a public source text that has not changed in a way that harms.

    ``together`` names revisions that go public in the same transaction.
    """
    coming = {r.item: r for r in together if r.language == languages.source()}
    translations = [r for r in revisions if r.language != languages.source()]
    public = ledger.public_among({r.item for r in translations}, languages.source())
    outdated = staleness.outdated_among(translations)
    for revision in translations:
        source = coming.get(revision.item)
        if source is not None and revision.source_fingerprints == source.fingerprints:
            continue
        if source is None and revision.item not in public:
            raise TransitionNotAllowed(
                _("%(item)s is not public in %(language)s yet: sign that text first.")
                % {"item": revision.item, "language": languages.name(languages.source())}
            )
        harmful = source is not None and coming_significance(source) == Significance.SAFETY
        if harmful or outdated[revision] == Significance.SAFETY:
            raise TransitionNotAllowed(
                _(
                    "%(item)s translates a text that changed for safety, or was never "
                    "signed. Translate the present one."
                )
                % {"item": revision.item}
            )


def check_references(revisions, together=()):
    """What each text refers to must be public, or go public with it (in the same request, or
    ``together``). Returns it, as evidence."""
    coming = {marks.Reference(r.item_type, r.key): r for r in (*together, *revisions)}
    wanted = {
        revision: marks.references(content_model(revision.item_type), revision.text, revision.facts)
        for revision in revisions
    }
    outside = {each for found in wanted.values() for each in found if each not in coming}
    public = marks.public(outside, revisions[0].language)
    evidence = {}
    for revision, found in wanted.items():
        evidence[revision] = []
        for reference in found:
            there = coming.get(reference) or public.get(reference)
            if there is None:
                raise TransitionNotAllowed(
                    _(
                        "%(item)s refers to %(item_type)s:%(key)s, which is neither public nor "
                        "in this request."
                    )
                    % {
                        "item": revision.item,
                        "item_type": reference.item_type,
                        "key": reference.key,
                    }
                )
            vouched = there if isinstance(there, Revision) else there.approval
            evidence[revision].append([there.item, vouched.language, vouched.fingerprints])
    return evidence
