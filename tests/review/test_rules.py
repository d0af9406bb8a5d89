"""The numbered rules of the design that no single module keeps alone; each test names its rule."""

import ast
from pathlib import Path

import pytest
from django.conf import settings as site
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from review import languages, staleness, workflow
from review.content import content_models, reviewed_columns, translated
from review.models import LedgerEntry, Revision, SignOff
from review.workflow import TransitionNotAllowed
from tests import factories as f
from topics.models import Topic

from .records import Interrupted, change, everything, interrupt, problems, row, without_triggers

pytestmark = pytest.mark.django_db

SAFETY = {"significance": "safety"}


def text(title="Title", **fields):
    """Complete text of a topic."""
    return f.text_for(Topic, title=title, **fields)


def shown(item, language="en"):
    """What readers of a language get as title, and in which language; None for nothing."""
    found = next(iter(type(item).objects.public(language).filter(pk=item.pk)), None)
    return found and (found.text[found.text_fields[0]], found.language)


def refused(action, *args, **kwargs):
    """The sentence of a refusal that changed nothing at all."""
    before = everything()
    with pytest.raises((TransitionNotAllowed, PermissionDenied)) as refusal:
        action(*args, **kwargs)
    assert everything() == before
    assert problems() == []
    assert str(refusal.value)
    return refusal


def sign_past_the_workflow(revision, by, decision="approve", **fields):
    """What somebody with a shell would do: mark the revision approved and insert the sign-off."""
    Revision.objects.filter(pk=revision.pk, state="in review").update(state="approved")
    revision.refresh_from_db()
    given = {
        "advisor": getattr(by, "advisor", None) or f.make_advisor().advisor,
        "user": by,
        "decision": decision,
        "revision": revision,
        "item_type": revision.item_type,
        "key": revision.key,
        "language": revision.language,
        "fingerprint": revision.fingerprint,
        "facts_fingerprint": revision.facts_fingerprint,
        "source_fingerprints": revision.source_fingerprints,
        "origin": revision.origin,
        "significance": "meaning",
        "name": "Somebody",
        "refers": [],
        "signed_at": revision.saved_at,
        "next_review": revision.saved_at.date(),
    }
    with transaction.atomic():
        return SignOff.objects.create(**{**given, **fields})


# -- Rule 1: text becomes public only through sign and publish -----------------------------------


def test_rule_1_text_is_public_after_publication_and_not_a_step_before(people):
    topic = f.make_topic()
    steps = [shown(topic)]

    revision = f.save(topic, "en", people.editor, text())
    steps.append(shown(topic))
    request = workflow.submit([revision], by=people.editor)
    steps.append(shown(topic))
    f.sign(people, request)
    steps.append(shown(topic))
    workflow.publish(request, by=people.advisor)
    steps.append(shown(topic))

    assert steps == [None, None, None, None, ("Title", "en")]
    assert problems() == []


def test_rule_1_a_signed_text_waits_while_the_old_one_stays_public(people):
    topic = f.make_topic()
    f.make_public(people, topic, text=text("Old"))

    request = f.submit(people, topic, text=text("New"))
    f.sign(people, request)
    before = shown(topic)
    workflow.publish(request, by=people.advisor)

    assert (before, shown(topic)) == (("Old", "en"), ("New", "en"))
    assert problems() == []


def test_rule_1_approval_is_signing_and_publishing(people):
    topic = f.make_topic()

    [sign_off] = f.approve(people, f.submit(people, topic, text=text()))

    assert shown(topic) == ("Title", "en")
    assert sign_off.request.state == "published"


@pytest.mark.parametrize("language", ["en", "es"])
def test_rule_1_a_request_is_published_once(people, language):
    topic = f.make_topic()
    f.make_public(people, topic)
    request = f.submit(people, topic, language, text("Other"))
    f.approve(people, request)

    refused(workflow.publish, request, by=people.admin)
    refused(f.approve, people, request)


def _advisor_left(people, topic, request):
    people.advisor.advisor.active = False
    people.advisor.advisor.save()


def _advisor_lost_the_language(people, topic, request):
    people.advisor.advisor.languages = ["es"]
    people.advisor.advisor.save()


def _reference_withdrawn(people, topic, request):
    cited = f.Source.objects.get()
    workflow.withdraw(cited, "en", by=people.second_advisor, reason="Retracted")


def _live_text_withdrawn(people, topic, request):
    workflow.withdraw(topic, "en", by=people.second_advisor, reason="Wrong")


def _live_text_reaffirmed(people, topic, request):
    live = workflow.fresh(topic).sign_off_in("en")
    workflow.reaffirm(topic, "en", by=people.second_advisor, expected=live.fingerprints)


def _newer_text_signed(people, topic, request):
    newer = f.submit(people, topic, text=text("Newer"))
    f.sign(people, newer, by=people.second_advisor)


@pytest.mark.parametrize(
    "spoil",
    [
        _advisor_left,
        _advisor_lost_the_language,
        _reference_withdrawn,
        _live_text_withdrawn,
        _live_text_reaffirmed,
        _newer_text_signed,
    ],
)
def test_rule_1_publication_checks_everything_again(people, spoil):
    cited = f.make_source()
    f.make_public(people, cited)
    topic = f.make_topic()
    f.make_public(people, topic, text=text("Old"))
    request = f.submit(people, topic, text=text("New", body=f"Body [@{cited.key}]."))
    f.sign(people, request)
    spoil(people, topic, request)

    refused(workflow.publish, request, by=people.second_advisor)

    assert shown(topic) in [None, ("Old", "en")]


def test_rule_1_publication_checks_the_bytes_again(people):
    topic = f.make_topic()
    request = f.submit(people, topic, text=text())
    f.sign(people, request)
    with without_triggers():
        request.revisions.update(text=text("Smuggled in"))

    with pytest.raises(TransitionNotAllowed):
        workflow.publish(request, by=people.advisor)

    assert shown(topic) is None
    assert row(topic)["title_en"] is None


@pytest.mark.parametrize("how", ["withdrawn", "changed for safety"])
def test_rule_1_publication_of_a_translation_checks_its_source_again(people, how):
    topic = f.make_topic()
    f.make_public(people, topic)
    request = f.submit(people, topic, "es", text("Título"))
    f.sign(people, request)
    if how == "withdrawn":
        workflow.withdraw(topic, "en", by=people.advisor, reason="Wrong")
    else:
        f.make_public(people, topic, text=text("Safer"), **SAFETY)

    refused(workflow.publish, request, by=people.spanish_advisor)


