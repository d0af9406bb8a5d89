"""The admin page of a review request: what an advisor reads is what an advisor signs."""

import pytest
from django.urls import reverse

from evidence.models import KeyFigure
from faq.models import DoctorQuestion
from reading.models import Contact
from review import verification, workflow
from review.content import content_models
from review.models import ReviewRequest, SignOff
from tests import factories as f
from tests import pages
from topics.models import Analogy, Topic

pytestmark = pytest.mark.django_db


def address(request):
    return reverse("admin:review_reviewrequest_change", args=[request.pk])


def preview_of(request, revision=None):
    revision = revision or request.revisions.first()
    return reverse("admin:review_reviewrequest_preview", args=[request.pk, revision.pk])


def opened(client, request, button="approve"):
    """What the request's form would send, with the box ticked."""
    return {**pages.form(client.get(address(request)), button), "attest": "1"}


def press(client, request, sent):
    return client.post(address(request), sent)


def root_of(response):
    return pages.parse_part(response.content.decode(), strict=False)


def told(response):
    return [str(message) for message in response.context["messages"]]


def state(request):
    return ReviewRequest.objects.get(pk=request.pk).state


def row(item):
    return type(item)._base_manager.get(pk=item.pk)


@pytest.fixture
def topic(db):
    return f.make_topic()


# -- What the page shows -------------------------------------------------------------------------


def test_page_shows_the_texts_of_the_request_and_not_a_newer_draft(client, people, topic):
    request = f.submit(people, topic, text=f.text_for(Topic, body="What was submitted."))
    f.save(topic, "en", people.second_editor, f.text_for(Topic, body="What came later."))
    client.force_login(people.advisor)

    response = client.get(address(request))

    shown = root_of(response).one("div", class_="rendered").text
    assert "What was submitted." in shown
    assert "What came later." not in root_of(response).text
    assert "What came later." not in client.get(preview_of(request)).content.decode()
    [revision] = request.revisions.all()
    sent = pages.form(response, "approve")
    assert sent[f"fingerprints-{revision.pk}"] == [revision.fingerprints]

    press(client, request, {**sent, "attest": "1"})

    assert row(topic).body_en == "What was submitted."


def test_page_shows_what_the_texts_draw_as_it_will_be(client, people, topic):
    analogy = f.make_analogy()
    f.make_public(people, analogy, text=f.text_for(Analogy, picture="The old picture."))
    drafts = [
        f.save(analogy, "en", people.editor, f.text_for(Analogy, picture="The new picture.")),
        f.save(topic, "en", people.editor, f.text_for(Topic, body=f"{{analogy:{analogy.key}}}")),
    ]
    together = workflow.submit(drafts, by=people.editor)
    client.force_login(people.advisor)

    response = client.get(address(together), {"view": "read"})

    sections = root_of(response).all("section", class_="text")
    assert [section.all("aside", class_="analogy") != [] for section in sections] == [True, True]
    assert "The old picture." not in sections[1].one("div", class_="rendered").text
    assert "The new picture." in sections[1].one("div", class_="rendered").text


def test_page_says_what_differs_from_what_is_public(client, people):
    source, figure = f.make_source(), f.make_figure()
    f.make_public(people, source)
    facts = {"count": 27, "out_of": 100, "sources": [source.key]}
    f.make_public(people, figure, text=_sentence("27 of 100 lived."), facts=facts)
    request = f.submit(
        people, figure, text=_sentence("28 of 100 lived."), facts={**facts, "count": 28}
    )
    client.force_login(people.advisor)

    section = root_of(client.get(address(request), {"view": "changes"})).one(class_="text")

    assert [each.text for each in section.one(class_="rendered").all("del")] == ["27"]
    assert [each.text for each in section.one(class_="rendered").all("ins")] == ["28"]
    facts = section.one(class_="facts-changed")
    assert [each.text for each in facts.all("del")] == ["27"]
    assert [each.text for each in facts.all("ins")] == ["28"]


def _sentence(sentence):
    return f.text_for(KeyFigure, sentence=sentence)


def test_fact_that_was_taken_out_is_told_as_a_difference(client, people):
    source = f.make_source()
    facts = {**f.SOURCE_FACTS, "doi": "10.1000/182"}
    f.make_public(people, source, facts=facts)
    request = f.submit(people, source, facts=f.SOURCE_FACTS)
    client.force_login(people.advisor)

    changes = root_of(client.get(address(request))).one("div", class_="facts-changed")

    assert [each.text for each in changes.all("del")] == ["10.1000/182"]


