"""What in a text is hard to read or hard to bear: each place, with a sentence of advice."""

import re
from functools import lru_cache

from django.utils.translation import gettext_noop as _

from ... import blocks
from ..findings import ADVISORY, Finding
from ..findings import sentence as say
from . import scores
from .passages import PROSE, passages
from .vocabulary import vocabulary

LONG = _("This sentence has %(count)s words, %(limit)s are the most: make two of it.")
LONG_CHARACTERS = _("This sentence has %(count)s characters, %(limit)s are the most: make two.")
PASSIVE = _("“%(words)s” hides who acts: say who does it.")
DOUBLE = _("“%(words)s” says no twice: say what is so.")
JARGON = _(
    "“%(words)s” is a hard word that the glossary does not explain: say “%(plain)s”, or add it to "
    "the glossary."
)
ABBREVIATION = _("“%(words)s” is short for something that this page does not say: write it out.")
WAR = _("“%(words)s” speaks of illness as war, which can hurt: say what happens or what is done.")
BLAME = _("“%(words)s” puts the blame on the person: say what the illness or treatment did.")
NO_HEADING = _(
    "%(count)s words stand here without a heading, %(limit)s are the most: put a heading between."
)
NO_HEADING_CHARACTERS = _(
    "%(count)s characters stand here without a heading, %(limit)s are the most: put one between."
)

MOST_PASSIVE = 1 / 4  # of a text's sentences
FEWEST_PASSIVES = 3
_PAUSE = re.compile(r"[:;؛：；](?=\s|$|[^\x00-\x7f])")
_SHORT = re.compile(r"(?<![A-Za-z0-9-])[A-Z](?:[A-Z]{1,5}s?|[a-z][A-Z]{1,4})(?![A-Za-z0-9-])")
_ROMAN = re.compile(r"[IVXL]+")
_BRACKETS = re.compile(r"[(（][^()（）]*[)）]")


def advice(text):
    yield from scores.advice(text)
    yield from _passives(text)
    seen = set()  # a word is explained to a page once
    page = _page(text)
    for field in text.fields:
        for passage in passages(field.markdown, text.language, field.line):
            yield from _of_passage(passage, field.name, text.language)
            yield from _hard_words(passage, field.name, text, seen)
            yield from _abbreviations(passage, field.name, text, page, seen)
        if not field.line:
            yield from _without_heading(field, text.language)


def _of_passage(passage, field, language):
    yield from _long(passage, field, vocabulary(language))
    for id_, message, start, words in _of_piece(passage.piece, language):
        yield _finding(id_, message, passage, field, start, words)


@lru_cache(maxsize=20_000)
def _of_piece(piece, language):
    """(id, message, place in the piece, words) of what depends on the piece alone."""
    known = vocabulary(language)
    rules = (
        ("double-negative", DOUBLE, known.double, known.double_but),
        ("war-words", WAR, known.war, known.war_but),
        ("blame-words", BLAME, known.blame, known.blame_but),
    )
    return tuple(
        (id_, message, sentence.start + match.start(), match[0].strip())
        for id_, message, pattern, but in rules
        for sentence in piece.sentences
        for match in _matches(sentence.text, pattern, but)
    )


def _matches(text, pattern, but):
    """Where a pattern stands and no exception does."""
    found = list(pattern.finditer(text))
    allowed = [each.span() for each in but.finditer(text)] if found else []
    return [match for match in found if not _touches(match, allowed)]


def _touches(match, spans):
    return any(first < match.end() and match.start() < last for first, last in spans)


def _passives(text):
    """The clear ones; all of them where more than a share of the sentences is passive."""
    known = vocabulary(text.language)
    found, sentences = [], 0
    for field in text.fields:
        for passage in passages(field.markdown, text.language, field.line):
            sentences += len(passage.piece.sentences)
            passives = _passive(passage.piece, text.language)
            found += [(field.name, passage, *each) for each in passives]
    passive = {(passage, sentence.start) for _name, passage, sentence, *_rest in found}
    many = len(passive) >= FEWEST_PASSIVES and len(passive) > MOST_PASSIVE * sentences
    for field, passage, sentence, match, clear in found:
        if clear or many or known.passive_clear is None:
            start = sentence.start + match.start()
            yield _finding("passive", PASSIVE, passage, field, start, match[0].strip())


@lru_cache(maxsize=20_000)
def _passive(piece, language):
    """(sentence, match, whether it is clear) of each."""
    known = vocabulary(language)
    found = []
    for sentence in piece.sentences:
        matches = _matches(sentence.text, known.passive, known.passive_but)
        if matches and known.passive_clear:
            clear = [each.span() for each in known.passive_clear.finditer(sentence.text)]
        for match in matches:
            found.append((sentence, match, bool(known.passive_clear) and _touches(match, clear)))
    return tuple(found)


def _finding(id_, message, passage, field, start, words, **values):
    """``start`` is the place in the passage."""
    said = say(message, words=" ".join(words.split()), **values)
    start += passage.start
    place = (passage.block, start, start + len(words))
    return Finding(id_, ADVISORY, said, field, *place, passage.piece.source)


def _long(passage, field, known):
    if passage.kind not in PROSE:
        return
    message = LONG_CHARACTERS if known.spaceless else LONG
    for sentence in passage.piece.sentences:
        if len(sentence.words) > known.longest and (count := _most(sentence)) > known.longest:
            said = say(message, count=count, limit=known.longest)
            start = passage.start + sentence.start
            place = (passage.block, start, start + len(sentence.text))
            yield Finding("long-sentence", ADVISORY, said, field, *place, passage.piece.source)


