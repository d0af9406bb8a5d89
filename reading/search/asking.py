"""A reader's question becomes a query, and the index's answer a list of names: nothing to be shown.

Words are matched by their stem, or as they are written; a name from the glossary also stands for
its other forms. What nobody wrote is looked up in the texts' own vocabulary. No sign has a meaning
of its own: there are no operators.
"""

import json
import math
import unicodedata
from collections import namedtuple
from dataclasses import dataclass, field

from tantivy import Occur, Query

from . import index, words
from .documents import FAQ, KINDS, Term
from .index import SCHEMA, term
from .spelling import Vocabulary

LONGEST = 200  # characters of a question that are read
MOST_WORDS = 16
A_PAGE = 10
MOST_PAGES = 20
LONGEST_NAME = 4  # words of a glossary entry that are looked up together
MOST_OF_THEM, ANY_OF_THEM = 0.6, 0  # of the words that matter, where there are more than two
MOST_FORMS = 8  # other forms of a name that are looked for as well

Hit = namedtuple("Hit", "name kind")  # name: "topics.topic:surgery"


@dataclass
class Answer:
    """What the index has: ``hits`` of one page, ``total`` of all, ``kinds`` of what was found, the
    ``wanted`` words to mark, each in all its forms, and what unknown words were read as."""

    hits: list = field(default_factory=list)
    total: int = 0
    kinds: list = field(default_factory=list)
    wanted: list = field(default_factory=list)
    instead: list = field(default_factory=list)  # (as typed, what it was read as)


def cleaned(text):
    """A question as it is read: one line, without signs that cannot be seen."""
    seen = "".join(
        " " if unicodedata.category(each) in ("Cc", "Zl", "Zp") else each
        for each in text[: LONGEST * 4]
        if unicodedata.category(each) not in ("Cf", "Co", "Cs", "Cn")
    )
    return " ".join(seen.split())[:LONGEST]


