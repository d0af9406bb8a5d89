"""Whatever is changed behind the workflow is refused or found, and readers never get it."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils.translation import override

from evidence.models import KeyFigure
from review import fingerprint, verification, workflow
from review.models import LedgerEntry, SignOff
from tests import factories as f
from topics.models import Analogy, Topic

BAD = "CHANGED"  # what an attacker writes: no reader may ever see it


class Scene:
    """A topic that is public in two languages, with an older signed text, beside other items."""

    def __init__(self):
        self.people = people = f.People()
        self.guide = f.make_guide(key="guide")
        self.topic = f.make_topic(self.guide, key="why")
        f.make_public(people, self.guide)
        self.old = f.make_public(people, self.topic, text=f.text_for(Topic, "Old"))
        self.new = f.make_public(people, self.topic, text=f.text_for(Topic, "New"))
        self.spanish = f.make_public(people, self.topic, "es", f.text_for(Topic, "Español"))
        self.other = f.make_public(people, f.make_topic(self.guide, key="other"))
        f.make_public(people, f.make_source(key="smith-2020"))
        facts = {"count": 27, "out_of": 100, "sources": ["smith-2020"]}
        f.make_public(people, f.make_figure(key="spread"), facts=facts)
        gone = f.make_analogy(key="gone")
        f.make_public(people, gone)
        workflow.withdraw(gone, "en", by=people.advisor, reason="Wrong.")
        f.make_public(people, f.make_analogy(key="last"))
        assert people.second_advisor

    def line(self, event, language="en"):
        """The topic's newest line of that event in the ledger."""
        found = LedgerEntry.objects.filter(event=event, key="why", language=language)
        return found.order_by("-number").first()


@pytest.fixture(scope="module")
def made(django_db_setup, django_db_blocker):
    """The scene, made once: it is not small, and every test of this module takes its own back."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield Scene()
        transaction.set_rollback(True)


@pytest.fixture
def db(made, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def scene(db, made):
    return made


@pytest.fixture
def people(db, made):
    return made.people


def verify():
    """What `manage.py verify` writes and how it ends: (out, err, failed)."""
    out, err = StringIO(), StringIO()
    try:
        call_command("verify", stdout=out, stderr=err)
    except CommandError:
        return out.getvalue(), err.getvalue(), True
    return out.getvalue(), err.getvalue(), False


def page(client, scene, language):
    """The topic's page in a language as text; "" if readers get none."""
    with override(language):
        address = reverse("topics:topic", args=["guide", "why"])
    response = client.get(address)
    return response.content.decode() if response.status_code == 200 else ""


def shown(language):
    """Every word that the doors let through in one language."""
    words = []
    for model in (Topic, KeyFigure, Analogy):
        for item in model.objects.public(language):
            words += [*item.text.values(), str(item.facts), item.approval.name]
    return " ".join(words)


# -- Clean ---------------------------------------------------------------------------------------


def test_clean_database_is_clean(scene):
    out, err, failed = verify()

    assert not failed
    assert err == ""
    head = LedgerEntry.objects.order_by("-number").first()
    assert f"{SignOff.objects.count()} sign-offs" in out
    assert head.digest in out


def test_everything_that_the_workflow_does_leaves_a_clean_database(people, scene):
    request = f.submit(people, scene.topic, text=f.text_for(Topic, "Third"))
    workflow.recall(request, by=people.editor)
    request = workflow.submit([workflow.newest_revision(scene.topic, "en")], by=people.editor)
    workflow.request_changes(request, by=people.advisor, comment="No.")
    workflow.discard(f.save(scene.topic, "en", people.editor), by=people.editor)
    workflow.restore(scene.old.revision, by=people.editor)
    expected = scene.new.fingerprints
    workflow.reaffirm(scene.topic, "en", by=people.second_advisor, expected=expected)
    workflow.withdraw(scene.topic, "es", by=people.spanish_advisor, reason="Mal.")

    assert list(verification.problems()) == []


def test_signed_text_that_waits_for_its_day_is_clean(people, scene):
    request = f.submit(people, scene.topic, text=f.text_for(Topic, "Tomorrow"))
    workflow.sign(request, by=people.advisor, expected=f.expected(request))

    assert list(verification.problems()) == []
    assert "New of title." in shown("en")


# -- Changed readers' rows: no trigger guards them, so the doors and verify must -----------------


def attack(says, statement, *values):
    """``values`` are functions of the scene."""
    return pytest.param(says, statement, values, id=says)


