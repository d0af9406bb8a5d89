"""Records of publications become drafts of sources; what is here already is not made twice."""

import re
import unicodedata
from dataclasses import dataclass

from django.utils.text import slugify
from django.utils.translation import gettext as _

from review import languages, workflow
from review.ledger import locked
from review.models import Standing
from review.proposal import Proposal
from review.structure import create_item

from .models import Source
from .records import Record

ITEM_TYPE = "evidence.source"
MADE, THERE, TWICE = "made", "there", "twice"


class NotTaken(Exception):
    """The message names the record that cannot be kept, and why; nothing was written."""


@dataclass
class Outcome:
    """What became of one record: a new draft, or the source that says it already."""

    record: Record
    state: str
    key: str

    @property
    def sentence(self):
        told = {"title": self.record.name, "key": self.key}
        if self.state == MADE:
            return _("“%(title)s” is a new draft: %(key)s.") % told
        if self.state == TWICE:
            return _("“%(title)s” stands twice in what you sent; it is kept once: %(key)s.") % told
        return _("“%(title)s” is here already: %(key)s. It was left as it is.") % told


def take(records, *, by):
    """Save each new record as a source's draft. Returns an Outcome each."""
    with locked():
        known, keys = _known()
        outcomes = []
        for record in records:
            names = names_of(record.facts)
            key = next((known[each] for each in names if each in known), None)
            if key is None:
                key, state = _make(record, keys, by), MADE
                keys.add(key)
            else:
                mine = {each.key for each in outcomes if each.state == MADE}
                state = TWICE if key in mine else THERE
            known.update((each, key) for each in names if each not in known)
            outcomes.append(Outcome(record, state, key))
        return outcomes


def _known():
    """What each source is known by to its key, and all keys."""
    rows = Standing.objects.filter(item_type=ITEM_TYPE, language=languages.source())
    known = {}
    for row in rows.exclude(newest=None).select_related("newest"):
        known.update(dict.fromkeys(names_of(row.newest.facts or {}), row.key))
    return known, set(Source._base_manager.values_list("key", flat=True))


def names_of(facts):
    """By which a publication is known again: its DOI, its PMID, its title and year."""
    names = []
    if facts.get("doi"):
        names.append(("doi", facts["doi"].lower()))
    if facts.get("pmid"):
        names.append(("pmid", str(facts["pmid"])))
    title = letters(facts.get("title") or "")
    if len(title) > 20:
        names.append(("title", title, facts.get("year")))
    return names


def letters(title):
    plain = unicodedata.normalize("NFKD", title.lower())
    return re.sub(r"[^a-z0-9]", "", plain) or re.sub(r"\W", "", title.lower())


def _make(record, keys, by):
    key = _key(record.facts, keys)
    source = create_item(Source, by=by, key=key)
    proposal = Proposal(Source, languages.source(), {}, record.facts)
    if wrong := proposal.problems():
        told = {"title": record.name, "why": f"{wrong[0].field}: {wrong[0].message}"}
        raise NotTaken(_("“%(title)s” cannot be kept (%(why)s). Nothing was taken in.") % told)
    summary = "Taken from a file of publications"
    workflow.save_draft(
        source, languages.source(), proposal, by=by, based_on="", summary=summary, origin="import"
    )
    return key


def _key(facts, keys):
    """ "smith-2020", as the site's sources are named, with a number where that is taken; what has
    no author is named after its DOI or PMID."""
    name = slugify((facts.get("authors") or "").split(" ")[0]).replace("_", "-")
    named = f"{name}-{facts.get('year', '')}" if name else facts.get("doi") or facts.get("pmid", "")
    base = re.sub("[^a-z0-9]+", "-", f"{named}".lower()).strip("-")[:90].rstrip("-") or "source"
    key, number = base, 1
    while key in keys:
        number += 1
        key = f"{base}-{number}"
    return key
