"""What checks find in a proposed text: apps register checks, the request page shows the findings.

A check is a function of an item (with its proposed text and facts), its revision, and what these
refer to; it yields findings. It asks the database nothing: a request may hold sixty texts.
"""

from .. import marks
from ..content import content_model
from .findings import ADVISORY, BLOCKING, SEVERITIES, Finding, in_order

__all__ = ["ADVISORY", "BLOCKING", "SEVERITIES", "Finding", "findings", "in_order", "register"]

_checks = []


def register(check):
    """Called by an app's ``ready``: ``check(item, revision, referred)`` yields findings.
    ``referred`` maps each ``marks.Reference`` of the text to its item, or to None."""
    _checks.append(check)
    return check


def findings(item, revision, referred=None):
    """Every finding, what stops the text first. Without ``referred``, a few queries load it."""
    if referred is None:
        referred = _referred(item, revision)
    return in_order(each for check in _checks for each in check(item, revision, referred))


def _referred(item, revision):
    references = marks.references(type(item), revision.text, revision.facts)
    found = dict.fromkeys(references)
    for item_type, keys in marks.by_type(references).items():
        items = content_model(item_type).objects.working(revision.language)
        for each in items.filter(key__in=keys):
            found[marks.Reference(item_type, each.key)] = each
    return found