TOPIC = "topics.topic:why"
ROWS = [
    attack(
        f"{TOPIC} [en]: public text is not the text of sign-off",
        f"UPDATE topics_topic SET title_en = '{BAD}' WHERE id = %s",
        lambda s: s.topic.pk,
    ),
    attack(
        f"{TOPIC} [es]: public text is not the text of sign-off",
        f"UPDATE topics_topic SET body_es = '{BAD}' WHERE id = %s",
        lambda s: s.topic.pk,
    ),
    attack(
        "evidence.keyfigure:spread [en]: public text is not the text of sign-off",
        """UPDATE evidence_keyfigure
        SET facts = '{"count": 72, "out_of": 100, "sources": ["smith-2020"]}'""",
    ),
    attack(
        "evidence.source:smith-2020 [en]: public text is not the text of sign-off",
        "UPDATE evidence_source SET facts = '{}'",
    ),
    attack(
        f"{TOPIC} [en]: published by the ledger, but the row holds no text",
        "UPDATE topics_topic SET title_en = NULL, answer_en = NULL, body_en = NULL, "
        "facts = NULL, sign_off_en_id = NULL WHERE id = %s",
        lambda s: s.topic.pk,
    ),
    attack(
        f"{TOPIC} [es]: public without its source",
        "UPDATE topics_topic SET title_en = NULL, answer_en = NULL, body_en = NULL, "
        "facts = NULL, sign_off_en_id = NULL WHERE id = %s",
        lambda s: s.topic.pk,
    ),
    attack(
        f"{TOPIC} [en]: published by the ledger, but the row is gone",
        "DELETE FROM topics_topic WHERE id = %s",
        lambda s: s.topic.pk,
    ),
    attack(
        f"{TOPIC} [en]: published by the ledger, but the row is gone",
        f"UPDATE topics_topic SET key = '{BAD}' WHERE id = %s",
        lambda s: s.topic.pk,
    ),
    attack(
        f"{TOPIC} [en]: points to a sign-off of something else",
        "UPDATE topics_topic SET sign_off_en_id = %s WHERE id = %s",
        lambda s: s.other.pk,
        lambda s: s.topic.pk,
    ),
    attack(
        f"{TOPIC} [es]: points to a sign-off of something else",
        "UPDATE topics_topic SET sign_off_es_id = sign_off_en_id, title_es = title_en, "
        "answer_es = answer_en, body_es = body_en WHERE id = %s",
        lambda s: s.topic.pk,
    ),
    attack(
        f"{TOPIC} [fr]: points to a sign-off of something else",
        "UPDATE topics_topic SET sign_off_fr_id = sign_off_en_id, title_fr = title_en, "
        "answer_fr = answer_en, body_fr = body_en WHERE id = %s",
        lambda s: s.topic.pk,
    ),
    attack(
        "topics.topic:why [en]: sign-off",
        "UPDATE topics_topic SET title_en = 'Old of title.', answer_en = 'Old of answer.', "
        "body_en = 'Old of body.', sign_off_en_id = %s WHERE id = %s",
        lambda s: s.old.pk,
        lambda s: s.topic.pk,
    ),
    attack(
        "topics.analogy:gone [en]: sign-off",
        "UPDATE topics_analogy SET title_en = 'Text of title.', picture_en = 'Text of picture.', "
        "stands_for_en = 'Text of stands_for.', leaves_out_en = 'Text of leaves_out.', "
        "facts = '{}', sign_off_en_id = (SELECT MIN(id) FROM review_signoff WHERE key = 'gone') "
        "WHERE key = 'gone'",
    ),
]


@pytest.mark.parametrize(("says", "statement", "values"), ROWS)
def test_changed_row_is_named_and_not_shown(client, scene, sql, says, statement, values):
    sql(statement, *(value(scene) for value in values))

    _out, err, failed = verify()

    assert failed
    assert says in err
    for language in ("en", "es", "fr"):
        words = shown(language) + page(client, scene, language)
        assert BAD not in words
        assert "'count': 72" not in shown(language)
        assert "Old of title." not in words
        if "[en]" in says and TOPIC in says:
            # What fails in the source language is nowhere, not even in its translations.
            assert "Español of title." not in words


def test_refused_translation_falls_back_to_the_source(client, scene, sql):
    sql(f"UPDATE topics_topic SET title_es = '{BAD}' WHERE id = %s", scene.topic.pk)

    html = page(client, scene, "es")

    assert "New of title." in html
    assert BAD not in html
    assert [item.key for item in Topic.objects.signed("es")] == []


