"""Publications from files of reference managers and services: RIS, BibTeX, NBIB and Europe PMC's
JSON, each record as the facts of a Source. Pure.

RIS by rispy and BibTeX by bibtexparser; NBIB (PubMed's MEDLINE format, which its service speaks,
too: https://www.nlm.nih.gov/bsd/mms/medlineelements.html) is read here.
"""

import json
import re
from dataclasses import dataclass, field

import bibtexparser
import rispy
from bibtexparser.bparser import BibTexParser
from bibtexparser.customization import convert_to_unicode
from django.utils.translation import gettext as _

from . import identifiers
from .models import Kind, Notice, Status

LONGEST = 2_000_000  # characters of a file
MOST = 500  # records of a file
_TAG = re.compile(r"^([A-Z]{2,4}) *- ?(.*)$")
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_YEAR = re.compile(r"(?:19|20)\d\d")
# Kinds of publication, as PubMed names them; the first that fits.
_KINDS = (
    (("practice guideline", "guideline", "consensus development"), Kind.GUIDELINE),
    (("meta-analysis", "network meta-analysis"), Kind.META_ANALYSIS),
    (("randomized controlled trial", "clinical trial", "controlled clinical trial"), Kind.TRIAL),
    (("observational study", "multicenter study", "comparative study"), Kind.COHORT),
    (("systematic review", "review"), Kind.REVIEW),
)


class NotRead(Exception):
    """The message says what is wrong with the file, and what to change."""


@dataclass
class Record:
    """``facts`` as a Source has them, as far as the file tells; ``notices`` are (Notice, DOI or
    words) of what its journal said afterwards; ``abstract`` tells what it is about."""

    facts: dict
    notices: list = field(default_factory=list)
    abstract: str = ""

    @property
    def name(self):
        return self.facts.get("title") or self.facts.get("doi") or self.facts.get("pmid") or "?"


def read(text):
    """The records of a file, whichever of the three formats it has. Raises NotRead."""
    if len(text) > LONGEST:
        raise NotRead(_("The file is too long: split it into files of at most 500 records."))
    text = text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff")
    if text.lstrip().startswith("{"):
        found = europepmc(text)
    elif re.search(r"^\s*@\s*\w+\s*[{(]", text, re.MULTILINE):
        found = _bibtex(text)
    elif re.search(r"^TY {1,2}- ", text, re.MULTILINE):
        found = _ris(text)
    elif re.search(r"^PMID *- ", text, re.MULTILINE):
        found = nbib(text)
    else:
        raise NotRead(
            _("This is neither RIS, BibTeX, NBIB nor Europe PMC’s JSON: export the records anew.")
        )
    if not found:
        raise NotRead(_("The file holds no record: export it anew."))
    if len(found) > MOST:
        raise NotRead(_("The file holds more than 500 records: split it."))
    return found


def identified(line):
    """The facts of a DOI or PMID that somebody typed, or None."""
    if doi := identifiers.doi(line):
        return Record(facts_of(doi=doi))
    if pmid := identifiers.pmid(line):
        return Record(facts_of(pmid=pmid))
    return None


def facts_of(
    *, authors=(), title="", journal="", year="", doi="", pmid="", kinds=(), isbn="", url=""
):
    """Only what is told and valid: a fact that is empty is none."""
    found = _YEAR.search(str(year))
    told = {
        "authors": _authors(authors),
        "title": _line(title).rstrip(".")[:500],
        "journal": _line(journal)[:200],
        "year": int(found[0]) if found else None,
        "doi": identifiers.doi(doi),
        "pmid": identifiers.pmid(pmid),
        "isbn": isbn if identifiers.is_isbn(isbn) else "",
        "url": url if identifiers.is_url(url) and len(url) <= 500 and not doi else "",
        "kind": _kind(kinds),
        "status": Status.TO_VERIFY.value,
        "verify": "Taken from a file: compare it with the publication.",
    }
    return {name: value for name, value in told.items() if value}


def _line(text):
    return " ".join(_UNSEEN.sub(" ", re.sub(r"[{}]", "", str(text or ""))).split())


def _authors(names):
    """ "Smith J and others": the first, as the site's sources name them."""
    names = [_author(_line(each)) for each in names if _line(each)]
    if len(names) > 2:
        return f"{names[0]} and others"[:300]
    return " and ".join(names)[:300]


def _author(name):
    last, comma, first = name.partition(",")
    if not comma:
        return name
    initials = "".join(each[0] for each in re.findall(r"[^\W\d_]+", first))
    return f"{last.strip()} {initials.upper()}".strip()


def _kind(kinds):
    told = {str(each).strip().lower() for each in kinds}
    return next((kind.value for names, kind in _KINDS if told & set(names)), "")


# -- The formats -----------------------------------------------------------------------------------


