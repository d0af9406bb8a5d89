"""What a draft may hold, what it must hold before it is submitted, and which facts fit together."""

import pytest
from django.core.exceptions import ValidationError

from evidence.models import KeyFigure, Source
from faq.models import DoctorQuestion, Situation
from glossary.models import Term
from review.proposal import Proposal
from tests import factories as f
from topics.models import Analogy, Guide, Topic

FIGURE = {"count": 27, "out_of": 100}


def cleaned(model, text=None, facts=None, language="en"):
    proposal = Proposal(model, language, text or {}, facts)
    proposal.clean()
    return proposal


def problems(model, text=None, facts=None, language="en"):
    """(field, line, message) of everything that stands in the way."""
    return [tuple(p) for p in Proposal(model, language, text or {}, facts).problems()]


def fields(found):
    return [field for field, _line, _message in found]


# -- Text ----------------------------------------------------------------------------------------


def test_clean_text_is_complete_and_normal():
    proposal = cleaned(Topic, {"title": "  Cafe\u0301 ", "body": "one\r\n\r\ntwo\n"})

    assert proposal.text == {"title": "Caf\u00e9", "answer": "", "body": "one\n\ntwo"}
    assert proposal.facts == {}


@pytest.mark.parametrize("nothing", ["", None, "  \n\t"])
def test_nothing_is_the_empty_text(nothing):
    assert cleaned(Topic, {"title": nothing}).text["title"] == ""


@pytest.mark.parametrize("name", ["titel", "title_es", "sign_off", "facts", "slug", "key", ""])
def test_unknown_field_is_refused_with_those_that_are_known(name):
    [(field, line, message)] = problems(Topic, {name: "x"})

    assert (field, line) == (name, 0)
    assert message == f"There is no field “{name}” here. Known are: title, answer, body."


def test_text_of_an_item_that_has_none_is_refused():
    [(field, _line, message)] = problems(Source, {"title": "x"})

    assert (field, message) == ("title", "There is no field “title” here. Known are: none.")


@pytest.mark.parametrize(("length", "refused"), [(299, False), (300, False), (301, True)])
def test_line_has_a_longest_length(length, refused):
    found = problems(Topic, {"title": "é" * length})

    assert bool(found) is refused
    if refused:
        assert found == [("title", 0, "301 characters; at most 300 fit.")]


def test_length_counts_what_is_stored():
    """Typed decomposed and with spaces round it, the same title is no longer."""
    assert problems(Topic, {"title": " " + "e\u0301" * 300 + " "}) == []


def test_longer_text_has_no_longest_length():
    assert problems(Topic, {"body": "word " * 100_000}) == []


@pytest.mark.parametrize("name", ["title", "body"])
@pytest.mark.parametrize("character", ["\x00", "\x07", "\x0b", "\x7f", "\x85", "\ud800"])
def test_control_character_is_refused_where_it_stands(name, character):
    [(field, _line, message)] = problems(Topic, {name: f"a{character}b", "answer": "fine"})

    assert field == name
    assert f"invisible character U+{ord(character):04X}" in message


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("title", "two\nlines", 1),
        ("title", "a <b>", 1),
        ("body", "fine\n\n<b>", 3),
        ("body", "fine\n\n# Heading", 3),
        ("body", "see {figure:x}", 1),
        ("body", "fine\n{nonsense:x}", 2),
    ],
)
def test_markdown_problem_is_told_with_field_and_line(name, text, line):
    [(field, found, _message)] = problems(Topic, {name: text})

    assert (field, found) == (name, line)


def test_refusal_tells_every_field_with_lines():
    with pytest.raises(ValidationError) as refused:
        cleaned(Topic, {"title": "a <b>", "body": "fine\n<i>\n\n<u>", "nonsense": "x"})

    sentences = refused.value.message_dict
    assert sorted(sentences) == ["body", "nonsense", "title"]
    assert [sentence[:7] for sentence in sentences["body"]] == ["Line 2:", "Line 4:"]
    assert sentences["nonsense"] == [
        "There is no field “nonsense” here. Known are: title, answer, body."
    ]


# -- References ----------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("One [@nobody-2020].", "There is no source with the key “nobody-2020”."),
        ("{figure:nothing}", "There is no keyfigure with the key “nothing”."),
        ("{analogy:nothing}", "There is no analogy with the key “nothing”."),
    ],
)
def test_mark_with_an_unknown_key_is_refused_with_a_remedy(text, message):
    f.make_source(key="nothing")

    [(field, _line, found)] = problems(Topic, {"body": text})

    assert field == "body"
    assert found == message + " Correct the key, or add that item first."


@pytest.mark.django_db
def test_item_that_exists_may_be_referred_to_before_it_is_public():
    f.make_source(key="smith-2020")
    f.make_figure(key="figure")

    assert problems(Topic, {"body": "One [@smith-2020].\n\n{figure:figure}"}) == []


