"""The admin page of an item: no word is lost, each button does its work, the list is searched."""

import pytest
from django.urls import reverse

from evidence.models import KeyFigure, Source
from faq.models import DoctorQuestion
from reading.models import Contact
from review import staleness, verification, workflow
from review.models import LedgerEntry, ReviewRequest, Revision, RevisionAuthor
from tests import factories as f
from tests import pages
from topics.models import Analogy, Guide, Topic

pytestmark = pytest.mark.django_db


def address(item, language="en", page="change"):
    name = f"admin:{item._meta.app_label}_{item._meta.model_name}_{page}"
    return f"{reverse(name, args=[item.pk])}?language={language}"


def opened(client, item, language="en", button="save"):
    """What the form of an item's page would send as it stands."""
    response = client.get(address(item, language))
    assert response.status_code == 200
    return pages.form(response, button)


def press(client, item, sent, language="en"):
    return client.post(address(item, language), sent)


def newest(item, language="en"):
    return workflow.newest_revision(item, language)


def told(response):
    return [str(message) for message in response.context["messages"]]


def text_of(response):
    return pages.parse_part(response.content.decode(), strict=False).text


# -- Saving --------------------------------------------------------------------------------------


def test_what_was_typed_is_saved_as_a_draft_and_shown_again(client, people):
    client.force_login(people.editor)
    topic = f.make_topic()
    typed = {"title": "Why?", "answer": "Because.", "body": "One.\n\n- two\n- *three*"}

    response = press(client, topic, {**opened(client, topic), **typed, "summary": "New"})

    assert (response.status_code, response.url) == (302, address(topic))
    draft = newest(topic)
    assert (draft.text, draft.summary, draft.state) == (typed, "New", "draft")
    assert [author.user for author in draft.authors.all()] == [people.editor]
    shown = opened(client, topic)
    assert {name: shown[name] for name in typed} == {name: [typed[name]] for name in typed}


def test_facts_are_saved_with_their_kinds(client, people):
    client.force_login(people.editor)
    source, figure = f.make_source(), f.make_figure()
    typed = {"count": "27", "out_of": "100", "high": "", "sources": f"{source.key}\n{source.key}\n"}

    press(client, figure, {**opened(client, figure), **typed, "sentence": "27 of 100."})

    assert newest(figure).facts == {"count": 27, "out_of": 100, "sources": [source.key]}


def test_line_ends_of_a_browser_are_no_change(client, people):
    client.force_login(people.editor)
    topic = f.make_topic()
    f.save(topic, "en", people.editor, f.text_for(Topic, body="One\n\nTwo"))
    before = newest(topic)

    press(client, topic, {**opened(client, topic), "body": "One\r\n\r\nTwo\r\n"})

    assert newest(topic).saved_at == before.saved_at


@pytest.mark.parametrize("state", ["draft", "in review", "approved", "changes requested"])
def test_saving_without_a_change_creates_nothing(client, people, state):
    topic = f.make_topic()
    if state == "draft":
        f.save(topic, "en", people.editor)
    else:
        request = f.submit(people, topic)
        if state == "approved":
            f.approve(people, request)
        elif state == "changes requested":
            workflow.request_changes(request, by=people.advisor, comment="Simpler")
    client.force_login(people.second_editor)
    tables = (Revision, RevisionAuthor, LedgerEntry, ReviewRequest)
    before = [list(model.objects.values()) for model in tables]

    response = press(client, topic, opened(client, topic))

    assert response.status_code == 302
    assert newest(topic).state == state
    assert [list(model.objects.values()) for model in tables] == before


FAULTS = {
    "raw HTML": ("body", "One\n\n<b>two</b>"),
    "unknown mark": ("body", "{drawing:x}"),
    "unknown key": ("body", "Said.[@nobody-1999]"),
    "broken citation": ("body", "Said.[@Nobody 1999]"),
    "mark within a list": ("body", "- one\n- {figure:x}"),
    "foreign picture": ("body", "![x](https://example.org/x.png)"),
    "NUL": ("body", "One\x00two"),
    "control character": ("body", "One\n\ntwo\x07"),
    "two lines": ("title", "One\ntwo"),
    "too long a line": ("title", "x" * 301),
    "citation in a line": ("title", "Said.[@x]"),
    "too long a summary": ("summary", "x" * 501),
}