FACTS = {
    "keyfigure": {"count": 4321, "high": 5432, "out_of": 98765},
    "source": {
        **{"authors": "Smith J", "title": "A study", "journal": "A journal", "year": 1987},
        **{"doi": "10.1000/182", "pmid": "7654321", "kind": "trial", "status": "to verify"},
        **{"verify": "the volume"},
    },
    "doctorquestion": {"ask": ["surgeon"], "when": ["any-time"]},
    "situation": {"group": "her2"},
    "contact": {"country": "GB", "need": "emergency", "phone": "999 111"},
    "calltoaction": {"kind": "service", "link": "https://example.org/", "until": "2030-06-30"},
}
# What readers and advisors read in place of a code.
IN_WORDS = {
    "trial": "clinical trial",
    "any-time": "at any time",
    "emergency": "emergency number",
    "service": "service of another organisation",
}


@pytest.mark.parametrize("model", content_models(), ids=lambda model: model._meta.model_name)
def test_page_shows_every_text_and_every_fact_that_is_signed(client, people, model):
    [item] = [each for each in f.WholeGuide(topics=1).items if type(each) is model]
    text = {name: f"seen {name.replace('_', ' ')}" for name in model.text_fields}
    facts = dict(FACTS.get(model._meta.model_name, {}))
    if model._meta.model_name == "keyfigure":
        source = f.make_source()
        f.make_public(people, source)
        facts["sources"] = [source.key]
    request = f.submit(people, item, text=text, facts=facts)
    client.force_login(people.advisor)

    section = root_of(client.get(address(request))).one("section", class_="text").text.lower()

    facts.pop("sources", None)
    values = [each for fact in facts.values() for each in (fact if type(fact) is list else [fact])]
    missing = [
        value
        for value in (*text.values(), *map(str, values))
        if value.lower() not in section and IN_WORDS.get(value, value.lower()) not in section
    ]
    assert missing == []


def test_page_of_a_translation_shows_the_text_that_it_translates(client, people, topic):
    f.make_public(people, topic, text=f.text_for(Topic, body="The source says so."))
    request = f.submit(people, topic, "es", f.text_for(Topic, body="Lo dice."))
    client.force_login(people.spanish_advisor)

    root = root_of(client.get(address(request)))

    assert "The source says so." in root.text
    rendered = root.one("div", class_="rendered")
    assert (rendered.attrs["lang"], rendered.attrs["dir"]) == ("es", "ltr")
    assert "Lo dice." in rendered.text


@pytest.mark.parametrize("model", [DoctorQuestion, Contact, Topic])
def test_translation_can_be_read_before_its_source_is_signed(client, people, model):
    facts = {
        DoctorQuestion: f.QUESTION_FACTS,
        Contact: {"country": "GB", "need": "emergency", "phone": "999"},
    }
    fields = {} if model is Contact else {"guide": f.make_guide()}
    if model is Topic:
        fields["slug"] = "t"
    item = model.objects.create(key=f.unique("item"), **fields)
    f.submit(people, item, facts=facts.get(model))
    request = f.submit(people, item, "es")
    client.force_login(people.spanish_advisor)

    assert client.get(address(request)).status_code == 200
    assert client.get(preview_of(request)).status_code in (200, 404)
    refused = press(client, request, opened(client, request))

    assert refused.status_code == 409
    assert "sign that text first" in told(refused)[0]


def test_page_says_who_wrote_it_and_whether_a_machine_did(client, people, topic):
    f.make_public(people, topic)
    request = f.submit(people, topic, "es", origin="machine", summary="First translation")
    client.force_login(people.spanish_advisor)

    text = root_of(client.get(address(request))).text

    assert people.translator.username in text
    assert "made by a machine" in text
    assert "First translation" in text


def test_markup_in_a_proposed_text_is_shown_as_text(client, people, topic):
    f.make_public(people, topic, text=f.text_for(Topic, title="1 \\< 2"))
    text = f.text_for(Topic, title="1 \\< 2 \\<script>", body="`<script>alert(1)</script>`")
    request = f.submit(people, topic, text=text, summary="<script>alert(2)</script>")
    client.force_login(people.advisor)

    for response in (client.get(address(request)), client.get(preview_of(request))):
        html = response.content.decode()
        assert "<script>alert" not in html
        assert "&lt;script&gt;alert(1)" in html


