"""Markdown becomes safe HTML, and what must be changed first is said with its line."""

import re
import time
from html.parser import HTMLParser

import pytest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from hypothesis import example, given, settings
from hypothesis import strategies as st

from review import markdown
from review.markdown import line_problems, marks_in, problems

MARKS = ["analogy", "figure"]
PICTURE = f"/media/pictures/{'0f' * 32}.png"

# Written out here on purpose: a tag that is added to the renderer must be added here, too.
ALLOWED = {
    "a": {"href", "id", "aria-label", "title", "class"},
    "img": {"src", "alt", "title"},
    "ol": {"start"},
    "sup": {"class"},
}
PLAIN = {
    *("blockquote", "br", "code", "em", "h2", "h3", "h4", "h5", "h6", "hr", "li", "p", "pre"),
    *("strong", "table", "tbody", "td", "th", "thead", "tr", "ul"),
}


def cite(key):
    return format_html('<sup class="cite"><a href="#{}">1</a></sup>', key)


def draw(name, key):
    return format_html("<figure>{} {}</figure>", name, key)


def render(text, **options):
    return markdown.render(text, **{"cite": cite, "draw": draw, **options})


def plain(html):
    """What a reader reads of some HTML."""
    return re.sub(r"<[^>]*>", "", html)


def lines_of(found):
    return [problem.line for problem in found]


# -- Marks ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("No mark.", []),
        ("One [@smith-2020].", [("@", "smith-2020")]),
        ("[@a][@b] and [@a]", [("@", "a"), ("@", "b"), ("@", "a")]),
        ("*[@a]* **[@b]**", [("@", "a"), ("@", "b")]),
        ("- [@a]\n- x\n  - [@b]", [("@", "a"), ("@", "b")]),
        ("> [@a]", [("@", "a")]),
        ("## [@a]", [("@", "a")]),
        ("| [@a] | x |\n|---|---|\n| y | [@b] |", [("@", "a"), ("@", "b")]),
        ("{figure:x}", [("figure", "x")]),
        ("   {figure:x-1}  \t", [("figure", "x-1")]),
        ("a\n{figure:x}\nb [@c]\n\n{analogy:y}", [("figure", "x"), ("@", "c"), ("analogy", "y")]),
        ("- item\n\n{figure:x}", [("figure", "x")]),
        ("{nothing-of-ours:x}", []),
        ("{unknown:x}", [("unknown", "x")]),
        # Not alone on its line, or inside something: not a mark.
        ("see {figure:x}", []),
        ("{figure:x} {figure:y}", []),
        ("    {figure:x}", []),
        ("- {figure:x}", []),
        ("- item\n\n  {figure:x}", []),
        ("> {figure:x}", []),
        ("> quote\n{figure:x}", []),
        ("| a |\n|---|\n{figure:x}", []),
        # Literal text.
        ("`[@a]` \\[@b]", []),
        ("```\n[@a]\n{figure:x}\n```", []),
        # Not keys.
        ("[@] [@A] [@a_b] [@-a] [@a--b] [@a-] [ @a] [@a ]", []),
        ("{figure:X}\n\n{figure: x}\n\n{Figure:x}\n\n{figure:}", []),
    ],
)
def test_marks_are_found_where_they_count(text, found):
    assert marks_in(text) == found