@pytest.mark.django_db
def test_each_unknown_key_is_told_once_where_it_stands_first():
    found = problems(
        Analogy, {"picture": "[@b] and [@a]", "leaves_out": "[@a] [@c]", "stands_for": "x"}
    )

    assert [(field, message[:38]) for field, _line, message in found] == [
        ("picture", "There is no source with the key “a”. C"),
        ("picture", "There is no source with the key “b”. C"),
        ("leaves_out", "There is no source with the key “c”. C"),
    ]


@pytest.mark.django_db
def test_facts_that_name_items_must_name_existing_ones():
    f.make_source(key="known")

    found = problems(KeyFigure, facts={**FIGURE, "sources": ["known", "unknown"]})
    also = problems(DoctorQuestion, facts={"situations": ["nowhere"]})

    assert fields(found) == ["sources"]
    assert "“unknown”" in found[0][2]
    assert fields(also) == ["situations"]


@pytest.mark.django_db
def test_translation_may_not_refer_to_what_is_not_there():
    [(field, _line, _message)] = problems(Topic, {"body": "Uno [@nadie]."}, language="es")

    assert field == "body"


# -- Facts ---------------------------------------------------------------------------------------


def test_facts_become_plain_values():
    proposal = cleaned(
        Source,
        facts={
            "authors": "  Smith J\r\n",
            "title": "Cafe\u0301",
            "year": "2020",
            "doi": "10.1000/182",
            "pmid": "123",
            "kind": "trial",
            "status": "verified",
            "verify": "",
        },
    )

    assert proposal.facts == {
        "authors": "Smith J",
        "title": "Café",
        "year": 2020,
        "doi": "10.1000/182",
        "pmid": "123",
        "kind": "trial",
        "status": "verified",
    }


def test_same_facts_from_a_form_and_from_a_file_are_the_same():
    """A form gives Python values, a file strings: the fingerprint must not tell them apart."""
    from_form = cleaned(DoctorQuestion, facts={"ask": ["nurse"], "situations": "", "when": []})
    from_file = cleaned(DoctorQuestion, facts={"ask": ["nurse"]})

    assert from_form.facts == from_file.facts == {"ask": ["nurse"]}
    assert (
        cleaned(Source, facts={"year": 2020}).facts == cleaned(Source, facts={"year": "2020"}).facts
    )


@pytest.mark.parametrize(
    ("written", "value"),
    [
        (True, True), ("true", True), ("True", True), ("on", True),
        (False, False), ("false", False), ("False", False), ("", False), (None, False),
    ],
)  # fmt: skip
def test_yes_and_no_mean_what_they_say(written, value):
    assert cleaned(Term, facts={"do_not_translate": written}).facts == {"do_not_translate": value}


@pytest.mark.parametrize("written", ["no", "No", "off", "n", "falsch", "nein", ["false"], "2"])
def test_anything_but_yes_is_never_taken_for_yes(written):
    """An emergency number that a file calls "verified: no" is not verified."""
    proposal = Proposal(Term, "en", {}, {"do_not_translate": written})

    assert proposal.problems() or proposal.facts == {"do_not_translate": False}


def test_fact_that_is_not_told_is_no():
    assert cleaned(Term).facts == {"do_not_translate": False}


@pytest.mark.parametrize(
    ("model", "facts", "field"),
    [
        (Source, {"year": "soon"}, "year"),
        (Source, {"year": 1899}, "year"),
        (Source, {"year": 2101}, "year"),
        (Source, {"year": "2020.5"}, "year"),
        (Source, {"year": ["2020"]}, "year"),
        (Source, {"kind": "rumour"}, "kind"),
        (Source, {"status": "certain"}, "status"),
        (Source, {"doi": "https://doi.org/10.1000/182"}, "doi"),
        (Source, {"doi": "10.1000/1 82"}, "doi"),
        (Source, {"doi": "10.1/x"}, "doi"),
        (Source, {"doi": "10.1000/182\n"}, None),
        (Source, {"pmid": "PMID 123"}, "pmid"),
        (Source, {"pmid": "0123"}, "pmid"),
        (Source, {"pmid": "1234567890"}, "pmid"),
        (Source, {"authors": "x" * 301}, "authors"),
        (Source, {"title": "a\x00b"}, "title"),
        (Source, {"title": "a\x07b"}, "title"),
        (Source, {"nonsense": "x"}, "nonsense"),
        (Source, {"status": "to verify"}, "verify"),
        (Source, {"status": "to verify", "verify": "   "}, "verify"),
        (Source, {"status": "to verify", "verify": "the number of people"}, None),
        (Source, {"status": "verified"}, None),
        (KeyFigure, {"count": -1}, "count"),
        (KeyFigure, {"count": "1.5"}, "count"),
        (KeyFigure, {"count": 1.5}, "count"),
        (KeyFigure, {"count": 0, "out_of": 0}, "out_of"),
        (KeyFigure, {"out_of": 100_001}, "out_of"),
        (KeyFigure, {"count": 0, "out_of": 1}, None),
        (KeyFigure, {"count": 100, "out_of": 100}, None),
        (KeyFigure, {"count": 101, "out_of": 100}, "out_of"),
        (KeyFigure, {"count": 44, "high": 56, "out_of": 100}, None),
        (KeyFigure, {"count": 44, "high": 100, "out_of": 100}, None),
        (KeyFigure, {"count": 44, "high": 101, "out_of": 100}, "out_of"),
        (KeyFigure, {"count": 44, "high": 44, "out_of": 100}, "high"),
        (KeyFigure, {"count": 44, "high": 43, "out_of": 100}, "high"),
        (KeyFigure, {"count": 0, "high": 0, "out_of": 100}, "high"),
        (KeyFigure, {"count": 3}, None),
        (KeyFigure, {"out_of": 100, "high": 101}, "out_of"),
        (KeyFigure, {"sources": ["Smith 2020"]}, "sources"),
        (KeyFigure, {"sources": "a--b"}, "sources"),
        (KeyFigure, {"sources": {"a": "b"}}, "sources"),
        (KeyFigure, {"sources": [["a"]]}, "sources"),
        (DoctorQuestion, {"ask": ["plumber"]}, "ask"),
        (DoctorQuestion, {"ask": "nurse"}, "ask"),
        (DoctorQuestion, {"when": ["never"]}, "when"),
        (Situation, {"group": "shoes"}, "group"),
        (Topic, {"count": 1}, "count"),
    ],
)
def test_facts_are_right_and_fit_together(model, facts, field):
    assert fields(problems(model, facts=facts)) == ([field] if field else [])


