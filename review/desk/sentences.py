"""What the records say to a person: a sentence for each line of the ledger, and stored values in
words."""

import json
from datetime import datetime

from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .. import languages
from ..content import content_models
from ..models import LedgerEntry, Revision, Significance, SignOff

# Event -> what a list of events calls it, and the sentence of a line.
EVENTS = {
    "signoff:approve": (gettext_lazy("signed"), gettext_lazy("%(who)s signed %(text)s.")),
    "signoff:reaffirm": (
        gettext_lazy("signed anew"),
        gettext_lazy("%(who)s vouched anew for %(text)s."),
    ),
    "signoff:withdraw": (
        gettext_lazy("withdrawal decided"),
        gettext_lazy("%(who)s decided to withdraw %(text)s."),
    ),
    LedgerEntry.PUBLISH: (
        gettext_lazy("public"),
        gettext_lazy("%(text)s became public, by %(who)s."),
    ),
    LedgerEntry.WITHDRAW: (
        gettext_lazy("taken down"),
        gettext_lazy("%(text)s was taken down, by %(who)s."),
    ),
    "request:submit": (
        gettext_lazy("put before the advisors"),
        gettext_lazy("%(who)s put request %(request)s (%(language)s) before the advisors."),
    ),
    "request:assign": (
        gettext_lazy("assigned"),
        gettext_lazy("%(who)s said who is asked for request %(request)s, and by when."),
    ),
    "request:join": (
        gettext_lazy("release of a request changed"),
        gettext_lazy("%(who)s changed with what request %(request)s goes public."),
    ),
    "request:language": (
        gettext_lazy("language checked"),
        gettext_lazy("%(who)s checked the language of request %(request)s (%(language)s)."),
    ),
    "request:recall": (
        gettext_lazy("recalled"),
        gettext_lazy("%(who)s recalled request %(request)s."),
    ),
    "request:changes": (
        gettext_lazy("changes requested"),
        gettext_lazy("%(who)s gave request %(request)s back for changes."),
    ),
    "request:stop": (
        gettext_lazy("stopped"),
        gettext_lazy("%(who)s stopped request %(request)s before it was public."),
    ),
    "request:overtaken": (
        gettext_lazy("overtaken"),
        gettext_lazy("A later decision by %(who)s took the place of request %(request)s."),
    ),
    "release:make": (
        gettext_lazy("release begun"),
        gettext_lazy("%(who)s began the release “%(name)s”."),
    ),
    "release:publish": (
        gettext_lazy("release public"),
        gettext_lazy("Release %(release)s became public as a whole, by %(who)s."),
    ),
    "release:undo": (
        gettext_lazy("release undone"),
        gettext_lazy("%(who)s undid release %(release)s."),
    ),
    "revision:discard": (
        gettext_lazy("draft discarded"),
        gettext_lazy("%(who)s discarded a draft of %(text)s."),
    ),
    "item:restore": (
        gettext_lazy("earlier text taken up"),
        gettext_lazy("%(who)s made an earlier text of %(text)s a draft again."),
    ),
    "finding:waive": (
        gettext_lazy("finding waived"),
        gettext_lazy("%(who)s waived a finding on %(text)s."),
    ),
    "item:create": (gettext_lazy("item made"), gettext_lazy("%(who)s made %(text)s.")),
    "item:structure": (
        gettext_lazy("item moved or renamed"),
        gettext_lazy("%(who)s changed the address or the place of %(text)s."),
    ),
    "item:retire": (gettext_lazy("item retired"), gettext_lazy("%(who)s retired %(text)s.")),
    "item:bring-back": (
        gettext_lazy("item brought back"),
        gettext_lazy("%(who)s brought %(text)s back."),
    ),
    "comment:add": (gettext_lazy("comment"), gettext_lazy("%(who)s commented on %(text)s.")),
    "comment:resolve": (
        gettext_lazy("comment resolved"),
        gettext_lazy("%(who)s resolved a comment on %(text)s."),
    ),
    "comment:reopen": (
        gettext_lazy("comment reopened"),
        gettext_lazy("%(who)s reopened a comment on %(text)s."),
    ),
    "advisor:leave": (
        gettext_lazy("advisor left"),
        gettext_lazy("%(who)s ended the work of the advisor “%(advisor)s”."),
    ),
    "recheck:open": (
        gettext_lazy("to be read again"),
        gettext_lazy("%(who)s asked for %(count)s public texts to be read again."),
    ),
    "release:schedule": (
        gettext_lazy("time of a release"),
        gettext_lazy("%(who)s said when release %(release)s goes public."),
    ),
    "release:dissolve": (
        gettext_lazy("release dissolved"),
        gettext_lazy("%(who)s dissolved the release “%(name)s”."),
    ),
    "revision:recall": (
        gettext_lazy("text recalled"),
        gettext_lazy("%(who)s recalled %(text)s with request %(request)s."),
    ),
    "person:invite": (
        gettext_lazy("invitation"),
        gettext_lazy("%(who)s invited %(person)s to work here."),
    ),
    "person:revoke": (
        gettext_lazy("invitation revoked"),
        gettext_lazy("%(who)s revoked the invitation of %(person)s."),
    ),
    "person:accept": (
        gettext_lazy("invitation accepted"),
        gettext_lazy("%(person)s accepted the invitation."),
    ),
    "person:confirm": (
        gettext_lazy("advisor confirmed"),
        gettext_lazy("%(who)s confirmed the advisor “%(advisor)s”."),
    ),
    "person:erase": (
        gettext_lazy("erased"),
        gettext_lazy("%(who)s had erased what was known of “%(person)s” beside what was signed."),
    ),
    "person:send_back": (
        gettext_lazy("details sent back"),
        gettext_lazy("%(who)s asked %(person)s to complete the details of an advisor."),
    ),
    "advisor:appoint": (
        gettext_lazy("advisor appointed"),
        gettext_lazy("%(who)s appointed the advisor “%(advisor)s”."),
    ),
    "advisor:details": (
        gettext_lazy("advisor’s details"),
        gettext_lazy("%(who)s changed the details of the advisor “%(advisor)s”."),
    ),
    "advisor:languages": (
        gettext_lazy("advisor’s languages"),
        gettext_lazy("%(who)s changed the languages of the advisor “%(advisor)s”."),
    ),
    "advisor:return": (
        gettext_lazy("advisor returned"),
        gettext_lazy("%(who)s let the advisor “%(advisor)s” return."),
    ),
    "absence:enter": (
        gettext_lazy("absence"),
        gettext_lazy("%(who)s entered an absence of the advisor “%(advisor)s”."),
    ),
    "absence:cancel": (
        gettext_lazy("absence cancelled"),
        gettext_lazy("%(who)s cancelled an absence of the advisor “%(advisor)s”."),
    ),
    "absence:end": (
        gettext_lazy("absence ended"),
        gettext_lazy("%(who)s ended an absence of the advisor “%(advisor)s”."),
    ),
    "scorecard:answer": (
        gettext_lazy("self-assessment"),
        gettext_lazy("%(who)s assessed %(text)s."),
    ),
    "watch:query": (
        gettext_lazy("search for new evidence"),
        gettext_lazy("%(who)s changed how new evidence is looked for on %(text)s."),
    ),
    "watch:dismiss": (
        gettext_lazy("new evidence dismissed"),
        gettext_lazy("%(who)s dismissed a new publication on %(text)s."),
    ),
    "watch:review": (
        gettext_lazy("new evidence to be read"),
        gettext_lazy("%(who)s asked for %(text)s to be read again because of a new publication."),
    ),
    "ledger:open": (gettext_lazy("ledger begun"), gettext_lazy("The ledger was begun.")),
}

