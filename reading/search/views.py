"""The page of search results. What somebody looks for is kept nowhere: no cookie, no log, no copy
in a cache."""

from dataclasses import dataclass, field

from django.utils.functional import cached_property
from django.utils.translation import get_language

from review import languages, limits
from review.readers import Reader, respond
from topics.models import Guide

from . import following, index
from .asking import A_PAGE, LONGEST, MOST_PAGES, Answer, Question, cleaned
from .documents import KINDS
from .results import PLURALS, Results

SUGGESTED = 5  # guides, where nothing was asked
MOST, WINDOW = 300, 60  # questions of one connection in so many seconds; a hospital may be one
FROM_THE_SOURCE = 5  # results in the source language, below the others


def page(request):
    return _respond(request, "reading/search.html")


def part(request):
    """The results alone, for the script that asks while somebody types."""
    return _respond(request, "reading/_search_results.html")


def _respond(request, template):
    reader = Reader(get_language())
    asked = bool(request.GET.get("q"))
    refused = asked and limits.over("search", limits.address(request), MOST, WINDOW)
    search = Search(reader, request.GET, refused)
    guides = []
    if not search.text:
        guides = list(reader.through(Guide.objects.all())[:SUGGESTED])
        for guide in guides:
            guide.html = reader.rendering.lines(guide)
    response = respond(request, reader, template, search=search, guides=guides, unlisted=True)
    response["Cache-Control"] = "private, no-store"
    response.for_every_reader = False
    response["X-Robots-Tag"] = "noindex"
    if refused:
        response.status_code, response["Retry-After"] = 429, str(WINDOW)
    return response


@dataclass
class Search:
    """What somebody asks, and what there is. ``parameters`` are those of the address."""

    reader: Reader
    parameters: dict = field(repr=False)
    refused: bool = False  # too many came: nothing is looked for, what was typed stays
    longest = LONGEST

    def __post_init__(self):
        given = self.parameters.get("q", "")
        self.text = cleaned(given)
        self.shortened = len(given) > LONGEST
        wanted = self.parameters.get("kind", "")
        self.kind = wanted if wanted in KINDS else ""
        number = self.parameters.get("page", "1")
        sound = number.isascii() and number.isdigit() and len(number) < 4
        self.page = min(max(1, int(number)), MOST_PAGES) if sound else 1
        self.source = languages.source()
        self.waiting = False  # the index is being made
        self.answer, self.results, self.others = Answer(), [], []
        if self.text and not self.refused:
            self._ask()

    def _ask(self):
        asked = []
        if mine := self._answer(self.reader.language):
            self.answer = mine[2]
            asked.append(mine)
            if self.reader.language != self.source and self.page == 1:
                asked += filter(None, [self._answer(self.source, beside=mine)])
        self.results, *more = Results(self.reader, asked).lists if asked else [[]]
        self.others = more[0] if more else []

    def _answer(self, language, beside=None):
        """(index, language, answer), or None while there is no index to ask."""
        found = following.ready(language)
        for _again in range(2):
            if found is None:
                break
            try:
                question = Question(found, language, self.text)
                if beside is None:
                    return found, language, question.answer(self.kind, self.page)
                # What is translated is not offered again; but where nothing was found, it is.
                skip = beside[0].holds if beside[2].hits else None
                answer = question.answer(self.kind, 1, skip, FROM_THE_SOURCE)
                return found, language, answer
            except index.Damaged as error:
                found = following.damaged(language, error)
        self.waiting = True
        return None

    @property
    def total(self):
        """How many there are: what the door refused on this page is not counted."""
        return max(len(self.results), self.answer.total - len(self.answer.hits) + len(self.results))

    @property
    def first(self):
        return (self.page - 1) * A_PAGE + 1

    @property
    def next(self):
        more = self.page < MOST_PAGES and self.answer.total > self.page * A_PAGE
        return self.page + 1 if more else None

    @property
    def previous(self):
        return self.page - 1 if self.page > 1 else None

    @property
    def source_direction(self):
        return languages.direction(self.source)

    @cached_property
    def kinds(self):
        """(kind, its name, whether it is the one chosen) of what was found; "" is all of them."""
        found = [kind for kind in KINDS if kind in self.answer.kinds or kind == self.kind]
        if len(found) < 2 and not self.kind:
            return []
        return [(kind, PLURALS[kind], kind == self.kind) for kind in found]
