"""What is hard to read or to bear is found, at its place, in each language; nothing else is."""

import re
from collections import Counter
from pathlib import Path

import pytest

from review.quality import ADVISORY, plain, texts

CASES = [
    line
    for line in (Path(__file__).parent / "cases.txt").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
]
RULES = {
    "war-words", "blame-words", "passive", "double-negative", "jargon", "abbreviation",
    "long-sentence",
}  # fmt: skip


def found(markdown, language, known=()):
    text = texts.Text((texts.Field("body", markdown),), language, frozenset(known))
    return list(plain.advice(text))


@pytest.mark.parametrize("case", CASES)
def test_rule_finds_its_words_at_their_place_and_no_others(case):
    about, _, marked = case.partition(" :: ")
    language, sign, rule = about.split()
    sentence = marked.replace("[[", "").replace("]]", "")
    # Not at the beginning, and behind signs that no reader sees: the place must hold all the same.
    before = "## *One*\n\n[A link](https://example.org/a) [@smith-2020].\n\n"

    hits = [each for each in found(before + sentence, language) if each.id == rule]

    words = [(before + sentence)[each.start : each.end] for each in hits]
    assert words == re.findall(r"\[\[(.*?)\]\]", marked)
    assert bool(words) == (sign == "+")
    for each in hits:
        assert (each.severity, each.field) == (ADVISORY, "body")
        assert str(each.message).count(".") == 1 or rule == "abbreviation"


def test_every_rule_has_some_cases_of_both_kinds_in_every_language():
    there = Counter(tuple(case.partition(" :: ")[0].split()) for case in CASES)

    assert there.keys() == {
        (language, sign, rule)
        for language in ("en", "es", "fr", "ar", "zh-hans")
        for sign in "+-"
        for rule in RULES
    }
    assert min(there.values()) >= 2


@pytest.mark.parametrize(
    ("language", "sentence", "most"),
    [
        ("en", "The nurse looks at your skin and asks how you feel today. ", 300),
        ("es", "La enfermera mira su piel y le pregunta cómo se siente hoy. ", 300),
        ("fr", "Une infirmière regarde votre peau et vous demande comment ça va. ", 300),
        ("ar", "تنظر الممرضة إلى الجلد وتسأل كيف حالك في هذا اليوم. ", 300),
        ("zh-hans", "护士会看看您的皮肤，问您今天觉得怎么样。", 500),
    ],
)
def test_a_long_stretch_without_a_heading_is_found(language, sentence, most):
    words = sum(len(each.words) for each in plain.sentences(sentence, language))
    few = most // words

    def without(markdown):
        return [each for each in found(markdown, language) if each.id == "no-heading"]

    assert without(f"{sentence * few}") == []
    assert without(f"{sentence * few}\n\n## A heading\n\n{sentence * few}") == []
    [finding] = without(f"{sentence * few}\n\n{sentence}")
    assert finding.start == len(sentence) * few + 2


def test_the_glossary_explains_a_word_in_all_its_forms_and_what_stands_in_its_names():
    text = "The metastases grow. A hepatectomy may help. Ask for the MSI result."

    assert {each.id for each in found(text, "en")} == {"jargon", "abbreviation"}
    assert found(text, "en", {"metastasis", "hepatectomy", "MSI-H"}) == []


def test_a_hard_word_is_told_once_a_page():
    assert len(found("A hepatectomy is long. This hepatectomy is short.", "en")) == 1


def test_many_passives_are_each_marked_where_one_is_none():
    one = "The cells were found in the blood."
    plainly = "Doctors look at the scan. "

    assert found(plainly * 3 + one, "en") == []
    assert [each.id for each in found((one + " ") * 4, "en")] == ["passive"] * 4


def test_a_language_without_a_table_has_its_sentences_measured():
    assert [each.id for each in found("wort " * 26 + ".", "de")] == ["long-sentence"]
