"""How a mail is worded: one letter a person, whatever it tells of. Titles only, never a text."""

from collections import namedtuple
from datetime import date

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.text import Truncator
from django.utils.translation import get_language_bidi, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from .. import languages
from ..models import Notice, ReviewRequest
from . import links
from .links import absolute
from .texts import one_line

Letter = namedtuple("Letter", "subject text html")

Kind = Notice.Kind

# Most urgent first: heading, subject for one text, subject for several things.
KINDS = {
    Kind.OVERDUE: (
        gettext_lazy("The review is overdue"),
        gettext_lazy("Review overdue: %(title)s"),
        gettext_lazy("Reviews overdue: %(count)s"),
    ),
    Kind.SUBMITTED: (
        gettext_lazy("Waiting for your signature"),
        gettext_lazy("For your signature: %(title)s"),
        gettext_lazy("For your signature: %(count)s texts"),
    ),
    Kind.CHANGES: (
        gettext_lazy("Given back or stopped"),
        gettext_lazy("Given back: %(title)s"),
        gettext_lazy("Given back: %(count)s texts"),
    ),
    Kind.DUE: (
        gettext_lazy("Due for review"),
        gettext_lazy("Review due: %(title)s"),
        gettext_lazy("Reviews due: %(count)s"),
    ),
    Kind.WITHDRAWN: (
        gettext_lazy("Withdrawn"),
        gettext_lazy("Withdrawn: %(title)s"),
        gettext_lazy("Withdrawn: %(count)s texts"),
    ),
    Kind.COMMENT: (
        gettext_lazy("Comments"),
        gettext_lazy("Comment on: %(title)s"),
        gettext_lazy("Comments: %(count)s"),
    ),
    Kind.APPROVED: (
        gettext_lazy("Signed"),
        gettext_lazy("Signed: %(title)s"),
        gettext_lazy("Signed: %(count)s texts"),
    ),
}


def compose(user, notices, language):
    """The letter to a person about some of her notices, in a language."""
    with languages.active(language):
        by_kind = {kind: [n for n in notices if n.kind == kind] for kind in KINDS}
        by_kind = {kind: found for kind, found in by_kind.items() if found}
        context = {
            "language": language,
            "direction": languages.direction(language),
            "sections": [
                {"heading": KINDS[kind][0], "entries": _entries(kind, found)}
                for kind, found in by_kind.items()
            ],
            "preference": absolute(reverse("admin:review_preference")),
        }
        context["subject"] = subject = _subject(by_kind)
        text = render_to_string("mail/notices.txt", context)
        html = render_to_string("mail/notices.html", context)
    return Letter(subject, text, html)


def _subject(by_kind):
    kind, found = next(iter(by_kind.items()))
    _heading, one, several = KINDS[kind]
    texts = [text for notice in found for text in notice.details["texts"]]
    if len(texts) == 1:
        subject = one % {"title": Truncator(texts[0]["title"]).chars(70)}
    else:
        subject = several % {"count": len(texts)}
    if len(by_kind) > 1:
        subject = _("%(subject)s, and other news") % {"subject": subject}
    return one_line(subject)


def _entries(kind, notices):
    if kind in (Kind.DUE, Kind.OVERDUE):
        return [_due(kind, notices)]
    word = {
        Kind.SUBMITTED: _submitted,
        Kind.COMMENT: _comment,
        Kind.CHANGES: _given_back,
        Kind.APPROVED: _approved,
        Kind.WITHDRAWN: _withdrawn,
    }[kind]
    return [word(notice) for notice in notices]


# -- One thing that happened ---------------------------------------------------------------------


def _entry(line, texts, *, notes=(), address="", label=""):
    """A sentence, the texts that it is about, more sentences, and where to go."""
    shown = [
        {
            **text,
            "language_name": languages.name(text["language"]),
            "direction": languages.direction(text["language"]),
            "address": "" if address or not text["path"] else absolute(text["path"]),
        }
        for text in texts
    ]
    return {"line": line, "texts": shown, "notes": notes, "address": address, "label": label}


