"""The records of many texts at once, as the transitions would have written them one by one.

For demonstrations and measurements only: it checks nothing, and takes signatures of demonstration
advisors alone. What is written is another module's (``seeding``); the triggers stay where they are.
"""

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from .. import ledger
from ..attestation import attestation
from ..ledger import name_of
from ..lookups import named
from ..models import (
    Comment,
    LedgerEntry,
    ReviewRequest,
    Revision,
    RevisionAuthor,
    SignOff,
    Standing,
)
from ..publication import columns_of, signature
from ..structure import structure_of

Asked, State = ReviewRequest.State, Revision.State
BATCH = 500

# How a request ended, and what that made of its revisions.
ENDS = {
    Asked.OPEN: State.IN_REVIEW,
    Asked.CHANGES_REQUESTED: State.CHANGES_REQUESTED,
    Asked.RECALLED: State.DRAFT,
    Asked.SIGNED: State.APPROVED,
    Asked.PUBLISHED: State.APPROVED,
    Asked.STOPPED: State.APPROVED,
    Asked.OVERTAKEN: State.APPROVED,
}


@dataclass
class Put:
    """A request and what it holds, none of it stored yet. ``request.state`` says how it ended."""

    request: ReviewRequest
    revisions: list
    advisor: object = None  # who signs it, or gives it back


