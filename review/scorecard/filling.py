"""What fills an item by itself: a rule over the checks and the records, with its sentence.

An app registers the rules that need to know its content. A rule that cannot tell leaves the item to
a person.
"""

import re
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .. import languages, staleness
from ..quality.plain import scores
from .instruments import NA, NO, PARTLY, YES

_LIST = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s", re.MULTILINE)
_RATED = {True: "5", PARTLY: "3", False: "1", NA: NA}
_ANSWERED = {True: YES, PARTLY: PARTLY, False: NO, NA: NA}

_rules = {}


@dataclass(frozen=True)
class Filled:
    answer: str
    why: str  # the rule, as a sentence


def register(name, rule, why):
    """``rule(assessed)`` gives True, False, "partly", "na", or None where a person must say;
    ``why`` is the sentence that says by what it was filled."""
    _rules[name] = (rule, why)


def fill(item, assessed):
    """Filled, or None for an item that a person answers."""
    if item.rule not in _rules or not assessed.texts:
        return None
    rule, why = _rules[item.rule]
    told = rule(assessed)
    if told is None:
        return None
    answer = (_RATED if item.scale == "rating" else _ANSWERED)[told]
    if answer not in item.choices:  # a scale without a middle: what is not whole is not there
        answer = NO if answer == PARTLY else None
    return Filled(answer, why) if answer else None


def free_of(*ids):
    """A rule: the checks find none of these; "partly" where some of the texts are free of them."""

    def rule(assessed):
        free = [not found & set(ids) for found in assessed.findings.values()]
        return True if all(free) else PARTLY if any(free) else False

    return rule


def sure_without(*ids):
    """A rule: the checks find none of these. Where they do, a person weighs how much it is."""
    return lambda assessed: None if assessed.found & set(ids) else True


def says(name):
    """A rule: the item itself has words in that field."""
    return lambda assessed: assessed.says(name)


def _all_public(assessed):
    public = [each.live is not None for each in assessed.texts]
    return True if all(public) else PARTLY if any(public) else False


def _reviews_planned(assessed):
    today = timezone.localdate()
    return all(each.live and each.live.next_review >= today for each in assessed.texts)


def _interests(assessed):
    if not any(each.live for each in assessed.texts):
        return None
    return all(each.live.interests for each in assessed.texts if each.live)


def _grade(assessed):
    if not scores.has_formula(assessed.language):
        return None
    return not assessed.found & {"grade-too-high", "grade-above-target"}


def _translation(assessed):
    if assessed.language == languages.source():
        return NA
    outdated = staleness.outdated_among([each.revision for each in assessed.texts])
    return all(each.live and not outdated[each.revision] for each in assessed.texts)


def _lists(assessed):
    words = (text for each in assessed.texts for text in each.revision.text.values())
    return any(_LIST.search(each or "") for each in words)


register(
    "claims-cited",
    free_of("uncited-number", "uncited-most", "uncited-survival", "uncited-drug"),
    _("The checks look for claims without a source."),
)
register(
    "sources-sound",
    free_of("source-retracted", "source-to-verify", "source-concern"),
    _("The checks look for sources that were retracted, doubted or never verified."),
)
register(
    "jargon", sure_without("jargon", "abbreviation"), _("The checks look for unexplained words.")
)
register("active", sure_without("passive"), _("The checks count sentences that hide who acts."))
register("sections", free_of("no-heading"), _("The checks look for long parts without a heading."))
register("grade", _grade, _("The formula of the language says how hard it reads."))
register("lists", _lists, _("It is looked for in the text."))
register("signed", _all_public, _("The records say which texts a medical advisor signed."))
register("dated", _all_public, _("Every signed page shows its date, and sources their year."))
register("reviews-planned", _reviews_planned, _("Every signature has a date for the next review."))
register("interests", _interests, _("Every signature keeps the declared interests."))
register("versions", lambda assessed: True, _("Every version and every decision is kept."))
register("translation", _translation, _("The records say which original a signed text translates."))