@pytest.mark.parametrize("button", ["save", "save_submit"])
@pytest.mark.parametrize("fault", FAULTS)
def test_form_comes_back_with_every_word_when_something_is_wrong(client, people, fault, button):
    client.force_login(people.editor)
    topic = f.make_topic()
    typed = {"title": "My title", "answer": "My answer", "body": "My body", "summary": "My reason"}
    name, value = FAULTS[fault]
    sent = {**opened(client, topic), **typed, name: value, "action": button}

    response = press(client, topic, sent)

    assert response.status_code == 200
    assert newest(topic) is None
    form = response.context["form"]
    assert list(form.errors) == [name]
    kept = {each: form[each].value() for each in typed}
    assert kept == {**typed, name: value}
    if "\x00" not in value:
        again = pages.form(response, "save")
        assert {each: again[each] for each in typed} == {each: [kept[each]] for each in typed}
    assert str(form.errors[name][0]) in text_of(response)


@pytest.mark.parametrize(
    ("model", "name", "value"),
    [
        (KeyFigure, "count", "a lot"),
        (KeyFigure, "out_of", "0"),
        (KeyFigure, "sources", "No Key!"),
        (KeyFigure, "sources", "nobody-1999"),
        (Source, "year", "1066"),
        (Source, "doi", "https://doi.org/10.1/x"),
        (Source, "kind", "rumour"),
        (Contact, "country", "England"),
        (Contact, "website", "javascript:alert(1)"),
    ],
)
def test_form_comes_back_with_every_word_when_a_fact_is_wrong(client, people, model, name, value):
    client.force_login(people.editor)
    item = model.objects.create(key=f.unique("item"))
    typed = {each: f"My {each}" for each in model.text_fields} | {"summary": "My reason"}

    response = press(client, item, {**opened(client, item), **typed, name: value})

    assert response.status_code == 200
    assert newest(item) is None
    form = response.context["form"]
    assert name in form.errors
    kept = {each: form[each].value() for each in (*typed, name)}
    assert kept == {**typed, name: value}


def test_error_names_its_line(client, people):
    client.force_login(people.editor)
    topic = f.make_topic()

    response = press(client, topic, {**opened(client, topic), "body": "One\n\nTwo\n\n<i>three</i>"})

    assert "Line 5" in response.context["form"].errors["body"][0]


def test_incomplete_text_is_kept_as_a_draft_but_not_submitted(client, people):
    client.force_login(people.editor)
    topic = f.make_topic()

    response = press(
        client, topic, {**opened(client, topic), "title": "Only a title", "action": "save_submit"}
    )

    assert response.status_code == 409
    assert any("still lacks" in each for each in told(response))
    assert (newest(topic).state, newest(topic).text["title"]) == ("draft", "Only a title")
    assert pages.form(response, "save")["title"] == ["Only a title"]


def test_saving_and_submitting_puts_the_text_before_the_advisors(client, people):
    client.force_login(people.editor)
    topic = f.make_topic()
    sent = {
        **opened(client, topic),
        **f.text_for(Topic),
        "summary": "First",
        "action": "save_submit",
    }

    assert press(client, topic, sent).status_code == 302

    request = ReviewRequest.objects.get()
    assert (request.state, request.summary, request.language) == ("open", "First", "en")
    assert [revision.key for revision in request.revisions.all()] == [topic.key]


@pytest.mark.parametrize("who", ["translator", "advisor", "nobody"])
def test_words_of_somebody_who_may_not_write_are_neither_saved_nor_lost(client, people, who):
    client.force_login(getattr(people, who))
    topic = f.make_topic()
    f.save(topic, "en", people.editor)
    before = newest(topic)

    sent = {"title": "My words", "based_on": workflow.token(before), "action": "save"}
    response = press(client, topic, sent)

    assert response.status_code == 403
    assert newest(topic).saved_at == before.saved_at
    if who != "nobody":
        assert "My words" in text_of(response)
        assert "You do not write in English." in told(response)


def test_markup_in_a_text_is_shown_as_text_in_the_admin(client, people):
    client.force_login(people.editor)
    topic = f.make_topic()
    title = "1 < 2 </title><script>alert(1)</script>"

    response = press(client, topic, {**opened(client, topic), "title": title})

    html = response.content.decode()
    assert "<script>alert(1)" not in html
    assert pages.form(response, "save")["title"] == [title]


# -- Two at once ---------------------------------------------------------------------------------


