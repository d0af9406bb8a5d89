"""The one way from Markdown to safe HTML: no raw HTML in, nothing unclean out.

Pure: what marks refer to comes in through the ``cite`` and ``draw`` functions of the caller. This
is the only module that calls ``mark_safe``.
"""

import json
import re
import secrets
from collections import namedtuple
from functools import lru_cache
from html import escape
from typing import NamedTuple

import nh3
from django.utils.html import conditional_escape
from django.utils.safestring import mark_safe
from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline

CITE, HTML, WORDS, DRAW = "@", "html", "words", "draw"
Problem = namedtuple("Problem", "line message")

_KEY = r"[a-z0-9]+(?:-[a-z0-9]+)*"
_CITATION = re.compile(rf"\[@({_KEY})\]")
_BLOCK_MARK = re.compile(rf"^ {{0,3}}\{{([a-z]+):({_KEY}(?:\+{_KEY})?)\}}[ \t]*$")
_LIKE_PAIR = re.compile(rf"\{{[a-z]+:{_KEY}\+")
_LIKE_CITATION = re.compile(r"\[@[^\]\n]*\]?")
_LIKE_BLOCK_MARK = re.compile(r"\{\s*[a-zA-Z]+\s*:[^}\n]*\}?")
_PICTURE = re.compile(r"^/media/pictures/[0-9a-f]{64}\.(png|jpg|webp)$")
_LINK = re.compile(r"^(https?://|mailto:|tel:|/|#)")