def test_preview_is_the_public_page_with_the_texts_of_the_request(client, people, topic):
    other = f.make_topic(topic.guide)
    f.make_public(people, topic.guide)
    f.make_public(people, other, text=f.text_for(Topic, title="The other, public"))
    f.save(other, "en", people.editor, f.text_for(Topic, title="The other, a draft"))
    request = f.submit(people, topic, text=f.text_for(Topic, title="The proposed title"))
    client.force_login(people.advisor)

    html = pages.parse(client.get(preview_of(request)))

    assert html.one("h1").text == "The proposed title"
    assert html.one("meta", name="robots").attrs["content"] == "noindex"
    assert "Preview" in html.one("p", class_="notice").text
    assert "The other, public" in html.text
    assert "The other, a draft" not in html.text


def test_preview_of_a_text_that_is_not_in_the_request_is_not_found(client, people, topic):
    request = f.submit(people, topic)
    foreign = f.save(f.make_topic(), "en", people.editor)
    client.force_login(people.advisor)

    assert client.get(preview_of(request, foreign)).status_code == 404
    assert client.post(preview_of(request)).status_code == 405


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("advisor", ["say", "approve", "schedule", "changes", "assign"]),
        ("spanish_advisor", ["say"]),
        ("editor", ["say", "recall", "assign"]),
        ("translator", ["say"]),
        ("admin", ["say", "recall", "assign"]),
    ],
)
def test_page_offers_the_buttons_that_would_be_taken(client, people, topic, who, expected):
    request = f.submit(people, topic)
    client.force_login(getattr(people, who))

    assert pages.buttons(client.get(address(request))) == expected


def test_decided_request_offers_no_decision_and_shows_what_was_decided(client, people, topic):
    request = f.submit(people, topic)
    workflow.request_changes(request, by=people.advisor, comment="Say it simpler")
    client.force_login(people.advisor)

    response = client.get(address(request))

    assert pages.buttons(response) == ["say"]
    assert "Say it simpler" in root_of(response).text
    assert people.advisor.username in root_of(response).text


# -- Deciding ------------------------------------------------------------------------------------


def test_signing_makes_the_text_public_under_the_name_of_the_advisor(client, people, topic):
    request = f.submit(people, topic)
    client.force_login(people.advisor)

    response = press(client, request, opened(client, request))

    assert (response.status_code, response.url) == (302, address(request))
    assert state(request) == "published"
    sign_off = row(topic).sign_off_en
    assert (sign_off.user, sign_off.name) == (people.advisor, people.advisor.advisor.name)
    assert sign_off.attestation == workflow.attestation()
    assert root_of(client.get(address(request))).text.count("Signed and public: 1.") == 1


FORGERIES = {
    "no tick": lambda pk, digest, other: {f"fingerprints-{pk}": digest, "attest": ""},
    "no fingerprints": lambda pk, digest, other: {"attest": "1"},
    "empty fingerprints": lambda pk, digest, other: {f"fingerprints-{pk}": "", "attest": "1"},
    "forged": lambda pk, digest, other: {f"fingerprints-{pk}": "0" * 64 + ".", "attest": "1"},
    "of another text": lambda pk, digest, other: {f"fingerprints-{pk}": other, "attest": "1"},
    "one too many": lambda pk, digest, other: {
        **{f"fingerprints-{pk}": digest, "attest": "1", "fingerprints-999999": other}
    },
    "under another number": lambda pk, digest, other: {
        **{f"fingerprints-{pk + 1}": digest, "attest": "1"}
    },
    "no number": lambda pk, digest, other: {"fingerprints-²": digest, "attest": "1"},
    "a huge number": lambda pk, digest, other: {f"fingerprints-{'9' * 40}": "x", "attest": "1"},
}


@pytest.mark.parametrize("how", FORGERIES)
def test_nothing_is_signed_unless_the_advisor_names_what_is_stored(client, people, topic, how):
    request = f.submit(people, topic)
    [revision] = request.revisions.all()
    other = f.save(f.make_topic(), "en", people.editor).fingerprints
    client.force_login(people.advisor)

    sent = FORGERIES[how](revision.pk, revision.fingerprints, other)
    response = press(client, request, {"action": "approve", **sent})

    assert response.status_code == 409
    assert "Nothing was signed" in told(response)[0]
    assert state(request) == "open"
    assert not SignOff.objects.exists()
    assert row(topic).title_en is None