def test_second_of_two_editors_sees_both_texts_and_the_next_save_counts(client, people):
    topic = f.make_topic()
    f.save(topic, "en", people.editor, f.text_for(Topic, body="Common beginning"))
    client.force_login(people.second_editor)
    mine = {**opened(client, topic), "body": "My new body", "answer": "My answer"}
    f.save(topic, "en", people.editor, f.text_for(Topic, body="Their new body"))

    response = press(client, topic, mine)

    assert response.status_code == 409
    assert newest(topic).text["body"] == "Their new body"
    assert str(people.editor) in told(response)[0]
    again = pages.form(response, "save")
    assert (again["body"], again["answer"]) == (["My new body"], ["My answer"])
    theirs = [each.one("pre").text for each in _theirs(response)]
    assert theirs == ["Text of answer.", "Their new body"]

    assert press(client, topic, again).status_code == 302
    assert newest(topic).text["body"] == "My new body"
    assert {each.user for each in newest(topic).authors.all()} == {
        people.editor,
        people.second_editor,
    }


def _theirs(response):
    root = pages.parse_part(response.content.decode(), strict=False)
    return root.all("div", class_="theirs")


def test_second_of_two_editors_sees_both_facts(client, people):
    figure, text = f.make_figure(), f.text_for(KeyFigure)
    f.save(figure, "en", people.editor, text, {"count": 1, "out_of": 100})
    client.force_login(people.second_editor)
    mine = {**opened(client, figure), "count": "3"}
    f.save(figure, "en", people.editor, text, {"count": 2, "out_of": 100})

    response = press(client, figure, mine)

    assert response.status_code == 409
    assert pages.form(response, "save")["count"] == ["3"]
    # What is the same in both texts is not said to differ.
    assert [each.text.split()[-1] for each in _theirs(response)] == ["2"]


def test_conflict_keeps_the_reason_that_somebody_else_gave(client, people):
    topic = f.make_topic()
    f.save(topic, "en", people.editor)
    client.force_login(people.second_editor)
    mine = {**opened(client, topic), "body": "My new body", "summary": "My reason"}
    f.save(topic, "en", people.editor, f.text_for(Topic, body="Theirs"), summary="Their reason")

    response = press(client, topic, mine)

    assert pages.form(response, "save")["summary"] == ["My reason"]
    assert "Their reason" in text_of(response)


def test_words_survive_when_the_draft_was_discarded_meanwhile(client, people):
    topic = f.make_topic()
    draft = f.save(topic, "en", people.editor)
    client.force_login(people.second_editor)
    mine = {**opened(client, topic), "body": "My new body"}
    workflow.discard(draft, by=people.editor)

    response = press(client, topic, mine)

    assert response.status_code == 409
    again = pages.form(response, "save")
    assert again["body"] == ["My new body"]
    assert press(client, topic, again).status_code == 302
    assert newest(topic).text["body"] == "My new body"


def test_conflict_that_has_an_error_as_well_loses_no_word(client, people):
    topic = f.make_topic()
    f.save(topic, "en", people.editor)
    client.force_login(people.second_editor)
    mine = {**opened(client, topic), "body": "<b>My new body</b>"}
    f.save(topic, "en", people.editor, f.text_for(Topic, body="Their new body"))

    first = press(client, topic, mine)
    second = press(client, topic, {**pages.form(first, "save"), "body": "My new body"})

    assert pages.form(first, "save")["body"] == ["<b>My new body</b>"]
    assert second.status_code == 409
    assert newest(topic).text["body"] == "Their new body"


def test_text_that_was_approved_meanwhile_is_a_conflict(client, people):
    topic = f.make_topic()
    request = f.submit(people, topic)
    client.force_login(people.second_editor)
    mine = {**opened(client, topic), "body": "My new body"}
    f.approve(people, request)
    f.make_public(people, topic, text=f.text_for(Topic, body="A later text"))

    response = press(client, topic, mine)

    assert response.status_code == 409
    assert "A later text" in text_of(response)


# -- Translating ---------------------------------------------------------------------------------


def test_translator_sees_the_source_beside_and_comes_to_the_own_language(client, people):
    topic = f.make_topic()
    f.make_public(people, topic, text=f.text_for(Topic, title="The source title"))
    client.force_login(people.translator)

    response = client.get(address(topic).split("?")[0])

    root = pages.parse_part(response.content.decode(), strict=False)
    sources = root.all("div", class_="source")
    assert sources[0].one("pre").text == "The source title"
    assert {(each.attrs["lang"], each.attrs["dir"]) for each in sources} == {("en", "ltr")}
    [title] = root.all("input", name="title")
    assert (title.attrs["lang"], title.attrs["dir"]) == ("es", "ltr")


