"""Everything that the page of one request shows, loaded in a fixed number of queries."""

from django.urls import reverse

from .. import (
    discussion,
    languages,
    markdown,
    marks,
    quality,
    quoting,
    reports,
    terms,
    workflow,
    worksheets,
)
from ..content import content_model
from ..fields import Line
from ..models import Revision, Significance, Standing
from ..quality import gate
from ..readers import Reader
from . import changes, used
from .reading_order import Parts


class Around:
    """A public text that is not in the request: folded in its place."""

    is_own = False

    def __init__(self, item):
        self.item = item
        self.title = item.title_from(item.text)


class Text:
    """One text of the request, and all that an advisor is told about it."""

    is_own = True

    def __init__(self, item, live, source_live):
        self.item, self.live = item, live
        self.revision = revision = item.revision
        self.kind = item._meta.verbose_name
        self.title = item.title_from(revision.text)
        self.new = live is None
        self.by_machine = revision.origin == Revision.Origin.MACHINE
        self.significance = workflow.significance_beside(revision, live)
        self.significance_label = Significance(self.significance).label
        self.address = reverse(
            f"admin:{item._meta.app_label}_{item._meta.model_name}_change", args=[item.pk]
        )
        before = live.revision if live else None
        self.facts = changes.facts(item, revision.facts)
        self.changed_facts = (
            changes.changed_facts(item, before.facts, revision.facts) if before else []
        )
        self.outdated = bool(
            revision.source
            and source_live
            and source_live.fingerprints != revision.source_fingerprints
        )
        self.earlier = changes.with_text(item, before.text, before.facts) if before else None
        self.findings, self.sources, self.threads, self.rechecks, self.uses = [], [], [], [], []
        self.previous = self.next = self.blocks = None

    @property
    def fingerprints(self):
        """[(what, digest)] that are signed."""
        revision = self.revision
        return [each for each in (revision.fingerprint, revision.facts_fingerprint) if each]

    @property
    def heading(self):
        """The title; as it was drawn, with what changed of it, where it is a line of the text."""
        name = next((each for each in self.item.text_fields if self.revision.text.get(each)), "")
        drawn = getattr(self.item, "html", {}).get(name)
        return drawn if name and isinstance(self.item._meta.get_field(name), Line) else None

    def markdown(self):
        """For the view of the source: every field that changed, or the whole of a new text."""
        if self.live is None:
            return changes.texts(self.item, self.revision.text)
        return changes.in_markdown(self.item, self.live.revision.text, self.revision.text)

    def original(self):
        """For a translation: the fields of the text that it translates."""
        source = self.revision.source
        return changes.texts(self.item, source.text) if source else []

    def original_changes(self):
        """What changed in the original since the text that the public translation translates."""
        before = self.live.revision.source if self.live else None
        source = self.revision.source
        if before is None or source is None:
            return []
        return changes.in_markdown(self.item, before.text, source.text)


