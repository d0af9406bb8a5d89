"""What checks find in a proposed text: apps register checks, the request page shows the findings.

A check is a function of an item (with its proposed text and facts), its revision, and what these
refer to; it yields findings. It asks the database nothing: a request may hold sixty texts.
"""

from collections import namedtuple

from django.utils.translation import gettext_lazy as _

from . import marks
from .content import content_model

# ``id`` is stable ("source-to-verify"), ``message`` a sentence, ``field`` a field's name or "".
Finding = namedtuple("Finding", "id severity message field")
NOTE, WARNING, ERROR = "note", "warning", "error"
SEVERITIES = {ERROR: _("error"), WARNING: _("warning"), NOTE: _("note")}

_checks = []


def register(check):
    """Called by an app's ``ready``: ``check(item, revision, referred)`` yields findings.
    ``referred`` maps each ``marks.Reference`` of the text to its item, or to None."""
    _checks.append(check)
    return check


def findings(item, revision, referred=None):
    """Every finding, the most severe first. Without ``referred`` it is loaded: a few queries."""
    if referred is None:
        referred = _referred(item, revision)
    found = [each for check in _checks for each in check(item, revision, referred)]
    order = list(SEVERITIES)
    return sorted(found, key=lambda finding: order.index(finding.severity))


def _referred(item, revision):
    references = marks.references(type(item), revision.text, revision.facts)
    found = dict.fromkeys(references)
    for item_type, keys in marks.by_type(references).items():
        items = content_model(item_type).objects.working(revision.language)
        for each in items.filter(key__in=keys):
            found[marks.Reference(item_type, each.key)] = each
    return found
