"""What a page costs does not grow with what the site holds."""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from review import workflow
from tests import factories as f
from tests.topics import measure

TOPICS = ("4", "40")
LANGUAGES = (2, 20)


def cost(tmp_path):
    """(page, languages, topics) -> (queries, columns). Languages are fixed when a process starts,
    so that each number of them takes a process of its own."""
    running = {}
    for count in LANGUAGES:
        place = tmp_path / f"{count}.sqlite3"
        env = {**os.environ, "LANGUAGE_COUNT": str(count), "DATABASE_URL": f"sqlite:///{place}"}
        env["CACHE_URL"] = "dummycache://"  # what is measured is how a page is made
        running[count] = subprocess.Popen(
            [sys.executable, "-m", "tests.topics.measure", *TOPICS],
            cwd=settings.BASE_DIR,
            env={**env, "DEBUG": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    found = {}
    for count, process in running.items():
        out, err = process.communicate(timeout=180)
        assert process.returncode == 0, err
        for topics, pages in json.loads(out).items():
            for page, (queries, columns) in pages.items():
                found[page, count, topics] = queries, columns
    return found


def test_page_costs_the_same_however_many_topics_and_languages_and_a_guide_at_most_twelve_queries(
    tmp_path,
):
    found = cost(tmp_path)

    pages = {page for page, _, _ in found}
    assert pages == {f"{name} {code}" for name in measure.PAGES for code in ("en", "es")}
    for page in pages:
        costs = {found[page, count, topics] for count in LANGUAGES for topics in TOPICS}
        assert len(costs) == 1, f"{page}: {found}"
        [(queries, columns)] = costs
        assert 1 < queries <= (12 if page.startswith("guide") else 10), f"{page}: {found}"
        assert columns > 20, f"{page}: {found}"


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ('SELECT "a", "b" FROM t', 2),
        ('SELECT "a", COALESCE("b", "c") AS x FROM t WHERE "d" IN (1, 2)', 2),
        ('SELECT "a", (SELECT b, c FROM u LIMIT 1) AS s, "d" FROM t', 3),
    ],
)
def test_columns_are_counted_in_the_outermost_select(sql, expected):
    assert measure.columns(sql) == expected


# -- The admin -----------------------------------------------------------------------------------


def queries_of(client, address):
    with CaptureQueriesContext(connection) as queries:
        response = client.get(address)
    assert response.status_code == 200, response
    return len(queries)


@pytest.mark.django_db
def test_list_in_the_admin_costs_the_same_for_ten_and_for_fifty_rows(client, people):
    client.force_login(people.admin)
    guide = f.make_guide()
    topics = [f.make_topic(guide) for _ in range(10)]
    for topic in topics[:2]:
        f.make_public(people, topic)
    f.make_public(people, topics[0], "es")
    for topic in topics[2:]:
        f.save(topic, "en", people.editor)
    address = reverse("admin:topics_topic_changelist")
    queries_of(client, address)

    ten = queries_of(client, address)
    for _ in range(40):
        f.save(f.make_topic(guide), "en", people.editor)
    fifty = queries_of(client, address)

    assert ten == fifty <= 11


@pytest.mark.django_db
def test_page_of_an_item_in_the_admin_costs_the_same_however_long_its_history(client, people):
    client.force_login(people.editor)
    topic = f.make_topic()
    f.make_public(people, topic)
    address = reverse("admin:topics_topic_change", args=[topic.pk])
    queries_of(client, address)

    short = queries_of(client, address)
    for number in range(5):
        f.make_public(people, topic, text=f.text_for(type(topic), title=f"Title {number}"))
    long = queries_of(client, address)

    assert short == long <= 27


def request_of(people, topics):
    """A request of topics and questions, half of them public before, and all that they draw."""
    whole = f.WholeGuide(topics=topics)
    drawn = [each for topic in whole.topics for each in topic.draws]
    public = [whole.guide, *whole.sources, *drawn, *whole.topics[: topics // 2]]
    whole.publish(people, "en", [*public, *whole.terms])
    drafts = []
    for item in [*whole.topics, *whole.faqs]:
        text, facts = f.whole_text(item, "en")
        text = {name: f"Changed. {value}" for name, value in text.items()}
        drafts.append(f.save(item, "en", people.writer_of("en"), text, facts))
    request = workflow.submit(drafts, by=people.writer_of("en"))
    return reverse("admin:review_reviewrequest_change", args=[request.pk])


@pytest.mark.django_db
@pytest.mark.parametrize("view", ["read", "changes", "source"])
def test_page_of_a_request_costs_the_same_however_many_texts_it_holds(client, people, view):
    client.force_login(people.signer_of("en"))
    few, many = (request_of(people, topics) + f"?view={view}" for topics in (2, 12))
    queries_of(client, few)

    assert queries_of(client, few) == queries_of(client, many) <= 45
