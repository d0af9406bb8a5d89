"""What happened, from the ledger's lines: notices for those whom it concerns.

``catch_up`` may run at any time, in any number of processes: it holds the bookmark's row while it
reads on, and notices and bookmark move in one transaction.
"""

import json

from django.apps import apps as installed
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from ..ledger import name_of
from ..models import Bookmark, Comment, LedgerEntry, Notice, ReviewRequest, SignOff
from .texts import described, one_line, write
from .whom import Whom, reachable

NAME = "notices"
LINES = 500  # of the ledger, in one transaction

Kind = Notice.Kind


def begin(apps=installed, **kwargs):
    """Start at the ledger's present end (after every migrate): nobody is told about the past."""
    try:
        bookmark = apps.get_model("review", "Bookmark")
        line = apps.get_model("review", "LedgerEntry")
    except LookupError:
        return
    bookmark.objects.get_or_create(name=NAME, defaults={"number": _head(line)})


def _head(line=LedgerEntry):
    last = line.objects.order_by("-number").values_list("number", flat=True)
    return last.first() or 0


def behind():
    """Whether the ledger has lines that nobody has been told of yet."""
    number = Bookmark.objects.filter(name=NAME).values_list("number", flat=True).first()
    return number is None or number < _head()


def catch_up():
    """Note what the ledger says since the last time. Returns how many lines were read."""
    read = 0
    while True:
        with transaction.atomic():
            bookmark = _bookmark()
            lines = LedgerEntry.objects.filter(number__gt=bookmark.number).order_by("number")
            lines = list(lines.select_related("sign_off__user")[:LINES])
            if not lines:
                return read
            write(list(Chapter(lines).notices()))
            bookmark.number = lines[-1].number
            bookmark.save(update_fields=["number"])
            read += len(lines)


def _bookmark():
    Bookmark.objects.get_or_create(name=NAME, defaults={"number": _head()})
    return Bookmark.objects.select_for_update().get(name=NAME)


