"""Counts what pages cost, with as many languages and topics as it is told.

    LANGUAGE_COUNT=20 DATABASE_URL=sqlite:///… python -m tests.topics.measure 4 40

prints JSON: number of topics -> page -> [queries, columns that these load].
"""

import json
import os
import sys

import django

# Relative to the language; {} are the guide's and a topic's address.
PAGES = {"home": "/", "guide": "/guides/{}/", "topic": "/guides/{}/{}/"}


def columns(sql):
    """How many columns a SELECT loads: one more than it has commas before its own FROM."""
    depth, commas = 0, 0
    for word in sql.replace("(", " ( ").replace(")", " ) ").replace(",", " , ").split():
        depth += {"(": 1, ")": -1}.get(word, 0)
        if depth == 0 and word == "FROM":
            return commas + 1
        commas += depth == 0 and word == ","
    raise ValueError(sql)


def measure(client, guide, topic):
    from django.db import connection, reset_queries
    from django.test.utils import CaptureQueriesContext

    found = {}
    for name, page in PAGES.items():
        for code in ("en", "es"):
            reset_queries()
            with CaptureQueriesContext(connection) as queries:
                response = client.get(f"/{code}{page.format(guide.slug, topic.slug)}")
            assert response.status_code == 200, response
            statements = [each["sql"] for each in queries.captured_queries]
            found[f"{name} {code}"] = [len(statements), sum(map(columns, statements))]
    return found


def main(steps):
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.many_languages"
    django.setup()
    from django.core.management import call_command
    from django.test import Client

    from review import quality
    from tests import factories as f

    quality._checks.clear()  # the words are nonsense on purpose
    call_command("migrate", run_syncdb=True, verbosity=0)
    people, whole, found = f.People(), f.WholeGuide(topics=0), {}
    for code in ("en", "es"):
        whole.publish(people, code)
    for step in steps:
        made = whole.more(step - len(whole.topics))
        whole.publish(people, "en", made)
        # Half of it is translated: a Spanish page holds texts that fell back, too.
        whole.publish(people, "es", made[: len(made) // 2])
        client = Client(headers={"host": "localhost"})
        found[step] = measure(client, whole.guide, whole.topics[0])
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main([int(each) for each in sys.argv[1:]])
