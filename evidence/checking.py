"""Whether the sources still are what the texts take them for: identifiers by themselves, and what
Crossref and PubMed say; a retraction or a correction queues what cites it."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from review import languages, uses
from review.ledger import locked
from review.models import Recheck, Standing
from review.rechecks import open_rechecks

from . import identifiers, services
from .intake import ITEM_TYPE, letters
from .models import Notice

_FORMS = (
    (
        "doi",
        identifiers.is_doi,
        noop("its DOI “%(value)s” is none: it looks like 10.1000/182"),
    ),
    (
        "pmid",
        identifiers.is_pmid,
        noop("its PMID “%(value)s” is none: it has up to nine digits"),
    ),
    (
        "isbn",
        identifiers.is_isbn,
        noop("its ISBN “%(value)s” is none: the check digit does not fit"),
    ),
    (
        "url",
        identifiers.is_url,
        noop("its address “%(value)s” is none: it begins with https://"),
    ),
    ("notice_doi", identifiers.is_doi, noop("the DOI “%(value)s” of its notice is none")),
)
_SAID = {
    Notice.RETRACTED: "was retracted",
    Notice.CORRECTED: "was corrected",
    Notice.CONCERN: "is under an expression of concern",
}


def sources():
    """The newest revision of each source that is not retired, by key."""
    rows = Standing.objects.filter(item_type=ITEM_TYPE, language=languages.source())
    return [
        row.newest for row in rows.exclude(newest=None).select_related("newest").order_by("key")
    ]


def offline(revisions):
    """(key, sentence) for every identifier that cannot be right, or names two sources."""
    seen = {}
    for revision in revisions:
        facts = revision.facts or {}
        for name, valid, sentence in _FORMS:
            value = str(facts.get(name) or "")
            if value and not valid(value):
                yield revision.key, _(sentence) % {"value": value}
            elif value and name in ("doi", "pmid"):
                other = seen.setdefault((name, value.lower()), revision.key)
                if other != revision.key:
                    yield (
                        revision.key,
                        _("it has the same %(name)s as “%(other)s”")
                        % {
                            "name": name.upper(),
                            "other": other,
                        },
                    )


def online(revisions):
    """(revision, sentence, notice or None) for what the services say otherwise. Raises
    ``services.NotAnswered``."""
    pmids = [r.facts["pmid"] for r in revisions if (r.facts or {}).get("pmid")]
    known = services.pubmed([each for each in pmids if identifiers.is_pmid(each)]) if pmids else {}
    for revision in revisions:
        facts = revision.facts or {}
        told = []
        if pmid := facts.get("pmid"):
            if pmid not in known:
                yield revision, _("PubMed knows no PMID %(pmid)s") % {"pmid": pmid}, None
            else:
                told.append(("PubMed", known[pmid]))
        if identifiers.is_doi(facts.get("doi") or ""):
            try:
                told.append(("Crossref", services.crossref(facts["doi"])))
            except services.Unknown:
                yield revision, _("Crossref knows no DOI %(doi)s") % {"doi": facts["doi"]}, None
        yield from _compared(revision, facts, told)


def _compared(revision, facts, told):
    seen = set()
    for service, record in told:
        title = record.facts.get("title", "")
        if title and not _alike(title, facts.get("title") or ""):
            message = _("%(service)s has another title for it: “%(title)s”")
            yield revision, message % {"service": service, "title": title}, None
        for notice in record.notices:
            if notice[0] not in seen and not _known(facts, notice):
                seen.add(notice[0])
                yield revision, _sentence(revision, notice), notice


def _alike(one, other):
    """Titles are often shortened after a colon or a dash: the beginning counts."""
    one, other = sorted((letters(one), letters(other)), key=len)
    return bool(one) and other.startswith(one[: max(20, len(one) * 2 // 3)])


def _known(facts, notice):
    kind, where = notice
    told = facts.get("notice") == kind
    return told and (not facts.get("notice_doi") or facts["notice_doi"].lower() in (where, ""))


def _sentence(revision, notice):
    kind, where = notice
    return f"The source “{revision.key}” {_SAID[kind]} ({where})."


def open_reviews(revision, notice, *, by):
    """Queue every public text that rests on a source, and the source: once for each notice, also
    where somebody has decided about it already. Returns how many."""
    with locked():
        reason = _sentence(revision, notice)
        before = set(
            Recheck.objects.filter(reason=reason).values_list("item_type", "key", "language")
        )
        rows = [
            row
            for code in languages.codes()
            for row in uses.of([revision], code, public=True)[revision.item]
        ]
        own = Standing.objects.filter(item_type=ITEM_TYPE, key=revision.key).exclude(live=None)
        rows += own.select_related("live")
        new = [r.live for r in rows if (r.item_type, r.key, r.language) not in before]
        return open_rechecks(new, by=by, reason=reason)
