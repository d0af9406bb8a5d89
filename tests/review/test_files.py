"""Content files: written and read back they say the same, and a bad one is told what to change."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from evidence.models import KeyFigure, Source
from faq.models import DoctorQuestion
from glossary.models import Term
from review import files, markdown, marks
from review.files import Problem, Refused
from review.fingerprint import normalise
from topics.models import Analogy, Topic

TOPIC = """---
slug: why
guide: liver
position: 2
title: Why the liver?
answer: Because blood flows there.
---

# body

First paragraph.

Second paragraph.
"""


def read(directory, path, data):
    """What reading makes of one file with these bytes (or this text)."""
    file = Path(directory) / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data if isinstance(data, bytes) else data.encode())
    return files.read(directory, Path(path))


def refused(directory, path, data):
    with pytest.raises(Refused) as error:
        read(directory, path, data)
    return error.value.problems


# -- Reading -------------------------------------------------------------------------------------


def test_file_says_what_it_is_by_its_place(tmp_path):
    content = read(tmp_path, "topic/why-the-liver.en.md", TOPIC)

    assert (content.model, content.key, content.language) == (Topic, "why-the-liver", "en")
    assert content.structure == {"slug": "why", "guide": "liver", "position": "2"}
    assert content.facts == {}
    assert content.text == {
        "title": "Why the liver?",
        "answer": "Because blood flows there.",
        "body": "First paragraph.\n\nSecond paragraph.",
    }
    assert (content.origin, content.translates) == ("import", "")


@pytest.mark.parametrize("language", ["en", "es", "fr", "ar", "zh-hans"])
def test_every_language_of_the_site_has_its_files(tmp_path, language):
    content = read(tmp_path, f"analogy/river.{language}.md", "---\ntitle: Río\n---\n")

    assert content.language == language


def test_translation_names_its_original_and_its_origin(tmp_path):
    text = f"---\ntranslates: {'a' * 64}\norigin: machine\ntitle: Río\n---\n"

    content = read(tmp_path, "analogy/river.es.md", text)

    assert (content.translates, content.origin) == ("a" * 64, "machine")


@pytest.mark.parametrize(
    ("ending", "start"),
    [("\n", b""), ("\r\n", b""), ("\n", b"\xef\xbb\xbf"), ("\r\n", b"\xef\xbb\xbf")],
)
def test_windows_line_ends_and_byte_order_mark_change_nothing(tmp_path, ending, start):
    usual = read(tmp_path / "usual", "topic/x.en.md", TOPIC)

    other = read(tmp_path / "other", "topic/x.en.md", start + TOPIC.replace("\n", ending).encode())

    assert other == usual


@pytest.mark.parametrize(
    "written",
    [
        "2019-01-02",
        "yes",
        "null",
        "~",
        "0x1F",
        "1_000",
        "1.5e3",
        "true",
        ".inf",
        "12:30:45",
        "=",
        "<<x",
    ],
)
def test_yaml_makes_no_dates_numbers_or_truth_of_a_text(tmp_path, written):
    content = read(tmp_path, "analogy/river.en.md", f"---\ntitle: {written}\n---\n")

    assert content.text == {"title": written}


def test_tag_in_the_front_matter_makes_no_object(tmp_path):
    text = "---\ntitle: !!python/object/apply:os.system ['true']\n---\n"

    [problem] = refused(tmp_path, "analogy/river.en.md", text)

    assert "one line of text" in problem.message


def test_blank_lines_round_a_section_do_not_matter(tmp_path):
    tight = TOPIC.replace("\n\n# body\n\n", "\n# body\n")
    loose = TOPIC.replace("\n# body\n", "\n\n\n# body   \n\n\n") + "\n\n\n"

    texts = [read(tmp_path, "topic/x.en.md", each).text for each in (TOPIC, tight, loose)]

    assert texts[0] == texts[1] == texts[2]


@pytest.mark.parametrize(
    "text",
    [TOPIC, TOPIC.replace("# body\n\n", "# body\n"), TOPIC.replace("# body\n", "# body\n\n\n")],
)
def test_problem_in_a_field_points_to_its_line_of_the_file(tmp_path, text):
    content = read(tmp_path, "topic/x.en.md", text)
    lines = text.split("\n")

    assert lines[content.problem("title", "x").line - 1].startswith("title:")
    assert lines[content.problem("guide", "x").line - 1].startswith("guide:")
    assert lines[content.problem("body", "x").line - 1] == "First paragraph."
    assert lines[content.problem("body", "x", 3).line - 1] == "Second paragraph."
    assert content.problem("nothing", "x").line == 1


# -- Refusing ------------------------------------------------------------------------------------

FRONT = "---\nslug: x\nguide: g\nposition: 1\n"  # lines 1 to 4
ENGLISH, SPANISH = "topic/x.en.md", "topic/x.es.md"


@pytest.mark.parametrize(
    ("path", "text", "line", "says"),
    [
        # Where it lies
        ("x.en.md", TOPIC, 1, "in a folder named after its kind"),
        ("topic/deep/x.en.md", TOPIC, 1, "in a folder named after its kind"),
        ("nonsense/x.en.md", TOPIC, 1, "There is no kind “nonsense”. Known are: analogy, "),
        ("signoff/x.en.md", TOPIC, 1, "There is no kind “signoff”"),
        ("topic/x.md", TOPIC, 1, "named key.language.md"),
        ("topic/x.y.en.md", TOPIC, 1, "named key.language.md"),
        ("topic/X.en.md", TOPIC, 1, "“X” is no key"),
        ("topic/a--b.en.md", TOPIC, 1, "“a--b” is no key"),
        ("topic/.en.md", TOPIC, 1, "“” is no key"),
        ("topic/x.de.md", TOPIC, 1, "“de” is no language here. Known are: en, es, fr, ar, zh-hans"),
        # Front matter
        (ENGLISH, "", 1, "must begin with front matter"),
        (ENGLISH, "# body\n\nText.\n", 1, "must begin with front matter"),
        (ENGLISH, "\n" + TOPIC, 1, "must begin with front matter"),
        (ENGLISH, "---\ntitle: x\n\n# body\n\nText.\n", 1, "add a line “---” below it"),
        (ENGLISH, "---\nslug: x\ntitle: a: b\n---\n", 3, "is not YAML"),
        (ENGLISH, "---\nslug: x\n\ttitle: a\n---\n", 3, "is not YAML"),
        (ENGLISH, "---\nslug: x\ntitle: @a\n---\n", 3, "Quote values"),
        (ENGLISH, "---\n- a\n- b\n---\n", 2, "a list of “name: value” lines"),
        (ENGLISH, "---\nonly words\n---\n", 2, "a list of “name: value” lines"),
        (ENGLISH, FRONT + "title: a\ntitle: b\n---\n", 6, "“title” stands here twice: keep one"),
        (ENGLISH, FRONT + "slug: y\n---\n", 5, "“slug” stands here twice"),
        (ENGLISH, FRONT + "titel: a\n---\n", 5, "There is no field “titel” here. Known are: sl"),
        (ENGLISH, FRONT + "sign_off: 1\n---\n", 5, "There is no field “sign_off”"),
        (ENGLISH, FRONT + "key: y\n---\n", 5, "There is no field “key”"),
        (ENGLISH, FRONT + "title_es: y\n---\n", 5, "There is no field “title_es”"),
        (ENGLISH, FRONT + "count: 1\n---\n", 5, "There is no field “count”"),
        (ENGLISH, FRONT + "body: text\n---\n", 5, "write it below, under a line “# body”"),
        (ENGLISH, FRONT + "title: [a, b]\n---\n", 5, "“title” is one line of text, not a list"),
        (ENGLISH, FRONT + "title:\n  a: b\n---\n", 5, "“title” is one line of text"),
        (ENGLISH, FRONT + "origin: robot\n---\n", 5, "“robot” is no origin. Known are: human"),
        (ENGLISH, FRONT + "origin: [machine]\n---\n", 5, "is no origin"),
        (ENGLISH, FRONT + f"translates: {'a' * 64}\n---\n", 5, "There is no field “translates”"),
        # Sections
        (ENGLISH, FRONT + "---\n\nText.\n\n# body\n\nText.\n", 7, "Text before the first “# f"),
        (ENGLISH, FRONT + "---\n\n# bodi\n\nText.\n", 7, "There is no text “bodi” here. Known"),
        (ENGLISH, FRONT + "---\n\n# title\n\nText.\n", 7, "“title” is one line: write it above"),
        (ENGLISH, FRONT + "---\n\n# body\n\nA.\n\n# body\n\nB.\n", 11, "“# body” stands here twi"),
        # What only the original holds
        (SPANISH, "---\ntitle: a\nslug: x\n---\n", 3, "“slug” stands in the en file only: take"),
        (SPANISH, "---\nposition: 1\n---\n", 2, "“position” stands in the en file only"),
        ("keyfigure/x.es.md", "---\nperiod: a\ncount: 1\n---\n", 3, "“count” stands in the en"),
        ("source/x.es.md", "---\ntitle: a\n---\n", 2, "“title” stands in the en file only"),
        # Encoding
        (ENGLISH, TOPIC.encode().replace(b"First", b"F\xfcrst"), 11, "with the encoding UTF-8"),
        (ENGLISH, TOPIC.encode("utf-16"), 1, "not UTF-8"),
    ],
)  # fmt: skip
def test_bad_file_is_named_with_line_and_remedy(tmp_path, path, text, line, says):
    found = refused(tmp_path, path, text)

    assert [(p.path, p.line) for p in found if says in p.message] == [(path, line)], found


def test_every_problem_of_a_file_is_named_at_once(tmp_path):
    text = FRONT + "titel: a\norigin: robot\n---\n\nText.\n\n# bodi\n\n# title\n"

    found = refused(tmp_path, ENGLISH, text)

    assert [problem.line for problem in found] == [5, 6, 9, 11, 13]


@pytest.mark.parametrize(
    "value",
    [
        "{[a]: b}",
        "&x [*x]",
        "? [a]\n: b",
        "*nothing",
        "\ufffe",
    ],
)
def test_strange_yaml_is_a_problem_never_a_traceback(tmp_path, value):
    problems = refused(tmp_path, "keyfigure/x.en.md", f"---\nsentence: {value}\n---\n")

    assert [problem.line for problem in problems] == [2]


def test_problem_reads_like_a_compiler_message():
    assert str(Problem("topic/x.en.md", 3, "What to do.")) == "topic/x.en.md:3: What to do."


# -- Writing -------------------------------------------------------------------------------------


def test_written_file_is_pinned():
    text = files.write(
        KeyFigure,
        "en",
        text={"sentence": "27 of 100: people", "population": "Sweden", "note": "Uno.\n\nDos."},
        facts={"sources": ["a", "b"], "out_of": 100, "count": 27},
        origin="machine",
    )

    assert text == (
        "---\ncount: 27\nout_of: 100\nsources:\n- a\n- b\norigin: machine\n"
        "sentence: '27 of 100: people'\npopulation: Sweden\n---\n\n# note\n\nUno.\n\nDos.\n"
    )


def test_long_line_stays_one_line():
    """A folded title would show as changed wherever versions of files are compared."""
    title = "a long title " * 20 + "end"

    assert files.write(Analogy, "en", text={"title": title}) == f"---\ntitle: {title}\n---\n"


def test_translation_is_written_without_structure_and_facts():
    text = files.write(
        Topic,
        "es",
        text={"title": "Título", "answer": "", "body": "Texto."},
        structure={"slug": "x"},
        facts={"count": 1},
        translates="a" * 64,
        origin="human",
    )

    assert text == f"---\ntranslates: {'a' * 64}\ntitle: Título\n---\n\n# body\n\nTexto.\n"


def sound(text):
    """A text that a draft may hold, as it is stored."""
    text = normalise(text)
    assume(not markdown.problems(text, marks.names()))
    return text


PIECES = st.one_of(
    st.sampled_from(
        [
            *("---", "\n---\n", "...", "\n...\n", "#body", "\n## body\n", " # ", "#"),
            *("\n## x\n", "title: x", "'", '"', ": ", " #", "- ", "[", "]", "{", "}", "&a", "*a"),
            *("!", "|", ">", "%", "@", "`", "```\n", "\n```\n", "~~~\n", "\\", "\n", "\n\n"),
            *("\t", "    ", "  ", "null", "yes", "2018", "1e3", "0x1f", "?", "<<", "=", "~"),
            *("\ufeff", "\u2028", "\u2029", "\u00a0", "\u3000", "\ufffe", "\U0010ffff", "\u200b"),
            *("肝", "كبد", "👩\u200d⚕️", "é", "\u202e"),
        ]
    ),
    st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=8),
)
BODY = st.lists(PIECES, max_size=10).map("".join)
LINE = BODY.map(lambda text: text.replace("\r", " ").replace("\n", " "))


def read_back(model, language, **content):
    path = files.place(model, "x", language)
    text = files.write(model, language, **content)
    with TemporaryDirectory() as directory:
        return read(directory, path, text), text


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(LINE, LINE, BODY, st.sampled_from(["", "Two\n\nparagraphs.", "---"]))
@example("yes", "a: b", "text\n\n---\n\ntext", "- x")
@example("x", "x", "```\n# more\n```", "")
@example("x", "x", "```\n# a comment\n# comment\n```", "x")
def test_text_survives_its_file(term, pronunciation, definition, more):
    text = {
        "term": normalise(term),
        "pronunciation": normalise(pronunciation),
        "definition": sound(definition),
        "more": sound(more),
    }
    text = {name: value for name, value in text.items() if value}

    content, written = read_back(Term, "es", text=text)

    assert {name: normalise(value) for name, value in content.text.items()} == text
    assert files.write(Term, "es", text=content.text) == written


@settings(max_examples=40, deadline=None)
@given(st.tuples(LINE, BODY, LINE), st.integers(1900, 2100))
def test_facts_survive_their_file(strings, year):
    authors, title, journal = map(normalise, strings)
    facts = {"authors": authors, "title": title, "journal": journal, "year": year}

    content, _ = read_back(Source, "en", text={}, facts=facts)

    assert content.facts == {**facts, "year": str(year)}
    assert content.text == {}


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.from_regex(r"[a-z0-9]+(-[a-z0-9]+)*", fullmatch=True), max_size=4),
    st.integers(0, 99),
)
def test_keys_and_structure_survive_their_file(keys, position):
    structure = {"guide": "true", "position": position}

    content, _ = read_back(
        DoctorQuestion,
        "en",
        text={},
        structure=structure,
        facts={"situations": keys, "ask": ["nurse"]},
    )

    assert content.facts == {"situations": keys, "ask": ["nurse"]}
    assert content.structure == {"guide": "true", "position": str(position)}


def test_empty_text_is_left_out():
    assert files.write(Analogy, "en", text={"title": "", "picture": None}) == "---\n---\n"


def test_place_of_a_file_is_its_kind_key_and_language():
    assert files.place(DoctorQuestion, "who-to-call", "zh-hans") == Path(
        "doctorquestion/who-to-call.zh-hans.md"
    )
