"""``python -m tests.reliability``: bad inputs tried and faults played, from the marks on the tests.

Prints the tables of docs/reliability.md; ``--write`` puts them there, and a test fails while they
are not what this prints. ``--play`` plays all of it, and says what became of each and of how many
bytes that somebody was told are saved: on SQLite, and by ``tests/on_postgresql`` on PostgreSQL what
needs it. Whatever was not played, or failed, is named, and makes it fail.
"""

import contextlib
import io
import os
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "reliability.md"
BEGIN, END = "<!-- table: python -m tests.reliability --write -->\n", "<!-- end of the table -->"
MARK = re.compile(r"mark\.(?:fault|bad_input)\(")


class Marked:
    """What pytest finds: each mark with its tests, and what became of them if they are played."""

    def __init__(self):
        self.faults, self.inputs = defaultdict(list), {}
        self.names, self.outcomes, self.told, self.lost = {}, {}, 0, 0

    def pytest_collection_finish(self, session):
        for item in session.items:
            name = f"`{item.path.relative_to(ROOT / 'tests')}` {item.originalname}"
            self.names[item.nodeid] = name
            for mark in item.iter_markers("fault"):
                if name not in self.faults[mark.args]:
                    self.faults[mark.args].append(name)
            for mark in item.iter_markers("bad_input"):
                tried = self.inputs.setdefault((*mark.args, name), [])
                tried.append(mark.kwargs.get("tried", 1))

    def pytest_runtest_logreport(self, report):
        if report.when == "call" or report.failed or report.skipped:
            self.outcomes[report.nodeid] = report.outcome
        if report.when == "call":
            properties = dict(report.user_properties)
            self.told += properties.get("bytes_told", 0)
            self.lost += properties.get("bytes_lost", 0)

    def became(self):
        """What became of each fault and each kind of bad input, by its tests; after a play."""
        of = defaultdict(set)
        for node, outcome in self.outcomes.items():
            of[self.names[node]].add(outcome)
        for row, names in (*self.faults.items(), *((key, key[2:]) for key in self.inputs)):
            yield " · ".join(row[:3]), set().union(*(of[name] for name in names))

    def tables(self):
        yield "| fault | of what | in the middle of | tests | bytes lost |"
        yield "|---|---|---|---|---|"
        for (what, of, during), names in sorted(self.faults.items()):
            yield f"| {what} | {of} | {during} | {'<br>'.join(names)} | 0 |"
        yield f"\n{len(self.faults)} faults played.\n"
        yield "| bad input | what is tried | how many | test |"
        yield "|---|---|---|---|"
        for (where, what, name), tried in sorted(self.inputs.items()):
            yield f"| {where} | {what} | {sum(tried)} | {name} |"
        yield f"\n{sum(map(sum, self.inputs.values()))} bad inputs tried."


def marked(*options):
    """The Marked of the modules that bear a mark."""
    found = Marked()
    files = [str(p) for p in sorted(ROOT.glob("tests/**/test_*.py")) if MARK.search(p.read_text())]
    os.chdir(ROOT)
    quiet = io.StringIO() if "--collect-only" in options else sys.stderr
    with contextlib.redirect_stdout(quiet):
        status = pytest.main(["-m", "fault or bad_input", *options, *files], plugins=[found])
    if status > (0 if "--collect-only" in options else 1):  # 1: a test failed, which is told
        raise SystemExit(f"{quiet.getvalue() if quiet is not sys.stderr else ''}\npytest: {status}")
    return found


def page(tables):
    text = PAGE.read_text()
    before, rest = text.split(BEGIN)
    return before + BEGIN + "\n".join(tables) + "\n" + END + rest.split(END)[1]


def printed():
    """What this prints, from a process of its own: pytest does not run inside pytest."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.reliability"],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


def main(options):
    play = "--play" in options
    found = marked(*(["-W", "ignore"] if play else ["--collect-only"]))
    print("\n".join(found.tables()))
    if "--write" in options:
        PAGE.write_text(page("\n".join(found.tables()).splitlines()))
    if play:
        rows = list(found.became())
        away = [f"{row}: {', '.join(sorted(of))}" for row, of in rows if of != {"passed"}]
        print(f"{len(found.outcomes)} tests played; as they should: {len(rows) - len(away)} rows.")
        print(f"Bytes that somebody was told are saved: {found.told}; lost: {found.lost}.")
        print("\n".join(["Not shown here, or not wholly:", *away] if away else []))
        raise SystemExit(bool(away))


if __name__ == "__main__":
    main(sys.argv[1:])
