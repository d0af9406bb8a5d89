"""Releases: requests that go public together, and the way back to what was public before."""

from django.core.exceptions import PermissionDenied
from django.utils import timezone

from .. import languages, ledger
from ..guards import (
    TransitionNotAllowed,
    acting_advisor,
    check_bytes,
    check_not_author,
    check_references,
    check_sources,
    item_of,
    live,
    named,
    normal,
)
from ..ledger import locked
from ..models import LedgerEntry, Release, Significance, SignOff, write_permission
from ..publication import new_sign_off, put_up, take_down, take_down_translations


def make_release(name, *, by, publish_at=None):
    """An empty release, for requests to join. Returns it."""
    with locked():
        if not any(by.has_perm(f"review.{write_permission(code)}") for code in languages.codes()):
            raise PermissionDenied("Only who writes here makes a release.")
        name = normal(name)
        if not name:
            raise TransitionNotAllowed("Give the release a name.")
        if publish_at is not None and publish_at <= timezone.now():
            raise TransitionNotAllowed("The time at which it should go public lies in the past.")
        release = Release.objects.create(
            name=name[:200], made_by=by, made_at=timezone.now(), publish_at=publish_at
        )
        ledger.append("release:make", by, release=release.pk, name=release.name)
        return release


def undo_plan(release):
    """What undoing a release would do: [(its sign-off, the sign-off before it or None)]."""
    plan = []
    sign_offs = SignOff.objects.filter(
        request__release=release, ledger_entries__event=LedgerEntry.PUBLISH
    )
    for sign_off in sign_offs.select_related("revision").order_by("pk"):
        put = sign_off.ledger_entries.filter(event=LedgerEntry.PUBLISH).order_by("number").first()
        lines = LedgerEntry.objects.filter(**named(sign_off), number__lt=put.number)
        before = lines.exclude(seal="").order_by("-number")
        before = before.select_related("sign_off__revision").first()
        earlier = before.sign_off if before and before.event == LedgerEntry.PUBLISH else None
        plan.append((sign_off, earlier))
    return plan


def undo_release(release, *, by, reason):
    """Put every text of a release back to what was public before it, as one decision.

    The advisor signs the earlier bytes anew, in the languages that she signs; what she cannot sign,
    and what was not public before, comes down. Returns (sign-offs put up, sign-offs taken down).
    """
    with locked():
        release = Release.objects.get(pk=release.pk)
        if release.state != Release.State.PUBLISHED:
            raise TransitionNotAllowed(
                f"The release “{release}” is {release.get_state_display()}: nothing to undo."
            )
        advisor = acting_advisor(by)
        if advisor is None:
            raise PermissionDenied("Only an active medical advisor decides this.")
        plan = undo_plan(release)
        if not any(advisor.speaks(sign_off.language) for sign_off, _earlier in plan):
            raise PermissionDenied(f"{advisor} signs no language of this release.")
        reason = normal(reason)
        if not reason:
            raise TransitionNotAllowed("Say why the release is undone.")
        for sign_off, _earlier in plan:
            public = live(sign_off, sign_off.language)
            if public is None or public.pk != sign_off.pk:
                raise TransitionNotAllowed(
                    f"{sign_off.revision.item} was decided anew since. Nothing was undone: "
                    "decide on its texts one by one."
                )
        back, down = _divided(plan, advisor)
        together = [earlier.revision for _sign_off, earlier in back]
        evidence = _evidence(together, by)
        ledger.append("release:undo", by, release=release.pk, reason=reason)
        up, taken = [], []
        for sign_off in down:
            item = item_of(sign_off)
            taken.append(take_down(item, sign_off.language, by, advisor, reason))
            if sign_off.language == languages.source():
                # Also those that went public after the release. Those in it came down before.
                taken += take_down_translations(item, by, advisor, reason)
        following = {(revision.item, revision.language) for revision in together}
        source_first = sorted(back, key=lambda pair: pair[0].language != languages.source())
        for _sign_off, earlier in source_first:
            restored = new_sign_off(
                SignOff.Decision.APPROVE,
                earlier.revision,
                by,
                advisor,
                refers=evidence[earlier.revision],
                significance=Significance.SAFETY,
                reason=reason,
            )
            put_up(restored, by, following)
            up.append(restored)
        release.state, release.decided_at = Release.State.UNDONE, timezone.now()
        release.save(update_fields=["state", "decided_at"])
        return up, taken


def _evidence(together, by):
    """What the texts that come back refer to; refused where one of them may not come back."""
    sources = {r.item for r in together if r.language == languages.source()}
    evidence = {}
    for language in dict.fromkeys(revision.language for revision in together):
        revisions = [revision for revision in together if revision.language == language]
        for revision in revisions:
            check_bytes(revision)
            check_not_author(by, revision)
        # A text whose source comes back, too, stood beside it before.
        check_sources([r for r in revisions if r.item not in sources])
        evidence |= check_references(revisions, together)
    return evidence


def _divided(plan, advisor):
    """What goes back, as pairs, and the sign-offs of what comes down, translations first: what was
    not public before, what the advisor does not sign, and what translates one of those."""
    back = {s: earlier for s, earlier in plan if earlier and advisor.speaks(s.language)}
    falls = {
        sign_off.revision.item
        for sign_off, _earlier in plan
        if sign_off.language == languages.source() and sign_off not in back
    }
    back = {s: earlier for s, earlier in back.items() if s.revision.item not in falls}
    down = [sign_off for sign_off, _earlier in plan if sign_off not in back]
    return list(back.items()), sorted(down, key=lambda s: s.language == languages.source())
