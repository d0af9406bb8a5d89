"""One page to send an item with all that belongs to it: "send the whole guide"."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from .. import gathering, languages, people, workflow
from ..content import content_models
from ..models import Advisor, Release, write_permission
from .items import number

ALL = "all"
Way = gathering.Way
IN_THE_WAY = set(Way) - {Way.READY, Way.AGAIN, Way.PUBLIC, Way.SIGNED, Way.IN_REVIEW}


def address(item_type, key, language=""):
    page = reverse("admin:review_gather", args=[item_type, key])
    return f"{page}?language={language}" if language else page


class SendForm(forms.Form):
    """What is asked of the advisors, and what it goes public with. ``asked_…``: one a language."""

    summary = forms.CharField(
        label=gettext_lazy("What changed, and why"),
        max_length=500,
        required=False,
        help_text=gettext_lazy("The advisor reads this first."),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )
    due = forms.DateField(
        label=gettext_lazy("Wanted by"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    release = forms.ModelChoiceField(
        Release.objects.filter(state=Release.State.GATHERING),
        label=gettext_lazy("Public together with"),
        required=False,
        empty_label=gettext_lazy("nothing else"),
        error_messages={
            "invalid_choice": gettext_lazy("That release is not open any more: choose another.")
        },
    )
    name = forms.CharField(
        label=gettext_lazy("or with a new release called"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )

    def __init__(self, *args, spoken, **kwargs):
        super().__init__(*args, **kwargs)
        self.spoken = spoken
        self.advisors = Advisor.objects.filter(active=True, user__is_active=True).order_by("name")
        absences = people.away()
        for code in spoken:
            choices = [
                (str(advisor.pk), _label(advisor, absences.get(advisor.pk)))
                for advisor in self.advisors
                if advisor.speaks(code)
            ]
            self.fields[f"asked_{code}"] = forms.ChoiceField(
                label=gettext_lazy("For"),
                choices=[("", gettext_lazy("any advisor of the language")), *choices],
                required=False,
                error_messages={
                    "invalid_choice": gettext_lazy(
                        "That advisor does not sign this language: choose another, or any."
                    )
                },
            )

    def asked(self):
        by_pk = {str(advisor.pk): advisor for advisor in self.advisors}
        return {code: by_pk.get(self.cleaned_data[f"asked_{code}"]) for code in self.spoken}


def _label(advisor, absence):
    if absence is None:
        return advisor.name
    words = {"name": advisor.name, "last": date_format(absence.last), "deputy": absence.deputy}
    if absence.deputy:
        return _("%(name)s (away until %(last)s; %(deputy)s stands in)") % words
    return _("%(name)s (away until %(last)s)") % words


def page(request, item_type, key):
    """GET: what would be sent. POST: send what is ticked, as it was shown."""
    item = _item(request, item_type, key)
    own = [code for code in languages.codes() if _writes(request.user, code)]
    asked = request.GET.get("language", "")
    if asked not in ("", ALL, *languages.codes()) or (asked == ALL and not own):
        raise Http404
    spoken = own if asked == ALL else [asked or (own or languages.codes())[0]]
    if request.method != "POST":
        return _page(request, item, own, spoken)
    form = SendForm(request.POST, spoken=spoken)
    if not form.is_valid():
        return _page(request, item, own, spoken, form)
    try:
        made = _send(request, item, form)
    except PermissionDenied as error:
        messages.error(request, str(error) or _("You may not do this."))
        return _page(request, item, own, spoken, form, status=403)
    except workflow.TransitionNotAllowed as error:
        messages.error(request, str(error))
        return _page(request, item, own, spoken, form, status=409)
    return _sent(request, made)


def _item(request, item_type, key):
    model = {each._meta.label_lower: each for each in content_models()}.get(item_type)
    if model is None:
        raise Http404
    if not request.user.has_perm(f"{model._meta.app_label}.view_{model._meta.model_name}"):
        raise PermissionDenied
    item = model._base_manager.filter(key=key).first()
    if item is None:
        raise Http404
    return item


def _writes(user, language):
    return user.has_perm(f"review.{write_permission(language)}")


def _send(request, item, form):
    asked = form.cleaned_data
    return gathering.send(
        item,
        _ticked(request),
        by=request.user,
        summary=asked["summary"],
        asked=form.asked(),
        due=asked["due"],
        release=asked["release"],
        name=asked["name"],
    )


def _ticked(request):
    """Draft id to the fingerprints that stood beside its box."""
    shown = {}
    for value in request.POST.getlist("draft"):
        pk, _colon, fingerprints = value.partition(":")
        shown[number(pk) or 0] = fingerprints
    return shown


def _sent(request, made):
    count = sum(each.revisions.count() for each in made)
    words = {"count": count, "requests": len(made)}
    if len(made) == 1:
        done = ngettext(
            "%(count)s text was sent for review.", "%(count)s texts were sent for review.", count
        )
        messages.success(request, done % words)
        return redirect("admin:review_reviewrequest_change", made[0].pk)
    done = _("%(count)s texts were sent for review, in %(requests)s languages.")
    messages.success(request, done % words)
    return redirect("admin:review_release_change", made[0].release_id)


# -- The page ------------------------------------------------------------------------------------


def _page(request, item, own, spoken, form=None, status=200):
    belongings = gathering.belongings(item)
    item = belongings[0]
    title = _title(item, languages.source())
    texts = {code: gathering.drafts_of(belongings, code) for code in spoken}
    ready = [text for code in spoken for text in texts[code] if text.ready]
    if form is None:
        form = SendForm(initial=_initial(title, spoken, ready), spoken=spoken)
    ticked = set(_ticked(request)) if request.method == "POST" else None
    if request.GET.get("tick") == "none" and ticked is None:
        ticked = set()
    context = {
        **admin.site.each_context(request),
        "title": _("Send “%(title)s” for review") % {"title": title},
        "opts": item._meta,
        "item": item,
        "item_address": _address(item),
        "tabs": [
            *(
                {"code": code, "name": languages.name(code), "current": spoken == [code]}
                for code in own or languages.codes()
            ),
            *(
                [{"code": ALL, "name": _("All your languages"), "current": spoken == own}]
                if len(own) > 1
                else []
            ),
        ],
        "chosen": ALL if len(spoken) > 1 else spoken[0],
        "sections": [_section(code, texts[code], form, ticked) for code in spoken],
        "form": form,
        "count": len(ready),
        "may_send": bool(ready) and set(spoken) <= set(own),
        "may_write": set(spoken) <= set(own),
    }
    return TemplateResponse(request, "admin/review/gather.html", context, status=status)


def _initial(title, spoken, ready):
    """A summary that all drafts share, and a name for a release of several languages."""
    summaries = {text.revision.summary for text in ready if text.way == Way.READY}
    initial = {"summary": summaries.pop() if len(summaries) == 1 else ""}
    if len({text.language for text in ready}) > 1:
        day = date_format(timezone.localdate())
        initial["name"] = f"{title}, {day}"[:200]
    return initial


def _section(code, texts, form, ticked):
    """One language: what can be sent, what stands in the way, what needs nothing."""
    rows = [_row(text, ticked, form.spoken) for text in texts]
    in_review = {}
    for row in rows:
        if row["text"].way == Way.IN_REVIEW:
            in_review.setdefault(row["text"].request, []).append(row)
    return {
        "code": code,
        "name": languages.name(code),
        "direction": languages.direction(code),
        "asked": form[f"asked_{code}"],
        "ready": [row for row in rows if row["text"].ready],
        "in_review": in_review.items(),
        "in_the_way": [row for row in rows if row["text"].way in IN_THE_WAY],
        "signed": [row for row in rows if row["text"].way == Way.SIGNED],
        "public": sum(text.way == Way.PUBLIC for text in texts),
    }


def _row(text, ticked, spoken):
    revision = text.revision
    return {
        "text": text,
        "title": _title(text.item, text.language),
        "kind": text.item._meta.verbose_name,
        "address": f"{_address(text.item)}?language={text.language}",
        "value": f"{revision.pk}:{revision.fingerprints}" if text.ready else "",
        "ticked": text.ready and (ticked is None or revision.pk in ticked),
        "again": text.way.label if text.way == Way.AGAIN else "",
        "new": text.ready and text.item.standings[text.language].live_id is None,
        "lacks_source": text.ready and text.lacks_source and languages.source() not in spoken,
    }


def _title(item, language):
    """What the item is called in that language, else in the source language, else its key."""
    for code in (language, languages.source()):
        if revision := gathering.newest(item, code):
            return item.title_from(revision.text)
    return item.key


def _address(item):
    return reverse(f"admin:{item._meta.app_label}_{item._meta.model_name}_change", args=[item.pk])
