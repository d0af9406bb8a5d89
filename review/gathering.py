"""What belongs together: an item, what stands under it, and all that their texts refer to; which
drafts among it can be sent to review, and sending them in one step."""

from dataclasses import dataclass

from django.apps import apps
from django.db import models
from django.utils.translation import gettext_lazy as _

from . import languages, marks
from .content import ReviewedContent, content_model, reviewed_columns
from .guards import TransitionNotAllowed, check_complete
from .ledger import locked
from .marks import Reference
from .models import Comment, ReviewRequest, Revision, Rival, Standing
from .workflow import make_release, restore, submit

State = Revision.State


# -- What belongs together -----------------------------------------------------------------------


def under(model):
    """(model, field) of what stands under an item by its structure, as readers meet it."""
    found = [
        (other, name)
        for other in apps.get_models()
        if issubclass(other, ReviewedContent)
        for name in other.structure_fields
        if other._meta.get_field(name).related_model is model
    ]
    # A guide's own sections come before what other apps put under it.
    return sorted(found, key=lambda pair: pair[0]._meta.app_label != model._meta.app_label)


def whole(item):
    """Reference to what is sent as a whole with this item: what it stands under, if anything, or
    the item itself if others stand under it; else None."""
    for name in item.structure_fields:
        model, pk = item._meta.get_field(name).related_model, getattr(item, f"{name}_id", None)
        if pk and issubclass(model, ReviewedContent):
            key = model._base_manager.order_by().values_list("key", flat=True).get(pk=pk)
            return Reference(model._meta.label_lower, key)
    return _name(item) if under(type(item)) else None


def belongings(item):
    """The item, what stands under it, and all that the newest texts and facts of these refer to,
    as readers meet it. Each has ``standings``: language code to Standing, with its newest revision.

    Queries: one a level for the texts, and one for each type of items that a level leads to.
    Retired items are left out, unless a text still refers to them.
    """
    found, level = {}, _rows(type(item), pk=item.pk)
    found.update((_name(each), each) for each in level)
    while level:
        _give_standings(level)
        level = _below(level, found) + _referred(level, found)
    return _in_reading_order(found, _name(item))


def _name(item):
    return Reference(item.item_type, item.key)


def _rows(model, **lookup):
    """Items without their text columns: what they say is read from their revisions."""
    rows = model._base_manager.filter(**lookup).order_by(*model._meta.ordering)
    return list(models.QuerySet.defer(rows, *reviewed_columns(model), "facts"))


def _give_standings(items):
    kinds, keys = {each.item_type for each in items}, {each.key for each in items}
    rows = Standing.objects.filter(item_type__in=kinds, key__in=keys)
    named = {_name(each): each for each in items}
    for each in items:
        each.standings, each.leads_to = {}, []
    for row in rows.select_related("newest", "live"):
        if owner := named.get(Reference(row.item_type, row.key)):
            owner.standings[row.language] = row


def _referred(items, found):
    """Note what each item's texts refer to; return what was not known before."""
    wanted = {}
    for item in items:
        named = {
            reference: True
            for code in languages.codes()
            if (text := newest(item, code))
            for reference in marks.references(type(item), text.text, text.facts)
        }
        item.leads_to[:0] = named
        wanted.update((each, True) for each in named if each not in found)
    loaded = [
        each
        for kind, keys in marks.by_type(wanted).items()
        for each in _rows(content_model(kind), key__in=keys)
    ]
    found.update((_name(each), each) for each in loaded)
    return loaded


def _below(items, found):
    """Note what stands under each item; return it."""
    loaded = []
    for model in dict.fromkeys(type(each) for each in items):
        owners = {each.pk: each for each in items if type(each) is model}
        for kind, field in under(model):
            lookup = {f"{field}__in": list(owners), "retired": False}
            for child in _rows(kind, **lookup):
                owners[getattr(child, f"{field}_id")].leads_to.append(_name(child))
                if _name(child) not in found:
                    found[_name(child)] = child
                    loaded.append(child)
    return loaded