@pytest.mark.parametrize(
    "text",
    ["One [@a] and\n\n{figure:b}\n\n- [@c][@d]", "> [@a]\n\n{figure:x}\ntext [@b]", "`[@a]`"],
)
def test_renderer_asks_for_exactly_the_marks_that_were_found(text):
    """What is checked before signing is what readers get: one parser, one answer."""
    asked = []

    render(
        text,
        cite=lambda key: asked.append(("@", key)) or "",
        draw=lambda name, key: asked.append((name, key)) or "",
    )

    assert sorted(asked) == sorted(marks_in(text))


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("Word [@a].", "<p>Word{a}.</p>\n"),
        ("Word[@a].", "<p>Word{a}.</p>\n"),
        ("*Word*  [@a].", "<p><em>Word</em>{a}.</p>\n"),
        ("Word [@a][@b].", "<p>Word{a}<sup>,</sup>{b}.</p>\n"),
        ("Word [@a] [@b] [@c].", "<p>Word{a}<sup>,</sup>{b}<sup>,</sup>{c}.</p>\n"),
        ("Word [@a], word [@b].", "<p>Word{a}, word{b}.</p>\n"),
        ("- [@a]\n- [@b]", "<ul>\n<li>{a}</li>\n<li>{b}</li>\n</ul>\n"),
    ],
)
def test_citations_stand_at_the_word_with_a_comma_between_neighbours(text, html):
    notes = {key: cite(key) for key in "abc"}

    assert render(text) == html.format(**notes)


def test_drawn_record_stands_between_paragraphs():
    html = render("before\n{figure:x}\nafter\n\n- item\n\n{analogy:y}")

    assert html == (
        "<p>before</p>\n<figure>figure x</figure><p>after</p>\n"
        "<ul>\n<li>item</li>\n</ul>\n<figure>analogy y</figure>"
    )


# -- Problems ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Plain text, 2 < 3 and 5 > 4, a <3 and x{y}.",
        "## Heading\n\n*a* **b** `c`\n\n1. one\n2. two\n\n> quote\n\n---",
        "| a | b |\n|---|---|\n| 1 | 2 |",
        "[@smith-2020][@jones-2021] and [@smith-2020]",
        "text\n{figure:x}\ntext",
        "[a](https://example.org) [b](http://example.org) [c](/en/) [d](#top) [e](mailto:a@b.org)",
        "[call](tel:+4930112) <https://example.org>",
        f"![A liver]({PICTURE})",
        "\\<b> is a tag, `<b>` too",
        "Escaped \\[@nothing] and `[@nothing]`",
    ],
)
def test_good_text_has_no_problem(text):
    assert problems(text, MARKS) == []


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("a\n\n<b>x", 3, "Raw HTML is not allowed: “<b>”"),
        ("a\n<b>x", 2, "Raw HTML"),
        ("a\n\n<div>\nx\n</div>", 3, "Raw HTML"),
        ("a\n\n<script>alert(1)</script>", 3, "Raw HTML"),
        ("a\n\n<!-- hidden -->", 3, "Raw HTML"),
        ("a\nb <!-- hidden --> c", 2, "Raw HTML"),
        ("a\n\n<?php x ?>", 3, "Raw HTML"),
        ("a\n\n- x\n- <i>y</i>", 4, "Raw HTML"),
        ("> a\n> <i>", 2, "Raw HTML"),
        ("| a |\n|---|\n| b |\n| <i> |", 4, "Raw HTML"),
        ("a  \nb\\\n<i>", 3, "Raw HTML"),
        ("<i\nclass='x'> and\n<b>", 3, "“<b>”"),
        ("a\n\n# Title", 3, "Begin with “## …”"),
        ("a\n\nTitle\n=====", 3, "Begin with “## …”"),
        ("- # Title", 1, "Begin with “## …”"),
        ("a\n[x](ftp://example.org)", 2, "must begin with https://"),
        ("a\n[x](example.org)", 2, "must begin with https://"),
        ("a\n![x](https://example.org/x.png)", 2, "Upload the picture"),
        ("a\n![x](/media/pictures/x.png)", 2, "Upload the picture"),
        (f"a\n![x]({PICTURE}?x)", 2, "Upload the picture"),
        (f"a\n![]({PICTURE})", 2, "what the picture shows"),
        (f"a\n![ ]({PICTURE})", 2, "what the picture shows"),
        ("a\nb [@A]", 2, "is no citation"),
        ("a\nb [@", 2, "is no citation"),
        ("a\nb [@a, @b]", 2, "is no citation"),
        ("a\nb [@a b] [@c]", 2, "“[@a b]” is no citation"),
        ("a\nsee {figure:x}", 2, "must stand alone on its line"),
        ("a\n{Figure:x}", 2, "must stand alone on its line"),
        ("a\n{figure: x}", 2, "must stand alone on its line"),
        ("a\n{figure:x", 2, "must stand alone on its line"),
        ("a\n    {figure:x}", 2, "must stand alone on its line"),
        ("a\n- {figure:x}", 2, "must stand alone"),
        ("- a\n\n  {figure:x}", 3, "not inside a list"),
        ("> a\n{figure:x}", 2, "not inside a list"),
        ("| a |\n|---|\n{figure:x}", 3, "not inside a list"),
        ("a\n{unknown:x}", 2, "There is no mark “unknown”; known: analogy, figure."),
    ],
)
def test_problem_is_named_with_its_line(text, line, says):
    found = problems(text, MARKS)

    assert {p.line for p in found if says in p.message} == {line}, found