def test_translation_names_the_source_that_stood_beside_it(client, people):
    topic = f.make_topic()
    sign_off = f.make_public(people, topic)
    client.force_login(people.translator)

    press(client, topic, {**opened(client, topic, "es"), **f.text_for(Topic, "Texto")}, "es")

    draft = newest(topic, "es")
    assert draft.source == sign_off.revision
    assert draft.source_fingerprints == sign_off.fingerprints
    assert draft.facts is None


def test_translation_is_of_the_public_text_and_not_of_a_newer_draft(client, people):
    topic = f.make_topic()
    sign_off = f.make_public(people, topic)
    f.save(topic, "en", people.editor, f.text_for(Topic, title="A draft"))
    client.force_login(people.translator)

    response = client.get(address(topic, "es"))

    root = pages.parse_part(response.content.decode(), strict=False)
    assert root.all("div", class_="source")[0].one("pre").text == "Text of title."
    seen = f"{sign_off.revision.pk}.{sign_off.fingerprints}"
    assert pages.form(response, "save")["source"] == [seen]


def test_translation_is_not_taken_for_one_of_a_source_text_that_nobody_showed(client, people):
    """A source draft may be saved again, in the same row, while somebody goes on with a translation
    that came with it in a file."""
    topic = f.make_topic()
    first = f.save(topic, "en", people.editor, f.text_for(Topic, body="Take one tablet."))
    f.save(topic, "es", people.translator, f.text_for(Topic, body="Una pastilla."), source=first)
    client.force_login(people.translator)
    typed = {**opened(client, topic, "es"), **f.text_for(Topic, body="Tome una pastilla.")}
    f.make_public(people, topic, text=f.text_for(Topic, body="Never take these tablets."))

    press(client, topic, typed, "es")

    saved = newest(topic, "es")
    assert saved.source_fingerprints == first.fingerprints
    assert staleness.outdated_by(saved) == "safety"


@pytest.mark.parametrize("state", ["draft", "in review", "withdrawn"])
def test_new_translation_as_a_whole_starts_from_the_signed_source_only(client, people, state):
    topic = f.make_topic()
    if state == "withdrawn":
        f.make_public(people, topic)
        workflow.withdraw(topic, "en", by=people.advisor, reason="Wrong")
        f.save(topic, "en", people.editor, f.text_for(Topic, body="Anew."))
    elif state == "in review":
        f.submit(people, topic)
    else:
        f.save(topic, "en", people.editor)
    client.force_login(people.translator)
    shown = client.get(address(topic, "es"))
    source = newest(topic)
    sent = {**f.text_for(Topic, "Texto"), "source": f"{source.pk}.{source.fingerprints}"}

    pressed = press(client, topic, {**sent, "action": "save"}, "es")
    typed = client.post(address(topic, "es", "autosave"), {**sent, "writer": people.translator.pk})

    assert "begins from an original that an advisor signed" in text_of(shown)
    assert (pressed.status_code, typed.status_code) == (409, 409)
    assert "has no signed text in English to translate yet" in typed.json()["problem"]
    assert newest(topic, "es") is None


def test_new_translation_may_start_from_what_is_signed_and_waits_for_its_release(client, people):
    topic = f.make_topic()
    f.sign(people, f.submit(people, topic))
    client.force_login(people.translator)
    typed = {**opened(client, topic, "es"), **f.text_for(Topic, "Texto")}

    press(client, topic, typed, "es")

    assert newest(topic, "es").source == newest(topic)


@pytest.mark.parametrize("hidden", ["other item", "other language", "none", "abc", "²", "9" * 30])
def test_hidden_source_that_is_not_this_item_s_is_ignored(client, people, hidden):
    topic, other = f.make_topic(), f.make_topic()
    own = f.make_public(people, topic).revision
    foreign = f.make_public(people, other).revision
    spanish = f.make_public(people, topic, "es", f.text_for(Topic, "Texto")).revision
    values = {"other item": foreign.pk, "other language": spanish.pk, "none": ""}
    client.force_login(people.translator)
    typed = {**opened(client, topic, "es"), "title": "Nuevo"}

    press(client, topic, {**typed, "source": values.get(hidden, hidden)}, "es")

    assert newest(topic, "es").source in (own, None) or newest(topic, "es") == spanish
    assert newest(topic, "es").source == own