class RequestPage:
    """``groups``: [(a guide's row or None, texts and what stands round them)]; ``texts`` alone."""

    def __init__(self, review, view):
        self.review, self.view = review, view
        revisions = list(
            review.revisions.select_related("source").prefetch_related("authors").order_by("pk")
        )
        self.reader = Reader(review.language, proposed=revisions)
        parts = Parts(self.reader, self._items(revisions), around=view == "read")
        self._load(parts)
        self.groups = [
            (row, [self._entry(item) for item in items]) for row, items in parts.groups()
        ]
        self.texts = [each for _row, inside in self.groups for each in inside if each.is_own]
        for before, after in zip(self.texts, self.texts[1:], strict=False):
            before.next, after.previous = after, before
        told = worksheets.told(revisions, review.language)
        for text in self.texts:
            text.blocks = told.get(text.revision.pk)
        self._draw()
        used.beside_changes(self.texts, review.language)
        self._discuss()

    def _items(self, revisions):
        keys = {}
        for revision in revisions:
            keys.setdefault(revision.item_type, []).append(revision.key)
        return [
            item
            for kind, some in keys.items()
            for item in self.reader.items(content_model(kind).objects.filter(key__in=some))
        ]

    def _load(self, parts):
        """Where the texts stand, and what they refer to."""
        language, source = self.review.language, languages.source()
        own = list(parts.own.values())
        standings = Standing.objects.filter(
            item_type__in={item.item_type for item in own},
            key__in=[item.key for item in own],
            language__in={language, source},
        ).select_related("live__revision__source")
        live = {(row.item, row.language): row.live for row in standings}
        self._own = {
            item.item: Text(item, live.get((item.item, language)), live.get((item.item, source)))
            for item in own
        }
        self.unchanged, self.around = parts.unchanged, len(parts.around)
        earlier = [text.earlier for text in self._own.values() if text.earlier]
        # Whatever the view: the order in which texts mention others needs their references.
        self.reader.rendering.load(
            *own, *(earlier if self.view == "changes" else []), *parts.around
        )

    def _entry(self, item):
        return self._own.get(item.item) or Around(item)

    def _draw(self):
        rendering = self.reader.rendering
        with languages.active(self.review.language):
            for _row, inside in self.groups:
                for entry in inside:
                    # The glossary's links are no change of a text: where changes are marked they
                    # would only cost.
                    if self.view != "source":
                        rendering.draw(entry.item, heading=3, link_words=self.view == "read")
            for text in self.texts if self.view == "changes" else ():
                if text.earlier:
                    changes.draw_earlier(rendering, text.item, text.earlier)
        found, known = {}, self._known_terms()
        for text in self.texts:
            if self.view == "changes" and text.earlier:
                changes.mark(text.item, text.earlier)
            referred = rendering.referred(text.item)
            found[text.revision] = quality.findings(text.item, text.revision, referred, known)
            cited = marks.get(marks.CITE).item_type
            text.sources = [
                (rendering.number_of(reference), source)
                for reference, source in referred.items()
                if reference.item_type == cited
            ]
        told = gate.told(found)
        for text in self.texts:
            text.findings = told[text.revision]
        waivers = {
            each.waiver.pk: each.waiver for some in told.values() for each in some if each.waiver
        }
        self.waivers = list(waivers.values())
        self.stopped = sum(each.stops for some in told.values() for each in some)

    def _known_terms(self):
        language = self.review.language
        return terms.known(language) if self.texts and language != languages.source() else []

    def _discuss(self):
        pairs = [(text.revision.item_type, text.revision.key) for text in self.texts]
        threads = discussion.threads(pairs, self.review.language) if pairs else {}
        asked = reports.open_rechecks(
            language=self.review.language, key__in=[key for _kind, key in pairs]
        )
        for text in self.texts:
            text.rechecks = [each for each in asked if each.item == text.revision.item]
            text.threads = threads.get(text.revision.item, [])
            if self.view != "source":
                _mark_quotes(text)
            text.open_threads = sum(1 for each in text.threads if not each.resolved_at)
            for thread in text.threads:
                thread.lost = bool(thread.quote) and not says(text.revision, thread.quote)
                for comment in (thread, *thread.answers):
                    if comment.revision_id != text.revision.pk:
                        comment.said_of = comment.revision.number

    @property
    def sources(self):
        return self.reader.rendering.sources

    @property
    def words(self):
        return self.reader.rendering.words

    @property
    def addresses(self):
        """[(text, the address at which readers will get it, or "")]."""
        with languages.active(self.review.language):
            return [(text, _address(text.item)) for text in self.texts]


def _mark_quotes(text):
    """Mark the passages of its open threads in what was drawn of a text."""
    for thread in text.threads:
        if thread.quote and not thread.resolved_at:
            for name in text.item.text_fields:
                marked = quoting.standing_at(text.item.html[name], thread.quote)
                if marked is not None:
                    text.item.html[name] = marked
                    break


def _address(item):
    return item.get_absolute_url() if hasattr(item, "get_absolute_url") else ""


def says(revision, quote):
    """Whether a passage stands in a text's plain words, whatever space and lines are between."""
    text = content_model(revision.item_type).text_fields
    plain = " ".join(markdown.plain(revision.text.get(name) or "") for name in text)
    return "".join(quote.split()) in "".join(plain.split())
