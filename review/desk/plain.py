"""How hard a text reads, at the desk: a sentence for each score, and a chart in its history."""

from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _

from ..models import Revision
from ..quality import plain, texts
from ..quality.plain import scores
from . import charts

NEWEST = 12  # revisions in a chart


def said(text):
    """A sentence for each score of a text; for its mean sentence where there is no formula."""
    found = plain.measured(text)
    if found:
        return [_score(each) for each in found]
    if scores.has_formula(text.language):
        return [_("No score yet: it needs %(count)d words.") % {"count": plain.FEWEST}]
    mean = scores.average(text)
    return [_mean(text.language, mean[0])] if mean else []


def _score(score):
    values = {
        "formula": score.scale.label,
        "value": f"{score.value:.1f}",
        "raw": f"{score.raw:.1f}",
        "target": score.scale.target,
    }
    if score.scale.hard > 0:
        sentence = _("%(formula)s: %(value)s (aim: %(target)s or less)")
    else:
        sentence = _("%(formula)s: %(value)s (aim: %(target)s or more)")
    if values["raw"] != values["value"]:
        sentence += " · " + _("%(raw)s with the glossary's words in full")
    return sentence % values


def _mean(language, value):
    if scores.counts_characters(language):
        return _("%(count)d characters a sentence; this language has no formula.") % {
            "count": round(value)
        }
    return _("%(count)d words a sentence; this language has no formula.") % {"count": round(value)}


def chart(item, language):
    """The score of the newest revisions, oldest first, as a chart; "" where there is none.
    Each word counts in full: today's glossary says nothing about a revision of then."""
    revisions = Revision.objects.filter(
        item_type=item.item_type, key=item.key, language=language
    ).exclude(state=Revision.State.DISCARDED)
    rows, title = [], ""
    for revision in revisions.order_by("-number")[:NEWEST]:
        measured = _measured(texts.prose(item, revision.text, language))
        if measured:
            value, title, mark = measured
            label = _("Revision %(number)d") % {"number": revision.number}
            rows.insert(0, charts.Bar(label, value, None, mark))
    if not rows:
        return ""
    return charts.bars(
        "readability",
        title,
        rows,
        headings=[_("Revision"), _("Score")],
        direction="rtl" if get_language_bidi() else "ltr",
    )


def _measured(text):
    """(value, what it is, CSS class) of a text's deciding score; None for too short a text."""
    for score in plain.measured(text)[:1]:
        values = {"formula": score.scale.label, "target": score.scale.target}
        if score.scale.hard > 0:
            title = _("%(formula)s of each revision: %(target)s or less is the aim") % values
        else:
            title = _("%(formula)s of each revision: %(target)s or more is the aim") % values
        return max(0, round(score.value, 1)), title, "stops" if score.stops else ""
    mean = scores.average(text)
    if mean is None or scores.has_formula(text.language):
        return None
    if scores.counts_characters(text.language):
        title = _("Characters a sentence in each revision: this language has no formula")
    else:
        title = _("Words a sentence in each revision: this language has no formula")
    return round(mean[0], 1), title, ""
