"""The translator's page: unchanged blocks stay, changed ones are settled one by one, nothing typed
is lost, and nothing is put in that nobody chose."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from glossary.models import Term
from review import machine, memory, staleness, workflow
from review.models import LedgerEntry, MemoryUnit, Revision, Rival, Worksheet
from tests import factories as f
from tests import pages
from topics.models import Topic

from .test_item_admin import address, newest, text_of, told

pytestmark = pytest.mark.django_db

BODY = "First paragraph here.\n\nSecond paragraph has [@smith].\n\n- One item\n- Another item"
CUERPO = "Primer párrafo.\n\nSegundo párrafo con [@smith].\n\n- Una cosa\n- Otra cosa"


def words(body, **more):
    return f.text_for(Topic, body=body, title="Title", answer="Answer.", **more)


def put(people, topic, language, body, **more):
    return f.make_public(people, topic, language, words(body), **more)


@pytest.fixture
def topic(people):
    source = f.make_source(key="smith")
    f.make_public(people, source)
    topic = f.make_topic()
    put(people, topic, "en", BODY)
    put(people, topic, "es", CUERPO)
    return topic


def changed(people, topic, body=None, **more):
    return put(
        people, topic, "en", body or BODY.replace("First paragraph", "The first part"), **more
    )


def opened(client, topic, language="es"):
    """What the page would send if the draft were saved as it stands."""
    response = client.get(address(topic, language, "translate"))
    assert response.status_code == 200
    return {**pages.form(response, "save_submit"), "action": "save"}


def press(client, topic, sent, language="es"):
    return client.post(address(topic, language, "translate"), sent)


def blocks(response):
    root = pages.parse_part(response.content.decode(), strict=False)
    return {each.attrs["id"]: each for each in root.all("div", class_="block")}


def states(client, topic):
    found = blocks(client.get(address(topic, "es", "translate")))
    return {key: each.attrs["data-state"] for key, each in found.items() if key.startswith("body")}


# -- What the page shows -------------------------------------------------------------------------


def test_changed_block_shows_what_changed_beside_the_translation_that_stays(client, people, topic):
    changed(people, topic)
    client.force_login(people.translator)

    response = client.get(address(topic, "es", "translate"))

    found = blocks(response)
    assert {key: each.attrs["data-state"] for key, each in found.items()} == {
        "title-0": "same", "answer-0": "same", "body-0": "changed", "body-1": "same",
        "body-2": "same", "body-3": "same",
    }  # fmt: skip
    first = found["body-0"]
    assert "First" in first.all("del")[0].text
    assert "first part" in first.text
    [area] = first.all("textarea")
    assert (area.text.strip(), area.attrs["lang"], area.attrs["dir"]) == (
        "Primer párrafo.", "es", "ltr",
    )  # fmt: skip
    assert first.all("div", class_="now")[0].attrs["lang"] == "en"


def test_arabic_is_written_from_right_to_left(client, people, topic):
    client.force_login(people.writer_of("ar"))

    found = blocks(client.get(address(topic, "ar", "translate")))

    assert {each.all("textarea")[0].attrs["dir"] for each in found.values()} == {"rtl"}
    assert {each.attrs["data-state"] for each in found.values()} == {"new"}


@pytest.mark.parametrize("state", ["draft", "in review", "withdrawn"])
def test_new_translation_starts_from_the_signed_source_only(client, people, state):
    topic = f.make_topic()
    if state == "withdrawn":
        f.make_public(people, topic)
        workflow.withdraw(topic, "en", by=people.advisor, reason="Wrong")
    elif state == "in review":
        f.submit(people, topic)
    else:
        f.save(topic, "en", people.editor)
    client.force_login(people.translator)

    response = client.get(address(topic, "es", "translate"))

    assert "begins from the original that an advisor signed" in text_of(response)
    assert not blocks(response)


def test_a_newer_draft_of_the_source_is_not_what_stands_beside(client, people, topic):
    f.save(topic, "en", people.editor, words("A draft."))
    client.force_login(people.translator)

    assert set(states(client, topic).values()) == {"same"}


@pytest.mark.parametrize("who", ["editor", "spanish_advisor", "nobody"])
def test_who_does_not_write_the_language_gets_no_form(client, people, topic, who):
    client.force_login(getattr(people, who))
    sent = {"action": "save", "sheet": ""}

    answers = [client.get(address(topic, "es", "translate")), press(client, topic, sent)]

    assert all(answer.status_code in (302, 403) for answer in answers)
    assert not Worksheet.objects.exists()
    assert newest(topic, "es").state == "approved"


# -- Settling ------------------------------------------------------------------------------------


def test_translation_is_current_when_every_changed_block_was_confirmed(client, people, topic):
    body = BODY.replace("First paragraph", "The first part").replace("One item", "One good item")
    sign_off = changed(people, topic, body)
    client.force_login(people.translator)
    sent = opened(client, topic)

    press(client, topic, {**sent, "act-body-0": "confirmed"})

    half = newest(topic, "es")
    assert (half.state, staleness.outdated_by(half)) == ("draft", "meaning")
    assert states(client, topic)["body-0"] == "same"

    press(client, topic, {**opened(client, topic), "act-body-2": "confirmed"})

    whole = newest(topic, "es")
    assert (whole.source, staleness.outdated_by(whole)) == (sign_off.revision, "")
    assert whole.text["body"] == CUERPO
    acts = whole.worksheet.acts
    assert [(act["act"], act["source"], act["by"]) for act in acts] == [
        ("confirmed", "The first part here.", people.translator.username),
        ("confirmed", "One good item", people.translator.username),
    ]


def test_adjusted_block_is_settled_by_saving_it(client, people, topic):
    changed(people, topic)
    client.force_login(people.translator)

    press(client, topic, {**opened(client, topic), "block-body-0": "La primera parte."})

    draft = newest(topic, "es")
    assert draft.text["body"] == CUERPO.replace("Primer párrafo", "La primera parte")
    assert (staleness.outdated_by(draft), draft.worksheet.acts[0]["act"]) == ("", "adjusted")


def test_saving_without_a_decision_settles_nothing(client, people, topic):
    changed(people, topic)
    client.force_login(people.translator)

    press(client, topic, opened(client, topic))

    assert newest(topic, "es").state == "approved"
    assert states(client, topic)["body-0"] == "changed"


@pytest.mark.parametrize(("act", "there"), [("removed", False), ("kept", True)])
def test_block_that_left_is_removed_or_kept_knowingly(client, people, topic, act, there):
    changed(people, topic, BODY.replace("First paragraph here.\n\n", ""))
    client.force_login(people.translator)
    assert states(client, topic)["body-0"] == "gone"

    press(client, topic, {**opened(client, topic), "act-body-0": act})

    draft = newest(topic, "es")
    assert ("Primer párrafo." in draft.text["body"]) is there
    assert (staleness.outdated_by(draft), draft.worksheet.acts[0]["act"]) == ("", act)


def test_source_that_is_as_it_was_asks_for_nothing(client, people, topic):
    changed(people, topic)
    put(people, topic, "en", BODY)
    client.force_login(people.translator)

    assert set(states(client, topic).values()) == {"same"}


def test_source_that_changes_again_unsettles_what_changed_again(client, people, topic):
    changed(people, topic)
    client.force_login(people.translator)
    press(client, topic, {**opened(client, topic), "act-body-0": "confirmed"})

    changed(people, topic, BODY.replace("First paragraph", "The very first part"))

    assert states(client, topic)["body-0"] == "changed"
    [marked] = blocks(client.get(address(topic, "es", "translate")))["body-0"].all(
        "div", class_="since"
    )
    assert "very" in marked.one("ins").text


def test_what_was_written_as_a_whole_is_not_current_before_every_block_is(client, people, topic):
    changed(people, topic)
    client.force_login(people.translator)
    whole = pages.form(client.get(address(topic, "es")), "save")

    client.post(address(topic, "es"), {**whole, "body": CUERPO.replace("Otra cosa", "Otra más")})

    draft = newest(topic, "es")
    assert (draft.state, staleness.outdated_by(draft)) == ("draft", "meaning")
    assert states(client, topic)["body-0"] == "changed"


def test_decisions_are_in_the_ledger_and_before_the_advisor(client, people, topic):
    changed(people, topic)
    client.force_login(people.translator)
    press(client, topic, {**opened(client, topic), "act-body-0": "confirmed"})

    response = press(client, topic, {**opened(client, topic), "action": "save_submit"})

    assert response.status_code == 302
    line = json.loads(LedgerEntry.objects.filter(event="request:submit").latest("number").payload)
    [[item, field, act, digest, by, _at]] = line["blocks"]
    assert (item, field, act, by) == (topic.item, "body", "confirmed", people.translator.username)
    assert len(digest) == 64
    request = newest(topic, "es").request
    client.force_login(people.spanish_advisor)
    page = client.get(f"/admin/review/reviewrequest/{request.pk}/change/")
    assert "1 decision about single blocks" in text_of(page)
    assert "confirmed as right" in text_of(page)


@pytest.mark.parametrize("significance", ["meaning", "safety"])
def test_changed_original_is_looked_at_before_its_translation_is_submitted(
    client, people, topic, significance
):
    body = BODY.replace("First paragraph", "The first part").replace("\n- Another item", "")
    changed(people, topic, body, significance=significance)
    client.force_login(people.translator)
    sent = {**opened(client, topic), "block-body-1": "Segundo con [@smith]."}

    response = press(client, topic, {**sent, "action": "save_submit"})

    assert response.status_code == 409
    assert "2 blocks were neither adjusted nor confirmed" in told(response)[0]
    draft = newest(topic, "es")
    assert (draft.state, "Segundo con" in draft.text["body"]) == ("draft", True)
    with pytest.raises(workflow.TransitionNotAllowed, match="2 blocks were neither"):
        workflow.submit([draft], by=people.translator)

    settling = {"act-body-0": "confirmed", "act-body-3": "kept", "action": "save_submit"}
    response = press(client, topic, {**opened(client, topic), **settling})

    assert (response.status_code, newest(topic, "es").state) == (302, "in review")


def test_source_that_changes_under_a_finished_draft_is_looked_at_first(client, people, topic):
    draft = f.save(topic, "es", people.translator, words(CUERPO + "\n- Tercera"))
    changed(people, topic)

    with pytest.raises(workflow.TransitionNotAllowed, match="1 block was neither"):
        workflow.submit([draft], by=people.translator)


def test_advisor_sees_how_many_blocks_nobody_settled(client, people, topic):
    body = BODY.replace("First paragraph", "The first part") + "\n- Third item"
    changed(people, topic, body, significance="wording")
    client.force_login(people.translator)
    press(client, topic, {**opened(client, topic), "block-body-1": "Segundo con [@smith]."})
    workflow.submit([newest(topic, "es")], by=people.translator)

    client.force_login(people.spanish_advisor)
    page = client.get(f"/admin/review/reviewrequest/{newest(topic, 'es').request_id}/change/")

    assert "2 blocks do not say the present original" in text_of(page)


# -- Nothing typed is lost -----------------------------------------------------------------------


def test_what_is_saved_while_somebody_types_settles_nothing(client, people, topic):
    changed(people, topic)
    client.force_login(people.translator)
    sent = {**opened(client, topic), "block-body-0": "La prim", "writer": people.translator.pk}

    answer = client.post(address(topic, "es", "autosave") + "&by=block", sent)

    assert answer.status_code == 200
    draft = newest(topic, "es")
    assert draft.text["body"].startswith("La prim\n\nSegundo")
    assert (states(client, topic)["body-0"], staleness.outdated_by(draft)) == ("changed", "meaning")

    sent |= {"based_on": answer.json()["token"], "block-body-0": "La primera parte."}
    press(client, topic, sent)

    assert staleness.outdated_by(newest(topic, "es")) == ""


def test_source_that_changes_while_the_page_is_open_is_told_and_nothing_typed_is_lost(
    client, people, topic
):
    client.force_login(people.translator)
    sent = {**opened(client, topic), "block-body-1": "Segundo con [@smith].", "action": "save"}
    changed(people, topic)
    typed = {**sent, "writer": people.translator.pk}

    answer = client.post(address(topic, "es", "autosave") + "&by=block", typed)
    assert "Your text is kept as a draft." in answer.json()["moved"]
    sent["based_on"] = answer.json()["token"]
    response = client.post(address(topic, "es", "translate"), sent, follow=True)

    assert "The original changed while you translated" in told(response)[0]
    draft = newest(topic, "es")
    assert "Segundo con [@smith]." in draft.text["body"]
    assert staleness.outdated_by(draft) == "meaning"
    found = blocks(response)
    assert found["body-1"].one("textarea").text.strip() == "Segundo con [@smith]."
    assert found["body-0"].attrs["data-state"] == "changed"
    assert "first part" in found["body-0"].text
    again = {**pages.form(response, "save_submit"), "action": "save"}

    press(client, topic, {**again, "act-body-0": "confirmed"})

    draft = newest(topic, "es")
    assert draft.text["body"] == CUERPO.replace("Segundo párrafo con", "Segundo con")
    assert staleness.outdated_by(draft) == ""
    assert [act["act"] for act in draft.worksheet.acts] == ["adjusted", "confirmed"]


def test_somebody_else_s_newer_text_is_a_conflict_that_keeps_both(client, people, topic):
    client.force_login(people.translator)
    sent = {**opened(client, topic), "block-body-0": "Mis palabras."}
    other = f.make_user(None, f.groups.translators("es"))
    f.save(topic, "es", other, words("Otra cosa."))

    response = press(client, topic, sent)

    assert response.status_code == 409
    assert Rival.objects.get().text["body"] == CUERPO.replace("Primer párrafo.", "Mis palabras.")
    assert newest(topic, "es").text["body"] == "Otra cosa."


@pytest.mark.parametrize(
    ("typed", "told_"),
    [("<b>x</b>", "Raw HTML"), ("A\x07B", "U+0007"), ("{nothing:x}", "There is no mark")],
)
def test_page_comes_back_with_every_word_when_something_is_wrong(
    client, people, topic, typed, told_
):
    client.force_login(people.translator)
    sent = {**opened(client, topic), "block-body-0": typed, "block-body-3": "Lo último."}

    response = press(client, topic, sent)

    assert (response.status_code, told_ in text_of(response)) == (200, True)
    found = blocks(response)
    assert found["body-3"].one("textarea").text.strip() == "Lo último."
    assert newest(topic, "es").state == "approved"


@pytest.mark.parametrize("sheet", ["", "nonsense", "e30:1:x"])
def test_page_that_comes_back_without_its_sheet_is_refused(client, people, topic, sheet):
    client.force_login(people.translator)
    sent = {**opened(client, topic), "sheet": sheet, "block-body-0": "Otra."}

    assert press(client, topic, sent).status_code == 409
    autosaved = client.post(address(topic, "es", "autosave") + "&by=block", sent)
    assert autosaved.status_code == 409
    assert newest(topic, "es").state == "approved"


def test_unknown_button_does_nothing(client, people, topic):
    client.force_login(people.translator)

    response = press(client, topic, {**opened(client, topic), "action": "fly"})

    assert (response.status_code, "choose one" in told(response)[0]) == (409, True)


# -- Memory and glossary -------------------------------------------------------------------------


@pytest.fixture
def other(people, topic):
    """Another topic that says the same, one block almost."""
    other = f.make_topic()
    put(people, other, "en", "First paragraph here.\n\nSecond paragraph has a table.")
    return other


def suggested(client, topic):
    found = blocks(client.get(address(topic, "es", "translate")))
    return {
        key: [
            (li.all("p")[0].text, bool(li.all("div", class_="marked")), "not signed" in li.text)
            for ul in each.all("ul", class_="suggestions")
            for li in ul.all("li")
        ]
        for key, each in found.items()
        if key.startswith("body")
    }


def test_blocks_translated_before_are_proposed_and_never_filled_in(client, people, other):
    client.force_login(people.translator)

    found = suggested(client, other)

    assert found["body-0"] == [("Primer párrafo.", False, False)]
    assert found["body-1"] == [("Segundo párrafo con [@smith].", True, False)]
    assert all(
        not v for k, v in opened(client, other).items() if k.startswith("block-body") and v != [""]
    )


def test_signed_translations_are_proposed_before_others(client, people, other):
    draft = f.make_topic()
    put(people, draft, "en", "First paragraph here.")
    f.submit(people, draft, "es", words("Párrafo primero."))
    client.force_login(people.translator)

    assert suggested(client, other)["body-0"] == [
        ("Primer párrafo.", False, False),
        ("Párrafo primero.", False, True),
    ]


def test_what_was_withdrawn_is_not_proposed_as_signed(client, people, topic, other):
    workflow.withdraw(topic, "es", by=people.spanish_advisor, reason="Wrong")
    client.force_login(people.translator)

    assert suggested(client, other)["body-0"] == [("Primer párrafo.", False, True)]


def test_suggestion_is_inserted_by_a_button_that_saves_the_draft(client, people, other):
    client.force_login(people.translator)
    unit = MemoryUnit.objects.get(target="Primer párrafo.")
    sent = {
        **opened(client, other),
        "block-title-0": "Título",
        "action": f"insert:body-0:{unit.pk}",
    }

    response = press(client, other, sent)

    assert response.url.endswith("#body-0")
    assert newest(other, "es").text["title"] == "Título"
    assert newest(other, "es").text["body"] == "Primer párrafo."


@pytest.mark.parametrize("place", ["body-0:0", "body-99:word:x", "nothing-0:1", "", "body-0:x"])
def test_nothing_is_inserted_where_there_is_nothing_to_insert(client, people, other, place):
    client.force_login(people.translator)

    response = press(client, other, {**opened(client, other), "action": f"insert:{place}"})

    assert response.status_code == 409
    assert newest(other, "es") is None


def test_words_of_the_glossary_are_offered_with_their_signed_translation(client, people, topic):
    for key, english, spanish in [("paragraph", "paragraph", "párrafo"), ("part", "part", None)]:
        term = Term.objects.create(key=key, slug=key)
        f.make_public(people, term, "en", {"term": english, "definition": "Words."})
        if spanish:
            f.make_public(people, term, "es", {"term": spanish, "definition": "Palabras."})
    changed(people, topic)
    client.force_login(people.translator)

    found = blocks(client.get(address(topic, "es", "translate")))

    [term] = found["body-1"].one("ul", class_="terms").all("li")
    assert term.one("button").attrs["data-insert"] == "párrafo"
    assert not found["body-0"].all("ul", class_="terms")
    press(client, topic, {**opened(client, topic), "action": "insert:body-1:word:párrafo"})
    assert "[@smith]. párrafo" in newest(topic, "es").text["body"]


def test_a_term_that_the_glossary_says_otherwise_is_advice_on_the_translators_page(
    client, people, topic
):
    term = Term.objects.create(key="paragraph", slug="paragraph")
    f.make_public(people, term, "en", {"term": "paragraph", "definition": "Words."})
    f.make_public(people, term, "es", {"term": "párrafo", "definition": "Palabras."})
    changed(people, topic)
    client.force_login(people.translator)

    press(client, topic, {**opened(client, topic), "block-body-1": "Otra cosa [@smith]."})
    without = client.get(address(topic, "es", "translate")).content.decode()
    press(client, topic, {**opened(client, topic), "block-body-1": "Dos párrafos [@smith]."})
    with_it = client.get(address(topic, "es", "translate")).content.decode()

    assert "“paragraph” is “párrafo” in the glossary" in without
    assert "in the glossary: that word" not in with_it


def test_memory_is_made_anew_by_a_command(people, topic, other):
    from django.core.management import call_command

    before = set(MemoryUnit.objects.values_list("language", "source", "target", "signed"))
    call_command("rebuild_memory", verbosity=0)

    assert set(MemoryUnit.objects.values_list("language", "source", "target", "signed")) == before
    assert len(before) == 6


@pytest.mark.parametrize(
    ("text", "alike"), [("the same words in this block here", True), ("of other things", False)]
)
def test_texts_that_share_words_share_a_number(text, alike):
    one = memory.near("the same words in that block here")

    shared = any(a == b for a, b in zip(one, memory.near(text), strict=True))

    assert shared is alike


# -- Machine text --------------------------------------------------------------------------------


class Upper(machine.Engine):
    def translate(self, blocks, source_language, target_language):
        return [f"{target_language}: {block.upper()}" for block in blocks]


class Fails(machine.Engine):
    def translate(self, blocks, source_language, target_language):
        raise OSError("no network")


class TooFew(machine.Engine):
    def translate(self, blocks, source_language, target_language):
        return list(blocks)[1:]


@pytest.fixture
def engine(settings):
    settings.TRANSLATION_ENGINE = f"{__name__}.Upper"


def test_there_is_no_machine_unless_a_setting_names_one(client, people, other):
    client.force_login(people.translator)
    page = client.get(address(other, "es", "translate"))

    response = press(client, other, {**opened(client, other), "action": "machine"})

    assert "Let the machine" not in text_of(page)
    assert (response.status_code, newest(other, "es")) == (409, None)


@pytest.mark.usefixtures("engine")
def test_machine_text_stays_a_machine_s_until_every_block_is_confirmed(client, people, other):
    client.force_login(people.translator)
    press(client, other, {**opened(client, other), "block-title-0": "Título", "action": "machine"})
    drafted = newest(other, "es")
    assert (drafted.origin, drafted.text["title"]) == ("machine", "Título")
    assert drafted.text["body"].startswith("es: FIRST PARAGRAPH HERE.")

    press(client, other, {**opened(client, other), "act-body-0": "confirmed"})
    half = newest(other, "es").origin
    waits = text_of(client.get(address(other, "es", "translate")))
    assert "2 blocks hold the words of a machine" in waits
    assert "Every block says what" not in waits
    client.post(
        address(other, "es"),
        {**pages.form(client.get(address(other, "es")), "save"), "summary": "As a whole"},
    )
    still = newest(other, "es").origin
    press(
        client,
        other,
        {**opened(client, other), "block-body-1": "Segundo.", "act-answer-0": "confirmed"},
    )

    assert (half, still, newest(other, "es").origin) == ("machine", "machine", "human")


@pytest.mark.usefixtures("engine")
def test_machine_text_says_so_to_the_advisor_and_to_readers(client, people, other):
    client.force_login(people.translator)
    press(client, other, {**opened(client, other), "action": "machine"})
    request = workflow.submit([newest(other, "es")], by=people.translator)
    client.force_login(people.spanish_advisor)

    page = text_of(client.get(f"/admin/review/reviewrequest/{request.pk}/change/"))

    assert "A machine wrote 4 of its 4 blocks" in page
    f.make_public(people, other.guide)
    [sign_off] = f.approve(people, request)
    assert sign_off.by_machine


@pytest.mark.parametrize("name", ["Fails", "TooFew"])
def test_machine_that_fails_changes_nothing_and_loses_nothing(
    client, people, other, settings, name
):
    settings.TRANSLATION_ENGINE = f"{__name__}.{name}"
    client.force_login(people.translator)
    sent = {**opened(client, other), "block-title-0": "Título", "action": "machine"}

    response = press(client, other, sent)

    assert (response.status_code, newest(other, "es")) == (409, None)
    assert "Nothing was changed" in told(response)[0]
    assert blocks(response)["title-0"].one("textarea").text.strip() == "Título"


# -- Cost ----------------------------------------------------------------------------------------


def test_page_costs_the_same_however_long_the_text_and_the_memory(client, people, topic):
    client.force_login(people.translator)
    changed(people, topic)
    client.get(address(topic, "es", "translate"))
    with CaptureQueriesContext(connection) as few:
        client.get(address(topic, "es", "translate"))
    long = "\n\n".join(f"Paragraph {n} says the words number {n}." for n in range(120))
    for n in range(3):
        more = f.make_topic()
        put(people, more, "en", long)
        put(people, more, "es", long.replace("says", f"dice {n}"))
    put(people, topic, "en", long)

    with CaptureQueriesContext(connection) as many:
        client.get(address(topic, "es", "translate"))

    assert len(many) == len(few) <= 26
    assert Revision.objects.filter(key=topic.key).count() == 4
