"""Triggers: what was decided cannot be changed, whoever holds the database connection.

Installed after every ``migrate`` and taken down before it: SQLite loses triggers when a migration
remakes a table, and refuses to rename a table that a trigger names.
"""

from django.db import connections

# A revision's columns that nobody may change once it has left the draft state.
FROZEN = (
    "text", "facts", "fingerprint", "facts_fingerprint", "source_id", "source_fingerprints",
    "origin", "significance", "summary", "request_id", "created_at", "saved_at", "saved_by",
)  # fmt: skip
IDENTITY = ("id", "item_type", "key", "language", "number")
APPEND_ONLY = (
    "review_signoff", "review_ledgerentry", "review_revisionauthor", "review_waiver",
    "review_assessment",
)  # fmt: skip

TABLES = (*APPEND_ONLY, "review_revision")

# SQLite's "INSERT OR REPLACE" deletes what is in its way without asking the triggers of DELETE.
_SAME_TEXT = "o.item_type = NEW.item_type AND o.key = NEW.key AND o.language = NEW.language"
_SAME_STATE = f"{_SAME_TEXT} AND o.state = NEW.state AND o.state IN ('draft', 'in review')"
_REPLACES = (
    ("review_signoff", "INSERT", "o.id = NEW.id"),
    ("review_ledgerentry", "INSERT", "o.number = NEW.number"),
    (
        "review_revisionauthor",
        "INSERT",
        "o.id = NEW.id OR (o.revision_id = NEW.revision_id AND o.user_id = NEW.user_id)",
    ),
    ("review_waiver", "INSERT", f"o.id = NEW.id OR ({_SAME_TEXT} AND o.place = NEW.place)"),
    ("review_assessment", "INSERT", "o.id = NEW.id"),
    (
        "review_revision",
        "INSERT",
        f"o.id = NEW.id OR ({_SAME_TEXT} AND o.number = NEW.number) OR ({_SAME_STATE})",
    ),
    ("review_revision", "UPDATE", f"o.id <> NEW.id AND {_SAME_STATE}"),
)

# The rows by which an earlier author is found: anybody who saved a revision of the same item and
# language after the last approval that lies before the revision being signed.
_EARLIER_AUTHOR = """
    EXISTS (
      SELECT 1 FROM review_revisionauthor author
      JOIN review_revision theirs ON theirs.id = author.revision_id
      WHERE author.user_id = NEW.user_id
        AND theirs.item_type = NEW.item_type AND theirs.key = NEW.key
        AND theirs.language = NEW.language
        AND theirs.number > COALESCE((
          SELECT MAX(earlier.number) FROM review_revision earlier
          JOIN review_revision signed ON signed.id = NEW.revision_id
          WHERE earlier.item_type = NEW.item_type AND earlier.key = NEW.key
            AND earlier.language = NEW.language AND earlier.state = 'approved'
            AND earlier.number < signed.number), 0)
    )"""

_MATCHES_REVISION = """
    EXISTS (
      SELECT 1 FROM review_revision r
      WHERE r.id = NEW.revision_id AND r.item_type = NEW.item_type AND r.key = NEW.key
        AND r.language = NEW.language AND r.fingerprint = NEW.fingerprint
        AND r.facts_fingerprint = NEW.facts_fingerprint AND r.state = 'approved'
    )"""


def _rules(different):
    """(name, table, event, condition under which it is refused, sentence)."""
    for table in APPEND_ONLY:
        for event in ("UPDATE", "DELETE"):
            name = f"{table}_no_{event.lower()}"
            yield name, table, event, "1 = 1", f"{table} is append-only"
    for table, event, condition in _REPLACES:
        yield (
            f"{table}_no_replace_{event.lower()}",
            table,
            event,
            f"EXISTS (SELECT 1 FROM {table} o WHERE {condition})",  # noqa: S608  (ours)
            f"a row of {table} is never replaced",
        )
    yield ("review_revision_no_delete", "review_revision", "DELETE", "1 = 1", "revisions are kept")
    changed = " OR ".join(different(column) for column in FROZEN)
    moved = " OR ".join(different(column) for column in IDENTITY)
    yield (
        "review_revision_frozen",
        "review_revision",
        "UPDATE",
        f"(OLD.state <> 'draft' AND ({changed})) OR ({moved})",
        "a submitted revision does not change",
    )
    yield (
        "review_revision_state",
        "review_revision",
        "UPDATE",
        "OLD.state <> NEW.state AND NOT ("
        "(OLD.state = 'draft' AND NEW.state IN ('in review', 'discarded')) OR "
        "(OLD.state = 'in review' AND NEW.state IN ('draft', 'changes requested', 'approved')))",
        "no such transition of a revision",
    )
    yield (
        "review_signoff_not_by_author",
        "review_signoff",
        "INSERT",
        f"NEW.decision IN ('approve', 'reaffirm') AND {_EARLIER_AUTHOR}",
        "nobody signs what they wrote",
    )
    yield (
        "review_signoff_by_its_advisor",
        "review_signoff",
        "INSERT",
        "NEW.decision IN ('approve', 'reaffirm') AND NOT EXISTS (SELECT 1 FROM review_advisor a "
        "WHERE a.id = NEW.advisor_id AND a.user_id = NEW.user_id)",
        "nobody signs in the name of another",
    )
    yield (
        "review_signoff_matches_revision",
        "review_signoff",
        "INSERT",
        f"NOT {_MATCHES_REVISION}",
        "a sign-off names the bytes of its revision",
    )