def test_there_is_nothing_to_translate_before_the_source_has_a_text(client, people):
    topic = f.make_topic()
    client.force_login(people.translator)

    response = client.get(address(topic, "es"))
    posted = press(client, topic, {"action": "save", "title": "Mis palabras"}, "es")

    assert pages.buttons(response) == []
    assert posted.status_code == 409
    assert "Mis palabras" in text_of(posted)
    assert newest(topic, "es") is None


def test_item_without_text_of_its_own_is_not_translated(client, people):
    source = f.make_source()
    f.make_public(people, source)
    client.force_login(people.translator)

    client.post(address(source, "es"), {"action": "save_submit", "based_on": ""})

    assert newest(source, "es") is None
    assert not ReviewRequest.objects.filter(language="es").exists()


def test_facts_that_a_translator_sends_are_not_taken(client, people):
    question = f.make_question()
    f.make_public(people, question, facts=f.QUESTION_FACTS)
    client.force_login(people.translator)

    typed = {**opened(client, question, "es"), **f.text_for(DoctorQuestion, "Texto")}
    press(client, question, {**typed, "ask": ["nurse"], "when": ["any-time"]}, "es")

    assert newest(question, "es").facts is None
    assert newest(question).facts["ask"] == ["surgeon"]


def test_outdated_translation_says_so_on_its_page(client, people):
    topic = f.make_topic()
    f.make_public(people, topic)
    f.make_public(people, topic, "es")
    f.make_public(people, topic, text=f.text_for(Topic, body="Anew"), significance="meaning")
    client.force_login(people.translator)

    assert "This translation is outdated" in text_of(client.get(address(topic, "es")))


# -- The other buttons ---------------------------------------------------------------------------


def test_draft_is_discarded_and_kept_in_the_history(client, people):
    topic = f.make_topic()
    draft = f.save(topic, "en", people.editor)
    client.force_login(people.editor)

    assert press(client, topic, {"action": "discard"}).status_code == 302

    assert newest(topic) is None
    draft.refresh_from_db()
    assert draft.state == "discarded"
    assert pages.form(client.get(address(topic)), "restore")["revision"] == [str(draft.pk)]


def test_request_is_recalled_from_the_item(client, people):
    topic = f.make_topic()
    f.submit(people, topic)
    client.force_login(people.editor)
    response = client.get(address(topic))

    assert press(client, topic, pages.form(response, "recall")).status_code == 302

    assert (newest(topic).state, ReviewRequest.objects.get().state) == ("draft", "recalled")


def test_earlier_text_is_restored_as_a_draft(client, people):
    topic = f.make_topic()
    earlier = f.make_public(people, topic, text=f.text_for(Topic, title="Earlier")).revision
    f.make_public(people, topic, text=f.text_for(Topic, title="Later"))
    client.force_login(people.editor)

    press(client, topic, {"action": "restore", "revision": earlier.pk})

    draft = newest(topic)
    assert (draft.state, draft.text["title"]) == ("draft", "Earlier")
    assert type(topic)._base_manager.get().title_en == "Later"


@pytest.mark.parametrize("chosen", ["other item", "other language", "", "abc", "²", "9" * 30])
def test_text_of_something_else_is_not_restored(client, people, chosen):
    topic, other = f.make_topic(), f.make_topic()
    f.make_public(people, topic)
    foreign = f.make_public(people, other).revision
    spanish = f.make_public(people, topic, "es").revision
    values = {"other item": foreign.pk, "other language": spanish.pk}
    before = Revision.objects.count()
    client.force_login(people.editor)

    response = press(client, topic, {"action": "restore", "revision": values.get(chosen, chosen)})

    assert response.status_code == 409
    assert "There is no such revision." in told(response)
    assert Revision.objects.count() == before


def test_advisor_reaffirms_what_the_page_showed(client, people):
    topic = f.make_topic()
    f.make_public(people, topic)
    client.force_login(people.second_advisor)
    sent = pages.form(client.get(address(topic)), "reaffirm")

    assert press(client, topic, sent).status_code == 302

    sign_off = type(topic)._base_manager.get().sign_off_en
    assert (sign_off.decision, sign_off.user) == ("reaffirm", people.second_advisor)