def test_old_text_with_its_old_sign_off_is_the_one_thing_the_fingerprint_alone_would_pass(
    scene, sql
):
    """What makes the attack worth a test: text and sign-off fit each other."""
    sql(
        "UPDATE topics_topic SET title_en = 'Old of title.', answer_en = 'Old of answer.', "
        "body_en = 'Old of body.', sign_off_en_id = %s WHERE id = %s",
        scene.old.pk,
        scene.topic.pk,
    )
    item = Topic.objects.get(key="why")

    assert item.computed_fingerprints("en") == scene.old.fingerprints
    assert [i.key for i in Topic.objects.public("en")] == ["other"]


@pytest.mark.parametrize("facts", ["[1]", '"x"', "1", '{"count": {"a": [null]}}'])
def test_facts_that_are_no_facts_are_named_not_a_crash(client, scene, sql, facts):
    sql("UPDATE topics_topic SET facts = %s WHERE id = %s", facts, scene.topic.pk)

    _out, err, failed = verify()

    assert failed
    assert f"{TOPIC} [en]: public text is not the text of sign-off" in err
    assert [item.key for item in Topic.objects.public("en")] == ["other"]
    assert page(client, scene, "en") == ""


# -- Changed records: the triggers refuse, and without them verify and the doors find it ---------

RECORDS = [
    attack(
        "is not what the ledger recorded",
        f"UPDATE review_signoff SET name = '{BAD}' WHERE id = %s",
        lambda s: s.new.pk,
    ),
    attack(
        f"{TOPIC} [en]: sign-off",
        f"UPDATE review_signoff SET name = '{BAD}' WHERE id = %s",
        lambda s: s.new.pk,
    ),
    attack(
        f"{TOPIC} [es]: sign-off",
        f"UPDATE review_signoff SET credentials = '{BAD}' WHERE id = %s",
        lambda s: s.spanish.pk,
    ),
    attack(
        "names other bytes than its revision",
        "UPDATE review_signoff SET fingerprint = %s WHERE id = %s",
        lambda s: "0" * 64,
        lambda s: s.new.pk,
    ),
    attack(
        "text does not have its fingerprint",
        f'UPDATE review_revision SET text = \'{{"title": "{BAD}"}}\' WHERE id = %s',
        lambda s: s.new.revision_id,
    ),
    attack(
        "[en] 2): text does not have its fingerprint",
        "UPDATE review_revision SET facts = '{\"count\": 1}' WHERE id = %s",
        lambda s: s.new.revision_id,
    ),
    attack(
        "names other bytes than its revision",
        "UPDATE review_revision SET text = '{}', fingerprint = %s WHERE id = %s",
        lambda s: fingerprint.of_text("topics.topic", "why", "en", {}),
        lambda s: s.new.revision_id,
    ),
    attack(
        "the chain is broken",
        "UPDATE review_ledgerentry SET payload = REPLACE(payload, 'editor', 'somebody') "
        "WHERE number = 1",
    ),
    attack(
        "ledger line 1: the chain is broken",
        "UPDATE review_ledgerentry SET payload = 'nonsense' WHERE number = 1",
    ),
    attack(
        "the chain is broken",
        "UPDATE review_ledgerentry SET payload = 'nonsense' WHERE number = %s",
        lambda s: s.line("signoff:approve").number,
    ),
    attack(
        "the chain is broken",
        "UPDATE review_ledgerentry SET payload = '[]' WHERE number = %s",
        lambda s: s.line("signoff:approve").number,
    ),
    attack(
        "the chain is broken",
        "UPDATE review_ledgerentry SET payload = '{\"sign_off\": 3}' WHERE number = %s",
        lambda s: s.line("item:publish").number,
    ),
    attack(
        "ledger line 0: the chain is broken",
        "UPDATE review_ledgerentry SET payload = payload || ' ' WHERE number = 0",
    ),
    attack("ledger: line 0 is missing", "DELETE FROM review_ledgerentry WHERE number = 0"),
    attack("ledger: line 1 is missing", "DELETE FROM review_ledgerentry WHERE number = 1"),
    attack("ledger: not opened", "DELETE FROM review_ledgerentry"),
    attack(
        f"{TOPIC} [en]: sign-off",
        "DELETE FROM review_ledgerentry WHERE number >= %s",
        lambda s: s.line("item:publish", "en").number,
    ),
]


