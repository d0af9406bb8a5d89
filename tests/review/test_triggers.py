"""What was decided cannot be changed by whoever holds the connection, on either database."""

import pytest
from django.core.checks import Warning
from django.core.management import call_command
from django.core.management.sql import emit_post_migrate_signal, emit_pre_migrate_signal
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from review import checks, triggers, verification, workflow
from review.models import Advisor, LedgerEntry, Revision, RevisionAuthor, SignOff
from tests import factories as f
from topics.models import Topic

pytestmark = pytest.mark.django_db

VENDOR = connection.vendor
TRIGGERS = triggers.statements(VENDOR)
APPEND_ONLY = {
    "review_signoff": SignOff,
    "review_ledgerentry": LedgerEntry,
    "review_revisionauthor": RevisionAuthor,
}
KEPT = {**APPEND_ONLY, "review_revision": Revision}


@pytest.fixture
def topic(people):
    """A topic with one public text."""
    topic = f.make_topic(key="why")
    f.make_public(people, topic)
    return topic


def columns(model):
    return [field.column for field in model._meta.concrete_fields]


def rows(table):
    return list(KEPT[table]._base_manager.order_by("pk").values())


# -- Append-only ---------------------------------------------------------------------------------


@pytest.fixture
def refused(sql):
    """``refused(sentence, statement, *values)``: whether the database refuses it, saying so."""

    def run(sentence, statement, *values):
        try:
            sql(statement, *values)
        except IntegrityError as error:
            return sentence in str(error)
        return False

    return run


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_record_is_never_updated_in_any_column(topic, refused, table):
    """Not even to what it is: nothing that writes records has any business here."""
    sentence = f"{table} is append-only"

    changed = [
        column
        for column in columns(APPEND_ONLY[table])
        if not refused(sentence, f"UPDATE {table} SET {column} = {column}")
    ]

    assert changed == []


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_record_is_never_deleted(topic, sql, table):
    with pytest.raises(IntegrityError, match=f"{table} is append-only"):
        sql(f"DELETE FROM {table}")


def test_revision_is_never_deleted_not_even_a_draft(people, sql):
    draft = f.save(f.make_topic(), "en", people.editor)

    with pytest.raises(IntegrityError, match="revisions are kept"):
        sql("DELETE FROM review_revision WHERE id = %s", draft.pk)


@pytest.mark.parametrize("table", KEPT)
def test_django_cannot_delete_a_record_either(topic, table):
    with pytest.raises(IntegrityError), transaction.atomic():
        KEPT[table]._base_manager.all()._raw_delete("default")


@pytest.mark.parametrize("table", KEPT)
def test_row_is_never_replaced_by_an_insert(topic, sql, table):
    """An insert that puts itself in a row's place deletes or updates that row as well."""
    names = ", ".join(f'"{column}"' for column in columns(KEPT[table]))
    before = rows(table)
    primary = KEPT[table]._meta.pk.column
    statement = {
        "sqlite": f"INSERT OR REPLACE INTO {table} ({names}) SELECT {names} FROM {table}",
        "postgresql": f"INSERT INTO {table} ({names}) SELECT {names} FROM {table} "
        f"ON CONFLICT ({primary}) DO UPDATE SET {primary} = 9999",
    }[VENDOR]

    with pytest.raises(IntegrityError):
        sql(statement)

    assert rows(table) == before


def test_ledger_line_is_never_replaced_by_an_insert_with_its_number(topic, sql):
    """The same with other words in it: what a history that can be rewritten would look like."""
    names = ", ".join(columns(LedgerEntry))
    values = names.replace("actor", "'somebody else'")
    replace = {
        "sqlite": f"REPLACE INTO review_ledgerentry ({names}) "
        f"SELECT {values} FROM review_ledgerentry WHERE number = 1",
        "postgresql": f"INSERT INTO review_ledgerentry ({names}) "
        f"SELECT {values} FROM review_ledgerentry WHERE number = 1 "
        "ON CONFLICT (number) DO UPDATE SET actor = EXCLUDED.actor",
    }[VENDOR]

    with pytest.raises(IntegrityError):
        sql(replace)

    assert LedgerEntry.objects.get(number=1).actor != "somebody else"


