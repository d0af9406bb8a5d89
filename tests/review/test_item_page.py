"""What else the page of an item offers: whom to ask, the discussion, the end of an item's life."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from review import discussion, verification, workflow
from review.models import Comment, Preference, ReviewRequest
from tests import factories as f
from tests import pages
from topics.models import Topic

from .test_item_admin import address, listed, newest, opened, press, text_of, told

pytestmark = pytest.mark.django_db


# -- Whom to ask ---------------------------------------------------------------------------------


def submitting(client, topic, **more):
    return {**opened(client, topic), **f.text_for(Topic), "action": "save_submit", **more}


def test_text_is_submitted_for_an_advisor_by_a_day_with_a_release(client, people):
    topic, day = f.make_topic(), timezone.localdate() + timedelta(days=7)
    release = workflow.make_release("Spring", by=people.editor)
    advisor = people.advisor.advisor
    client.force_login(people.editor)
    asked = {"assigned_to": advisor.pk, "due": day.isoformat(), "release": release.pk}

    assert press(client, topic, submitting(client, topic, **asked)).status_code == 302

    request = ReviewRequest.objects.get()
    assert (request.assigned_to, request.due, request.release) == (advisor, day, release)


def test_any_advisor_is_asked_unless_one_is_chosen(client, people):
    topic = f.make_topic()
    assert people.advisor.advisor
    client.force_login(people.editor)

    press(client, topic, submitting(client, topic))

    request = ReviewRequest.objects.get()
    assert (request.assigned_to, request.due, request.release) == (None, None, None)


def test_only_advisors_of_the_language_who_may_sign_are_offered(client, people):
    english, spanish = people.advisor.advisor, people.spanish_advisor.advisor
    gone = f.make_advisor(None, "en", active=False).advisor
    topic = f.make_topic()
    client.force_login(people.editor)

    [choice] = _root(client.get(address(topic))).all("select", name="assigned_to")

    offered = {each.attrs["value"] for each in choice.all("option")}
    assert offered == {"", str(english.pk)}
    assert not {str(spanish.pk), str(gone.pk)} & offered


@pytest.mark.parametrize(
    "wrong",
    [
        {"due": "2020-01-01"},
        {"due": "soon"},
        {"due": "\x00"},
        {"assigned_to": "999"},
        {"assigned_to": "x"},
        {"release": "999"},
    ],
)
def test_wrong_wish_is_told_and_the_text_is_saved_but_not_submitted(client, people, wrong):
    topic = f.make_topic()
    workflow.make_release("Spring", by=people.editor)
    client.force_login(people.editor)

    response = press(client, topic, submitting(client, topic, body="My words", **wrong))

    assert response.status_code in (200, 409)
    assert not ReviewRequest.objects.exists()
    assert (newest(topic).state, newest(topic).text["body"]) == ("draft", "My words")
    again = {**pages.form(response, "save_submit"), "assigned_to": "", "due": "", "release": ""}
    assert press(client, topic, again).status_code == 302
    assert ReviewRequest.objects.count() == 1


def test_release_of_the_last_request_is_chosen_again(client, people):
    topic = f.make_topic()
    workflow.make_release("Summer", by=people.editor)
    release = workflow.make_release("Spring", by=people.editor)
    request = workflow.submit(
        [f.save(topic, "en", people.editor)], by=people.editor, release=release
    )
    workflow.request_changes(request, by=people.advisor, comment="Simpler")
    client.force_login(people.editor)

    assert opened(client, topic)["release"] == [str(release.pk)]


# -- The discussion ------------------------------------------------------------------------------


@pytest.fixture
def thread(people):
    topic = f.make_topic()
    f.submit(people, topic)
    said = discussion.say(newest(topic), by=people.advisor, text="Is this so?", quote="of body")
    return topic, said


def test_open_comments_are_answered_and_resolved_on_the_item(client, people, thread):
    topic, said = thread
    client.force_login(people.editor)
    page = client.get(address(topic))
    assert "Is this so?" in text_of(page)

    answer = {**pages.form(page, "answer"), "text": "It is."}
    assert press(client, topic, answer).status_code == 302
    assert Comment.objects.get(parent=said).text == "It is."
    assert "It is." in text_of(client.get(address(topic)))
    assert press(client, topic, pages.form(page, "resolve")).status_code == 302

    said.refresh_from_db()
    assert said.resolved_by == str(people.editor)
    assert "answer" not in pages.buttons(client.get(address(topic)))


def test_refused_answer_comes_back_with_every_word(client, people, thread):
    topic, said = thread
    client.force_login(people.editor)
    long = "x" * (discussion.LONGEST + 1)

    response = press(client, topic, {"action": "answer", "comment": said.pk, "text": long})

    assert response.status_code == 409
    assert pages.form(response, "answer")["text"] == [long]
    assert not Comment.objects.filter(parent=said).exists()


@pytest.mark.parametrize("action", ["answer", "resolve"])
def test_comment_on_something_else_is_neither_answered_nor_resolved(client, people, thread, action):
    _topic, said = thread
    other = f.make_topic()
    client.force_login(people.editor)

    for pk in (said.pk, "", "x", "²"):
        sent = {"action": action, "comment": pk, "text": "x"}
        response = press(client, other, sent)
        assert (response.status_code, told(response)[0]) == (409, "There is no such comment.")

    said.refresh_from_db()
    assert (said.resolved_at, said.replies.count()) == (None, 0)


# -- Withdrawing ---------------------------------------------------------------------------------


@pytest.mark.parametrize("shown", [True, False])
def test_reason_of_a_withdrawal_is_public_only_if_ticked(client, people, shown):
    topic = f.make_topic()
    f.make_public(people, topic)
    client.force_login(people.advisor)
    sent = {**pages.form(client.get(address(topic)), "withdraw"), "reason": "A mistake"}
    assert "reason_public" not in sent

    press(client, topic, {**sent, **({"reason_public": "1"} if shown else {})})

    sign_off = newest(topic).sign_offs.first()
    assert (sign_off.decision, sign_off.reason_public) == ("withdraw", shown)


# -- Retiring ------------------------------------------------------------------------------------


def retire(client, item, **more):
    page = client.get(address(item, page="retire"))
    return press(client, item, {**pages.form(page, "retire"), "reason": "Said elsewhere", **more})


def test_confirmation_says_what_will_happen(client, people):
    topic = f.make_topic()
    f.make_public(people, topic)
    f.make_public(people, topic, "es")
    f.save(topic, "en", people.editor, f.text_for(Topic, title="Newer"))
    client.force_login(people.admin)

    said = text_of(client.get(address(topic, page="retire")))

    assert "it comes down in English, Español" in said
    assert "1 draft is put away" in said
    assert retire(client, topic).status_code == 302
    assert type(topic)._base_manager.get().retired


def test_retired_item_is_in_no_list_until_asked_for_and_comes_back(client, people):
    topic = f.make_topic()
    f.save(topic, "en", people.editor)
    client.force_login(people.editor)
    retire(client, topic)

    def keys(**query):
        return [item.key for item in listed(client, **query).context["cl"].result_list]

    assert (keys(), keys(retired="1"), keys(retired="x")) == ([], [topic.key], [])
    page = client.get(address(topic))
    assert "This item is retired" in text_of(page)
    assert pages.buttons(page) == ["bring_back"]
    assert press(client, topic, pages.form(page, "bring_back")).status_code == 302
    assert (keys(), keys(retired="1")) == ([topic.key], [])
    assert list(verification.problems()) == []


def test_editor_cannot_retire_what_is_public(client, people):
    topic = f.make_topic()
    f.make_public(people, topic)
    client.force_login(people.editor)

    response = retire(client, topic)

    assert response.status_code == 403
    assert pages.form(response, "retire")["reason"] == ["Said elsewhere"]
    assert not type(topic)._base_manager.get().retired


@pytest.mark.parametrize("reason", ["", "  ", "a\x00b"])
def test_item_is_not_retired_without_a_reason(client, people, reason):
    topic = f.make_topic()
    client.force_login(people.editor)

    assert retire(client, topic, reason=reason).status_code == 409
    assert not type(topic)._base_manager.get().retired


@pytest.mark.parametrize("who", ["translator", "advisor", "nobody"])
def test_only_who_may_change_an_item_is_asked_whether_to_retire_it(client, people, who):
    topic = f.make_topic()
    client.force_login(getattr(people, who))

    assert client.get(address(topic, page="retire")).status_code == 403


# -- The states ----------------------------------------------------------------------------------


def state_shown(client, topic):
    [cell] = _root(listed(client)).all("td", class_="field-states")
    return [each.text for each in cell.all("a")]


def _root(response):
    return pages.parse_part(response.content.decode(), strict=False)


@pytest.mark.parametrize("public", [True, False])
@pytest.mark.parametrize("state", ["signed", "scheduled", "stopped"])
def test_list_says_what_is_signed_but_not_public(client, people, state, public):
    topic = f.make_topic()
    if public:
        f.make_public(people, topic)
    request = f.submit(people, topic, text=f.text_for(Topic, title="Newer"))
    at = timezone.now() + timedelta(days=3)
    f.sign(people, request, **({"publish_at": at} if state == "scheduled" else {}))
    if state == "stopped":
        workflow.stop(request, by=people.editor, reason="Not yet")
    client.force_login(people.admin)

    [shown] = state_shown(client, topic)

    assert {
        ("signed", False): "en: signed, not public yet",
        ("signed", True): "en: public, newer text signed",
        ("stopped", False): "en: signed, then stopped",
        ("stopped", True): "en: public, newer text stopped",
        ("scheduled", False): f"en: signed, goes public on {at:%m/%d/%Y}",
        ("scheduled", True): f"en: public, newer text goes public on {at:%m/%d/%Y}",
    }[state, public] in shown


def test_states_speak_the_language_that_the_person_chose(client, people):
    topic = f.make_topic()
    f.save(topic, "en", people.editor)
    Preference.objects.create(user=people.editor, language="es")
    client.force_login(people.editor)

    [shown] = state_shown(client, topic)

    assert shown == "en: borrador"


# -- What it costs -------------------------------------------------------------------------------


def test_page_costs_the_same_however_much_is_said_and_asked(client, people):
    topic = f.make_topic()
    f.submit(people, topic)
    client.force_login(people.editor)

    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address(topic)).status_code == 200
        return len(queries)

    def more():
        discussion.say(newest(topic), by=people.advisor, text="Well")
        f.make_advisor(None, "en")
        workflow.make_release(f.unique("release"), by=people.editor)

    for _ in range(6):
        more()
    cost()
    few = cost()
    for _ in range(5):
        more()

    assert cost() == few <= 34


# -- The whole to which it belongs ---------------------------------------------------------------


def test_topic_leads_to_the_page_that_sends_its_whole_guide(client, people):
    topic, page = f.make_topic(), f.make_page_item()
    client.force_login(people.editor)

    def sends(item):
        root = pages.parse_part(client.get(address(item)).content.decode(), strict=False)
        link = root.one("a", class_="button-link")
        return link.attrs["href"], link.text

    guide = f"/admin/review/gather/topics.guide/{topic.guide.key}/?language=en"
    assert sends(topic) == (guide, "Send the whole guide")
    alone = f"/admin/review/gather/reading.page/{page.key}/?language=en"
    assert sends(page) == (alone, "Send it with all that it refers to")
