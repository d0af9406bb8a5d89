"""docs/reliability.md says what the marks on the tests say, and names every fault that must be
played."""

from tests import reliability

# What must be taken away, and what must be under way when a process is killed.
FAULTS = {"kill -9", "full", "gone", "gone and back", "jumps", "two at once", "restart", "load"}
KILLED_IN = {"approving", "importing", "baking", "migrating", "publishing"}


def test_the_tables_are_as_the_marks_are_and_lack_nothing():
    printed = reliability.printed()

    kept = reliability.PAGE.read_text()
    assert kept == reliability.page(printed), "run: python -m tests.reliability --write"
    rows = [line.strip("| ").split(" | ") for line in printed if line.startswith("| ")]
    assert {row[0] for row in rows} >= FAULTS
    killed = {(row[1], row[2].split()[0]) for row in rows if row[0] == "kill -9"}
    for during in KILLED_IN:
        assert {of for of, found in killed if found.startswith(during)}, during
    assert any("PostgreSQL" in of for of, _ in killed)
