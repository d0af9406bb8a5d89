"""Terms are found by their listed forms, at word edges as each script has them."""

import re

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db.models import TextField, Value

from glossary.linking import Linker, forms_of, stands_in
from glossary.models import Term
from review.readers import Reader
from tests import factories as f
from tests import pages

FORMS = {
    "KRAS": "ras",
    "KRAS G12C": "g12c",
    "metastasis": "metastasis",
    "metastases": "metastasis",
    "liver metastases": "liver-metastases",
    "5-FU": "fu",
    "estómago": "stomach",
    "كبد": "liver",
    "وريد بابي": "portal-vein",
    "الوريد البابي": "portal-vein",
    "转移": "metastasis",
    "肝转移": "liver-metastases",
}


def found(text, forms=FORMS):
    return [(text[start:end], key) for start, end, key in Linker(forms).find(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A metastasis.", [("metastasis", "metastasis")]),
        ("Metastases grow.", [("Metastases", "metastasis")]),
        ("Liver metastases grow.", [("Liver metastases", "liver-metastases")]),
        ("KRAS G12C or KRAS", [("KRAS G12C", "g12c"), ("KRAS", "ras")]),
        ("KRAS-mutant", [("KRAS", "ras")]),
        ("kras, Kras", []),
        ("METASTASIS", []),
        ("metastasised, premetastasis", []),
        ("5-FU, 15-FU", [("5-FU", "fu")]),
        ("El estómago", [("estómago", "stomach")]),
        ("", []),
    ],
)
def test_latin_forms_stand_at_word_edges(text, expected):
    assert found(text) == expected


@pytest.mark.parametrize("word", ["كبد", "الكبد", "والكبد", "للكبد", "بالكبد", "وبالكبد", "كَبِد"])
def test_arabic_form_is_found_behind_its_particles_and_article(word):
    assert found(f"في {word} هنا") == [(word, "liver")]


@pytest.mark.parametrize("word", ["كبدي", "كبدة", "تكبد", "متكبد", "كبدًا"])
def test_arabic_form_inside_another_word_is_not_found(word):
    assert found(f"في {word} هنا") == []


def test_arabic_form_of_two_words_is_found():
    assert found("عبر الوريد البابي إلى") == [("الوريد البابي", "portal-vein")]


def test_chinese_form_is_found_inside_a_sentence_the_longest_first():
    assert found("发生肝转移后再转移。") == [("肝转移", "liver-metastases"), ("转移", "metastasis")]


@pytest.mark.parametrize("text", ["وKRAS", "بـKRAS", "(KRAS)", "KRAS، ثم"])
def test_latin_name_in_arabic_text_is_found_behind_a_particle(text):
    assert found(text) == [("KRAS", "ras")]


def test_latin_name_in_chinese_text_needs_no_space_but_stays_a_word():
    assert found("检测KRAS基因，曲妥珠单抗TRASTUKRAS") == [("KRAS", "ras")]


def test_forms_are_name_abbreviation_and_each_alias():
    text = {"term": "Circulating DNA", "abbreviation": "ctDNA", "aliases": "liquid biopsy\n\nx "}

    assert forms_of(text) == ["Circulating DNA", "ctDNA", "liquid biopsy", "x"]


def make_term(people, key, **text):
    term = Term.objects.create(key=key, slug=key)
    f.make_public(people, term, text={"term": key, "definition": "What it is.", **text})
    return term


def rendered(topic, language="en"):
    reader = Reader(language)
    shown = reader.find(type(topic).objects, pk=topic.pk)
    reader.rendering.load(shown)
    return str(reader.rendering.draw(shown).html["body"])


@pytest.mark.django_db
def test_first_mention_of_a_section_is_linked_but_never_in_headings_or_links(people):
    make_term(people, "portal", aliases="portal vein")
    topic = f.make_topic()
    body = "## The portal vein\n\nSee [portal](https://example.org/). A portal vein, a portal vein."
    f.make_public(people, topic, text=f.text_for(type(topic), body=body))

    html = rendered(topic)

    link = '<button type="button" class="term" popovertarget="word-portal">portal vein</button>'
    assert html.count('class="term"') == 1
    assert f'A <span class="held">{link},</span> a portal vein.' in html
    assert "<h2>The portal vein</h2>" in html


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("A portal vein here", None),
        ("An old portal vein – here", None),
        ("Veins (portal vein) here", "(portal vein)"),
        ('The "portal vein". Here', '"portal vein".'),
        ("Une «\u00a0portal vein\u00a0» ici", "« portal vein »"),
        ("血管（portal vein）。这里", "（portal vein）。"),
        ("这里。portal vein，血管", "portal vein，"),
    ],
)
def test_signs_at_a_word_stay_on_its_line(people, text, held):
    make_term(people, "portal", aliases="portal vein")
    topic = f.make_topic()
    f.make_public(people, topic, text=f.text_for(type(topic), body=text))

    root = pages.parse_part(rendered(topic))

    assert root.text == " ".join(text.split())
    assert [each.text for each in root.all("span", class_="held")] == [held] * bool(held)


