"""Two texts of one item: both are kept until the writer decides."""

import json

import pytest

from evidence.models import KeyFigure
from review import workflow
from review.desk.forms import BASE_LIMIT
from review.models import Rival
from tests import factories as f
from tests import pages
from topics.models import Topic

from .test_item_admin import address, newest, opened, press, told

pytestmark = pytest.mark.django_db


def conflict(client, people, topic, body="Mine", theirs="Theirs", **more):
    """The second editor saves over a text of the first; returns the answer."""
    if newest(topic) is None:
        f.save(topic, "en", people.editor, f.text_for(Topic, body="Begun"))
    client.force_login(people.second_editor)
    mine = {**opened(client, topic), "body": body, **more}
    f.save(topic, "en", people.editor, f.text_for(Topic, body=theirs))
    return press(client, topic, mine)


def merge(client, item, language="en"):
    return client.get(address(item, language, "merge"))


def columns(response, name):
    root = pages.parse_part(response.content.decode(), strict=False)
    holder = next(
        each for each in root.all("section", class_="three") if _label(each) == f"merge-{name}"
    )
    return {part: holder.one("div", class_=part) for part in ("theirs", "mine", "base")}


def _label(section):
    return section.attrs["aria-labelledby"]


def test_text_saved_over_a_newer_one_is_kept_with_what_both_began_with(client, people):
    topic = f.make_topic()

    response = conflict(client, people, topic, summary="My reason")

    assert response.status_code == 409
    rival = Rival.objects.get()
    assert (rival.user, rival.item, rival.language) == (people.second_editor, topic.item, "en")
    assert (rival.text["body"], rival.text["summary"]) == ("Mine", "My reason")
    assert (rival.base_text["body"], rival.theirs) == ("Begun", newest(topic))
    assert rival.decided_at is None
    assert newest(topic).text["body"] == "Theirs"


def test_three_columns_show_what_each_changed_word_by_word(client, people):
    topic = f.make_topic()
    f.save(topic, "en", people.editor, f.text_for(Topic, body="One common text"))
    response = conflict(client, people, topic, "One changed text", "Two common text")

    shown = columns(response, "body")

    theirs = shown["theirs"].one("div", class_="marked")
    assert (theirs.one("del").text, theirs.one("ins").text) == ("One", "Two")
    mine = shown["mine"].one("div", class_="marked")
    assert (mine.one("del").text, mine.one("ins").text) == ("common", "changed")
    assert shown["base"].one("pre").text == "One common text"
    assert shown["mine"].one("textarea").text == "One changed text"


def test_leaving_keeps_both_and_the_item_leads_back(client, people):
    topic = f.make_topic()
    conflict(client, people, topic, summary="My reason")

    item = client.get(address(topic))
    page = merge(client, topic)

    assert address(topic, page="merge") in item.content.decode()
    assert pages.form(item, "save")["body"] == ["Theirs"]
    again = pages.form(page, "save")
    assert (again["body"], again["summary"]) == (["Mine"], ["My reason"])


def test_saving_the_merged_text_decides(client, people):
    topic = f.make_topic()
    conflict(client, people, topic)
    sent = {**pages.form(merge(client, topic), "save"), "body": "Theirs and mine"}

    assert press(client, topic, sent).status_code == 302

    assert newest(topic).text["body"] == "Theirs and mine"
    assert Rival.objects.get().decided_at is not None
    assert merge(client, topic).status_code == 302


def test_saving_something_else_does_not_decide(client, people):
    topic = f.make_topic()
    conflict(client, people, topic)

    press(client, topic, {**opened(client, topic), "title": "Corrected"})

    assert newest(topic).text["title"] == "Corrected"
    assert Rival.objects.get().decided_at is None


def test_dropping_mine_decides_and_leaves_theirs(client, people):
    topic = f.make_topic()
    conflict(client, people, topic)

    response = press(client, topic, pages.form(merge(client, topic), "drop_rival"))

    assert response.status_code == 302
    rival = Rival.objects.get()
    assert (rival.decided_at is not None, rival.text["body"]) == (True, "Mine")
    assert newest(topic).text["body"] == "Theirs"


def test_theirs_are_taken_field_by_field(client, people):
    topic = f.make_topic()
    conflict(client, people, topic, answer="My answer")
    sent = {**pages.form(merge(client, topic), "save"), "take": ["body"]}

    press(client, topic, sent)

    assert newest(topic).text["body"] == "Theirs"
    assert newest(topic).text["answer"] == "My answer"


def test_second_conflict_while_merging_keeps_the_newest_of_mine(client, people):
    topic = f.make_topic()
    first = conflict(client, people, topic)
    f.save(topic, "en", people.editor, f.text_for(Topic, body="Theirs again"))

    sent = {**pages.form(first, "save"), "body": "Merged"}
    second = press(client, topic, sent)

    assert second.status_code == 409
    rival = Rival.objects.get()
    assert (rival.text["body"], rival.base_text["body"]) == ("Merged", "Theirs")
    assert columns(second, "body")["theirs"].one("pre").text == "Theirs again"
    assert press(client, topic, pages.form(second, "save")).status_code == 302
    assert newest(topic).text["body"] == "Merged"


def test_another_conflict_leaves_the_earlier_text_to_be_found(client, people):
    topic = f.make_topic()
    conflict(client, people, topic, "First of mine")

    response = conflict(client, people, topic, "Second of mine", "Theirs anew")

    assert Rival.objects.get(decided_at=None).text["body"] == "Second of mine"
    root = pages.parse_part(response.content.decode(), strict=False)
    assert "First of mine" in root.one("details", class_="earlier").text