@pytest.mark.parametrize(("says", "statement", "values"), RECORDS)
def test_record_cannot_be_changed(scene, sql, says, statement, values):
    before = list(SignOff.objects.values()), list(LedgerEntry.objects.values())

    with pytest.raises(DatabaseError):
        sql(statement, *(value(scene) for value in values))

    assert (list(SignOff.objects.values()), list(LedgerEntry.objects.values())) == before
    assert list(verification.problems()) == []


@pytest.mark.parametrize(("says", "statement", "values"), RECORDS)
def test_record_changed_without_the_triggers_is_named(
    client, scene, sql_unguarded, says, statement, values
):
    sql_unguarded(statement, *(value(scene) for value in values))

    _out, err, failed = verify()

    assert failed
    assert says in err
    assert "trigger" not in err
    for language in ("en", "es"):
        assert BAD not in shown(language) + page(client, scene, language)


def test_text_changed_together_with_its_fingerprint_is_named_and_not_shown(
    client, scene, sql, sql_unguarded
):
    """Row, revision and sign-off all agree; only the seal in the ledger does not."""
    text = f.text_for(Topic, BAD)
    digest = fingerprint.of_text("topics.topic", "why", "en", text)
    sql(
        "UPDATE topics_topic SET title_en = %s, answer_en = %s, body_en = %s WHERE id = %s",
        *text.values(),
        scene.topic.pk,
    )
    sql_unguarded("UPDATE review_signoff SET fingerprint = %s WHERE id = %s", digest, scene.new.pk)
    sql_unguarded(
        "UPDATE review_revision SET text = %s, fingerprint = %s WHERE id = %s",
        fingerprint.canonical(text),
        digest,
        scene.new.revision_id,
    )

    _out, err, failed = verify()

    assert failed
    assert f"{TOPIC} [en]: sign-off {scene.new.pk} is not what the ledger published last" in err
    assert f"sign-off {scene.new.pk}: is not what the ledger recorded" in err
    assert BAD not in shown("en") + page(client, scene, "en")


COLUMNS = {
    "decision": "reaffirm", "item_type": "topics.guide", "key": "other", "language": "fr",
    "fingerprint": "0" * 64, "facts_fingerprint": "0" * 64, "source_fingerprints": "0.",
    "fingerprint_version": 2, "origin": "machine", "significance": "wording", "name": BAD,
    "credentials": BAD, "interests": BAD, "attestation": BAD, "reason": BAD, "refers": '["x"]',
    "signed_at": "2001-01-01 00:00:00+00:00", "next_review": "2099-01-01", "demonstration": True,
    "reason_public": True, "waived": '[{"message": "x"}]',
}  # fmt: skip
POINTERS = ["id", "revision", "request", "advisor", "user"]


def test_every_column_of_a_sign_off_is_tried():
    assert {field.name for field in SignOff._meta.concrete_fields} == {*COLUMNS, *POINTERS}


@pytest.mark.parametrize("column", [*COLUMNS, *POINTERS[1:]])
def test_no_column_of_a_sign_off_can_be_changed_unnoticed(scene, people, sql_unguarded, column):
    value = COLUMNS.get(column)
    if column in POINTERS:
        column += "_id"
        there = SignOff.objects.exclude(**{column: getattr(scene.new, column)})
        value = there.exclude(**{column: None}).values_list(column, flat=True).first()

    sql_unguarded(f"UPDATE review_signoff SET {column} = %s WHERE id = %s", value, scene.new.pk)

    found = list(verification.problems())
    assert f"sign-off {scene.new.pk}: is not what the ledger recorded" in found
    assert "New of title." not in shown("en")


LEDGER_COLUMNS = {
    "number": 999, "at": "2001-01-01 00:00:00+00:00", "event": "item:create", "actor": BAD,
    "item_type": "topics.guide", "key": "other", "language": "fr", "sign_off_id": None,
    "seal": "0" * 64, "payload": "{}", "previous": "0" * 64, "digest": "0" * 64,
}  # fmt: skip


def test_every_column_of_the_ledger_is_tried():
    assert {field.attname for field in LedgerEntry._meta.concrete_fields} == set(LEDGER_COLUMNS)


@pytest.mark.parametrize("event", ["item:publish", "signoff:approve"])
@pytest.mark.parametrize("column", LEDGER_COLUMNS)
def test_no_column_of_the_ledger_can_be_changed_unnoticed(scene, sql_unguarded, column, event):
    number = scene.line(event).number

    sql_unguarded(
        f"UPDATE review_ledgerentry SET {column} = %s WHERE number = %s",
        LEDGER_COLUMNS[column],
        number,
    )

    said = [problem for problem in verification.problems() if problem.startswith("ledger")]
    assert [problem for problem in said if f"line {number}" in problem]


