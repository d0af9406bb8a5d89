"""Two figures side by side: of one study and out of the same number, or one below the other."""

import pytest
from django.core.exceptions import ValidationError

from evidence.models import KeyFigure, beside_problem
from review import marks, workflow
from review.content import content_models
from review.fields import Body
from review.markdown import marks_in, pairs_in
from review.proposal import Proposal
from tests import factories as f
from tests import pages
from topics.models import Topic

BOTH = "Before.\n\n{figure:first+second}\n\nAfter."


def facts(count, *sources, out_of=100, **more):
    return {"count": count, "out_of": out_of, "sources": list(sources), **more}


def figure(key, facts):
    made = KeyFigure(key=key)
    made.facts = facts
    return made


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        (facts(55, "a"), facts(44, "a"), ""),
        (facts(55, "a", "b"), facts(44, "b", "a"), ""),
        (facts(5, "a", high=9), facts(44, "a"), ""),
        (facts(55, "a"), facts(44, "b"), "same source"),
        (facts(55, "a"), facts(44, "a", "b"), "same source"),
        (facts(55), facts(44), "same source"),
        ({}, {}, "same source"),
        (facts(55, "a"), facts(11, "a", out_of=25), "counts of 100 and “second” of 25"),
        (facts(55, "a"), {"sources": ["a"]}, "the same number"),
    ],
)
def test_only_figures_of_the_same_sources_and_the_same_whole_fit(first, second, said):
    found = beside_problem(figure("first", first), figure("second", second))

    assert said in found
    assert bool(said) is bool(found)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("{figure:a+b}", [("figure", "a"), ("figure", "b")]),
        ("Text\n{figure:a-1+b-2}\nText", [("figure", "a-1"), ("figure", "b-2")]),
        *(
            (text, [])
            for text in ("{figure:a+b+c}", "{figure:a+}", "{figure:+b}", "{figure:a + b}")
        ),
        *((text, []) for text in ("- {figure:a+b}", "    {figure:a+b}", "see {figure:a+b}")),
    ],
)
def test_pair_is_found_where_a_mark_counts(text, found):
    assert marks_in(text) == found
    assert [(name, key) for _line, name, *keys in pairs_in(text) for key in keys] == found


@pytest.fixture
def topic(people):
    """A public topic whose two figures stand side by side."""
    guide = f.make_guide(key="g")
    f.make_public(people, guide)
    for key in ("study", "other"):
        f.make_public(people, f.make_source(key=key))
    for key, count in (("first", 55), ("second", 44)):
        f.make_public(people, f.make_figure(key=key), facts=facts(count, "study"))
    topic = f.make_topic(guide, key="t")
    f.make_public(people, topic, text=f.text_for(Topic, body=BOTH))
    return topic


def read(client, path="/en/guides/g/t/"):
    return pages.parse(client.get(path)).one("main")


def change(people, key, **changed):
    item = KeyFigure.objects.get(key=key)
    f.make_public(people, item, facts={**facts(44, "study"), **changed})


@pytest.mark.django_db
def test_pair_is_drawn_with_both_sides_of_each_number_and_a_table_for_each(client, topic):
    for path in ("/en/guides/g/t/", "/en/guides/g/"):
        [beside] = read(client, path).all(class_="beside")
        found = beside.all("figure", class_="number")
        assert len(found) == 2
        for each, count in zip(found, (55, 44), strict=True):
            cells = [cell.text for cell in each.one("table").all("td")]
            assert cells == [str(count), str(100 - count), "100"]
            tally = each.one("p", class_="tally").text.split()
            assert tally == [str(count), str(100 - count)]


@pytest.mark.django_db
@pytest.mark.parametrize("changed", [{"out_of": 200}, {"sources": ["other"]}])
def test_figures_that_no_longer_fit_stand_one_below_the_other(client, people, topic, changed):
    change(people, "second", **changed)

    html = read(client)

    assert html.all(class_="beside") == []
    assert len(html.all("figure", class_="number")) == 2


@pytest.mark.django_db
def test_figure_that_was_withdrawn_leaves_the_other_by_itself(client, people, topic):
    item = KeyFigure.objects.get(key="second")
    workflow.withdraw(item, "en", by=people.advisor, reason="Wrong")

    html = read(client)

    assert html.all(class_="beside") == []
    assert len(html.all("figure", class_="number")) == 1
    assert "being checked again" in html.text


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("mark", "said"),
    [
        ("{figure:first+first}", "“first” cannot stand beside itself."),
        ("{figure:first+elsewhere}", "do not come from the same source"),
        ("{figure:first+quarter}", "counts of 100 and “quarter” of 25"),
        ("{figure:first+none}", "There is no keyfigure with the key “none”"),
        ("{analogy:one+two}", "Two analogies cannot stand side by side: write a line for each."),
        ("{figure:first+second+elsewhere}", "must stand alone on its line"),
        ("{chart:first+second}", "There is no mark “chart”"),
    ],
)
def test_two_that_do_not_fit_are_refused_when_saved_with_a_sentence_and_its_line(
    people, topic, mark, said
):
    for key, counted in (
        ("elsewhere", facts(1, "other")),
        ("quarter", facts(1, "study", out_of=25)),
    ):
        f.save(f.make_figure(key=key), "en", people.editor, facts=counted)
    for key in ("one", "two"):
        f.make_analogy(key=key)

    with pytest.raises(ValidationError) as refused:
        f.save(topic, "en", people.editor, text=f.text_for(Topic, body=f"One.\n\n{mark}"))

    [message] = refused.value.message_dict["body"]
    assert said in message
    assert message.startswith("Line 3: ") or "There is no keyfigure" in message


@pytest.mark.django_db
def test_figures_of_which_nothing_was_said_yet_are_judged_when_the_text_is_submitted(people):
    made = {key: f.make_figure(key=key) for key in ("first", "second")}
    for key in ("a", "b"):
        f.make_public(people, f.make_source(key=key))
    draft = f.save(f.make_topic(), "en", people.editor, text=f.text_for(Topic, body=BOTH))
    for (key, item), source in zip(made.items(), "ab", strict=True):
        f.save(item, "en", people.editor, facts=facts(len(key), source))

    with pytest.raises(workflow.TransitionNotAllowed, match="same source"):
        workflow.submit([draft], by=people.editor)


@pytest.mark.django_db
def test_a_text_without_a_pair_asks_for_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert list(marks.pair_problems("1 + 1 {figure:a} and [@b]")) == []


@pytest.mark.django_db
def test_every_kind_of_text_knows_pairs(people, topic):
    for model in content_models():
        for name in model.text_fields:
            if not isinstance(model._meta.get_field(name), Body):
                continue
            text = f.text_for(model, **{name: "{figure:first+first}"})
            found = [each.message for each in Proposal(model, "es", text).problems()]
            assert found == ["“first” cannot stand beside itself."], (model, name)
