"""What waits on the desk today: drafts, requests in every state, comments, releases, conflicts."""

from datetime import timedelta

from django.utils import timezone

from .. import languages
from ..ledger import name_of
from ..lookups import named
from ..models import Comment, Release, ReviewRequest, Revision, Rival, SignOff, Standing
from ..people import open_rechecks

State = ReviewRequest.State
WHOLE_GUIDE = 60  # texts of one large request
DAYS = 25  # within which all this happened
STATES = {
    "open": State.OPEN,
    "changes": State.CHANGES_REQUESTED,
    "signed": State.SIGNED,
    "recalled": State.RECALLED,
    "stopped": State.STOPPED,
}
COMMENT = "Say first when to call the ward, and name the hours. The second paragraph repeats it."
PROBLEM = "A text was decided anew after this request was signed."


def write(seeder):
    """Everything since the last signature of each text, in the order in which it happened."""
    by_fate = {}
    for text in seeder.texts.values():
        if text.fate:
            by_fate.setdefault((text.fate, text.language), []).append(text)
    _large_request(seeder, by_fate)
    steps = []
    for (fate, _language), waiting in sorted(by_fate.items()):
        size = 6 if fate in ("open", "changes") else 2
        while waiting:
            count = seeder.random.randint(1, size)
            chosen, waiting = waiting[:count], waiting[count:]
            steps.append((seeder.random.random() * DAYS, fate, chosen))
    steps.sort(key=lambda step: -step[0])
    releases = _releases(seeder)
    puts, comments = [], []
    for ago, fate, chosen in steps:
        at = seeder.now - timedelta(days=ago)
        if fate in STATES:
            put = _request(seeder, fate, chosen, at, releases)
            puts.append(put)
            if fate == "changes" or (fate == "open" and seeder.random.random() < 0.2):
                comments.append((put, at))
        elif fate == "overtaken":
            _overtaken(seeder, chosen, at)
        elif fate == "withdrawn":
            _withdrawn(seeder, chosen, at)
        else:
            _drafts(seeder, fate, chosen, at)
    for start in range(0, len(puts), 100):
        seeder.out.put(puts[start : start + 100])
    seeder.out.say([_comment(put, at) for put, at in comments])


def _large_request(seeder, by_fate):
    """A whole guide of texts, put before an advisor at once."""
    source = languages.source()
    free = [t for t in seeder.texts.values() if t.language == source and t.rounds and not t.fate]
    chosen = free[-min(WHOLE_GUIDE, len(free) // 2) :] if len(free) > 1 else []
    if chosen:
        at = seeder.now - timedelta(days=DAYS + 1)
        due = seeder.now.date() + timedelta(days=2)
        seeder.large = seeder.request(chosen, State.OPEN, "The whole guide", at, due=due)
        seeder.out.put([seeder.large])


def _request(seeder, fate, chosen, at, releases):
    chance, more = seeder.random.random(), {}
    people, language = seeder.people, chosen[0].language
    if fate == "open":
        if chance < 0.6:
            more["due"] = seeder.now.date() + timedelta(days=seeder.random.randint(-6, 20))
        asked = [None, None, people.advisors[language], people.second]
        more["assigned_to"] = seeder.random.choice(asked)
        if chance < 0.05:
            more["release"] = releases[0]
    elif fate == "signed":
        more["publish_at"] = seeder.now + timedelta(days=seeder.random.randint(1, 20))
        if chance < 0.3:
            more["publish_at"] = seeder.now - timedelta(days=2)
            more["problem"] = PROBLEM
        elif chance < 0.5:
            more["publish_at"], more["release"] = None, releases[1]
    elif fate in ("changes", "stopped"):
        more["comment"] = COMMENT
    summary = (
        f"Brought up to date: {len(chosen)} texts" if len(chosen) > 1 else "Brought up to date"
    )
    put = seeder.request(chosen, STATES[fate], summary, at, **more)
    # Now and then the advisor wrote a part of a text that nobody has signed: she cannot sign it.
    if fate == "open" and chance > 0.7:
        for text, revision in zip(chosen, put.revisions, strict=True):
            if not text.rounds:
                revision.writers = [*revision.writers, people.advisors[language].user]
    return put


def _drafts(seeder, fate, chosen, at):
    state = Revision.State.DISCARDED if fate == "discarded" else Revision.State.DRAFT
    writers = [seeder.people.writers[chosen[0].language]]
    if seeder.random.random() < 0.3:
        writers = [seeder.people.admin]
    seeder.out.draft([seeder.revision(text, at, writers, state) for text in chosen])


def _overtaken(seeder, chosen, at):
    """Signed for later, and then decided anew before that time had come."""
    later = at + timedelta(minutes=5)
    first = seeder.request(chosen, State.OVERTAKEN, "For next month", at)
    second = seeder.request(chosen, State.PUBLISHED, "At once after all", later)
    seeder.out.put([first])
    seeder.out.put([second])
    by, decided = second.request.decided_by, chosen[0].item
    seeder.out.overtake(first.request, by, second.request.decided_at, decided)


def _withdrawn(seeder, chosen, at):
    live = [seeder.out.live[t.row.item_type, t.row.key, t.language] for t in chosen]
    seeder.out.withdraw(live, seeder.people.admin, at, "A sentence was wrong.")


def _comment(put, at):
    revision, by = put.revisions[0], put.advisor.user
    return Comment(
        **named(revision),
        revision=revision,
        request=put.request,
        text=COMMENT,
        by=by,
        name=name_of(by),
        at=at,
    )


def _releases(seeder):
    """Two that gather: one that waits, and one whose time has passed."""
    by, now = seeder.people.admin, seeder.now
    first = Release(name="New figures in every language", made_by=by, made_at=now)
    second = Release(
        name="Changes before the congress",
        made_by=by,
        made_at=now - timedelta(days=9),
        publish_at=now - timedelta(days=1),
        problem=PROBLEM,
    )
    seeder.out.gather([first, second])
    return first, second


def after(seeder):
    """What refers to where texts stand: rechecks, conflicts, people."""
    people, source = seeder.people, languages.source()
    live = SignOff.objects.filter(
        pk__in=Standing.objects.filter(language=source).exclude(live=None).values("live")
    )
    reason = "The dose in the guideline has changed: read it again."
    open_rechecks(list(live.order_by("-pk")[:12]), by=people.admin, reason=reason)
    drafts = Revision.objects.filter(state=Revision.State.DRAFT, language=source).order_by("-pk")
    editor = people.writers[source]
    for draft in drafts[:3]:
        Rival.objects.get_or_create(
            **named(draft),
            user=editor,
            decided_at=None,
            defaults={
                "text": draft.text,
                "facts": draft.facts,
                "base_text": draft.text,
                "base_facts": draft.facts,
                "theirs": draft,
                "at": timezone.now(),
            },
        )
    people.invite([f"invited-{number}" for number in range(1, 3)])
