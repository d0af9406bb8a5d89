"""Where a quoted passage stands in a rendered text."""

import pytest
from django.utils.html import format_html

from review import markdown, quoting

CITE = format_html('<sup class="cite"><a href="#source-1">{}</a></sup>', 1)
PLACES = {
    "words of a sentence": ("It spreads fast.", "spreads fast", ["spreads fast"]),
    "over a line's end": ("It spreads\nfast.", "spreads fast", ["spreads\nfast"]),
    "over emphasis": ("It *spreads* fast.", "It spreads fast", ["It", "spreads", "fast"]),
    "over a link": ("See [the ward](/w) now.", "the ward now", ["the ward", "now"]),
    "over a note": ("It spreads[@a] fast.", "spreads fast", ["spreads", "fast"]),
    "over two paragraphs": ("One.\n\nTwo.", "One. Two.", ["One.", "Two."]),
    "with signs that HTML escapes": ("If a < b & c.", "a < b & c", ["a &lt; b &amp; c"]),
    "only once": ("Here and here and here.", "here", ["here"]),
    "Arabic": ("ينتشر المرض بسرعة.", "المرض بسرعة", ["المرض بسرعة"]),
    "Chinese": ("肝转移很常见。", "转移很", ["转移很"]),
    "not the number of a note": ("It spreads[@a] fast.", "spreads1", None),
    "not there": ("It spreads fast.", "slowly", None),
    "nothing": ("It spreads fast.", " ", None),
    "not an attribute": ("See [the ward](/w) now.", "/w", None),
}


def rendered(text):
    return markdown.render(text, cite=lambda key: CITE, draw=None)


@pytest.mark.parametrize(("text", "quote", "marked"), PLACES.values(), ids=PLACES)
def test_passage_is_marked_where_it_stands(text, quote, marked):
    html = rendered(text)

    found = quoting.standing_at(html, quote)

    if marked is None:
        assert found is None
    else:
        parts = [each.split("</mark>")[0] for each in found.split('<mark class="quoted">')[1:]]
        assert parts == marked
        assert found.replace('<mark class="quoted">', "").replace("</mark>", "") == html