def test_rule_1_signing_asks_for_the_advisor_as_she_is_now(people):
    request = f.submit(people, f.make_topic())
    advisor = people.advisor
    assert advisor.advisor.active  # looked at when the page was opened
    type(advisor.advisor).objects.filter(user=advisor).update(active=False)

    refused(f.sign, people, request, by=advisor)


def test_rule_1_what_a_text_refers_to_is_public_or_in_the_same_request(people):
    cited, topic = f.make_source(), f.make_topic()
    source = f.save(cited, "en", people.editor)
    citing = f.save(topic, "en", people.editor, text(body=f"Body [@{cited.key}]."))
    alone = workflow.submit([citing], by=people.editor)

    refused(f.approve, people, alone)
    workflow.recall(alone, by=people.editor)
    together = workflow.submit([citing, source], by=people.editor)
    f.approve(people, together)

    assert shown(topic) == ("Title", "en")
    [evidence] = SignOff.objects.get(key=topic.key).refers
    assert evidence == [cited.item, "en", source.fingerprints]


# -- Rule 2: nobody signs what they wrote --------------------------------------------------------


def _is_author(people, topic, me):
    return workflow.submit([f.save(topic, "en", me)], by=people.editor)


def _is_author_and_superuser(people, topic, me):
    me.is_superuser = True
    me.save()
    return _is_author(people, topic, me)


def _another_saved_after_me(people, topic, me):
    f.save(topic, "en", me, text("Mine"))
    return f.submit(people, topic, text=text("Theirs"))


def _i_saved_after_another(people, topic, me):
    f.save(topic, "en", people.editor, text("Theirs"))
    return workflow.submit([f.save(topic, "en", me, text("Mine"))], by=people.editor)


def _saved_remarks_only(people, topic, me):
    f.save(topic, "en", people.editor, text())
    mine = f.save(topic, "en", me, text(), summary="Why it changed")
    return workflow.submit([mine], by=people.editor)


def _wrote_an_earlier_text_that_was_refused(people, topic, me):
    request = _is_author(people, topic, me)
    workflow.request_changes(request, by=people.advisor, comment="Shorter")
    return f.submit(people, topic, text=text("Shorter"))


def _wrote_an_earlier_text_that_was_discarded(people, topic, me):
    workflow.discard(f.save(topic, "en", me), by=me)
    return f.submit(people, topic, text=text("Theirs"))


def _wrote_a_later_draft(people, topic, me):
    request = f.submit(people, topic, text=text("Theirs"))
    f.save(topic, "en", me, text("Mine"))
    return request


def _wrote_a_later_draft_that_was_discarded(people, topic, me):
    request = _wrote_a_later_draft(people, topic, me)
    workflow.discard(workflow.newest_revision(topic, "en"), by=people.editor)
    return request


def _restored_the_text(people, topic, me):
    earlier = f.make_public(people, topic, text=text("Old")).revision
    f.make_public(people, topic, text=text("New"))
    return workflow.submit([workflow.restore(earlier, by=me)], by=people.editor)


def _wrote_a_text_after_the_last_approval(people, topic, me):
    f.make_public(people, topic, text=text("Old"))
    return _is_author(people, topic, me)


AUTHORS = [
    _is_author,
    _is_author_and_superuser,
    _another_saved_after_me,
    _i_saved_after_another,
    _saved_remarks_only,
    _wrote_an_earlier_text_that_was_refused,
    _wrote_an_earlier_text_that_was_discarded,
    _wrote_a_later_draft,
    _wrote_a_later_draft_that_was_discarded,
    _restored_the_text,
    _wrote_a_text_after_the_last_approval,
]


@pytest.mark.parametrize("case", AUTHORS)
def test_rule_2_author_cannot_sign(people, case):
    me, topic = people.writing_advisor, f.make_topic()
    request = case(people, topic, me)

    refusal = refused(f.approve, people, request, by=me)

    assert refusal.type is PermissionDenied
    f.approve(people, request, by=people.second_advisor)
    assert problems() == []


@pytest.mark.parametrize("case", AUTHORS)
def test_rule_2_trigger_refuses_an_author_whom_the_workflow_never_saw(people, case):
    me, topic = people.writing_advisor, f.make_topic()
    [revision] = case(people, topic, me).revisions.all()

    with pytest.raises(IntegrityError, match="nobody signs what they wrote"):
        sign_past_the_workflow(revision, me)

    assert sign_past_the_workflow(revision, people.second_advisor).pk


def test_rule_2_trigger_refuses_an_author_who_lends_only_the_name(people):
    me, topic = people.writing_advisor, f.make_topic()
    [revision] = _is_author(people, topic, me).revisions.all()

    with pytest.raises(IntegrityError):
        sign_past_the_workflow(revision, people.admin, advisor=me.advisor)


def _wrote_before_the_last_approval(people, topic, me):
    f.approve(people, _is_author(people, topic, me), by=people.second_advisor)
    return f.submit(people, topic, text=text("Theirs"))


def _wrote_the_other_language(people, topic, me):
    f.make_public(people, topic)
    f.save(topic, "es", me, text("Mío"))
    return f.submit(people, topic, text=text("Theirs"))


def _wrote_another_item(people, topic, me):
    f.save(f.make_topic(), "en", me)
    return f.submit(people, topic)


def _saved_without_a_change(people, topic, me):
    mine = f.save(topic, "en", people.editor)
    f.save(topic, "en", me)
    return workflow.submit([mine], by=people.editor)


NOT_AUTHORS = [
    _wrote_before_the_last_approval,
    _wrote_the_other_language,
    _wrote_another_item,
    _saved_without_a_change,
]


@pytest.mark.parametrize("case", NOT_AUTHORS)
def test_rule_2_who_did_not_write_since_the_last_approval_may_sign(people, case):
    me, topic = people.writing_advisor, f.make_topic()
    request = case(people, topic, me)

    f.approve(people, request, by=me)

    assert shown(topic)
    assert problems() == []