def test_every_problem_is_named_once_in_the_order_of_lines():
    text = "[@A] [@A]\n\n<b>\n\nok\n\n{unknown:x}\n\nsee {figure:y}"

    assert lines_of(problems(text, MARKS)) == [1, 3, 7, 9]


@pytest.mark.parametrize(
    "text", ["```\n[@A]\nsee {figure:x}\n{unknown:x}\n```", "- a\n\n  ~~~\n  [@A]\n  ~~~"]
)
def test_literal_text_is_nobodys_mark(text):
    assert not [p for p in problems(text, MARKS) if "citation" in p.message or "{" in p.message]


@pytest.mark.parametrize(
    "text", ["[Urgent]: 112", "[@smith-2020]: https://example.org", "Call\n\n[number]: <112> 'now'"]
)
def test_words_that_readers_would_not_see_are_a_problem(text):
    """CommonMark takes such a line for the definition of a link and shows nothing."""
    hidden = [word for word in ("Urgent", "112", "smith", "now") if word in text]

    shown = plain(render(text, cite=lambda key: key))

    assert problems(text, MARKS) or all(word in shown for word in hidden)


@pytest.mark.parametrize(
    "text", ["Plain", "*a* **b** `c`", "2 < 3 & 4", "a [b] (c)", "RAS: what is it?", "- 1. # > |"]
)
def test_good_line_has_no_problem(text):
    assert line_problems(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "two\nlines",
        "a <b>word</b>",
        "a <!-- hidden --> word",
        "a citation [@smith-2020]",
        "a citation [@Smith",
        "{figure:x}",
        "see {figure:x}",
        "a [link](https://example.org)",
        "<https://example.org>",
        f"![picture]({PICTURE})",
        "![picture](x)",
    ],
)
def test_line_holds_emphasis_and_nothing_else(text):
    assert {problem.line for problem in line_problems(text)} == {1}


# -- Rendering -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("<b>x</b>", "<p>&lt;b&gt;x&lt;/b&gt;</p>\n"),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"),
        ("a <img src=x onerror=alert(1)>", "<p>a &lt;img src=x onerror=alert(1)&gt;</p>\n"),
        ("&lt;b&gt; &amp;amp;", "<p>&lt;b&gt; &amp;amp;</p>\n"),
        ("`<b>`", "<p><code>&lt;b&gt;</code></p>\n"),
        ("[x](https://a.org)", '<p><a href="https://a.org">x</a></p>\n'),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>\n"),
        ("[x](JaVaScRiPt:alert(1))", "<p>[x](JaVaScRiPt:alert(1))</p>\n"),
        ("*a* **b**", "<p><em>a</em> <strong>b</strong></p>\n"),
        ("3. a\n4. b", '<ol start="3">\n<li>a</li>\n<li>b</li>\n</ol>\n'),
        ("肝转移 كبد", "<p>肝转移 كبد</p>\n"),
    ],
)
def test_markdown_as_html(text, html):
    assert render(text) == html


