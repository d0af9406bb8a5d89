"""One page's texts as HTML: what the texts refer to is loaded at once, citations are numbered in
reading order. Public page, preview and request page all render through this."""

from copy import copy

from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _

from . import languages, markdown, marks, staleness
from .content import content_model
from .fields import Line
from .fingerprint import NotText, normalise
from .quality.evidence import survival_in

CITE = marks.CITE
COMMA = format_html("<sup>{}</sup>", ",")
_words = None


def link_words_with(words):
    """Called by the glossary's ``ready``. ``words(door)`` has a method ``section(item)``, which
    gives a function from running text to HTML for one section of a page, and ``used()``, the terms
    that those functions linked."""
    global _words
    _words = words


class Rendering:
    """Renders the items of one page in one language.

    ``door`` takes a content model's queryset and gives the items that this page may show:
    ``lambda items: items.public("es")`` for readers, ``.working`` for previews.
    """

    def __init__(self, language, door, link_words=True):
        self.language = language  # of the page; its items may be in the source language
        self.door = door
        self._found = {}  # Reference -> item, or None for what this page may not show
        self._numbers = {}  # Reference of a source -> its number on this page
        self._words = _words(door) if _words and link_words else None
        self._section = None  # links words in the section that is being drawn
        self._within = []  # the items being drawn, outermost first
        self.due = None  # the earliest date at which something drawn must be read again
        self._times = {}  # how often each was cited, so that every note has an address
        self._drawn = set()  # records that a mark has drawn: the first drawing is the place to link

    def apart(self):
        """A rendering of its own with all that this one loaded: its notes begin with 1."""
        other = copy(self)
        other._numbers, other._times, other._section, other._within = {}, {}, None, []
        other._drawn = set()
        return other

    def load(self, *items):
        """Load everything that the items' texts refer to: a query for each type and level."""
        sources, shown = [], []
        while items:
            wanted = []
            for item in items:
                item.refers = marks.references(type(item), item.text, item.facts)
                for reference in item.refers:
                    (sources if self._is_source(reference) else wanted).append(reference)
            shown += items
            items = self._fetch(wanted)
        self._fetch(sources)
        staleness.tell(shown)

    def referred(self, item):
        """What a loaded item's text and facts refer to: Reference to item, None for what this page
        may not show."""
        return {reference: self._found.get(reference) for reference in item.refers}

    @property
    def loaded(self):
        """Every item that was loaded because a text refers to it, and may be shown."""
        return [item for item in self._found.values() if item is not None]

    def number_of(self, reference):
        """The number of a source's note, or None where nothing drawn has cited it."""
        return self._numbers.get(reference)

    def draw(self, item, heading=2, fields=None, link_words=True):
        """Set ``item.html`` (field name to SafeString) and ``item.related`` (fact name to the items
        that it names). Call it in reading order: that numbers the notes; an item whose ``fields``
        stand in two places of a page is drawn in two calls. Without ``link_words`` no word leads to
        the glossary."""
        # Said once is enough: a part that stands in a fallen-back text need not say it again.
        item.tells_fallback = not (self._within and self._within[-1].fallback)
        if not self._within and self._words:
            self._section = self._words.section(item) if link_words else None
        self._within.append(item)
        if item.approval and item.approval.next_review:
            self.due = min(self.due or item.approval.next_review, item.approval.next_review)
        html = getattr(item, "html", {}) if fields else {}
        # Facts first: the sources of a number stand at its sentence, before any further text.
        html.update(self._draw_facts(item))
        for name in fields or item.text_fields:
            text = item.text.get(name) or ""
            if isinstance(item._meta.get_field(name), Line):
                html[name] = markdown.render_line(text)
            else:
                html[name] = markdown.render(
                    text,
                    heading=heading,
                    cite=self.cite,
                    draw=self._draw_mark,
                    words=self._section,
                    survival=survival_in(item.language),
                )
        item.html = html
        self._within.pop()
        return item

    def _draw_facts(self, item):
        """Set ``item.related``; return the HTML of facts that cite."""
        html, item.related = {}, {}
        for name, field in item.fact_fields.items():
            if not isinstance(field, marks.KeysField):
                continue
            keys = (item.facts or {}).get(name) or []
            found = (self._found.get(marks.Reference(field.item_type, key)) for key in keys)
            item.related[name] = [each for each in found if each]
            if field.item_type == marks.get(CITE).item_type:
                notes = ((self.cite(key),) for key in keys)
                html[name] = format_html_join(COMMA, "{}", notes)
        return html

    def lines(self, item):
        """The one-line texts alone, for lists and links: they cite nothing."""
        return {
            name: markdown.render_line(item.text.get(name) or "")
            for name in item.text_fields
            if isinstance(item._meta.get_field(name), Line)
        }

    def cite(self, key):
        """A note's number as a link to the list of sources at the page's end."""
        reference = marks.Reference(marks.get(CITE).item_type, key)
        number = self._numbers.setdefault(reference, len(self._numbers) + 1)
        time = self._times[reference] = self._times.get(reference, 0) + 1
        return format_html(
            '<sup class="cite"><a href="#source-{}" id="cite-{}-{}" aria-label="{}">{}</a></sup>',
            number,
            number,
            time,
            _("Source %(number)s") % {"number": number},
            number,
        )

    @property
    def words(self):
        """The glossary's terms that were linked in what was drawn so far."""
        return self._words.used() if self._words else []

    @property
    def sources(self):
        """(number, source or None) of what was cited, in the order of the numbers."""
        return [(number, self._found.get(reference)) for reference, number in self._numbers.items()]

    def _is_source(self, reference):
        return reference.item_type == marks.get(CITE).item_type

    def _fetch(self, references):
        """Load what was not asked for before; what the door refuses is remembered as None."""
        new = [reference for reference in references if reference not in self._found]
        loaded = []
        for item_type, keys in marks.by_type(dict.fromkeys(new)).items():
            self._found.update(dict.fromkeys(marks.Reference(item_type, key) for key in keys))
            for item in self.door(content_model(item_type).objects.named(keys)):
                self._found[marks.Reference(item_type, item.key)] = item
                loaded.append(item)
        return loaded

    def _draw_mark(self, name, *keys):
        """One record, or two: side by side where they may be, else one below the other."""
        mark = marks.get(name)
        items = [mark and self._found.get(marks.Reference(mark.item_type, key)) for key in keys]
        # Two records that draw each other would have no end.
        items = [None if item in self._within else item for item in items]
        if len(items) == 2 and all(items) and mark.pair and not mark.pair.problem(*items):
            return self._put(
                mark.pair.template, items=[self.draw(each, heading=4) for each in items]
            )
        return markdown.joined(self._draw_one(mark, item) for item in items)

    def _draw_one(self, mark, item):
        if not item:
            return render_to_string("review/_missing.html")
        # Drawn anew each time: a second drawing needs note addresses of its own.
        first = item.item not in self._drawn
        self._drawn.add(item.item)
        return self._put(mark.template, item=self.draw(item, heading=4), first=first)

    def _put(self, template, **drawn):
        shown = {"language": self.language, "direction": languages.direction(self.language)}
        return render_to_string(template, {**drawn, **shown})


def preview(text):
    """The editor's live preview: problems first, marks as labels. Never shown to readers."""
    try:
        text = normalise(text)
    except NotText as error:
        return format_html('<ul class="problems"><li>{}</li></ul>', error)
    body = markdown.render(
        text,
        cite=lambda key: format_html("<sup>[{}]</sup>", key),
        draw=lambda name, *keys: format_html('<p class="mark">{}: {}</p>', name, " + ".join(keys)),
    )
    found = markdown.problems(text, marks.names())
    if not found:
        return body
    listed = format_html_join(
        "", "<li>Line {}: {}</li>", ((problem.line, problem.message) for problem in found)
    )
    return format_html('<ul class="problems">{}</ul>{}', listed, body)
