"""How publications are named: DOI, PMID, ISBN, address; read from whatever people paste. Pure."""

import re
from urllib.parse import unquote, urlsplit

_DOI = re.compile(r"10\.\d{4,9}/\S+")
_PMID = re.compile(r"[1-9]\d{0,8}")
_BEFORE_DOI = re.compile(r"^(?:doi:\s*|https?://(?:dx\.)?doi\.org/)", re.IGNORECASE)
_BEFORE_PMID = re.compile(
    r"^(?:pmid:?\s*|https?://(?:www\.)?(?:pubmed\.ncbi\.nlm\.nih\.gov|ncbi\.nlm\.nih\.gov/pubmed)/)",
    re.IGNORECASE,
)


def is_doi(value):
    """As ISO 26324 writes it: directory "10.", registrant, slash, suffix."""
    return bool(_DOI.fullmatch(value))


def is_pmid(value):
    return bool(_PMID.fullmatch(value))


def is_isbn(value):
    """ISBN-10 or ISBN-13, with or without hyphens, whose check digit fits (ISO 2108)."""
    digits = re.sub(r"[\s-]", "", value).upper()
    if re.fullmatch(r"\d{9}[\dX]", digits):
        values = [10 if each == "X" else int(each) for each in digits]
        return sum((10 - place) * each for place, each in enumerate(values)) % 11 == 0
    if re.fullmatch(r"97[89]\d{10}", digits):
        return sum(int(each) * (3 if at % 2 else 1) for at, each in enumerate(digits)) % 10 == 0
    return False


def is_url(value):
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and "." in parts.netloc and not re.search(r"\s", value)


def doi(value):
    """A DOI in small letters (they do not count) from what somebody pasted, or ""."""
    bare = unquote(_BEFORE_DOI.sub("", (value or "").strip())).rstrip(".,;").lower()
    return bare if is_doi(bare) else ""


def pmid(value):
    bare = _BEFORE_PMID.sub("", (value or "").strip()).rstrip("/").lstrip("0")
    return bare if is_pmid(bare) else ""