def _most(sentence):
    """The words of its longest part: a colon or semicolon is a pause, as McLaughlin counts."""
    pauses = [sentence.start + each.start() for each in _PAUSE.finditer(sentence.text)]
    ends = [*pauses, sentence.end]
    return max(
        sum(first <= word.start < last for word in sentence.words)
        for first, last in zip([sentence.start, *pauses], ends, strict=True)
    )


def _hard_words(passage, field, text, seen):
    known = vocabulary(text.language)
    for match in _jargon(passage.piece, text.language):
        plain = known.plain_words[match.lastindex - 1]
        if ("jargon", plain) in seen:
            continue
        if _covered(match, passage.piece, text.known, known.spaceless):
            continue
        seen.add(("jargon", plain))
        if match.lastindex in _in_glossary(text.known, text.language):
            continue
        if _explained(passage, match, known):
            continue
        yield _finding("jargon", JARGON, passage, field, match.start(), match[0], plain=plain)


@lru_cache(maxsize=20_000)
def _jargon(piece, language):
    return tuple(vocabulary(language).jargon.finditer(piece.text))


@lru_cache(maxsize=64)
def _in_glossary(known, language):
    """The jargon, by its number, of which the glossary explains some form: with it, all of them. Of
    "before / after" and the like each is one; where no spaces part words, a part is one too."""
    words = vocabulary(language)
    find = words.jargon.search if words.spaceless else words.jargon.fullmatch
    parts = (part.strip() for form in known for part in form.split("/"))
    return frozenset(match.lastindex for match in map(find, parts) if match)


@lru_cache(maxsize=64)
def _names(known):
    """What stands in the glossary's forms, "MSI" of "MSI-H" too."""
    return frozenset(part for form in known for part in re.findall("[A-Za-z0-9]+", form))


@lru_cache(maxsize=64)
def _forms(known, spaceless):
    """One pattern of the glossary's forms, the longest first."""
    if not known:
        return re.compile("(?!)")
    joined = "|".join(re.escape(form) for form in sorted(known, key=len, reverse=True))
    return re.compile(joined if spaceless else rf"(?:{joined})(?!\w)", re.IGNORECASE)


def _covered(match, piece, known, spaceless):
    """Whether a word stands inside one of the glossary's forms: it is explained with it."""
    spans = _explained_in(piece, known, spaceless)
    return any(first <= match.start() and match.end() <= last for first, last in spans)


@lru_cache(maxsize=20_000)
def _explained_in(piece, known, spaceless):
    """Where the glossary's forms stand. Of hundreds of forms none is quick to find: looked for
    only beside a hard word."""
    return tuple(match.span() for match in _forms(known, spaceless).finditer(piece.text))


def _explained(passage, match, known):
    """Whether the text says itself what the word means: in brackets beside it, or by "called"."""
    before = passage.piece.text[max(0, match.start() - 40) : match.start()]
    after = passage.piece.text[match.end() : match.end() + 12].lstrip(' *’"”')
    if after[:1] in tuple("(（") or re.search(r"[(（]\s*$", before):
        return True
    near = [each.end() for each in known.explains.finditer(before)]
    if near and len(before) - near[-1] <= 14:
        return True
    following = known.explains.match(after)
    return bool(following)


def _page(text):
    return "\n".join(field.markdown for field in text.fields)


def _abbreviations(passage, field, text, page, seen):
    if passage.kind == blocks.HEADING:
        return  # what a heading names is said below it
    known = vocabulary(text.language)
    for match in _SHORT.finditer(passage.piece.text):
        short = match[0].removesuffix("s")
        if short in seen or short in known.spelled or _ROMAN.fullmatch(short):
            continue
        seen.add(short)
        if short in _names(text.known) or _is_shouted(passage, match) or _expanded(short, page):
            continue
        yield _finding("abbreviation", ABBREVIATION, passage, field, match.start(), match[0])


def _is_shouted(passage, match):
    """Part of a name such as "KEYNOTE 177", or of words in capitals."""
    around = passage.piece.text[max(0, match.start() - 12) : match.end() + 12]
    return len(re.findall(r"(?<!\w)[A-Z]{2,}(?!\w)", around)) > 2


def _expanded(short, page):
    """Whether the page says what it is short for: "magnetic resonance (MRI)", or turned round."""
    name = re.escape(short)
    inside = re.search(
        rf"\w\s*[(（][^()（）]{{0,30}}(?<![A-Za-z0-9]){name}s?(?![A-Za-z0-9])[^()（）]{{0,30}}[)）]",
        page,
    )
    before = re.search(rf"(?<![A-Za-z0-9]){name}s?\s*[(（][^()（）\d]{{4,}}[)）]", page)
    verbs = "stands for|is short for|means|significa|signifie|veut dire"
    said = re.search(rf"(?<![A-Za-z0-9]){name}s?,? (?:{verbs})", page)
    return bool(inside or before or said)


def _without_heading(field, language):
    known = vocabulary(language)
    count, first, last, end = 0, None, None, None
    for passage in (*passages(field.markdown, language), None):
        # Words in bold at the beginning of an item lead the eye as a heading does.
        if passage is None or passage.kind == blocks.HEADING or passage.piece.source[:2] == "**":
            if count > known.section:
                message = NO_HEADING_CHARACTERS if known.spaceless else NO_HEADING
                said = say(message, count=count, limit=known.section)
                start = last.start if last else first.start
                yield Finding("no-heading", ADVISORY, said, field.name, None, start, end)
            count, first, last = 0, None, None
            continue
        first, end = first or passage, passage.end
        count += passage.piece.words
        if last is None and count > known.section:
            last = passage