def test_revision_is_never_replaced_by_one_with_its_number(topic, sql):
    """A new row with a new id in the old one's place: no id meets, the item and number do."""
    names = ", ".join(column for column in columns(Revision) if column not in ("id", "text"))
    before = rows("review_revision")
    replace = {"sqlite": "INSERT OR REPLACE", "postgresql": "INSERT"}[VENDOR]

    with pytest.raises(IntegrityError):
        sql(
            f"{replace} INTO review_revision ({names}, text) "
            f'SELECT {names}, \'{{"title": "x"}}\' FROM review_revision'
        )

    assert rows("review_revision") == before


def test_revision_is_never_replaced_by_another_that_takes_its_state(people, topic, sql):
    """Only one may be in review: the second must not push the first out of the table."""
    first = f.save(topic, "en", people.editor, f.text_for(Topic, "First"))
    workflow.submit([first], by=people.editor)
    second = f.save(topic, "en", people.editor, f.text_for(Topic, "Second"))
    update = {"sqlite": "UPDATE OR REPLACE", "postgresql": "UPDATE"}[VENDOR]

    with pytest.raises(IntegrityError):
        sql(f"{update} review_revision SET state = 'in review' WHERE id = %s", second.pk)

    assert Revision.objects.filter(pk=first.pk).exists()


TRUNCATE = {
    "sqlite": [],  # has no such statement
    "postgresql": [f"TRUNCATE {table} CASCADE" for table in KEPT],
}[VENDOR]


def test_table_is_never_truncated(topic, sql):
    connection.check_constraints()  # nothing else is in a truncation's way
    for statement in TRUNCATE:
        with pytest.raises(DatabaseError, match="append-only"):
            sql(statement)

    assert all(rows(table) for table in KEPT)


# -- Revisions -----------------------------------------------------------------------------------

STATES = ["draft", "in review", "changes requested", "approved", "discarded"]
ALLOWED = {
    ("draft", "in review"),
    ("draft", "discarded"),
    ("in review", "draft"),
    ("in review", "changes requested"),
    ("in review", "approved"),
}
CONTENT = {
    "text": '{"title": "x"}', "facts": '{"count": 1}', "fingerprint": "0", "facts_fingerprint": "0",
    "source_id": "other", "source_fingerprints": "0", "origin": "machine", "summary": "x",
    "significance": "safety", "request_id": "other", "created_at": "2001-01-01 00:00:00+00:00",
    "saved_at": "2001-01-01 00:00:00+00:00", "saved_by": "x",
}  # fmt: skip
IDENTITY = {"id": 9999, "item_type": "x", "key": "x", "language": "fr", "number": 99}


@pytest.fixture
def revision_in(people, topic):
    """A function that gives a revision in a state, made by the workflow."""

    def make(state):
        draft = f.save(f.make_topic(), "en", people.editor)
        if state == "discarded":
            workflow.discard(draft, by=people.editor)
        elif state != "draft":
            request = workflow.submit([draft], by=people.editor)
            if state == "approved":
                f.approve(people, request)
            elif state == "changes requested":
                workflow.request_changes(request, by=people.advisor, comment="No.")
        found = Revision.objects.get(pk=draft.pk)
        assert found.state == state
        return found

    return make


def other(column):
    """A value that the column does not have: for a pointer, another row's id."""
    if CONTENT.get(column) != "other":
        return {**CONTENT, **IDENTITY}[column]
    there = Revision.objects.get(key="why")
    return there.pk if column == "source_id" else there.request_id


def test_every_column_of_a_revision_is_frozen_or_its_state():
    assert {*CONTENT, *IDENTITY, "state"} == set(columns(Revision))


SET = "UPDATE review_revision SET {} = %s WHERE id = %s"


@pytest.mark.parametrize("state", STATES)
def test_revision_changes_only_while_it_is_a_draft(revision_in, refused, state):
    revision = revision_in(state)
    frozen = {
        column
        for column in CONTENT
        if refused(
            "a submitted revision does not change", SET.format(column), other(column), revision.pk
        )
    }

    assert frozen == (set() if state == "draft" else set(CONTENT))


@pytest.mark.parametrize("state", STATES)
def test_revision_stays_the_revision_of_its_item(revision_in, refused, state):
    revision = revision_in(state)

    changed = [
        column
        for column in IDENTITY
        if not refused(
            "a submitted revision does not change", SET.format(column), other(column), revision.pk
        )
    ]

    assert changed == []


