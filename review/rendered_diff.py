"""Two renderings of a text compared: the new one, with what came in <ins> and what went in <del>.

Pure. Only tags of the new rendering are put out as they stand; of the old one its words, and bare
tags round a block that is gone. Blocks are aligned first, then the words of those that changed.
"""

import re

from django.utils.html import conditional_escape, format_html
from django.utils.translation import gettext as _

from . import markdown
from .diff import FOLD, unchanged
from .matching import alike, matches

LIMIT = 200_000  # characters of HTML on either side
BLOCK_LIMIT = 1500
DEPTH_LIMIT = 60

_PIECE = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)((?:\"[^\"]*\"|'[^']*'|[^'\">])*)>|([^<]+|<)")
_ATTRIBUTE = re.compile(r'\b(href|src|alt|start)="([^"]*)"')
_TERM = re.compile(r'\bclass="term"')  # it leads to the glossary, and moves with words before it
_VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
_INLINE = {
    *("a", "abbr", "b", "bdi", "br", "cite", "code", "em", "i", "img", "small", "span", "strong"),
    *("sub", "sup", "time", "svg", "math", "picture", "button"),
}
_WHOLE = {"svg", "math", "picture", "img"}  # one word each: nothing is marked inside
_KEPT_BARE = {
    *("p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "dl", "dt", "dd"),
    *("table", "thead", "tbody", "tr", "th", "td", "aside", "figure", "figcaption"),
}
_CJK = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_STOPS = r".,;:!?()\[\]«»“”„…،؛؟。，；：、！？（）「」"
# A number, a word with its entities, one Chinese or Japanese character, any other sign; then space.
_WORD = re.compile(
    rf"((?:\d+(?:[.,]\d+)*%?)(?![^\s&{_STOPS}{_CJK}])|[{_CJK}]"
    rf"|(?:[^\s&{_STOPS}{_CJK}]|&[#\w]+;)+|\S)(\s*)"
)


def rendered_diff(old_html, new_html):
    """The new HTML with its changes marked, and its unchanged blocks folded where several follow
    one another. What is no SafeString is taken for text. Texts beyond the limits come back without
    marks and say so."""
    old_html, new_html = conditional_escape(old_html or ""), conditional_escape(new_html or "")
    if max(len(old_html), len(new_html)) > LIMIT:
        return _too_long(new_html)
    tree = _parse(new_html)
    before = tree if old_html == new_html else _parse(old_html)
    if tree is None or before is None:
        return _too_long(new_html)
    old, new = _blocks(before.children), _blocks(tree.children)
    if max(len(old), len(new)) > BLOCK_LIMIT:
        return _too_long(new_html)
    parts, same = [], []
    untouched = ((each.html, False) for each in new)
    for html, changed in untouched if before is tree else _compare(old, new):
        if changed:
            _fold(parts, same)
            parts.append(html)
        else:
            same.append(html)
    _fold(parts, same)
    return markdown.joined(parts)


def _too_long(html):
    sentence = _("These texts are too long to compare word by word. You see the new one, unmarked.")
    return format_html('<p class="not-compared">{}</p>{}', sentence, html)


def _fold(parts, same):
    if len(same) < FOLD:
        parts += same
    else:
        parts += ['<details class="unchanged">', unchanged(len(same)), *same, "</details>"]
    same.clear()


# -- HTML as a tree ------------------------------------------------------------------------------


class _Node:
    """An element; or, with no tag of its own, a run of words and inline elements."""

    def __init__(self, tag="", start="", children=None):
        self.tag, self.start, self.end = tag, start, ""
        self.children = [] if children is None else children
        self._identity = self._words = None

    @property
    def is_block(self):
        return self.tag not in _INLINE

    @property
    def is_leaf(self):
        return not any(isinstance(each, _Node) and each.is_block for each in self.children)

    @property
    def html(self):
        inside = (each if isinstance(each, str) else each.html for each in self.children)
        return f"{self.start}{''.join(inside)}{self.end}"

    @property
    def identity(self):
        """What makes two blocks the same to a reader: words, tags, where links lead."""
        if self._identity is None and self.tag in _WHOLE:
            self._identity = str(_seen(self))
        elif self._identity is None:
            inside = "".join(
                " ".join(each.split()) + (" " if each[-1:].isspace() else "")
                if isinstance(each, str)
                else each.identity
                for each in self.children
            )
            self._identity = inside if _TERM.search(self.start) else f"{_mark(self)}{inside}</>"
        return self._identity

    @property
    def words(self):
        if self._words is None:
            self._words = frozenset(each.key for each in _flat(self)[1])
        return self._words


def _mark(node):
    """An element as readers tell it from another: its tag, and where it leads or what it shows."""
    return (node.tag, *_ATTRIBUTE.findall(node.start))


def _seen(node):
    """A picture as readers tell it from another: by its address, or by how it is drawn."""
    return _mark(node) if node.tag == "img" else node.html


def _parse(html):
    """The tree of some HTML, or None if it goes too deep. A closing tag that fits nothing is left
    out, what is open at the end is closed."""
    root = _Node()
    open_nodes = [root]
    for match in _PIECE.finditer(html):
        closing, tag, attributes, text = match.groups()
        if text is not None:
            open_nodes[-1].children.append(text)
            continue
        tag = tag.lower()
        if closing:
            if tag == open_nodes[-1].tag and len(open_nodes) > 1:
                open_nodes.pop().end = match[0]
            continue
        node = _Node(tag, match[0])
        open_nodes[-1].children.append(node)
        if tag not in _VOID and not attributes.endswith("/"):
            open_nodes.append(node)
            if len(open_nodes) > DEPTH_LIMIT:
                return None
    for node in open_nodes[1:]:
        node.end = f"</{node.tag}>"
    return root


def _blocks(children):
    """Blocks as they are, and the words between them as runs; white space between is dropped."""
    found, run = [], []
    for each in [*children, None]:
        if each is not None and (isinstance(each, str) or not each.is_block):
            run.append(each)
            continue
        if any(isinstance(part, _Node) or part.strip() for part in run):
            found.append(_Node(children=run))
        run = []
        if each is not None:
            found.append(each)
    return found


# -- Blocks --------------------------------------------------------------------------------------


def _compare(old, new):
    """(HTML, whether it changed) for each block of the new text and each that is gone."""
    i = j = 0
    same = matches([each.identity for each in old], [each.identity for each in new])
    for next_i, next_j in [*same, (len(old), len(new))]:
        yield from _changed(old[i:next_i], new[j:next_j])
        if next_j < len(new):
            yield new[next_j].html, False
        i, j = next_i + 1, next_j + 1


def _changed(old, new):
    """The same for blocks of which none is in both texts."""

    def likeness(i, j):
        before, after = old[i], new[j]
        if (before.tag or "p") != (after.tag or "p"):
            return None
        return 2 * len(before.words & after.words) / (len(before.words) + len(after.words) or 1)

    i = j = 0
    for next_i, next_j in [*alike(old, new, likeness), (len(old), len(new))]:
        for each in old[i:next_i]:
            yield _gone(each), True
        for each in new[j:next_j]:
            yield _came(each), True
        if next_i < len(old):
            yield _within(old[next_i], new[next_j]), True
        i, j = next_i + 1, next_j + 1


def _within(old, new):
    """A block that is in both texts, changed."""
    if old.tag in _WHOLE or new.tag in _WHOLE:
        return new.html
    if old.is_leaf and new.is_leaf:
        inside = _mark_words(_flat(old)[1], _flat(new))
    else:
        parts = _compare(_blocks(old.children), _blocks(new.children))
        inside = "".join(html for html, _is_changed in parts)
    return f"{new.start}{inside}{new.end}"


def _came(node):
    if node.is_leaf:
        return f"{node.start}{_mark_words([], _flat(node))}{node.end}"
    return f"{node.start}{''.join(_came(each) for each in _blocks(node.children))}{node.end}"


def _gone(node):
    """A block of the old text: its words, within bare tags."""
    if node.is_leaf:
        words = "".join(word.plain + word.space for word in _flat(node)[1]).strip()
        inside = f"<del>{words}</del>" if words else ""
    else:
        inside = "".join(_gone(each) for each in _blocks(node.children))
    return f"<{node.tag}>{inside}</{node.tag}>" if node.tag in _KEPT_BARE else inside


# -- Words ---------------------------------------------------------------------------------------


class _Word:
    """A word, the space after it, and what a reader sees it as: strong, a link to some place."""

    __slots__ = ("html", "key", "plain", "space")

    def __init__(self, html, space, context, plain=None):
        self.html, self.space = html, space
        self.plain = html if plain is None else plain
        self.key = (html, context)


def _flat(node, context=()):
    """(pieces, words): a leaf as tags, space and words in reading order, and the words alone."""
    pieces, words = [], []

    def put(word):
        pieces.append(word)
        words.append(word)

    def walk(children, context):
        for each in children:
            if isinstance(each, str):
                end = len(each) - len(each.lstrip())
                if end:
                    pieces.append(each[:end])
                for text, space in _WORD.findall(each):
                    put(_Word(text, space, context))
            elif each.tag in _WHOLE:
                shown = dict(_ATTRIBUTE.findall(each.start)).get("alt")
                word = _Word(each.html, "", context, f"[{shown}]" if shown else "")
                word.key = (_seen(each), context)
                put(word)
            else:
                pieces.append(each.start)
                walk(
                    each.children, context if _TERM.search(each.start) else (*context, _mark(each))
                )
                pieces.append(each.end)

    walk(node.children, context)
    return pieces, words


def _mark_words(old, flat):
    """A leaf's new HTML with its words marked."""
    pieces, new = flat
    pairs = _readable(matches([w.key for w in old], [w.key for w in new]), old, new)
    partner = {j: i for i, j in pairs}
    # What stood in the place of new words goes before them: up to the next word that stays.
    upto = [len(old)] * len(new)
    for j in reversed(range(len(new))):
        upto[j] = partner.get(j, upto[j + 1] if j + 1 < len(new) else len(old))
    html = _Marked()
    i = j = 0
    for piece in pieces:
        if isinstance(piece, str):
            html.piece(piece)
            continue
        html.gone(old, i, upto[j])
        html.word(piece, came=j not in partner)
        i = upto[j] + (j in partner)
        j += 1
    html.gone(old, i, len(old))
    return html.done()


def _readable(pairs, old, new):
    """Without the small words that two different sentences happen to share."""
    if len(new) > 6 and old and len(pairs) < min(len(old), len(new)) / 4:
        return []
    runs = []
    for i, j in pairs:
        if runs and runs[-1][-1] == (i - 1, j - 1):
            runs[-1].append((i, j))
        else:
            runs.append([(i, j)])
    ends = [(-1, -1), *(run[-1] for run in runs)], [*(run[0] for run in runs), (len(old), len(new))]
    kept = []
    for place, run in enumerate(runs):
        (i, j), (next_i, next_j) = ends[0][place], ends[1][place + 1]
        before = min(run[0][0] - i, run[0][1] - j) - 1
        after = min(next_i - run[-1][0], next_j - run[-1][1]) - 1
        small = sum(len(new[j].plain) for _i, j in run) <= 3
        if not (small and before >= 1 and after >= 1 and before + after > 2 * len(run)):
            kept += run
    return kept


class _Marked:
    """HTML that is being put together; <ins> never reaches over a tag."""

    def __init__(self):
        self.parts, self.in_ins, self.space = [], False, ""
        self.apart = True  # whether the words so far end with space

    def piece(self, raw):
        if raw.isspace():
            self.space += raw
        else:
            self._close()
            self.parts += [self._spend(), raw]

    def word(self, word, came):
        if came != self.in_ins:
            self._close()
            self.parts += [self._spend(), "<ins>" if came else ""]
            self.in_ins = came
        self.parts += [self._spend(), word.html]
        self.space, self.apart = word.space, False

    def gone(self, old, start, stop):
        if start >= stop:
            return
        words = "".join(word.plain + word.space for word in old[start:stop])
        if not words.strip():
            return
        self._close()
        space = self._spend()
        if not self.apart and start and old[start - 1].space:
            space = " "
        self.parts += [space, f"<del>{words.strip()}</del>"]
        self.space, self.apart = " " if words[-1].isspace() else "", False

    def done(self):
        self._close()
        return "".join([*self.parts, self._spend()])

    def _close(self):
        if self.in_ins:
            self.parts.append("</ins>")
            self.in_ins = False

    def _spend(self):
        space, self.space = self.space, ""
        self.apart = self.apart or bool(space)
        return space
