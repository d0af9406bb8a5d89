"""What a text claims, and what it shows for it: numbers, drugs and survival with their sources,
risks with what they are compared to, percentages with people and time.

``findings(text, language)`` is pure, for one Markdown text; ``of_text`` is the check of every text,
and knows from the item's model how much is asked of it (``claims``).
"""

from ..findings import ADVISORY
from ..once import once
from .rules import findings, says_groups, survival_in, tells_survival

__all__ = ["findings", "of_text", "says_groups", "survival_in", "tells_survival"]

_found = once(20_000)(
    lambda text, language, line, field: tuple(findings(text, language, line=line, field=field))
)
FIRM = {"uncited-number", "uncited-survival"}  # what a text of claims may not lack


def of_text(text):
    """The check of every text: how much is asked of a field says ``text.claims``. Of a text of
    which nobody knows whose it is, everything is advice."""
    for field in text.fields:
        severity = ADVISORY if text.claims is None else text.claims.get(field.name)
        if severity is None:
            continue
        for each in _found(field.markdown, text.language, field.line, field.name):
            yield each._replace(severity=severity if each.id in FIRM else ADVISORY)