@pytest.mark.parametrize("case", NOT_AUTHORS)
def test_rule_2_trigger_lets_the_same_people_sign(people, case):
    me, topic = people.writing_advisor, f.make_topic()
    [revision] = case(people, topic, me).revisions.all()

    assert sign_past_the_workflow(revision, me).pk


def test_rule_2_one_own_text_spoils_the_whole_request(people):
    me, mine, theirs = people.writing_advisor, f.make_topic(), f.make_topic()
    revisions = [f.save(theirs, "en", people.editor), f.save(mine, "en", me)]
    request = workflow.submit(revisions, by=people.editor)

    refused(f.approve, people, request, by=me)

    assert (shown(mine), shown(theirs)) == (None, None)


def test_rule_2_who_submitted_without_saving_may_sign(people):
    me, topic = people.writing_advisor, f.make_topic()
    request = workflow.submit([f.save(topic, "en", people.editor)], by=me)

    f.approve(people, request, by=me)

    assert shown(topic)


def test_rule_2_writer_of_a_restored_text_cannot_sign_it(people):
    # The words are hers, whoever pressed the button; nobody else has ever vouched for them.
    me, topic = people.writing_advisor, f.make_topic()
    mine = f.save(topic, "en", me, text("Mine"))
    request = workflow.submit([mine], by=me)
    workflow.request_changes(request, by=people.advisor, comment="Not like this")
    f.make_public(people, topic, text=text("Theirs"))
    restored = workflow.restore(mine, by=people.editor)

    refused(f.approve, people, workflow.submit([restored], by=people.editor), by=me)


def _live_by(people, topic, me):
    f.approve(people, _is_author(people, topic, me), by=people.second_advisor)


def _live_by_another_with_my_draft(people, topic, me):
    f.make_public(people, topic, text=text("Theirs"))
    f.save(topic, "en", me, text("Mine"))


def _live_by_another_with_my_discarded_draft(people, topic, me):
    _live_by_another_with_my_draft(people, topic, me)
    workflow.discard(workflow.newest_revision(topic, "en"), by=me)


def _live_by_me_with_anothers_text_signed(people, topic, me):
    _live_by(people, topic, me)
    f.sign(people, f.submit(people, topic, text=text("Theirs")), by=people.second_advisor)


REAFFIRMING_AUTHORS = [
    _live_by,
    _live_by_another_with_my_draft,
    _live_by_another_with_my_discarded_draft,
    _live_by_me_with_anothers_text_signed,
]


@pytest.mark.parametrize("case", REAFFIRMING_AUTHORS)
def test_rule_2_author_cannot_reaffirm(people, case):
    me, topic = people.writing_advisor, f.make_topic()
    case(people, topic, me)
    live = workflow.fresh(topic).sign_off_in("en")

    refusal = refused(workflow.reaffirm, topic, "en", by=me, expected=live.fingerprints)

    assert refusal.type is PermissionDenied
    with pytest.raises(IntegrityError, match="nobody signs what they wrote"):
        sign_past_the_workflow(live.revision, me, "reaffirm")


def test_rule_2_author_before_the_last_approval_may_reaffirm(people):
    me, topic = people.writing_advisor, f.make_topic()
    f.approve(people, _wrote_before_the_last_approval(people, topic, me))
    live = workflow.fresh(topic).sign_off_in("en")

    workflow.reaffirm(topic, "en", by=me, expected=live.fingerprints)

    assert workflow.fresh(topic).sign_off_in("en").decision == "reaffirm"
    assert problems() == []


def test_rule_2_authors_may_withdraw_their_own_text(people):
    me, topic = people.writing_advisor, f.make_topic()
    _live_by(people, topic, me)

    workflow.withdraw(topic, "en", by=me, reason="I was wrong")

    assert shown(topic) is None
    assert problems() == []


# -- Rule 3: signing names fingerprints ----------------------------------------------------------


def _other_text(expected, request):
    return dict.fromkeys(expected, "0" * 64 + ".")


def _one_left_out(expected, request):
    return dict(list(expected.items())[1:])


def _one_too_many(expected, request):
    return {**expected, 10**6: next(iter(expected.values()))}


def _two_exchanged(expected, request):
    return dict(zip(expected, reversed(expected.values()), strict=True))


def _text_without_facts(expected, request):
    return {pk: seen.split(".")[0] for pk, seen in expected.items()}


@pytest.mark.parametrize(
    "seen",
    [_other_text, _one_left_out, _one_too_many, _two_exchanged, _text_without_facts, lambda *_: {}],
)
def test_rule_3_nothing_is_signed_unless_it_was_seen(people, seen):
    revisions = [f.save(f.make_topic(), "en", people.editor) for _ in range(2)]
    request = workflow.submit(revisions, by=people.editor)

    for action in (workflow.sign, workflow.approve):
        refused(action, request, by=people.advisor, expected=seen(f.expected(request), request))


def test_rule_3_refusal_names_what_moved(people):
    moved, same = f.make_topic(), f.make_topic()
    revisions = [f.save(topic, "en", people.editor) for topic in (moved, same)]
    request = workflow.submit(revisions, by=people.editor)
    seen = {**f.expected(request), revisions[0].pk: "something else"}

    refusal = refused(workflow.approve, request, by=people.advisor, expected=seen)

    assert moved.key in str(refusal.value)
    assert same.key not in str(refusal.value)


def test_rule_3_text_that_was_recalled_changed_and_submitted_again_was_not_seen(people):
    topic = f.make_topic()
    opened = f.submit(people, topic, text=text("Harmless"))
    seen = f.expected(opened)
    workflow.recall(opened, by=people.editor)
    again = f.submit(people, topic, text=text("Harmful"))

    for request in (opened, again):
        refused(workflow.approve, request, by=people.advisor, expected=seen)

    assert set(f.expected(again)) == set(seen)


def test_rule_3_facts_are_seen_too(people):
    situation = f.make_situation()
    opened = f.submit(people, situation, facts={"group": "ras"})
    seen = f.expected(opened)
    workflow.recall(opened, by=people.editor)
    again = f.submit(people, situation, facts={"group": "msi"})

    refused(workflow.approve, again, by=people.advisor, expected=seen)