def test_request_of_several_texts_is_signed_whole(client, people):
    guide = f.make_guide()
    drafts = [f.save(f.make_topic(guide), "en", people.editor) for _ in range(3)]
    request = workflow.submit(drafts, by=people.editor)
    client.force_login(people.advisor)
    sent = opened(client, request)
    part = {name: value for name, value in sent.items() if not name.endswith(str(drafts[1].pk))}

    assert press(client, request, part).status_code == 409
    assert not SignOff.objects.exists()
    assert press(client, request, sent).status_code == 302
    assert SignOff.objects.count() == 3


@pytest.mark.parametrize(
    ("chosen", "given", "translation"),
    [
        ("wording", "wording", True),
        ("meaning", "meaning", True),
        ("safety", "safety", False),
        ("harmless", "wording", True),
        ("", "wording", True),
    ],
)
def test_advisor_has_the_last_word_on_how_much_a_change_matters(
    client, people, topic, chosen, given, translation
):
    f.make_public(people, topic)
    f.make_public(people, topic, "es")
    text = f.text_for(Topic, body="Anew.")
    request = f.submit(people, topic, text=text, significance="wording")
    [revision] = request.revisions.all()
    client.force_login(people.advisor)
    sent = opened(client, request)
    assert sent[f"significance-{revision.pk}"] == ["wording"]

    press(client, request, {**sent, f"significance-{revision.pk}": chosen})

    assert row(topic).sign_off_en.significance == given
    assert (row(topic).title_es is not None) == translation
    assert list(verification.problems()) == []


def test_significance_of_a_text_outside_the_request_changes_nothing(client, people, topic):
    request = f.submit(people, topic)
    client.force_login(people.advisor)

    response = press(
        client, request, {**opened(client, request), "significance-999": "safety", "x-1": "y"}
    )

    assert response.status_code == 302
    assert row(topic).sign_off_en.significance == "meaning"


def test_request_that_moved_since_the_page_was_opened_is_not_signed(client, people, topic):
    request = f.submit(people, topic)
    client.force_login(people.advisor)
    sent = opened(client, request)
    workflow.recall(request, by=people.editor)
    again = f.submit(people, topic, text=f.text_for(Topic, body="Something else."))

    first = press(client, request, sent)
    second = press(client, again, sent)

    assert first.status_code == second.status_code == 409
    assert state(again) == "open"
    assert not SignOff.objects.exists()


def test_second_advisor_is_told_that_it_is_decided(client, people, topic):
    request = f.submit(people, topic)
    client.force_login(people.second_advisor)
    sent = opened(client, request)
    f.approve(people, request)

    response = press(client, request, sent)

    assert response.status_code == 409
    assert "no longer open" in told(response)[0]
    assert SignOff.objects.count() == 1


def test_advisor_who_wrote_it_is_told_to_leave_it_to_somebody_else(client, people, topic):
    people.editor.groups.add(*people.advisor.groups.all())
    writer = f.make_advisor(None, "en")
    writer.groups.add(*people.editor.groups.all())
    revision = f.save(topic, "en", writer)
    request = workflow.submit([revision], by=writer)
    client.force_login(writer)

    response = press(client, request, opened(client, request))

    assert response.status_code == 403
    assert "Somebody who did not write it must sign it." in told(response)[0]
    assert not SignOff.objects.exists()


@pytest.mark.parametrize("who", ["spanish_advisor", "editor", "translator", "nobody", "admin"])
@pytest.mark.parametrize("action", ["approve", "changes"])
def test_nobody_else_decides(client, people, topic, who, action):
    request = f.submit(people, topic)
    [revision] = request.revisions.all()
    client.force_login(getattr(people, who))
    sent = {"attest": "1", f"fingerprints-{revision.pk}": revision.fingerprints, "comment": "No"}

    response = press(client, request, {**sent, "action": action})

    assert response.status_code == 403
    assert state(request) == "open"
    assert not SignOff.objects.exists()


