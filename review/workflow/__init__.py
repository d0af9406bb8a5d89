"""Every transition that text can go through, and the only writer of what readers see.

    draft --submit--> in review --sign--> approved --publish--> public
                      in review --request_changes--> changes requested
                      in review --recall--> draft
    draft --discard--> discarded

``drafting`` writes, ``reviewing`` puts before the advisors, ``deciding`` signs and publishes,
``releases`` does so for several requests at once.

Each transition works in the same order: one transaction under the ledger's lock, check the state,
check the person, write, record. ``TransitionNotAllowed`` says why the state forbids it,
``PermissionDenied`` why the person may not; both carry a sentence for the screen.
"""

from ..attestation import attestation
from ..guards import (
    STEPS,
    Conflict,
    TransitionNotAllowed,
    proposed_significance,
    significance_beside,
)
from ..lookups import fresh, item_of, newest_revision, signed_source, source_for, token
from .deciding import (
    approve,
    publish,
    publish_due,
    publish_release,
    reaffirm,
    sign,
    stop,
    unsigned,
    waits_for,
    withdraw,
)
from .drafting import Draft, discard, restore, save_draft, save_drafts
from .releases import (
    dissolve_release,
    make_release,
    may_arrange,
    schedule_release,
    undo_plan,
    undo_release,
)
from .retiring import bring_back, retire
from .reviewing import (
    assign,
    check_language,
    join,
    recall,
    request_changes,
    submit,
)
from .waiving import waive

__all__ = [
    "STEPS", "Conflict", "Draft", "TransitionNotAllowed", "approve", "assign", "attestation",
    "bring_back", "check_language", "discard", "dissolve_release", "fresh", "item_of", "join",
    "make_release", "may_arrange", "newest_revision", "proposed_significance", "publish",
    "publish_due", "publish_release", "reaffirm", "recall", "request_changes", "restore", "retire",
    "save_draft", "save_drafts", "schedule_release", "sign", "signed_source", "significance_beside",
    "source_for", "stop", "submit", "token", "undo_plan", "undo_release", "unsigned", "waits_for",
    "waive", "withdraw",
]  # fmt: skip