@pytest.mark.parametrize("before", STATES)
def test_revision_goes_from_state_to_state_as_the_table_says(revision_in, refused, before):
    """The five states, and anything else that one might write there."""
    possible = set()
    for after in [*STATES, "nonsense", "", "public"]:
        revision = revision_in(before)
        if not refused("no such transition", SET.format("state"), after, revision.pk):
            possible.add((before, after))

    assert possible == {(before, before), *(step for step in ALLOWED if step[0] == before)}


def test_text_does_not_slip_through_with_a_change_of_state(revision_in, sql):
    """Recalled and rewritten in one statement, the text would have been in review meanwhile."""
    revision = revision_in("in review")

    with pytest.raises(IntegrityError, match="a submitted revision does not change"):
        sql(
            "UPDATE review_revision SET state = 'draft', text = '{}' WHERE id = %s",
            revision.pk,
        )


# -- Sign-offs -----------------------------------------------------------------------------------


def sign_by_hand(revision, user, decision="approve", **changed):
    """A sign-off written past the workflow, complete in every other respect."""
    advisor = Advisor.objects.filter(user=user).first() or f.make_advisor_of(user)
    values = {
        "item_type": revision.item_type,
        "key": revision.key,
        "language": revision.language,
        "fingerprint": revision.fingerprint,
        "facts_fingerprint": revision.facts_fingerprint,
        **changed,
    }
    with transaction.atomic():
        return SignOff.objects.create(
            decision=decision,
            revision=revision,
            advisor=advisor,
            user=user,
            name="x",
            refers=[],
            signed_at=timezone.now(),
            next_review=timezone.now().date(),
            **values,
        )


def approved_by_hand(revision):
    Revision.objects.filter(pk=revision.pk).update(state="in review")
    Revision.objects.filter(pk=revision.pk).update(state="approved")
    return Revision.objects.get(pk=revision.pk)


@pytest.mark.parametrize("decision", ["approve", "reaffirm"])
def test_nobody_signs_what_they_wrote(people, topic, decision):
    author = people.admin
    revision = approved_by_hand(f.save(topic, "en", author, f.text_for(Topic, "Mine")))

    with pytest.raises(IntegrityError, match="nobody signs what they wrote"):
        sign_by_hand(revision, author, decision)

    assert sign_by_hand(revision, people.advisor, decision)


def test_author_may_withdraw(people, topic):
    revision = approved_by_hand(f.save(topic, "en", people.admin, f.text_for(Topic, "Mine")))

    assert sign_by_hand(revision, people.admin, "withdraw")


def test_author_of_any_draft_since_the_last_approval_does_not_sign(people, topic):
    """Discarded or given to somebody else to finish: the words may still be in the text."""
    first = f.save(topic, "en", people.admin, f.text_for(Topic, "First"))
    workflow.discard(first, by=people.editor)
    revision = approved_by_hand(f.save(topic, "en", people.editor, f.text_for(Topic, "Second")))

    with pytest.raises(IntegrityError, match="nobody signs what they wrote"):
        sign_by_hand(revision, people.admin)


def test_one_of_several_authors_does_not_sign(people, topic):
    f.save(topic, "en", people.admin, f.text_for(Topic, "First"))
    revision = approved_by_hand(f.save(topic, "en", people.editor, f.text_for(Topic, "Second")))

    for author in (people.admin, people.editor):
        with pytest.raises(IntegrityError, match="nobody signs what they wrote"):
            sign_by_hand(revision, author)


def test_author_before_the_last_approval_may_sign(people, topic):
    """``topic``'s first text was the editor's; it was approved, and what follows is another's."""
    revision = approved_by_hand(f.save(topic, "en", people.admin, f.text_for(Topic, "Later")))

    assert sign_by_hand(revision, people.editor)


def test_author_in_another_language_or_item_may_sign(people, topic):
    for item, language in (
        (topic, "es"),
        (f.make_topic(), "en"),
        (f.make_analogy(key="why"), "en"),
    ):
        for word in ("First", "Second", "Third"):
            draft = f.save(item, language, people.admin, f.text_for(type(item), word))
            workflow.discard(draft, by=people.admin)
    revision = approved_by_hand(f.save(topic, "en", people.editor, f.text_for(Topic, "Second")))

    assert sign_by_hand(revision, people.admin)