@pytest.mark.parametrize("columns", [["text"], ["text", "fingerprint"], ["facts"]])
def test_rule_3_bytes_that_changed_in_the_database_are_not_signed(people, columns):
    situation = f.make_situation()
    request = f.submit(people, situation, facts={"group": "ras"})
    seen = f.expected(request)
    [revision] = request.revisions.all()
    other = {
        "text": f.text_for(type(situation), label="Smuggled in"),
        "facts": {"group": "msi"},
        "fingerprint": "0" * 64,
    }
    with without_triggers():
        request.revisions.update(**{name: other[name] for name in columns})

    with pytest.raises(TransitionNotAllowed):
        workflow.approve(request, by=people.advisor, expected=seen)

    assert shown(situation) is None
    assert not SignOff.objects.exists()
    assert [p for p in problems() if f"revision {revision.pk} " in p]


def test_rule_3_reaffirming_names_fingerprints_too(people):
    topic = f.make_topic()
    old = f.make_public(people, topic, text=text("Old"))
    f.make_public(people, topic, text=text("New"))

    refused(workflow.reaffirm, topic, "en", by=people.advisor, expected=old.fingerprints)


def test_rule_3_an_old_text_put_back_is_not_reaffirmed(people):
    # Readers get a 404 by then. One click must not make the superseded text public again.
    topic = f.make_topic()
    old = f.make_public(people, topic, text=text("Old"))
    before = row(topic)
    f.make_public(people, topic, text=text("New"))
    change(topic, **{name: before[name] for name in before if name.endswith("_en")})
    change(topic, sign_off_en_id=old.pk)

    with pytest.raises(TransitionNotAllowed):
        workflow.reaffirm(topic, "en", by=people.advisor, expected=old.fingerprints)

    assert shown(topic) is None


# -- Rule 4: whole or not at all, one language's columns in one UPDATE ---------------------------


def _approve_three(people):
    revisions = [f.save(f.make_topic(), "en", people.editor) for _ in range(3)]
    request = workflow.submit(revisions, by=people.editor)
    return lambda: f.approve(people, request)


def _in_two_languages(people):
    topic = f.make_topic()
    f.make_public(people, topic)
    f.make_public(people, topic, "es")
    return topic


def _change_for_safety(people):
    topic = _in_two_languages(people)
    request = f.submit(people, topic, text=text("Safer"), **SAFETY)
    return lambda: f.approve(people, request)


def _withdraw(people):
    topic = _in_two_languages(people)
    return lambda: workflow.withdraw(topic, "en", by=people.advisor, reason="Wrong")


def _reaffirm(people):
    topic = f.make_topic()
    seen = f.make_public(people, topic).fingerprints
    return lambda: workflow.reaffirm(topic, "en", by=people.advisor, expected=seen)


def _submit_two(people):
    revisions = [f.save(f.make_topic(), "en", people.editor) for _ in range(2)]
    return lambda: workflow.submit(revisions, by=people.editor)


def _recall(people):
    request = f.submit(people, f.make_topic())
    return lambda: workflow.recall(request, by=people.editor)


def _request_changes(people):
    request = f.submit(people, f.make_topic())
    return lambda: workflow.request_changes(request, by=people.advisor, comment="Shorter")


def _discard(people):
    draft = f.save(f.make_topic(), "en", people.editor)
    return lambda: workflow.discard(draft, by=people.editor)


def _restore(people):
    topic = f.make_topic()
    earlier = f.make_public(people, topic).revision
    return lambda: workflow.restore(earlier, by=people.editor)


@pytest.mark.parametrize(
    ("transition", "lines"),
    [
        (_approve_three, 6),
        (_change_for_safety, 4),
        (_withdraw, 4),
        (_reaffirm, 2),
        (_submit_two, 1),
        (_recall, 1),
        (_request_changes, 1),
        (_discard, 1),
        (_restore, 1),
    ],
)
def test_rule_4_a_transition_interrupted_anywhere_leaves_nothing_behind(
    people, monkeypatch, transition, lines
):
    act = transition(people)
    before, ledger_before = everything(), LedgerEntry.objects.count()

    for at in range(1, lines + 1):
        with monkeypatch.context() as patch:
            interrupt(patch, at)
            with pytest.raises(Interrupted):
                act()
        assert everything() == before
    assert problems() == []
    act()

    assert LedgerEntry.objects.count() == ledger_before + lines
    assert problems() == []


def test_rule_4_one_refused_text_keeps_the_whole_request_from_being_signed(people):
    good, bad, cited = f.make_topic(), f.make_topic(), f.make_source()
    revisions = [
        f.save(good, "en", people.editor),
        f.save(bad, "en", people.editor, text(body=f"Body [@{cited.key}].")),
    ]
    request = workflow.submit(revisions, by=people.editor)

    refused(f.approve, people, request)

    assert (shown(good), shown(bad)) == (None, None)


def _columns_of(topic, language):
    suffix = "_" + language.replace("-", "_")
    columns = {name + suffix for name in topic.text_fields} | {f"sign_off{suffix}_id"}
    return columns | ({"facts"} if language == "en" else set())


@pytest.mark.parametrize("language", languages.codes())
def test_rule_4_only_the_columns_of_that_language_are_written(people, language):
    people.spanish_advisor.advisor.languages = languages.codes()
    people.spanish_advisor.advisor.save()
    people.translator.is_superuser = True
    people.translator.save()
    topic = f.make_topic()
    f.make_public(people, topic)
    for code in languages.codes()[1:]:
        f.make_public(people, topic, code, text(f"Title {code}"))
    request = f.submit(people, topic, language, text("New"), significance="wording")
    before = row(topic)

    with CaptureQueriesContext(
        connection,
    ) as queries:
        f.approve(people, request)
    after = row(topic)

    written = {name for name in after if after[name] != before[name]}
    mine = _columns_of(topic, language)
    title = "title_" + language.replace("-", "_")
    assert written == {title, *(name for name in mine if name.startswith("sign_off"))}
    assert after[title] == "New"
    updates = [q["sql"] for q in queries if q["sql"].startswith('UPDATE "topics_topic"')]
    assert len(updates) == 1
    written_sql = updates[0].split(" WHERE ")[0]
    assert {name for name in after if f'"{name}" = ' in written_sql} == mine
    assert problems() == []