def test_changes_are_requested_with_a_comment_that_the_writer_sees(client, people, topic):
    request = f.submit(people, topic)
    client.force_login(people.advisor)
    sent = pages.form(client.get(address(request)), "changes")

    assert press(client, request, {**sent, "comment": "  "}).status_code == 409
    assert state(request) == "open"
    assert press(client, request, {**sent, "comment": "Simpler.\n\nPlease."}).status_code == 302

    assert state(request) == "changes requested"
    client.force_login(people.editor)
    item = reverse("admin:topics_topic_change", args=[topic.pk])
    comment = root_of(client.get(item)).one("blockquote", class_="comment")
    assert [each.text for each in comment.all("p")] == ["Simpler.", "Please."]


@pytest.mark.parametrize("why", ["recalled", "not ticked"])
def test_comment_of_an_advisor_survives_a_refusal(client, people, topic, why):
    request = f.submit(people, topic)
    client.force_login(people.advisor)
    sent = {**opened(client, request), "comment": "A long comment", "action": "changes"}
    if why == "recalled":
        workflow.recall(request, by=people.editor)
    else:
        sent |= {"action": "approve", "attest": ""}

    response = press(client, request, sent)

    assert response.status_code == 409
    assert "A long comment" in root_of(response).text


def test_comment_with_a_character_that_is_no_text_is_refused_with_a_sentence(client, people, topic):
    request = f.submit(people, topic)
    client.force_login(people.advisor)

    response = press(client, request, {"action": "changes", "comment": "A\x00B"})

    assert response.status_code in (400, 409)
    assert state(request) == "open"


def test_writer_recalls_a_request(client, people, topic):
    request = f.submit(people, topic)
    client.force_login(people.second_editor)

    assert press(client, request, {"action": "recall"}).status_code == 302

    assert state(request) == "recalled"
    assert workflow.newest_revision(topic, "en").state == "draft"


def test_request_is_not_recalled_over_a_newer_draft(client, people, topic):
    request = f.submit(people, topic)
    f.save(topic, "en", people.second_editor, f.text_for(Topic, body="Later."))
    client.force_login(people.editor)

    response = press(client, request, {"action": "recall"})

    assert response.status_code == 409
    assert workflow.newest_revision(topic, "en").text["body"] == "Later."


def test_withdrawn_record_that_a_text_draws_keeps_it_from_being_signed(client, people, topic):
    analogy = f.make_analogy()
    f.make_public(people, analogy)
    request = f.submit(people, topic, text=f.text_for(Topic, body=f"{{analogy:{analogy.key}}}"))
    client.force_login(people.second_advisor)
    sent = opened(client, request)
    workflow.withdraw(analogy, "en", by=people.advisor, reason="A mistake")

    response = press(client, request, sent)

    assert response.status_code == 409
    assert analogy.key in told(response)[0]
    assert row(topic).title_en is None


# -- The list ------------------------------------------------------------------------------------


def listed(client, query=""):
    response = client.get(reverse("admin:review_reviewrequest_changelist") + query, follow=True)
    assert response.status_code == 200
    return response


def test_list_shows_what_waits_and_can_show_everything(client, people):
    made = {}
    for name in ("open", "published", "changes requested", "recalled"):
        made[name] = f.submit(people, f.make_topic())
    f.approve(people, made["published"])
    workflow.request_changes(made["changes requested"], by=people.advisor, comment="Simpler")
    workflow.recall(made["recalled"], by=people.editor)
    client.force_login(people.advisor)

    waiting = listed(client)
    assert list(waiting.context["cl"].result_list) == [made["open"]]
    for name, request in made.items():
        assert list(listed(client, f"?state={name}").context["cl"].result_list) == [request]
    # Where the list's own link to all of them leads.
    [everything] = list(root_of(waiting).all("a", href="?state=all"))
    shown = listed(client, everything.attrs["href"]).context["cl"].result_list
    assert set(shown) == set(made.values())


def test_list_says_how_many_texts_a_request_holds(client, people):
    guide = f.make_guide()
    drafts = [f.save(f.make_topic(guide), "en", people.editor) for _ in range(3)]
    workflow.submit(drafts, by=people.editor, summary="Three topics")
    client.force_login(people.advisor)

    table = root_of(listed(client)).one("table", id="result_list")

    assert table.one("td", class_="field-items").text == "3"
    assert "Three topics" in table.one("th", class_="field-label").text
