"""manage.py check_translation: what it prints, and with which status it ends."""

import json

import pytest
from django.core.management import CommandError, call_command


@pytest.fixture
def files(tmp_path):
    def write(**texts):
        paths = []
        for name, text in texts.items():
            path = tmp_path / name.replace("_", ".")
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
            paths.append(str(path))
        return paths

    return write


def run(capsys, *args):
    """(status, what was printed); a refusal is its status and its sentence."""
    try:
        call_command("check_translation", *args)
    except SystemExit as end:
        return end.code, capsys.readouterr().out
    except CommandError as error:
        return error.returncode, str(error)
    return 0, capsys.readouterr().out


def two(source, target, language="es"):
    return "--source", source, "--target", target, "--language", language


def test_two_files_end_with_1_only_where_a_finding_stops_the_text(files, capsys):
    source, right, wrong = files(
        en_md="It helped 27 of 100 people.",
        right_md="Ayudó a 27 de cada 100 personas.",
        wrong_md="Ayudó a 72 de cada 100 personas.",
    )

    assert run(capsys, *two(source, right)) == (0, "No findings.\n")
    status, said = run(capsys, *two(source, wrong))
    assert status == 1
    assert "27 of 100" in said
    assert "72 de cada 100" in said
    status, said = run(capsys, *two(source, wrong), "--json")
    assert (status, json.loads(said)["findings"][0]["severity"]) == (1, "blocking")


def test_content_files_are_compared_field_by_field(files, capsys):
    source, target = files(
        en_md="---\nslug: a\ntitle: Two of 5\n---\n\n# body\n\nThere are 7 of them.\n",
        es_md="---\ntitle: Dos de 5\n---\n\n# body\n\nHay 8.\n",
    )

    status, said = run(capsys, *two(source, target))

    assert (status, said.count("blocking")) == (1, 1)
    assert "body" in said


def test_pairs_give_one_object_a_line_without_a_database(files, capsys):
    pairs = [
        {"id": 1, "language": "zh-Hans", "source": "Take 5 mg.", "target": "服用5毫克。"},
        {"id": "b", "language": "ar", "source": "Do not run.", "target": "اركضوا."},
        {"id": "c", "language": "pt", "source": "Take 5 mg.", "target": "Tome 50 mg."},
    ]
    [path] = files(pairs_jsonl="\n".join(map(json.dumps, pairs)) + "\n\n")

    status, said = run(capsys, "--pairs", path)

    answers = [json.loads(line) for line in said.splitlines()]
    assert status == 0
    assert [answer["id"] for answer in answers] == [1, "b", "c"]
    assert [[each["id"] for each in answer["findings"]] for answer in answers] == [
        [],
        ["negation"],
        ["number"],
    ]
    assert set(answers[1]["findings"][0]) >= {"id", "severity", "message"}


GOOD = '{"id": 1, "language": "es", "source": "a", "target": "b"}'
WRONG = [
    ("no JSON", "line 2 is not JSON"),
    ("[1]", "line 2 is not an object"),
    ('{"language": "es", "source": "a", "target": "b"}', "line 2 has no “id”"),
    ('{"id": 1, "language": "es", "source": "a"}', "line 2 has no “target”"),
    ('{"id": 1, "language": "es", "source": "a", "target": 3}', "line 2 has no “target”"),
    ('{"id": 1, "language": "klingon", "source": "a", "target": "b"}', "“klingon” is no language"),
    ('{"id": 1, "language": "es", "source": "\\ud800", "target": "b"}', "line 2 has a character"),
    ("[" * 100_000, "line 2 is not JSON"),
    ("null", "line 2 is not an object"),
]


@pytest.mark.parametrize(("line", "sentence"), WRONG)
def test_a_line_that_is_wrong_is_named(files, capsys, line, sentence):
    [path] = files(pairs_jsonl=f"{GOOD}\n{line}")

    status, said = run(capsys, "--pairs", path)

    assert status == 2
    assert sentence in said


def test_terms_of_a_folder_that_a_translation_says_otherwise_are_advice(files, capsys, settings):
    source, target = files(en_md="Ask about the portal vein.", es_md="Pregunte por la vena grande.")
    right, pairs = files(
        right_md="Pregunte por las venas portas.",
        pairs_jsonl=json.dumps(
            {"id": 1, "language": "es", "source": "The portal vein.", "target": "La vena."}
        ),
    )
    glossary = ("--glossary", str(settings.BASE_DIR / "content" / "term"))

    status, said = run(capsys, *two(source, target), *glossary)

    assert (status, said.count("advisory (block 1): “Portal vein”")) == (0, 1)
    assert run(capsys, *two(source, right), *glossary) == (0, "No findings.\n")
    status, said = run(capsys, "--pairs", pairs, *glossary)
    assert [each["id"] for each in json.loads(said)["findings"]] == ["term"]


def test_an_empty_translation_stops_the_text(files, capsys):
    source, empty = files(en_md="Text.", es_md="\n")

    assert run(capsys, *two(source, empty)) == (1, "blocking: There is no translation.\n")


def test_wrong_use_ends_with_2_and_a_sentence(files, tmp_path, capsys):
    [path] = files(en_md="Text.")
    [empty] = files(empty_md=" \n")
    [bytes_] = files(bad_md=b"\xff\xfe\x00")

    for args, sentence in (
        (two(path, "missing.md"), "missing.md cannot be read"),
        (two(path, bytes_), "is not text in UTF-8"),
        (two(path, path, "xx"), "“xx” is no language"),
        (two(path, path)[:4], "--language is missing"),
        ((), "--source is missing"),
        (("--pairs", path, *two(path, path)), "not both"),
        (("--pairs", "missing.jsonl"), "missing.jsonl cannot be read"),
        (("--pairs", empty), "has no pairs"),
        (two(empty, path), "is empty"),
        ((*two(path, path), "--glossary", path), "is no folder"),
        ((*two(path, path), "--glossary", str(tmp_path)), "has no term in “es”"),
    ):
        status, said = run(capsys, *args)
        assert (status, sentence in said) == (2, True), said