def _in_reading_order(found, first):
    """Each item once, where a reader first meets it."""
    order, ahead = {}, [first]
    while ahead:
        name = ahead.pop()
        if name in found and name not in order:
            order[name] = found[name]
            ahead += reversed(found[name].leads_to)
    return list(order.values())


def newest(item, language):
    """The working text of one of ``belongings``, or None."""
    row = item.standings.get(language)
    return row and row.newest


# -- What can be sent ----------------------------------------------------------------------------


class Way(models.TextChoices):
    """How a text stands to being sent."""

    READY = "ready", _("can be sent")
    AGAIN = "again", _("given back with its request, no comment open on it: goes again as it is")
    PUBLIC = "public", _("public as it is")
    SIGNED = "signed", _("signed, not yet public")
    IN_REVIEW = "in review", _("in review already")
    CHANGES = "changes requested", _("an advisor asked for changes: write a new draft first")
    WHOLE = "whole", _("given back with a comment on the whole: change one of its texts first")
    CONFLICT = "conflict", _("two people wrote it at once: decide between their texts first")
    INCOMPLETE = "incomplete", _("not complete yet")
    DOWN = "down", _("not public any more, and nobody has written a new text")
    RETIRED = "retired", _("retired, but a text here still refers to it")
    UNWRITTEN = "unwritten", _("not written yet")


@dataclass
class Text:
    """One of the belongings in one language: the draft to send, or what stands in the way."""

    item: ReviewedContent
    language: str
    revision: Revision | None
    way: Way
    why: str = ""  # a sentence, where ``way`` does not say all
    request: int | None = None  # the review request that it is in

    @property
    def ready(self):
        return self.way in (Way.READY, Way.AGAIN)

    @property
    def lacks_source(self):
        """Whether a translation waits for its original, or has to go public with it."""
        row = self.item.standings.get(languages.source())
        return self.language != languages.source() and not (row and row.live_id)


def drafts_of(items, language):
    """A Text for each of the ``belongings`` that can have one in this language. Six queries."""
    known = marks.Known(frozenset(_name(each) for each in items))
    items = [each for each in items if each.text_fields or language == languages.source()]
    texts = [each for item in items if (each := newest(item, language))]
    models.prefetch_related_objects(texts, "source")
    named = {
        "item_type__in": {each.item_type for each in items},
        "key__in": {each.key for each in items},
        "language": language,
    }
    reviewed = Revision.objects.filter(**named, state=State.IN_REVIEW)
    in_review = {
        Reference(kind, key): request
        for kind, key, request in reviewed.values_list("item_type", "key", "request_id")
    }
    rivals = Rival.objects.filter(**named, decided_at=None).values_list("item_type", "key")
    rivals = {Reference(*each) for each in rivals}
    signed = ReviewRequest.objects.filter(
        pk__in={each.request_id for each in texts if each.state == State.APPROVED},
        state=ReviewRequest.State.SIGNED,
    )
    signed = set(signed.values_list("pk", flat=True))
    said = Comment.objects.filter(**named, parent=None, resolved_at=None)
    said = {Reference(*each) for each in said.values_list("item_type", "key")}
    back = _given_back({each.request_id for each in texts if each.state == State.CHANGES_REQUESTED})
    back = {_name(each): back.get(each.request_id) for each in texts if _name(each) not in said}
    return [_text(item, language, in_review, rivals, signed, back, known) for item in items]


def _given_back(requests):
    """Request to how those of its texts go again on which no comment is open: with the rest, if it
    holds more than one. What was said on the whole is answered by a change of one of them."""
    said = Comment.objects.filter(request=models.OuterRef("pk"))
    mended = Standing.objects.filter(
        item_type=models.OuterRef("item_type"),
        key=models.OuterRef("key"),
        language=models.OuterRef("language"),
    ).exclude(newest=models.OuterRef("pk"))
    mended = Revision.objects.filter(models.Exists(mended), request=models.OuterRef("pk"))
    found = ReviewRequest.objects.filter(pk__in=requests).annotate(size=models.Count("revisions"))
    found = found.filter(size__gt=1).annotate(
        answerable=models.Exists(said) | models.Exists(mended)
    )
    return {
        pk: Way.AGAIN if answerable else Way.WHOLE
        for pk, answerable in found.values_list("pk", "answerable")
    }


