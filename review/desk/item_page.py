"""What the page of one item shows: its text in one language, and what may be done with it."""

from django.template import TemplateDoesNotExist
from django.template.loader import get_template
from django.urls import reverse

from .. import discussion, gathering, languages, reports, staleness, workflow
from ..models import ParkedUnit, Revision, Significance
from . import beside, merge, presence, saving, states, stopping, timeline, used
from .forms import ItemForm, SubmitForm

State = Revision.State
NEWEST_EVENTS = 6


def context(request, item, language, **typed):
    """The page's context. ``typed`` are forms and words that come back because something was
    refused: ``form``, ``submission``, ``reason``, ``answer`` (comment id, text)."""
    user, model = request.user, type(item)
    find = states.newest_of_retired if item.retired else states.newest_texts
    found = find(item.item_type, [item.key])
    item.newest = {code: found.get((item.key, code)) for code in languages.codes()}
    revision = item.newest[language]
    is_source = language == languages.source()
    source = None if is_source else saving.source_beside(item, revision)
    form = typed.get("form") or ItemForm(
        initial=saving.initial(revision, source), model=model, language=language
    )
    lacks_source = source is None and not is_source
    writes = saving.may_write(user, language)
    may_write = writes and not lacks_source and not item.retired
    working = item.newest[languages.source()]
    return {
        "item": item,
        "title": item.title_from(working.text if working else {}),
        "language": language,
        "language_name": languages.name(language),
        "direction": languages.direction(language),
        "source_language": languages.source(),
        "source_direction": languages.direction(languages.source()),
        "is_source": is_source,
        "tabs": _tabs(item, language),
        "form": form,
        "rows": list(form.rows(source.text if source else None)),
        "fact_rows": form.fact_rows(),
        "lacks_source": lacks_source,
        "revision": revision,
        "may_write": may_write,
        "may_translate": may_write and not is_source,
        "may_discard": may_write and revision and revision.state == State.DRAFT,
        "may_recall": may_write and revision and revision.state == State.IN_REVIEW,
        "may_restore": writes and not item.retired,
        "submission": typed.get("submission")
        or (SubmitForm(item=item, language=language) if may_write else None),
        "rival": merge.undecided(item, language, user) if writes else None,
        "place": f"{item.item}:{language}",
        "others": presence.seen(user, f"{item.item}:{language}")
        if may_write and request.method == "GET"
        else [],
        **_standing(item, language, revision, user),
        "checks": stopping.of(item, revision),
        "may_waive": writes or _signs(user, language),
        "waive_form": "item-form" if may_write else "waive",
        **(typed.get("waiving") or {}),
        **_threads(item, language, user, typed.get("answer")),
        **_past(item, language),
        "reason": typed.get("reason", ""),
        **_sent_with(item),
        "beside": beside.links(item, language, user),
        "uses": used.on_item_page(item, revision, language),
        "parked": parked(item, language, user),
        "rechecks": reports.open_rechecks(
            item_type=item.item_type, key=item.key, language=language
        ),
        "recheck": _template("admin/review/_recheck.html"),
    }


def _tabs(item, language):
    codes = languages.codes() if item.text_fields else [languages.source()]
    return [
        {
            "code": code,
            "name": languages.name(code),
            "state": states.state_of(item, code, item.newest[code]),
            "current": code == language,
        }
        for code in codes
    ]


def _standing(item, language, revision, user):
    """What is public, how current it is, and what this person may decide about it."""
    live = item.sign_off_in(language)
    outdated = staleness.outdated_by(revision) if revision else ""
    may_sign = _signs(user, language)
    return {
        "live": live,
        "live_fingerprints": live.fingerprints if live else "",
        "outdated": outdated,
        "outdated_label": Significance(outdated).label if outdated else "",
        "may_reaffirm": may_sign and live,
        "attestation": workflow.attestation(),
        "may_withdraw": live and (may_sign or user.has_perm("review.withdraw_text")),
    }


def _signs(user, language):
    advisor = getattr(user, "advisor", None)
    return bool(advisor and advisor.active and advisor.speaks(language))


def _threads(item, language, user, answer):
    """The open threads; what somebody typed as an answer stands in its thread again."""
    found = discussion.threads([(item.item_type, item.key)], language).get(item.item, [])
    pk, text = answer or (None, "")
    threads = [thread for thread in found if thread.resolved_at is None]
    for thread in threads:
        thread.typed = text if thread.pk == pk else ""
    return {"threads": threads, "may_discuss": user.has_perm("review.view_reviewrequest")}


def _past(item, language):
    events, count = timeline.newest(item, language, NEWEST_EVENTS)
    address = reverse("admin:review_history", args=[item.item_type, item.key])
    return {
        "events": events,
        "event_count": count,
        "history_address": f"{address}?language={language}",
    }


def parked(item, language, user):
    """How many blocks from files wait beside its text; 0 for who may not read them."""
    if language == languages.source() or not user.has_perm("review.view_reviewrequest"):
        return 0
    waiting = ParkedUnit.objects.filter(item_type=item.item_type, key=item.key, decided_at=None)
    return waiting.filter(language=language).count()


def _sent_with(item):
    """The page that sends the whole to which the item belongs, else the item and what it uses."""
    whole = gathering.whole(item)
    kind, key = whole or (item.item_type, item.key)
    return {"gather": reverse("admin:review_gather", args=[kind, key]), "whole": whole}


def _template(name):
    try:
        return get_template(name)
    except TemplateDoesNotExist:
        return None
