"""Nobody is locked out while a migration runs, the code before works beside the one after, and
every step can be taken back."""

import pytest
from django.apps import apps
from django.conf import settings
from django.db.migrations.loader import MigrationLoader
from django_migration_linter import MigrationLinter

pytestmark = pytest.mark.django_db(transaction=True)

OURS = ("review", "evidence", "glossary", "topics", "faq", "reading", "running")

# Made before anything was released: no site was ever upgraded over these.
BEFORE_THE_FIRST_RELEASE = {
    "0001_initial", "0002_retired", "0002_desk", "0003_standings", "0004_invitation_sent_back",
    "0005_ledger_of_an_item", "0006_reports_from_readers", "0007_deliveries",
    "0008_translation_editor", "0009_waivers",
}  # fmt: skip


def linted(ignored):
    linter = MigrationLinter(
        str(settings.BASE_DIR),
        include_apps=[name for name in OURS if apps.is_installed(name)],
        ignore_name=list(ignored),
        no_cache=True,
        quiet=["ok", "ignore"],
        warnings_as_errors_tests=["CREATE_INDEX", "CREATE_INDEX_EXCLUSIVE", "RUNPYTHON_REVERSIBLE"],
    )
    linter.lint_all_migrations()
    return linter.nb_erroneous


def test_no_new_migration_locks_readers_out_or_breaks_the_code_before(capsys):
    assert linted(BEFORE_THE_FIRST_RELEASE) == 0, capsys.readouterr().out
    assert linted(set()) > 0  # the linter does look


def test_every_migration_can_be_taken_back():
    loader = MigrationLoader(None)
    stuck = [
        f"{app}.{name}: {operation.describe()}"
        for (app, name), migration in loader.disk_migrations.items()
        if app in OURS
        for operation in migration.operations
        if not operation.reversible
    ]

    assert stuck == []
