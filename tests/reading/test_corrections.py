"""The public log of corrections, the versions of one text, and what changed since one of them."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from review import workflow
from review.models import SignOff
from tests import factories as f
from tests import pages
from topics.models import Topic

pytestmark = pytest.mark.django_db


def public_topic(people, title="First title", **more):
    guide = f.make_guide()
    f.make_public(people, guide)
    topic = f.make_topic(guide)
    return topic, f.make_public(people, topic, text=f.text_for(Topic, title=title), **more)


def change(people, topic, title="Second title", **more):
    return f.make_public(people, topic, text=f.text_for(Topic, title=title), **more)


def get(client, path):
    response = client.get(path)
    assert response.status_code == 200, (path, response)
    return pages.parse(response)


def entries(client, code="en", query=""):
    html = get(client, f"/{code}/corrections/{query}")
    return html.one("ul", class_="corrections").all("li")


def links(element):
    return [a.attrs["href"] for a in element.all("a")]


# -- The log ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("significance", "sentence"),
    [("wording", None), ("meaning", "Changed in meaning."), ("safety", "Changed for safety.")],
)
def test_changes_of_meaning_and_for_safety_are_listed_with_both_versions(
    client, people, significance, sentence
):
    topic, first = public_topic(people)
    second = change(people, topic, significance=significance)

    [entry] = entries(client)

    if sentence is None:
        assert entry.text == "There is none yet."
        return
    assert sentence in entry.text
    assert "Second title" in entry.text
    since = f"/en/changes/topics.topic/{topic.key}/{first.pk}/"
    assert links(entry) == [f"/en/v/{first.pk}/", f"/en/v/{second.pk}/", since]
    for each in links(entry):
        get(client, each)


def test_first_publication_reaffirmation_and_draft_are_no_corrections(client, people):
    topic, first = public_topic(people, significance="safety")
    workflow.reaffirm(topic, "en", by=people.advisor, expected=first.fingerprints)
    f.save(topic, "en", people.editor, f.text_for(Topic, title="Draft"), significance="safety")

    [entry] = entries(client)

    assert entry.text == "There is none yet."


@pytest.mark.parametrize("reason_public", [True, False])
def test_withdrawal_is_listed_with_its_reason_only_if_readers_may_know_it(
    client, people, reason_public
):
    topic, first = public_topic(people)
    workflow.withdraw(
        topic, "en", by=people.advisor, reason="It was <b>wrong", reason_public=reason_public
    )

    [entry] = entries(client)

    assert "Withdrawn." in entry.text
    assert ("It was <b>wrong" in entry.text) is reason_public
    assert links(entry) == [f"/en/v/{first.pk}/"]


def test_undone_release_is_listed_as_taken_back(client, people):
    topic, _first = public_topic(people)
    release = workflow.make_release("Spring", by=people.editor)
    draft = f.save(topic, "en", people.editor, f.text_for(Topic, title="Second title"))
    request = workflow.submit([draft], by=people.editor, release=release)
    f.approve(people, request)
    release.refresh_from_db()
    plan = workflow.undo_plan(release, people.second_advisor.advisor)
    workflow.undo_release(
        release, by=people.second_advisor, reason="A mistake", expected=plan.fingerprints
    )

    newest, _change = entries(client)

    assert "an earlier text is public again" in newest.text
    assert "A mistake" not in newest.text
    assert "First title" in newest.text


def test_log_is_of_the_language_of_the_page_and_of_sources(client, people):
    topic, _first = public_topic(people)
    source = f.make_source()
    f.make_public(people, source)
    change(people, topic)
    workflow.withdraw(source, "en", by=people.advisor, reason="Retracted")

    assert len(entries(client, "en")) == 2
    [entry] = entries(client, "es")
    assert "A study" in entry.text
    assert entry.all("span")[0].attrs["lang"] == "en"


def test_title_that_does_not_verify_is_not_shown(client, people, sql_unguarded):
    topic, _first = public_topic(people)
    second = change(people, topic)
    sql_unguarded(f"UPDATE review_signoff SET name = 'x' WHERE id = {second.pk}")

    [entry] = entries(client)

    assert "Second title" not in entry.text
    assert topic.key in entry.text


def test_log_is_newest_first_in_pages_at_a_constant_cost(client, people, monkeypatch):
    monkeypatch.setattr("reading.corrections.A_PAGE", 3)
    topic, _first = public_topic(people)

    def cost(query=""):
        with CaptureQueriesContext(connection) as queries:
            entries(client, query=query)
        return len(queries)

    change(people, topic, "Title 0")
    few = cost()
    for number in range(1, 5):
        change(people, topic, f"Title {number}")

    assert cost() == cost("?page=2") == few <= 6
    titles = [
        each.all("span")[0].text
        for query in ("", "?page=2")
        for each in entries(client, query=query)
    ]
    assert titles == [f"Title {number}" for number in (4, 3, 2, 1, 0)]
    html = get(client, "/en/corrections/?page=2")
    assert links(html.one("nav", class_="steps")) == ["?page=1"]
    assert len(entries(client, query="?page=nonsense")) == 3


# -- The versions of one text ----------------------------------------------------------------------


def test_every_public_version_of_a_text_is_listed(client, people):
    topic, first = public_topic(people)
    again = workflow.reaffirm(topic, "en", by=people.advisor, expected=first.fingerprints)
    second = change(people, topic, significance="wording")
    workflow.withdraw(topic, "en", by=people.advisor, reason="Secret")
    f.save(topic, "en", people.editor, f.text_for(Topic, title="Nobody signed this"))

    html = get(client, f"/en/changes/topics.topic/{topic.key}/")

    found = html.one("ol", class_="history").all("li")
    assert [links(each)[:1] for each in found] == [
        [],
        [f"/en/v/{second.pk}/"],
        [f"/en/v/{again.pk}/"],
        [f"/en/v/{first.pk}/"],
    ]
    assert "Secret" not in html.text
    assert "Nobody signed this" not in html.text


@pytest.mark.parametrize(
    "path", ["topics.topic/none/", "nothing/none/", "auth.user/none/", "topics.topic/draft/"]
)
def test_history_of_what_never_was_public_is_not_found(client, people, path):
    f.save(f.make_topic(key="draft"), "en", people.editor)

    assert client.get(f"/en/changes/{path}").status_code == 404


# -- What changed since ----------------------------------------------------------------------------


def test_what_changed_since_a_version_is_marked_in_the_present_text(client, people):
    topic, first = public_topic(people)
    change(people, topic, "Other title")

    html = get(client, f"/en/changes/topics.topic/{topic.key}/{first.pk}/")

    article = html.one("article", class_="marked")
    assert [each.text for each in article.all("ins")] == ["Other"]
    assert [each.text for each in article.all("del")] == ["First"]


def test_a_heading_and_an_explained_word_that_stayed_are_not_marked(client, people):
    f.make_public(people, f.make_term(), text={"term": "portal", "definition": "A vein."})
    topic, _ = public_topic(people)
    first, _ = (
        f.make_public(people, topic, text=f.text_for(Topic, body=f"## Same\n\n{word} (portal)."))
        for word in ("Old", "New")
    )

    html = get(client, f"/en/changes/topics.topic/{topic.key}/{first.pk}/")

    article = html.one("article", class_="marked")
    assert [each.text for each in article.all("h3")] == ["Same"]
    assert [each.text for each in article.all("del")] == ["Old"]


def test_changed_facts_are_told(client, people):
    figure, source = f.make_figure(), f.make_source()
    f.make_public(people, source)
    facts = {"count": 27, "out_of": 100, "sources": [source.key]}
    first = f.make_public(people, figure, facts=facts)
    f.make_public(people, figure, facts={**facts, "count": 31})

    html = get(client, f"/en/changes/evidence.keyfigure/{figure.key}/{first.pk}/")

    facts = html.one("article", class_="marked").all("dl")[0]
    assert (facts.one("del").text, facts.one("ins").text) == ("27", "31")


def test_present_version_says_that_nothing_changed(client, people):
    topic, first = public_topic(people)
    workflow.reaffirm(topic, "en", by=people.advisor, expected=first.fingerprints)

    html = get(client, f"/en/changes/topics.topic/{topic.key}/{first.pk}/")

    assert "says exactly what this version said" in html.text


def test_changes_of_a_text_that_came_down_tell_that_and_show_no_text(client, people):
    topic, first = public_topic(people)
    change(people, topic, "Other title")
    workflow.withdraw(topic, "en", by=people.advisor, reason="Wrong", reason_public=True)

    html = get(client, f"/en/changes/topics.topic/{topic.key}/{first.pk}/")

    assert "was withdrawn on" in html.text
    assert "Wrong" in html.text
    assert "Other title" not in html.text


def test_changes_keep_to_the_item_and_the_language_of_the_version(client, people):
    topic, first = public_topic(people)
    other, _sign_off = public_topic(people)

    assert client.get(f"/en/changes/topics.topic/{other.key}/{first.pk}/").status_code == 404
    withdrawal_or_draft = SignOff.objects.latest("pk").pk + 1
    path = f"/en/changes/topics.topic/{topic.key}/{withdrawal_or_draft}/"
    assert client.get(path).status_code == 404
    response = client.get(f"/ar/changes/topics.topic/{topic.key}/{first.pk}/")
    assert (response.status_code, response.url) == (
        302,
        f"/en/changes/topics.topic/{topic.key}/{first.pk}/",
    )


def test_changes_cost_the_same_however_many_versions_there_are(client, people):
    topic, first = public_topic(people)
    change(people, topic)
    path = f"/en/changes/topics.topic/{topic.key}/{first.pk}/"

    def cost():
        with CaptureQueriesContext(connection) as queries:
            get(client, path)
        return len(queries)

    few = cost()
    for number in range(4):
        change(people, topic, f"Title {number}")

    assert cost() == few <= 18
