"""The table of transitions, cell by cell: every state of a text x every action x every role."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from review import groups, workflow
from review.workflow import TransitionNotAllowed
from tests import factories as f
from topics.models import Topic

from .records import everything, problems

pytestmark = pytest.mark.django_db

# What a cell says: "+" allowed, "s" refused because of the state, "p" because of the person,
# "r" refused because of both, whichever is said.
ALLOWED, STATE, PERSON, BOTH = "+", "s", "p", "r"
REFUSED = [STATE, PERSON]

# The columns of the table, left to right. The text is Spanish.
ROLES = [
    "nobody",
    "editor",  # writes English
    "other translator",  # writes French
    "translator",  # writes Spanish
    "advisor",  # signs Spanish
    "other advisor",  # signs French
    "deactivated advisor",  # signed Spanish until the tick was taken away
    "inactive user",  # would be superuser and Spanish advisor
    "superuser",  # no advisor
    "superuser advisor",  # signs Spanish
    "author advisor",  # signs Spanish, and saved this text
]

WRITERS = "p p p + p p p p + + +"
DECIDERS = "p p p p + p p p p + +"
SIGNERS = "p p p p + p p p p + p"
CHECKERS = "p p p + p p p p + + p"
RELEASERS = "p p p + + p p p + + +"
WITHDRAWERS = "p p p p + p p p + + +"
NOBODY_NOW = "s s s s s s s s s s s"
NO_WRITER_NOW = "r r r s r r r r s s s"
NO_SIGNER_NOW = "r r r r s r r r r s r"
NO_WITHDRAWER_NOW = "r r r r s r r r s s s"

TABLE = {
    "draft": {
        "save_draft": WRITERS,
        "discard": WRITERS,
        "submit": WRITERS,
        "recall": NOBODY_NOW,
        "request_changes": NOBODY_NOW,
        "sign": NOBODY_NOW,
        "publish": NOBODY_NOW,
        "approve": NOBODY_NOW,
        "reaffirm": NO_SIGNER_NOW,
        "withdraw": NO_WITHDRAWER_NOW,
        "restore": NOBODY_NOW,
        "assign": NOBODY_NOW,
        "check_language": NOBODY_NOW,
        "stop": NOBODY_NOW,
    },
    "in review": {
        "save_draft": WRITERS,
        "discard": NOBODY_NOW,
        "submit": NOBODY_NOW,
        "recall": WRITERS,
        "request_changes": DECIDERS,
        "sign": SIGNERS,
        "publish": NOBODY_NOW,
        "approve": SIGNERS,
        "reaffirm": NO_SIGNER_NOW,
        "withdraw": NO_WITHDRAWER_NOW,
        "restore": NOBODY_NOW,
        "assign": RELEASERS,
        "check_language": CHECKERS,
        "stop": NOBODY_NOW,
    },
    "in review beside a newer draft": {
        "save_draft": WRITERS,
        "discard": NOBODY_NOW,
        "submit": NOBODY_NOW,
        "recall": NO_WRITER_NOW,
        "request_changes": DECIDERS,
        "sign": SIGNERS,
        "publish": NOBODY_NOW,
        "approve": SIGNERS,
        "reaffirm": NO_SIGNER_NOW,
        "withdraw": NO_WITHDRAWER_NOW,
        "restore": NOBODY_NOW,
        "assign": RELEASERS,
        "check_language": CHECKERS,
        "stop": NOBODY_NOW,
    },
    "draft beside one in review": {
        "save_draft": WRITERS,
        "discard": WRITERS,
        "submit": NO_WRITER_NOW,
        "recall": NOBODY_NOW,
        "request_changes": NOBODY_NOW,
        "sign": NOBODY_NOW,
        "publish": NOBODY_NOW,
        "approve": NOBODY_NOW,
        "reaffirm": NO_SIGNER_NOW,
        "withdraw": NO_WITHDRAWER_NOW,
        "restore": NOBODY_NOW,
        "assign": NOBODY_NOW,
        "check_language": NOBODY_NOW,
        "stop": NOBODY_NOW,
    },
    "changes requested": {
        "save_draft": WRITERS,
        "discard": NOBODY_NOW,
        "submit": NOBODY_NOW,
        "recall": NOBODY_NOW,
        "request_changes": NOBODY_NOW,
        "sign": NOBODY_NOW,
        "publish": NOBODY_NOW,
        "approve": NOBODY_NOW,
        "reaffirm": NO_SIGNER_NOW,
        "withdraw": NO_WITHDRAWER_NOW,
        "restore": WRITERS,
        "assign": NOBODY_NOW,
        "check_language": NOBODY_NOW,
        "stop": NOBODY_NOW,
    },
    "signed": {
        "save_draft": WRITERS,
        "discard": NOBODY_NOW,
        "submit": NOBODY_NOW,
        "recall": NOBODY_NOW,
        "request_changes": NOBODY_NOW,
        "sign": NOBODY_NOW,
        "publish": RELEASERS,
        "approve": NOBODY_NOW,
        "reaffirm": NO_SIGNER_NOW,
        "withdraw": NO_WITHDRAWER_NOW,
        "restore": WRITERS,
        "assign": NOBODY_NOW,
        "check_language": NOBODY_NOW,
        "stop": RELEASERS,
    },
    "scheduled": {
        "save_draft": WRITERS,
        "discard": NOBODY_NOW,
        "submit": NOBODY_NOW,
        "recall": NOBODY_NOW,
        "request_changes": NOBODY_NOW,
        "sign": NOBODY_NOW,
        "publish": RELEASERS,
        "approve": NOBODY_NOW,
        "reaffirm": NO_SIGNER_NOW,
        "withdraw": NO_WITHDRAWER_NOW,
        "restore": WRITERS,
        "assign": NOBODY_NOW,
        "check_language": NOBODY_NOW,
        "stop": RELEASERS,
    },
    "stopped": {
        "save_draft": WRITERS,
        "discard": NOBODY_NOW,
        "submit": NOBODY_NOW,
        "recall": NOBODY_NOW,
        "request_changes": NOBODY_NOW,
        "sign": NOBODY_NOW,
        "publish": NOBODY_NOW,
        "approve": NOBODY_NOW,
        "reaffirm": NO_SIGNER_NOW,
        "withdraw": NO_WITHDRAWER_NOW,
        "restore": WRITERS,
        "assign": NOBODY_NOW,
        "check_language": NOBODY_NOW,
        "stop": NOBODY_NOW,
    },
    "overtaken": {
        "save_draft": WRITERS,
        "discard": NOBODY_NOW,
        "submit": NOBODY_NOW,
        "recall": NOBODY_NOW,
        "request_changes": NOBODY_NOW,
        "sign": NOBODY_NOW,
        "publish": NOBODY_NOW,
        "approve": NOBODY_NOW,
        "reaffirm": NO_SIGNER_NOW,
        "withdraw": NO_WITHDRAWER_NOW,
        "restore": WRITERS,
        "assign": NOBODY_NOW,
        "check_language": NOBODY_NOW,
        "stop": NOBODY_NOW,
    },
    "public": {
        "save_draft": WRITERS,
        "discard": NOBODY_NOW,
        "submit": NOBODY_NOW,
        "recall": NOBODY_NOW,
        "request_changes": NOBODY_NOW,
        "sign": NOBODY_NOW,
        "publish": NOBODY_NOW,
        "approve": NOBODY_NOW,
        "reaffirm": SIGNERS,
        "withdraw": WITHDRAWERS,
        "restore": WRITERS,
        "assign": NOBODY_NOW,
        "check_language": NOBODY_NOW,
        "stop": NOBODY_NOW,
    },
    "superseded": {
        "save_draft": WRITERS,
        "discard": NOBODY_NOW,
        "submit": NOBODY_NOW,
        "recall": NOBODY_NOW,
        "request_changes": NOBODY_NOW,
        "sign": NOBODY_NOW,
        "publish": NOBODY_NOW,
        "approve": NOBODY_NOW,
        "reaffirm": NO_SIGNER_NOW,
        "withdraw": WITHDRAWERS,  # of the text that is public now
        "restore": WRITERS,
        "assign": NOBODY_NOW,
        "check_language": NOBODY_NOW,
        "stop": NOBODY_NOW,
    },
    "withdrawn": {
        "save_draft": WRITERS,
        "discard": NOBODY_NOW,
        "submit": NOBODY_NOW,
        "recall": NOBODY_NOW,
        "request_changes": NOBODY_NOW,
        "sign": NOBODY_NOW,
        "publish": NOBODY_NOW,
        "approve": NOBODY_NOW,
        "reaffirm": NO_SIGNER_NOW,
        "withdraw": NO_WITHDRAWER_NOW,
        "restore": WRITERS,
        "assign": NOBODY_NOW,
        "check_language": NOBODY_NOW,
        "stop": NOBODY_NOW,
    },
    "discarded": {
        "save_draft": WRITERS,
        "discard": NOBODY_NOW,
        "submit": NOBODY_NOW,
        "recall": NOBODY_NOW,
        "request_changes": NOBODY_NOW,
        "sign": NOBODY_NOW,
        "publish": NOBODY_NOW,
        "approve": NOBODY_NOW,
        "reaffirm": NO_SIGNER_NOW,
        "withdraw": NO_WITHDRAWER_NOW,
        "restore": WRITERS,
        "assign": NOBODY_NOW,
        "check_language": NOBODY_NOW,
        "stop": NOBODY_NOW,
    },
    "retired": {
        "save_draft": NOBODY_NOW,
        "discard": NOBODY_NOW,
        "submit": NOBODY_NOW,
        "recall": NOBODY_NOW,
        "request_changes": NOBODY_NOW,
        "sign": NOBODY_NOW,
        "publish": NOBODY_NOW,
        "approve": NOBODY_NOW,
        "reaffirm": NO_SIGNER_NOW,
        "withdraw": NO_WITHDRAWER_NOW,
        "restore": NOBODY_NOW,
        "assign": NOBODY_NOW,
        "check_language": NOBODY_NOW,
        "stop": NOBODY_NOW,
    },
}


class Cast:
    """One person a role for texts in one language. Of an English text, "translator" is who writes
    English, and "editor" somebody who writes Spanish."""

    def __init__(self, language):
        writers = {"en": groups.EDITORS, "es": groups.translators("es")}
        own = writers.pop(language)
        [foreign] = writers.values()
        self.author = f.make_advisor(None, language)
        self.author.groups.add(Group.objects.get(name=own))
        self.helper = f.make_advisor(None, language)
        self.roles = {
            "nobody": f.make_user(),
            "editor": f.make_user(None, foreign),
            "other translator": f.make_user(None, groups.translators("fr")),
            "translator": f.make_user(None, own),
            "advisor": f.make_advisor(None, language),
            "other advisor": f.make_advisor(None, "fr"),
            "deactivated advisor": f.make_advisor(None, language, active=False),
            "inactive user": self._superuser(f.make_advisor(None, language), is_active=False),
            "superuser": f.make_user(is_superuser=True),
            "superuser advisor": self._superuser(f.make_advisor(None, language)),
            "author advisor": self.author,
        }

    def _superuser(self, user, **flags):
        type(user).objects.filter(pk=user.pk).update(is_superuser=True, **flags)
        return type(user).objects.get(pk=user.pk)


class RollBack(Exception):
    """Undoes an allowed transition, so that every cell starts from the same state."""


class Case:
    """A text brought into one state, always through a request, by its author and a helper."""

    def __init__(self, people, language, state):
        self.cast, self.language, self.topic = Cast(language), language, f.make_topic()
        if language != "en":
            f.make_public(people, self.topic)
        self.verified = set()  # the actions after which everything was seen to fit
        self.revision = self._save("First")
        self.request = workflow.submit([self.revision], by=self.cast.author)
        self.seen = f.expected(self.request)
        getattr(self, "_" + state.replace(" ", "_"))()
        self.revision.refresh_from_db()

    def _save(self, title):
        return f.save(self.topic, self.language, self.cast.author, f.text_for(Topic, title=title))

    def _in_review(self):
        pass

    def _draft(self):
        workflow.recall(self.request, by=self.cast.author)

    def _in_review_beside_a_newer_draft(self):
        self._save("Second")

    def _draft_beside_one_in_review(self):
        self._changes_requested()  # the request that the actions are tried on
        workflow.submit([self._save("Second")], by=self.cast.author)
        self.revision = self._save("Third")

    def _changes_requested(self):
        workflow.request_changes(self.request, by=self.cast.helper, comment="Shorter")

    def _signed(self):
        workflow.sign(self.request, by=self.cast.helper, expected=self.seen)

    def _scheduled(self):
        later = timezone.now() + timedelta(days=1)
        workflow.sign(self.request, by=self.cast.helper, expected=self.seen, publish_at=later)

    def _stopped(self):
        self._signed()
        workflow.stop(self.request, by=self.cast.helper, reason="Wait")

    def _overtaken(self):
        self._signed()
        later = workflow.submit([self._save("Second")], by=self.cast.author)
        workflow.sign(later, by=self.cast.helper, expected=f.expected(later))

    def _retired(self):
        self._draft()
        workflow.retire(self.topic, by=self.cast.roles["superuser"], reason="Old")

    def _public(self):
        workflow.approve(self.request, by=self.cast.helper, expected=self.seen)

    def _superseded(self):
        self._public()
        later = workflow.submit([self._save("Second")], by=self.cast.author)
        workflow.approve(later, by=self.cast.helper, expected=f.expected(later))

    def _withdrawn(self):
        self._public()
        workflow.withdraw(self.topic, self.language, by=self.cast.helper, reason="Wrong")

    def _discarded(self):
        self._draft()
        workflow.discard(self.revision, by=self.cast.author)

    def outcome(self, action, by, before=None):
        """What a cell says; checks that refusal changed nothing and that all fits after success."""
        before = before or everything(Topic)
        try:
            with transaction.atomic():
                getattr(self, action)(by)
                assert everything(Topic) != before, "allowed, but nothing happened"
                if action not in self.verified:
                    assert problems() == []
                    self.verified.add(action)
                raise RollBack
        except RollBack:
            said = ALLOWED
        except PermissionDenied as error:
            said = PERSON if str(error) else "refused without a sentence"
        except TransitionNotAllowed as error:
            said = STATE if str(error) else "refused without a sentence"
        assert everything(Topic) == before
        return said

    # The actions, each as the admin would call it.

    def save_draft(self, by):
        newest = workflow.newest_revision(self.topic, self.language)
        workflow.save_draft(
            self.topic,
            self.language,
            f.text_for(Topic, title="Another"),
            by=by,
            based_on=workflow.token(newest),
        )

    def discard(self, by):
        workflow.discard(self.revision, by=by)

    def submit(self, by):
        workflow.submit([self.revision], by=by)

    def recall(self, by):
        workflow.recall(self.request, by=by)

    def request_changes(self, by):
        workflow.request_changes(self.request, by=by, comment="Shorter")

    def sign(self, by):
        workflow.sign(self.request, by=by, expected=self.seen)

    def publish(self, by):
        workflow.publish(self.request, by=by)

    def approve(self, by):
        workflow.approve(self.request, by=by, expected=self.seen)

    def reaffirm(self, by):
        workflow.reaffirm(self.topic, self.language, by=by, expected=self.revision.fingerprints)

    def withdraw(self, by):
        workflow.withdraw(self.topic, self.language, by=by, reason="Wrong")

    def restore(self, by):
        workflow.restore(self.revision, by=by)

    def assign(self, by):
        workflow.assign(self.request, by=by, advisor=None, due=timezone.localdate())

    def check_language(self, by):
        workflow.check_language(self.request, by=by, expected=self.seen)

    def stop(self, by):
        workflow.stop(self.request, by=by, reason="Wait")


def cells():
    """Every cell of the table: (state, action, role, what it says)."""
    for state, actions in TABLE.items():
        for action, row in actions.items():
            for role, cell in zip(ROLES, row.split(), strict=True):
                yield state, action, role, cell


@pytest.mark.parametrize("state", TABLE)
@pytest.mark.parametrize("language", ["es", "en"])
def test_transition_table(people, language, state):
    case, wrong = Case(people, language, state), []
    before = everything(Topic)

    for _state, action, role, cell in (each for each in cells() if each[0] == state):
        if action == "check_language" and language == "en":
            cell = STATE  # only a translation is checked for its language
        found = case.outcome(action, case.cast.roles[role], before)
        if found not in (REFUSED if cell == BOTH else [cell]):
            wrong.append(f"{action} by {role}: {found} instead of {cell}")

    assert wrong == []
    assert problems() == []


def test_transition_table_is_whole():
    actions = [
        *("save_draft", "discard", "submit", "recall", "request_changes", "sign", "publish"),
        *("approve", "reaffirm", "withdraw", "restore", "assign", "check_language", "stop"),
    ]

    assert {state: list(row) for state, row in TABLE.items()} == dict.fromkeys(TABLE, actions)


@pytest.mark.parametrize("action", ["reaffirm", "withdraw"])
def test_the_state_is_asked_before_the_person(people, action):
    case = Case(people, "es", "withdrawn")

    assert case.outcome(action, case.cast.roles["nobody"]) == STATE


def test_a_conflict_is_told_before_the_person_is_asked(people):
    case = Case(people, "es", "draft")

    with pytest.raises(workflow.Conflict):
        workflow.save_draft(
            case.topic, "es", case.revision.text, by=case.cast.roles["nobody"], based_on="older"
        )


@pytest.mark.parametrize("action", ["submit", "request_changes", "sign", "approve"])
def test_what_a_page_holds_is_read_anew_under_the_lock(people, action):
    case = Case(people, "es", "draft" if action == "submit" else "in review")
    opened = case.revision.state, case.request.state

    if action == "submit":
        workflow.discard(case.revision, by=case.cast.author)
    else:
        workflow.recall(case.request, by=case.cast.author)

    assert (case.revision.state, case.request.state) == opened
    assert case.outcome(action, case.cast.roles["superuser advisor"]) == STATE


@pytest.mark.parametrize("comment", ["", " \n\t"])
def test_changes_are_requested_with_a_comment(people, comment):
    case = Case(people, "es", "in review")
    before = everything(Topic)

    with pytest.raises(TransitionNotAllowed):
        workflow.request_changes(case.request, by=case.cast.helper, comment=comment)

    assert everything(Topic) == before


def test_nothing_is_submitted_without_a_draft(people):
    with pytest.raises(TransitionNotAllowed):
        workflow.submit([], by=people.editor)


def test_a_request_holds_one_language(people):
    topic = f.make_topic()
    english = f.save(topic, "en", people.editor)
    spanish = f.save(topic, "es", people.translator)

    with pytest.raises(TransitionNotAllowed):
        workflow.submit([english, spanish], by=people.admin)


@pytest.mark.parametrize("field", ["title", "answer", "body"])
def test_an_incomplete_text_is_not_submitted(people, field):
    topic = f.make_topic()
    draft = f.save(topic, "en", people.editor, f.text_for(Topic, **{field: " "}))
    before = everything(Topic)

    with pytest.raises(TransitionNotAllowed, match="lacks"):
        workflow.submit([draft], by=people.editor)

    assert everything(Topic) == before


def test_a_translation_says_everything_that_its_source_says(people):
    situation = f.make_situation()
    words = f.text_for(type(situation))
    f.make_public(people, situation, text={**words, "explanation": "More."}, facts={"group": "ras"})
    draft = f.save(situation, "es", people.translator, words)

    with pytest.raises(TransitionNotAllowed, match="explanation"):
        workflow.submit([draft], by=people.translator)


def test_a_translation_waits_for_its_source(people):
    topic = f.make_topic()

    with pytest.raises(TransitionNotAllowed, match="translate"):
        f.save(topic, "es", people.translator)


@pytest.mark.parametrize("language", ["xx", ""])
def test_a_language_that_the_site_does_not_speak_is_refused_to_everybody(people, language):
    topic = f.make_topic()
    f.make_public(people, topic)
    before = everything(Topic)

    with pytest.raises((TransitionNotAllowed, PermissionDenied)):
        f.save(topic, language, people.admin)

    assert everything(Topic) == before


def test_request_of_several_texts_moves_as_one(people):
    topics = [f.make_topic() for _ in range(3)]
    request = workflow.submit([f.save(t, "en", people.editor) for t in topics], by=people.editor)

    states = [set(request.revisions.values_list("state", flat=True))]
    workflow.recall(request, by=people.second_editor)
    states.append(set(request.revisions.values_list("state", flat=True)))

    assert states == [{"in review"}, {"draft"}]


def test_recall_is_whole_or_not_at_all(people):
    topics = [f.make_topic() for _ in range(3)]
    request = workflow.submit([f.save(t, "en", people.editor) for t in topics], by=people.editor)
    f.save(topics[1], "en", people.editor, f.text_for(Topic, title="Newer"))
    before = everything(Topic)

    with pytest.raises(TransitionNotAllowed, match=topics[1].key):
        workflow.recall(request, by=people.editor)

    assert everything(Topic) == before
