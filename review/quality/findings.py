"""What a check says: one sentence about one place of a text, and whether it stops the text."""

from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

BLOCKING, ADVISORY = "blocking", "advisory"
SEVERITIES = {BLOCKING: _("must be mended"), ADVISORY: _("advice")}


class Finding(NamedTuple):
    """``id`` is stable ("source-to-verify"), ``message`` a sentence for a person.

    ``field`` is a field's name, or "" for the whole text; ``block`` the place of the Markdown block
    in that field, counted from 0; ``start`` and ``end`` are offsets in characters into the field's
    Markdown. None where a finding has no such place.
    """

    id: str
    severity: str
    message: str
    field: str = ""
    block: int | None = None
    start: int | None = None
    end: int | None = None


def in_order(found):
    """The findings that stop a text first; otherwise as they were found."""
    order = list(SEVERITIES)
    return sorted(found, key=lambda finding: order.index(finding.severity))
