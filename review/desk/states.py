"""Where an item's text in one language stands, in the few words that lists and tabs show."""

from collections import namedtuple

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .. import languages
from ..doors import newest_revisions
from ..models import ReviewRequest, Revision, Standing

State = Revision.State
Asked = ReviewRequest.State

# ``name`` is for style sheets and never translated, ``words`` are for people.
TextState = namedtuple("TextState", "name words")

WORDS = {
    "retired": _("retired"),
    "public": _("public"),
    "not-public": _("not public"),
    "outdated": _("outdated"),
    "draft": _("draft"),
    "public-draft": _("public, draft"),
    "in-review": _("in review"),
    "public-in-review": _("public, in review"),
    "changes-requested": _("changes requested"),
    "public-changes-requested": _("public, changes requested"),
    "signed": _("signed, not public yet"),
    "public-signed": _("public, newer text signed"),
    "stopped": _("signed, then stopped"),
    "public-stopped": _("public, newer text stopped"),
    "overtaken": _("signed, then overtaken"),
    "public-overtaken": _("public, newer text overtaken"),
}


def newest_texts(item_type, keys, *, bare=False):
    """(key, language) to the newest revision, with its request, ``bare`` without its text: one
    query. What is retired stands in no list, so that its texts are looked for themselves."""
    rows = Standing.objects.filter(item_type=item_type, key__in=keys).exclude(newest=None)
    rows = rows.select_related("newest__request")
    if bare:
        rows = rows.defer("newest__text", "newest__facts")
    return {(row.key, row.language): row.newest for row in rows}


def newest_of_retired(item_type, keys, *, bare=False):
    return newest_revisions(item_type, keys)


def state_of(item, language, newest):
    """The TextState of an item's text in one language; None where there is no text at all."""
    public = item.sign_off_id_in(language) is not None
    if newest is None:
        return named("public") if public else None
    if item.retired:
        return named("retired")
    before = "public-" if public else ""
    if newest.state != State.APPROVED:
        return named(before + newest.state.replace(" ", "-"))
    request = newest.request
    if request and request.state == Asked.SIGNED:
        return _signed(request, before)
    if request and request.state in (Asked.STOPPED, Asked.OVERTAKEN):
        return named(before + request.state)
    if not public:
        return named("not-public")
    outdated = item.sign_off_id_in(languages.source()) and _is_outdated(item, newest)
    return named("outdated" if outdated else "public")


def named(name):
    return TextState(name, WORDS[name])


def _signed(request, before):
    if request.publish_at is None:
        return named(before + "signed")
    when = {"time": date_format(localtime(request.publish_at), "SHORT_DATETIME_FORMAT")}
    if before:
        words = gettext("public, newer text goes public on %(time)s") % when
    else:
        words = gettext("signed, goes public on %(time)s") % when
    return TextState(before + "signed", words)


def _is_outdated(item, newest):
    """Whether a translation's source was published anew, told without a query a row."""
    source = getattr(item, "newest", {}).get(languages.source())
    if newest.language == languages.source() or source is None:
        return False
    return source.state == State.APPROVED and newest.source_fingerprints != source.fingerprints
