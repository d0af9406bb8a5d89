"""Two renderings compared: marked word by word, well formed, nothing of either left out."""

import random
import re
import time
from html import unescape

import pytest
from django.utils.safestring import SafeString
from hypothesis import given, settings
from hypothesis import strategies as st

from review import markdown
from review.diff import word_diff
from review.rendered_diff import LIMIT, rendered_diff
from tests import pages


def compared(old, new):
    return rendered_diff(SafeString(old), SafeString(new))


@pytest.mark.parametrize(
    ("old", "new", "html"),
    [
        ("", "", ""),
        ("same", "same", "same"),
        ("one two three", "one 2 three", "one <del>two</del> <ins>2</ins> three"),
        ("one two", "one two three", "one two <ins>three</ins>"),
        ("one two three", "one three", "one <del>two</del> three"),
        ("one two", "one", "one <del>two</del>"),
        ("<p>27 of 100.</p>", "<p>72 of 100.</p>", "<p><del>27</del> <ins>72</ins> of 100.</p>"),
        ("<p>at 3.5%</p>", "<p>at 3.6%</p>", "<p>at <del>3.5%</del><ins>3.6%</ins></p>"),
        ("<p>liver.</p>", "<p>liver, lung.</p>", "<p>liver<ins>, lung</ins>.</p>"),
        ("", "<p>new <b>x</b></p>", "<p><ins>new</ins> <b><ins>x</ins></b></p>"),
        ("<p>old</p>", "", "<p><del>old</del></p>"),
    ],
)
def test_changed_words_are_marked(old, new, html):
    assert compared(old, new) == html


@pytest.mark.parametrize(
    ("old", "new", "html"),
    [
        (
            "<p>癌症扩散到肝</p>",
            "<p>癌症转移到肝</p>",
            "<p>癌症<del>扩散</del><ins>转移</ins>到肝</p>",
        ),
        ("<p>الكبد سليم</p>", "<p>الكبد مصاب</p>", "<p>الكبد <del>سليم</del><ins>مصاب</ins></p>"),
    ],
)
def test_language_without_spaces_is_compared_by_character(old, new, html):
    assert compared(old, new) == html


@pytest.mark.parametrize(
    ("old", "new", "html"),
    [
        (
            "<p>see <a href='/a'>here</a></p>".replace("'", '"'),
            '<p>see <a href="/b">here</a></p>',
            '<p>see <a href="/b"><del>here</del><ins>here</ins></a></p>',
        ),
        (
            "<p>a big word</p>",
            "<p>a <em>big</em> word</p>",
            "<p>a <em><del>big</del> <ins>big</ins></em> word</p>",
        ),
        # A note's own address and a link to the glossary say nothing to a reader.
        (
            '<p>a<sup><a href="#source-1" id="cite-1-1">1</a></sup></p>',
            '<p>a<sup><a href="#source-1" id="cite-1-2">1</a></sup></p>',
            '<p>a<sup><a href="#source-1" id="cite-1-2">1</a></sup></p>',
        ),
        (
            '<p><a class="term" href="/t">RAS</a> and RAS x</p>',
            '<p>RAS and <a class="term" href="/t">RAS</a> y</p>',
            '<p>RAS and <a class="term" href="/t">RAS</a> <del>x</del><ins>y</ins></p>',
        ),
        (
            '<p><img src="/a.png" alt="a bowel"></p>',
            '<p><img src="/b.png" alt="a liver"></p>',
            '<p><del>[a bowel]</del><ins><img src="/b.png" alt="a liver"></ins></p>',
        ),
    ],
)
def test_what_a_reader_sees_of_a_tag_counts_as_part_of_its_words(old, new, html):
    assert compared(old, new) == html


@pytest.mark.parametrize(
    ("old", "new", "html"),
    [
        (
            "<p>a b c d</p><p>gone words</p><p>keep this</p>",
            "<p>a b c d</p><p>keep this</p><p>new one</p>",
            "<p>a b c d</p><p><del>gone words</del></p><p>keep this</p><p><ins>new one</ins></p>",
        ),
        (
            "<ul><li>one a</li><li>two b</li><li>three</li></ul>",
            "<ul><li>one a</li><li>three</li></ul>",
            "<ul><li>one a</li><li><del>two b</del></li><li>three</li></ul>",
        ),
        (
            '<aside class="x"><p>one</p><p>two</p></aside><p>y</p>',
            "<p>y</p>",
            "<aside><p><del>one</del></p><p><del>two</del></p></aside><p>y</p>",
        ),
        (
            "<table><tbody><tr><td>1</td></tr></tbody></table>",
            "<table><tbody><tr><td>1</td></tr><tr><td>2</td></tr></tbody></table>",
            "<table><tbody><tr><td>1</td></tr><tr><td><ins>2</ins></td></tr></tbody></table>",
        ),
    ],
)
def test_blocks_are_aligned_before_their_words(old, new, html):
    assert compared(old, new) == html