def test_rule_4_taking_down_sets_every_column_of_the_language_to_null_in_one_update(people):
    situation = f.make_situation()
    f.make_public(people, situation, facts={"group": "ras"})
    f.make_public(people, situation, "es")
    before = row(situation)

    with CaptureQueriesContext(connection) as queries:
        workflow.withdraw(situation, "es", by=people.spanish_advisor, reason="Wrong")
    without_spanish = row(situation)
    workflow.withdraw(situation, "en", by=people.advisor, reason="Wrong")
    without_any = row(situation)

    spanish = {"label_es", "explanation_es", "sign_off_es_id"}
    english = {"label_en", "explanation_en", "sign_off_en_id", "facts"}
    assert {n for n in before if before[n] != without_spanish[n]} == spanish
    assert {n for n in before if without_spanish[n] != without_any[n]} == english
    assert {without_any[name] for name in spanish | english} == {None}
    updates = [q["sql"] for q in queries if q["sql"].startswith('UPDATE "faq_situation"')]
    assert len(updates) == 1


def test_rule_4_an_optional_field_left_empty_is_signed_as_empty(people):
    situation = f.make_situation()

    f.make_public(people, situation, facts={"group": "ras"})

    assert row(situation)["explanation_en"] == ""
    assert row(situation)["explanation_es"] is None


def test_rule_4_save_writes_structure_and_never_text(people):
    guide, topic = f.make_guide(), f.make_topic()
    f.make_public(people, topic)
    before = row(topic)
    for column in [*reviewed_columns(Topic), *topic.text_fields]:
        if not column.startswith("sign_off"):
            setattr(topic, column, "Never signed")
    topic.facts, topic.key = {"a": 1}, "another-key"
    topic.position, topic.guide, topic.slug = 7, guide, "elsewhere"

    topic.save()

    written = {name for name in before if row(topic)[name] != before[name]}
    assert written == {"position", "guide_id", "slug"}
    assert problems() == []


def test_rule_4_a_new_row_has_no_text(people):
    sign_off = f.make_public(people, f.make_topic())
    text_columns = {
        name: "Never signed" for name in reviewed_columns(Topic) if not name.startswith("sign_off")
    }

    made = Topic.objects.create(
        key="new", slug="new", guide=f.make_guide(), facts={}, sign_off_en=sign_off, **text_columns
    )

    assert {row(made)[name] for name in row(made) if name.startswith(("title", "sign_off"))} == {
        None
    }
    assert row(made)["facts"] is None


BASE_COLUMNS = [
    (model, "sign_off_id" if name == "sign_off" else name)
    for model in content_models()
    for name in translated(model)
]


@pytest.mark.parametrize(("model", "column"), BASE_COLUMNS)
def test_rule_4_base_columns_stay_empty(people, model, column):
    made = {name: f.make_guide() for name in model.structure_fields if name == "guide"}
    item = model.objects.create(key="item", **made)
    sign_off = f.make_public(people, f.make_topic())

    with pytest.raises(IntegrityError), transaction.atomic():
        change(item, **{column: sign_off.pk if column == "sign_off_id" else "Text"})


# -- Rule 5: what is decided does not change (test_constraints.py has the rest) ------------------


def test_rule_5_everything_that_happened_is_in_the_ledger_in_order(people):
    topic = f.make_topic()
    first = f.submit(people, topic)
    workflow.recall(first, by=people.editor)
    workflow.discard(workflow.newest_revision(topic, "en"), by=people.editor)
    refused_once = f.submit(people, topic, text=text("Long"))
    workflow.request_changes(refused_once, by=people.advisor, comment="Shorter")
    sign_off = f.make_public(people, topic, text=text("Short"))
    workflow.reaffirm(topic, "en", by=people.advisor, expected=sign_off.fingerprints)
    workflow.withdraw(topic, "en", by=people.advisor, reason="Wrong")
    workflow.restore(sign_off.revision, by=people.editor)

    events = list(LedgerEntry.objects.order_by("number").values_list("event", flat=True))

    assert events[1:] == [
        *("request:submit", "request:recall", "revision:discard"),
        *("request:submit", "request:changes"),
        *("request:submit", "signoff:approve", "item:publish"),
        *("signoff:reaffirm", "item:publish"),
        *("signoff:withdraw", "item:withdraw"),
        "item:restore",
    ]
    assert problems() == []


# -- Rule 6: staleness is computed from revisions ------------------------------------------------


@pytest.mark.parametrize(
    ("published", "outdated", "stays"),
    [
        ([], "", True),
        (["wording"], "wording", True),
        (["meaning"], "meaning", True),
        (["safety"], "safety", False),
        (["wording", "wording"], "wording", True),
        (["wording", "meaning"], "meaning", True),
        (["meaning", "wording"], "meaning", True),
        (["meaning", "safety"], "safety", False),
        (["safety", "wording"], "safety", False),
        (["wording", "safety", "meaning"], "safety", False),
    ],
)
def test_rule_6_a_translation_is_outdated_by_the_highest_significance_since(
    people, published, outdated, stays
):
    topic = f.make_topic()
    f.make_public(people, topic, text=text("Source"))
    translation = f.make_public(people, topic, "es", text("Título")).revision

    for number, significance in enumerate(published):
        f.make_public(people, topic, text=text(f"Source {number}"), significance=significance)

    assert staleness.outdated_by(translation) == outdated
    assert (shown(topic, "es") == ("Título", "es")) is stays
    assert problems() == []


def test_rule_6_a_source_that_is_as_it_was_makes_the_translation_current_again(people):
    topic = f.make_topic()
    f.make_public(people, topic, text=text("Source"))
    translation = f.make_public(people, topic, "es", text("Título")).revision

    f.make_public(people, topic, text=text("Other"))
    between = staleness.outdated_by(translation)
    f.make_public(people, topic, text=text("Source"))

    assert (between, staleness.outdated_by(translation)) == ("meaning", "")
    [item] = Topic.objects.public("es")
    assert item.outdated is False


def test_rule_6_reaffirming_the_source_leaves_translations_current(people):
    topic = _in_two_languages(people)
    live = workflow.fresh(topic).sign_off_in("en")

    workflow.reaffirm(topic, "en", by=people.second_advisor, expected=live.fingerprints)

    [item] = Topic.objects.public("es")
    assert (item.language, item.outdated) == ("es", False)


