"""Asking PubMed and Europe PMC what is new about the watched texts, where a network is allowed."""

from django.utils import timezone
from django.utils.translation import gettext as _

from .. import identifiers, services
from ..models import Arrival, Watch
from . import arrivals

MOST = 100  # publications of one question


def ask(texts=None):
    """Ask about every public text since it was signed or asked about last. Returns Outcomes.
    Raises ``services.NotAnswered``; what came before stays."""
    texts, today, found, kept = texts or arrivals.Texts(), timezone.localdate(), [], {}
    for item, row in texts.rows.items():
        if row.live is None:
            continue  # nobody vouches for it yet: nothing is new since
        watch = texts.watches.get(item) or Watch(item_type=row.item_type, key=row.key)
        since = watch.asked_until or row.live.signed_at.date()
        watch.problem = ""
        if watch.query:
            found += _by_query(item, watch, since, today, texts)
        for key, facts in texts.cited(item).items():
            pmid = str(facts.get("pmid") or "")
            if identifiers.is_pmid(pmid):
                about = pmid, since
                if about not in kept:
                    kept[about] = services.citing(pmid, since, today, MOST)
                told = {"item": item, "way": Arrival.Way.CITES, "cites": key, "texts": texts}
                found += arrivals.take(kept[about], **told)
        watch.asked_until = today
        watch.save()
    return found


def _by_query(item, watch, since, today, texts):
    pmids, count, unknown = services.search(watch.query, since, today, MOST)
    if unknown:
        watch.problem = _(
            "PubMed does not know “%(words)s” and searched without it: correct the search."
        ) % {"words": "”, “".join(unknown)}
    elif count > MOST:
        watch.problem = _(
            "The search found %(count)d publications since %(day)s, and %(most)d were taken: make "
            "it narrower."
        ) % {"count": count, "day": since.isoformat(), "most": MOST}
    records = services.pubmed(pmids).values() if pmids else []
    return arrivals.take(records, item=item, way=Arrival.Way.QUERY, texts=texts)
