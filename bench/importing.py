"""python bench/importing.py GUIDES: that many guides of nine sections in two languages are imported
from files and signed in demonstration mode, in a new database. Prints milliseconds and queries a
guide."""

import re
import sys
import tempfile
import time
from pathlib import Path

import django_here
from django.core.management import call_command
from django.db import connection

from review import demonstration

CONTENT = django_here.ROOT / "content"
LANGUAGES = ("en", "es")


def write(folder, guides):
    """The starter content, its guide and topics again and again under other keys."""
    for path in CONTENT.rglob("*.md"):
        key, code, _ending = path.name.split(".")
        if code not in LANGUAGES:
            continue
        text, kind = path.read_text(), path.parent.name
        copies = range(guides) if kind in ("guide", "topic") else [None]
        for number in copies:
            name, told = path.name, text
            if number:
                name, told = f"{key}-{number}.{code}.md", again(text, number)
            (folder / kind).mkdir(exist_ok=True)
            (folder / kind / name).write_text(told)


def again(text, number):
    """The head of a file names its slug and its guide: they get a number."""
    return re.sub(r"(?m)^((?:slug|guide): .+)$", rf"\1-{number}", text)


def main(guides):
    call_command("migrate", verbosity=0)
    demonstration.make_accounts()
    with tempfile.TemporaryDirectory() as place:
        write(Path(place), guides)
        asked = []

        def count(execute, *arguments):
            asked.append(1)
            return execute(*arguments)

        started = time.perf_counter()
        with connection.execute_wrapper(count):
            call_command("import_content", place, sign=True, verbosity=0)
        took = time.perf_counter() - started
    print(took * 1000 / guides, len(asked) / guides)


if __name__ == "__main__":
    main(int(sys.argv[1]))
