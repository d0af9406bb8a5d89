"""The normal form of text and its fingerprint: pure, pinned, and the same for ever."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review import fingerprint
from review.fingerprint import NotText, normalise, normalise_facts, of_facts, of_text

TEXT = {
    "title": "¿Por qué al hígado?",
    "answer": "Porque la sangre pasa por él.",
    "body": "Uno.\n\nDos.",
}
FACTS = {"count": 27, "out_of": 100, "sources": ["engstrand-2018"]}


# -- Normal form ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("", ""),
        ("Text", "Text"),
        ("one\r\ntwo\rthree\nfour", "one\ntwo\nthree\nfour"),
        ("one\r\rtwo", "one\n\ntwo"),
        ("  \n\ttext \u00a0\u3000\n", "text"),
        ("inside  two\u00a0spaces\tand a tab", "inside  two\u00a0spaces\tand a tab"),
        ("cafe\u0301", "caf\u00e9"),
        ("A\u030a \u212b", "\u00c5 \u00c5"),
        ("\u1112\u1161\u11ab", "\ud55c"),
        ("ﬁ ² ½ …", "ﬁ ² ½ …"),  # compatibility characters are other letters, not other spellings
        ("肝转移 كبد 👩\u200d⚕️", "肝转移 كبد 👩\u200d⚕️"),
    ],
)
def test_text_is_stored_in_one_normal_form(typed, stored):
    assert normalise(typed) == stored


@pytest.mark.parametrize(
    "code",
    [
        *(0x00, 0x01, 0x07, 0x08, 0x0B, 0x0C, 0x0E, 0x1B, 0x1C, 0x1F, 0x7F, 0x80, 0x85, 0x9F),
        *(0xD800, 0xDBFF, 0xDC00, 0xDFFF),
    ],
)
def test_character_that_is_no_text_is_refused_with_its_line(code):
    with pytest.raises(NotText) as refused:
        normalise(f"first\r\nsecond\rthird {chr(code)} here\nfourth")

    assert "Line 3" in str(refused.value)
    assert f"U+{code:04X}" in str(refused.value)


@pytest.mark.parametrize("edge", ["\x0b", "\x0c", "\x1c", "\x85"])
def test_control_character_at_the_edge_is_refused_not_stripped(edge):
    """Python counts these as space: stripping first would hide them."""
    with pytest.raises(NotText):
        normalise(f"text{edge}")


@given(st.text())
def test_normal_form_of_the_normal_form_is_itself(text):
    try:
        once = normalise(text)
    except NotText:
        return

    assert normalise(once) == once
    assert "\r" not in once


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        (27, 27),
        (True, True),
        (None, None),
        ("  cafe\u0301\r\n", "caf\u00e9"),
        ((" a ", "b"), ["a", "b"]),
        ({"one": [" x "], "two": {"three": "y\r"}}, {"one": ["x"], "two": {"three": "y"}}),
    ],
)
def test_facts_are_normal_at_every_depth(typed, stored):
    assert normalise_facts(typed) == stored


@pytest.mark.parametrize(
    "value", [0.5, [1.0], {"count": 2.5}, "a\x00", ["\x1b"], {"a": ["\ud800"]}]
)
def test_facts_refuse_fractions_and_control_characters_at_every_depth(value):
    with pytest.raises(NotText):
        normalise_facts(value)


# -- Fingerprints --------------------------------------------------------------------------------


def test_fingerprints_of_version_1_never_change():
    """Signatures were given over these digests: a change here voids every one of them."""
    assert fingerprint.VERSION == 1
    assert of_text("topics.topic", "why-the-liver", "es", TEXT) == (
        "3321f6e2ccd05cfbfb595c520e7ec14ff5f844beae92c36a9ceebea1e46cd802"
    )
    assert of_facts("evidence.keyfigure", "liver-spread", FACTS) == (
        "3488e5503886ce01a3add798703ea7e8dbf7768000662467b8b3bb2186b2064b"
    )
    assert of_text("evidence.source", "smith-2020", "en", {}) == (
        "b2618b130b146cd6e298a0b60683ea9079b25e673cc805821d9c9eed91afd269"
    )


def test_canonical_json_is_pinned():
    value = {"b": [1, True, None, 'é\n"肝'], "a": {"z": 0, "y": ""}}

    assert fingerprint.canonical(value) == '{"a":{"y":"","z":0},"b":[1,true,null,"é\\n\\"肝"]}'


@pytest.mark.parametrize("empty", ["", None, [], {}])
def test_empty_field_added_later_keeps_old_fingerprints(empty):
    assert of_text("topics.topic", "k", "en", {**TEXT, "added": empty}) == of_text(
        "topics.topic", "k", "en", TEXT
    )
    assert of_facts("evidence.keyfigure", "k", {**FACTS, "added": empty}) == of_facts(
        "evidence.keyfigure", "k", FACTS
    )


@pytest.mark.parametrize("said", [0, False, "0", " ", [""]])
def test_zero_and_no_are_facts_not_empty(said):
    assert of_facts("evidence.keyfigure", "k", {**FACTS, "high": said}) != of_facts(
        "evidence.keyfigure", "k", FACTS
    )


@pytest.mark.parametrize(
    "other",
    [
        ("topics.guide", "k", "en", TEXT),
        ("topics.topic", "l", "en", TEXT),
        ("topics.topic", "k", "es", TEXT),
        ("topics.topic", "k", "en", {**TEXT, "body": "Uno.\n\nDos"}),
        ("topics.topic", "k", "en", {**TEXT, "body": "Uno.\nDos."}),
        ("topics.topic", "k", "en", {**TEXT, "added": "x"}),
        ("topics.topic", "k", "en", {**TEXT, "title": TEXT["answer"], "answer": TEXT["title"]}),
        (
            "topics.topic",
            "k",
            "en",
            {**TEXT, "title": "", "answer": TEXT["title"] + TEXT["answer"]},
        ),
    ],
)
def test_everything_that_was_signed_is_in_the_fingerprint(other):
    assert of_text(*other) != of_text("topics.topic", "k", "en", TEXT)


def test_order_of_fields_does_not_matter_but_order_in_a_list_does():
    backwards = dict(reversed(TEXT.items()))

    assert of_text("t", "k", "en", backwards) == of_text("t", "k", "en", TEXT)
    assert of_facts("t", "k", {"sources": ["a", "b"]}) != of_facts(
        "t", "k", {"sources": ["b", "a"]}
    )


@pytest.mark.parametrize("none", [None, {}])
def test_item_without_facts_has_no_facts_fingerprint(none):
    assert of_facts("topics.topic", "k", none) == ""


def test_facts_never_pass_for_text():
    assert of_facts("t", "k", {"title": "x"}) != of_text("t", "k", "en", {"title": "x"})


@pytest.mark.parametrize("version", [0, 2, None])
def test_unknown_version_is_refused_not_guessed(version):
    with pytest.raises(ValueError, match="version"):
        of_text("topics.topic", "k", "en", TEXT, version=version)
    with pytest.raises(ValueError, match="version"):
        of_facts("topics.topic", "k", FACTS, version=version)
