"""What a text must show for what it claims: one rule each, a Markdown text in, findings out. Pure.

Sources of the rules: IPDAS minimum standards (Joseph-Williams et al., Med Decis Making 2014,
doi:10.1177/0272989X13501721: every probability with its time and its group), the CDC Clear
Communication Index (absolute beside relative risk), DISCERN questions 4 and 5 (sources and dates).
"""

import re
from functools import lru_cache

from django.utils.translation import gettext_noop as _

from ..findings import ADVISORY, Finding, sentence
from ..once import once
from ..translation import names
from .passages import passages
from .vocabulary import plain, words

# A part and its whole, as "27 of 100"; one number alone may be a dose, a date, a page.
FEW = 20
_PERCENT = re.compile(r"%|per ?cent|por ciento|pour ?cent|ميه|مايه|百分之", re.IGNORECASE)


def uncited(text, language, *, line=False):
    """A share, a survival time, "most", a drug's name, without a source in its paragraph or a
    signed figure beside it. A line of its own cannot cite, and is not asked to."""
    if line:
        return
    for each in passages(text, language):
        if each.cites or each.figures:
            continue
        claim = _claim(each, language)
        if claim:
            identity, message, said = claim
            yield _finding(identity, sentence(message, words=said), each)


_NUMBER = _("“%(words)s” is a number without a source: cite one in this paragraph, as [@key].")
_MOST = _("“%(words)s” says how many, without a source: cite one in this paragraph, as [@key].")
_SURVIVAL = _(
    "“%(words)s” tells how long people live, without a source: cite one in this paragraph, as "
    "[@key]."
)
_DRUG = _("“%(words)s” is a drug, named without a source: cite one in this paragraph, as [@key].")


def _claim(each, language):
    """(id, message, words) of the firmest claim of a passage, or None."""
    known, told = words(language), []
    for said in each.sentences:
        of_people = known.say("percent.people", said.plain)
        ratios = [one for one in said.ratios if of_people or not _few(one)]
        lived = known["claims.survival"].search(said.plain)
        timed = [one for one in said.quantities if one.measure in ("months", "time")]
        if lived and (timed or ratios):
            told.append((0, "uncited-survival", _SURVIVAL, lived[0]))
        elif ratios:
            told.append((1, "uncited-number", _NUMBER, ratios[0].text))
        if match := known["claims.most"].search(said.plain):
            told.append((2, "uncited-most", _MOST, match[0]))
        if drug := _drug(said.words):
            told.append((3, "uncited-drug", _DRUG, drug))
    return min(told)[1:] if told else None


def _few(quantity):
    """ "One of three words" is a share of people only where people are named."""
    return bool(quantity.parts) and max(max(part.raw) for part in quantity.parts) < FEW


def _drug(text):
    found, _rest = names.found(text)
    unlisted = names.unlisted_drugs(text)
    listed = (form for name, form in found.items() if names.is_drug(name))
    return next(listed, "") or next(iter(unlisted.values()), "")


def percents(text, language, *, line=False):
    """A percentage that does not say of whom, or in what time."""
    known = words(language)
    if not known.known:
        return
    for each in passages(text, language, line):
        whole = " ".join(said.plain for said in each.sentences)
        for said in each.sentences:
            shares = [one for one in said.ratios if _PERCENT.search(one.text)]
            if not shares or known["risk.beside"].search(said.plain):
                continue
            counted = [one for each_said in each.sentences for one in each_said.quantities]
            timed = any(one.measure in ("months", "time") for one in counted)
            if not known.say("percent.people", whole):
                message = _("“%(words)s”: say of whom, as “30 of 100 people who …”.")
                yield _finding("percent-of-whom", sentence(message, words=shares[0].text), each)
            elif not (timed or known.say("percent.period", whole)):
                message = _("“%(words)s”: say when, or over what time, it was counted.")
                yield _finding("percent-when", sentence(message, words=shares[0].text), each)


def relative_risks(text, language, *, line=False):
    """A risk told only beside another, without the two numbers that it compares."""
    known = words(language)
    for each in passages(text, language, line):
        ratios = [one for said in each.sentences for one in said.ratios]
        whole = [one for one in ratios if one.parts]
        for said in each.sentences:
            match = known["risk.alone"].search(said.plain)
            if match is None and any(not one.parts for one in said.ratios):
                match = known["risk.beside"].search(said.plain)
            told = whole if whole else [one for one in ratios if one not in said.ratios]
            if match and len({min(one.values) for one in told}) < 2:
                message = _(
                    "“%(words)s” compares two risks: give both as numbers of people, out of the "
                    "same whole."
                )
                yield _finding("relative-risk", sentence(message, words=match[0]), each)
                break


@once(20_000)
def tells_survival(text, language):
    """Whether a text tells in numbers how many people live, or how long."""
    known = words(language)
    if not known.say("claims.survival", plain(text)):  # most texts: their numbers need no reading
        return False
    return any(
        known.say("claims.survival", said.plain)
        and any(one.measure in ("ratio", "months") for one in said.quantities)
        for line in text.split("\n\n")
        for each in passages(line, language)
        for said in each.sentences
    )


@lru_cache(maxsize=64)
def survival_in(language):
    """``tells_survival`` for one language, the same function each time."""
    return lambda text: tells_survival(text, language)


@once(20_000)
def says_groups(text, language):
    """Whether a text says that its numbers are about groups, not about one person."""
    known = words(language)
    return not known.known or any(
        known.say("note.group", said.plain)
        for each in passages(text, language)
        for said in each.sentences
    )


RULES = (uncited, percents, relative_risks)


def findings(text, language, *, line=False, field=""):
    """Every finding of one Markdown text."""
    found = [each for rule in RULES for each in rule(text, language, line=line)]
    return [each._replace(field=field) for each in found]


def _finding(identity, message, each):
    return Finding(
        identity,
        ADVISORY,
        message,
        block=each.number,
        start=each.start,
        end=each.end,
        words=each.text,
    )