# In the order in which a page tells them.
LABELS = {
    "sign_off": gettext_lazy("Sign-off"),
    "decision": gettext_lazy("Decision"),
    "name": gettext_lazy("Name"),
    "credentials": gettext_lazy("Credentials"),
    "interests": gettext_lazy("Declared interests"),
    "advisor": gettext_lazy("Advisor"),
    "reason": gettext_lazy("Reason"),
    "waived": gettext_lazy("Findings that were waived"),
    "reason_public": gettext_lazy("Readers may see the reason"),
    "comment": gettext_lazy("Comment"),
    "attestation": gettext_lazy("Attestation"),
    "significance": gettext_lazy("Significance"),
    "origin": gettext_lazy("Origin"),
    "refers": gettext_lazy("Refers to"),
    "signed_at": gettext_lazy("Decided at"),
    "next_review": gettext_lazy("Next review"),
    "demonstration": gettext_lazy("For demonstration only"),
    "request": gettext_lazy("Request"),
    "requests": gettext_lazy("Requests"),
    "release": gettext_lazy("Release"),
    "revisions": gettext_lazy("Texts"),
    "texts": gettext_lazy("Texts"),
    "restored": gettext_lazy("From revision"),
    "number_of_revision": gettext_lazy("Revision"),
    "decided": gettext_lazy("Decided later"),
    "due": gettext_lazy("Wanted by"),
    "at": gettext_lazy("When"),
    "structure": gettext_lazy("Place"),
    "before": gettext_lazy("Before"),
    "after": gettext_lazy("Afterwards"),
    "deputy": gettext_lazy("Deputy"),
    "first": gettext_lazy("First day"),
    "last": gettext_lazy("Last day"),
    "languages": gettext_lazy("Languages"),
    "group": gettext_lazy("Group"),
    "publish_at": gettext_lazy("Goes public at"),
    "changed": gettext_lazy("Changed"),
    "person": gettext_lazy("Person"),
    "item_type": gettext_lazy("Kind of item"),
    "key": gettext_lazy("Key"),
    "language": gettext_lazy("Language"),
    "fingerprint": gettext_lazy("Fingerprint of the text"),
    "facts_fingerprint": gettext_lazy("Fingerprint of the facts"),
    "source_fingerprints": gettext_lazy("Fingerprints of the text that it translates"),
    "fingerprint_version": gettext_lazy("Kind of fingerprint"),
}
_ORDER = {name: place for place, name in enumerate(LABELS)}
_CHOICES = {
    "decision": SignOff.Decision,
    "origin": Revision.Origin,
    "significance": Significance,
}
_DAYS = {"next_review", "due", "first", "last"}
# Said elsewhere on the page, or numbers of rows that mean nothing to a person.
_SAID = {
    *("number", "at", "event", "actor", "publishes", "seal"),
    *("id", "advisor_id", "user_id", "revision_id", "request_id"),
}


