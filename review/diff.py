"""Two texts compared word by word, paragraph by paragraph. Pure; escapes first, then marks."""

import re
from difflib import SequenceMatcher

from django.utils.html import format_html, format_html_join

# Chinese and Japanese have no spaces: there each character is a word.
_WORD = re.compile(
    r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]|\s+|[^\s\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]+"
)


def word_diff(old, new):
    """HTML of the new text's paragraphs with <del> and <ins>; unchanged words as they are."""
    before, after = _paragraphs(old), _paragraphs(new)
    html = []
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for action, a1, a2, b1, b2 in matcher.get_opcodes():
        if action == "equal":
            html += [format_html("<p>{}</p>", text) for text in after[b1:b2]]
            continue
        for place in range(max(a2 - a1, b2 - b1)):
            was = before[a1 + place] if a1 + place < a2 else ""
            now = after[b1 + place] if b1 + place < b2 else ""
            html.append(format_html("<p>{}</p>", _words(was, now)))
    return format_html_join("\n", "{}", ((each,) for each in html))


def _paragraphs(text):
    return [part for part in re.split(r"\n\s*\n", text or "") if part.strip()]


def _words(old, new):
    before, after = _WORD.findall(old), _WORD.findall(new)
    parts = []
    matcher = SequenceMatcher(None, before, after)
    for action, a1, a2, b1, b2 in matcher.get_opcodes():
        if action == "equal":
            parts.append(format_html("{}", "".join(after[b1:b2])))
        else:
            if a2 > a1:
                parts.append(format_html("<del>{}</del>", "".join(before[a1:a2])))
            if b2 > b1:
                parts.append(format_html("<ins>{}</ins>", "".join(after[b1:b2])))
    return format_html_join("", "{}", ((part,) for part in parts))


def changed_words(old, new):
    """How many words stand in those paragraphs of the new text that the old one does not have."""
    known = set(_paragraphs(old))
    fresh = (part for part in _paragraphs(new) if part not in known)
    return sum(1 for part in fresh for word in _WORD.findall(part) if word.strip())