def test_facts_are_kept_with_the_source_language_only():
    [(field, _line, message)] = problems(KeyFigure, facts={"count": 1}, language="es")

    assert (field, message) == ("count", "Facts are kept with the source language only.")


@pytest.mark.parametrize("facts", [None, {}])
def test_translation_has_no_facts(facts):
    assert cleaned(KeyFigure, {"sentence": "x"}, facts, language="es").facts is None


@pytest.mark.django_db
def test_keys_are_a_list_each_once_in_their_order():
    for key in "abc":
        f.make_source(key=key)

    from_form = cleaned(KeyFigure, facts={"sources": " b\r\na\n\nb  c\n"})
    from_file = cleaned(KeyFigure, facts={"sources": ["b", "a", "b", "c"]})

    assert from_form.facts == from_file.facts == {"sources": ["b", "a", "c"]}


# -- What is missing -----------------------------------------------------------------------------


def missing(model, text=None, facts=None, language="en", source_text=None):
    return cleaned(model, text, facts, language).missing(source_text)


def test_draft_may_be_incomplete_but_says_what_it_lacks():
    assert missing(Topic, {"title": "x"}) == ["the answer in one sentence", "text"]
    assert missing(Topic, {"title": "x", "answer": "y", "body": "z"}) == []


def test_analogy_must_say_what_it_leaves_out():
    text = f.text_for(Analogy, leaves_out="")

    assert missing(Analogy, text) == ["what it leaves out"]


def test_guide_lacks_every_part_that_is_not_written():
    assert len(missing(Guide)) == len(Guide.text_fields)


def test_optional_text_is_not_missed():
    assert missing(Situation, {"label": "x"}, {"group": "ras"}) == []


def test_facts_are_missed_by_their_names():
    assert missing(Source) == [
        "authors", "title", "journal", "year", "kind of evidence", "status",
    ]  # fmt: skip
    assert missing(KeyFigure, f.text_for(KeyFigure)) == ["count", "out of", "sources"]
    assert missing(DoctorQuestion, f.text_for(DoctorQuestion)) == ["whom to ask", "when to ask"]


def test_zero_is_a_count():
    found = missing(KeyFigure, f.text_for(KeyFigure), {"count": 0, "out_of": 100})

    assert found == ["sources"]


def test_translation_says_everything_that_its_source_says():
    """An optional note about harm may not be lost in Spanish."""
    source = f.text_for(KeyFigure, note="It may harm.")
    text = f.text_for(KeyFigure, word="Texto")

    assert missing(KeyFigure, text, None, "es", source) == ["what to bear in mind"]
    assert missing(KeyFigure, {**text, "note": "Daña."}, None, "es", source) == []
    assert missing(KeyFigure, text, None, "es", {**source, "note": ""}) == []


def test_translation_may_leave_out_what_only_one_language_has():
    source = f.text_for(Term, abbreviation="CEA", pronunciation="x", aliases="y", more="z")
    text = f.text_for(Term, word="Texto")

    assert missing(Term, text, None, "es", source) == ["more about it"]


def test_translation_does_not_miss_facts():
    assert missing(KeyFigure, f.text_for(KeyFigure), None, "es") == []


def test_required_text_is_missed_in_a_translation_whose_source_lacks_it():
    assert missing(Topic, {}, None, "es", {}) == ["title", "the answer in one sentence", "text"]
