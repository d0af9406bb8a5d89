"""How hard a text is by its language's formulas, and the findings that follow from it.

A formula needs a sample: what is shorter than ``FEWEST`` words has no score. Arabic and Chinese
have no dependable formula: only their sentences are measured, and no grade is made up.
"""

from functools import lru_cache
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from ..findings import ADVISORY, BLOCKING, Finding, sentence
from ..translation import code
from . import formulas, passages, syllables
from .vocabulary import vocabulary

FEWEST = 60  # words of a text with a score
FEWEST_OF_PARAGRAPH = 40
MANY = 3  # syllables of a long word, as SMOG counts
EXPLAINED = 2  # the most that a word of the glossary counts: readers can open what it means


class Counts(NamedTuple):
    words: int
    sentences: int
    syllables: int  # each word in full
    explained: int  # a word of the glossary counts two at most
    polysyllables: int
    polysyllables_explained: int


class Scale(NamedTuple):
    """``target`` is what a text should reach, ``stop`` what it must not pass; ``hard`` is +1 where
    more is harder, -1 where more is easier. The first scale of a language decides."""

    name: str
    label: str
    value: callable
    target: float
    stop: float
    hard: int

    def beyond(self, value, limit):
        return (value - limit) * self.hard > 0


class Score(NamedTuple):
    """``value`` with the glossary's words counted short, ``raw`` with each word in full."""

    scale: Scale
    value: float
    raw: float

    @property
    def above_target(self):
        return self.scale.beyond(self.value, self.scale.target)

    @property
    def stops(self):
        return self.scale.beyond(self.value, self.scale.stop)


def _by_syllables(formula):
    return lambda counts, syllables_, _many: formula(counts.words, counts.sentences, syllables_)


# Fernández Huerta's own table gives 60 and more to the 7th and 8th year, 50 to 60 to those before
# university (9 to 12): 55 is its middle. Kandel and Moles kept Flesch's scale, where 60 to 70 is
# the 8th and 9th year and 50 to 60 the 10th to 12th. INFLESZ: 55 is "normal", 40 "very hard".
SCALES = {
    "en": (
        Scale(
            "flesch-kincaid",
            _("Flesch–Kincaid grade"),
            _by_syllables(formulas.flesch_kincaid),
            8,
            10,
            1,
        ),
        Scale(
            "smog",
            _("SMOG grade"),
            lambda counts, _syllables, many: formulas.smog(counts.sentences, many),
            10,
            12,
            1,
        ),
    ),
    "es": (
        Scale(
            "fernandez-huerta",
            _("Fernández Huerta"),
            _by_syllables(formulas.fernandez_huerta),
            60,
            55,
            -1,
        ),
        Scale(
            "inflesz",
            _("INFLESZ (Szigriszt-Pazos)"),
            _by_syllables(formulas.szigriszt_pazos),
            55,
            40,
            -1,
        ),
    ),
    "fr": (
        Scale("kandel-moles", _("Kandel–Moles"), _by_syllables(formulas.kandel_moles), 60, 55, -1),
    ),
}
ABOVE_STOP = {
    1: gettext_noop(
        "The text needs school year %(value)s (%(formula)s); above %(stop)s it stops, %(target)s "
        "is the aim: make sentences shorter and take shorter words."
    ),
    -1: gettext_noop(
        "The text scores %(value)s (%(formula)s); below %(stop)s it stops, %(target)s is the aim: "
        "make sentences shorter and take shorter words."
    ),
}
ABOVE_TARGET = {
    1: gettext_noop(
        "The text needs school year %(value)s (%(formula)s); %(target)s is the aim: make "
        "sentences shorter and take shorter words."
    ),
    -1: gettext_noop(
        "The text scores %(value)s (%(formula)s); %(target)s is the aim: make sentences shorter "
        "and take shorter words."
    ),
}
HARD_PARAGRAPH = gettext_noop(
    "This paragraph is hard to read (%(formula)s %(value)s): split its longest sentence, or say "
    "its long words simply."
)
LONG_ON_AVERAGE = gettext_noop(
    "Its sentences have %(value)s words on average, %(limit)s are the most: split the longest."
)
LONG_ON_AVERAGE_CHARACTERS = gettext_noop(
    "Its sentences have %(value)s characters on average, %(limit)s are the most: split the longest."
)