def test_rule_6_a_draft_or_signed_source_does_not_make_translations_outdated(people):
    topic = _in_two_languages(people)
    translation = workflow.newest_revision(topic, "es")

    request = f.submit(people, topic, text=text("New"), **SAFETY)
    in_review = staleness.outdated_by(translation)
    f.sign(people, request)

    assert (in_review, staleness.outdated_by(translation)) == ("", "")
    assert shown(topic, "es")[1] == "es"


def test_rule_6_a_change_of_facts_is_a_matter_of_safety(people):
    situation = f.make_situation()
    f.make_public(people, situation, facts={"group": "ras"})
    f.make_public(people, situation, "es")

    sign_off = f.make_public(people, situation, facts={"group": "msi"}, significance="wording")

    assert sign_off.significance == "safety"
    assert shown(situation, "es")[1] == "en"


def test_rule_6_an_advisor_may_lower_a_change_of_facts(people):
    situation = f.make_situation()
    f.make_public(people, situation, facts={"group": "ras"})
    translation = f.make_public(people, situation, "es").revision
    request = f.submit(people, situation, facts={"group": "msi"})
    [revision] = request.revisions.all()

    [sign_off] = f.approve(people, request, significance={revision.pk: "wording"})

    assert sign_off.significance == "wording"
    assert staleness.outdated_by(translation) == "wording"
    assert shown(situation, "es")[1] == "es"


@pytest.mark.parametrize(
    ("proposed", "decided", "stays"), [("wording", "safety", False), ("safety", "wording", True)]
)
def test_rule_6_the_advisors_view_of_a_change_wins(people, proposed, decided, stays):
    topic = _in_two_languages(people)
    request = f.submit(people, topic, text=text("New"), significance=proposed)
    [revision] = request.revisions.all()

    [sign_off] = f.approve(people, request, significance={revision.pk: decided})

    assert sign_off.significance == decided
    assert (shown(topic, "es")[1] == "es") is stays


def test_rule_6_safety_takes_down_outdated_translations_only(people):
    topic = f.make_topic()
    f.make_public(people, topic, text=text("Good"))
    f.make_public(people, topic, "es", text("Bueno"))
    f.make_public(people, topic, text=text("Harmful"))

    f.make_public(people, topic, text=text("Good"), **SAFETY)

    assert shown(topic, "es") == ("Bueno", "es")
    assert problems() == []


def test_rule_6_a_translation_taken_down_says_why(people):
    topic = _in_two_languages(people)

    f.make_public(people, topic, text=text("Safer"), **SAFETY)

    taken = SignOff.objects.get(language="es", decision="withdraw")
    assert (taken.user, "safety" in taken.reason) == (people.advisor, True)
    [item] = Topic.objects.public("es")
    assert (item.language, item.fallback) == ("en", "withdrawn")


def test_rule_6_a_translation_of_an_unsigned_source_is_not_signed(people):
    topic = f.make_topic()
    draft = f.save(topic, "en", people.editor)
    request = f.submit(people, topic, "es", text("Título"))

    refused(f.approve, people, request)
    workflow.submit([draft], by=people.editor)
    refused(f.approve, people, request)


def test_rule_6_a_translation_of_a_draft_is_current_once_just_that_draft_is_published(people):
    topic = f.make_topic()
    draft = f.save(topic, "en", people.editor)
    request = f.submit(people, topic, "es", text("Título"))

    f.approve(people, workflow.submit([draft], by=people.editor))
    f.approve(people, request)

    [item] = Topic.objects.public("es")
    assert (item.language, item.outdated) == ("es", False)


def test_rule_6_a_translation_of_a_draft_that_changed_is_not_signed(people):
    topic = f.make_topic()
    f.save(topic, "en", people.editor, text("Before"))
    request = f.submit(people, topic, "es", text("Antes"))

    f.make_public(people, topic, text=text("After"))

    refused(f.approve, people, request)


def test_rule_6_a_draft_that_changed_while_it_was_translated_was_not_translated(people, client):
    topic = f.make_topic()
    seen = f.save(topic, "en", people.editor, text("Before"))
    client.force_login(people.translator)
    address = reverse("admin:topics_topic_change", args=[topic.pk]) + "?language=es"
    form = client.get(address).context["form"]
    opened = {field.name: field.value() or "" for field in form}
    f.save(topic, "en", people.editor, text("After"))

    client.post(address, {**opened, **text("Antes"), "action": "save"})

    saved = workflow.newest_revision(topic, "es")
    assert saved is None or saved.source_fingerprints == seen.fingerprints


@pytest.mark.parametrize("unknown", ["another item's", "a translation"])
def test_rule_6_what_is_no_source_of_the_item_is_nothing_to_translate(people, unknown):
    topic = _in_two_languages(people)
    other = f.make_topic()
    f.make_public(people, other)
    source = workflow.newest_revision(*((other, "en") if unknown[0] == "an" else (topic, "es")))
    writer = f.make_user(f.unique("translator"), f.groups.translators("fr"))
    advisor = f.make_advisor(f.unique("advisor"), "fr")
    request = workflow.submit(
        [f.save(topic, "fr", writer, text("Titre"), source=source)], by=writer
    )

    refused(f.approve, people, request, by=advisor)


# -- Rule 7: a withdrawn source takes its translations with it -----------------------------------


def test_rule_7_a_withdrawn_source_takes_its_translations_with_it(people):
    topic = _in_two_languages(people)

    workflow.withdraw(topic, "en", by=people.advisor, reason="Harmful")

    assert (shown(topic, "en"), shown(topic, "es")) == (None, None)
    assert not [name for name, value in row(topic).items() if "_es" in name and value is not None]
    decisions = SignOff.objects.filter(decision="withdraw").values_list("language", flat=True)
    assert sorted(decisions) == ["en", "es"]
    assert problems() == []


def test_rule_7_a_withdrawn_translation_leaves_the_source_and_the_others(people):
    topic = _in_two_languages(people)

    workflow.withdraw(topic, "es", by=people.spanish_advisor, reason="Harmful")

    assert (shown(topic, "en")[1], shown(topic, "es")[1]) == ("en", "en")
    assert problems() == []


