"""The page that compares any two revisions of one text: as readers see it, and in Markdown."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from .. import languages
from ..content import content_model
from ..models import Revision
from ..readers import Reader
from . import changes

VIEWS = ("changes", "source")


def compare(request, old, new):
    """What became of revision ``old`` in revision ``new``: in that order, whichever is older."""
    if not request.user.has_perm("review.view_revision"):
        raise PermissionDenied
    found = Revision.objects.filter(pk__in=[old, new]).prefetch_related("authors")
    found = {revision.pk: revision for revision in found}
    if old not in found or new not in found:
        raise Http404
    before, after = found[old], found[new]
    context = {
        **admin.site.each_context(request),
        "title": _("Compare revisions"),
        "before": before,
        "after": after,
    }
    refused = _refusal(before, after)
    if refused:
        context["refused"] = refused
        return TemplateResponse(request, "admin/review/compare.html", context, status=400)
    context.update(_compared(before, after, _view(request)))
    return TemplateResponse(request, "admin/review/compare.html", context)


def _view(request):
    asked = request.GET.get("view")
    return asked if asked in VIEWS else VIEWS[0]


def _refusal(before, after):
    if before.item != after.item:
        return _("These are revisions of two different items: %(one)s and %(other)s.") % {
            "one": before.item,
            "other": after.item,
        }
    if before.language != after.language:
        return _("These are revisions in two languages: only texts in one language are compared.")
    return ""


def _compared(before, after, view):
    """What the page shows, in a fixed number of queries."""
    model = content_model(after.item_type)
    reader = Reader(after.language, proposed=[after])
    item = reader.find(model.objects, key=after.key)
    if item is None:
        raise Http404
    title = _("%(title)s: revisions %(one)s and %(other)s") % {
        "title": f"\u2068{item.title_from(after.text)}\u2069",  # in whichever direction it runs
        "one": before.number,
        "other": after.number,
    }
    context = {
        "item": item,
        "view": view,
        "title": title,
        "language": after.language,
        "direction": languages.direction(after.language),
        "language_name": languages.name(after.language),
        "changed_facts": changes.changed_facts(item, before.facts, after.facts),
        "address": reverse(
            f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[item.pk]
        ),
    }
    if view == "source":
        context["fields"] = changes.in_markdown(item, before.text, after.text)
    else:
        _draw(reader.rendering, item, before, after.language)
        context.update(sources=reader.rendering.sources, words=reader.rendering.words)
    return context


def _draw(rendering, item, before, language):
    earlier = changes.with_text(item, before.text, before.facts)
    rendering.load(item, earlier)
    with languages.active(language):
        rendering.draw(item, heading=3, link_words=False)
        changes.draw_earlier(rendering, item, earlier)
    changes.mark(item, earlier)