def test_author_of_a_newer_draft_does_not_reaffirm(people, topic):
    """She has changed her mind about the text already."""
    live = Topic.objects.get(pk=topic.pk).sign_off_en.revision
    f.save(topic, "en", people.admin, f.text_for(Topic, "Newer"))

    with pytest.raises(IntegrityError, match="nobody signs what they wrote"):
        sign_by_hand(live, people.admin, "reaffirm")


@pytest.mark.parametrize("decision", ["approve", "reaffirm", "withdraw"])
@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("fingerprint", "0" * 64),
        ("facts_fingerprint", "0" * 64),
        ("item_type", "topics.guide"),
        ("key", "other"),
        ("language", "es"),
    ],
)
def test_sign_off_names_the_bytes_of_its_revision(people, topic, decision, column, value):
    revision = Topic.objects.get(pk=topic.pk).sign_off_en.revision

    with pytest.raises(IntegrityError, match="names the bytes of its revision"):
        sign_by_hand(revision, people.second_advisor, decision, **{column: value})


@pytest.mark.parametrize("state", ["draft", "in review", "changes requested", "discarded"])
def test_only_an_approved_revision_is_signed(people, revision_in, state):
    with pytest.raises(IntegrityError, match="names the bytes of its revision"):
        sign_by_hand(revision_in(state), people.second_advisor)


@pytest.mark.parametrize("decision", ["approve", "reaffirm"])
@pytest.mark.parametrize("column", ["advisor", "next_review"])
def test_signature_has_an_advisor_and_a_day(people, topic, sql_unguarded, decision, column):
    with pytest.raises(IntegrityError, match="sign_off_needs_"):
        sql_unguarded(
            f"UPDATE review_signoff SET decision = '{decision}', "
            f"{column}{'_id' if column == 'advisor' else ''} = NULL"
        )


# -- Missing triggers are noticed ----------------------------------------------------------------


def table_of(name):
    return dict(triggers.present(connection))[name]


def execute(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)


def drop(name):
    on = f" ON {table_of(name)}" if VENDOR == "postgresql" else ""
    execute(f"DROP TRIGGER {name}{on}")


def recreated(**changed):
    """Ways to put a trigger back as something else: (id, function of its name)."""

    def run(name):
        table = table_of(name)
        drop(name)
        execute(changed["sql"].format(name=name, table=table))

    return run


