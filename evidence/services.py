"""Crossref, PubMed and Europe PMC: what they know of a publication, what was said of it since, and
who cites it.

Nobody is asked unless ``SOURCE_NETWORK`` allows it. Formats: https://api.crossref.org (works, with
``updated-by`` for retractions and corrections); NCBI's E-utilities (esearch by the day of entry,
``edat``; efetch, MEDLINE; https://www.ncbi.nlm.nih.gov/books/NBK25499/), which ask for a program's
name, an address of mail and no more than three questions a second; Europe PMC's search
(``FIRST_IDATE``, the day of its first index; https://europepmc.org/RestfulWebService).
"""

import json
from time import sleep
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen

from django.conf import settings
from django.utils.translation import gettext as _

from . import identifiers, records
from .models import Notice
from .records import Record

SECONDS = 10
LARGEST = 5_000_000  # bytes of an answer
AT_ONCE = 100  # PMIDs of one question
_UNKNOWN = ("phrasesnotfound", "fieldsnotfound")
_KINDS = {
    "retraction": Notice.RETRACTED,
    "removal": Notice.RETRACTED,
    "withdrawal": Notice.RETRACTED,
    "partial_retraction": Notice.CORRECTED,
    "correction": Notice.CORRECTED,
    "corrigendum": Notice.CORRECTED,
    "erratum": Notice.CORRECTED,
    "expression_of_concern": Notice.CONCERN,
}


class NotAnswered(Exception):
    """The message says which service did not answer, and why."""


class Unknown(Exception):
    """The service answers, and knows no such publication."""


def crossref(doi):
    """The Record of a DOI. Raises Unknown, NotAnswered."""
    answer = _get("Crossref", f"{settings.CROSSREF_URL}/works/{quote(doi, safe='')}")
    try:
        told = json.loads(answer)["message"]
        return _from_crossref(told)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise NotAnswered(_("Crossref’s answer cannot be read.")) from None


def _from_crossref(told):
    authors = [
        f"{each.get('family', each.get('name', ''))}, {each.get('given', '')}".rstrip(", ")
        for each in told.get("author", ())
    ]
    dated = (told.get("issued") or {}).get("date-parts") or [[""]]
    facts = records.facts_of(
        authors=authors,
        title=(told.get("title") or [""])[0],
        journal=(told.get("container-title") or [""])[0],
        year=dated[0][0] or "",
        doi=told.get("DOI", ""),
    )
    notices = [
        (_KINDS[kind], identifiers.doi(each.get("DOI", "")) or "Crossref")
        for each in told.get("updated-by", ())
        if (kind := str(each.get("type", "")).lower().replace(" ", "_").replace("-", "_")) in _KINDS
    ]
    return Record(facts, notices)


def pubmed(pmids):
    """PMID to the Record that PubMed has of it; what it does not know is left out."""
    found = {}
    for at in range(0, len(pmids), AT_ONCE):
        asked = {
            "db": "pubmed",
            "id": ",".join(pmids[at : at + AT_ONCE]),
            "rettype": "medline",
            "retmode": "text",
        }
        answer = _eutils("efetch", asked)
        for record in records.nbib(answer.replace("\r\n", "\n")):
            if "pmid" in record.facts:
                found[record.facts["pmid"]] = record
    return found


def search(query, since, until, most):
    """(PMIDs, how many there are, words that PubMed does not know and left out) of what it took in
    between two days, the newest first."""
    asked = {
        "db": "pubmed",
        "term": query,
        "datetype": "edat",
        "mindate": f"{since:%Y/%m/%d}",
        "maxdate": f"{until:%Y/%m/%d}",
        "retmax": most,
        "retmode": "json",
    }
    answer = _eutils("esearch", asked)
    try:
        told = json.loads(answer)["esearchresult"]
        pmids = [identifiers.pmid(str(each)) for each in told["idlist"]]
        lists = told.get("errorlist") or {}
        unknown = [str(each) for one in _UNKNOWN for each in lists.get(one) or ()]
        return [each for each in pmids if each], int(told["count"]), unknown
    except (ValueError, KeyError, TypeError, AttributeError):
        raise NotAnswered(_("PubMed’s answer cannot be read: is the search right?")) from None


def _eutils(name, asked):
    sleep(settings.SOURCE_PAUSE)
    asked = {**asked, "tool": "crcsite", "email": settings.DEFAULT_FROM_EMAIL}
    return _get("PubMed", f"{settings.PUBMED_URL}/{name}.fcgi?{urlencode(asked)}")


def citing(pmid, since, until, most):
    """Records of what cites a publication, by Europe PMC, first indexed between two days."""
    asked = {
        "query": f"CITES:{pmid}_MED AND FIRST_IDATE:[{since:%Y-%m-%d} TO {until:%Y-%m-%d}]",
        "resultType": "core",
        "pageSize": most,
        "format": "json",
    }
    answer = _get("Europe PMC", f"{settings.EUROPEPMC_URL}/search?{urlencode(asked)}")
    try:
        return records.europepmc(answer)
    except records.NotRead:
        raise NotAnswered(_("Europe PMC’s answer cannot be read.")) from None


def looked_up(record):
    """A record of which only a DOI or a PMID is known, with what the services know of it."""
    try:
        if doi := record.facts.get("doi"):
            return crossref(doi)
        pmid = record.facts["pmid"]
        return pubmed([pmid]).get(pmid, record)
    except Unknown:
        return record


def _get(service, address):
    agent = f"crcsite ({settings.SITE_URL}; mailto:{settings.DEFAULT_FROM_EMAIL})"
    if not address.startswith(("https://", "http://")):
        raise NotAnswered(_("The address of %(service)s is none.") % {"service": service})
    request = Request(address, headers={"User-Agent": agent})  # noqa: S310  (scheme checked)
    try:
        with urlopen(request, timeout=SECONDS) as answer:  # noqa: S310  (scheme checked)
            return answer.read(LARGEST).decode("utf-8", "replace")
    except HTTPError as error:
        if error.code == 404:
            raise Unknown(address) from None
        why = error.code
    except (URLError, OSError, ValueError) as error:
        why = getattr(error, "reason", error)
    raise NotAnswered(
        _("%(service)s did not answer (%(why)s): run this again later.")
        % {"service": service, "why": why}
    )
