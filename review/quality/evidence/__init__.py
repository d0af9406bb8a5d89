"""What a text claims, and what it shows for it: numbers, drugs and survival with their sources,
risks with what they are compared to, percentages with people and time.

``findings(text, language)`` is pure, for one Markdown text; ``of_proposal`` is the check of every
proposed text, and knows from the item's model how much is asked of it (``claims``).
"""

from ...fields import Line
from ..findings import ADVISORY
from .rules import findings, says_groups, tells_survival

__all__ = ["findings", "of_proposal", "says_groups", "tells_survival"]

FIRM = {"uncited-number", "uncited-survival"}  # what a text of claims may not lack


def of_proposal(item, revision, referred):
    """The check of every proposed text: how much is asked of a field says ``item.claims``."""
    for name, severity in item.claims.items():
        line = isinstance(item._meta.get_field(name), Line)
        text = revision.text.get(name) or ""
        for each in findings(text, revision.language, line=line, field=name):
            yield each._replace(severity=severity if each.id in FIRM else ADVISORY)