def test_error_while_merging_comes_back_to_the_merge_with_every_word(client, people):
    topic = f.make_topic()
    page = conflict(client, people, topic)

    response = press(client, topic, {**pages.form(page, "save"), "body": "<b>Mine</b>"})

    assert response.status_code == 200
    assert pages.form(response, "save")["body"] == ["<b>Mine</b>"]
    assert pages.buttons(response) == ["save", "drop_rival"]
    assert Rival.objects.get().decided_at is None


@pytest.mark.parametrize("meanwhile", ["discarded", "submitted", "approved", "overwritten"])
def test_words_survive_whatever_happened_meanwhile(client, people, meanwhile):
    topic = f.make_topic()
    draft = f.save(topic, "en", people.editor, f.text_for(Topic, body="Begun"))
    client.force_login(people.second_editor)
    mine = {**opened(client, topic), "body": "Mine"}
    if meanwhile == "discarded":
        workflow.discard(draft, by=people.editor)
    else:
        changed = f.save(topic, "en", people.editor, f.text_for(Topic, body="Theirs"))
        if meanwhile != "overwritten":
            request = workflow.submit([changed], by=people.editor)
        if meanwhile == "approved":
            f.approve(people, request)

    response = press(client, topic, mine)

    assert response.status_code == 409
    assert Rival.objects.get().text["body"] == "Mine"
    sent = pages.form(merge(client, topic), "save")
    assert sent["body"] == ["Mine"]
    assert press(client, topic, sent).status_code == 302
    assert newest(topic).text["body"] == "Mine"
    assert newest(topic).state == "draft"
    if meanwhile in ("submitted", "approved"):
        changed.refresh_from_db()
        assert changed.text["body"] == "Theirs"


def test_facts_are_merged_too(client, people):
    figure, text = f.make_figure(), f.text_for(KeyFigure)
    f.save(figure, "en", people.editor, text, {"count": 1, "out_of": 100})
    client.force_login(people.second_editor)
    mine = {**opened(client, figure), "count": "3", "out_of": "200"}
    f.save(figure, "en", people.editor, text, {"count": 2, "out_of": 100})

    response = press(client, figure, mine)

    shown = columns(response, "count")
    assert shown["theirs"].one("p", class_="fact").text == "2"
    assert shown["base"].one("p", class_="fact").text == "1"
    assert Rival.objects.get().facts == {"count": 3, "out_of": 200}
    sent = {**pages.form(merge(client, figure), "save"), "take": ["count"]}
    assert press(client, figure, sent).status_code == 302
    assert newest(figure).facts == {"count": 2, "out_of": 200}


@pytest.mark.parametrize(
    "opened_with",
    [
        "",
        "{",
        "[]",
        "7",
        "null",
        '{"text": 1, "facts": [1]}',
        '{"text": {"body": "a\\u0000b"}}',
        '{"text": {"body": "\\ud800"}}',
        '{"text": {"body": 1.5}}',
        '{"text": {"nofield": "x", "body": ["a"]}}',
        "[" * 100_000,
        json.dumps({"text": {"body": "x" * BASE_LIMIT}}),
    ],
)
def test_what_a_browser_tells_of_the_base_is_only_shown(client, people, opened_with):
    topic = f.make_topic()
    f.save(topic, "en", people.editor, f.text_for(Topic, body="Begun"))

    response = conflict(client, people, topic, opened=opened_with)

    assert response.status_code == 409
    assert Rival.objects.get().text["body"] == "Mine"
    assert merge(client, topic).status_code == 200
    assert set(Rival.objects.get().base_text) <= set(Topic.text_fields)


def test_text_of_somebody_else_is_neither_shown_nor_decided(client, people):
    topic = f.make_topic()
    conflict(client, people, topic, "My secret words")
    rival = Rival.objects.get()
    client.force_login(people.editor)

    assert merge(client, topic).status_code == 302
    assert "My secret words" not in client.get(address(topic)).content.decode()
    response = press(client, topic, {"action": "drop_rival", "rival": rival.pk})

    assert response.status_code == 409
    assert told(response) == ["There is nothing to merge."]
    assert Rival.objects.get().decided_at is None


def test_translator_merges_beside_the_original(client, people):
    topic = f.make_topic()
    f.make_public(people, topic, text=f.text_for(Topic, body="The original body"))
    colleague = f.make_user(None, "Translators (es)")
    client.force_login(people.translator)
    mine = {**opened(client, topic, "es"), **f.text_for(Topic, "Texto", body="Mío")}
    f.save(topic, "es", colleague, f.text_for(Topic, "Texto", body="Suyo"))

    assert press(client, topic, mine, "es").status_code == 409
    page = merge(client, topic, "es")

    assert "The original body" in page.content.decode()
    assert press(client, topic, pages.form(page, "save"), "es").status_code == 302
    assert newest(topic, "es").text["body"] == "Mío"


def test_markup_in_rival_texts_is_shown_as_text(client, people):
    topic = f.make_topic()
    response = conflict(client, people, topic, "1 < 2 &amp; *x*", "1 < 3 ](javascript:x")

    html = response.content.decode()

    assert "1 < 2" not in html.replace("1 &lt; 2", "")
    assert columns(response, "body")["mine"].one("textarea").text == "1 < 2 &amp; *x*"
