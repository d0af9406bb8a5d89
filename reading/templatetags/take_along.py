"""``{% take_along "guide" guide.slug %}``: the ways to a page's PDFs, where they can be made."""

from django import template
from django.urls import reverse

from .. import handouts, pdf

register = template.Library()


@register.inclusion_tag("reading/_take_along.html", takes_context=True)
def take_along(context, name, *args):
    shown = pdf.available() and not context.get("preview")
    return {
        "address": reverse(f"reading:{name}_pdf", args=args) if shown else "",
        "large": handouts.LARGE,
        "language": context["language"],
        "direction": context["direction"],
    }
