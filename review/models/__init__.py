"""What the review app keeps. Knows no content app.

``texts``: what is proposed and where it stands. ``people``: advisors and everybody else who works
here. ``requests``: what is put before an advisor, and what is said about it. ``records``: what was
decided, for ever. ``reports``: what readers tell of it. ``scorecards``: what people say a guide
is worth. ``desk``: what makes working together bearable. ``translating``: what a translation is
made with, block by block.
"""

from .desk import Delivery, Notice, ParkedUnit, Presence, ReviewLink, Rival
from .people import Absence, Advisor, Invitation, Preference, Session
from .records import CHANGED_FOR_SAFETY, Bookmark, JobRun, LedgerEntry, SignOff, Verification
from .reports import Clarity, Report
from .requests import Comment, Release, ReviewRequest, Waiver
from .scorecards import Assessment
from .texts import (
    DIGEST,
    ITEM_TYPE,
    KEY,
    FormerSlug,
    Recheck,
    Revision,
    RevisionAuthor,
    Significance,
    Standing,
    valid_key,
    write_permission,
)
from .translating import MemoryUnit, Worksheet

__all__ = [
    "CHANGED_FOR_SAFETY", "DIGEST", "ITEM_TYPE", "KEY", "Absence", "Advisor", "Assessment",
    "Bookmark", "Clarity", "Comment", "Delivery", "FormerSlug", "Invitation", "JobRun",
    "LedgerEntry", "MemoryUnit", "Notice", "ParkedUnit", "Preference", "Presence", "Recheck",
    "Release", "Report", "ReviewLink", "ReviewRequest", "Revision", "RevisionAuthor", "Rival",
    "Session", "SignOff", "Significance", "Standing", "Verification", "Waiver", "Worksheet",
    "valid_key", "write_permission",
]  # fmt: skip
