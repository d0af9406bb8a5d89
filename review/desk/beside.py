"""The pages about an item beside its own: who knows of one says so, the item's page links to it."""

_finders = []


def register(find):
    """``find(item, language, user)`` yields (words, address) of pages about an item."""
    _finders.append(find)


def links(item, language, user):
    return [link for find in _finders for link in find(item, language, user)]
