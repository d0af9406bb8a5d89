"""An Atom feed (RFC 4287) for each language: guides, topics and questions as they became public."""

from datetime import UTC, datetime

from django.conf import settings
from django.db.models import F, Max, Min, Q
from django.http import HttpResponse
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from faq.models import FAQ
from review import addresses, basis, languages
from review.addresses import whole
from review.kept import for_every_reader
from review.models import LedgerEntry
from review.rendering import Rendering
from topics.models import Guide, Topic

from . import kinds
from .described import SUMMARIES, title_of
from .plaintext import first_paragraph

TOLD = (Guide, Topic, FAQ)
MOST = 50  # entries, the newest
SINCE = "2026"  # a year in which the names below were ours, as tag URIs want it: RFC 4151


class _Feed(Atom1Feed):
    """Says of each entry who signed it, and in which language its title is."""

    def latest_post_date(self):
        """Where there are no entries, Django says "now": another answer each second."""
        return super().latest_post_date() if self.items else datetime(int(SINCE), 1, 1, tzinfo=UTC)

    def add_item_elements(self, handler, item):
        super().add_item_elements(handler, item)
        handler.startElement("contributor", {})
        handler.addQuickElement("name", item["signed_by"])
        handler.endElement("contributor")


def feed(request):
    basis.note(basis.PUBLICATIONS)
    language = get_language()
    title = _("Understanding advanced bowel cancer")
    made = _Feed(
        title=f"crcsite: {title}",
        link=whole(reverse("reading:home")),
        description=_("For people who live with it, and for those who care for them."),
        language=languages.tag(language),
        author_name="crcsite",
        feed_url=whole(reverse("reading:feed")),
        feed_guid=_name("feed", language),
        feed_copyright=f"{settings.LICENCE_NAME}, {settings.LICENCE_URL}",
    )
    for item, first, last in newest(language):
        made.add_item(
            title=title_of(item),
            link=whole(item.get_absolute_url()),
            description=escape(first_paragraph(item.html[SUMMARIES[type(item)]])),  # it is HTML
            unique_id=_name(item.item, language),
            pubdate=first,
            updateddate=last,
            signed_by=item.approval.name,
        )
    response = HttpResponse(content_type="application/atom+xml; charset=utf-8")
    made.write(response, "utf-8")
    return for_every_reader(response)


def newest(language):
    """(item, first published, last published) of what readers of a language get in it, the newest
    publication first: when is said by the ledger, whether by the door."""
    told = _publications(language)
    items = []
    for model in TOLD:
        keys = [key for item_type, key in told if item_type == model._meta.label_lower]
        items += kinds.signed(model.objects.filter(key__in=keys), language)
    rendering = Rendering(language, lambda items: items.signed(language), link_words=False)
    rendering.load(*(item for item in items if isinstance(item, FAQ)))  # the others show lines
    for item in items:
        shown = [item.text_fields[0], SUMMARIES[type(item)]]
        rendering.apart().draw(item, fields=shown)
    items.sort(key=lambda item: told[item.item_type, item.key][2], reverse=True)
    return [(item, *told[item.item_type, item.key][:2]) for item in items]


def _publications(language):
    """(item type, key) to when it was first and last published, and the last line's number; of the
    last so many items that were not withdrawn since."""
    types = [model._meta.label_lower for model in TOLD]
    lines = LedgerEntry.objects.filter(language=language, item_type__in=types).exclude(seal="")
    published = Q(event=LedgerEntry.PUBLISH)
    found = (
        lines.order_by()
        .values("item_type", "key")
        .annotate(
            first=Min("at", filter=published),
            last=Max("at", filter=published),
            published=Max("number", filter=published),
            number=Max("number"),
        )
        .filter(published=F("number"))
    )
    return {
        (each["item_type"], each["key"]): (each["first"], each["last"], each["number"])
        for each in found.order_by("-number")[:MOST]
    }


def _name(*parts):
    """A name for ever, whatever becomes of the address."""
    return f"tag:{addresses.HOST},{SINCE}:{'/'.join(parts)}"