def test_advisor_does_not_reaffirm_a_text_that_changed_meanwhile(client, people):
    topic = f.make_topic()
    f.make_public(people, topic)
    client.force_login(people.second_advisor)
    sent = pages.form(client.get(address(topic)), "reaffirm")
    later = f.make_public(people, topic, text=f.text_for(Topic, title="Later"))

    response = press(client, topic, sent)

    assert response.status_code == 409
    assert type(topic)._base_manager.get().sign_off_en == later


def test_withdrawing_takes_one_click_and_a_reason(client, people):
    topic = f.make_topic()
    f.make_public(people, topic)
    client.force_login(people.advisor)

    without = press(client, topic, {"action": "withdraw", "reason": " "})
    with_one = press(client, topic, {"action": "withdraw", "reason": "A mistake"})

    assert (without.status_code, with_one.status_code) == (409, 302)
    assert type(topic)._base_manager.get().title_en is None
    assert "A mistake" in text_of(client.get(address(topic)))


def test_reason_with_a_character_that_is_no_text_is_refused_with_a_sentence(client, people):
    topic = f.make_topic()
    f.make_public(people, topic)
    client.force_login(people.advisor)

    response = press(client, topic, {"action": "withdraw", "reason": "A\x00B"})

    assert response.status_code in (400, 409)
    assert type(topic)._base_manager.get().title_en is not None


@pytest.mark.parametrize(
    ("who", "language", "expected"),
    [
        ("editor", "en", {"save", "save_submit", "structure", "restore"}),
        ("editor", "es", {"structure"}),
        ("translator", "es", {"save", "save_submit", "restore"}),
        ("translator", "en", set()),
        ("advisor", "en", {"reaffirm", "withdraw"}),
        ("advisor", "es", set()),
        ("spanish_advisor", "es", {"reaffirm", "withdraw"}),
    ],
)
def test_page_offers_the_buttons_that_would_be_taken(client, people, who, language, expected):
    topic = f.make_topic()
    f.make_public(people, topic)
    f.make_public(people, topic, "es")
    client.force_login(getattr(people, who))

    assert set(pages.buttons(client.get(address(topic, language)))) == expected


def test_unknown_button_does_nothing(client, people):
    topic = f.make_topic()
    client.force_login(people.editor)

    for action in ("", "none", "save_", "_save", "__class__"):
        response = press(client, topic, {"action": action, "title": "x"})
        assert "Nothing was done" in told(response)[0]
    assert newest(topic) is None


# -- Adding and moving ---------------------------------------------------------------------------


def test_item_is_added_without_text_and_recorded(client, people):
    guide = f.make_guide()
    client.force_login(people.editor)
    sent = {"key": "new-topic", "slug": "new", "guide": guide.pk, "position": "4", "title_en": "x"}

    response = client.post(reverse("admin:topics_topic_add"), sent)

    topic = Topic.objects.get()
    assert (response.status_code, response.url) == (302, address(topic).split("?")[0])
    assert (topic.slug, topic.guide, topic.position) == ("new", guide, 4)
    row = Topic._base_manager.values().get()
    assert [name for name in row if name.startswith(("title", "sign_off")) and row[name]] == []
    assert LedgerEntry.objects.filter(event="item:create", key="new-topic").count() == 1
    assert list(verification.problems()) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": "Not A Key"},
        {"key": "taken"},
        {"key": ""},
        {"key": "a--b"},
        {"slug": "taken"},
        {"slug": "not a slug"},
        {"guide": "999"},
        {"guide": "x"},
        {"position": "-1"},
        {"position": "9" * 30},
    ],
)
def test_item_with_a_wrong_place_is_not_added(client, people, wrong):
    guide = f.make_guide()
    f.make_topic(guide, key="taken")
    client.force_login(people.editor)
    sent = {"key": "new-topic", "slug": "new", "guide": guide.pk, "position": "4", **wrong}

    response = client.post(reverse("admin:topics_topic_add"), sent)

    assert response.status_code == 200
    assert list(response.context["adminform"].form.errors) == list(wrong)
    assert Topic.objects.count() == 1


