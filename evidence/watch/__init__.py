"""The watch on new publications: it tells advisors what came since they signed. It changes no text.

``nearness``: how near a publication is to a text, pure. ``arrivals``: what came, and what becomes
of it. ``asking``: PubMed and Europe PMC, where a network is allowed. ``desk``: its list and pages.
An app registers the types of items that are watched.
"""

_watched = []


def register(item_type):
    _watched.append(item_type)


def watched():
    return list(_watched)