_TAGS = {
    *("a", "blockquote", "br", "button", "code", "em", "hr", "img", "p", "strong", "sup"),
    *("h2", "h3", "h4", "h5", "h6", "ol", "ul", "li"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
_HIDEABLE = {"paragraph", "list_item", "table"}  # what readers can hide is one of these, whole
_ATTRIBUTES = {
    "a": {"href", "id", "aria-label", "title", "class"},
    "button": {"type", "class", "popovertarget"},
    "img": {"src", "alt"},
    "li": {"class"},
    "ol": {"start"},
    "p": {"class"},
    "sup": {"class"},
    "table": {"class"},
}
_PLACE = f"\ue000{secrets.token_hex(16)}:"
_PLACES = re.compile(f"{_PLACE}([0-9]+) ")
_IN_DATA = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}
# A button is a box to a browser, behind which a line may end: a note's number would stand alone.
_NOTED = re.compile(
    r'(?<!<span class="held">)(<button [^>]*>[^<]*</button>(?:<sup class="cite">.*?</sup>)+)'
)
_LINE_TAGS = {"em", "strong", "code"}


def _citation_rule(state: StateInline, silent):
    match = _CITATION.match(state.src, state.pos)
    if not match:
        return False
    if not silent:
        # A note's number stands at the word, whatever space the writer left.
        state.pending = state.pending.rstrip(" ")
        state.push("citation", "", 0).content = match[1]
    state.pos = match.end()
    return True


def _block_mark_rule(state, start, end, silent):
    if state.level:
        return False
    line = state.src[state.bMarks[start] : state.eMarks[start]]
    match = _BLOCK_MARK.match(line)
    if not match:
        return False
    if not silent:
        token = state.push("block_mark", "", 0)
        token.map, token.info, token.content = [start, start + 1], match[1], match[2]
    state.line = start + 1
    return True


def _parser(html=False):
    parser = MarkdownIt("commonmark", {"html": html}).enable("table").disable(["code", "reference"])
    parser.inline.ruler.before("link", "citation", _citation_rule)
    parser.block.ruler.before(
        "table", "block_mark", _block_mark_rule, {"alt": ["paragraph", "reference"]}
    )
    parser.add_render_rule("citation", _render_citation)
    parser.add_render_rule("text", _render_text)
    return parser


def _render_citation(renderer, tokens, index, options, env):
    follows = index > 0 and tokens[index - 1].type == "citation"
    return ("<sup>,</sup>" if follows else "") + env["place"](Part(CITE, tokens[index].content))


def _render_text(renderer, tokens, index, options, env):
    token = tokens[index]
    if token.meta.get("plain"):
        return escape(token.content)
    return env["place"](Part(WORDS, token.content))


_markdown = _parser()
_detector = _parser(html=True)  # only ever asked what it sees, never to render


def tokens(text):
    """A text as the parser reads it, for who compares or counts what it holds."""
    return _markdown.parse(text)


def block_tokens(text):
    """What a body is made of, its lines unread: for who asks where a paragraph begins."""
    tokens = []
    _markdown.block.parse(text, _markdown, {}, tokens)
    return tokens


def marks_in(text):
    """Every mark of a text in reading order, as (name, key); a citation's name is "@"."""
    if "[@" not in text and "{" not in text:
        return []
    return list(_marks_in(text))


@lru_cache(maxsize=2000)
def _marks_in(text):
    """The same, remembered for the texts asked for last: pages ask before they render these."""
    found = []
    for token in _markdown.parse(text):
        if token.type == "block_mark":
            found += [(token.info, key) for key in token.content.split("+")]
        for child in token.children or ():
            if child.type == "citation":
                found.append((CITE, child.content))
    return tuple(found)


def pairs_in(text):
    """The marks that stand two records side by side, as (line, name, first key, second key)."""
    return _pairs_in(text) if _LIKE_PAIR.search(text) else ()


@lru_cache(maxsize=200)
def _pairs_in(text):
    return tuple(
        (token.map[0] + 1, token.info, *token.content.split("+"))
        for token in _markdown.parse(text)
        if token.type == "block_mark" and "+" in token.content
    )


def signs_in(text):
    """What a block's line holds beside words, in order: citations, addresses of links and pictures.
    Read as a line, so that ``-`` at its beginning is no list."""
    found = []
    for token in _markdown.parseInline(text):
        for child in token.children:
            if child.type == "citation":
                found.append(f"[@{child.content}]")
            elif child.type in ("link_open", "image"):
                found.append(child.attrs.get("href") or child.attrs.get("src") or "")
    return found


def problems(text, mark_names=()):
    """What an editor must change before a body can be saved: a sentence each, with its line."""
    return list(_problems(text, tuple(mark_names)))


@lru_cache(maxsize=2000)
def _problems(text, mark_names):
    """The same, remembered: a text is asked about when it is saved and when it is submitted."""
    found = []
    tokens = _markdown.parse(text)
    # Nothing is a mark inside fenced code.
    literal = {
        number
        for token in tokens
        if token.type == "fence"
        for number in range(token.map[0] + 1, token.map[1] + 1)
    }
    alone = {token.map[0] + 1 for token in tokens if token.type == "block_mark"}
    for number, line in enumerate(text.split("\n"), start=1):
        if number in literal:
            continue
        for like in _LIKE_CITATION.findall(line):
            if not _CITATION.fullmatch(like):
                found.append(
                    Problem(number, f"“{like}” is no citation. Write [@key], as in [@smith-2020].")
                )
        whole = _BLOCK_MARK.match(line)
        for like in _LIKE_BLOCK_MARK.findall(line):
            if not whole:
                message = f"“{like}” must stand alone on its line, as {{name:key}}."
                found.append(Problem(number, message))
            elif whole[1] not in mark_names:
                known = ", ".join(mark_names)
                found.append(Problem(number, f"There is no mark “{whole[1]}”; known: {known}."))
            elif number not in alone:
                message = f"“{like}” must stand alone: not inside a list, quotation or table."
                found.append(Problem(number, message))
    found += _token_problems(_detector.parse(text))
    return sorted(set(found))


def _token_problems(tokens):
    line = 1
    for token in tokens:
        line = token.map[0] + 1 if token.map else line
        if token.type == "html_block":
            yield Problem(line, _no_html(token.content.strip()))
        if token.type == "fence":
            yield Problem(line, "There are no blocks of code here: write it as text.")
        if token.type == "heading_open" and token.tag == "h1":
            yield Problem(line, "“# …” is the page's own heading. Begin with “## …”.")
        at = line
        for child in token.children or ():
            if child.type in ("softbreak", "hardbreak"):
                at += 1
            elif child.type == "html_inline":
                yield Problem(at, _no_html(child.content))
                at += child.content.count("\n")
            elif child.type == "link_open" and not _LINK.match(child.attrs["href"]):
                yield Problem(
                    at, f"The link “{child.attrs['href']}” must begin with https://, / or #."
                )
            elif child.type == "image" and not _PICTURE.match(child.attrs["src"]):
                yield Problem(at, "Upload the picture with the editor: only our own are shown.")
            elif child.type == "image" and not child.content.strip():
                yield Problem(at, "Say in the square brackets what the picture shows.")


def _no_html(markup):
    return f"Raw HTML is not allowed: “{markup[:60]}”. Write it in Markdown, or “\\<” for the sign."


def line_problems(text):
    """The same for a one-line text, which holds emphasis and nothing else."""
    if "\n" in text:
        return [Problem(1, "This is one line: take the line break out.")]
    if marks_in(text) or _LIKE_CITATION.search(text) or _LIKE_BLOCK_MARK.search(text):
        return [Problem(1, "A one-line text holds no citation or other mark: move it below.")]
    found = []
    for token in _detector.parseInline(text):
        for child in token.children:
            if child.type == "html_inline":
                found.append(Problem(1, _no_html(child.content)))
            elif child.type in ("link_open", "image"):
                found.append(Problem(1, "A one-line text holds no link or picture: move it below."))
    return found


class Part(NamedTuple):
    """A piece of a rendered text: clean HTML, or what the page that is being drawn decides."""

    kind: str  # HTML, CITE, WORDS or DRAW
    value: object  # a string; of a drawn mark (name, *keys)


def render(text, *, heading=2, cite, draw, words=None, survival=None):
    """A body as HTML. Its ``##`` becomes ``<h{heading}>``. ``survival(words)`` says whether a block
    tells how long people live: it gets that class, so that readers can hide it.

    ``cite(key)`` gives the HTML of a citation, ``draw(name, *keys)`` that of a drawn record, or of
    two side by side, ``words(text)`` that of running text outside headings and links; all from
    templates or ``format_html``: what is not marked as safe is escaped.
    """
    make = {CITE: cite, WORDS: words or plain_words, DRAW: lambda drawn: draw(*drawn)}
    html = "".join(
        value if kind == HTML else conditional_escape(make[kind](value))
        for kind, value in parts(text, heading, survival)
    )
    return joined([_NOTED.sub(r'<span class="held">\1</span>', html)])


@lru_cache(maxsize=4000)
def parts(text, heading=2, survival=None):
    """A body as a tuple of ``Part``: all of its rendering that is the same on every page, so done
    once for each text."""
    return tuple(_parts(text, heading, survival))


def _parts(text, heading, survival):
    segment, in_heading, tokens = [], False, _markdown.parse(text)
    if survival:
        _mark_survival(tokens, survival)
    for token in tokens:
        if token.type == "block_mark":
            yield from _cleaned(segment)
            segment.clear()
            yield Part(DRAW, (token.info, *token.content.split("+")))
            continue
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) - 2 + heading, 6)}"
            in_heading = token.type == "heading_open"
        _mark_plain(token, in_heading)
        segment.append(token)
    yield from _cleaned(segment)


