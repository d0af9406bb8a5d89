"""The desk's lists, in the order in which it shows them."""

from . import reports, requests, texts
from .rows import give_addresses

LISTS = [
    requests.ToSign(),
    texts.ChangesRequested(),
    texts.Conflicts(),
    requests.Problems(),
    requests.StuckReleases(),
    requests.Invitations(),
    texts.Rechecks(),
    reports.Reports(),
    texts.Due(),
    texts.Drafts(),
    requests.Waiting(),
    requests.Late(),
    texts.Overdue(),
    requests.SignedNotPublic(),
    requests.Releases(),
    texts.Signed(),
]


def register(made, before):
    """Called by an app's ``ready``: a list of its own, before the one of that name."""
    LISTS.insert([each.name for each in LISTS].index(before), made)


__all__ = ["LISTS", "give_addresses", "register"]
