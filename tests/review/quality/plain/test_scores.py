"""The formulas agree with what was published, and only they grade a text."""

from math import floor

import pytest

from review.quality import BLOCKING, plain, texts
from review.quality.plain import formulas

from . import samples

# Formula, counts, the figure that was published for these counts, and where.
PUBLISHED = [
    # "The Australian platypus is seemingly a hybrid of a mammal and reptilian creature.", in
    # "Flesch–Kincaid readability tests", Wikipedia: grade 11.3.
    (formulas.flesch_kincaid, (13, 1, 24), "11.3"),
    # The lowest grade that there is, of sentences of one word of one syllable; the same page.
    (formulas.flesch_kincaid, (1, 1, 1), "-3.40"),
    # The same sentence with each vowel counted: the worked example of the npm package
    # "flesch-kincaid" 2.0.1.
    (formulas.flesch_kincaid, (13, 1, 26), "13.08"),
    # Long text of textstat's tests: 372 words, 17 sentences, 519 syllables.
    (formulas.flesch_kincaid, (372, 17, 519), "9.407"),
    # Four long words in the sentence of the platypus: the npm package "smog-formula" 2.
    (formulas.smog, (1, 4), "14.554593"),
    # The beginning of "Cien años de soledad": textstat's tests count 306 syllables in it; its 162
    # words stand in six sentences.
    (formulas.fernandez_huerta, (162, 6, 306), "65.967"),
    # Ibidem 62.162, for textstat begins with 206.84; Szigriszt Pazos wrote 206.835.
    (lambda *counts: formulas.szigriszt_pazos(*counts) + 0.005, (162, 6, 306), "62.162"),
    # "Salut ça va ?": tests of 20syldev/api, tests/v5/read. No example on paper was found: nobody
    # prints the counts beside the figure.
    (formulas.kandel_moles, (3, 1, 4), "105.82"),
]
# The conversion table for 30 sentences (McGraw's, in many handbooks): long words up to and
# including, grade. It rests on McLaughlin's rule of thumb (1969, p. 639: the square root of the
# nearest perfect square, plus 3), and he calls it slightly inaccurate.
SMOG_TABLE = [
    *((2, 4), (6, 5), (12, 6), (20, 7), (30, 8), (42, 9), (56, 10), (72, 11), (90, 12)),
    *((110, 13), (132, 14), (156, 15), (182, 16), (210, 17), (240, 18)),
]
EASY = {
    "en": "Your nurse will call you at home. She will ask how you feel. You can tell her all. ",
    "es": "La enfermera le llama a casa. Le pregunta cómo está. Usted le dice todo lo que siente. ",
    "fr": "Une infirmière vous appelle. Elle demande si tout va bien. Vous lui dites tout. ",
}
HARD = {
    "en": "Administration of oxaliplatin-containing combination chemotherapy necessitates "
    "continuous multidisciplinary surveillance regarding potentially irreversible peripheral "
    "neurotoxicity, haematological abnormalities and gastrointestinal complications. ",
    "es": "La administración de quimioterapia combinada con oxaliplatino requiere una vigilancia "
    "multidisciplinaria continuada de la neurotoxicidad periférica potencialmente irreversible, "
    "las alteraciones hematológicas y las complicaciones gastrointestinales. ",
    "fr": "L’administration d’une polychimiothérapie comportant de l’oxaliplatine nécessite une "
    "surveillance multidisciplinaire continue de la neurotoxicité périphérique potentiellement "
    "irréversible, des anomalies hématologiques et des complications gastro-intestinales. ",
}


def text(markdown, language, known=()):
    return texts.Text((texts.Field("body", markdown),), language, frozenset(known))


@pytest.mark.parametrize(("formula", "counts", "figure"), PUBLISHED)
def test_formula_agrees_with_what_was_published_in_every_digit(formula, counts, figure):
    assert f"{formula(*counts):.{len(figure.partition('.')[2])}f}" == figure


def test_smog_has_the_year_of_the_published_table_where_the_table_needs_no_guess():
    """A row holds one perfect square: only there the table's root is the formula's."""
    least = 0
    for most, grade in SMOG_TABLE:
        [square] = [each**2 for each in range(20) if least <= each**2 <= most and each]
        assert floor(formulas.smog(30, square)) == grade
        least = most + 1


@pytest.mark.parametrize("language", samples.SYLLABLES)
def test_syllables_are_counted_right(language):
    words, wrong = samples.syllables(language), samples.miscounted(language)

    print(f"{language}: {len(wrong)} of {len(words)} words wrong")
    assert len(words) >= 100
    assert len(wrong) <= len(words) * 0.03, wrong


@pytest.mark.parametrize("language", EASY)
def test_a_hard_text_is_stopped_and_an_easy_one_is_not(language):
    [stopped] = plain.readable(text(HARD[language] * 4, language))

    assert (stopped.id, stopped.severity) == ("grade-too-high", BLOCKING)
    assert list(plain.readable(text(EASY[language] * 6, language))) == []
    assert "hard-paragraph" in {e.id for e in plain.advice(text(HARD[language] * 4, language))}


@pytest.mark.parametrize("language", ["ar", "zh-hans", "de"])
def test_no_grade_is_made_up_where_there_is_no_formula(language):
    assert plain.measured(text("كلمة word 词 " * 200, language)) == []


def test_a_few_words_have_no_score():
    assert plain.measured(text("Why does bowel cancer go to the liver?", "en")) == []


def test_words_of_the_glossary_count_two_syllables_at_most_and_the_raw_score_stays():
    markdown = "Immunotherapy may help you. Ask your team if immunotherapy is right for you. " * 5

    [grade, _smog] = plain.measured(text(markdown, "en", {"immunotherapy"}))
    [other, _smog] = plain.measured(text(markdown, "en"))

    assert grade.value < grade.raw == other.raw == other.value


@pytest.mark.usefixtures("checked")
@pytest.mark.parametrize("language", samples.LANGUAGES)
def test_a_long_guide_goes_through_every_check_fast(language):
    from time import process_time

    guide = samples.long_text(language)
    [body] = guide.fields
    typed = guide._replace(fields=(body._replace(markdown=f"1.\n\n{body.markdown}"),))
    texts.findings(guide)  # a process reads its tables of words once
    samples.forget()
    started = process_time()
    texts.findings(guide)
    first = process_time() - started
    started = process_time()
    texts.findings(typed)
    again = process_time() - started

    print(f"{language}: {first * 1000:.0f} ms, as one types {again * 1000:.0f} ms")
    assert samples.size(guide) > 2800
    assert first < 0.3
    assert again < 0.1
