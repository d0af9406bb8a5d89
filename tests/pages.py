"""Pages as trees of elements: parsing is strict, so a page that parses is well formed."""

from html.parser import HTMLParser

VOID = {"br", "hr", "img", "input", "link", "meta"}
# What may stand inside a paragraph, a heading or a summary (HTML's phrasing content, as used here).
PHRASING = {
    *("a", "abbr", "bdi", "br", "button", "cite", "code", "del", "em", "i", "img", "input", "ins"),
    *("label", "mark", "small", "span", "strong", "sup", "time"),
}
ONLY_PHRASING = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "dt", "summary"}
CHILDREN = {
    "ul": {"li"},
    "ol": {"li"},
    "dl": {"dt", "dd", "div"},
    "table": {"caption", "thead", "tbody"},
    "thead": {"tr"},
    "tbody": {"tr"},
    "tr": {"th", "td"},
}


class Element:
    def __init__(self, tag, attrs, parent=None):
        self.tag, self.attrs, self.parent = tag, attrs, parent
        self.children = []  # elements and strings

    def walk(self):
        """Every element below this one, in reading order."""
        for child in self.children:
            if isinstance(child, Element):
                yield child
                yield from child.walk()

    def all(self, tag="", **attrs):
        """Elements below with that tag and those attributes; class_="x" is one of the classes."""
        return [each for each in self.walk() if tag in ("", each.tag) and each._has(attrs)]

    def one(self, tag="", **attrs):
        [found] = self.all(tag, **attrs)
        return found

    def _has(self, attrs):
        for name, value in attrs.items():
            if name == "class_":
                if value not in self.attrs.get("class", "").split():
                    return False
            elif self.attrs.get(name) != value:
                return False
        return True

    def closest(self, attr):
        """The value that this element has or inherits."""
        element = self
        while element is not None:
            if attr in element.attrs:
                return element.attrs[attr]
            element = element.parent
        return None

    @property
    def text(self):
        parts = (each if isinstance(each, str) else each.text for each in self.children)
        return " ".join("".join(parts).split())

    @property
    def own_text(self):
        return " ".join(each for each in self.children if isinstance(each, str))


class _Parser(HTMLParser):
    def __init__(self, strict=True):
        super().__init__()
        self.strict = strict
        self.root = self.open = Element("", {})

    def handle_starttag(self, tag, attrs):
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"<{tag}> names an attribute twice: {names}"
        parent = self.open.tag
        if self.strict and parent in ONLY_PHRASING:
            assert tag in PHRASING, f"<{tag}> inside <{parent}>, line {self.getpos()[0]}"
        if self.strict and parent in CHILDREN:
            assert tag in CHILDREN[parent], f"<{tag}> inside <{parent}>, line {self.getpos()[0]}"
        element = Element(tag, {name: value or "" for name, value in attrs}, self.open)
        self.open.children.append(element)
        if tag not in VOID:
            self.open = element

    def handle_endtag(self, tag):
        at = f"line {self.getpos()[0]}"
        assert tag == self.open.tag, f"</{tag}> closes <{self.open.tag}>, {at}"
        self.open = self.open.parent

    def handle_data(self, data):
        self.open.children.append(data)


def parse(response):
    """The <html> element of a response; AssertionError where the page is not well formed."""
    return parse_part(response.content.decode()).one("html")


def parse_part(html, strict=True):
    """Any piece of HTML, below an element without a name."""
    parser = _Parser(strict)
    parser.feed(html)
    parser.close()
    assert parser.open is parser.root, f"<{parser.open.tag}> is never closed"
    return parser.root


def form(response, button):
    """What a browser would send if that button of a page of the admin were pressed."""
    root = parse_part(response.content.decode(), strict=False)
    [pressed] = root.all("button", name="action", value=button)
    holder = pressed
    while holder.tag != "form":
        holder = holder.parent
    sent = {"action": button}
    own = [each for each in holder.walk() if "form" not in each.attrs]
    named = root.all(form=holder.attrs["id"]) if "id" in holder.attrs else []
    for field in [*own, *named]:
        name = field.attrs.get("name", "")
        if field.tag == "input" and name != "csrfmiddlewaretoken":
            box = field.attrs.get("type") in ("checkbox", "radio")
            if not box or "checked" in field.attrs:
                sent.setdefault(name, []).append(field.attrs.get("value", "on" if box else ""))
        elif field.tag == "textarea":
            # A browser leaves the line break out that follows the tag.
            sent[name] = ["".join(field.children).removeprefix("\n")]
        elif field.tag == "select":
            chosen = [each for each in field.all("option") if "selected" in each.attrs]
            first = [] if "multiple" in field.attrs else field.all("option")[:1]
            sent[name] = [each.attrs["value"] for each in chosen or first]
    return sent


def buttons(response):
    """The buttons that a page of the admin offers."""
    root = parse_part(response.content.decode(), strict=False)
    return [each.attrs["value"] for each in root.all("button", name="action")]