def test_place_is_changed_recorded_and_leaves_a_redirect(client, people):
    topic = f.make_topic(slug="old")
    client.force_login(people.editor)
    sent = {**opened(client, topic, button="structure"), "at-slug": "new", "at-position": "9"}

    assert press(client, topic, sent).status_code == 302

    topic.refresh_from_db(fields=["slug", "position"])
    assert (topic.slug, topic.position) == ("new", 9)
    assert LedgerEntry.objects.get(event="item:structure").key == topic.key


@pytest.mark.parametrize(
    "wrong", [{"at-slug": "taken"}, {"at-slug": ""}, {"at-position": "x"}, {"at-guide": ""}]
)
def test_wrong_place_comes_back_with_what_was_typed(client, people, wrong):
    topic = f.make_topic(slug="old")
    f.make_topic(topic.guide, slug="taken")
    client.force_login(people.editor)
    sent = {**opened(client, topic, button="structure"), **wrong}

    response = press(client, topic, sent)

    assert response.status_code == 200
    [(name, value)] = wrong.items()
    assert response.context["structure_form"].errors
    assert pages.form(response, "structure")[name] == [value]
    assert Topic.objects.get(pk=topic.pk).slug == "old"


# -- Preview -------------------------------------------------------------------------------------


def test_preview_is_the_page_of_readers_with_the_draft_in_place(client, people):
    topic = f.make_topic()
    f.make_public(people, topic.guide)
    f.make_public(people, topic)
    f.save(topic, "en", people.editor, f.text_for(Topic, title="The draft's title"))
    client.force_login(people.editor)

    response = client.get(address(topic, page="preview"))

    html = pages.parse(response)
    assert html.one("h1").text == "The draft's title"
    assert html.one("meta", name="robots").attrs["content"] == "noindex"
    assert html.all("link", rel="canonical") == []
    assert "Preview" in html.one("p", class_="notice").text
    assert {"private", "no-store"} <= set(response["Cache-Control"].split(", "))


@pytest.mark.parametrize("model", [Guide, Topic, Analogy, KeyFigure, DoctorQuestion, Source])
def test_every_kind_of_draft_has_a_preview(client, people, model):
    whole = f.WholeGuide(topics=1)
    [item] = [each for each in whole.items if isinstance(each, model)]
    for each in whole.items:
        f.save(each, "en", people.editor, *f.whole_text(each, "en"))
    client.force_login(people.editor)

    for code in ("en", "es", "ar"):
        assert client.get(address(item, code, "preview")).status_code == 200


@pytest.mark.parametrize(
    ("model", "begun"),
    [
        (Source, {"authors": "Begun"}),
        (Contact, {"phone": "999"}),
        (DoctorQuestion, {"question": "Begun"}),
        (KeyFigure, {"sentence": "Begun"}),
    ],
)
def test_draft_whose_facts_are_not_complete_yet_has_a_preview(client, people, model, begun):
    fields = {"guide": f.make_guide()} if model is DoctorQuestion else {}
    item = model.objects.create(key=f.unique("item"), **fields)
    client.force_login(people.editor)
    assert press(client, item, {"action": "save", "based_on": "", **begun}).status_code == 302

    assert client.get(address(item, page="preview")).status_code == 200


def test_text_that_cites_an_incomplete_source_has_a_preview(client, people):
    source, topic = f.make_source(), f.make_topic()
    f.save(source, "en", people.editor, {}, {"authors": "Begun"})
    f.save(topic.guide, "en", people.editor)
    f.save(topic, "en", people.editor, f.text_for(Topic, body=f"Said.[@{source.key}]"))
    client.force_login(people.editor)

    assert client.get(address(topic, page="preview")).status_code == 200


def test_records_that_draw_each_other_are_refused_or_shown(client, people):
    one, other = f.make_analogy(), f.make_analogy()
    client.force_login(people.editor)
    for item, drawn in ((one, other), (other, one), (one, one)):
        text = f.text_for(Analogy, picture=f"{{analogy:{drawn.key}}}")
        sent = {**text, "action": "save", "based_on": workflow.token(newest(item))}
        press(client, item, sent)

    for item in (one, other):
        assert client.get(address(item, page="preview")).status_code == 200


def test_preview_of_an_item_without_any_text_is_not_found_or_empty(client, people):
    client.force_login(people.editor)

    for item in (f.make_topic(), f.make_guide(), f.make_analogy(), f.make_source(), f.make_faq()):
        assert client.get(address(item, page="preview")).status_code in (200, 404)


# -- The list ------------------------------------------------------------------------------------