def _text(item, language, in_review, rivals, signed, back, known):
    row, revision = item.standings.get(language), newest(item, language)
    found = Text(item, language, revision, Way.UNWRITTEN)
    if item.retired:
        found.way = Way.RETIRED
    elif revision is None:
        found.way = Way.UNWRITTEN
    elif _name(item) in in_review:
        found.way, found.request = Way.IN_REVIEW, in_review[_name(item)]
    elif revision.state == State.CHANGES_REQUESTED:
        found.request = revision.request_id
        found.way = back.get(_name(item)) or Way.CHANGES
        if found.way == Way.AGAIN and _name(item) in rivals:
            found.way = Way.CONFLICT
        elif found.way == Way.AGAIN:
            way, found.why = _completeness(revision, known)
            found.way = way if way == Way.INCOMPLETE else Way.AGAIN
    elif revision.state == State.APPROVED:
        if revision.request_id in signed:
            found.way, found.request = Way.SIGNED, revision.request_id
        else:
            public = row.live and row.live.revision_id == revision.pk
            found.way = Way.PUBLIC if public else Way.DOWN
    elif _name(item) in rivals:
        found.way = Way.CONFLICT
    else:
        found.way, found.why = _completeness(revision, known)
    return found


def _completeness(revision, known):
    try:
        check_complete(revision, known)
    except TransitionNotAllowed as error:
        return Way.INCOMPLETE, str(error)
    return Way.READY, ""


# -- Sending -------------------------------------------------------------------------------------


def send(item, shown, *, by, summary="", asked=None, due=None, release=None, name=""):
    """Submit drafts among an item's belongings: one request a language, all of them or none.

    ``shown`` maps each draft's id to the fingerprints that were on the page, ``asked`` languages
    to the advisors who are asked. Several languages go public together, with ``release`` or with a
    new one called ``name``. Returns the requests, the source language's first.
    """
    with locked():
        if not shown:
            raise TransitionNotAllowed(_("Nothing was sent: tick at least one text."))
        # What came back with others and is right as it is becomes a draft again by being sent.
        chosen = [
            restore(each, by=by) if each.state == State.CHANGES_REQUESTED else each
            for each in _as_shown(item, shown)
        ]
        spoken = [code for code in languages.codes() if any(r.language == code for r in chosen)]
        if release and name:
            raise TransitionNotAllowed(
                _("Choose a release, or give the name of a new one: not both. Nothing was sent.")
            )
        if name:
            release = make_release(name, by=by)
        if len(spoken) > 1 and release is None:
            raise TransitionNotAllowed(
                _(
                    "Several languages go public together: give the release a name. Nothing "
                    "was sent."
                )
            )
        return [
            submit(
                [revision for revision in chosen if revision.language == code],
                by=by,
                summary=summary,
                assigned_to=(asked or {}).get(code),
                due=due,
                release=release,
            )
            for code in spoken
        ]


def _as_shown(item, shown):
    """The drafts, if they still are what the page showed and belong to the item."""
    stored = Revision.objects.in_bulk(shown)
    items = belongings(item)
    ready = {
        text.revision.pk: text.revision
        for code in {revision.language for revision in stored.values()}
        for text in drafts_of(items, code)
        if text.ready
    }
    moved = [
        f"{stored[pk].item} [{stored[pk].language}]" if pk in stored else f"draft {pk}"
        for pk, fingerprints in shown.items()
        if pk not in ready or ready[pk].fingerprints != fingerprints
    ]
    if moved:
        raise TransitionNotAllowed(
            _(
                "Something changed since you opened this page: %(names)s. Nothing was "
                "sent. Look at it again below."
            )
            % {"names": ", ".join(moved)}
        )
    return [ready[pk] for pk in sorted(shown)]