class Chapter:
    """Some lines of the ledger with what they speak of; the same number of queries for any."""

    def __init__(self, lines):
        self.lines = lines
        self.payloads = {
            line.number: json.loads(line.payload)
            for line in lines
            if line.event.startswith(("request:", "comment:"))
        }
        self.now, self.whom = timezone.now(), Whom()
        self._load_requests()
        self._load_comments()
        self._load_taken_back()
        revisions = [r for request in self.requests.values() for r in request.revisions.all()]
        revisions += [comment.revision for comment in self.comments.values()]
        revisions += [line.sign_off.revision for line in (*self.withdrawals, *self.restored)]
        self.texts = described(revisions)

    def _load_requests(self):
        named = {payload.get("request") for payload in self.payloads.values()}
        named |= {line.sign_off.request_id for line in self.lines if line.sign_off}
        found = ReviewRequest.objects.filter(pk__in=named - {None}).select_related(
            "submitted_by", "decided_by", "assigned_to__user"
        )
        self.requests = {
            request.pk: request for request in found.prefetch_related("revisions__authors__user")
        }

    def _load_comments(self):
        added = [line for line in self.lines if line.event == "comment:add"]
        named = {self.payloads[line.number]["comment"] for line in added}
        found = Comment.objects.filter(pk__in=named).select_related("by", "revision")
        self.comments = {
            comment.pk: comment for comment in found.prefetch_related("revision__authors__user")
        }
        threads = {comment.parent_id for comment in self.comments.values()} - {None}
        inside = Comment.objects.filter(Q(pk__in=threads) | Q(parent__in=threads))
        self.said = {}
        for each in inside.select_related("by"):
            self.said.setdefault(each.parent_id or each.pk, []).append(each)

    def _load_taken_back(self):
        """What came down, and what an undone release put up again: signed, but in no request."""
        self.withdrawals = [line for line in self.lines if line.event == LedgerEntry.WITHDRAW]
        self.restored = [
            line
            for line in self.lines
            if line.event == LedgerEntry.PUBLISH
            and line.sign_off.decision == SignOff.Decision.APPROVE
            and line.sign_off.request_id is None
        ]
        pks = [line.sign_off_id for line in (*self.withdrawals, *self.restored)]
        found = SignOff.objects.filter(pk__in=pks).select_related("revision", "user")
        found = found.prefetch_related("revision__authors__user", "revision__sign_offs__user")
        sign_offs = {sign_off.pk: sign_off for sign_off in found}
        for line in (*self.withdrawals, *self.restored):
            line.sign_off = sign_offs[line.sign_off_id]

    # -- What there is to tell -------------------------------------------------------------------

    def notices(self):
        tell = {
            "request:submit": self._asked,
            "request:assign": self._asked,
            "request:changes": self._given_back,
            "request:stop": self._given_back,
            "request:overtaken": self._given_back,
            "comment:add": self._said,
            "signoff:approve": self._approved,
            LedgerEntry.PUBLISH: self._approved,
        }
        for line in self.lines:
            if line.event in tell:
                yield from tell[line.event](line)
        for run in _runs(self.withdrawals):
            yield from self._taken_back(run, Kind.WITHDRAWN)
        for run in _runs(self.restored):
            yield from self._taken_back(run, Kind.APPROVED)

    def _notice(self, people, but_not, kind, about, by, texts, **more):
        details = {"by": one_line(by), "texts": texts, **more.pop("details", {})}
        return [
            Notice(user=user, kind=kind, about=about, details=details, made_at=self.now, **more)
            for user in {user.pk: user for user in people}.values()
            if reachable(user) and user.pk != but_not
        ]

    def _of(self, request):
        """A request's texts as a notice keeps them, and who wrote them."""
        revisions = sorted(request.revisions.all(), key=lambda revision: revision.pk)
        authors = [author.user for r in revisions for author in r.authors.all()]
        return [self.texts[revision.pk] for revision in revisions], authors

    def _asked(self, line):
        request = self.requests.get(self.payloads[line.number]["request"])
        if request is None or request.state != ReviewRequest.State.OPEN:
            return []
        texts, authors = self._of(request)
        people = self.whom.asked(
            request.language, request.assigned_to_id, {author.pk for author in authors}
        )
        by = name_of(request.submitted_by)
        about = f"request:{request.pk}"
        return self._notice(people, None, Kind.SUBMITTED, about, by, texts, request=request)

    def _given_back(self, line):
        request = self.requests[self.payloads[line.number]["request"]]
        texts, authors = self._of(request)
        # Who overtook a request decided about another text, and may be anybody.
        actor = None if line.event == "request:overtaken" else request.decided_by_id
        return self._notice(
            [*authors, request.submitted_by],
            actor,
            Kind.CHANGES,
            f"{line.event}:{request.pk}",
            line.actor,
            texts,
            request=request,
            details={"event": line.event},
        )

    def _approved(self, line):
        request = self.requests.get(line.sign_off.request_id)
        if request is None:
            return []
        texts, authors = self._of(request)
        return self._notice(
            [*authors, request.submitted_by],
            line.sign_off.user_id,
            Kind.APPROVED,
            f"request:{request.pk}",
            line.sign_off.name,
            texts,
            request=request,
        )

    def _said(self, line):
        comment = self.comments[self.payloads[line.number]["comment"]]
        people = [author.user for author in comment.revision.authors.all()]
        request = self.requests.get(comment.request_id)
        if request is not None:
            people.append(request.submitted_by)
            if request.assigned_to:
                people.append(request.assigned_to.user)
        earlier = self.said.get(comment.parent_id, [])
        people += [each.by for each in earlier if each.pk < comment.pk]
        return self._notice(
            people,
            comment.by_id,
            Kind.COMMENT,
            f"comment:{comment.pk}",
            comment.name,
            [self.texts[comment.revision_id]],
            request=request,
        )

    def _taken_back(self, run, kind):
        """One notice a person, with the texts that she wrote or signed."""
        theirs, people = {}, {}
        for line in run:
            revision = line.sign_off.revision
            signed = [s.user for s in revision.sign_offs.all() if s.decision != "withdraw"]
            for user in [*(author.user for author in revision.authors.all()), *signed]:
                people[user.pk] = user
                texts = theirs.setdefault(user.pk, [])
                if self.texts[revision.pk] not in texts:
                    texts.append(self.texts[revision.pk])
        [first, *_] = run
        for pk, user in people.items():
            yield from self._notice(
                [user],
                first.sign_off.user_id,
                kind,
                f"ledger:{first.number}",
                first.sign_off.name,
                theirs[pk],
            )


def _runs(lines):
    """Lines that one decision made: of one item, or for one reason."""
    runs, before = [], None
    for line in lines:
        now = line.sign_off
        same = before is not None and (
            before.user_id == now.user_id
            and (before.revision.item == now.revision.item or before.reason == now.reason)
        )
        if same:
            runs[-1].append(line)
        else:
            runs.append([line])
        before = now
    return runs