def test_picture_with_tags_that_close_themselves_swallows_nothing_after_it():
    picture = '<div><svg viewBox="0 0 9 9"><g><path d="M1 1h0"/><path d="M2 2h0"/></g></svg></div>'

    html = compared(f"{picture}<p>one two</p><p>same</p>", f"{picture}<p>one three</p><p>same</p>")

    assert html == f"{picture}<p>one <del>two</del><ins>three</ins></p><p>same</p>"


def test_sentence_written_anew_is_not_cut_into_shreds():
    html = compared(
        "<p>The cat sat on the mat and it was a very warm day.</p>",
        "<p>In the liver, cells that came from the bowel may rest for years.</p>",
    )

    assert html.count("<del>") == html.count("<ins>") == 1


def test_unchanged_blocks_in_a_row_are_folded_and_said():
    html = compared("<p>a</p><p>b</p><p>c</p><p>old</p>", "<p>a</p><p>b</p><p>c</p><p>new</p>")

    [fold] = pages.parse_part(html, strict=False).all("details", class_="unchanged")
    assert [each.text for each in fold.all("p")] == ["a", "b", "c"]
    assert fold.one("summary").text == "3 unchanged parts"


def test_text_that_is_not_marked_safe_is_taken_for_words():
    html = rendered_diff("<b>a</b>", "<script>")

    assert html == "<del>&lt;b&gt;a&lt;/b&gt;</del><ins>&lt;script&gt;</ins>"


def test_result_is_safe_to_show():
    assert isinstance(compared("a", "b"), SafeString)


WORDS = ["one ", "two ", "**three** ", "肝转", "*x* ", "[y](/y) ", "[y](/z) ", "\\<i\\> ", "don't "]
PARTS = [
    "\n\n",
    "\n\n- ",
    "\n- ",
    "\n\n## ",
    "\n\n1. ",
    "\n\n> ",
    "\n\n| a | b |\n|--|--|\n| 1 | 2 |\n\n",
]
TEXTS = st.lists(st.sampled_from([*WORDS, *PARTS]), max_size=25).map("".join)


def rendered(text):
    return markdown.render(text, cite=str, draw=lambda name, key: "")


def side(html, gone):
    """The letters of one of the two texts, read off the comparison."""
    html = re.sub(r"<summary.*?</summary>", "", html, flags=re.S)
    html = re.sub(rf"<{gone}>.*?</{gone}>", "", html, flags=re.S)
    return "".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


def tags(html):
    return re.findall(r"</?([a-z0-9]+)", html)


@settings(max_examples=300, deadline=None)
@given(TEXTS, TEXTS)
def test_comparison_is_well_formed_and_both_texts_can_be_read_off_it(old, new):
    before, after = rendered(old), rendered(new)

    html = rendered_diff(before, after)

    pages.parse_part(html, strict=False)
    assert side(html, "del") == side(after, "del")
    assert side(html, "ins") == side(before, "ins")
    made = set(tags(html)) - {"ins", "del", "details", "summary"}
    assert made <= set(tags(before)) | set(tags(after))
    kept = re.sub(r"</?(?:ins|del|details|summary)[^>]*>", "", html)
    assert set(re.findall(r"<[^>]*\s[^>]*>", kept)) <= set(re.findall(r"<[^>]*>", after))


def text(seed, blocks, words, known):
    """HTML of about 50 KB, written from so many different words."""
    by = random.Random(seed)
    sentence = lambda: " ".join(f"w{by.randrange(known)}" for _ in range(words))  # noqa: E731
    return "".join(f"<p>{sentence()}</p>" for _ in range(blocks))


@pytest.mark.parametrize(
    ("blocks", "words", "known"),
    [
        (120, 90, 3000),
        (1, 12000, 3000),
        (1, 15000, 50),
        (1, 18000, 2),
        (25, 700, 2),
        (25, 600, 50),
        (1400, 9, 90),
    ],
)
def test_two_texts_of_50_kb_are_compared_within_a_second(blocks, words, known):
    old, new = text(1, blocks, words, known), text(2, blocks, words, known)
    assert 50_000 < len(old) < 80_000
    started = time.process_time()

    compared(old, new)

    assert time.process_time() - started < 1


@pytest.mark.parametrize(("words", "known"), [(12000, 3000), (15000, 50), (18000, 2)])
def test_two_markdown_texts_of_50_kb_are_compared_within_a_second(words, known):
    old, new = (re.sub("<.*?>", "", text(seed, 1, words, known)) for seed in (1, 2))
    started = time.process_time()

    word_diff(old, new)

    assert time.process_time() - started < 1


def test_texts_beyond_the_limits_come_back_unmarked_and_say_so():
    long, deep = "<p>x</p>" * (LIMIT // 8 + 1), "<p>" * 999
    many = "<p>x</p>" * 2000

    for html in (compared(long, "<p>x</p>"), compared("<p>x</p>", deep), compared(many, many)):
        assert html.startswith('<p class="not-compared">These texts are too long')
        assert "<ins>" not in html
    assert word_diff("x" * (LIMIT + 1), "y").startswith('<p class="not-compared">')