def statements(vendor):
    """Trigger name to the SQL statements that make it."""
    if vendor == "sqlite":
        return dict(_sqlite())
    if vendor == "postgresql":
        return dict(_postgresql())
    raise NotImplementedError(f"crcsite runs on SQLite and PostgreSQL, not on {vendor}.")


def _sqlite():
    for name, table, event, condition, sentence in _rules(lambda c: f"OLD.{c} IS NOT NEW.{c}"):
        yield (
            name,
            [
                f"CREATE TRIGGER {name} BEFORE {event} ON {table} WHEN {condition} "
                f"BEGIN SELECT RAISE(ABORT, '{sentence}'); END"
            ],
        )


def _postgresql():
    rules = list(_rules(lambda c: f"OLD.{c} IS DISTINCT FROM NEW.{c}"))
    for name, table, event, condition, sentence in rules:
        result = "OLD" if event == "DELETE" else "NEW"
        yield (
            name,
            [
                f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                f"IF {condition} THEN RAISE EXCEPTION '{sentence}' "
                f"USING ERRCODE = 'integrity_constraint_violation'; END IF; "
                f"RETURN {result}; END $$",
                f"CREATE TRIGGER {name} BEFORE {event} ON {table} "
                f"FOR EACH ROW EXECUTE FUNCTION {name}()",
            ],
        )
    for table in TABLES:
        name = f"{table}_no_truncate"
        yield (
            name,
            [
                f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                f"RAISE EXCEPTION '{table} is append-only' "
                f"USING ERRCODE = 'integrity_constraint_violation'; END $$",
                f"CREATE TRIGGER {name} BEFORE TRUNCATE ON {table} "
                f"FOR EACH STATEMENT EXECUTE FUNCTION {name}()",
            ],
        )


def install(using="default", **kwargs):
    connection = connections[using]
    remove(using)
    with connection.cursor() as cursor:
        there = set(connection.introspection.table_names(cursor))
        for name, made in statements(connection.vendor).items():
            # A database that was migrated back does not have the newest tables.
            if _table(name) in there:
                for statement in made:
                    cursor.execute(statement)


def _table(name):
    """The table of a trigger, whose name begins with it."""
    return max((each for each in TABLES if name.startswith(each)), key=len)


def remove(using="default", **kwargs):
    connection = connections[using]
    with connection.cursor() as cursor:
        for name, table in present(connection):
            on = f" ON {table}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")


def missing(using="default"):
    """Names of the triggers that are absent, switched off, or not as they are written here."""
    connection = connections[using]
    expected = statements(connection.vendor)
    there = _definitions(connection)
    return sorted(
        name
        for name, made in expected.items()
        if _squeezed(there.get(name, "")) != _squeezed(_body(connection.vendor, made))
    )


def present(connection):
    """(trigger, table) of the triggers of ours that are in the database, whatever their text."""
    names = set(statements(connection.vendor))
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'")
        else:
            cursor.execute(
                "SELECT t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
                "JOIN pg_namespace n ON n.oid = c.relnamespace "
                "WHERE NOT t.tgisinternal AND n.nspname = current_schema()"
            )
        return [row for row in cursor.fetchall() if row[0] in names]


def _definitions(connection):
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        else:
            cursor.execute(
                "SELECT t.tgname, p.prosrc || pg_get_triggerdef(t.oid, true) "
                "FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid "
                "JOIN pg_class c ON c.oid = t.tgrelid "
                "JOIN pg_namespace n ON n.oid = c.relnamespace "
                "WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') "
                "AND n.nspname = current_schema()"
            )
        return dict(cursor.fetchall())


def _body(vendor, made):
    return made[0] if vendor == "sqlite" else made[0].split("$$")[1] + made[1]


def _squeezed(sql):
    return " ".join(sql.split())
