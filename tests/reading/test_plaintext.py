"""HTML as plain text: what is said, in order, without pictures and notes."""

import pytest

from reading.plaintext import first_paragraph, plain

CASES = [
    ("", ""),
    ("One <em>line</em>", "One line"),
    ("<p>One</p>\n<p>two\nlines</p>", "One\n\ntwo lines"),
    ("<h2>Why</h2><p>Because</p>", "Why\n\nBecause"),
    ("<ul><li>one</li><li>two</li></ul><p>after</p>", "- one\n- two\n\nafter"),
    ("<ul>\n<li>\n<p>one</p>\n</li>\n<li>two</li></ul>", "- one\n- two"),
    ('<ol start="3"><li>three</li><li>four</li></ol>', "3. three\n4. four"),
    ("<p>a<br>b<br/>c</p>", "a\nb\nc"),
    ("<p>x &lt; 5 &amp; y</p>", "x < 5 & y"),
    ('<p>Said<sup class="cite"><a href="#s">1</a></sup>.</p>', "Said."),
    ('<p>The <button type="button" class="term">liver</button> is</p>', "The liver is"),
    ('<div class="picture"><svg><path d="M0"/><text>no</text></svg></div><p>yes</p>', "yes"),
    ('<p aria-hidden="true">no <b>no</b></p><p>yes</p>', "yes"),
    ('<table class="unseen"><tr><td>no</td></tr></table>yes', "yes"),
    ("<table><tr><th>a</th><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
    ('<p><img src="/media/x.png" alt="A liver"> here</p>', "A liver here"),
    ("<p>肝转移</p><p>الكبد</p>", "肝转移\n\nالكبد"),
]


@pytest.mark.parametrize(("html", "text"), CASES)
def test_what_is_said_stands_in_paragraphs(html, text):
    assert plain(html) == text


def test_first_paragraph_is_one_line():
    assert first_paragraph("<p>One\ntwo</p><p>three</p>") == "One two"
