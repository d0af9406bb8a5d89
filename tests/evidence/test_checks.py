# ruff: noqa: E501  (a table of headings)
"""What evidence and topics find: sources that carry nothing, numbers in two places, survival."""

import pytest
import time_machine

from evidence.models import KeyFigure
from review import clock, quality
from topics.models import Analogy, Guide, Topic

from .. import factories as f

pytestmark = pytest.mark.django_db


def found(item, revision):
    clock.forget()
    return {each.id: each for each in quality.findings(item, revision)}


def draft(people, item, language="en", **text):
    writer = people.writer_of(language)
    return f.save(item, language, writer, f.text_for(type(item), **text))


def source(people, **facts):
    made = f.make_source()
    f.make_public(people, made, facts={**f.SOURCE_FACTS, **facts})
    return made


@pytest.mark.parametrize(
    ("facts", "wanted", "severity"),
    [
        ({}, "", ""),
        ({"status": "to verify", "verify": "the volume"}, "source-to-verify", "blocking"),
        ({"notice": "retracted"}, "source-retracted", "blocking"),
        ({"notice": "concern"}, "source-concern", "advisory"),
        ({"notice": "corrected"}, "", ""),
        ({"kind": "guideline", "year": 2020}, "source-old", "advisory"),
        ({"kind": "guideline", "year": 2021}, "", ""),
        ({"kind": "trial", "year": 1990}, "", ""),
    ],
)
@time_machine.travel("2026-11-23")
def test_source_must_carry_what_cites_it(people, checked, facts, wanted, severity):
    cited = source(people, **facts)
    topic = f.make_topic()
    body = f"It helps 27 of 100 people [@{cited.key}]."

    here = found(topic, draft(people, topic, body=body))

    assert set(here) == ({wanted} if wanted else set())
    assert not wanted or here[wanted].severity == severity


def test_source_to_verify_stops_nothing_in_a_demonstration(people, checked, settings):
    cited = source(people, status="to verify", verify="the volume")
    topic = f.make_topic()
    revision = draft(people, topic, body=f"A claim [@{cited.key}].")
    assert found(topic, revision)["source-to-verify"].severity == "blocking"

    settings.DEMO = True

    assert found(topic, revision)["source-to-verify"].severity == "advisory"


def test_what_is_asked_of_a_claim_depends_on_the_kind_of_text(people, checked):
    claim = "It helps 27 of 100 people."
    topic, faq, analogy = f.make_topic(), f.make_faq(), f.make_analogy()

    severities = [
        found(topic, draft(people, topic, body=claim))["uncited-number"].severity,
        found(faq, draft(people, faq, answer=claim))["uncited-number"].severity,
        found(analogy, draft(people, analogy, stands_for=claim))["uncited-number"].severity,
    ]

    assert severities == ["blocking", "blocking", "advisory"]
    assert "uncited-number" not in found(analogy, draft(people, analogy, picture=claim))


def figure(people, cited, **more):
    made = f.make_figure()
    facts = {"count": 27, "out_of": 100, "sources": [cited.key], **more.pop("facts", {})}
    f.make_public(people, made, facts=facts, text=f.text_for(KeyFigure, **more))
    return made


@pytest.mark.parametrize(
    ("language", "body"),
    [
        ("en", "In Stockholm it was 27 of 100 people"),
        ("es", "En Estocolmo fueron 27 de cada 100 personas"),
        ("fr", "À Stockholm, c’était 27 personnes sur 100"),
        ("ar", "في ستوكهولم كانوا 27 من كل 100 شخص"),
        ("zh-hans", "在斯德哥尔摩，每100人中有27人"),
    ],
)
def test_number_of_a_signed_figure_is_drawn_and_not_written(people, language, body):
    cited = source(people)
    drawn, topic = figure(people, cited), f.make_topic()
    f.make_public(people, topic)

    by_hand = draft(people, topic, language, body=f"{body} [@{cited.key}].")
    assert "figure-by-hand" in found(topic, by_hand)

    with_figure = f"{body} [@{cited.key}].\n\n{{figure:{drawn.key}}}"
    assert "figure-by-hand" not in found(topic, draft(people, topic, language, body=with_figure))
    other = body.replace("27", "28")
    other = draft(people, topic, language, body=f"{other} [@{cited.key}].")
    assert "figure-by-hand" not in found(topic, other)


ALIVE = "About 50 of 100 people were alive at five years."
NOTE = "This describes a group, not one person."