@pytest.mark.django_db
def test_note_at_a_word_stays_on_its_line(people):
    make_term(people, "portal", aliases="portal vein")
    topic, source = f.make_topic(), f.make_source()
    f.make_public(people, source)
    body = f"A portal vein [@{source.key}]."
    f.make_public(people, topic, text=f.text_for(type(topic), body=body))

    [held] = pages.parse_part(rendered(topic)).all("span", class_="held")

    assert held.text == "portal vein1"


@pytest.mark.django_db
def test_unsigned_term_is_not_linked(people):
    term = Term.objects.create(key="portal", slug="portal")
    f.save(term, "en", people.editor, text={"term": "Text", "definition": "What it is."})
    topic = f.make_topic()
    f.make_public(people, topic, text=f.text_for(type(topic), body="Text of term."))

    assert 'class="term"' not in rendered(topic)


@pytest.mark.django_db
def test_fallen_back_section_is_linked_by_the_forms_of_its_own_language(people):
    term = make_term(people, "liver")
    spanish = {"term": "hígado", "definition": "Lo que es."}
    f.make_public(people, term, "es", text=spanish)
    topic = f.make_topic()
    f.make_public(people, topic, text=f.text_for(type(topic), body="The liver and hígado."))

    html = rendered(topic, "es")

    assert ">liver</button> and hígado" in html


@pytest.mark.django_db
def test_definition_stands_once_on_the_page_in_the_reader_s_language(people):
    term = make_term(people, "liver", definition="A large *organ*.")
    f.make_public(people, term, "es", text={"term": "hígado", "definition": "Un órgano."})
    topic = f.make_topic()
    f.make_public(people, topic, text=f.text_for(type(topic), answer="x", body="The liver."))
    reader = Reader("es")
    for shown in reader.items(type(topic).objects.all()):
        reader.rendering.draw(shown)
        reader.rendering.draw(shown)

    [word] = reader.rendering.words

    assert (word.language, word.word, word.meaning.strip()) == ("es", "hígado", "<p>Un órgano.</p>")


@pytest.mark.django_db
def test_every_button_opens_a_definition_that_is_on_its_page(client, people):
    make_term(people, "liver")
    whole = f.WholeGuide()
    whole.publish(people)
    topic = whole.topics[0]
    text, facts = f.whole_text(topic, "en")
    text["body"] = "The liver.\n\n" + text["body"]
    f.make_public(people, topic, text=text, facts=facts)

    html = client.get(topic.get_absolute_url()).content.decode()

    buttons = set(re.findall(r'class="term" popovertarget="([^"]+)"', html))
    assert "word-liver" in buttons
    assert buttons == set(re.findall(r'<div popover class="word" id="([^"]+)"', html))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("form", "stands", "not_there"),
    [
        ("portal vein", ["Portal vein.", "The portal vein", "PORTAL? portal vein"], "portal  vein"),
        ("KRAS", ["KRAS and NRAS", "(KRAS)"], "the liver"),
        ("ósea", ["Ósea es", "la parte ósea"], "los huesos"),
        ("كبد", ["في الكَبِد", "وبالكبد", "كبد"], "قلب"),
        ("وريد بابي", ["إلى وريدٍ بابي"], "وريد"),
        ("门静脉", ["血液经门静脉流入肝脏"], "静脉"),
        ("100 % sure_", ["100 % sure_"], "100 x surely"),
    ],
)
def test_database_finds_every_text_in_which_the_linker_finds_a_form(form, stands, not_there):
    def asked(text):
        row = ContentType.objects.annotate(told=Value(text, output_field=TextField()))
        return row.filter(stands_in("told", form)).exists()

    assert [asked(text) for text in stands] == [True] * len(stands)
    assert [bool(found(text, {form: "term"})) for text in stands] == [True] * len(stands)
    assert not asked(not_there)
