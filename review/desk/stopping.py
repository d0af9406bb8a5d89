"""What the checks say of a draft, on the pages where it is written: grouped by block, each with the
form that waives it."""

import re

from django.utils.translation import gettext as _

from .. import markdown, quality
from ..models import Revision
from ..quality import gate

OPEN = (Revision.State.DRAFT, Revision.State.IN_REVIEW)


def of(item, revision, rows=None):
    """{"groups", "stops"} for a page, None where nothing is found or nothing is to be decided.

    ``rows`` maps a field's name to its (row's id, row of the worksheet), where the page shows
    these.
    """
    if revision is None or revision.state not in OPEN:
        return None
    told = gate.told({revision: quality.findings(item, revision)})[revision]
    groups = {}
    for each in told:
        finding = each.finding
        at = finding.field, finding.block
        if at not in groups:
            groups[at] = {
                "name": _name(revision, finding),
                "anchor": _anchor(finding, rows),
                "told": [],
            }
        groups[at]["told"].append(each)
    if not groups:
        return None
    return {"groups": list(groups.values()), "stops": sum(each.stops for each in told)}


def _name(revision, finding):
    field = gate.field_name(revision, finding)
    if finding.block is None:
        return field
    return _("%(field)s, block %(number)s") % {"field": field, "number": finding.block + 1}


def _anchor(finding, rows):
    """Where the words are that a finding is about, on the page."""
    if rows is None:
        return f"id_{finding.field}" if finding.field else ""
    if finding.block is not None:
        for row_id, row in rows.get(finding.field, ()):
            if _same(row.target, finding.words) or _same(row.now, finding.original):
                return row_id
    return f"field-{finding.field}" if finding.field else ""


def _same(block, words):
    """Whether a block of Markdown stands in these words, as far as letters go."""
    letters = _letters(markdown.plain(block or ""))
    return bool(letters) and letters in _letters(words)


def _letters(text):
    return "".join(re.findall(r"\w", text))


def reason_of(post, place):
    return post.get(f"reason-{place}", "")
