"""The table of docs/security.md is made of the marks on the tests, and says what they say."""

import runpy
from pathlib import Path

from django.conf import settings

DOCS = Path(settings.BASE_DIR) / "docs"
STATES = {"met", "partly", "not met", "not ours"}


def test_the_table_is_as_the_marks_are():
    made = runpy.run_path(str(DOCS / "asvs.py"))

    assert (DOCS / "security.md").read_text() == made["page"](), "run: python docs/asvs.py"


def test_every_mark_names_a_requirement_that_is_not_said_to_be_missing():
    made = runpy.run_path(str(DOCS / "asvs.py"))
    states = {number: state for number, state, _what, _how in made["requirements"]()}

    assert set(states.values()) == STATES
    # Level 3, shown beside.
    beyond = {"3.4.8", "3.5.8", "6.3.8", "6.5.6", "7.5.3"}
    assert set(made["marked"]()) - beyond <= set(states)
    for number in set(made["marked"]()) - beyond:
        assert states[number] in ("met", "partly"), number