def _ris(text):
    try:
        entries = rispy.loads(text)
    except (OSError, ValueError, KeyError, IndexError) as error:
        raise NotRead(
            _("The RIS file breaks off or is damaged (%(why)s): export it anew.") % {"why": error}
        ) from None
    found = []
    for each in entries:
        number = each.get("issn") or ""
        urls = each.get("urls") or []
        found.append(
            Record(
                facts_of(
                    authors=each.get("authors") or each.get("first_authors") or (),
                    title=each.get("title") or each.get("primary_title") or "",
                    journal=each.get("journal_name")
                    or each.get("secondary_title")
                    or each.get("alternate_title3")
                    or each.get("publisher")
                    or "",
                    year=each.get("year") or each.get("publication_year") or each.get("date") or "",
                    doi=each.get("doi") or "",
                    pmid=_pmid_of(each),
                    isbn=number,
                    url=urls[0] if urls else each.get("url") or "",
                ),
                abstract=_abstract(each.get("abstract") or each.get("notes_abstract") or ""),
            )
        )
    return found


def _pmid_of(each):
    """PubMed's own exports name it as accession number."""
    return identifiers.pmid(str(each.get("accession_number") or ""))


def _bibtex(text):
    parser = BibTexParser(
        common_strings=True, ignore_nonstandard_types=False, customization=_in_letters
    )
    try:
        entries = bibtexparser.loads(text, parser=parser).entries
    except Exception as error:  # pyparsing's errors have no common base that is public
        raise NotRead(
            _("The BibTeX file breaks off or is damaged (%(why)s): export it anew.")
            % {"why": str(error)[:80]}
        ) from None
    return [
        Record(
            facts_of(
                authors=re.split(r"\s+and\s+", each.get("author", "")),
                title=each.get("title", ""),
                journal=each.get("journal") or each.get("booktitle") or each.get("publisher", ""),
                year=each.get("year") or each.get("date", ""),
                doi=each.get("doi", ""),
                pmid=each.get("pmid", ""),
                isbn=each.get("isbn", ""),
                url=each.get("url", ""),
            )
        )
        for each in entries
    ]


def _in_letters(record):
    """ "{\\'e}" as "é"; what it cannot read stays as it is."""
    try:
        return convert_to_unicode(record)
    except (ValueError, TypeError, AttributeError):
        return record


def nbib(text):
    """PubMed's records: a tag of up to four letters, six columns in, folded lines."""
    records, tags, last = [], None, None
    for line in text.split("\n"):
        match = _TAG.match(line)
        if match:
            last = match[1]
            if last == "PMID" or tags is None:
                tags = {}
                records.append(tags)
            tags.setdefault(last, []).append(match[2].strip())
        elif tags is not None and last and line.startswith("      "):
            tags[last][-1] += " " + line.strip()
        elif not line.strip():
            last = None
    return [_from_medline(each) for each in records if each.get("PMID") or each.get("TI")]


_NOTICES = {"RIN": Notice.RETRACTED, "EIN": Notice.CORRECTED, "ECI": Notice.CONCERN}


def _from_medline(tags):
    def one(*names):
        return next((tags[name][0] for name in names if tags.get(name)), "")

    dois = [each for each in (*tags.get("LID", ()), *tags.get("AID", ())) if "[doi]" in each]
    kinds = [each.lower() for each in tags.get("PT", ())]
    notices = [
        (kind, identifiers.doi(_doi_in(each)) or each)
        for tag, kind in _NOTICES.items()
        for each in tags.get(tag, ())
    ]
    if "retracted publication" in kinds and not any(k == Notice.RETRACTED for k, _w in notices):
        notices.append((Notice.RETRACTED, "PubMed"))
    return Record(
        facts_of(
            authors=tags.get("AU") or tags.get("FAU") or (),
            title=one("TI"),
            journal=one("JT", "TA"),
            year=one("DP"),
            doi=dois[0].replace("[doi]", "").strip() if dois else "",
            pmid=one("PMID"),
            kinds=kinds,
        ),
        notices,
        _abstract(" ".join(tags.get("AB", ()))),
    )


def _doi_in(words):
    match = re.search(r"10\.\d{4,9}/[^\s;]+", words)
    return match[0] if match else ""


_TAGS = re.compile(r"<[^>]*>")


def europepmc(text):
    """Europe PMC's answers, "core" or "lite" (https://europepmc.org/RestfulWebService)."""
    try:
        told = json.loads(text)
        results = told["resultList"]["result"]
        return [_from_europepmc(each) for each in results]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise NotRead(
            _("This is no answer of Europe PMC: save its search anew as JSON (format=json).")
        ) from None


def _from_europepmc(each):
    journal = (each.get("journalInfo") or {}).get("journal") or {}
    listed = (each.get("authorList") or {}).get("author") or ()
    names = [one.get("fullName", "") for one in listed] or (each.get("authorString") or "").split(
        ", "
    )
    facts = facts_of(
        authors=[name.rstrip(".") for name in names],
        title=_TAGS.sub("", each.get("title") or ""),
        journal=journal.get("title") or each.get("journalTitle") or "",
        year=each.get("pubYear") or "",
        doi=each.get("doi") or "",
        pmid=identifiers.pmid(str(each.get("pmid") or "")),
        kinds=(each.get("pubTypeList") or {}).get("pubType") or (),
    )
    return Record(facts, abstract=_abstract(_TAGS.sub(" ", each.get("abstractText") or "")))


def _abstract(text):
    return _line(text)[:20_000]