@pytest.mark.parametrize(
    "target",
    [
        "javascript:alert(1)",
        "&#106;avascript:alert(1)",
        "&#x6A;avascript:alert(1)",
        "java&Tab;script:alert(1)",
        "java&NewLine;script:alert(1)",
        "vbscript:x",
        "data:text/html,<script>alert(1)</script>",
        "data:image/svg+xml,<svg onload=alert(1)>",
        "file:///etc/passwd",
    ],
)
@pytest.mark.parametrize("form", ["[x]({})", "![x]({})", "[x](<{}>)", "<{}>", "[x][1]\n\n[1]: {}"])
def test_no_address_runs_code(form, target):
    seen = Seen(render(form.format(target)))

    assert not [url for url in seen.urls if not url.startswith(("http", "/", "#", "java%"))]


@pytest.mark.parametrize(
    ("heading", "tags"), [(2, "h2 h3 h4 h5 h6"), (3, "h3 h4 h5 h6 h6"), (4, "h4 h5 h6 h6 h6")]
)
def test_headings_are_shifted_and_end_at_six(heading, tags):
    text = "\n\n".join("#" * level + " x" for level in range(2, 7))

    assert Seen(render(text, heading=heading)).tags == tags.split()


def test_headings_in_lists_and_quotations_are_shifted_too():
    seen = Seen(render("- ## x\n\n> ## y", heading=4))

    assert [tag for tag in seen.tags if tag.startswith("h")] == ["h4", "h4"]


def test_first_level_heading_never_leaves_the_renderer():
    assert Seen(render("# x\n\nTitle\n===")).tags == []


def test_code_block_keeps_its_lines_or_is_a_problem():
    """Without <pre> a browser runs the lines together."""
    text = "```\none\ntwo\n```"

    assert problems(text, MARKS) or "<pre>" in render(text)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*a* **b** `c`", "<em>a</em> <strong>b</strong> <code>c</code>"),
        ("a < b & c", "a &lt; b &amp; c"),
        ("<b>x</b>", "&lt;b&gt;x&lt;/b&gt;"),
        ("[x](https://a.org)", "x"),
        ("# x", "# x"),
        ("- x", "- x"),
        ("1. x", "1. x"),
    ],
)
def test_line_as_html(text, html):
    assert markdown.render_line(text) == html


def test_rendered_text_is_marked_safe_once_it_is_clean():
    assert isinstance(render("x"), SafeString)
    assert isinstance(markdown.render_line("x"), SafeString)


def test_running_text_goes_through_the_callers_words_but_headings_links_and_code_do_not():
    html = render(
        "## RAS\n\nRAS <b> [RAS](https://a.org) `RAS` *RAS* RAS\n\n- RAS",
        words=lambda text: format_html("<em>{}</em>", text),
    )

    assert html == (
        '<h2>RAS</h2>\n<p><em>RAS &lt;b&gt; </em><a href="https://a.org">RAS</a><em> </em>'
        "<code>RAS</code><em> </em><em><em>RAS</em></em><em> RAS</em></p>\n"
        "<ul>\n<li><em>RAS</em></li>\n</ul>\n"
    )


def test_what_a_caller_gives_and_nobody_vouches_for_is_escaped():
    bad = '<a href="javascript:x" onclick="x">1</a><script>x</script>'

    seen = Seen(render("word [@a]\n\n{figure:a}", cite=lambda key: bad, draw=lambda *name: bad))

    assert seen.tags == ["p"]


def test_nobody_can_write_what_stands_for_a_citation_while_a_text_is_cleaned():
    place = markdown._PLACE.replace(markdown._PLACE[1:-1], "0" * 32) + "0 "

    assert place in render(f"{place}word [@a]{place}")
    assert len(markdown._PLACE) > 32


# -- Any text ------------------------------------------------------------------------------------


