"""The checks of a translation: tables of sentences, and every kind of finding once."""

import pytest

from review.quality import ADVISORY, BLOCKING
from review.quality.translation import compare

from . import pairs


@pytest.mark.parametrize(
    ("table", "caught", "false"),
    [
        ("plain", 1.0, 0.015),
        ("heldout", 1.0, 0.015),
        ("bowel", 0.95, 0.015),
        ("confirm", 1.0, 0.015),
        ("third", 0.95, 0.015),
        ("fourth", 0, 0.015),
        ("adversarial", 0.9, 0.15),
    ],
)
def test_tables_keep_their_rates(table, caught, false):
    some = pairs.read(table)
    fewest = {"plain": 150, "heldout": 80, "bowel": 240, "confirm": 90, "third": 85, "fourth": 40}
    assert len(some) >= fewest.get(table, 60)

    rates = pairs.rates(some)

    assert rates.caught >= caught * rates.faults, rates.missed
    assert rates.alarmed / rates.right < false, rates.false


def ids(source, target, language="es", severity=BLOCKING, **more):
    found = compare(source, target, language, **more)
    return [finding.id for finding in found if finding.severity == severity]


SAME = [
    ("es", "half", "50 %"),
    ("es", "1 in 2", "la mitad"),
    ("fr", "50 %", "1 sur 2"),
    ("fr", "ninety-nine", "quatre-vingt-dix-neuf"),
    ("fr", "5 of 10", "50 sur 100"),
    ("ar", "two weeks", "أسبوعان"),
    ("ar", "2 weeks", "١٤ يومًا"),
    ("ar", "three quarters", "ثلاثة أرباع"),
    ("ar", "3.5 mg", "٣٫٥ ملغ"),
    ("ar", "1,250", "١٬٢٥٠"),
    ("zh-hans", "30 %", "百分之三十"),
    ("zh-hans", "120,000", "12万"),
    ("zh-hans", "2 in 5", "五分之二"),
    ("zh-Hans", "27 of 100", "每100人中约有27人"),
    ("zh-CN", "3 May 2024", "2024年5月3日"),
    ("zh", "two and a half hours", "两个半小时"),
    ("es", "1.5 million", "1,5 millones"),
    ("es", "12,000", "12 000"),
    ("es", "1 g", "1000 mg"),
    ("es", "8 pm", "20:00"),
    ("es", "stage IV", "estadio 4"),
    ("de", "1,200 of 4.5", "1.200 von 4,5"),
    ("pt", "half of 12 people", "metade de 12 pessoas"),
    ("fa", "15 mg", "۱۵ میلی‌گرم"),
]


@pytest.mark.parametrize(("language", "source", "target"), SAME)
def test_one_quantity_in_two_spellings_is_no_finding(language, source, target):
    assert ids(f"{source}.", f"{target}.", language) == []


OTHER = [
    ("es", "half", "un tercio"),
    ("es", "5 mg", "5 g"),
    ("es", "5 mg", "5 ml"),
    ("es", "3 weeks", "3 meses"),
    ("es", "1.5 mg", "15 mg"),
    ("fr", "in 30 % of them", "dans 30 d’entre eux"),
    ("fr", "27 of 100", "72 sur 100"),
    ("fr", "the third day", "le quatrième jour"),
    ("ar", "two weeks", "شهران"),
    ("ar", "27 %", "٧٢٪"),
    ("zh-hans", "12,000", "12万"),
    ("zh-hans", "on Monday", "星期二"),
    ("de", "15 mg", "50 mg"),
    ("pt", "27 of 100", "72 de cada 100"),
]


@pytest.mark.parametrize(("language", "source", "target"), OTHER)
def test_another_quantity_is_a_finding(language, source, target):
    assert "number" in ids(f"{source}.", f"{target}.", language)


def test_a_finding_says_both_numbers_and_names_the_block():
    source = "First part.\n\n- It was 27 of 100 people.\n- The end."
    target = "Primera parte.\n\n- Fueron 72 de cada 100 personas.\n- El fin."

    [finding] = compare(source, target, "es", field="body")

    assert (finding.block, finding.field, finding.id) == (1, "body", "number")
    assert finding.message == "The original says “27 of 100”; here stands “72 de cada 100”."


def test_what_moves_to_the_next_block_is_not_lost():
    source = "In one trial, 12 people [@smith-2020].\n\nThey took folic acid."
    target = "En un ensayo.\n\nTomaron ácido fólico 12 personas [@smith-2020]."

    assert ids(source, target) == []


