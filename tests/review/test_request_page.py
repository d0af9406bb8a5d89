"""The request page: three views in the readers' order, the discussion, and how it is decided."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from review import discussion, languages, markdown, quality, verification, workflow
from review.desk import confirming, presence, reading_order
from review.models import Comment, Preference, ReviewRequest, SignOff
from tests import factories as f
from tests import pages
from tests.review.test_request_admin import address, opened, press, root_of, row, state, told
from topics.models import Analogy, Guide, Topic

pytestmark = pytest.mark.django_db


@pytest.fixture
def topic(db):
    return f.make_topic()


def shown(client, request, view="read", **more):
    response = client.get(address(request), {"view": view, **more})
    assert response.status_code == 200
    return root_of(response)


def texts(root):
    return [each.all("h2")[0].text for each in root.all("section", class_="text")]


# -- What is read --------------------------------------------------------------------------------


def test_texts_stand_in_the_order_in_which_readers_meet_them(client, people):
    guide = f.make_guide()
    second, first = f.make_topic(guide, position=2), f.make_topic(guide, position=1)
    question, faq, analogy = f.make_question(guide), f.make_faq(guide), f.make_analogy()
    made = [
        (analogy, {"title": "5 analogy"}),
        (question, {"question": "4 question"}),
        (faq, {"question": "3 faq"}),
        (second, {"title": "2 topic", "body": f"{{analogy:{analogy.key}}}"}),
        (first, {"title": "1 topic"}),
        (guide, {"title": "0 guide"}),
    ]
    drafts = [
        f.save(
            item,
            "en",
            people.editor,
            f.text_for(type(item), **text),
            f.QUESTION_FACTS if item is question else None,
        )
        for item, text in made
    ]
    request = workflow.submit(drafts, by=people.editor)
    client.force_login(people.advisor)

    for view in ("read", "changes", "source"):
        assert [each[0] for each in texts(shown(client, request, view))] == list("012345")


def test_public_texts_of_the_guide_stand_folded_in_their_places(client, people):
    guide = f.make_guide()
    topics = [f.make_topic(guide, position=place) for place in (1, 2, 3)]
    f.make_public(people, guide, text=f.text_for(Guide, title="The guide"))
    f.make_public(people, topics[0], text=f.text_for(Topic, title="Before"))
    f.make_public(people, topics[2], text=f.text_for(Topic, title="After"))
    elsewhere = f.make_topic()
    f.make_public(people, elsewhere, text=f.text_for(Topic, title="Elsewhere"))
    request = f.submit(people, topics[1], text=f.text_for(Topic, title="Between"))
    client.force_login(people.advisor)

    root = shown(client, request)

    marked = [
        each.all("summary" if each.tag == "details" else "h2")[0].text
        for each in root.walk()
        if each.attrs.get("class") in ("around", "module text")
    ]
    assert [each.split()[0] for each in marked] == ["The", "Before", "Between", "After"]
    assert "Elsewhere" not in root.text
    assert root.all("details", class_="around")[1].one("div", class_="rendered").text
    assert "3 public texts stand round these" in shown(client, request, "source").text


def test_changes_are_marked_in_the_rendered_text_and_what_stayed_is_folded(client, people, topic):
    body = "One.\n\nTwo.\n\nThree.\n\nIt is **27** of 100."
    f.make_public(people, topic, text=f.text_for(Topic, body=body))
    request = f.submit(people, topic, text=f.text_for(Topic, body=body.replace("27", "28")))
    client.force_login(people.advisor)

    rendered = shown(client, request, "changes").one("div", class_="rendered", lang="en", dir="ltr")

    assert [each.text for each in rendered.one("strong").all("del")] == ["27"]
    assert [each.text for each in rendered.one("strong").all("ins")] == ["28"]
    assert rendered.one("details", class_="unchanged").one("summary").text == "3 unchanged parts"


def test_new_text_is_called_new_and_bears_no_marks(client, people, topic):
    request = f.submit(people, topic)
    client.force_login(people.advisor)

    section = shown(client, request, "changes").one("section", class_="text")

    assert "New: not public in this language yet." in section.text
    assert not section.all("ins")


def test_source_view_of_a_translation_shows_what_changed_in_the_original(client, people, topic):
    f.make_public(people, topic, text=f.text_for(Topic, body="It spreads fast."))
    f.make_public(people, topic, "es", text=f.text_for(Topic, body="Se extiende rápido."))
    f.make_public(people, topic, text=f.text_for(Topic, body="It spreads slowly."))
    request = f.submit(people, topic, "es", f.text_for(Topic, body="Se extiende despacio."))
    client.force_login(people.spanish_advisor)

    section = shown(client, request, "source").one("section", class_="text")

    [original] = section.all("details", class_="changes")
    assert [each.text for each in original.all("ins")] == ["slowly."]
    assert "It spreads slowly." in section.one("details", class_="original").text
    own = section.one("div", class_="changes")
    assert [each.text for each in own.all("del")] == ["rápido."]


def test_text_of_another_original_than_the_public_one_says_so(client, people, topic):
    f.make_public(people, topic)
    request = f.submit(people, topic, "es")
    client.force_login(people.spanish_advisor)
    sentence = "The original that readers get now is another text"
    assert sentence not in shown(client, request).text

    f.make_public(people, topic, text=f.text_for(Topic, body="Another."))

    assert sentence in shown(client, request).text


def test_view_that_is_none_shows_the_first(client, people, topic):
    request = f.submit(people, topic)
    client.force_login(people.advisor)

    current = (
        shown(client, request, "nonsense")
        .one("nav", class_="views")
        .one("a", **{"aria-current": "page"})
    )

    assert current.text == "As readers will see it"


def test_cited_source_that_is_to_verify_is_a_finding_and_says_so(
    client, people, topic, checked, settings
):
    settings.DEMO = True
    source = f.make_source()
    facts = {**f.SOURCE_FACTS, "status": "to verify", "verify": "the volume"}
    f.make_public(people, source, facts=facts)
    request = f.submit(people, topic, text=f.text_for(Topic, body=f"A claim. [@{source.key}]"))
    client.force_login(people.advisor)

    section = shown(client, request).one("section", class_="text")

    assert "details still to be verified" in section.one("details", class_="cited").text
    finding = section.one("ul", class_="findings").one("li", class_="advisory")
    assert source.key in finding.text
    assert "the volume" in finding.text
    [revision] = request.revisions.all()
    [found] = quality.findings(topic, revision)
    assert (found.id, found.field) == ("source-to-verify", "body")


def test_text_without_findings_says_so(client, people, topic):
    request = f.submit(people, topic)
    client.force_login(people.advisor)

    assert "No findings." in shown(client, request).one("section", class_="text").text


def test_page_names_who_else_is_reading(client, people, topic):
    request = f.submit(people, topic)
    presence.seen(people.second_advisor, f"request:{request.pk}")
    client.force_login(people.advisor)

    box = shown(client, request).one("p", class_="presence")

    assert people.second_advisor.username in box.text
    assert "hidden" not in box.attrs


# -- The discussion ------------------------------------------------------------------------------


def say(client, request, text="Simpler, please", view="", **more):
    [revision] = request.revisions.all()
    query = f"?view={view}" if view else ""
    sent = {"action": "say", "revision": revision.pk, "text": text, **more}
    return client.post(address(request) + query, sent)


def test_comment_on_a_passage_is_answered_resolved_and_opened_again(client, people, topic):
    request = f.submit(people, topic, text=f.text_for(Topic, body="It **spreads** fast."))
    client.force_login(people.advisor)

    response = say(client, request, quote="It spreads  fast", view="changes")

    comment = Comment.objects.get()
    assert response.url == f"{address(request)}?view=changes#comment-{comment.pk}"
    thread = shown(client, request).one("div", class_="thread")
    assert thread.one("blockquote").text == "It spreads fast"
    assert "Simpler, please" in thread.text

    client.force_login(people.editor)
    assert say(client, request, text="Done.", thread=comment.pk).status_code == 302
    resolved = press(client, request, {"action": "resolve", "thread": comment.pk})
    assert resolved.status_code == 302
    assert "Done." in shown(client, request).one("div", class_="answer").text
    assert shown(client, request).one("div", class_="resolved")
    assert press(client, request, {"action": "reopen", "thread": comment.pk}).status_code == 302
    assert not shown(client, request).all("div", class_="resolved")


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"text": ""}, "Write the comment first."),
        ({"quote": "words of nobody"}, "The passage does not stand in this text."),
        ({"thread": "999"}, "There is no such comment"),
        ({"revision": "999"}, "That text is not in this request any more."),
        ({"text": "A\x00B"}, "U+0000"),
    ],
)
def test_refused_comment_says_why_and_keeps_what_was_typed(client, people, topic, sent, sentence):
    request = f.submit(people, topic)
    client.force_login(people.advisor)
    more = {"quote": "Text of body.", **sent}

    response = say(client, request, **({"text": "My words"} | more))

    assert response.status_code == 409
    assert sentence in told(response)[0]
    assert not Comment.objects.exists()
    if "revision" not in sent and "text" not in sent and "thread" not in sent:
        section = root_of(response).one("details", class_="new-comment")
        assert "open" in section.attrs
        assert "My words" in section.text
        assert more["quote"] in section.text


def test_passage_that_is_gone_keeps_its_comment_and_says_so(client, people, topic):
    request = f.submit(people, topic, text=f.text_for(Topic, body="It spreads fast."))
    [revision] = request.revisions.all()
    discussion.say(revision, by=people.advisor, text="Is it?", quote="spreads fast")
    workflow.request_changes(request, by=people.advisor)
    again = f.submit(people, topic, text=f.text_for(Topic, body="It spreads slowly."))
    client.force_login(people.advisor)

    roots = shown(client, request), shown(client, again)
    before, after = (root.one("div", class_="thread") for root in roots)

    assert [each.text for each in roots[0].all("mark", class_="quoted")] == ["spreads fast"]
    assert roots[1].all("mark") == []
    assert "no longer stands" not in before.text
    assert "This passage no longer stands in the text." in after.text
    assert "Is it?" in after.text
    assert "said of revision 1" in after.text
    assert "said of revision" not in before.text


def test_comment_of_another_request_is_not_resolved_here(client, people, topic):
    foreign = f.submit(people, f.make_topic())
    [revision] = foreign.revisions.all()
    comment = discussion.say(revision, by=people.advisor, text="Elsewhere")
    request = f.submit(people, topic)
    client.force_login(people.advisor)

    response = press(client, request, {"action": "resolve", "thread": comment.pk})

    assert response.status_code == 409
    assert Comment.objects.get().resolved_at is None


def test_open_comment_is_reason_enough_to_request_changes(client, people, topic):
    request = f.submit(people, topic)
    client.force_login(people.advisor)
    say(client, request)

    assert press(client, request, {"action": "changes", "comment": ""}).status_code == 302
    assert state(request) == "changes requested"


def test_plain_words_of_a_text_leave_its_marks_out():
    text = "## A *title*\n\n- one [two](/x) [@smith-2020]\n- `three`\nfour\n\n{figure:x}"

    assert markdown.plain(text) == "A title one two three four"


# -- Deciding ------------------------------------------------------------------------------------


def test_decision_names_what_becomes_public_where_and_the_fingerprints(client, people, topic):
    request = f.submit(people, topic)
    [revision] = request.revisions.all()
    client.force_login(people.advisor)

    root = shown(client, request)
    signed = root.one("details", class_="signed-bytes")

    assert f"/en/guides/{topic.guide.slug}/{topic.slug}/" in signed.text
    digest = signed.all("code")[0]
    assert (digest.text, digest.attrs["title"]) == (revision.fingerprint[:10], revision.fingerprint)
    assert people.advisor.advisor.name in root.one("form", id="decide").text


LATER = timedelta(minutes=16)


@pytest.mark.parametrize(("minutes", "asked"), [(14, False), (15.5, True)])
def test_password_is_asked_for_after_fifteen_minutes(client, people, topic, minutes, asked):
    request = f.submit(people, topic)
    client.force_login(people.advisor)
    shown(client, request)

    with time_machine.travel(timezone.now() + timedelta(minutes=minutes)):
        fields = shown(client, request).all("input", type="password")

    assert bool(fields) == asked


@pytest.mark.parametrize(
    ("given", "said"), [("", "type your password"), ("wrong", "not your password")]
)
def test_without_the_password_nothing_is_signed_and_what_was_chosen_stays(
    client, people, topic, given, said
):
    f.make_public(people, topic)
    request = f.submit(people, topic, text=f.text_for(Topic, body="Anew."))
    [revision] = request.revisions.all()
    client.force_login(people.second_advisor)
    sent = {**opened(client, request), f"significance-{revision.pk}": "safety", "comment": "Mine"}

    with time_machine.travel(timezone.now() + LATER):
        response = press(client, request, {**sent, "password": given})

        assert response.status_code == 403
        assert said in told(response)[0]
        assert state(request) == "open"
        again = pages.form(response, "approve")
        assert again["attest"] == ["en"]
        assert again["comment"] == ["Mine"]
        assert again[f"significance-{revision.pk}"] == ["safety"]

        signed = press(client, request, {**sent, "password": f.PASSWORD})
        assert signed.status_code == 302
        assert state(request) == "published"
        other = f.submit(people, f.make_topic())
        assert not shown(client, other).all("input", type="password")


def test_who_guesses_on_is_signed_out_and_signs_nothing(client, people, topic):
    request = f.submit(people, topic)
    client.force_login(people.advisor)
    sent = {**opened(client, request), "password": "wrong"}

    with time_machine.travel(timezone.now() + LATER):
        statuses = [press(client, request, sent).status_code for _ in range(5)]

    assert statuses == [403, 403, 403, 403, 302]
    assert "_auth_user_id" not in client.session
    assert state(request) == "open"


def test_sign_in_on_another_device_proves_nothing_here(client, people, topic):
    request = f.submit(people, topic)
    client.force_login(people.advisor)
    shown(client, request)

    with time_machine.travel(timezone.now() + LATER):
        type(client)().force_login(people.advisor)

        assert shown(client, request).all("input", type="password")


def at(moment):
    return timezone.localtime(moment).strftime("%Y-%m-%dT%H:%M")


def test_signed_text_goes_public_at_its_time_and_can_be_stopped(client, people, topic):
    request = f.submit(people, topic)
    client.force_login(people.advisor)
    sent = opened(client, request)
    assert "UTC" in shown(client, request).one("details", class_="later").text
    moment = timezone.now() + timedelta(days=2)

    response = press(client, request, {**sent, "action": "schedule", "publish_at": at(moment)})

    assert response.status_code == 302
    assert state(request) == "signed"
    stored = ReviewRequest.objects.get(pk=request.pk)
    assert at(stored.publish_at) == at(moment)
    assert row(topic).title_en is None
    assert "if everything still holds then" in shown(client, request).text
    assert pages.buttons(client.get(address(request))) == ["say", "publish", "stop"]
    refused = press(client, request, {"action": "stop", "reason": ""})
    assert refused.status_code == 409
    stopped = press(client, request, {"action": "stop", "reason": "A new study"})
    assert stopped.status_code == 302
    assert state(request) == "stopped"


def test_signed_text_goes_public_before_its_time_with_the_password_again(client, people, topic):
    request = f.submit(people, topic)
    f.sign(people, request, publish_at=timezone.now() + timedelta(days=2))
    client.force_login(people.advisor)
    session = client.session
    session[confirming.CONFIRMED] = (timezone.now() - timedelta(hours=1)).isoformat()
    session.save()

    refused = press(client, request, {"action": "publish"})
    assert (refused.status_code, row(topic).title_en) == (403, None)
    assert "type your password" in told(refused)[0]

    done = press(client, request, {"action": "publish", "password": f.PASSWORD})
    assert (done.status_code, state(request)) == (302, "published")
    assert row(topic).title_en


def test_request_opens_in_what_changed_if_anything_did(client, people, topic):
    new = f.submit(people, f.make_topic())
    f.make_public(people, topic, text=f.text_for(Topic, title="The old title"))
    changed = f.submit(people, topic, text=f.text_for(Topic, title="The new title"))
    client.force_login(people.advisor)

    views = [client.get(address(each)).context["view"] for each in (new, changed)]
    f.approve(people, changed)
    views.append(client.get(address(changed)).context["view"])

    assert views == ["read", "changes", "read"]
    heading = shown(client, new, "changes").one("section", class_="text").one("h2")
    assert heading.all("ins") == []


def test_changed_title_is_marked_where_it_stands(client, people, topic):
    f.make_public(people, topic, text=f.text_for(Topic, title="The old title"))
    changed = f.submit(people, topic, text=f.text_for(Topic, title="The new title"))
    client.force_login(people.advisor)

    heading = shown(client, changed, "changes").one("section", class_="text").one("h2")

    assert (heading.one("del").text, heading.one("ins").text) == ("old", "new")


def test_more_than_a_page_holds_round_the_texts_is_counted_and_not_shown(
    client, people, topic, monkeypatch
):
    for _each in range(3):
        f.make_public(people, f.make_topic(topic.guide))
    request = f.submit(people, topic)
    client.force_login(people.advisor)
    assert len(shown(client, request).all("details", class_="around")) == 3

    monkeypatch.setattr(reading_order, "AROUND", 2)

    root = shown(client, request)
    assert root.all("details", class_="around") == []
    assert "3 public texts stand round these, unchanged: too many for one page." in root.text


def test_words_that_are_signed_are_kept_as_they_were_shown(client, people):
    topics = [f.make_topic(), f.make_topic()]
    revisions = [f.save(each, "en", people.editor, f.text_for(Topic)) for each in topics]
    request = workflow.submit(revisions, by=people.editor)
    Preference.objects.create(user=people.advisor, language="es")
    client.force_login(people.advisor)
    root = shown(client, request)
    words = root.one("p", class_="attest").text
    sent = opened(client, request)
    sent["attest"] = root.one("p", class_="attest").one("input").attrs["value"]
    Preference.objects.update(language="en")  # in another window, meanwhile

    press(client, request, sent)

    assert sent["attest"] == "es"
    assert words == workflow.attestation(2, "es")
    assert {each.attestation for each in SignOff.objects.all()} == {words}
    assert list(verification.problems()) == []


@pytest.mark.parametrize(
    ("action", "time", "sentence"),
    [
        ("schedule", "2001-01-01T10:00", "lies in the past"),
        ("schedule", "", "give day and time"),
        ("schedule", "tomorrow", "give day and time"),
        ("schedule", "2030-02-31T10:00", "give day and time"),
        ("approve", "2100-01-01T10:00", "you gave a time"),
    ],
)
def test_time_that_cannot_be_kept_is_refused_with_a_sentence(
    client, people, topic, action, time, sentence
):
    request = f.submit(people, topic)
    client.force_login(people.advisor)

    response = press(
        client, request, {**opened(client, request), "action": action, "publish_at": time}
    )

    assert response.status_code == 409
    assert sentence in told(response)[0]
    assert not SignOff.objects.exists()
    assert root_of(response).one("input", name="publish_at").attrs["value"] == time


def test_request_of_a_release_says_so_and_offers_no_time_of_its_own(client, people, topic):
    release = workflow.make_release("Autumn", by=people.editor)
    request = workflow.submit(
        [f.save(topic, "en", people.editor)], by=people.editor, release=release
    )
    client.force_login(people.advisor)

    root = shown(client, request)

    assert "Autumn" in root.text
    assert not root.all("details", class_="later")


def test_request_is_assigned_with_a_day(client, people, topic):
    request = f.submit(people, topic)
    client.force_login(people.editor)
    day = timezone.localdate() + timedelta(days=3)
    advisor = people.advisor.advisor
    sent = {"action": "assign", "advisor": advisor.pk, "due": day.isoformat()}

    assert press(client, request, sent).status_code == 302

    stored = ReviewRequest.objects.get(pk=request.pk)
    assert (stored.assigned_to, stored.due) == (advisor, day)
    sent = {**sent, "advisor": "", "due": ""}
    assert press(client, request, sent).status_code == 302
    stored.refresh_from_db()
    assert (stored.assigned_to, stored.due) == (None, None)


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"advisor": "999"}, "no such advisor"),
        ({"due": "soon"}, "Give the day"),
        ({"due": "2030-02-31"}, "Give the day"),
        ({"due": "2001-01-01"}, "lies in the past"),
    ],
)
def test_assignment_that_cannot_be_is_refused_with_a_sentence(
    client, people, topic, sent, sentence
):
    request = f.submit(people, topic)
    client.force_login(people.editor)

    response = press(client, request, {"action": "assign", **sent})

    assert response.status_code == 409
    assert sentence in told(response)[0]


@override_settings(LINGUISTIC_SIGNATURE=True)
def test_translation_gets_its_linguistic_signature_here(client, people, topic):
    f.make_public(people, topic)
    request = f.submit(people, topic, "es")
    second = f.make_user(None, "Translators (es)")
    client.force_login(second)
    sent = pages.form(client.get(address(request)), "language")

    assert press(client, request, sent).status_code == 302

    assert ReviewRequest.objects.get(pk=request.pk).language_checked_by == second
    assert "language" not in pages.buttons(client.get(address(request)))


def test_decided_request_leads_to_the_one_in_which_its_texts_wait_now(client, people, topic):
    request = f.submit(people, topic)
    workflow.request_changes(request, by=people.advisor, comment="Simpler")
    again = f.submit(people, topic, text=f.text_for(Topic, body="Simpler."))
    client.force_login(people.advisor)

    assert shown(client, request).all("a", href=address(again))


def test_request_whose_texts_moved_on_says_so(client, people, topic):
    request = f.submit(people, topic)
    workflow.recall(request, by=people.editor)
    workflow.submit(list(topic_drafts(topic)), by=people.editor)
    client.force_login(people.advisor)

    assert "This request holds no text any more" in shown(client, request).text


def topic_drafts(topic):
    yield workflow.newest_revision(topic, "en")


def test_labels_of_the_rendered_text_are_in_its_language_whatever_the_admin_speaks(client, people):
    analogy = f.make_analogy()
    f.make_public(people, analogy, text=f.text_for(Analogy))
    request = f.submit(people, analogy, "es")
    client.force_login(people.spanish_advisor)

    with languages.active("en"):
        rendered = shown(client, request).one("div", class_="rendered", lang="es")

    assert "What it leaves out" not in rendered.text


# -- The list ------------------------------------------------------------------------------------


def listed(client, query=""):
    response = client.get(reverse("admin:review_reviewrequest_changelist") + query)
    return list(response.context["cl"].result_list)


def test_list_begins_with_what_is_overdue_and_then_with_the_oldest(client, people):
    first, second, third = (f.submit(people, f.make_topic()) for _ in range(3))
    ReviewRequest.objects.filter(pk=third.pk).update(due=timezone.localdate() - timedelta(days=1))
    client.force_login(people.advisor)

    assert listed(client) == [third, first, second]


def test_list_costs_the_same_however_many_requests_wait(client, people, django_assert_num_queries):
    client.force_login(people.advisor)
    for _ in range(2):
        f.submit(people, f.make_topic())
    listed(client)
    with CaptureQueriesContext(connection) as few:
        listed(client)
    for _ in range(6):
        request = f.submit(people, f.make_topic())
        workflow.assign(request, by=people.editor, advisor=people.advisor.advisor, due=None)

    with django_assert_num_queries(len(few)):
        assert len(listed(client)) == 8


def test_list_can_be_asked_for_what_is_mine_or_anybodys(client, people):
    mine, free = (f.submit(people, f.make_topic()) for _ in range(2))
    workflow.assign(mine, by=people.editor, advisor=people.advisor.advisor, due=None)
    client.force_login(people.advisor)

    assert listed(client, "?for=me") == [mine]
    assert listed(client, "?for=any") == [free]
    assert listed(client, f"?for={people.advisor.advisor.slug}") == [mine]
