"""The history of an item as one list: whole, in order, numbered by the ledger, at a fixed cost."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from review import discussion, structure, workflow
from review.models import LedgerEntry, Revision
from tests import factories as f
from tests import pages
from topics.models import Topic

from .test_item_admin import newest

pytestmark = pytest.mark.django_db


def address(item, **query):
    path = reverse("admin:review_history", args=[item.item_type, item.key])
    return path + "?" + "&".join(f"{name}={value}" for name, value in query.items())


def entries(client, item, **query):
    response = client.get(address(item, **query))
    assert response.status_code == 200
    root = pages.parse_part(response.content.decode(), strict=False)
    return root.one("ol", class_="timeline").all("li", class_="event")


def sentences(client, item, **query):
    return [each.one("p", class_="what").text for each in entries(client, item, **query)]


def a_life(people, topic):
    """Everything that can happen to a text, in this order."""
    f.save(topic, "en", people.editor, f.text_for(Topic, title="First"), summary="A beginning")
    f.save(topic, "en", people.second_editor, f.text_for(Topic, title="Second"))
    request = workflow.submit([newest(topic)], by=people.editor)
    workflow.recall(request, by=people.editor)
    request = workflow.submit([newest(topic)], by=people.editor, assigned_to=people.advisor.advisor)
    comment = discussion.say(newest(topic), by=people.advisor, text="Is this so?")
    discussion.say(newest(topic), by=people.editor, text="It is.", parent=comment)
    discussion.resolve(comment, by=people.editor)
    workflow.request_changes(request, by=people.advisor, comment="Simpler, please")
    f.make_public(people, topic, text=f.text_for(Topic, title="Third"))
    structure.restructure(topic, by=people.editor, position=7)
    workflow.withdraw(topic, "en", by=people.advisor, reason="A mistake", reason_public=True)
    workflow.restore(newest(topic), by=people.editor)
    workflow.discard(newest(topic), by=people.editor)


def test_timeline_tells_everything_newest_first(client, people):
    topic = f.make_topic()
    a_life(people, topic)
    client.force_login(people.editor)

    told = sentences(client, topic)

    editor, second = people.editor, people.second_editor
    advisor = people.advisor.advisor.name
    # The time of a saving is that of the last one: the first text was overwritten in the draft.
    assert told[::-1] == [
        f"{editor}, {second} saved revision 1.",
        f"{editor} submitted it for review.",
        f"{editor} recalled it from review.",
        f"{editor} submitted it for review.",
        f"{people.advisor} commented.",
        f"{editor} answered a comment.",
        f"{editor} resolved a comment.",
        f"{people.advisor} requested changes.",
        f"{editor} saved revision 2.",
        f"{editor} submitted it for review.",
        f"{advisor} approved revision 2.",
        "Revision 2 became public.",
        f"{editor} changed where it stands.",
        f"{advisor} withdrew revision 2.",
        "Revision 2 was taken down.",
        f"{editor} saved revision 3.",
        f"{editor} made the text of revision 2 a draft again.",
        f"{editor} put the draft, revision 3, away.",
    ]
    html = client.get(address(topic)).content.decode()
    for words in ("Is this so?", "It is.", "Simpler, please", "A mistake", "position: 1 → 7"):
        assert words in html
    assert "readers may see the reason" in html
    assert f"for {advisor}" in html


def test_each_line_of_the_ledger_bears_its_number_as_a_link(client, people):
    topic = f.make_topic()
    a_life(people, topic)
    client.force_login(people.editor)

    links = {
        each.attrs["href"]
        for entry in entries(client, topic)
        for each in entry.one("p", class_="when").all("a")
    }

    about = LedgerEntry.objects.exclude(number=0).exclude(event="revision:recall")
    wanted = about.filter(language__in=["en", ""])
    assert links == {
        reverse("admin:review_ledgerentry_change", args=[line.number]) for line in wanted
    }


def test_other_texts_and_items_are_not_told_of(client, people):
    topic, other = f.make_topic(), f.make_topic()
    f.make_public(people, topic)
    f.make_public(people, other)
    f.make_public(people, topic, "es")
    client.force_login(people.admin)

    assert len(sentences(client, topic)) == len(sentences(client, topic, language="es")) == 4
    assert str(people.translator) not in " ".join(sentences(client, topic))


def test_earlier_text_is_made_a_draft_again_from_the_history(client, people):
    topic = f.make_topic()
    earlier = f.make_public(people, topic, text=f.text_for(Topic, title="Earlier")).revision
    f.make_public(people, topic, text=f.text_for(Topic, title="Later"))
    client.force_login(people.editor)
    page = client.get(address(topic))
    root = pages.parse_part(page.content.decode(), strict=False)
    forms = [each for each in root.all("form") if each.all("button", value="restore")]
    [form] = [
        each
        for each in forms
        if each.one("input", name="revision").attrs["value"] == f"{earlier.pk}"
    ]

    client.post(form.attrs["action"], {"action": "restore", "revision": earlier.pk})

    assert (newest(topic).text["title"], newest(topic).state) == ("Earlier", "draft")


def test_reader_of_the_admin_sees_the_history_but_no_button(client, people):
    topic = f.make_topic()
    f.make_public(people, topic)
    client.force_login(people.advisor)

    assert pages.buttons(client.get(address(topic))) == []


@pytest.mark.parametrize(
    ("who", "status"), [("editor", 200), ("translator", 200), ("advisor", 200), ("nobody", 403)]
)
def test_history_takes_the_permission_to_look_at_the_item(client, people, who, status):
    topic = f.make_topic()
    client.force_login(getattr(people, who))

    assert client.get(address(topic)).status_code == status


def test_what_is_no_item_is_not_found(client, people):
    topic = f.make_topic()
    client.force_login(people.admin)

    for kind, key in (
        *(("topics.topic", "none"), ("topics.none", topic.key), ("none", topic.key)),
        *(("review.revision", "1"), ("auth.user", "1"), ("topics.topic.x", topic.key)),
    ):
        path = reverse("admin:review_history", args=[kind, key])
        assert client.get(path).status_code == 404
    assert client.get(address(topic, language="xx")).status_code == 404
    assert client.post(address(topic)).status_code == 405


def test_markup_in_reasons_is_shown_as_text(client, people):
    topic = f.make_topic()
    f.make_public(people, topic)
    workflow.withdraw(topic, "en", by=people.advisor, reason="<script>alert(1)</script>")
    client.force_login(people.editor)

    assert "<script>alert(1)" not in client.get(address(topic)).content.decode()


def test_pages_cost_the_same_with_five_and_with_two_hundred_revisions(client, people):
    topic = f.make_topic()
    client.force_login(people.editor)

    def cost(**query):
        with CaptureQueriesContext(connection) as queries:
            assert len(entries(client, topic, **query)) == 25
        return len(queries)

    def live(times):
        for number in range(times):
            text = f.text_for(Topic, title=f"Title {Revision.objects.count()} {number}")
            request = f.submit(people, topic, text=text)
            comment = discussion.say(newest(topic), by=people.advisor, text="Well")
            discussion.resolve(comment, by=people.editor)
            workflow.request_changes(request, by=people.advisor, comment="Anew")

    live(6)
    cost()
    short = cost()
    live(194)
    assert Revision.objects.filter(key=topic.key).count() == 200
    long = {cost(page=number) for number in (1, 2, 20, 39)}

    assert long == {short}
    assert short <= 19


@pytest.mark.parametrize("page", ["0", "-1", "x", "999", "%00"])
def test_bad_page_is_the_nearest_one(client, people, page):
    topic = f.make_topic()
    f.make_public(people, topic)
    client.force_login(people.editor)

    assert client.get(address(topic, page=page)).status_code == 200
