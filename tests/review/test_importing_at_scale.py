"""Importing, signing and publishing many texts takes as many statements as a few."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from review import demonstration, verification
from review.importing import import_directory
from review.models import Revision
from tests import factories as f
from topics.models import Topic

pytestmark = pytest.mark.django_db
LANGUAGES = ("en", "es")
_INSERT = re.compile(r'INSERT INTO "(\w+)"')


def topics(name, number, body=""):
    """The topic of the small guide, in two languages, so many times under other keys."""
    return {
        f"topic/{name}-{at}.{language}.md": f.CONTENT[f"topic/why.{language}.md"].replace(
            "slug: why\n", f"slug: {name}-{at}\n"
        )
        + body
        for language in LANGUAGES
        for at in range(number)
    }


def statements(directory):
    """What is asked to import and sign a directory. What goes into one table at once counts once:
    SQLite takes no more than 999 values in a statement, so that Django divides it."""
    with CaptureQueriesContext(connection) as asked:
        import_directory(directory, demonstration.writer)
        signed = demonstration.sign_drafts()
    assert signed == len(list(directory.rglob("*.md")))
    told = []
    for each in asked:
        into = _INSERT.match(each["sql"])
        kind = into[0] if into else each["sql"][:200]
        if not (into and told and told[-1] == kind):
            told.append(kind)
    return told


def test_statements_do_not_grow_with_the_number_of_texts(tmp_path):
    demonstration.make_accounts()
    statements(f.write_content(tmp_path / "guide"))

    few, many = (
        statements(f.write_content(tmp_path / name, topics(name, number)))
        for name, number in (("few", 10), ("many", 30))
    )
    few_again, many_again = (
        statements(f.write_content(tmp_path / name, topics(name, number, "\n\nMore.\n")))
        for name, number in (("few", 10), ("many", 30))
    )

    assert len(few) == len(many), "\n".join(many)
    assert len(few_again) == len(many_again), "\n".join(many_again)
    assert len(Topic.objects.public("es")) == 41
    assert set(Revision.objects.values_list("state", flat=True)) == {"approved"}
    assert list(verification.problems()) == []
