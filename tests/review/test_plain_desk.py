"""Plain language at the desk: an answer while somebody types, what stops a text, the chart."""

from time import process_time

import pytest
from django.urls import reverse

from review import workflow
from review.desk import editor
from review.guards import TransitionNotAllowed
from tests import factories as f
from tests.pages import parse_part
from tests.review.quality.plain import samples
from tests.review.quality.plain.test_scores import EASY, HARD

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("checked")]
CHECK = reverse("admin:review_check")


def ask(client, **fields):
    return client.post(CHECK, {"item_type": "topics.topic", "language": "en", **fields})


def test_as_you_type_the_places_are_told_in_one_fast_answer(client, people):
    client.force_login(people.editor)
    body = "\n\n".join(each.markdown for each in samples.long_text("en").fields)
    ask(client, title="", body=body)  # the page asks when it opens

    started = process_time()
    told = ask(client, title="The battle", body=f"A war.\r\n\r\n{body}").json()

    assert process_time() - started < 0.1
    marked = {(each["field"], each["start"], each["end"]) for each in told["findings"]}
    assert {("title", 4, 10), ("body", 2, 5)} <= marked
    assert any("Flesch" in sentence for sentence in told["scores"])


def test_on_the_translators_page_the_places_are_told_in_their_blocks(client, people):
    topic = f.make_topic()
    body = (
        "## A heading\n\nOne.\n\n- Two.\n- Three.\n\n| Head | More |\n|-|-|\n| One | Two |\n\nOne."
    )
    f.make_public(
        people, topic, text=f.text_for(type(topic), title="One", answer="One.", body=body)
    )
    writer = people.writer_of("es")
    client.force_login(writer)
    address = reverse("admin:topics_topic_translate", args=[topic.pk]) + "?language=es"
    page = parse_part(client.get(address).content.decode(), strict=False)
    form = page.one("form", class_="item")
    blocks = {each.attrs["name"]: "" for each in page.all("textarea", lang="es")}
    sheet = page.one("input", name="sheet").attrs["value"]
    war = {
        "block-title-0": "La batalla",
        "block-body-0": "Luchar",
        "block-body-1": " Juntos vamos a luchar \n contra este tumor, y luchar es duro.",
        "block-body-3": "La batalla dos.",
        "block-body-7": "La batalla | tres",
        "block-body-8": "La batalla.",
    }
    assert war.keys() <= blocks.keys()
    assert form.attrs["data-check"] == CHECK

    told = ask(client, language="es", sheet=sheet, **{**blocks, **war}).json()
    lost = ask(client, language="es", sheet="nonsense", **war)

    assert told["scores"]
    found = [each for each in told["findings"] if each["id"] == "war-words"]
    marked = [war[each["field"]][each["start"] : each["end"]] for each in found]
    assert sorted(marked) == ["Luchar"] + ["batalla"] * 4 + ["luchar"] * 2
    assert {each["field"] for each in found} == war.keys()
    assert (lost.status_code, bool(lost.json()["problem"])) == (409, True)


def test_what_cannot_be_checked_gets_a_sentence(client, people):
    assert ask(client, body="x").status_code == 302  # to the sign-in
    client.force_login(people.editor)

    for asked, status in (
        ({"body": "x" * (editor.TEXT_LIMIT + 1)}, 413),
        ({"language": "xx"}, 404),
        ({"item_type": "auth.user"}, 404),
        ({"item_type": "nonsense"}, 404),
    ):
        answer = ask(client, **asked)
        assert (answer.status_code, bool(answer.json()["problem"])) == (status, True)
    assert client.get(CHECK).status_code == 405


def test_a_text_that_is_too_hard_waits_for_a_waiver(client, people):
    topic = f.make_topic()
    text = {"title": "Harms", "answer": "They vary.", "body": HARD["en"] * 4}
    draft = f.save(topic, "en", people.editor, text)

    with pytest.raises(TransitionNotAllowed, match="school year"):
        workflow.submit([draft], by=people.editor, summary="New text")

    client.force_login(people.editor)
    address = reverse("admin:topics_topic_change", args=[topic.pk])
    assert "What the checks say" in client.get(address).content.decode()


def test_history_shows_the_score_of_each_revision(client, people):
    topic = f.make_topic()
    for body in (EASY["en"] * 6, HARD["en"] * 4):
        text = {"title": "Harms", "answer": "", "body": body}
        f.save(topic, "en", people.editor, text)
    client.force_login(people.editor)

    page = client.get(
        reverse("admin:review_history", args=["topics.topic", topic.key])
    ).content.decode()

    assert "Flesch–Kincaid grade of each revision" in page
    assert 'class="chart"' in page