def _who(notice):
    """A name that keeps its own direction inside a sentence of another."""
    return f"\u2068{notice.details['by']}\u2069" if get_language_bidi() else notice.details["by"]


def _page(request):
    return absolute(reverse("admin:review_reviewrequest_change", args=[request.pk]))


def _submitted(notice):
    request, texts = notice.request, notice.details["texts"]
    line = ngettext(
        "%(who)s asks for your signature on this text, in %(language)s:",
        "%(who)s asks for your signature on %(count)s texts, in %(language)s:",
        len(texts),
    ) % {
        "who": _who(notice),
        "count": len(texts),
        "language": languages.name(request.language),
    }
    notes = []
    if request.due:
        notes.append(_("An answer is wanted by %(day)s.") % {"day": _day(request.due)})
    link = links.link_to(request, notice.user)
    until = timezone.localdate(link.expires_at)
    notes.append(
        _("The link is for you alone, asks you to sign in, and works until %(day)s.")
        % {"day": _day(until)}
    )
    address, label = links.address(link), _("Read and decide")
    return _entry(line, texts, notes=notes, address=address, label=label)


def _comment(notice):
    line = _("%(who)s commented on:") % {"who": _who(notice)}
    texts, request = notice.details["texts"], notice.request
    if request is None:
        return _entry(line, texts)
    return _entry(line, texts, address=_page(request), label=_("Read the comment"))


def _given_back(notice):
    sentence = {
        "request:changes": _("%(who)s asks for changes in request %(number)s:"),
        "request:stop": _("%(who)s stopped request %(number)s before it was public:"),
        "request:overtaken": _(
            "Request %(number)s was signed, but a later decision came before it was public:"
        ),
    }[notice.details["event"]]
    line = sentence % {"who": _who(notice), "number": notice.request_id}
    label = _("Read why")
    return _entry(line, notice.details["texts"], address=_page(notice.request), label=label)


def _approved(notice):
    request, notes = notice.request, []
    if request is None:
        line = _("%(who)s undid a release: public again is what you wrote or signed before it:")
        return _entry(line % {"who": _who(notice)}, notice.details["texts"])
    line = _("%(who)s signed request %(number)s:") % {
        "who": _who(notice),
        "number": notice.request_id,
    }
    if request.state == ReviewRequest.State.PUBLISHED:
        notes.append(_("It is public."))
    elif request.state == ReviewRequest.State.SIGNED and request.release:
        name = one_line(request.release.name)
        notes.append(_("It goes public with the release “%(name)s”.") % {"name": name})
    elif request.state == ReviewRequest.State.SIGNED and request.publish_at:
        when = formats.date_format(timezone.localtime(request.publish_at), "DATETIME_FORMAT")
        notes.append(_("It goes public on %(when)s.") % {"when": when})
    texts, label = notice.details["texts"], _("See the request")
    return _entry(line, texts, notes=notes, address=_page(request), label=label)


def _withdrawn(notice):
    line = _("%(who)s withdrew what you wrote or signed:") % {"who": _who(notice)}
    return _entry(line, notice.details["texts"])


def _due(kind, notices):
    """All texts that are due, in one list, the longest due first."""
    texts = sorted(
        (
            {**text, "due": notice.details["due"]}
            for notice in notices
            for text in notice.details["texts"]
        ),
        key=lambda text: text["due"],
    )
    for text in texts:
        text["note"] = _("due %(day)s") % {"day": _day(date.fromisoformat(text["due"]))}
    if kind == Kind.OVERDUE:
        line = ngettext(
            "This text should have been read again by now:",
            "These %(count)s texts should have been read again by now:",
            len(texts),
        )
    else:
        line = ngettext(
            "This text should be read again soon:",
            "These %(count)s texts should be read again soon:",
            len(texts),
        )
    return _entry(line % {"count": len(texts)}, texts)


def _day(day):
    return formats.date_format(day, "DATE_FORMAT")
