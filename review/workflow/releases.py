"""Releases: requests that go public together, and the way back to what was public before."""

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.translation import gettext as _

from .. import languages, ledger
from ..attestation import attestation
from ..guards import (
    TransitionNotAllowed,
    acting_advisor,
    check_bytes,
    check_not_author,
    check_references,
    check_sources,
    normal,
)
from ..ledger import locked
from ..lookups import item_of
from ..models import LedgerEntry, Release, Significance, SignOff, write_permission
from ..publication import new_sign_off, put_up, take_down


def make_release(name, *, by, publish_at=None):
    """An empty release, for requests to join. Returns it."""
    with locked():
        if not any(by.has_perm(f"review.{write_permission(code)}") for code in languages.codes()):
            raise PermissionDenied(_("Only who writes here makes a release."))
        name = normal(name)
        if not name:
            raise TransitionNotAllowed(_("Give the release a name."))
        if publish_at is not None and publish_at <= timezone.now():
            raise TransitionNotAllowed(_("The time at which it should go public lies in the past."))
        release = Release.objects.create(
            name=name[:200], made_by=by, made_at=timezone.now(), publish_at=publish_at
        )
        ledger.append("release:make", by, release=release.pk, name=release.name)
        return release


def schedule_release(release, *, by, publish_at):
    """Set the time at which a release goes public, or (None) as soon as somebody publishes it."""
    with locked():
        refused = _("The release “%(release)s” is %(state)s: nothing to put off.")
        release = _gathering(release, refused)
        _check_person(release, by)
        if publish_at is not None and publish_at <= timezone.now():
            raise TransitionNotAllowed(_("The time at which it should go public lies in the past."))
        release.publish_at, release.problem = publish_at, ""
        release.save(update_fields=["publish_at", "problem"])
        ledger.append(
            "release:schedule",
            by,
            release=release.pk,
            publish_at=publish_at.isoformat() if publish_at else "",
        )


def dissolve_release(release, *, by):
    """Do away with a release that holds no request. The ledger keeps that it was there."""
    with locked():
        refused = _("The release “%(release)s” is %(state)s: nothing to dissolve.")
        release = _gathering(release, refused)
        _check_person(release, by)
        if release.requests.exists():
            raise TransitionNotAllowed(
                _("The release “%(release)s” holds requests: take them out first.")
                % {"release": release}
            )
        ledger.append("release:dissolve", by, release=release.pk, name=release.name)
        release.delete()


def _gathering(release, sentence):
    release = Release.objects.get(pk=release.pk)
    if release.state != Release.State.GATHERING:
        raise TransitionNotAllowed(
            sentence % {"release": release, "state": release.get_state_display()}
        )
    return release


def _check_person(release, by):
    """Who writes here, or signs a language of the release, says when it goes public."""
    if not may_arrange(release, by):
        raise PermissionDenied(_("You neither write here nor sign any language of this release."))


def may_arrange(release, by):
    if any(by.has_perm(f"review.{write_permission(code)}") for code in languages.codes()):
        return True
    advisor = acting_advisor(by)
    spoken = release.requests.values_list("language", flat=True)
    return bool(advisor and any(advisor.speaks(code) for code in spoken))


# -- The way back --------------------------------------------------------------------------------


@dataclass
class UndoPlan:
    """What undoing a release does, text by text. ``moved`` names what was decided anew since: with
    any of these, nothing can be undone as one."""

    back: list  # (the release's sign-off, the one before it, whose text comes back)
    down: list  # the release's sign-offs whose text comes down with nothing in its place
    along: list  # sign-offs of translations outside the release that come down with their source
    moved: list

    @property
    def fingerprints(self):
        """Sign-off to the fingerprints that take its place, "" for none: what an advisor names."""
        restored = {public.pk: earlier.fingerprints for public, earlier in self.back}
        return {**dict.fromkeys((each.pk for each in (*self.down, *self.along)), ""), **restored}


def undo_plan(release, advisor):
    """What would happen if that advisor undid a release. Three queries, however many texts."""
    published = release.requests.filter(
        sign_offs__ledger_entries__event=LedgerEntry.PUBLISH
    ).values_list("sign_offs", flat=True)
    sign_offs = list(SignOff.objects.filter(pk__in=published).order_by("pk"))
    history = _history(sign_offs)
    before = {each.pk: _before(each, history[_text(each)]) for each in sign_offs}
    live = {text: _last(lines) for text, lines in history.items()}
    needed = {pk for pk in (*before, *before.values(), *live.values()) if pk}
    known = SignOff.objects.select_related("revision").in_bulk(needed)
    moved = [known[each.pk] for each in sign_offs if live[_text(each)] != each.pk]
    pairs = [(known[each.pk], known.get(before[each.pk])) for each in sign_offs]
    back = _that_come_back(pairs, advisor)
    comes_back = {public.pk for public, _earlier in back}
    down = [public for public, _earlier in pairs if public.pk not in comes_back]
    own = {_text(each) for each in sign_offs}
    others = [known[pk] for text, pk in live.items() if pk and text not in own]
    falls = {each.item for each in down if each.language == languages.source()}
    undone = {p.item: p.fingerprints for p, _e in back if p.language == languages.source()}
    # A translation outside the release that stood beside the earlier text stays where it is.
    along = [
        other
        for other in others
        if other.item in falls or other.source_fingerprints == undone.get(other.item)
    ]
    return UndoPlan(back, down, along, moved)