def listed(client, model=Topic, **query):
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
    response = client.get(reverse(name), query)
    assert response.status_code == 200
    return response


def found(client, words, model=Topic):
    return {item.key for item in listed(client, model, q=words).context["cl"].result_list}


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("oxaliplatin", "It is called oxaliplatin."),
        ("OXALIPLATIN", "It is called oxaliplatin."),
        ("hígado", "El hígado filtra la sangre."),
        ("hi\u0301gado", "El hígado filtra la sangre."),
        ("filtra la", "El hígado filtra la sangre."),
        ("الكبد", "ينتشر إلى الكبد."),
        ("肝转移", "这是肝转移。"),
        ('"seed"', 'The "seed" and the soil.'),
        ("50 %", "It is 50 % of them."),
        ("a\\*b", "The sign a\\*b."),
    ],
)
def test_search_finds_drafts_by_their_words(client, people, words, text):
    topic, other = f.make_topic(), f.make_topic()
    f.save(topic, "en", people.editor, f.text_for(Topic, body=text))
    f.save(other, "en", people.editor, f.text_for(Topic, body="Something else."))
    client.force_login(people.editor)

    assert found(client, words) == {topic.key}


def test_search_finds_translations_and_keys_but_nothing_discarded(client, people):
    topic, other = f.make_topic(key="needle-topic"), f.make_topic()
    f.make_public(people, topic)
    f.save(topic, "es", people.translator, f.text_for(Topic, title="Aguja"))
    workflow.discard(
        f.save(other, "en", people.editor, f.text_for(Topic, title="Discarded")), by=people.editor
    )
    client.force_login(people.editor)

    assert found(client, "aguja") == {topic.key}
    assert found(client, "needle") == {topic.key}
    assert found(client, "Discarded") == set()


def test_search_finds_what_is_written_and_not_what_its_fields_are_called(client, people):
    topic = f.make_topic()
    f.save(topic, "en", people.editor, {"title": "Why?", "answer": "So.", "body": "Because."})
    client.force_login(people.editor)

    for name in ("body", '"', ":", "{"):
        assert found(client, name) == set()


def test_search_does_not_find_a_text_by_words_that_it_lost(client, people):
    topic = f.make_topic()
    f.make_public(people, topic, text=f.text_for(Topic, body="Formerly."))
    f.make_public(people, topic, text=f.text_for(Topic, body="Nowadays."))
    client.force_login(people.editor)

    assert found(client, "nowadays") == {topic.key}
    assert found(client, "formerly") == set()


def test_list_shows_titles_and_the_state_in_each_language(client, people):
    guide = f.make_guide()
    made = {name: f.make_topic(guide, key=name) for name in STATES}
    for name, topic in made.items():
        _bring(people, topic, name)
    client.force_login(people.editor)

    root = pages.parse_part(listed(client).content.decode(), strict=False)

    rows = {row.one("td", class_="field-key").text: row for row in root.one("tbody").all("tr")}
    shown = {
        key: {each.text for each in row.one("td", class_="field-states").all("a")}
        for key, row in rows.items()
    }
    assert shown == STATES
    assert rows["written"].one("th").text == "Text of title."
    assert rows["empty"].one("th").text == "empty"


STATES = {
    "empty": set(),
    "written": {"en: draft"},
    "submitted": {"en: in review"},
    "returned": {"en: changes requested"},
    "signed": {"en: public"},
    "edited": {"en: public, draft"},
    "translated": {"en: public", "es: public"},
    "behind": {"en: public", "es: outdated"},
    "withdrawn": {"en: not public"},
}


def _bring(people, topic, name):
    """Take a topic to the state that the table calls so."""
    if name == "empty":
        return
    if name == "written":
        f.save(topic, "en", people.editor)
        return
    request = f.submit(people, topic)
    if name == "submitted":
        return
    if name == "returned":
        workflow.request_changes(request, by=people.advisor, comment="Simpler")
        return
    f.approve(people, request)
    if name == "edited":
        f.save(topic, "en", people.editor, f.text_for(Topic, title="Another"))
    if name in ("translated", "behind"):
        f.make_public(people, topic, "es")
    if name == "behind":
        text = f.text_for(Topic, body="Anew")
        f.make_public(people, topic, text=text, significance="meaning")
    if name == "withdrawn":
        workflow.withdraw(topic, "en", by=people.advisor, reason="A mistake")
