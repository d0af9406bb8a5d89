"""What the answers come to, by each instrument's own rule. Pure: answers in, results out."""

from dataclasses import dataclass

from django.utils.translation import gettext_noop as _

from .instruments import NA, NO, PARTLY, YES

PEMAT_CUT = 70  # per cent: the cut-off that studies use; AHRQ itself names none
CDC_PASS = 90


@dataclass(frozen=True)
class Result:
    """One figure of an instrument: ``value`` of ``most`` (per cent where ``percent``), None while
    answers are missing; ``verdict`` in words, "" for none; ``missing`` items without an answer."""

    label: str
    value: float | None
    most: int
    missing: int = 0
    verdict: str = ""
    percent: bool = False


def score(instrument, answers):
    """Results of an instrument for {number: answer}; what is not answered is missing."""
    return _RULES[instrument.id](instrument, answers)


def _split(items, answers):
    """(answers that count, how many are missing); what does not apply counts neither way."""
    told = [answers.get(item.number) for item in items]
    return [each for each in told if each not in (None, NA)], told.count(None)


# -- DISCERN ---------------------------------------------------------------------------------------

_LOW, _FAIR, _GOOD = _("low: serious shortcomings"), _("moderate: some shortcomings"), _("high")


def _discern(instrument, answers):
    """The verdict is question 16, the rater's own: 1 or 2 low, 3 moderate, 4 or 5 high (Charnock D.
    The DISCERN handbook. Radcliffe 1998, question 16). The sums of questions 1 to 8 and 9 to 15,
    as studies report them, stand beside it; a question that was left out as not relevant leaves
    its five points out."""
    first, second, last = instrument.sections
    results = [_sum(_LABELS["reliable"], first, answers), _sum(_LABELS["choices"], second, answers)]
    told = answers.get(last.items[0].number)
    if told is None:
        return [Result(_LABELS["overall"], None, 5, 1), *results]
    value = int(told)
    verdict = _GOOD if value > 3 else _FAIR if value == 3 else _LOW
    return [Result(_LABELS["overall"], value, 5, 0, verdict), *results]


def _sum(label, section, answers):
    told, missing = _split(section.items, answers)
    value = None if missing else sum(map(int, told))
    return Result(label, value, 5 * (len(told) + missing), missing)


# -- PEMAT-P ---------------------------------------------------------------------------------------


def _pemat(instrument, answers):
    """Of each domain: points (agree 1, disagree 0) over the items that apply, times 100 (PEMAT
    User's Guide, AHRQ 14-0002-EF, steps 5 and 6). 70 % is the cut-off that studies use."""
    labels = {"understandability": _LABELS["understand"], "actionability": _LABELS["act"]}
    return [_share(labels[each.id], each.items, answers, PEMAT_CUT) for each in instrument.sections]


def _share(label, items, answers, cut):
    told, missing = _split(items, answers)
    if missing or not told:
        return Result(label, None, 100, missing, percent=True)
    value = round(100 * told.count(YES) / len(told), 1)
    return Result(label, value, 100, 0, _ENOUGH if value >= cut else _SHORT, percent=True)


_ENOUGH, _SHORT = _("enough"), _("not enough yet")


# -- CDC Clear Communication Index -----------------------------------------------------------------


def _cdc(instrument, answers):
    """Points over the items that apply, times 100; 90 or more passes. Part A applies always, B to D
    where the text recommends, counts or tells of risk (CDC Clear Communication Index, User Guide,
    full score sheet: "How to calculate")."""
    items = [item for item in instrument.items if item.scored]
    return [_share(_LABELS["clear"], items, answers, CDC_PASS)]


# -- NHS standard ----------------------------------------------------------------------------------


def _nhs(instrument, answers):
    """No points: the standard holds when every essential item is met; best practice is counted
    beside it (NHS service manual, Standard for creating health content: "Essential" and "Best
    practice")."""
    essential = [item for item in instrument.items if item.essential]
    best = [item for item in instrument.items if not item.essential]
    held = _met(_LABELS["essential"], essential, answers)
    told, _missing = _split(essential, answers)
    if {NO, PARTLY} & set(told):
        held = Result(held.label, held.value, held.most, held.missing, _NOT_MET)
    elif not held.missing:
        held = Result(held.label, held.value, held.most, 0, _MET)
    return [held, _met(_LABELS["best"], best, answers)]


def _met(label, items, answers):
    told, missing = _split(items, answers)
    return Result(label, told.count(YES), len(told) + missing, missing)


_MET, _NOT_MET = _("met"), _("not met yet")
_LABELS = {
    "overall": _("Overall rating (question 16)"),
    "reliable": _("Reliability (questions 1 to 8)"),
    "choices": _("Treatment choices (questions 9 to 15)"),
    "understand": _("Understandability"),
    "act": _("Actionability"),
    "clear": _("Clear communication"),
    "essential": _("Essential items met"),
    "best": _("Best practice met"),
}
_RULES = {"discern": _discern, "pemat": _pemat, "cdc": _cdc, "nhs": _nhs}