ALTERED = {
    "sqlite": {
        "never fires": recreated(
            sql="CREATE TRIGGER {name} BEFORE UPDATE ON {table} WHEN 1 = 0 "
            "BEGIN SELECT RAISE(ABORT, 'x'); END"
        ),
        "does nothing": recreated(
            sql="CREATE TRIGGER {name} BEFORE UPDATE ON {table} BEGIN SELECT 1; END"
        ),
        "on another event": recreated(
            sql="CREATE TRIGGER {name} BEFORE INSERT ON {table} WHEN 1 = 1 "
            "BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        ),
        "on another table": recreated(
            sql="CREATE TRIGGER {name} BEFORE UPDATE ON review_formerslug WHEN 1 = 1 "
            "BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        ),
    },
    "postgresql": {
        "disabled": lambda name: execute(f"ALTER TABLE {table_of(name)} DISABLE TRIGGER {name}"),
        "on replicas only": lambda name: execute(
            f"ALTER TABLE {table_of(name)} ENABLE REPLICA TRIGGER {name}"
        ),
        "does nothing": lambda name: execute(
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RETURN NEW; END $$"
        ),
        "never fires": recreated(
            sql="CREATE TRIGGER {name} BEFORE UPDATE ON {table} FOR EACH ROW WHEN (1 = 0) "
            "EXECUTE FUNCTION {name}()"
        ),
        "on another event": recreated(
            sql="CREATE TRIGGER {name} BEFORE INSERT ON {table} FOR EACH ROW "
            "EXECUTE FUNCTION {name}()"
        ),
        "on one column only": recreated(
            sql="CREATE TRIGGER {name} BEFORE UPDATE OF id ON {table} FOR EACH ROW "
            "EXECUTE FUNCTION {name}()"
        ),
        "once a statement": recreated(
            sql="CREATE TRIGGER {name} AFTER UPDATE ON {table} FOR EACH STATEMENT "
            "EXECUTE FUNCTION {name}()"
        ),
        "on another table": recreated(
            sql="CREATE TRIGGER {name} BEFORE UPDATE ON review_formerslug FOR EACH ROW "
            "EXECUTE FUNCTION {name}()"
        ),
    },
}[VENDOR]


def test_all_triggers_are_there_after_migrate(db):
    assert triggers.missing() == []
    assert {name for name, _table in triggers.present(connection)} == set(TRIGGERS)


@pytest.mark.parametrize("name", TRIGGERS)
def test_dropped_trigger_is_noticed(db, name):
    drop(name)

    assert triggers.missing() == [name]
    assert list(verification.problems()) == [f"trigger {name}: missing, switched off or altered"]
    [warning] = checks.triggers_installed(None, databases=["default"])
    assert warning.id == "review.W001"
    assert name in warning.msg


@pytest.mark.parametrize("alter", ALTERED.values(), ids=ALTERED)
def test_altered_trigger_is_noticed_and_mended(db, alter):
    alter("review_signoff_no_update")

    assert triggers.missing() == ["review_signoff_no_update"]
    triggers.install()
    assert triggers.missing() == []


@pytest.mark.parametrize("alter", ALTERED.values(), ids=ALTERED)
def test_mended_trigger_guards_again(topic, sql, alter):
    connection.check_constraints()
    alter("review_signoff_no_update")
    triggers.install()

    with pytest.raises(IntegrityError, match="append-only"):
        sql("UPDATE review_signoff SET name = 'x'")


def test_installing_twice_changes_nothing(db):
    before = sorted(triggers.present(connection))

    triggers.install()

    assert sorted(triggers.present(connection)) == before
    assert triggers.missing() == []


def test_removing_takes_ours_and_no_other(db):
    body = {
        "sqlite": "BEGIN SELECT 1; END",
        "postgresql": "FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    }[VENDOR]
    execute(f"CREATE TRIGGER not_ours BEFORE UPDATE ON review_formerslug {body}")
    there = {
        "sqlite": "SELECT COUNT(*) FROM sqlite_master WHERE name = 'not_ours'",
        "postgresql": "SELECT COUNT(*) FROM pg_trigger WHERE tgname = 'not_ours'",
    }[VENDOR]

    triggers.remove()

    assert triggers.present(connection) == []
    assert triggers.missing() == sorted(TRIGGERS)
    with connection.cursor() as cursor:
        cursor.execute(there)
        assert cursor.fetchone() == (1,)


def test_other_databases_are_refused():
    with pytest.raises(NotImplementedError, match="SQLite and PostgreSQL"):
        triggers.statements("mysql")


# -- Migrations ----------------------------------------------------------------------------------


def remake(model):
    """What a migration does to a table on SQLite; PostgreSQL alters it in place."""
    with connection.schema_editor() as editor:
        if VENDOR == "sqlite":
            editor._remake_table(model)
        else:
            editor.execute(f"ALTER TABLE {model._meta.db_table} ADD COLUMN passing integer")
            editor.execute(f"ALTER TABLE {model._meta.db_table} DROP COLUMN passing")


@pytest.mark.django_db(transaction=True)
def test_migration_that_remakes_a_table_keeps_rows_and_triggers(people):
    f.make_public(people, f.make_topic(key="why"))
    before = {table: rows(table) for table in KEPT}
    signal = {"verbosity": 0, "interactive": False, "db": "default"}

    emit_pre_migrate_signal(**signal)
    assert triggers.present(connection) == []
    for model in KEPT.values():
        remake(model)
    emit_post_migrate_signal(**signal)

    assert triggers.missing() == []
    assert {table: rows(table) for table in KEPT} == before
    assert list(verification.problems()) == []
    with pytest.raises(IntegrityError, match="append-only"):
        SignOff.objects.update(name="x")


@pytest.mark.django_db(transaction=True)
def test_migrate_puts_lost_triggers_back():
    triggers.remove()

    call_command("migrate", verbosity=0)

    assert triggers.missing() == []


def test_absent_triggers_are_a_warning_because_an_error_would_stop_migrate(db):
    triggers.remove()

    [found] = checks.triggers_installed(None, databases=["default"])

    assert isinstance(found, Warning)
