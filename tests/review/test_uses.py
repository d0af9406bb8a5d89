"""Where a record is used, who is told when it changes, and what is read again."""

import pytest
from django.urls import reverse

from evidence.models import KeyFigure
from glossary.models import Term
from review import clock
from review.models import Recheck, Significance
from topics.models import Analogy, Topic

from .. import factories as f
from ..pages import parse_part

pytestmark = pytest.mark.django_db


def content(response):
    return parse_part(response.content.decode(), strict=False)


def change(people, item, text, significance=Significance.MEANING, **more):
    clock.forget()
    request = f.submit(people, item, text=text, **more)
    [revision] = request.revisions.all()
    return f.approve(people, request, significance={revision.pk: significance})


@pytest.fixture
def figure(people):
    cited, made = f.make_source(), f.make_figure()
    f.make_public(people, cited)
    made.facts_then = {"count": 27, "out_of": 100, "sources": [cited.key]}
    made.cited = cited.key
    f.make_public(people, made, facts=made.facts_then)
    return made


def queued():
    return {(each.item, each.language) for each in Recheck.objects.filter(closed_at=None)}


def test_change_of_a_figure_queues_what_draws_or_writes_its_number(people, figure):
    draws, writes, apart = f.make_topic(), f.make_topic(), f.make_topic()
    drawn = f.text_for(Topic, body=f"Before.\n\n{{figure:{figure.key}}}")
    f.make_public(people, draws, text=drawn)
    f.make_public(people, draws, "es", text=drawn)
    by_hand = f.text_for(Topic, body=f"About 27 of 100 people [@{figure.cited}].")
    f.make_public(people, writes, text=by_hand)
    f.make_public(people, apart, text=f.text_for(Topic, body="About 27 of 100 people."))

    # Another sentence about the same number: the texts of that language.
    text = f.text_for(KeyFigure, sentence="Another sentence.")
    change(people, figure, text, facts=figure.facts_then)
    assert queued() == {(draws.item, "en"), (writes.item, "en")}

    # Another number: every language.
    Recheck.objects.all().delete()
    change(people, figure, text, facts={**figure.facts_then, "count": 28})
    assert queued() == {(draws.item, "en"), (draws.item, "es"), (writes.item, "en")}
    assert apart.item not in {item for item, _language in queued()}


def test_change_of_wording_queues_nothing(people, figure):
    topic = f.make_topic()
    f.make_public(people, topic, text=f.text_for(Topic, body=f"{{figure:{figure.key}}}"))

    text = f.text_for(KeyFigure, sentence="A comma, here.")
    change(people, figure, text, Significance.WORDING, facts=figure.facts_then)

    assert queued() == set()


def test_change_of_a_term_and_of_an_analogy_queues_what_uses_them(people):
    term, analogy = f.make_term(), f.make_analogy()
    words = f.text_for(Term, term="Portal vein", definition="A vein.", aliases="portal veins")
    f.make_public(people, term, text=words)
    f.make_public(people, analogy)
    mentions, draws = f.make_topic(), f.make_topic()
    f.make_public(people, mentions, text=f.text_for(Topic, body="The portal vein leads there."))
    f.make_public(people, draws, text=f.text_for(Topic, body=f"{{analogy:{analogy.key}}}"))

    change(people, term, {**words, "definition": "A large vein from the gut."})
    assert queued() == {(mentions.item, "en")}

    change(people, analogy, f.text_for(Analogy, picture="Another picture."))
    assert queued() == {(mentions.item, "en"), (draws.item, "en")}
    assert any(analogy.item in each.reason for each in Recheck.objects.all())

    # Whoever signs the text again has answered.
    f.make_public(
        people, draws, text=f.text_for(Topic, body=f"Now {{}}.\n\n{{analogy:{analogy.key}}}")
    )
    assert queued() == {(mentions.item, "en")}


def test_what_goes_public_with_the_change_is_not_queued(people, figure):
    topic = f.make_topic()
    drawn = f.text_for(Topic, body=f"{{figure:{figure.key}}}")
    f.make_public(people, topic, text=drawn)
    first = f.save(
        figure, "en", people.editor, f.text_for(KeyFigure, note="New."), figure.facts_then
    )
    second = f.save(topic, "en", people.editor, {**drawn, "answer": "Another answer."})

    request = f.workflow.submit([first, second], by=people.editor)
    f.approve(people, request)

    assert queued() == set()


def test_advisor_and_editor_see_where_it_is_used(client, people, figure):
    topic = f.make_topic()
    body = f"A sentence before it.\n\n{{figure:{figure.key}}}"
    f.make_public(people, topic, text=f.text_for(Topic, title="Where it stands", body=body))
    request = f.submit(
        people, figure, text=f.text_for(KeyFigure, note="New."), facts=figure.facts_then
    )
    client.force_login(people.advisor)

    page = content(client.get(reverse("admin:review_reviewrequest_change", args=[request.pk])))
    [use] = page.one("details", class_="used-in").one("ul", class_="uses").all("li")
    assert "Where it stands" in use.text
    assert "A sentence before it." in use.text

    address = reverse("admin:evidence_keyfigure_change", args=[figure.pk])
    item = content(client.get(address))
    assert "Where it stands" in item.one("section", id="uses").text
    address = reverse("admin:topics_topic_change", args=[topic.pk])
    assert not content(client.get(address)).all("section", id="uses")