class Seen(HTMLParser):
    """The tags, attributes and addresses of some HTML, read by another parser than ours."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes, self.urls, self.comments = [], [], [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        for name, value in attrs:
            self.attributes.append((tag, name))
            if name in ("href", "src"):
                self.urls.append(value)

    def handle_comment(self, data):
        self.comments.append(data)


NASTY = st.lists(
    st.one_of(
        st.sampled_from(
            [
                *("<", ">", "</", "<!--", "-->", "<![CDATA[", "]]>", "<?", '"', "'", "`", "```\n"),
                *("<script>", "</script>", "<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>"),
                *("<a href='javascript:alert(1)'>", "<style>", "<iframe>", "onclick=", "<p\n"),
                *("[", "]", "(", ")", "![", "](", "](javascript:alert(1))", "](https://x.org "),
                *("[@a]", "[@", "{figure:x}", "\n{figure:x}\n", "{", "}", "|", "|---|\n", "&", ";"),
                *("&lt;", "&#60;", "&#x3c;script&#x3e;", "&NewLine;", "\\", "\\<", "*", "_", "#"),
                *("\n", "\n\n", "    ", "\t", "- ", "1. ", "> ", "## ", "---\n", "===\n", "~~~\n"),
                *("[x]: javascript:alert(1) '<b>'\n", "<javascript:alert(1)>", "data:text/html,"),
                *(
                    "https://x.org",
                    ' "title" onload="x',
                    "a",
                    "word ",
                    "肝",
                    "ك",
                    "\u202e",
                    "\u2028",
                ),
            ]
        ),
        st.text(max_size=6),
    ),
    max_size=25,
).map(lambda pieces: "".join(pieces).replace("\r", "\n"))


@settings(max_examples=200, deadline=None)
@given(NASTY, st.integers(2, 6))
@example("<p onclick=alert(1)>", 2)
@example('[x](https://a.org "\\" onclick=alert(1) x=\\"")', 2)
@example('![" onerror="alert(1)](https://a.org)', 2)
def test_nothing_unclean_leaves_the_renderer(text, heading):
    seen = Seen(render(text, heading=heading, draw=lambda name, key: ""))

    assert set(seen.tags) <= PLAIN | set(ALLOWED)
    assert not {(tag, name) for tag, name in seen.attributes if name not in ALLOWED.get(tag, ())}
    assert not [
        url for url in seen.urls if re.match(r"\s*(javascript|vbscript|data|file):", url, re.I)
    ]
    assert not seen.comments


@settings(max_examples=200, deadline=None)
@given(NASTY)
def test_nothing_unclean_leaves_a_line(text):
    seen = Seen(markdown.render_line(text))

    assert set(seen.tags) <= {"em", "strong", "code"}
    assert not seen.attributes
    assert not seen.comments


@settings(max_examples=200, deadline=None)
@given(NASTY)
def test_any_text_gets_an_answer_with_lines_that_exist(text):
    found = problems(text, MARKS)

    assert all(1 <= problem.line <= text.count("\n") + 1 for problem in found)
    assert all(problem.message for problem in found)
    line_problems(text)
    marks_in(text)


SECONDS = 3


@pytest.mark.parametrize(
    "text",
    [
        "[" * 5000,
        "[@" * 3000,
        "![" * 3000,
        "[](" * 3000,
        "[" * 2000 + "x" + "](y)" * 2000,
        "{" * 5000,
        "{a:" * 5000,
        "{" + " " * 50_000,
        "[@" + " " * 50_000,
        "*a_b" * 3000,
        "`" * 5000,
        "<" * 5000,
        "<!--" * 2000,
        "&" * 5000,
        "> " * 5000,
        "- " * 5000,
        "x {figure:y}\n" * 1000,
        "{figure:x}\n\n" * 1500,
    ],
    ids=lambda text: f"{text[:6]!r}...{len(text)}",
)
def test_hostile_text_does_not_keep_the_server_busy(text):
    started = time.process_time()

    problems(text, MARKS)
    render(text)
    markdown.render_line(text)

    assert time.process_time() - started < SECONDS