LIMITS = [
    ("es", "Take at most 8 a day.", "Tome al menos 8 al día.", True),
    ("es", "Take no more than 8 a day.", "No tome más de 8 al día.", False),
    ("es", "Take no more than 8 a day.", "Tome 8 al día como máximo.", False),
    ("es", "Take no more than 8 a day.", "Tome más de 8 al día.", True),
    ("fr", "People under 50 may come.", "Les plus de 50 ans peuvent venir.", True),
    ("fr", "No fewer than 50 people came.", "Au moins 50 personnes sont venues.", False),
    ("ar", "It lasts less than 5 days.", "يستمر أكثر من 5 أيام.", True),
    ("zh-hans", "Up to 10 people can come.", "不超过10人可以来。", False),
    ("zh-hans", "Adults of 18 and over.", "18岁以下的成年人。", True),
    # The negation may belong to something else, so nothing is said.
    (
        "es",
        "Those who did not answer lived more than 2 years.",
        "Vivieron más de 2 años quienes no respondieron.",
        False,
    ),
]


@pytest.mark.parametrize(("language", "source", "target", "opposite"), LIMITS)
def test_the_least_that_became_the_most_is_a_finding(language, source, target, opposite):
    assert ("limit" in ids(source, target, language)) == opposite


SWAPPED = [
    ("es", "Drug A: 30 mg, drug B: 20 mg.", "Fármaco A: 20 mg, fármaco B: 30 mg.", True),
    ("es", "Drug A: 30 mg, drug B: 20 mg.", "Fármaco B: 20 mg, fármaco A: 30 mg.", False),
    ("es", "Drug A: 30 mg, drug B: 20 mg.", "20 mg del B y 30 mg del A.", False),
    ("fr", "8 % of men, 5 % of women.", "5 % chez les hommes, 8 % chez les femmes.", True),
    ("fr", "8 % of men, 5 % of women.", "Chez les femmes 5 %, chez les hommes 8 %.", False),
    ("zh-hans", "2 g of FOLFOX, 3 g of FOLFIRI.", "FOLFOX 3克，FOLFIRI 2克。", True),
]


@pytest.mark.parametrize(("language", "source", "target", "swapped"), SWAPPED)
def test_values_that_changed_places_are_a_finding(language, source, target, swapped):
    assert ("swapped" in ids(source, target, language)) == swapped


MARKS = [
    ("A claim [@smith-2020].", "Una afirmación.", "citation"),
    ("A claim [@smith-2020].", "Una afirmación [@smith-2021].", "citation"),
    ("Text.\n\n{figure:five-years}", "Texto.", "mark"),
    ("[Read](https://example.org/a).", "Lea.", "link"),
    ("[Read](https://example.org/a).", "[Lea](https://example.com/a).", "link"),
    ("Write to help@example.org today.", "Escriba hoy.", "link"),
    ("One part of it.\n\nAnother part of it.", "Una parte de ello.", "empty"),
    ("Ask your nurse about the pain.", "Ask your nurse about the pain.", "untranslated"),
    ("Pain is common.", "El dolor es \u202ecomún.", "direction"),
    ("Pain is common.", "El dolor\u2067 es común.", "direction"),
    ("It is FOLFOX.", "Es FOLFIRI.", "name"),
    ("The DPYD test.", "La prueba.", "name"),
    ("The trial KEYNOTE-177.", "El ensayo KEYNOTE-199.", "name"),
]


@pytest.mark.parametrize(("source", "target", "found"), MARKS)
def test_lost_marks_names_and_parts_are_findings(source, target, found):
    assert found in ids(source, target)


def test_a_page_in_the_language_of_the_translation_is_the_same_link():
    assert ids("[A](https://a.org/en/x/)", "[A](https://a.org/es/x)") == []


def test_a_kept_name_that_changed_is_a_finding():
    assert ids("Ask for Zolvra today.", "Pida Zolvro hoy.", names=["Zolvra"]) == ["name"]


TERMS = [(["portal vein"], ["vena porta"])]


def test_style_is_advice_and_stops_nothing():
    assert ids("Why now?", "Por qué ahora?", severity=ADVISORY) == ["punctuation"]
    assert ids("The liver.", "El el hígado.", severity=ADVISORY) == ["doubled"]
    assert ids("The portal vein.", "La vena grande.", severity=ADVISORY, terms=TERMS) == ["term"]
    assert ids("Portal veins, portal vein.", "Las venas porta y la vena porta.", terms=TERMS) == []
    assert ids("The liver.", "El el hígado.") == []


def test_an_empty_translation_of_nothing_is_no_finding():
    assert compare("", "", "es") == []
    assert ids("Text.", " ") == ["empty"]
