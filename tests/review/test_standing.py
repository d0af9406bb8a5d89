"""Where texts stand: the lists say the same as revisions and ledger, whatever happened."""

import random
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from review import discussion, standing, workflow
from review import people as people_
from review.models import Release, ReviewRequest, Revision, SignOff, Standing
from review.workflow import TransitionNotAllowed
from tests import factories as f

from .records import problems, text

pytestmark = pytest.mark.django_db


def rows():
    return {
        (row.item_type, row.key, row.language): (row.newest_id, row.live_id)
        for row in Standing.objects.all()
    }


def derived(retired=()):
    gone = {(item.item_type, item.key) for item in retired}
    return {text: row for text, row in standing.derived().items() if text[:2] not in gone}


class Desk(RuleBasedStateMachine):
    """People who do whatever comes to mind, in two languages, to two topics. What is refused is
    refused; after each step the lists are what revisions and ledger tell."""

    @initialize()
    def open(self):
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.people = f.People()
        self.topics = [f.make_topic(), f.make_topic()]
        self.done = 0
        for language in ("en", "es"):
            self.take_to_readers(0, language, 0)

    def teardown(self):
        if hasattr(self, "atomic"):
            found = problems()
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)
            assert found == []

    def attempt(self, action, *args, **kwargs):
        try:
            with transaction.atomic():
                result = action(*args, **kwargs)
        except (TransitionNotAllowed, PermissionDenied) as refusal:
            assert str(refusal)  # noqa: PT017
            result = None
        else:
            self.done += 1
        retired = [t for t in self.topics if workflow.fresh(t).retired]
        assert rows() == derived(retired)
        return result

    def some(self, records, which):
        found = list(records.order_by("pk"))
        return found[which % len(found)] if found else None

    def writer(self, language):
        return self.people.writer_of(language)

    def signer(self, language):
        return self.people.signer_of(language)

    @rule(which=st.integers(0, 1), language=st.sampled_from(["en", "es"]), words=st.integers(0, 9))
    def write(self, which, language, words):
        self.draft(which, language, words)

    def draft(self, which, language, words):
        topic = self.topics[which]
        return self.attempt(
            f.save,
            topic,
            language,
            self.writer(language),
            text(f"Title {words}"),
            significance=random.Random(words).choice(["wording", "meaning", "safety"]),
        )

    @rule(which=st.integers(0, 1), language=st.sampled_from(["en", "es"]), words=st.integers(0, 9))
    def take_to_readers(self, which, language, words):
        revision = self.draft(which, language, words)
        if revision and revision.state == "draft":
            request = self.attempt(workflow.submit, [revision], by=self.writer(language))
            if request:
                self.decide(request, later=False)

    @rule(which=st.integers(0, 9), sign=st.booleans(), later=st.booleans(), release=st.booleans())
    def submit(self, which, sign, later, release):
        draft = self.some(Revision.objects.filter(state="draft"), which)
        if draft is None:
            return
        release = Release.objects.filter(state="gathering").first() if release else None
        request = self.attempt(
            workflow.submit, [draft], by=self.writer(draft.language), release=release
        )
        if request and sign:
            self.decide(request, later)

    def decide(self, request, later):
        at = timezone.now() + timedelta(hours=1) if later else None
        self.attempt(
            workflow.approve,
            request,
            by=self.signer(request.language),
            expected=f.expected(request),
            publish_at=at,
        )

    @rule(which=st.integers(0, 9), later=st.booleans())
    def approve(self, which, later):
        request = self.some(ReviewRequest.objects.filter(state="open"), which)
        if request:
            self.decide(request, later)

    @rule(which=st.integers(0, 9))
    def discard(self, which):
        draft = self.some(Revision.objects.filter(state="draft"), which)
        if draft:
            self.attempt(workflow.discard, draft, by=self.writer(draft.language))

    @rule(which=st.integers(0, 30))
    def restore(self, which):
        revision = self.some(Revision.objects.all(), which)
        if revision:
            self.attempt(workflow.restore, revision, by=self.writer(revision.language))

    @rule(which=st.integers(0, 9), how=st.sampled_from(["recall", "changes", "stop", "publish"]))
    def turn(self, which, how):
        request = self.some(ReviewRequest.objects.filter(state__in=["open", "signed"]), which)
        if request is None:
            return
        by = self.writer(request.language)
        if how == "recall":
            self.attempt(workflow.recall, request, by=by)
        elif how == "changes":
            signer = self.signer(request.language)
            self.attempt(workflow.request_changes, request, by=signer, comment="Shorter")
        elif how == "stop":
            self.attempt(workflow.stop, request, by=by, reason="Wait")
        else:
            self.attempt(workflow.publish, request, by=by)

    @rule(which=st.integers(0, 1), language=st.sampled_from(["en", "es"]), down=st.booleans())
    def decide_on_public(self, which, language, down):
        topic, by = self.topics[which], self.signer(language)
        if down:
            self.attempt(workflow.withdraw, topic, language, by=by, reason="Wrong")
        else:
            public = SignOff.objects.filter(key=topic.key, language=language).first()
            seen = public.fingerprints if public else ""
            self.attempt(workflow.reaffirm, topic, language, by=by, expected=seen)

    @rule()
    def time_passes(self):
        workflow.publish_due(timezone.now() + timedelta(days=1))
        self.attempt(workflow.bring_back, self.topics[0], by=self.people.nobody)

    @rule(which=st.integers(0, 1), away=st.booleans())
    def retire(self, which, away):
        topic, by = self.topics[which], self.people.admin
        if away:
            self.attempt(workflow.retire, topic, by=by, reason="Old")
        else:
            self.attempt(workflow.bring_back, topic, by=by)

    @rule(undo=st.booleans())
    def release(self, undo):
        release = Release.objects.first()
        if release is None or release.state == "undone":
            self.attempt(workflow.make_release, "Spring", by=self.writer("en"))
        elif release.state == "gathering":
            self.attempt(workflow.publish_release, release, by=self.writer("en"))
        elif undo:
            by = self.signer("en")
            plan = workflow.undo_plan(release, by.advisor)
            expected = plan.fingerprints
            self.attempt(workflow.undo_release, release, by=by, reason="Wrong", expected=expected)

    @precondition(lambda self: self.done > 3)
    @rule(which=st.integers(0, 30))
    def say(self, which):
        revision = self.some(Revision.objects.all(), which)
        if revision is None:
            return
        by = self.signer(revision.language)
        self.attempt(discussion.say, revision, by=by, text="Well")
        topic = workflow.item_of(revision)
        self.attempt(people_.recheck, topic, revision.language, by=by, reason="New study")


def test_the_lists_say_what_revisions_and_ledger_say_whatever_happens(db):
    Desk.TestCase.settings = settings(
        max_examples=12,
        stateful_step_count=30,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    Desk.TestCase("runTest").runTest()


def test_rebuilding_changes_nothing(people):
    topic = f.make_topic()
    f.make_public(people, topic)
    f.make_public(people, topic, "es")
    f.save(topic, "en", people.editor, text("Newer"))
    before = rows()

    standing.rebuild()

    assert rows() == before == derived()
    assert len(before) == 2


@pytest.mark.parametrize("column", ["newest_id", "live_id"])
def test_a_list_that_shows_another_state_is_named_and_readers_are_not_concerned(people, column):
    topic = f.make_topic()
    f.make_public(people, topic)
    Standing.objects.update(**{column: None})

    assert problems() == [
        f"topics.topic:{topic.key} [en]: the lists of the desk show another state"
    ]
    assert [each.pk for each in type(topic).objects.public("en")] == [topic.pk]


def test_a_row_for_a_text_that_nobody_wrote_is_named(people):
    Standing.objects.create(item_type="topics.topic", key="ghost", language="en")

    assert len(problems()) == 1