@pytest.mark.parametrize(
    ("about", "note", "wanted"),
    [
        ("survival", NOTE, ""),
        ("survival", "Ask your team.", "survival-without-note"),
        ("", NOTE, "survival-not-marked"),
    ],
)
def test_figure_of_survival_says_so_and_tells_of_groups(people, checked, about, note, wanted):
    cited, made = source(people), f.make_figure()
    facts = {"count": 50, "out_of": 100, "sources": [cited.key], "about": about}
    text = f.text_for(KeyFigure, sentence=ALIVE, note=note)

    here = found(made, f.save(made, "en", people.editor, text, facts=facts))

    assert set(here) == ({wanted} if wanted else set())
    assert not wanted or here[wanted].severity == "blocking"


def test_text_that_tells_survival_tells_of_groups(people, checked):
    cited, faq = source(people), f.make_faq()
    claim = f"About 50 of 100 people were alive at five years [@{cited.key}]."

    assert "survival-without-note" in found(faq, draft(people, faq, answer=claim))
    assert "survival-without-note" not in found(faq, draft(people, faq, answer=f"{claim} {NOTE}"))


@pytest.mark.parametrize(
    ("model", "make", "name"),
    [
        (Guide, f.make_guide, "urgent_signs"),
        (Guide, f.make_guide, "not_known"),
        (Analogy, f.make_analogy, "leaves_out"),
    ],
)
def test_what_must_be_said_is_said(people, checked, model, make, name):
    item = make()
    enough = "Call now if there is fever during treatment, by day or night."
    every = {each: enough for each in model.text_fields if each != "title"}

    assert "says-nothing" in found(item, draft(people, item, **{**every, name: "None."}))
    assert "says-nothing" not in found(item, draft(people, item, **every))
    revision = draft(people, item, **{**every, name: ""})
    with pytest.raises(f.workflow.TransitionNotAllowed, match=str(item)):
        f.workflow.submit([revision], by=people.editor)


SIDES = {
    "en": "What it is|What it can offer|What it can risk|Who it may suit|What if less is done?|Daily life",
    "es": "Cómo funciona|Qué puede ofrecer|Qué riesgos tiene|A quién puede convenir|¿Y si se hace menos?|La vida diaria",
    "fr": "Comment ça marche|Ce qu’elle peut apporter|Quels sont les risques|À qui elle peut convenir|Et si on fait moins ?|La vie quotidienne",
    "ar": "كيف تعمل|ما الذي يمكن أن تقدمه|ما المخاطر|لمن قد تكون مناسبة|وماذا لو كان العلاج أقل؟|الحياة اليومية",
    "zh-hans": "手术是什么|手术能带来什么|手术有什么风险|手术可能适合谁|如果少做一些会怎样？|日常生活",
}  # fmt: skip
NAMES = ["works", "benefits", "harms", "unsuited", "untreated", "daily"]


@pytest.mark.parametrize("language", SIDES)
def test_treatment_is_told_from_six_sides(people, language):
    topic, headings = f.make_topic(), SIDES[language].split("|")
    facts = {"kind": Topic.TREATMENT}
    f.make_public(people, topic, facts=facts)

    def missing(*left):
        kept = (each for each in headings if each not in left)
        body = "\n\n".join(f"## {each}\n\nText." for each in kept)
        more = {"facts": facts} if language == "en" else {}
        writer = people.writer_of(language)
        revision = f.save(topic, language, writer, f.text_for(Topic, body=body), **more)
        return {each for each in found(topic, revision) if each.startswith("no-")}

    assert missing() == set()
    for heading, name in zip(headings, NAMES, strict=True):
        assert f"no-{name}" in missing(heading), heading


def test_harms_are_told_as_fully_as_what_is_offered(people):
    topic, facts = f.make_topic(), {"kind": Topic.TREATMENT}
    body = "## What it can offer\n\n" + "Many more good days. " * 10 + "\n\n## Risks\n\nFew."

    one_sided = f.save(topic, "en", people.editor, f.text_for(Topic, body=body), facts=facts)
    assert "one-sided" in found(topic, one_sided)

    body += " Some of them can last for many years." * 5
    both = f.save(topic, "en", people.editor, f.text_for(Topic, body=body), facts=facts)
    assert "one-sided" not in found(topic, both)


def test_other_topics_need_no_six_sides(people):
    topic = f.make_topic()

    assert not any(each.startswith("no-") for each in found(topic, draft(people, topic)))
