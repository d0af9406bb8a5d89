"""In a real browser, by keyboard alone: what changed in a topic is settled in Arabic. How it got
there: tests/test_translation_story.py."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from review import workflow
from tests import factories as f
from topics.models import Topic

from .test_item_browser import desk  # noqa: F401  (fixture)

pytestmark = pytest.mark.any_database

BODY = "The first paragraph.\n\n- One item\n- Another item\n\nThe last paragraph says much."


def make_topic(people):
    topic, other = f.make_topic(), f.make_topic()
    text = f.text_for(Topic, title="A title", answer="An answer.", body=BODY)
    f.make_public(people, topic, text=text)
    f.make_public(people, other, text={**text, "title": "Other", "body": "The first paragraph."})
    writer, advisor = people.writer_of("ar"), people.signer_of("ar")
    draft = f.save(other, "ar", writer, {**text, "title": "آخر", "body": "الفقرة الأولى."})
    f.approve(people, workflow.submit([draft], by=writer), by=advisor)
    return topic


def test_changed_block_is_confirmed_by_keyboard_and_a_suggestion_put_in_without_script(
    desk,  # noqa: F811
    people,
):
    topic, writer = make_topic(people), people.writer_of("ar")
    text = f.text_for(
        Topic, title="عنوان", answer="جواب.", body="الفقرة.\n\n- شيء\n- آخر\n\nأخيرا."
    )
    first = workflow.submit([f.save(topic, "ar", writer, text)], by=writer)
    f.approve(people, first, by=people.signer_of("ar"))
    newer = BODY.replace("says much", "says very much") + "\n\nThe first paragraph."
    english = f.text_for(Topic, title="A title", answer="An answer.", body=newer)
    f.make_public(people, topic, text=english)
    place = reverse("admin:topics_topic_translate", args=[topic.pk]) + "?language=ar"

    with desk(writer, java_script_enabled=False) as page:
        page.goto(place)
        page.locator("#body-4").get_by_role("button", name="Insert").last.focus()
        page.keyboard.press("Enter")
        expect(page.locator("[name=block-body-4]")).to_have_value("الفقرة الأولى.")
    with desk(writer) as page:
        page.goto(place)
        page.locator("[name=block-body-3]").focus()
        page.keyboard.press("Control+Enter")
        expect(page.locator("[name=act-body-3]")).to_be_checked()
        page.keyboard.press("Control+s")
        expect(page.get_by_text("Every block says what the original says now.")).to_be_visible()

    draft = workflow.newest_revision(topic, "ar")
    assert draft.text["body"].endswith("أخيرا.\n\nالفقرة الأولى.")
    assert draft.source_fingerprints == workflow.newest_revision(topic, "en").fingerprints
    assert [act["act"] for act in draft.worksheet.acts] == ["confirmed"]
