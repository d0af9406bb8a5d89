"""What the evidence app finds in a proposed text: sources that do not carry it, and numbers that
live in two places."""

from fractions import Fraction
from typing import NamedTuple

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from review import clock, languages, quality
from review.quality.evidence import says_groups, tells_survival
from review.quality.evidence.passages import passages

from .models import KeyFigure, Kind, Notice, Source

# Years after which a source of a kind should have a newer one beside it. Guidelines and reviews are
# redone in about five years (half are out of date after 5.5: Shojania et al., Ann Intern Med
# 2007;147:224, doi:10.7326/0003-4819-147-4-200708210-00179); what a trial, a laboratory or an
# autopsy found once stays found.
LASTS = {
    Kind.GUIDELINE: 5,
    Kind.REVIEW: 10,
    Kind.META_ANALYSIS: 15,
    Kind.REGISTRY: 20,
    Kind.COHORT: 25,
}


def cites_what_does_not_carry(item, revision, referred):
    """Sources that were retracted, that nobody verified, or that are older than their kind allows.
    Advice on sources is given once: with the original of a text that leads, not with every
    translation and every word of the glossary."""
    cited = [each for each in referred.values() if isinstance(each, Source)]
    for source in (each for each in cited if each.retracted):
        yield _of_sources(
            "source-retracted", quality.BLOCKING, _RETRACTED, item, revision, [source]
        )
    if revision.language != languages.source():
        return  # its original was asked the rest
    leads = quality.BLOCKING in item.claims.values()
    unsure = [each for each in cited if each.to_verify]
    if unsure and (leads or not settings.DEMO):
        severity = quality.ADVISORY if settings.DEMO else quality.BLOCKING
        yield _of_sources("source-to-verify", severity, _TO_VERIFY, item, revision, unsure)
    year = timezone.localdate().year
    for source in cited if leads else ():
        if source.facts.get("notice") == Notice.CONCERN:
            yield _of_sources(
                "source-concern", quality.ADVISORY, _CONCERN, item, revision, [source]
            )
        elif year - source.facts.get("year", year) > LASTS.get(source.facts.get("kind"), 200):
            yield _of_sources("source-old", quality.ADVISORY, _OLD, item, revision, [source])


_TO_VERIFY = _("It cites what is still to be verified: %(sources)s")
_RETRACTED = _("It cites what was retracted: take %(sources)s out, and what rests on it alone.")
_CONCERN = _("It cites what its journal is concerned about: look whether %(sources)s still holds.")
_OLD = _("Its source %(sources)s is old for its kind: look for a newer one.")


def _of_sources(identity, severity, message, item, revision, sources):
    told = "; ".join(_told(each, identity) for each in sources)
    first = sources[0]
    cited = (n for n in item.text_fields if f"[@{first.key}]" in (revision.text.get(n) or ""))
    field = next(cited, "") if len(sources) == 1 else ""
    return quality.Finding(identity, severity, quality.sentence(message, sources=told), field)


def _told(source, identity):
    if identity == "source-to-verify":
        return f"“{source.key}” ({source.facts.get('verify', '')})"
    return f"“{source.key}” ({source.facts.get('year', '')})"


# -- A number lives once ---------------------------------------------------------------------------


def writes_figures_by_hand(item, revision, referred):
    """A share that a signed figure holds, written into a text that does not draw the figure: it
    would stay as it is when the figure changes."""
    if quality.BLOCKING not in item.claims.values():
        return  # short texts hold no picture; ``uses`` finds them when the figure changes
    drawn = {each.key for each in referred.values() if isinstance(each, KeyFigure)}
    told = set()
    for name in item.claims:
        for each in passages(revision.text.get(name) or "", revision.language):
            for key in sorted(_figures_of(each) - drawn - told):
                told.add(key)
                message = quality.sentence(_BY_HAND, key=key)
                place = {"block": each.number, "start": each.start, "end": each.end}
                yield quality.Finding(
                    "figure-by-hand", quality.ADVISORY, message, name, **place, words=each.text
                )


_BY_HAND = _(
    "This number is the signed figure “%(key)s”: draw it with {figure:%(key)s}, or this text will "
    "not hear of its changes."
)


def figures_written_in(records, language):
    """For ``review.uses``: a function from a text to the keys of the figures whose number it holds,
    beside a citation of their source."""
    shares = [(each.key, *_numbers(each.facts)) for each in records if each.facts]
    cited = {f"[@{source}]" for _key, sources, _parts in shares for source in sources}

    def written(model, text):
        told = (text.get(name) or "" for name in model.claims)
        return {
            key
            for each in told
            if any(mark in each for mark in cited)
            for passage in passages(each, language)
            for key in _figures_of(passage, shares)
        }

    return written


class _Shares(NamedTuple):
    line: clock.Line
    figures: list  # [(key, sources, the shares of the whole that it tells)]


_held = _Shares(None, [])


def _shares():
    """The signed figures' numbers, asked for once while the ledger stays as it is: a request holds
    many texts."""
    global _held
    line = clock.newest()
    if _held.line != line:
        figures = KeyFigure.objects.public(languages.source())
        _held = _Shares(line, [(each.key, *_numbers(each.facts)) for each in figures])
    return _held.figures


def _numbers(facts):
    """(sources, shares of the whole); a draft may lack any of these."""
    count, whole = facts.get("count"), facts.get("out_of")
    told = {count, facts.get("high") or count} if whole and count is not None else set()
    return set(facts.get("sources") or ()), {Fraction(each, whole) for each in told}


def _figures_of(each, shares=None):
    """The figures whose number stands in a passage that cites their source."""
    ratios = [one for said in each.sentences for one in said.ratios]
    written, cites = {value for one in ratios for value in one.values}, set(each.cites)
    if not (written and cites):
        return set()
    known = _shares() if shares is None else shares
    return {key for key, sources, parts in known if cites & sources and written & parts}


# -- Survival --------------------------------------------------------------------------------------


def tells_of_groups(item, revision, referred):
    """Who reads how many people live is told beside it that this is about groups."""
    text = "\n\n".join(revision.text.get(name) or "" for name in item.text_fields)
    if isinstance(item, KeyFigure):
        yield from _survival_figure(item, revision, text)
    elif quality.BLOCKING in item.claims.values() and _lacks_note(text, revision, referred):
        message = quality.sentence(_NOTE)
        yield quality.Finding("survival-without-note", quality.ADVISORY, message)


_NOTE = _(
    "It tells in numbers how long people live: say that numbers describe groups, not one person."
)
_ABOUT = _("It tells how long people live: choose so in its facts, so that readers can hide it.")


def _lacks_note(text, revision, referred):
    if any(isinstance(each, KeyFigure) and each.survival for each in referred.values()):
        return False  # a figure brings its own
    return tells_survival(text, revision.language) and not says_groups(text, revision.language)


def _survival_figure(item, revision, text):
    facts = revision.facts  # a translation has those of its original
    if facts is None and revision.source_id:
        facts = revision.source.facts
    about = (facts or {}).get("about")
    own = revision.text.get("sentence") or ""
    if about == KeyFigure.SURVIVAL:
        if not says_groups(text, revision.language):
            message = quality.sentence(_NOTE)
            yield quality.Finding("survival-without-note", quality.BLOCKING, message, "note")
    elif revision.facts is not None and tells_survival(own, revision.language):
        message = quality.sentence(_ABOUT)
        yield quality.Finding("survival-not-marked", quality.BLOCKING, message, "sentence")
