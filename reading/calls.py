"""Calls to action at the end of a page: where they may stand, and which of them readers get.

They are put below everything that a page says. A topic's page has no place for one.
"""

from topics.models import Guide

from .models import CallToAction, Page, Place

PLACES = {Guide: Place.GUIDES, Page: Place.PAGES}
VIEWS = {"reading:home": Place.HOME}


def at_the_end(request, reader, item):
    """The calls to action of a page about ``item``, or of a page about none; a query where the
    page has a place for any. An expired one is not among them."""
    place = _place(request, item)
    if place is None:
        return []
    found = reader.items(CallToAction.objects.filter(place=place))
    shown = [each for each in found if not each.expired]
    for each in shown:
        each.html = reader.rendering.lines(each)
    return shown


def _place(request, item):
    if item is not None:
        return PLACES.get(type(item))
    return VIEWS.get(getattr(request.resolver_match, "view_name", None))
