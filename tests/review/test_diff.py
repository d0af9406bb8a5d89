"""Two texts compared: escaped, word by word, and nothing of either left out."""

import random
import re
import time
from html import unescape

import pytest
from django.utils.safestring import SafeString
from hypothesis import given, settings
from hypothesis import strategies as st

from review.diff import word_diff


def side(html, gone, marked):
    """The words of one of the two texts, as a reader of the diff puts them together."""
    html = re.sub(rf"<{gone}>.*?</{gone}>", "", html, flags=re.S)
    html = html.replace(f"<{marked}>", "").replace(f"</{marked}>", "")
    return unescape(re.sub(r"</?p>", " ", html)).split()


@pytest.mark.parametrize(
    ("old", "new", "html"),
    [
        ("", "", ""),
        (None, None, ""),
        ("same", "same", "<p>same</p>"),
        ("", "new text", "<p><ins>new text</ins></p>"),
        (None, "new", "<p><ins>new</ins></p>"),
        ("old", "", "<p><del>old</del></p>"),
        ("old", None, "<p><del>old</del></p>"),
        ("one two three", "one 2 three", "<p>one <del>two</del><ins>2</ins> three</p>"),
        ("one two", "one two three", "<p>one two<ins> three</ins></p>"),
        ("one two three", "one three", "<p>one <del>two </del>three</p>"),
        ("one\ntwo", "one two", "<p>one<del>\n</del><ins> </ins>two</p>"),
        ("27 of 100", "72 of 100", "<p><del>27</del><ins>72</ins> of 100</p>"),
        ("a\n\nb", "a\n\nc", "<p>a</p>\n<p><del>b</del><ins>c</ins></p>"),
        ("a\n\nb", "a\n\nnew\n\nb", "<p>a</p>\n<p><ins>new</ins></p>\n<p>b</p>"),
        ("a\n\ngone\n\nb", "a\n\nb", "<p>a</p>\n<p><del>gone</del></p>\n<p>b</p>"),
    ],
)
def test_change_is_marked(old, new, html):
    assert word_diff(old, new) == html


@pytest.mark.parametrize(
    ("old", "new", "html"),
    [
        ("癌症扩散到肝脏", "癌症转移到肝脏", "<p>癌症<del>扩散</del><ins>转移</ins>到肝脏</p>"),
        ("肝，肺。", "肝，骨。", "<p>肝，<del>肺</del><ins>骨</ins>。</p>"),
        ("ひらがな", "ひらカな", "<p>ひら<del>が</del><ins>カ</ins>な</p>"),
        ("KRAS突变", "NRAS突变", "<p><del>KRAS</del><ins>NRAS</ins>突变</p>"),
        ("الكبد سليم", "الكبد مصاب", "<p>الكبد <del>سليم</del><ins>مصاب</ins></p>"),
    ],
)
def test_language_without_spaces_is_compared_by_character(old, new, html):
    assert word_diff(old, new) == html


def test_moved_paragraph_is_taken_out_and_put_in_while_the_others_stay():
    html = word_diff("one\n\ntwo\n\nthree", "two\n\nthree\n\none")

    assert html == "<p><del>one</del></p>\n<p>two</p>\n<p>three</p>\n<p><ins>one</ins></p>"


def test_unchanged_paragraphs_in_a_row_are_folded_where_that_is_asked_for():
    old = "One.\n\nTwo.\n\nThree.\n\nFour.\n\nFive."

    html = word_diff(old, old.replace("Three", "3"), fold=True)

    assert html.count("<details") == html.count("2 unchanged parts") == 2
    assert html.index("Two.") < html.index("<ins>3.</ins>") < html.index("Four.")
    assert "<details" not in word_diff(old, old.replace("Two", "2"), fold=True).split("<ins>")[0]
    assert "<details" not in word_diff(old, old.replace("Three", "3"))


def test_markup_in_a_text_is_shown_not_run():
    html = word_diff("a <b>x</b> & y", "a <script>alert(1)</script> & y")

    assert re.findall(r"<[^>]*>", html.replace("<p>", "").replace("</p>", "")) == [
        "<del>",
        "</del>",
        "<ins>",
        "</ins>",
    ]
    assert "&lt;script&gt;" in html
    assert " &amp; y" in html


def test_written_marks_of_change_are_not_taken_for_ours():
    assert word_diff("</del><ins>x", "y") == (
        "<p><del>&lt;/del&gt;&lt;ins&gt;x</del><ins>y</ins></p>"
    )


def test_result_is_safe_to_show():
    assert isinstance(word_diff("a", "b"), SafeString)


TEXTS = st.lists(
    st.sampled_from(
        ["one", "two", "three", "<b>", "&amp;", "肝", "转移", " ", "\n", "\n\n", "كبد"]
    ),
    max_size=30,
).map("".join)


@settings(max_examples=300, deadline=None)
@given(TEXTS, TEXTS)
def test_both_texts_can_be_read_off_the_difference(old, new):
    html = word_diff(old, new)

    assert "".join(side(html, "del", "ins")) == "".join(new.split())
    assert "".join(side(html, "ins", "del")) == "".join(old.split())


def test_rewritten_paragraph_does_not_keep_the_server_busy():
    """An advisor's page waits for it; a long list is one paragraph, too."""
    words = random.Random(1)
    old, new = (" ".join(str(words.random()) for _ in range(600)) for _ in range(2))
    started = time.process_time()

    word_diff(old, new)

    assert time.process_time() - started < 2
