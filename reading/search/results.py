"""Hits as readers see them: every item is loaded through the reader's door, so that an index that
is behind shows nothing that is not signed."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from review import languages, markdown
from topics.models import Topic

from . import loaded, passages
from .documents import ANALOGY, FIGURE, KINDS, PLACES, drawn_by

LABELS = {
    "guides": _("Guide"),
    "topics": _("Part of a guide"),
    "faqs": _("Question and answer"),
    "questions": _("Question for your doctor"),
    "terms": _("Word explained"),
    "analogies": _("Picture for an idea"),
}
PLURALS = {
    "guides": _("Guides"),
    "topics": _("Parts of a guide"),
    "faqs": _("Questions and answers"),
    "questions": _("Questions for your doctor"),
    "terms": _("Words explained"),
    "analogies": _("Pictures for an idea"),
}
# What of an item is not a passage of its own: the title, and what is no sentence.
_NO_PASSAGE = {"terms": {"abbreviation", "pronunciation", "aliases"}}
# Where a field of a guide stands on its page.
_ANCHORS = {"key_points": "#key-points", "urgent_signs": "#urgent"}


@dataclass
class Result:
    kind: str
    title: str
    href: str
    passage: str
    language: str

    @property
    def label(self):
        return LABELS[self.kind]

    @property
    def direction(self):
        return languages.direction(self.language)


class Results:
    """The results of one page: those in the reader's language, and those in the source's."""

    def __init__(self, reader, asked):
        """``asked`` is [(index, language, answer)]."""
        self.reader = reader
        hits = [(found, hit) for found, _language, answer in asked for hit in answer.hits]
        self._places = _places(hits)
        self._load({hit.name for _found, hit in hits})
        self._figures = None
        self.lists = [
            [result for hit in answer.hits if (result := self._result(hit, language, answer))]
            for _found, language, answer in asked
        ]

    def _load(self, names):
        """Items by name, and those that have a place in them; topics with their guides."""
        names = names | {place for places in self._places.values() for place in places}
        self.items = loaded.items(self.reader, names)
        topics = [item for item in self.items.values() if isinstance(item, Topic)]
        guides = loaded.guides(self.reader, topics)
        for topic in topics:
            if topic.guide_id in guides:
                topic.guide = guides[topic.guide_id]
            else:  # its guide has no page: neither has the topic
                del self.items[topic.item]

    def _result(self, hit, language, answer):
        """None for what the door refuses in that language, and for what stands on no page."""
        item = self.items.get(hit.name)
        if item is None or (item.language != language and language != languages.source()):
            return None
        text = item.text if item.language == language else item.source_text
        [title, *_more] = item.text_fields
        unsaid = {title, *_NO_PASSAGE.get(hit.kind, ())}
        said = [(name, text[name]) for name in item.text_fields if name not in unsaid]
        block = passages.best(said, language, answer.wanted, text[title])
        if block and not block[2] and not passages.has(text[title], language, answer.wanted):
            block = self._in_figures(item, language, answer.wanted) or block
        href = self._href(item, hit.kind, block and block[0], language)
        if href is None:
            return None
        return Result(
            hit.kind,
            markdown.render_line(text[title]),
            href,
            passages.marked(block[1], language, answer.wanted) if block else "",
            language,
        )

    def _in_figures(self, item, language, wanted):
        """The passage may be a number's sentence: one query for all results of a page."""
        if self._figures is None:
            drawn = [each for item in self.items.values() for each in drawn_by(item)]
            names = {f"{kind}:{key}" for kind, key in drawn if kind == FIGURE}
            found = loaded.items(self.reader, names)
            self._figures = {figure.key: figure for figure in found.values()}
        drawn = [self._figures.get(key) for kind, key in drawn_by(item) if kind == FIGURE]
        texts = [
            ("", each.text["sentence"]) for each in drawn if each and each.language == language
        ]
        found = passages.best(texts, language, wanted)
        return found if found and found[2] else None

    def _href(self, item, kind, field, language):
        # A text that is not translated yet stands on the page in the reader's language, too.
        code = self.reader.language if item.language == language else language
        with languages.active(code):
            if kind == "questions":
                return f"{reverse('faq:ask')}#ask-{item.key}"
            if kind == "analogies":
                place = self._place_of(item)
                return place and f"{place.get_absolute_url()}#analogy-{item.key}"
            return item.get_absolute_url() + _ANCHORS.get(field, "")

    def _place_of(self, analogy):
        """The first text on a page that draws it."""
        for name in self._places.get(analogy.item, ()):
            place = self.items.get(name)
            if place and (ANALOGY, analogy.key) in drawn_by(place):
                return place
        return None


def _places(hits):
    """Analogy to the names of the texts that draw it."""
    types = [model._meta.label_lower for model in PLACES]
    found = {}
    for index, hit in hits:
        if KINDS[hit.kind]._meta.label_lower == ANALOGY:
            names = index.drawing({hit.name}, limit=5)
            names = [name for name in names if name.partition(":")[0] in types]
            names.sort(key=lambda name: (types.index(name.partition(":")[0]), name))
            found.setdefault(hit.name, []).extend(names)
    return found
