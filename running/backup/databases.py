"""Each kind of database as one file, from the same moment as everything else; and back.

``moment()`` holds one snapshot open in which others go on writing. SQLite's backup, run on the
connection that holds the snapshot, copies just that; ``pg_dump`` is given the snapshot's name.
"""

import os
import shutil
import sqlite3
import subprocess
from contextlib import contextmanager
from pathlib import Path

from django.db import connection, transaction

from . import NotPossible

_VARIABLES = {
    "host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD",
    "dbname": "PGDATABASE", "sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT",
    "service": "PGSERVICE", "passfile": "PGPASSFILE",
}  # fmt: skip


class SQLite:
    file = "database.sqlite3"

    @contextmanager
    def moment(self):
        connection.ensure_connection()
        raw = connection.connection
        raw.execute("BEGIN DEFERRED")  # not atomic(): that would be IMMEDIATE, and stop writers
        try:
            raw.execute("SELECT 1 FROM django_migrations").fetchone()
            yield None
        finally:
            raw.rollback()

    def dump(self, snapshot, folder):
        copy = sqlite3.connect(folder / self.file)
        try:
            connection.connection.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
        finally:
            copy.close()

    def check_empty(self):
        path = self.path()
        if path.exists() and path.stat().st_size:
            raise NotPossible(
                f"There is a database already: {path}. Restore into an empty place only: set "
                "DATABASE_URL to another file, or move this one away."
            )

    def path(self):
        return Path(connection.settings_dict["NAME"])

    @contextmanager
    def restored(self, folder):
        """The connection is the restored database, beside its place; it gets there at the end."""
        place, beside = self.path(), self.path().with_name(f".{self.path().name}.restoring")
        place.parent.mkdir(parents=True, exist_ok=True)
        self._remove(beside)
        try:
            shutil.copyfile(folder / self.file, beside)
            connection.close()
            connection.settings_dict["NAME"] = str(beside)
            self._check(beside)
            yield
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.close()
            beside.rename(place)
        finally:
            connection.close()
            connection.settings_dict["NAME"] = str(place)
            self._remove(beside)

    def _check(self, path):
        try:
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA integrity_check")
                whole = cursor.fetchall() == [("ok",)]
        except Exception:  # whatever the driver makes of a broken file
            whole = False
        if not whole:
            raise NotPossible("The database in this backup is damaged.")

    def _remove(self, path):
        for end in ("", "-wal", "-shm", "-journal"):
            path.with_name(path.name + end).unlink(missing_ok=True)


class PostgreSQL:
    file = "database.pgdump"

    @contextmanager
    def moment(self):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            cursor.execute("SELECT pg_export_snapshot()")
            yield cursor.fetchone()[0]

    def dump(self, snapshot, folder):
        self._run(
            "pg_dump", "--format=custom", "--no-owner", "--no-privileges",
            f"--snapshot={snapshot}", f"--file={folder / self.file}",
        )  # fmt: skip

    def check_empty(self):
        connection.ensure_connection()
        with connection.cursor() as cursor:
            tables = connection.introspection.table_names(cursor)
        if tables:
            raise NotPossible(
                f"The database {connection.settings_dict['NAME']} is not empty: it has "
                f"{len(tables)} tables. Restore into an empty database only (createdb), and set "
                "DATABASE_URL to it."
            )

    @contextmanager
    def restored(self, folder):
        """The connection is the restored database; whatever fails takes everything out again."""
        connection.close()
        try:
            self._run(
                "pg_restore", "--single-transaction", "--exit-on-error", "--no-owner",
                "--no-privileges", f"--dbname={self._name()}", str(folder / self.file),
            )  # fmt: skip
            yield
        except BaseException:
            self._empty()
            raise
        finally:
            connection.close()

    def _empty(self):
        """Take out what was just put into a database that was empty."""
        connection.close()
        with connection.cursor() as cursor:
            for table in connection.introspection.table_names(cursor):
                cursor.execute(f"DROP TABLE {connection.ops.quote_name(table)} CASCADE")
            cursor.execute(
                "SELECT p.oid::regprocedure::text FROM pg_proc p "
                "JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'public'"
            )
            for (function,) in cursor.fetchall():
                cursor.execute(f"DROP FUNCTION {function} CASCADE")

    def _name(self):
        return connection.settings_dict["NAME"]

    def _run(self, program, *arguments):
        """PostgreSQL's own program, told by the environment where to go: no password is seen in
        the list of processes."""
        found = shutil.which(program) or next(_installed(program), None)
        if found is None:
            raise NotPossible(f"{program} is not installed: install PostgreSQL's client programs.")
        given = connection.get_connection_params()
        where = {name: str(given[key]) for key, name in _VARIABLES.items() if given.get(key)}
        env = {**os.environ, **where}
        done = subprocess.run(  # noqa: S603  (its own programs, no shell)
            [found, *arguments], env=env, capture_output=True, text=True, check=False
        )
        if done.returncode:
            said = (done.stderr.strip().splitlines() or ["it said nothing"])[0]
            raise NotPossible(f"{program} failed: {said}")


def _installed(program):
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (folder / program).exists():
            yield str(folder / program)


def ours():
    return {"sqlite": SQLite, "postgresql": PostgreSQL}[connection.vendor]()
