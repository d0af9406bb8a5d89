"""What a check says: one sentence about one place of a text, and whether it stops the text."""

from typing import NamedTuple

from django.utils.functional import lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

BLOCKING, ADVISORY = "blocking", "advisory"
SEVERITIES = {BLOCKING: _("must be mended"), ADVISORY: _("advice")}


class Finding(NamedTuple):
    """``id`` is stable ("source-to-verify"), ``message`` a sentence for a person.

    ``field`` is a field's name, or "" for the whole text; ``block`` the place of the Markdown block
    in that field, counted from 0; ``start`` and ``end`` are offsets in characters into the field's
    Markdown. None where a finding has no such place. ``words`` and ``original`` are the block as
    the text has it and as its original has it: a waiver holds as long as these stay.

    The message is lazy: a finding is made once, and read in the language of whoever reads it.
    """

    id: str
    severity: str
    message: str
    field: str = ""
    block: int | None = None
    start: int | None = None
    end: int | None = None
    words: str = ""
    original: str = ""


def _said(message, values):
    return gettext(message) % values if values else gettext(message)


_lazily = lazy(_said, str)


def sentence(message, **values):
    """A sentence, marked by ``gettext_noop``, in the language of whoever reads it."""
    return _lazily(message, values)


def in_order(found):
    """The findings that stop a text first; otherwise as they were found. A finding of a severity
    that nobody knows is refused: it would stop nothing, and nobody would notice."""
    found, order = list(found), list(SEVERITIES)
    for finding in found:
        if finding.severity not in SEVERITIES:
            raise ValueError(f"“{finding.id}” has the severity “{finding.severity}”: unknown.")
    return sorted(found, key=lambda finding: order.index(finding.severity))