class Question:
    """One question put to one language's index."""

    def __init__(self, asked_index, language, text):
        self.index, self.searcher = asked_index, asked_index.searcher
        self.known = words.of(language)
        self.text = text
        self.wanted, self.instead = [], []
        asked = {word.folded: word for word in self.known.asked(text)}
        self.words = list(asked.values())[:MOST_WORDS]

    def answer(self, kind="", page=1, skip=None, at_most=A_PAGE):
        """The hits of one page; with ``skip``, a function of a name, those that it refuses."""
        with index.reading():
            if not self.words:
                return Answer()
            self._meant()
            limit = at_most * (4 if skip else 1)
            each = self._words()
            query = self._query(each, MOST_OF_THEM)
            found = self._search(query, kind, page, limit)
            if not found.count and len(each) > 1:
                query = self._query(each, ANY_OF_THEM)
                found = self._search(query, kind, page, limit)
            names = [self.searcher.doc(address)["id"][0] for _score, address in found.hits]
            hits = [_hit(name) for name in names if skip is None or not skip(name)][:at_most]
            return Answer(hits, found.count, self._kinds(query), self.wanted, self.instead)

    def _search(self, query, kind, page, limit):
        if kind:
            query = Query.boolean_query([(Occur.Must, query), (Occur.Must, term("kind", kind))])
        return self.searcher.search(query, limit=limit, offset=(page - 1) * A_PAGE)

    def _kinds(self, query):
        wanted = {"kinds": {"terms": {"field": "kind", "size": len(KINDS)}}}
        told = self.searcher.aggregate(query, wanted)["kinds"]["buckets"]
        found = {each["key"] for each in told}
        return [kind for kind in KINDS if kind in found]

    # -- The query ---------------------------------------------------------------------------

    def _words(self):
        """A query for each word that matters."""
        names = self._names()
        return [self._word(word, names.get(word.folded, ())) for word in self.content]

    def _query(self, each, share):
        """That share of the words; the best answer is what bears the question as its name."""
        needed = len(each) if share > 0 and len(each) < 3 else max(1, math.ceil(len(each) * share))
        some = [(Occur.Should, word) for word in each]
        parts = [(Occur.Must, Query.boolean_query(some, minimum_number_should_match=needed))]
        small = [word for word in self.words if word not in self.content]
        parts += [(Occur.Should, term("title", word.stem)) for word in small]
        return Query.boolean_query([*parts, *self._best()])

    def _best(self):
        whole = term("exact", "_".join(word.stem for word in self.content))
        named = term("forms", "_".join(word.stem for word in self.content))
        yield Occur.Should, Query.const_score_query(whole, 30)
        yield Occur.Should, Query.const_score_query(named, 30)
        titles = [(Occur.Must, term("title", word.stem)) for word in self.content]
        in_title = Query.boolean_query(titles)
        yield Occur.Should, Query.const_score_query(in_title, 6)
        if len(self.words) > 2:  # a question, which a question answers
            faq = Query.boolean_query([*titles, (Occur.Must, term("kind", _kind(FAQ)))])
            yield Occur.Should, Query.const_score_query(faq, 8)

    def _word(self, word, others):
        """A word in any of its forms: title before text; the name's other forms count less."""
        ways, forms = [], set()
        for stem, folded in ((word.stem, word.folded), *self.also.get(word.folded, ())):
            forms.update((stem, folded))
            ways += [Query.boost_query(term("title", stem), 3.0), term("text", stem)]
            if not self.searcher.doc_freq("text", stem):  # typed without its accents, perhaps
                ways.append(term("words", folded))
        for stems in others:
            forms.update(stems[:1] if len(stems) == 1 else ())
            ways.append(Query.boost_query(_together(stems), 0.5))
        self.wanted.append(forms)
        return Query.disjunction_max_query(ways, 0.1)

    # -- Names and misspellings --------------------------------------------------------------

    def _names(self):
        """Word to the other forms of the glossary's names that the question has, each as stems."""
        found = {}
        for size in range(min(LONGEST_NAME, len(self.content)), 0, -1):
            for at in range(len(self.content) - size + 1):
                part = self.content[at : at + size]
                if any(word.folded in found for word in part):
                    continue
                name = "_".join(word.stem for word in part)
                if self.searcher.doc_freq("forms", name):
                    others = self._others(name)
                    found.update({word.folded: others for word in part})
        return found

    def _others(self, name):
        [first, *_more] = self.searcher.search(term("forms", name), limit=1, count=False).hits
        forms = json.loads(self.searcher.doc(first[1])["stored"][0])
        there = [form for form in forms if "_".join(form) != name]
        return sorted(there, key=len)[:MOST_FORMS]

    def _meant(self):
        """Put in the place of words that no text has those that were meant, if any is near."""
        self.also = {}
        for place, word in enumerate(self.words):
            if self._there(word) or words.is_close(word.stem):
                continue
            first, *more = [self.known.forms(each) for each in self._near(word)] or [None]
            if first:
                self.words[place] = word._replace(stem=first[0], folded=first[1])
                self.also[first[1]] = more
        self.content = self.known.without_small(self.words)

    def _there(self, word):
        freq = self.searcher.doc_freq
        return freq("text", word.stem) > 0 or freq("words", word.folded) > 0

    def _near(self, word):
        if self.index.vocabulary is None:
            counted = self.searcher.terms_with_prefix("surface", "")
            self.index.vocabulary = Vocabulary(counted, self.known.forms)
        found = self.index.vocabulary.instead_of(word.folded)
        if found:
            self.instead.append((self.text[word.start : word.end], found[0]))
        return found


def _together(stems):
    """All the words of a form, one after the other where they are written apart."""
    if len(stems) == 1:
        return term("text", stems[0])
    if any(map(words.is_close, stems)):
        return Query.boolean_query([(Occur.Must, term("text", stem)) for stem in stems])
    return Query.phrase_query(SCHEMA, "text", list(stems))


def _kind(model):
    return next(name for name, each in KINDS.items() if each is model)


def _hit(name):
    item_type, _colon, _key = name.partition(":")
    return Hit(name, next(k for k, m in KINDS.items() if m._meta.label_lower == item_type))


GLOSSARY = _kind(Term)
