"""What the database itself refuses, whoever asks: constraints, triggers, protected people."""

import pytest
from django.contrib.auth import get_user_model
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from review import languages, ledger, triggers, workflow
from review.content import content_models, reviewed_columns
from review.models import (
    Advisor,
    LedgerEntry,
    ReviewRequest,
    Revision,
    RevisionAuthor,
    SignOff,
)
from tests import factories as f
from topics.models import Topic

from .records import change, everything, problems, row, without_triggers

pytestmark = pytest.mark.django_db


def refused(write, *args, match=None, **kwargs):
    """The database refuses, and nothing has changed."""
    before = everything()
    with pytest.raises(IntegrityError, match=match), transaction.atomic():
        write(*args, **kwargs)
    assert everything() == before


def sql(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def copy_of(revision, **fields):
    """Another revision of the same item and language, inserted past the workflow."""
    values = {
        field.attname: getattr(revision, field.attname)
        for field in Revision._meta.concrete_fields
        if field.attname != "id"
    }
    values |= {"number": revision.number + 1, "state": "draft"} | fields
    return Revision.objects.create(**values)


# -- One draft and one in review per item and language -------------------------------------------


@pytest.mark.parametrize("state", ["draft", "in review"])
def test_one_draft_and_one_in_review_per_item_and_language(people, state):
    topic = f.make_topic()
    revision = f.save(topic, "en", people.editor)
    if state == "in review":
        workflow.submit([revision], by=people.editor)

    refused(copy_of, revision, state=state)

    other = "in review" if state == "draft" else "draft"
    assert copy_of(revision, state=other).pk
    assert copy_of(revision, state=state, language="es").pk
    assert copy_of(revision, state=state, key="another").pk
    assert copy_of(revision, state=state, item_type="topics.guide").pk


@pytest.mark.parametrize("state", ["approved", "changes requested", "discarded"])
def test_any_number_of_decided_revisions(people, state):
    revision = f.save(f.make_topic(), "en", people.editor)

    made = [copy_of(revision, state=state, number=number) for number in (2, 3)]

    assert len(made) == 2


def test_a_number_is_given_once(people):
    revision = f.save(f.make_topic(), "en", people.editor)

    refused(copy_of, revision, number=revision.number, state="discarded")


# -- Sign-offs -----------------------------------------------------------------------------------


def sign_off_past_the_workflow(sign_off, **fields):
    values = {
        field.attname: getattr(sign_off, field.attname)
        for field in SignOff._meta.concrete_fields
        if field.attname != "id"
    }
    return SignOff.objects.create(**(values | fields))


@pytest.mark.parametrize("decision", ["approve", "reaffirm"])
@pytest.mark.parametrize("missing", ["advisor_id", "next_review"])
def test_a_signature_needs_an_advisor_and_a_date(people, decision, missing):
    sign_off = f.make_public(people, f.make_topic())

    refused(sign_off_past_the_workflow, sign_off, decision=decision, **{missing: None})


def test_a_withdrawal_needs_neither(people):
    sign_off = f.make_public(people, f.make_topic())

    made = sign_off_past_the_workflow(
        sign_off, decision="withdraw", advisor_id=None, next_review=None
    )

    assert made.pk


@pytest.mark.parametrize("decision", ["approve", "reaffirm", "withdraw"])
@pytest.mark.parametrize(
    "other",
    [
        {"fingerprint": "0" * 64},
        {"facts_fingerprint": "0" * 64},
        {"key": "another"},
        {"item_type": "topics.guide"},
        {"language": "es"},
    ],
)
def test_a_sign_off_names_the_bytes_of_its_revision(people, decision, other):
    sign_off = f.make_public(people, f.make_topic())

    refused(
        sign_off_past_the_workflow,
        sign_off,
        decision=decision,
        **other,
        match="bytes of its revision",
    )


@pytest.mark.parametrize("state", ["draft", "in review", "changes requested", "discarded"])
def test_only_an_approved_revision_has_a_sign_off(people, state):
    sign_off = f.make_public(people, f.make_topic())
    other = copy_of(sign_off.revision, state=state)

    refused(sign_off_past_the_workflow, sign_off, revision_id=other.pk, match="bytes")


# -- A language's columns are null together or set together --------------------------------------


@pytest.mark.parametrize("model", content_models(), ids=lambda model: model.__name__)
def test_signed_whole_in_every_language(people, model):
    structure = {name: f.make_guide() for name in model.structure_fields if name == "guide"}
    item = model.objects.create(key="item", **structure)
    sign_off = f.make_public(people, f.make_topic()).pk
    for code in languages.codes():
        columns = [model._meta.get_field(name).column for name in reviewed_columns(model, code)]
        full = {name: sign_off if name.startswith("sign_off") else "Text" for name in columns}
        if code == languages.source():
            full["facts"] = "{}"

        for column in full if len(full) > 1 else ():
            refused(change, item, **{column: full[column]}, match="signed_whole")
        change(item, **full)
        for column in full if len(full) > 1 else ():
            refused(change, item, **{column: None}, match="signed_whole")


def test_signed_whole_lets_a_language_be_empty_or_full(people):
    topic = f.make_topic()
    f.make_public(people, topic)
    sign_off = workflow.fresh(topic).sign_off_id_in("en")

    change(topic, title_es="", answer_es="", body_es="", sign_off_es_id=sign_off)
    change(topic, title_es=None, answer_es=None, body_es=None, sign_off_es_id=None)

    assert row(topic)["title_es"] is None


def test_facts_without_a_signed_source_are_refused(people):
    refused(change, f.make_topic(), facts="{}", match="signed_whole_en")


@pytest.mark.parametrize("model", content_models(), ids=lambda model: model.__name__)
def test_every_language_and_the_base_columns_have_their_constraint(model):
    names = {constraint.name for constraint in model._meta.constraints}
    name = model._meta.model_name

    with connection.cursor() as cursor:
        there = connection.introspection.get_constraints(cursor, model._meta.db_table)

    wanted = {f"{name}_signed_whole_{code.replace('-', '_')}" for code in languages.codes()}
    assert wanted | {f"{name}_base_columns_empty"} <= names & set(there)


# -- What is decided does not change -------------------------------------------------------------

OTHER = {
    "text": {"title": "Other"},
    "facts": {"a": 1},
    "fingerprint": "0" * 64,
    "facts_fingerprint": "0" * 64,
    "source_fingerprints": "0",
    "origin": "machine",
    "significance": "wording",
    "summary": "Other",
    "created_at": timezone.now(),
    "saved_at": timezone.now(),
    "item_type": "topics.guide",
    "key": "other",
    "language": "fr",
    "number": 99,
}
STATES = ["in review", "changes requested", "approved", "discarded"]


def in_state(people, state):
    """A revision of a topic in that state, by the shortest way."""
    topic = f.make_topic()
    draft = f.save(topic, "en", people.editor)
    if state == "discarded":
        return workflow.discard(draft, by=people.editor)
    if state != "draft":
        request = workflow.submit([draft], by=people.editor)
    if state == "changes requested":
        workflow.request_changes(request, by=people.advisor, comment="Shorter")
    if state == "approved":
        f.approve(people, request)
    draft.refresh_from_db()
    return draft


def test_every_column_of_a_revision_is_frozen_but_its_state():
    columns = {field.column for field in Revision._meta.concrete_fields}

    assert columns - {"state"} == {*triggers.FROZEN, *triggers.IDENTITY}


@pytest.mark.parametrize("state", STATES)
def test_a_revision_that_is_no_draft_does_not_change(people, state):
    revision = in_state(people, state)
    other = f.save(f.make_topic(), "en", people.editor)
    request = f.submit(people, f.make_topic())
    changes = {**OTHER, "source_id": other.pk, "request_id": request.pk}

    for column, value in changes.items():
        refused(Revision.objects.filter(pk=revision.pk).update, **{column: value})


@pytest.mark.parametrize("column", ["item_type", "key", "language", "number"])
def test_a_draft_stays_a_draft_of_the_same_text(people, column):
    draft = in_state(people, "draft")

    refused(Revision.objects.filter(pk=draft.pk).update, **{column: OTHER[column]})


WAYS = {
    ("draft", "in review"),
    ("draft", "discarded"),
    ("in review", "draft"),
    ("in review", "changes requested"),
    ("in review", "approved"),
}


@pytest.mark.parametrize("after", ["draft", *STATES])
@pytest.mark.parametrize("before", ["draft", *STATES])
def test_states_change_along_the_table_only(people, before, after):
    revision = in_state(people, before)
    update = Revision.objects.filter(pk=revision.pk).update

    if before == after or (before, after) in WAYS:
        assert update(state=after) == 1
    else:
        refused(update, state=after, match="no such transition")


def test_the_table_in_the_code_is_the_one_in_the_database():
    assert {(step.before, step.after) for step in workflow.STEPS.values()} == WAYS


@pytest.mark.parametrize("state", ["draft", *STATES])
def test_no_revision_is_deleted(people, state):
    revision = in_state(people, state)

    refused(sql, "DELETE FROM review_revision WHERE id = %s", revision.pk)


@pytest.mark.parametrize("model", [SignOff, LedgerEntry, RevisionAuthor])
def test_records_are_append_only(people, model):
    f.make_public(people, f.make_topic())
    f.make_public(people, f.make_topic())
    one = model.objects.order_by("pk").last()
    table, key = model._meta.db_table, model._meta.pk.column
    columns = [field.column for field in model._meta.concrete_fields]

    for column in columns:
        refused(
            sql,
            f"UPDATE {table} SET {column} = {column} WHERE {key} = %s",
            one.pk,
            match="append-only",
        )
    refused(sql, f"DELETE FROM {table} WHERE {key} = %s", one.pk, match="append-only")
    refused(sql, f"DELETE FROM {table}", match="append-only")


def test_the_way_round_the_triggers_is_barred_or_found(people):
    # PostgreSQL empties a table without asking row by row; SQLite replaces a row without deleting.
    sign_off = f.make_public(people, f.make_topic())
    if connection.vendor == "postgresql":
        connection.check_constraints()
        for model in (SignOff, LedgerEntry, RevisionAuthor, Revision):
            refused(sql, f"TRUNCATE {model._meta.db_table} CASCADE", match="append-only")
        return

    columns = [field.column for field in SignOff._meta.concrete_fields]
    values = ", ".join("'Dr Nobody'" if name == "name" else name for name in columns)
    replace = (
        f"INSERT OR REPLACE INTO review_signoff ({', '.join(columns)}) "
        f"SELECT {values} FROM review_signoff WHERE id = %s"
    )
    refused(sql, replace, sign_off.pk, match="never replaced")

    with without_triggers():
        sql(replace, sign_off.pk)
    assert f"sign-off {sign_off.pk}: is not what the ledger recorded" in problems()
    assert list(Topic.objects.public("en")) == []


def test_a_changed_ledger_line_is_found(people):
    f.make_public(people, f.make_topic())
    line = LedgerEntry.objects.get(event="signoff:approve")
    with without_triggers():
        LedgerEntry.objects.filter(pk=line.pk).update(actor="Somebody else")

    assert [problem for problem in problems() if f"line {line.pk}:" in problem]


def test_a_missing_ledger_line_is_found(people):
    f.make_public(people, f.make_topic())
    with without_triggers():
        LedgerEntry.objects.filter(event="request:submit").delete()

    assert [problem for problem in problems() if "is missing" in problem]


def test_a_publication_of_what_was_not_decided_last_is_found(people):
    # A chain without a gap is no proof: a line can be added by SQL, too.
    topic = f.make_topic()
    old = f.make_public(people, topic)
    before = row(topic)
    f.make_public(people, topic, text=f.text_for(Topic, title="Corrected"))
    assert problems() == []

    change(topic, **{name: before[name] for name in before if name.startswith("title")})
    change(topic, sign_off_en_id=old.pk)
    with ledger.locked():
        names = {"item_type": topic.item_type, "key": topic.key, "language": "en"}
        ledger.append("item:publish", people.nobody, **names, sign_off=old, publishes=True)

    assert problems()


@pytest.mark.parametrize("name", sorted(triggers.statements("sqlite")))
def test_a_missing_trigger_is_found(name):
    names = dict(triggers.present(connection))
    on = f" ON {names[name]}" if connection.vendor == "postgresql" else ""

    sql(f"DROP TRIGGER {name}{on}")

    assert [problem.split(":")[0] for problem in problems()] == [f"trigger {name}"]


# -- Nothing cascades from people ----------------------------------------------------------------


def _saved(people, user):
    user.groups.add(f.Group.objects.get(name=f.groups.EDITORS))
    f.save(f.make_topic(), "en", get_user_model().objects.get(pk=user.pk))


def _saved_what_was_discarded(people, user):
    _saved(people, user)
    workflow.discard(Revision.objects.get(), by=people.editor)


def _submitted(people, user):
    draft = f.save(f.make_topic(), "en", people.editor)
    user.groups.add(f.Group.objects.get(name=f.groups.EDITORS))
    workflow.submit([draft], by=get_user_model().objects.get(pk=user.pk))


def _recalled(people, user):
    request = f.submit(people, f.make_topic())
    user.groups.add(f.Group.objects.get(name=f.groups.EDITORS))
    workflow.recall(request, by=get_user_model().objects.get(pk=user.pk))


def _may_sign(people, user):
    Advisor.objects.create(user=user, name="Dr", credentials="MD", languages=["en"])


def _signed(people, user):
    _may_sign(people, user)
    f.approve(people, f.submit(people, f.make_topic()), by=user)


def _withdrew(people, user):
    topic = f.make_topic()
    f.make_public(people, topic)
    user.is_superuser = True
    user.save()
    workflow.withdraw(topic, "en", by=user, reason="Wrong")


DID = [
    _saved,
    _saved_what_was_discarded,
    _submitted,
    _recalled,
    _may_sign,
    _signed,
    _withdrew,
]


@pytest.mark.parametrize("did", DID)
def test_nobody_who_did_something_is_deleted(people, did):
    user = f.make_user()
    did(people, user)
    before = everything()

    with pytest.raises(ProtectedError):
        user.delete()
    with pytest.raises(ProtectedError):
        get_user_model().objects.filter(pk=user.pk).delete()

    assert everything() == before
    assert get_user_model().objects.filter(pk=user.pk).exists()


@pytest.mark.parametrize("did", DID)
def test_the_database_keeps_people_too(people, did):
    user = f.make_user()
    did(people, user)
    connection.check_constraints()

    with pytest.raises(IntegrityError), transaction.atomic():
        delete_by_sql(user)


def delete_by_sql(user):
    sql("DELETE FROM auth_user_groups WHERE user_id = %s", user.pk)
    sql("DELETE FROM auth_user WHERE id = %s", user.pk)
    connection.check_constraints()


@pytest.mark.parametrize("delete", [delete_by_sql, lambda user: user.delete()])
def test_who_did_nothing_can_go(people, delete):
    user = people.editor

    delete(user)

    assert not get_user_model().objects.filter(username=user.username).exists()


def test_names_stay_as_they_were(people):
    sign_off = f.make_public(people, f.make_topic())
    editor, advisor = people.editor, people.advisor
    was = editor.username, advisor.advisor.name
    editor.username, advisor.advisor.name = "renamed", "Dr Renamed"
    editor.save()
    advisor.advisor.save()

    assert RevisionAuthor.objects.get(revision=sign_off.revision).name == was[0]
    assert SignOff.objects.get().name == was[1]
    assert "renamed" not in LedgerEntry.objects.values_list("actor", flat=True)
    assert problems() == []


@pytest.mark.parametrize("model", [Revision, ReviewRequest, SignOff, Advisor])
def test_no_record_that_others_stand_on_is_deleted(people, model):
    f.make_public(people, f.make_topic())
    before = everything()

    with pytest.raises(ProtectedError):
        model.objects.first().delete()

    assert everything() == before
