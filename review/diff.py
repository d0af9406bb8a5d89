"""Two texts compared word by word, paragraph by paragraph. Pure; escapes first, then marks."""

import re

from django.utils.html import format_html, format_html_join
from django.utils.translation import get_language, get_language_bidi, ngettext
from django.utils.translation import gettext as _

from .matching import matches

LIMIT = 200_000  # characters of either text
FOLD = 2  # so many unchanged blocks in a row are folded

# Chinese and Japanese have no spaces: there each character is a word.
_CHARACTERS = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_SPOKEN = re.compile(rf"[{_CHARACTERS}]|[^\s{_CHARACTERS}]+")
_WORD = re.compile(rf"\s+|{_SPOKEN.pattern}")


def word_diff(old, new, *, fold=False):
    """HTML of the new text's paragraphs with <del> and <ins>; unchanged words as they are, or
    (``fold``) several unchanged paragraphs in a row behind one line that says so. Texts beyond the
    limit come back without marks and say so."""
    if max(len(old or ""), len(new or "")) > LIMIT:
        sentence = _(
            "These texts are too long to compare word by word. You see the new one, unmarked."
        )
        return format_html('<p class="not-compared">{}</p><p>{}</p>', sentence, new or "")
    parts, same = [], []
    for html, changed in _marked(_paragraphs(old), _paragraphs(new)):
        if changed and fold:
            parts += _folded(same)
            same = []
        (parts if changed or not fold else same).append(html)
    return _lines([*parts, *_folded(same)])


def _marked(before, after):
    """(HTML of a paragraph, whether anything in it changed)."""
    a1, b1 = 0, 0
    for a2, b2 in [*matches(before, after), (len(before), len(after))]:
        for place in range(max(a2 - a1, b2 - b1)):
            was = before[a1 + place] if a1 + place < a2 else ""
            now = after[b1 + place] if b1 + place < b2 else ""
            yield format_html("<p>{}</p>", _words(was, now)), True
        for text in after[b2 : b2 + 1]:
            yield format_html("<p>{}</p>", text), False
        a1, b1 = a2 + 1, b2 + 1


def _folded(same):
    if len(same) < FOLD:
        return same
    inside = unchanged(len(same)), _lines(same)
    return [format_html('<details class="unchanged">{}{}</details>', *inside)]


def _lines(parts):
    return format_html_join("\n", "{}", ((each,) for each in parts))


def unchanged(count):
    """The line behind which so many unchanged parts are folded, in the page's language."""
    words = ngettext("%(count)s unchanged part", "%(count)s unchanged parts", count)
    return format_html(
        '<summary lang="{}" dir="{}">{}</summary>',
        get_language(),
        "rtl" if get_language_bidi() else "ltr",
        words % {"count": count},
    )


def _paragraphs(text):
    return [part for part in re.split(r"\n\s*\n", text or "") if part.strip()]


def _words(old, new):
    before, after = _WORD.findall(old), _WORD.findall(new)
    parts, same, a1, b1 = [], "", 0, 0
    for a2, b2 in [*matches(before, after), (len(before), len(after))]:
        if a2 > a1 or b2 > b1:
            parts.append(format_html("{}", same))
            same = ""
            if a2 > a1:
                parts.append(format_html("<del>{}</del>", "".join(before[a1:a2])))
            if b2 > b1:
                parts.append(format_html("<ins>{}</ins>", "".join(after[b1:b2])))
        same += "".join(after[b2 : b2 + 1])
        a1, b1 = a2 + 1, b2 + 1
    parts.append(format_html("{}", same))
    return format_html_join("", "{}", ((part,) for part in parts))


def changed_words(old, new):
    """How many words stand in those paragraphs of the new text that the old one does not have."""
    known = set(_paragraphs(old))
    fresh = (part for part in _paragraphs(new) if part not in known)
    return sum(len(_SPOKEN.findall(part)) for part in fresh)