class Writer:
    """Collects what is public and what is newest while it writes; ``finish`` stores that, too.

    Use it inside ``ledger.locked()``, and write an item's texts in the order of their numbers.
    Each revision may have ``writers``: the users who saved it, one after another.
    """

    def __init__(self):
        self.lines = ledger.Lines()
        self.items, self.newest, self.live, self.numbers = {}, {}, {}, {}

    def add(self, rows, by, at):
        """Store rows of one content model without text."""
        rows = list(rows)
        for row in rows:
            row.empty()
            structure = structure_of(row)
            self.lines.append(
                "item:create", by, at=at, item_type=row.item_type, key=row.key, structure=structure
            )
        type(rows[0])._base_manager.bulk_create(rows, batch_size=BATCH)
        self.items |= {row.item: row for row in rows}
        self.lines.write()

    def draft(self, revisions):
        """Store drafts, and texts that were put away (those in the state ``discarded``)."""
        self._store(revisions)
        for revision in revisions:
            if revision.state == State.DISCARDED:
                self.lines.append(
                    "revision:discard",
                    revision.writers[-1],
                    at=revision.saved_at,
                    **named(revision),
                    number_of_revision=revision.number,
                )
        self.lines.write()

    def gather(self, releases):
        """Store releases that gather."""
        for each in releases:
            each.save(force_insert=True)
            self.lines.append(
                "release:make", each.made_by, at=each.made_at, release=each.pk, name=each.name
            )
        self.lines.write()

    def put(self, puts):
        """Store requests with their revisions, and whatever was decided about them."""
        ReviewRequest.objects.bulk_create([each.request for each in puts], batch_size=BATCH)
        for each in puts:
            for revision in each.revisions:
                revision.request, revision.state = each.request, ENDS[each.request.state]
        self._store([revision for each in puts for revision in each.revisions])
        signed = self._sign(puts)
        for each in puts:
            self._tell(each, signed.get(each.request.pk, ()))
        self.lines.write()

    def withdraw(self, sign_offs, by, at, reason):
        """Take texts down. The source's translations are the caller's to name."""
        made = [
            signature(
                SignOff.Decision.WITHDRAW, public.revision, by, None, at,
                reason=reason, significance="safety",
            )
            for public in sign_offs
        ]  # fmt: skip
        SignOff.objects.bulk_create(made, batch_size=BATCH)
        for sign_off in made:
            self._decided(sign_off, by, at, LedgerEntry.WITHDRAW)
        self.lines.write()

    def say(self, comments):
        Comment.objects.bulk_create(comments, batch_size=BATCH)
        for each in comments:
            self.lines.append(
                "comment:add",
                each.by,
                at=each.at,
                **named(each),
                comment=each.pk,
                request=each.request_id,
            )
        self.lines.write()

    def finish(self):
        """Store what readers see, and where each text stands."""
        public = {}
        for sign_off in self.live.values():
            if sign_off is not None:
                about = sign_off.revision.item
                public.setdefault(about, {}).update(columns_of(sign_off))
        for about, columns in public.items():
            item = self.items[about]
            type(item)._base_manager.filter(pk=item.pk).update(**columns)
        rows = [
            Standing(
                item_type=kind,
                key=key,
                language=code,
                newest=newest,
                live=self.live.get((kind, key, code)),
            )
            for (kind, key, code), newest in self.newest.items()
        ]
        Standing.objects.bulk_create(rows, batch_size=BATCH)

    def overtake(self, request, by, at, decided):
        """Record that a later decision about one of its texts made a signed request void."""
        about = {"language": request.language, "request": request.pk}
        self.lines.append("request:overtaken", by, at=at, **about, decided=decided)
        self.lines.write()

    # -- Steps ---------------------------------------------------------------------------------

    def _store(self, revisions):
        for revision in revisions:
            text = _text(revision)
            revision.number = self.numbers[text] = self.numbers.get(text, 0) + 1
            if revision.state != State.DISCARDED:
                self.newest[text] = revision
        Revision.objects.bulk_create(revisions, batch_size=BATCH)
        RevisionAuthor.objects.bulk_create(
            [
                RevisionAuthor(revision=r, user=user, name=name_of(user), at=r.saved_at)
                for r in revisions
                for user in r.writers
            ],
            batch_size=BATCH,
        )

    def _sign(self, puts):
        """Sign what was signed; returns request id to its sign-offs."""
        made = []
        for each in puts:
            if ENDS[each.request.state] != State.APPROVED:
                continue
            if not each.advisor.demonstration:
                raise PermissionDenied(
                    _("“%(advisor)s” is a person: nothing is signed for her.")
                    % {"advisor": each.advisor}
                )
            made += [
                signature(
                    SignOff.Decision.APPROVE, revision, each.advisor.user, each.advisor,
                    each.request.decided_at, attestation=attestation(len(each.revisions)),
                    request=each.request, significance=revision.significance,
                )
                for revision in each.revisions
            ]  # fmt: skip
        SignOff.objects.bulk_create(made, batch_size=BATCH)
        found = {}
        for sign_off in made:
            found.setdefault(sign_off.request_id, []).append(sign_off)
        return found

    def _tell(self, each, sign_offs):
        """The ledger's lines of one request."""
        request, at = each.request, each.request.decided_at
        about = {"language": request.language, "request": request.pk}
        submitted = [[r.item, r.number, r.fingerprints] for r in each.revisions]
        self.lines.append(
            "request:submit",
            request.submitted_by,
            at=request.submitted_at,
            **about,
            revisions=submitted,
        )
        ending = LedgerEntry.PUBLISH if request.state == Asked.PUBLISHED else ""
        for sign_off in sign_offs:
            self._decided(sign_off, each.advisor.user, at, ending)
        if request.state == Asked.CHANGES_REQUESTED:
            self.lines.append(
                "request:changes", request.decided_by, at=at, **about, comment=request.comment
            )
        elif request.state == Asked.RECALLED:
            self.lines.append("request:recall", request.decided_by, at=at, **about)
        elif request.state == Asked.STOPPED:
            self.lines.append(
                "request:stop", request.decided_by, at=at, **about, reason=request.comment
            )

    def _decided(self, sign_off, by, at, ending):
        """A decision, and what it made of the public text."""
        about = named(sign_off)
        self.lines.append(f"signoff:{sign_off.decision}", by, at=at, **about, sign_off=sign_off)
        if ending:
            self.lines.append(ending, by, at=at, **about, sign_off=sign_off, publishes=True)
            up = ending == LedgerEntry.PUBLISH
            self.live[_text(sign_off)] = sign_off if up else None


def _text(about):
    return about.item_type, about.key, about.language