def test_rule_7_a_translation_stays_down_when_its_source_returns(people):
    topic = _in_two_languages(people)
    earlier = workflow.newest_revision(topic, "en")
    workflow.withdraw(topic, "en", by=people.advisor, reason="Harmful")

    again = workflow.restore(earlier, by=people.editor)
    f.approve(people, workflow.submit([again], by=people.editor))

    assert (shown(topic, "en")[1], shown(topic, "es")[1]) == ("en", "en")


@pytest.mark.parametrize("reason", ["", " \n"])
def test_rule_7_a_withdrawal_gives_its_reason(people, reason):
    topic = f.make_topic()
    f.make_public(people, topic)

    refused(workflow.withdraw, topic, "en", by=people.advisor, reason=reason)


def test_rule_7_a_withdrawal_is_seen_on_the_next_request(people, client):
    guide = f.make_guide()
    f.make_public(people, guide)
    f.make_public(people, guide, "es", f.text_for(type(guide), title="Guía"))
    with override("es"):
        address = guide.get_absolute_url()
    pages = [client.get(address)]

    workflow.withdraw(guide, "es", by=people.spanish_advisor, reason="Wrong")
    pages.append(client.get(address))
    workflow.withdraw(guide, "en", by=people.advisor, reason="Wrong")
    pages.append(client.get(address))

    assert [page.status_code for page in pages] == [200, 200, 404]
    assert ["Guía" in page.content.decode() for page in pages] == [True, False, False]


# -- Rule 8: one normal form; nothing lost -------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("Cafe\u0301", "Café"),
        ("One\r\nTwo\rThree", "One\nTwo\nThree"),
        (" \n edges \n ", "edges"),
        ("Tab\tinside", "Tab\tinside"),
        ("👩\u200d⚕️ stays", "👩\u200d⚕️ stays"),
    ],
)
def test_rule_8_text_is_brought_into_normal_form_once(people, typed, stored):
    topic = f.make_topic()

    saved = f.save(topic, "en", people.editor, text(body=typed))
    request = workflow.submit([saved], by=people.editor)
    f.approve(people, request)

    assert saved.text["body"] == stored
    assert row(topic)["body_en"] == stored


@pytest.mark.parametrize("character", ["\0", "\x07", "\x1b", "\x7f", "\x85", "\ud800"])
def test_rule_8_what_is_not_text_is_refused_with_a_sentence(people, character):
    topic = f.make_topic()
    before = everything()

    with pytest.raises(ValidationError) as refusal:
        f.save(topic, "en", people.editor, text(body=f"First\nsecond{character}"))

    [sentence] = refusal.value.message_dict["body"]
    assert "Line 2" in sentence
    assert everything() == before


def test_rule_8_facts_are_brought_into_normal_form_too(people):
    cited = f.make_source()

    facts = {**f.SOURCE_FACTS, "authors": " Cafe\u0301 J "}
    saved = f.save(cited, "en", people.editor, facts=facts)

    assert saved.facts["authors"] == "Café J"


@pytest.mark.parametrize("state", ["draft", "in review", "approved", "public"])
def test_rule_8_saving_without_a_change_creates_nothing(people, state):
    topic, words = f.make_topic(), text(body="Café\n\nau lait")
    f.save(topic, "en", people.editor, words)
    if state != "draft":
        request = workflow.submit([workflow.newest_revision(topic, "en")], by=people.editor)
    if state == "approved":
        f.sign(people, request)
    if state == "public":
        f.approve(people, request)
    before = everything()

    f.save(topic, "en", people.second_editor, words)
    f.save(topic, "en", people.second_editor, text(body=" Cafe\u0301\r\n\r\nau lait\n"))

    assert everything() == before


def test_rule_8_a_change_of_remarks_alone_is_kept(people):
    topic = f.make_topic()
    f.save(topic, "en", people.editor, text())

    f.save(topic, "en", people.second_editor, text(), summary="Why", significance="safety")

    saved = workflow.newest_revision(topic, "en")
    assert (saved.number, saved.summary, saved.significance) == (1, "Why", "safety")


def _save(topic, by, based_on, title, **more):
    return workflow.save_draft(topic, "en", text(title), by=by, based_on=based_on, **more)


def test_rule_8_a_save_based_on_an_older_text_keeps_both(people):
    topic = f.make_topic()
    opened = workflow.token(f.save(topic, "en", people.editor, text("First")))
    _save(topic, people.second_editor, opened, "Theirs")
    before = everything()

    with pytest.raises(workflow.Conflict) as conflict:
        _save(topic, people.editor, opened, "Mine")

    assert everything() == before
    assert conflict.value.theirs.text["title"] == "Theirs"
    assert str(people.second_editor) in str(conflict.value)
    _save(topic, people.editor, workflow.token(conflict.value.theirs), "Mine and theirs")
    assert workflow.newest_revision(topic, "en").text["title"] == "Mine and theirs"


@pytest.mark.parametrize(
    "remarks", [{"summary": "Two people were harmed"}, {"significance": "safety"}]
)
def test_rule_8_remarks_of_another_are_not_overwritten_unseen(people, remarks):
    topic = f.make_topic()
    opened = workflow.token(f.save(topic, "en", people.editor, text("First")))
    _save(topic, people.second_editor, opened, "First", **remarks)

    with pytest.raises(workflow.Conflict):
        _save(topic, people.editor, opened, "Mine")


@pytest.mark.parametrize("meanwhile", ["first text", "discarded", "published", "submitted"])
def test_rule_8_every_change_of_the_newest_text_is_a_conflict(people, meanwhile):
    topic = f.make_topic()
    opened = ""
    if meanwhile != "first text":
        opened = workflow.token(f.save(topic, "en", people.editor, text("First")))
    draft = workflow.newest_revision(topic, "en") or f.save(topic, "en", people.editor)
    if meanwhile == "discarded":
        workflow.discard(draft, by=people.editor)
    if meanwhile == "published":
        _save(topic, people.editor, opened, "Second")
        f.approve(people, workflow.submit([draft], by=people.editor))
    if meanwhile == "submitted":
        # The text is the same: a further save starts the next draft, beside the one in review.
        workflow.submit([draft], by=people.editor)
        made = _save(topic, people.second_editor, opened, "Mine")
        assert (made.number, made.state) == (2, "draft")
        return

    with pytest.raises(workflow.Conflict):
        _save(topic, people.second_editor, opened, "Mine")


