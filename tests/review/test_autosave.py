"""Words are saved while they are typed: into the draft only, and never over somebody else's."""

import json

import pytest
from django.urls import reverse

from evidence.models import KeyFigure
from review import workflow
from review.models import Presence, Revision, Rival
from tests import factories as f
from topics.models import Topic

from .test_item_admin import address, newest, opened, press

pytestmark = pytest.mark.django_db


def autosave(client, item, sent, user, language="en"):
    sent = {**sent, "writer": user.pk}
    return client.post(address(item, language, "autosave"), sent)


def test_typing_makes_one_draft_and_moves_the_form_along(client, people):
    client.force_login(people.editor)
    topic = f.make_topic()
    sent = opened(client, topic)

    for word in ("One", "One two", "One two three"):
        response = autosave(client, topic, {**sent, "body": word}, people.editor)
        assert response.status_code == 200
        sent["based_on"] = response.json()["token"]

    assert list(Revision.objects.values_list("number", "state")) == [(1, "draft")]
    assert newest(topic).text["body"] == "One two three"
    assert response.json()["saved_at"] == newest(topic).saved_at.isoformat()
    assert json.loads(response.json()["opened"])["text"] == newest(topic).text
    assert press(client, topic, {**sent, "body": "One two three four"}).status_code == 302


@pytest.mark.parametrize("state", ["in review", "approved", "changes requested"])
def test_submitted_text_is_never_touched(client, people, state):
    topic = f.make_topic()
    request = f.submit(people, topic)
    if state == "approved":
        f.approve(people, request)
    elif state == "changes requested":
        workflow.request_changes(request, by=people.advisor, comment="Simpler")
    before = Revision.objects.filter(pk=newest(topic).pk).values().get()
    client.force_login(people.editor)
    sent = opened(client, topic)

    for word in ("Anew", "Anew and better"):
        answer = autosave(client, topic, {**sent, "body": word}, people.editor).json()
        sent["based_on"] = answer["token"]

    assert Revision.objects.filter(pk=before["id"]).values().get() == before
    assert (newest(topic).number, newest(topic).state) == (2, "draft")
    assert Revision.objects.count() == 2


def test_unchanged_text_creates_nothing(client, people):
    topic = f.make_topic()
    f.make_public(people, topic)
    client.force_login(people.editor)

    response = autosave(client, topic, opened(client, topic), people.editor)

    assert response.json()["token"] == workflow.token(newest(topic))
    assert Revision.objects.count() == 1


def test_problems_are_told_by_field_and_nothing_is_saved(client, people):
    client.force_login(people.editor)
    topic = f.make_topic()

    typed = {"title": "x" * 301, "body": "One\n\n<b>two</b>"}
    response = autosave(client, topic, {**opened(client, topic), **typed}, people.editor)

    assert response.status_code == 422
    errors = response.json()["errors"]
    assert set(errors) == {"title", "body"}
    assert "Line 3" in errors["body"][0]
    assert newest(topic) is None


def test_conflict_is_told_with_the_way_to_the_merge_and_keeps_the_words(client, people):
    topic = f.make_topic()
    client.force_login(people.second_editor)
    mine = {**opened(client, topic), "body": "Mine"}
    f.save(topic, "en", people.editor, f.text_for(Topic, body="Theirs"))

    response = autosave(client, topic, mine, people.second_editor)
    told = response.json()
    later = {**mine, "body": "Mine and more", "rival": told["rival"]}
    again = autosave(client, topic, later, people.second_editor)

    assert (response.status_code, again.status_code) == (409, 409)
    assert newest(topic).text["body"] == "Theirs"
    rival = Rival.objects.get()
    assert rival.text["body"] == "Mine and more"
    page = client.get(told["merge"])
    assert page.status_code == 200
    assert "Mine and more" in page.content.decode()


def test_text_of_somebody_who_signed_in_meanwhile_is_not_taken_for_hers(client, people):
    topic = f.make_topic()
    client.force_login(people.second_editor)

    response = autosave(client, topic, opened(client, topic), people.editor)

    assert response.status_code == 403
    assert newest(topic) is None


@pytest.mark.parametrize("who", ["translator", "advisor", "nobody"])
def test_nobody_saves_without_the_permission_to_write(client, people, who):
    user = getattr(people, who)
    topic = f.make_topic()
    client.force_login(user)

    for based_on in ("", "stale"):
        response = autosave(client, topic, {"title": "x", "based_on": based_on}, user)
        assert response.status_code == 403

    assert newest(topic) is None
    assert not Rival.objects.exists()


def test_who_is_not_signed_in_is_sent_to_sign_in_and_nothing_is_saved(client, people):
    topic = f.make_topic()

    response = autosave(client, topic, {"title": "x"}, people.editor)

    assert response.status_code == 302
    assert newest(topic) is None


def test_retired_item_is_refused_with_a_sentence(client, people):
    topic = f.make_topic()
    client.force_login(people.editor)
    sent = {**opened(client, topic), "title": "x"}
    workflow.retire(topic, by=people.editor, reason="Said elsewhere")

    response = autosave(client, topic, sent, people.editor)

    assert response.status_code == 409
    assert "retired" in response.json()["problem"]


def test_facts_are_saved_too(client, people):
    figure = f.make_figure()
    client.force_login(people.editor)
    typed = {"count": "27", "out_of": "100", **f.text_for(KeyFigure)}

    response = autosave(client, figure, {**opened(client, figure), **typed}, people.editor)

    assert response.status_code == 200
    assert newest(figure).facts == {"count": 27, "out_of": 100}


def test_page_says_who_else_is_editing(client, people):
    topic = f.make_topic()
    client.force_login(people.editor)
    client.get(address(topic))
    client.force_login(people.advisor)
    client.get(address(topic))
    client.force_login(people.second_editor)

    html = client.get(address(topic)).content.decode()

    assert f"{people.editor} is editing this." in html
    # Who only reads is not said to edit.
    assert set(Presence.objects.values_list("user", flat=True)) == {
        people.editor.pk,
        people.second_editor.pk,
    }
    assert reverse("admin:review_presence") in html
