"""What every page for readers is made of: a door, a rendering, and the frame round the text."""

from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import translate_url
from django.utils.translation import get_language

from . import basis, languages
from .addresses import whole
from .doors import published_languages
from .kept import for_every_reader
from .models import FormerSlug, LedgerEntry, SignOff
from .remembered import remembered
from .rendering import Rendering

_describe = _close = None


def describe_with(describe):
    """Called by the topmost app's ``ready``: ``describe(request, page)`` gives what machines read
    in a page, from the context that its template gets."""
    global _describe
    _describe = describe


def close_with(close):
    """Called by the topmost app's ``ready``: ``close(request, reader, item)`` gives the blocks that
    stand at the end of a page, below all that it says."""
    global _close
    _close = close


class Reader:
    """One reading in one language. Readers get public text, or certain signed versions among it
    (``versions``); a preview gets the newest proposed text (``working``), or that of certain
    revisions among public text (``proposed``)."""

    def __init__(self, language, *, working=False, proposed=None, versions=None):
        self.language = language
        self.working = working
        self.proposed = proposed
        self.versions = versions
        self.rendering = Rendering(language, self.through)

    @property
    def previews(self):
        return self.working or self.proposed is not None

    def through(self, queryset):
        """The queryset behind this reader's door."""
        if self.working:
            return queryset.working(self.language)
        if self.proposed is not None:
            return queryset.proposed(self.language, self.proposed)
        if self.versions is not None:
            return queryset.exactly(self.language, self.versions)
        return queryset.public(self.language)

    def items(self, queryset):
        return list(self.through(queryset))

    def find(self, queryset, **lookup):
        """The one item that the reader may see, or None."""
        return next(iter(self.through(queryset.filter(**lookup).named())), None)


def item_page(request, model, slug, page):
    """The page of the item that has this slug, drawn by ``page(request, item, reader)``; else what
    ``instead`` answers."""
    reader = Reader(get_language())
    found = reader.find(model.objects, slug=slug)
    if found is None:
        return instead(request, reader, model, slug)
    return page(request, found, reader)


def item_preview(request, item, reader, page):
    """The same page for somebody who works here, with proposed text; 404 where there is none."""
    found = reader.find(type(item).objects, pk=item.pk)
    if found is None:
        raise Http404
    return page(request, found, reader)


def instead(request, reader, model, slug):
    """What answers where no item is shown: the way to the item that had this slug once, or 410 for
    a text that was withdrawn, or 404."""
    former = moved_to(model, slug)
    if former is not None:
        return redirect(former, permanent=True)
    withdrawal = withdrawn(model, slug)
    if withdrawal is None:
        raise Http404
    return respond(request, reader, "review/gone.html", status=410, withdrawal=withdrawal)


def withdrawn(model, slug):
    """The sign-off that took an item's source text down, if that is what was decided last."""
    rows = model._base_manager.filter(slug=slug)
    key = rows.order_by("pk").values_list("key", flat=True).first()
    about = {"item_type": model._meta.label_lower, "key": key, "language": languages.source()}
    basis.note(basis.text_of(**about))
    lines = LedgerEntry.objects.filter(**about)
    last = lines.exclude(seal="").select_related("sign_off").order_by("-number").first()
    if last is None or last.event != LedgerEntry.WITHDRAW:
        return None
    return last.sign_off


def respond(request, reader, template, item=None, status=200, **context):
    """A page for readers. ``item`` is what the page is about, if it is about one item."""
    page = {
        "language": reader.language,
        "direction": languages.direction(reader.language),
        "languages": _links(request, reader, item),
        "canonical": _canonical(request, item),
        "preview": reader.previews,
        "feedback": not reader.previews,  # readers may say what they think of a text
        "demonstration": demonstration(),
        "sources": reader.rendering.sources,
        "words": reader.rendering.words,
        "review_due": reader.rendering.due,
        "item": item,
        **context,
    }
    if _close and status == 200:
        page["calls"] = _close(request, reader, item)
    if _describe and status == 200 and not reader.previews:
        page["described"] = _describe(request, page)
    response = render(request, template, page, status=status)
    if reader.previews:
        response["X-Robots-Tag"] = "noindex"
        response["Cache-Control"] = "private, no-store"
        return response
    return for_every_reader(response)


def demonstration():
    """Whether anything here was signed for demonstration only."""
    return remembered("demonstration", _demonstration)


def _demonstration():
    found = SignOff.objects.filter(demonstration=True).exists()
    if not found:
        basis.note(basis.NO_DEMONSTRATION)
    return found


def _links(request, reader, item):
    """Every language's address of this page; ``signed`` marks those for search engines."""
    path = whole(request.path)
    if item is not None:
        basis.note(basis.languages_of(item.item_type, item.key))
    signed = published_languages(item) if item is not None and not reader.previews else set()
    if item is not None and item.language != reader.language:
        signed.discard(reader.language)  # the ledger has it public, the door did not let it through
    return [
        {
            "code": code,
            "name": languages.name(code),
            "direction": languages.direction(code),
            "url": translate_url(path, code),
            "current": code == reader.language,
            "signed": code in signed,
            "lacks": item is not None and not reader.previews and code not in signed,
            "source": code == languages.source(),
        }
        for code in languages.codes()
    ]


def _canonical(request, item):
    """The page's one address; a fallen-back item's is that of the language it is shown in."""
    path = whole(request.path)
    return translate_url(path, item.language) if item is not None and item.fallback else path


def address(item):
    """An item's whole address in the language that it is shown in."""
    path = whole(item.get_absolute_url())
    return translate_url(path, item.language) if item.fallback else path


def moved_to(model, slug):
    """The item that had this slug once, or None."""
    former = FormerSlug.objects.filter(item_type=model._meta.label_lower, slug=slug).first()
    return former and model.objects.filter(key=former.key).first()


def with_parent(items, field, parents):
    """Those items whose parent the door let through, with that parent in place: no query each."""
    known = {parent.pk: parent for parent in parents}
    for item in items:
        parent = known.get(getattr(item, f"{field}_id"))
        if parent is not None:
            setattr(item, field, parent)
            yield item
