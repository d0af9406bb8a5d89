"""Any two revisions of one text beside each other, for those who may see revisions."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from evidence.models import KeyFigure
from review import workflow
from tests import factories as f
from tests import pages
from topics.models import Topic

pytestmark = pytest.mark.django_db


def compared(client, old, new, query=""):
    return client.get(reverse("admin:review_compare", args=[old.pk, new.pk]) + query)


def root_of(response):
    return pages.parse_part(response.content.decode(), strict=False)


@pytest.fixture
def two(people):
    """An approved revision and a later draft of the same topic."""
    topic = f.make_topic()
    text = f.text_for(Topic, body="One.\n\nTwo.\n\nIt is **27** of 100.")
    first = f.make_public(people, topic, text=text).revision
    later = f.text_for(Topic, body="One.\n\nTwo.\n\nIt is **28** of 100.")
    return first, f.save(topic, "en", people.editor, later)


def test_two_revisions_are_compared_as_readers_see_them(client, people, two):
    client.force_login(people.advisor)

    root = root_of(compared(client, *two))

    rendered = root.one("div", class_="marked")
    assert [each.text for each in rendered.all("del")] == ["27"]
    assert [each.text for each in rendered.all("ins")] == ["28"]
    back = root_of(compared(client, *reversed(two))).one("div", class_="marked")
    assert [each.text for each in back.all("ins")] == ["27"]


def test_two_revisions_are_compared_in_markdown(client, people, two):
    client.force_login(people.advisor)

    markdown = root_of(compared(client, *two, "?view=source")).one("div", class_="markdown")

    assert [each.text for each in markdown.all("ins")] == ["**28**"]


def test_facts_are_compared_too(client, people):
    source, figure = f.make_source(), f.make_figure()
    f.make_public(people, source)
    facts = {"count": 27, "out_of": 100, "sources": [source.key]}
    first = f.make_public(people, figure, text=f.text_for(KeyFigure), facts=facts).revision
    later = f.save(figure, "en", people.editor, f.text_for(KeyFigure), facts={**facts, "count": 28})
    client.force_login(people.advisor)

    facts = root_of(compared(client, first, later)).one("div", class_="facts-changed")

    assert [each.text for each in facts.all("del")] == ["27"]


def test_revisions_of_two_texts_are_refused_with_a_sentence(client, people, two):
    first, _later = two
    other = f.save(f.make_topic(), "en", people.editor)
    topic = workflow.item_of(first)
    spanish = f.save(topic, "es", people.translator)
    client.force_login(people.advisor)

    items, texts = compared(client, first, other), compared(client, first, spanish)

    assert items.status_code == texts.status_code == 400
    assert "two different items" in root_of(items).one("p", class_="errornote").text
    assert "in two languages" in root_of(texts).one("p", class_="errornote").text


def test_comparison_asks_for_the_permission_to_see_revisions(client, people, two):
    client.force_login(people.nobody)

    assert compared(client, *two).status_code == 403


def test_revision_that_is_none_is_not_found(client, people, two):
    client.force_login(people.advisor)

    assert client.get(reverse("admin:review_compare", args=[two[0].pk, 999999])).status_code == 404
    assert client.post(reverse("admin:review_compare", args=[1, 2])).status_code == 405


def test_comparison_costs_the_same_however_long_the_history(client, people, two):
    first, later = two
    client.force_login(people.advisor)
    compared(client, first, later)
    with CaptureQueriesContext(connection) as few:
        compared(client, first, later)
    f.approve(people, workflow.submit([later], by=people.editor))
    topic = workflow.item_of(first)
    for number in range(4):
        text = f.text_for(Topic, body=f"Text {number}")
        newest = f.make_public(people, topic, text=text).revision

    with CaptureQueriesContext(connection) as many:
        compared(client, first, newest)

    assert len(few) == len(many) <= 15
