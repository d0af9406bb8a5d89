"""Makes the table of docs/security.md: requirements from docs/asvs.txt, tests from their marks.

``python docs/asvs.py`` writes it; a test fails while it is not what this would write.
"""

import ast
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
TESTS = HERE.parent / "tests"
BEGIN, END = "<!-- table: python docs/asvs.py -->\n", "<!-- end of the table -->"


def requirements():
    """(number, state, requirement, how) of each line."""
    for line in (HERE / "asvs.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            yield [part.strip() for part in line.split("|")]


def marked():
    """Requirement to the tests that show it."""
    found = {}
    for path in sorted(TESTS.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef):
                for number in _numbers(node):
                    found.setdefault(number, []).append((path.relative_to(TESTS), node.name))
    return found


def _numbers(function):
    for mark in function.decorator_list:
        if isinstance(mark, ast.Call) and getattr(mark.func, "attr", "") == "asvs":
            for each in ast.walk(mark):
                if isinstance(each, ast.Constant) and isinstance(each.value, str):
                    yield each.value


def table():
    tests, rows = marked(), list(requirements())
    counts = Counter(row[1] for row in rows)
    yield ", ".join(f"{name}: {counts[name]}" for name in ("met", "partly", "not met", "not ours"))
    yield ""
    yield "| | state | requirement | how, or what is missing | tests |"
    yield "|---|---|---|---|---|"
    for number, state, requirement, how in rows:
        shown = "<br>".join(f"`{path}` {name}" for path, name in tests.get(number, []))
        yield f"| {number} | {state} | {requirement} | {how} | {shown} |"


def page():
    text = (HERE / "security.md").read_text()
    before, rest = text.split(BEGIN)
    return before + BEGIN + "\n".join(table()) + "\n" + END + rest.split(END)[1]


if __name__ == "__main__":
    (HERE / "security.md").write_text(page())