def _cleaned(segment):
    """The parts of tokens between two drawn marks. What the page decides stands as a place in the
    HTML while that is cleaned; nobody can write such a place, for nobody knows this process's."""
    places = []

    def place(part):
        places.append(part)
        return f"{_PLACE}{len(places) - 1} "

    html = _clean(_markdown.renderer.render(segment, _markdown.options, {"place": place}))
    between = iter(_PLACES.split(html))
    yield Part(HTML, next(between))
    for number in between:
        yield places[int(number)]
        yield Part(HTML, next(between))


def plain_words(text):
    """Running text as HTML, nothing in it linked."""
    return mark_safe(escape(text, quote=False))  # noqa: S308  (escaped)


def _mark_plain(token, in_heading):
    """Headings and links stay as they are: nothing in them leads elsewhere."""
    in_link = False
    for child in token.children or ():
        if child.type in ("link_open", "link_close"):
            in_link = child.type == "link_open"
        child.meta["plain"] = in_heading or in_link


def _mark_survival(tokens, tells):
    """The class goes to the whole block: the sentence beside a number often tells the other one. A
    line of a list is its list item, a table is one."""
    around, said = [], []
    for token in tokens:
        kind = token.type.removesuffix("_open").removesuffix("_close")
        if kind in _HIDEABLE and not token.hidden:
            if token.nesting == 1:
                around.append((token, []))
                said.append(around[-1])
            else:
                around.pop()
        elif token.type == "inline" and around:
            around[-1][1].append(token.content)
    for token, words in said:
        if tells(" ".join(words)):
            token.attrSet("class", "survival")


@lru_cache(maxsize=4000)
def render_line(text):
    """One line as HTML: emphasis, and nothing that opens a block or a link."""
    html = _markdown.renderInline(text, {"place": lambda part: escape(part.value)})
    return mark_safe(nh3.clean(html, tags=_LINE_TAGS))  # noqa: S308  (cleaned)


def joined(parts):
    """HTML put together anew from parts of what this module, or a template, made before."""
    return mark_safe("".join(parts))  # noqa: S308  (every part was safe where it came from)


def data(value):
    """A value as JSON that may stand in an HTML element: nothing in it ends or opens one."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return mark_safe(text.translate(_IN_DATA))  # noqa: S308  (no sign of HTML is left in it)


def plain_line(text):
    """The words of one line, without its emphasis."""
    [inline] = _markdown.parseInline(text)
    kept = (each for each in inline.children if each.type in ("text", "code_inline"))
    return "".join(each.content for each in kept)


def plain(text):
    """The words of a text without its marks: what somebody quotes who reads it rendered."""
    found = []
    for token in _markdown.parse(text):
        for child in token.children or ():
            if child.type in ("text", "code_inline"):
                found.append(child.content)
            elif child.type in ("softbreak", "hardbreak"):
                found.append(" ")
        found.append(" ")
    return " ".join("".join(found).split())


def _clean(html):
    return nh3.clean(html, tags=_TAGS, attributes=_ATTRIBUTES, link_rel=None)
