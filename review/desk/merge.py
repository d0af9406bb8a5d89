"""Two texts of one item: what somebody saved over a newer text is kept, and both are compared with
what they began with, until their writer has decided."""

from django.contrib import messages
from django.db import transaction
from django.forms import CheckboxSelectMultiple, SelectMultiple
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .. import languages, workflow
from ..diff import word_diff
from ..models import Rival
from .forms import ItemForm, opened_with
from .numbers import number

EARLIER = 5  # how many texts of former conflicts the page still shows
REMARKS = ("summary", "significance", "source")  # what the form holds beside text and facts


# -- Keeping -------------------------------------------------------------------------------------


def undecided(item, language, user):
    return _of(item, language, user).filter(decided_at=None).first()


def _of(item, language, user):
    return Rival.objects.filter(
        item_type=item.item_type, key=item.key, language=language, user=user
    ).select_related("theirs")


@transaction.atomic
def keep(item, language, form, user, theirs):
    """Keep what was typed over a newer text. A conflict while merging replaces what was kept; one
    that has nothing to do with it leaves that text among the earlier ones."""
    proposal = form.proposal()
    proposal.clean()
    remarks = {name: form.cleaned_data.get(name) or "" for name in REMARKS}
    base_text, base_facts = form.base()
    now = timezone.now()
    waiting = undecided(item, language, user)
    if waiting and waiting.pk != number(form.cleaned_data["rival"]):
        _of(item, language, user).filter(pk=waiting.pk).update(decided_at=now)
    rival, _made = Rival.objects.update_or_create(
        item_type=item.item_type,
        key=item.key,
        language=language,
        user=user,
        decided_at=None,
        defaults={
            "text": {**proposal.text, **remarks},
            "facts": proposal.facts,
            "base_text": base_text,
            "base_facts": base_facts,
            "theirs": theirs,
            "at": now,
        },
    )
    return rival


def decide(item, language, user, pk):
    """The writer decided: saved the merged text, or dropped the own one. Tells whether there was
    anything to decide."""
    waiting = _of(item, language, user).filter(decided_at=None, pk=number(pk))
    return waiting.update(decided_at=timezone.now()) > 0


def taken(post, model, theirs):
    """What was sent, with theirs in those fields where the box "take theirs" was ticked."""
    names = post.getlist("take")
    if not names or theirs is None or post.get("based_on") != workflow.token(theirs):
        return post
    post = post.copy()
    for name in names:
        if name in model.text_fields:
            post[name] = theirs.text.get(name, "")
        elif name in model.fact_fields:
            _take_fact(post, name, model.fact_fields[name], (theirs.facts or {}).get(name))
    return post


def _take_fact(post, name, field, value):
    if value in (None, False):
        post.pop(name, None)
    elif isinstance(field.widget, SelectMultiple | CheckboxSelectMultiple):
        post.setlist(name, value)
    else:
        post[name] = "\n".join(value) if isinstance(value, list) else str(value)


# -- The page ------------------------------------------------------------------------------------


def page(request, item, language, admin_context, address, form=None, status=200):
    """Theirs, mine and the base beside each other, with mine in the fields. ``address`` is the
    item's page, to which the form goes."""
    model = type(item)
    rival = undecided(item, language, request.user)
    if rival is None:
        messages.info(request, _("There is nothing to merge."))
        return redirect(address)
    theirs = workflow.newest_revision(item, language)
    hidden = {
        "based_on": workflow.token(theirs),
        "opened": opened_with(*_text_of(theirs)),
        "rival": rival.pk,
    }
    if form is None:
        values = {**rival.text, **(rival.facts or {}), **hidden}
        form = ItemForm(initial=values, model=model, language=language)
    else:
        form.hold(**hidden)
    source = None
    if language != languages.source():
        source = workflow.source_for(item) or (theirs.source if theirs else None)
    rows = list(_rows(form, rival, theirs, source))
    facts = list(_fact_rows(form, rival, theirs))
    context = {
        **admin_context,
        "title": _("Two texts"),
        "item": item,
        "address": address,
        "language": language,
        "language_name": languages.name(language),
        "direction": languages.direction(language),
        "source_language": languages.source(),
        "source_direction": languages.direction(languages.source()),
        "rival": rival,
        "theirs": theirs,
        "form": form,
        "rows": [row for row in rows if not row["same"]],
        "same_rows": [row for row in rows if row["same"]],
        "fact_rows": [row for row in facts if not row["same"]],
        "same_fact_rows": [row for row in facts if row["same"]],
        "earlier": _earlier(item, language, request.user),
    }
    return TemplateResponse(request, "admin/review/item_merge.html", context, status=status)


def _earlier(item, language, user):
    """Texts of former conflicts: put away, but not lost."""
    found = _of(item, language, user).exclude(decided_at=None).order_by("-decided_at")[:EARLIER]
    fields = {name: item._meta.get_field(name).verbose_name for name in item.text_fields}
    return [
        (rival, [(label, rival.text.get(name)) for name, label in fields.items()])
        for rival in found
    ]


def _text_of(revision):
    return (revision.text, revision.facts) if revision else ({}, {})


def _rows(form, rival, theirs, source):
    their_text, _facts = _text_of(theirs)
    for name in form.model.text_fields:
        mine, other = _plain(form[name].value()), their_text.get(name, "")
        base = rival.base_text.get(name, "")
        known = bool(rival.base_text)
        yield {
            "field": form[name],
            "name": name,
            "same": mine == other and not form[name].errors,
            "theirs": other,
            "base": base,
            "their_marks": word_diff(base if known else mine, other),
            "my_marks": word_diff(base, mine) if known else "",
            "source": source.text.get(name, "") if source else "",
        }


def _fact_rows(form, rival, theirs):
    _text, their_facts = _text_of(theirs)
    for field in form.fact_rows():
        other, base = (their_facts or {}).get(field.name), (rival.base_facts or {}).get(field.name)
        yield {
            "field": field,
            "name": field.name,
            "same": _values(field.value()) == _values(other) and not field.errors,
            "theirs": ", ".join(_values(other)),
            "base": ", ".join(_values(base)),
        }


def _plain(text):
    return (text or "").replace("\r\n", "\n").strip()


def _values(value):
    """A fact as a form sends it: 3 and "3" are the same."""
    values = value if isinstance(value, list) else str("" if value is None else value).split("\n")
    return [each for each in (str(each).strip() for each in values) if each not in ("", "False")]
