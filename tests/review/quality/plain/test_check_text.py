"""``check_text`` answers for one file: findings with their places, a code that scripts can use."""

import json

import pytest
from django.core.management import CommandError, call_command

from review.management.commands import check_text
from review.quality import BLOCKING, Finding, texts

from .test_scores import EASY, HARD

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("checked")]


def check(path, capsys, *options, language="en"):
    code = 0
    try:
        call_command("check_text", str(path), "--language", language, *options)
    except SystemExit as end:
        code = end.code
    out = capsys.readouterr().out
    return code, json.loads(out) if "--json" in options else out


def test_findings_come_with_their_place_in_the_file(tmp_path, capsys):
    path = tmp_path / "text.md"
    path.write_bytes("\ufeffFine.\r\n\r\nThis is a 𝒏ew battle.\r\n".encode())

    code, told = check(path, capsys, "--json")

    assert code == 0
    [found] = told["findings"]
    assert (found["id"], found["severity"], found["line"]) == ("war-words", "advisory", 3)
    assert path.read_bytes().decode()[found["start"] : found["end"]] == "battle"
    assert found["message"].startswith("“battle” speaks")


@pytest.mark.parametrize("language", HARD)
def test_a_text_that_is_too_hard_ends_with_1(tmp_path, capsys, language):
    path = tmp_path / "text.md"
    path.write_text(HARD[language] * 4)
    assert check(path, capsys, language=language)[0] == 1
    code, told = check(path, capsys, "--json", language=language)
    assert (code, told["findings"][0]["severity"], told["findings"][0]["line"]) == (
        1,
        "blocking",
        None,
    )

    path.write_text(EASY[language] * 6)
    assert check(path, capsys, language=language)[0] == 0


def test_a_content_file_is_read_field_by_field(tmp_path, capsys):
    path = tmp_path / "ras.en.md"
    path.write_text(
        "---\nslug: battle\nguide: war\ntitle: The battle\n---\n\n"
        "# body\n\nA war.\n\n# aliases\n\nwar\n"
    )

    _code, told = check(path, capsys, "--json")

    places = [
        (each["field"], path.read_text()[each["start"] : each["end"]], each["line"])
        for each in told["findings"]
    ]
    assert places == [("title", "battle", 4), ("body", "war", 9)]


def test_arabic_and_chinese_are_said_to_have_no_formula(tmp_path, capsys):
    path = tmp_path / "text.md"
    path.write_text("فقرة قصيرة.")

    assert "no dependable formula" in check(path, capsys, language="ar")[1]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (None, "cannot be read"),
        (b"", "is empty"),
        (b"\xef\xbb\xbf \n", "is empty"),
        (b"caf\xe9", "save it as UTF-8"),
        ("text".encode("utf-16"), "is no"),
        (b"\x7fELF\0\0", "is no text"),
        (b"a" * (check_text.LONGEST + 1), "check it in parts"),
    ],
)
def test_a_bad_file_ends_with_2_and_a_sentence(tmp_path, data, sentence):
    path = tmp_path / "text.md"
    if data is not None:
        path.write_bytes(data)

    with pytest.raises(CommandError, match=sentence) as refused:
        call_command("check_text", str(path), "--language", "en")

    assert refused.value.returncode == 2


@pytest.mark.parametrize("language", ["xx", "", "klingon"])
def test_an_unknown_language_ends_with_2(tmp_path, language):
    (tmp_path / "text.md").write_text("Fine.")

    with pytest.raises(CommandError, match="language") as refused:
        call_command("check_text", str(tmp_path / "text.md"), "--language", language)

    assert refused.value.returncode == 2


def test_a_check_that_an_app_registers_is_asked_too(tmp_path, capsys, monkeypatch):
    def no_numbers(text):
        yield Finding(
            "number", BLOCKING, "A number without a source.", text.fields[0].name, 0, 0, 2
        )

    monkeypatch.setattr(texts, "_stopping", [no_numbers])
    (tmp_path / "text.md").write_text("27 of 100.")

    code, told = check(tmp_path / "text.md", capsys, "--json")

    assert (code, [each["id"] for each in told["findings"]]) == (1, ["number"])
