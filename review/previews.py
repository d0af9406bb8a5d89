"""How an item looks to a reader before it is public: apps register whole pages for their items."""

from .readers import respond

_pages = {}


def register(item_type, page):
    """``page(request, item, reader)`` gives the page that readers will get."""
    _pages[item_type] = page


def has_page(item_type):
    return item_type in _pages


def show(request, item, reader):
    """The page of an item; an item without one is shown by itself, as it stands on other pages."""
    if page := _pages.get(item.item_type):
        return page(request, item, reader)
    shown = reader.find(type(item).objects, pk=item.pk)
    if shown is not None:
        reader.rendering.load(shown)
        reader.rendering.draw(shown)
    return respond(request, reader, "review/preview.html", shown)
