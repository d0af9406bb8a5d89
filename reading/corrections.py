"""The public log of corrections, and what changed in one text since a version of it."""

from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect
from django.urls import translate_url
from django.utils.translation import get_language

from evidence.models import Source
from review import basis, corrections, languages, versions
from review.addresses import whole
from review.content import content_models
from review.desk import changes as comparing
from review.markdown import render_line
from review.models import LedgerEntry
from review.readers import Reader, respond

from .versions import language_links, place_of, title_of

A_PAGE = 25
EVERYWHERE = (Source._meta.label_lower,)  # signed once, for every language


def log(request):
    """Everything that changed in meaning or for safety, or came down, after it was public."""
    reader = Reader(get_language())
    basis.note(basis.PUBLICATIONS)
    found = corrections.lines(reader.language, EVERYWHERE)
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    names = {model._meta.label_lower: model._meta.verbose_name for model in content_models()}
    for line in page:
        line.kind = corrections.kind_of(line)
        line.type_name = names.get(line.item_type, line.item_type)
        line.title = render_line(corrections.title_of(line))
        line.direction = languages.direction(line.language)
    return respond(request, reader, "reading/corrections.html", page=page)


def history(request, item_type, key):
    """Every version of one text that ever was public in this language, newest first."""
    reader = Reader(get_language())
    model = _model(item_type)
    told = basis.text_of(item_type, key, reader.language)
    basis.note(told, basis.languages_of(item_type, key))
    found = (
        LedgerEntry.objects.exclude(seal="")
        .filter(item_type=item_type, key=key, language=reader.language)
        .select_related("sign_off__revision")
        .defer("payload")
        .order_by("-number")
    )
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    if not page.object_list:
        raise Http404
    present = reader.find(model.objects, key=key)
    title = render_line(corrections.title_of(page[0]))
    for line in page:
        line.withdraws = line.event == LedgerEntry.WITHDRAW
    return _unlisted(
        respond(
            request,
            reader,
            "reading/history.html",
            page=page,
            title=title,
            item_type=item_type,
            key=key,
            place=place_of(present, reader.language) if present else "",
            languages=_histories(request, item_type, key, present, reader.language),
        )
    )


def _histories(request, item_type, key, present, shown):
    """The text's versions in other languages, where it ever was public in them."""
    told = LedgerEntry.objects.exclude(seal="").filter(item_type=item_type, key=key)
    codes = set(told.order_by().values_list("language", flat=True).distinct())
    links = language_links(request, present, shown)
    for link in links:
        if link["code"] in codes:
            link["url"] = translate_url(whole(request.path), link["code"])
    return links


def changes(request, item_type, key, pk):
    """What became of a version: how the text that is public now differs from it."""
    _model(item_type)
    before = versions.find(pk)  # notes the text: every version of it that follows
    if before is None or before.item != f"{item_type}:{key}":
        raise Http404
    language = before.sign_off.language
    if language != get_language():
        with languages.active(language):
            return redirect("reading:changes", item_type, key, pk)
    last = before.newest
    after = versions.find(last.sign_off_id) if last.event == LedgerEntry.PUBLISH else None
    reader = Reader(language, versions=[after] if after else [])
    context = {"version": before, "after": after, "item_type": item_type, "key": key}
    present = Reader(language).find(before.model.objects, key=key)
    context["languages"] = language_links(request, present, language)
    if after is not None:
        context |= _compared(reader, before, after)
        context["place"] = place_of(context["shown"], language)
    return _unlisted(respond(request, reader, "reading/changes.html", **context))


def _compared(reader, before, after):
    """The text that is public now with what differs from an earlier version marked in it."""
    item = reader.find(after.model.objects, key=after.sign_off.key)
    if item is None:
        raise Http404
    same = before.sign_off.fingerprints == after.sign_off.fingerprints
    found = {"shown": item, "same": same, "title": title_of(item, reader.rendering)}
    if not same:
        earlier = comparing.with_text(item, before.text, before.facts)
        reader.rendering.load(item, earlier)
        reader.rendering.draw(item, heading=3, link_words=False)
        comparing.draw_earlier(reader.rendering, item, earlier)
        comparing.mark(item, earlier)
        found["marked_title"] = item.html[item.text_fields[0]] if item.text_fields else ""
        found["facts"] = comparing.changed_facts(item, before.facts, after.facts)
    return found


def _model(item_type):
    for model in content_models():
        if model._meta.label_lower == item_type:
            return model
    raise Http404


def _unlisted(response):
    response["X-Robots-Tag"] = "noindex"
    return response
