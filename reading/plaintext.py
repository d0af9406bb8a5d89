"""Rendered HTML as plain text: what a page says, without its pictures and notes. Pure."""

from html.parser import HTMLParser

# Around these begins a new paragraph; inside them only a new line.
_BLOCKS = {
    *("p", "ul", "ol", "blockquote", "table", "h1", "h2", "h3", "h4", "h5", "h6"),
    *("aside", "figure", "figcaption", "section", "div", "dl", "details", "summary", "hr"),
}
_LINES = {"li", "tr", "dt", "dd", "br", "caption"}
_VOID = {"br", "hr", "img"}
# Pictures, notes' numbers, and what screen readers get in a picture's place.
_UNSAID = {"svg", "script", "style"}
_UNSAID_CLASSES = {"cite", "unseen"}


def plain(html):
    """The text of HTML that our renderer made: paragraphs, with an empty line between them."""
    reader = _Text()
    reader.feed(html)
    reader.close()
    paragraphs = ("\n".join(_tidy(paragraph)) for paragraph in reader.paragraphs)
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


def first_paragraph(html):
    return plain(html).partition("\n\n")[0].replace("\n", " ")


def _tidy(lines):
    for line in lines:
        if words := " ".join(line.split()):
            yield words


class _Text(HTMLParser):
    def __init__(self):
        super().__init__()
        self.paragraphs = [[""]]
        self.unsaid = 0  # how deep inside an element that is not said
        self.lists = []  # of each open list the next number, or None

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if self.unsaid:
            self.unsaid += tag not in _VOID
            return
        classes = set((attrs.get("class") or "").split())
        if tag in _UNSAID or attrs.get("aria-hidden") == "true" or classes & _UNSAID_CLASSES:
            self.unsaid = int(tag not in _VOID)
        elif tag == "img":
            self._say(attrs.get("alt") or "")
        elif tag in ("ul", "ol"):
            self._paragraph()
            self.lists.append(int(attrs.get("start") or 1) if tag == "ol" else None)
        elif tag == "li":
            self._line(self._bullet())
        elif tag in ("td", "th"):
            self._say(" ")
        elif tag in _LINES:
            self._line()
        elif tag in _BLOCKS:
            self._paragraph()

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        if self.unsaid:
            self.unsaid -= tag not in _VOID
        elif tag in ("ul", "ol"):
            self.lists.pop()
            self._paragraph()
        elif tag in _BLOCKS:
            self._paragraph()

    def handle_data(self, data):
        if not self.unsaid:
            self._say(data)

    def _say(self, words):
        self.paragraphs[-1][-1] += words

    def _line(self, start=""):
        if self.paragraphs[-1][-1].strip():
            self.paragraphs[-1].append("")
        self.paragraphs[-1][-1] = start

    def _paragraph(self):
        if not self.lists:  # the paragraphs of a list's entry stand with it
            self.paragraphs.append([""])

    def _bullet(self):
        if not self.lists or self.lists[-1] is None:
            return "- "
        self.lists[-1] += 1
        return f"{self.lists[-1] - 1}. "
