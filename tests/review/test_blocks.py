"""A body falls into blocks and is put together again, whatever stands in it."""

from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as some

from review import blocks

BODIES = sorted(Path(settings.BASE_DIR, "content").rglob("*.md"))

TABLE = "| Drug | Dose |\n|---|---:|\n| a \\| b | 5 mg |\n| c | |\n| | d | e |\n"

pieces = some.sampled_from(
    ["\n", "\n\n", "- ", "1. ", "> ", "## ", " ##", "|", "---", "\\|", "a", "b c", "  ", "\t"]
    + ["{figure:one}", "[@key]", "```", "    ", "\u00a0", "\u2028", "\r", "é", "肝", "==="]
)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", []),
        ("One.\n\nTwo\nlines.\n", [("paragraph", "One."), ("paragraph", "Two\nlines.")]),
        ("## Head ##\nText", [("heading", "Head"), ("paragraph", "Text")]),
        ("Head\n---\n", [("heading", "Head")]),
        ("- one\n- two\n  - three\n", [("item", "one"), ("item", "two"), ("item", "three")]),
        ("1. one\n\n   more\n", [("item", "one"), ("item", "more")]),
        ("> said\n> so\n", [("quote", "said\n> so")]),
        ("A\n\n{figure:x}\n\nB", [("paragraph", "A"), ("mark", "{figure:x}"), ("paragraph", "B")]),
        (TABLE, [("cell", each) for each in ("Drug", "Dose", "a \\| b", "5 mg", "c", "d")]),
        ("```\n## no\n```", [("code", "```\n## no\n```")]),
    ],
)
def test_a_body_falls_into_the_blocks_that_a_person_translates(text, wanted):
    found = blocks.split(text)

    assert [(b.kind, b.text) for b in found if b.kind != blocks.MARKUP] == wanted
    assert blocks.join(found) == text


@effort(max_examples=400, deadline=None)
@given(some.one_of(some.text(), some.lists(pieces).map("".join)))
def test_no_text_loses_a_character(text):
    found = blocks.split(text)

    assert blocks.join(found) == text
    assert all(text[b.start : b.end] == b.text and b.text for b in found)
    assert blocks.filled(found, [b.text for b in blocks.spoken(found)]) == text


def test_what_stands_between_the_blocks_of_the_starter_content_is_no_word():
    assert BODIES
    for path in BODIES:
        for part in path.read_text(encoding="utf-8").split("\n---\n")[1:]:
            for block in blocks.split(part):
                if block.kind == blocks.MARKUP:
                    assert not any(c.isalpha() for c in block.text), (path, block)


def test_blocks_are_filled_with_other_words_and_keep_their_signs():
    found = blocks.split("## One\n\n- two\n\n{figure:x}\n")

    assert blocks.filled(found, ["Uno", "dos"]) == "## Uno\n\n- dos\n\n{figure:x}\n"