def measured(text):
    """[Score] of a whole Text; [] where it is too short or its language has no formula."""
    return _scores(_all(text), text.language, _single(text.known), FEWEST)


def average(text):
    """(words, or characters of Chinese, of its mean sentence; sentences). None for no sentence."""
    sentences = [each for passage in _all(text) for each in passage.piece.sentences]
    if not sentences:
        return None
    return sum(len(each.words) for each in sentences) / len(sentences), len(sentences)


def paragraphs(text):
    """(field's name, passage, [Score]) of every paragraph that is long enough for one."""
    known = _single(text.known)
    for field, passage in _prose(text):
        scores = _scores((passage,), text.language, known, FEWEST_OF_PARAGRAPH)
        if scores:
            yield field.name, passage, scores


def readable(text):
    """The check that stops a text: harder than any patient should have to read."""
    for score in measured(text)[:1]:
        if score.stops:
            yield _of_text("grade-too-high", BLOCKING, ABOVE_STOP, score)


def advice(text):
    for score in measured(text)[:1]:
        if score.above_target and not score.stops:
            yield _of_text("grade-above-target", ADVISORY, ABOVE_TARGET, score)
    for field, passage, scores in paragraphs(text):
        if scores[0].stops:
            message = sentence(HARD_PARAGRAPH, **_said(scores[0]))
            yield Finding(
                "hard-paragraph",
                ADVISORY,
                message,
                field,
                passage.block,
                passage.start,
                passage.end,
                passage.piece.source,
            )
    words, mean = vocabulary(text.language), average(text)
    if words.average and mean and mean[1] >= 3 and mean[0] > words.average:
        message = LONG_ON_AVERAGE_CHARACTERS if words.spaceless else LONG_ON_AVERAGE
        said = sentence(message, value=round(mean[0]), limit=words.average)
        yield Finding("long-on-average", ADVISORY, said)


def _of_text(id_, severity, messages, score):
    message = sentence(messages[score.scale.hard], **_said(score))
    return Finding(id_, severity, message)


def _said(score):
    scale = score.scale
    return {
        "value": f"{score.value:.1f}",
        "formula": scale.label,
        "target": scale.target,
        "stop": scale.stop,
    }


def _prose(text):
    """(field, passage) of what has sentences; a title without an end is none."""
    for field in text.fields:
        for passage in passages.passages(field.markdown, text.language, field.line):
            if passage.kind not in passages.PROSE:
                continue
            if field.line and not any(each.ended for each in passage.piece.sentences):
                continue
            yield field, passage


def _all(text):
    return tuple(passage for _field, passage in _prose(text))


@lru_cache(maxsize=64)
def _single(known):
    """The words of the glossary's forms, one by one."""
    return frozenset(word.lower() for form in known for word in form.split())


def _scores(some, language, known, fewest):
    language = code(language)
    counts = _counts(some, language, known)
    if language not in SCALES or counts.words < fewest:
        return []
    return [
        Score(
            scale,
            scale.value(counts, counts.explained, counts.polysyllables_explained),
            scale.value(counts, counts.syllables, counts.polysyllables),
        )
        for scale in SCALES[language]
    ]


def _counts(some, language, known):
    total = [0, 0, 0, 0, 0, 0]
    for passage in some:
        total = [
            one + more
            for one, more in zip(total, _of_piece(passage.piece, language, known), strict=True)
        ]
    return Counts(*total)


@lru_cache(maxsize=20_000)
def _of_piece(piece, language, known):
    if language not in SCALES:
        return Counts(piece.words, len(piece.sentences), 0, 0, 0, 0)
    spoken = [
        (syllables.count(word.text, language), word.text.lower() in known)
        for sentence in piece.sentences
        for word in sentence.words
    ]
    return Counts(
        len(spoken),
        len(piece.sentences),
        sum(count for count, _known in spoken),
        sum(min(count, EXPLAINED) if explained else count for count, explained in spoken),
        sum(count >= MANY for count, _known in spoken),
        sum(count >= MANY and not explained for count, explained in spoken),
    )


def has_formula(language):
    return code(language) in SCALES


def counts_characters(language):
    return vocabulary(language).spaceless