def test_changed_seal_in_the_ledger_hides_the_text(scene, sql_unguarded):
    number = scene.line("item:publish").number

    sql_unguarded(
        "UPDATE review_ledgerentry SET seal = %s WHERE number = %s", scene.old.seal(), number
    )

    assert "New of title." not in shown("en")


def test_deleted_sign_off_is_named(scene, sql_unguarded):
    """Its line in the ledger still tells of it, even when nothing points to it any more."""
    withdrawal = SignOff.objects.get(decision="withdraw")
    sql_unguarded(
        "UPDATE review_ledgerentry SET sign_off_id = NULL WHERE sign_off_id = %s", withdrawal.pk
    )

    sql_unguarded("DELETE FROM review_signoff WHERE id = %s", withdrawal.pk)

    found = list(verification.problems())
    assert [problem for problem in found if "its columns are not its payload" in problem]


# What the ledger's last line may be, and how it comes about.
LAST = {
    "item:publish": lambda p, s: f.make_public(p, f.make_analogy()),
    "item:withdraw": lambda p, s: workflow.withdraw(s.topic, "en", by=p.advisor, reason="No."),
    "signoff:approve": lambda p, s: _signed(p, s),
    "request:submit": lambda p, s: f.submit(p, s.topic, text=f.text_for(Topic, "Third")),
    "request:recall": lambda p, s: workflow.recall(
        f.submit(p, s.topic, text=f.text_for(Topic, "Third")), by=p.editor
    ),
    "request:changes": lambda p, s: workflow.request_changes(
        f.submit(p, s.topic, text=f.text_for(Topic, "Third")), by=p.advisor, comment="No."
    ),
    "revision:discard": lambda p, s: workflow.discard(
        f.save(s.topic, "en", p.editor, f.text_for(Topic, "Third")), by=p.editor
    ),
}


def _signed(people, scene):
    request = f.submit(people, scene.topic, text=f.text_for(Topic, "Third"))
    workflow.sign(request, by=people.advisor, expected=f.expected(request))


@pytest.mark.parametrize("event", LAST)
def test_deleted_last_line_of_the_ledger_is_found(people, scene, sql_unguarded, event):
    """A chain does not show that its end was cut off: what the line told of must."""
    LAST[event](people, scene)
    last = LedgerEntry.objects.order_by("-number").first()
    assert last.event == event
    assert list(verification.problems()) == []

    sql_unguarded("DELETE FROM review_ledgerentry WHERE number = %s", last.number)

    assert verify()[2]


@pytest.mark.parametrize("text", ["[]", '"x"', "1", '{"title": 1}', '{"title": ["x"]}'])
def test_revision_whose_text_is_no_text_is_named_not_a_crash(scene, sql_unguarded, text):
    sql_unguarded("UPDATE review_revision SET text = %s WHERE id = %s", text, scene.new.revision_id)

    assert [p for p in verification.problems() if "text does not have its fingerprint" in p]


# -- Drafts --------------------------------------------------------------------------------------


def test_draft_changed_behind_the_workflow_is_named_and_cannot_be_signed(people, scene, sql):
    """A draft's text is not frozen, so nothing refuses this; signing looks at the bytes."""
    draft = f.save(scene.topic, "en", people.editor, f.text_for(Topic, "Third"))
    text = fingerprint.canonical(f.text_for(Topic, BAD))
    sql("UPDATE review_revision SET text = %s WHERE id = %s", text, draft.pk)
    request = workflow.submit([draft], by=people.editor)

    assert f"revision {draft.pk}" in verify()[1]
    with pytest.raises(workflow.TransitionNotAllowed, match="not the text that was submitted"):
        f.approve(people, request)
    assert BAD not in shown("en")


def test_revision_approved_by_sql_is_named_and_does_not_become_public(people, scene, sql):
    """The state may be moved by SQL as the workflow moves it; the signature is what lacks."""
    request = f.submit(people, scene.topic, text=f.text_for(Topic, BAD))
    sql("UPDATE review_revision SET state = 'approved' WHERE request_id = %s", request.pk)
    sql("UPDATE review_reviewrequest SET state = 'signed' WHERE id = %s", request.pk)

    with pytest.raises(workflow.TransitionNotAllowed):
        workflow.publish(request, by=people.editor)

    assert BAD not in shown("en")
    assert verify()[2]