def _text(about):
    return about.item_type, about.key, about.language


def _history(sign_offs):
    """Text to [(event, id of the sign-off)], as the ledger tells it, oldest first; for every
    language of the items."""
    found = {}
    lines = LedgerEntry.objects.filter(
        item_type__in={each.item_type for each in sign_offs},
        key__in={each.key for each in sign_offs},
    ).exclude(seal="")
    for event, pk, *text in lines.order_by("number").values_list(
        "event", "sign_off_id", "item_type", "key", "language"
    ):
        found.setdefault(tuple(text), []).append((event, pk))
    return found


def _before(sign_off, lines):
    """What was public before that sign-off, None for nothing."""
    place = lines.index((LedgerEntry.PUBLISH, sign_off.pk))
    return _last(lines[:place])


def _last(lines):
    event, pk = lines[-1] if lines else ("", None)
    return pk if event == LedgerEntry.PUBLISH else None


def _that_come_back(pairs, advisor):
    """What the advisor can sign again: a translation only on a source that is public after it."""
    back = [(public, e) for public, e in pairs if e is not None and advisor.speaks(e.language)]
    restored = {e.item: e for _public, e in back if e.language == languages.source()}
    replaced = {public.item for public, _e in pairs if public.language == languages.source()}

    def stands(earlier):
        if earlier.language == languages.source() or earlier.item not in replaced:
            return True
        return earlier.item in restored  # beside which it stood before

    return [(public, earlier) for public, earlier in back if stands(earlier)]


def undo_release(release, *, by, reason, expected, attested_in=None):
    """Put every text of a release back to what was public before it, as one decision.

    The advisor signs the earlier bytes anew, in the languages that she signs; what she cannot sign,
    and what was not public before, comes down. ``expected`` are the plan's fingerprints, as she saw
    them. Returns (sign-offs put up, sign-offs taken down).
    """
    with locked():
        release = Release.objects.get(pk=release.pk)
        if release.state != Release.State.PUBLISHED:
            raise TransitionNotAllowed(
                _("The release “%(release)s” is %(state)s: nothing to undo.")
                % {"release": release, "state": release.get_state_display()}
            )
        advisor = acting_advisor(by)
        if advisor is None:
            raise PermissionDenied(_("Only an active medical advisor decides this."))
        if not any(advisor.speaks(request.language) for request in release.requests.all()):
            raise PermissionDenied(
                _("%(advisor)s signs no language of this release.") % {"advisor": advisor}
            )
        plan = undo_plan(release, advisor)
        reason = normal(reason)
        if not reason:
            raise TransitionNotAllowed(_("Say why the release is undone."))
        _check_plan(plan, expected)
        ledger.append("release:undo", by, release=release.pk, reason=reason)
        along = f"The text that it translates was taken back: {reason}"
        down = [_take_down(each, by, advisor, reason) for each in plan.down]
        down += [_take_down(each, by, advisor, along) for each in plan.along]
        words = attestation(len(plan.back), attested_in)
        up = _put_back(plan, by, advisor, reason, words)
        release.state, release.decided_at = Release.State.UNDONE, timezone.now()
        release.save(update_fields=["state", "decided_at"])
        return up, down


def _check_plan(plan, expected):
    if plan.moved:
        names = ", ".join(f"{each.item} [{each.language}]" for each in plan.moved)
        raise TransitionNotAllowed(
            _(
                "Decided anew since this release: %(names)s. Nothing was undone: decide "
                "on the texts one by one."
            )
            % {"names": names}
        )
    if plan.fingerprints != expected:
        raise TransitionNotAllowed(
            _("What you saw is not what would happen now. Nothing was undone; read it again.")
        )


def _take_down(sign_off, by, advisor, reason):
    return take_down(item_of(sign_off), sign_off.language, by, advisor, reason)


def _put_back(plan, by, advisor, reason, words):
    """Sign the earlier texts anew and put them up, the source language first."""
    earlier = [sign_off for _public, sign_off in plan.back]
    together = [sign_off.revision for sign_off in earlier]
    evidence, sources = {}, {r.item for r in together if r.language == languages.source()}
    for language in dict.fromkeys(revision.language for revision in together):
        revisions = [revision for revision in together if revision.language == language]
        for revision in revisions:
            check_bytes(revision)
            check_not_author(by, revision)
        # A text whose source comes back, too, stood beside it before.
        check_sources([r for r in revisions if r.item not in sources])
        evidence |= check_references(revisions, together)
    following = {(revision.item, revision.language) for revision in together}
    restored = []
    for sign_off in sorted(earlier, key=lambda each: each.language != languages.source()):
        again = new_sign_off(
            SignOff.Decision.APPROVE,
            sign_off.revision,
            by,
            advisor,
            attestation=words,
            refers=evidence[sign_off.revision],
            waived=sign_off.waived,
            significance=Significance.SAFETY,
            reason=reason,
        )
        put_up([again], by, following)
        restored.append(again)
    return restored