def payload_of(entry):
    """What a line says, {} for one that was made unreadable (``verify`` tells of it)."""
    try:
        payload = json.loads(entry.payload)
    except (ValueError, RecursionError):
        return {}
    return payload if isinstance(payload, dict) else {}


def sentence(entry, payload):
    """Who did what to which text."""
    if entry.event not in EVENTS:
        text = text_name(entry.item_type, entry.key, entry.language)
        parts = {"who": entry.actor, "event": entry.event, "text": text}
        return (_("%(who)s: %(event)s, %(text)s") if text else _("%(who)s: %(event)s")) % parts
    texts = payload.get("texts")
    return EVENTS[entry.event][1] % {
        "who": entry.actor,
        "text": text_name(entry.item_type, entry.key, entry.language),
        "language": language_name(entry.language),
        "request": payload.get("request", "?"),
        "release": payload.get("release", "?"),
        "name": payload.get("name", "?"),
        "advisor": payload.get("advisor", "?"),
        "person": payload.get("person", "?"),
        "count": len(texts) if isinstance(texts, list) else "?",
    }


def text_name(item_type, key, language=""):
    """A text as a sentence names it: “ras-mutation” (topic, Español)."""
    if not item_type:
        return ""
    kind = kind_name(item_type)
    if language:
        kind = _("%(kind)s, %(language)s") % {"kind": kind, "language": language_name(language)}
    return _("“%(key)s” (%(kind)s)") % {"key": key, "kind": kind}


def kind_name(item_type):
    kinds = {model._meta.label_lower: model._meta.verbose_name for model in content_models()}
    return str(kinds.get(item_type, item_type))


def language_name(code):
    return languages.name(code) if code in languages.codes() else code


def words(values):
    """A record's values as rows of a page: {"label", and "text", "list" or "rows"}."""
    rows = []
    for name, value in sorted(values.items(), key=lambda each: _ORDER.get(each[0], len(_ORDER))):
        if name in _SAID or value in (None, "", [], {}):
            continue
        row = {"label": str(LABELS.get(name, str(name).replace("_", " ")))}
        if isinstance(value, dict):
            row["rows"] = words(value)
        elif isinstance(value, list):
            row["list"] = [_entry(each) for each in value]
        else:
            row["text"] = _in_words(name, value)
        rows.append(row)
    return rows


def _entry(value):
    """One of several; what a text refers to is stored as item, language and fingerprints."""
    if isinstance(value, dict) and {"message", "reason", "name"} <= value.keys():
        return _("%(message)s Waived by %(name)s: %(reason)s") % value
    if not isinstance(value, list) or len(value) != 3:
        return str(value)
    item_type, _sep, key = str(value[0]).partition(":")
    return text_name(item_type, key, str(value[1]))


def _in_words(name, value):
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if name in _CHOICES:
        return str(dict(_CHOICES[name].choices).get(value, value))
    if name == "language":
        return language_name(value)
    if name == "item_type":
        return kind_name(value)
    dated = name.endswith("_at") or name in _DAYS
    moment = _moment(str(value)) if dated else None
    if isinstance(moment, datetime):
        return date_format(localtime(moment), "DATETIME_FORMAT")
    return date_format(moment) if moment else str(value)


def _moment(value):
    try:
        found = parse_datetime(value) if "T" in value else parse_date(value)
    except ValueError:
        return None
    return None if isinstance(found, datetime) and found.tzinfo is None else found