def test_rule_8_a_conflict_names_who_saved_last(people):
    topic = f.make_topic()
    f.save(topic, "en", people.editor, text("One"))
    opened = workflow.token(f.save(topic, "en", people.second_editor, text("Two")))
    f.save(topic, "en", people.editor, text("Three"))

    with pytest.raises(workflow.Conflict) as conflict:
        _save(topic, people.second_editor, opened, "Mine")

    assert str(people.editor) in str(conflict.value)


def test_rule_8_a_discarded_text_can_be_had_again(people):
    topic = f.make_topic()
    draft = f.save(topic, "en", people.editor, text("Precious"))
    workflow.discard(draft, by=people.second_editor)

    restored = workflow.restore(draft, by=people.editor)

    assert (restored.number, restored.text["title"]) == (2, "Precious")


# -- Rule 9: dates derive from sign-offs ---------------------------------------------------------


@pytest.mark.parametrize(
    ("signed", "months", "due"),
    [
        ("2026-03-15", 12, "2027-03-15"),
        ("2026-03-15", 1, "2026-04-15"),
        ("2026-01-31", 1, "2026-02-28"),
        ("2028-01-31", 1, "2028-02-29"),
        ("2028-01-30", 1, "2028-02-29"),
        ("2028-02-29", 12, "2029-02-28"),
        ("2028-02-29", 48, "2032-02-29"),
        ("2027-02-28", 12, "2028-02-28"),
        ("2026-08-31", 1, "2026-09-30"),
        ("2026-12-31", 2, "2027-02-28"),
        ("2026-12-01", 1, "2027-01-01"),
        ("2026-11-30", 13, "2027-12-30"),
        ("2026-10-31", 24, "2028-10-31"),
    ],
)
def test_rule_9_the_next_review_is_due_so_many_months_after_signing(
    people, settings, time_machine, signed, months, due
):
    settings.REVIEW_MONTHS = months
    time_machine.move_to(f"{signed}T12:00:00Z", tick=False)

    sign_off = f.make_public(people, f.make_topic())

    assert sign_off.signed_at.date().isoformat() == signed
    assert sign_off.next_review.isoformat() == due


@pytest.mark.parametrize("time", ["00:00:00", "23:59:59"])
def test_rule_9_the_day_of_signing_is_the_same_from_first_to_last_second(
    people, time_machine, time
):
    time_machine.move_to(f"2026-03-15T{time}Z", tick=False)

    sign_off = f.make_public(people, f.make_topic())

    assert sign_off.next_review.isoformat() == "2027-03-15"


def test_rule_9_reaffirming_moves_the_date_and_nothing_else(people, time_machine):
    topic = f.make_topic()
    time_machine.move_to("2026-03-15T12:00:00Z", tick=False)
    first = f.make_public(people, topic)
    before = row(topic)
    time_machine.move_to("2027-03-16T12:00:00Z", tick=False)

    again = workflow.reaffirm(topic, "en", by=people.advisor, expected=first.fingerprints)

    [item] = Topic.objects.public("en")
    assert item.approval == again
    assert (first.next_review.year, item.approval.next_review.isoformat()) == (2027, "2028-03-16")
    after = row(topic)
    assert {name for name in after if after[name] != before[name]} == {"sign_off_en_id"}


def test_rule_9_a_withdrawal_has_no_next_review(people):
    topic = f.make_topic()
    f.make_public(people, topic)

    workflow.withdraw(topic, "en", by=people.advisor, reason="Wrong")

    assert SignOff.objects.get(decision="withdraw").next_review is None


def test_rule_9_a_sign_off_keeps_the_advisor_as_of_then(people):
    topic = f.make_topic()
    sign_off = f.make_public(people, topic)
    name, advisor = sign_off.name, people.advisor.advisor
    advisor.name, advisor.credentials, advisor.interests = "Dr New", "Professor", "Shares"
    advisor.save()

    [item] = Topic.objects.public("en")

    assert (item.approval.name, item.approval.credentials) == (name, "MD")
    assert item.approval.interests == "None declared"
    assert problems() == []


# -- Rule 10: reads load the shown language and the source ---------------------------------------


@pytest.mark.parametrize("model", content_models(), ids=lambda model: model.__name__)
@pytest.mark.parametrize("door", ["public", "signed"])
@pytest.mark.parametrize("language", languages.codes())
def test_rule_10_reads_load_the_shown_language_and_the_source_alone(model, door, language):
    queryset = getattr(model.objects, door)(language)

    with CaptureQueriesContext(connection) as queries:
        list(queryset)

    [sql] = [query["sql"] for query in queries]
    selected = sql.split(" FROM ")[0]
    loaded = {
        name
        for name in reviewed_columns(model)
        if f'"{model._meta.db_table}"."{model._meta.get_field(name).column}"' in selected
    }
    needed = dict.fromkeys([language, "en"])
    assert loaded == {name for code in needed for name in reviewed_columns(model, code)}
    assert sql.count('JOIN "review_signoff"') == len(needed)


def test_rule_10_what_passed_the_door_asks_for_nothing_more(people, django_assert_num_queries):
    guide = f.make_guide()
    for _ in range(3):
        f.make_public(people, f.make_topic(guide))
    for topic in Topic.objects.all()[:2]:
        f.make_public(people, topic, "es")

    with django_assert_num_queries(1):
        found = [
            (item.text, item.facts, item.approval.name, item.source_approval.name, item.outdated)
            for item in guide.topics.public("es")
        ]

    assert len(found) == 3


# -- Rule 11: one renderer ----------------------------------------------------------------------


def test_rule_11_only_the_renderer_calls_mark_safe():
    callers = {
        str(path.relative_to(site.BASE_DIR))
        for app in ["review", "evidence", "glossary", "topics", "faq", "reading", "crcsite"]
        for path in Path(site.BASE_DIR, app).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if "mark_safe" in (getattr(node, "id", ""), getattr(node, "attr", ""))
        or getattr(node, "id", "") == "SafeString"
    }

    assert callers == {"review/markdown.py"}


def test_rule_11_no_template_switches_escaping_off():
    templates = list(Path(site.BASE_DIR, "templates").rglob("*.html"))
    written = {path: path.read_text() for path in templates}

    assert templates
    assert not [str(path) for path, html in written.items() if "|safe" in html]
    assert not [str(path) for path, html in written.items() if "autoescape off" in html]
