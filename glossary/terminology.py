"""The glossary for translators: terms with their signed translation, as TBX and CSV and back."""

import csv
import io

from django.utils.translation import gettext as _
from lxml import etree
from translate.storage import tbx

from review import languages, tables
from review.interchange import units
from review.interchange.intake import Refused

from .models import Term

FIELDS = ("term", "abbreviation", "aliases", "definition")
COLUMNS = ("key", "made_from", "original", "original_definition", *FIELDS)
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_BETWEEN = " | "  # aliases in a cell of a table


# -- Out -----------------------------------------------------------------------------------------


def write_csv(pairs, language):
    return "".join(tables.lines(_rows(pairs))).encode()


def _rows(pairs):
    yield COLUMNS
    for source, target in pairs:
        mine = target.text if target else {}
        cells = [mine.get(name) or "" for name in FIELDS]
        cells[2] = _BETWEEN.join(cells[2].splitlines())
        yield [
            source.key,
            _made_from(source, mine),
            source.text.get("term", ""),
            source.text.get("definition", ""),
            *cells,
        ]


def _made_from(source, text):
    """What names the original, and each field that stood there."""
    there = [units.digest_of(text.get(name)) for name in FIELDS]
    return ":".join([units.digest(source), *there])


def write_tbx(pairs, language):
    root = etree.Element("martif", type="TBX")
    root.set(_LANG, languages.tag(languages.source()))
    described = etree.SubElement(etree.SubElement(root, "martifHeader"), "fileDesc")
    etree.SubElement(etree.SubElement(described, "sourceDesc"), "p").text = "crcsite"
    body = etree.SubElement(etree.SubElement(root, "text"), "body")
    for source, target in pairs:
        entry = etree.SubElement(body, "termEntry", id=source.key)
        etree.SubElement(entry, "note", type="madeFrom").text = _made_from(
            source, target.text if target else {}
        )
        _add_language(entry, languages.source(), source.text)
        if target:
            _add_language(entry, language, target.text)
    store = tbx.tbxfile()
    store.document = etree.ElementTree(root)
    return bytes(store)


def _add_language(entry, language, text):
    place = etree.SubElement(entry, "langSet")
    place.set(_LANG, languages.tag(language))
    if text.get("definition"):
        etree.SubElement(place, "descrip", type="definition").text = text["definition"]
    named = [("fullForm", text.get("term")), ("abbreviation", text.get("abbreviation"))]
    named += [("variant", form) for form in (text.get("aliases") or "").splitlines()]
    for kind, form in named:
        if form:
            tig = etree.SubElement(place, "tig")
            etree.SubElement(tig, "term").text = form
            etree.SubElement(tig, "termNote", type="termType").text = kind


# -- In ------------------------------------------------------------------------------------------


def read(text, language):
    """The units of a glossary's file; None for a file that is none. Raises Refused."""
    head = text.lstrip()[:2000]
    if head.startswith("<") and ("<martif" in head or "<tbx" in head):
        return list(_read_tbx(text, language))
    if head.partition("\n")[0].strip().replace('"', "").split(",")[:2] == list(COLUMNS[:2]):
        return list(_read_csv(text))
    return None


def _read_csv(text):
    try:
        rows = list(csv.DictReader(io.StringIO(text), strict=True))
    except csv.Error as error:
        raise Refused(_("The table cannot be read: %(error)s.") % {"error": error}) from None
    for row in rows:
        if any(row.get(name) is None for name in COLUMNS) or None in row:
            raise Refused(
                _("Every line has %(count)d cells: %(names)s.")
                % {"count": len(COLUMNS), "names": ", ".join(COLUMNS)}
            )
        cells = {name: _as_written(row[name]) for name in COLUMNS}
        cells["aliases"] = "\n".join(each.strip() for each in cells["aliases"].split("|"))
        yield from _units(cells["key"], cells["made_from"], cells["original"], cells)


def _as_written(cell):
    """Without the apostrophe that kept a spreadsheet from running it."""
    return cell[1:] if cell[:1] == "'" and cell[1:].lstrip(" \n")[:1] in "=+-@\t\r" else cell


def _read_tbx(text, language):
    try:
        store = tbx.tbxfile.parsestring(text.encode())
    except Exception:  # whatever a parser says of bytes that are no such file
        raise Refused(_("The file is damaged: it cannot be read as TBX.")) from None
    entries = list(store.document.getroot().iter("{*}termEntry", "{*}conceptEntry"))
    spoken, wanted = set(), languages.tag(language).lower()
    for entry in entries:
        made_from = next((n.text for n in entry.iter("{*}note") if n.get("type") == "madeFrom"), "")
        places = {(each.get(_LANG) or "").lower(): each for each in entry.iter("{*}langSet")}
        spoken |= places.keys() - {languages.tag(languages.source()).lower()}
        original = _said(places.get(languages.tag(languages.source()).lower()))
        if wanted in places:
            found = _said(places[wanted])
            yield from _units(entry.get("id"), made_from or "", original["term"], found)
    if spoken and wanted not in spoken:
        raise Refused(
            _("The file is for another language (%(tags)s), not for %(language)s.")
            % {"tags": ", ".join(sorted(spoken)), "language": languages.name(language)}
        )


def _said(place):
    """One language's term, abbreviation, aliases and definition."""
    found = dict.fromkeys(FIELDS, "")
    if place is None:
        return found
    aliases = []
    for tig in place.iter("{*}tig", "{*}ntig", "{*}termSec"):
        form = next((each.text or "" for each in tig.iter("{*}term")), "")
        kind = next((n.text for n in tig.iter("{*}termNote") if n.get("type") == "termType"), "")
        if kind == "abbreviation" and not found["abbreviation"]:
            found["abbreviation"] = form
        elif not found["term"] and kind != "variant":
            found["term"] = form
        else:
            aliases.append(form)
    found["aliases"] = "\n".join(aliases)
    for each in place.iter("{*}descrip"):
        if each.get("type") == "definition":
            found["definition"] = each.text or ""
    return found


def _units(key, made_from, original, cells):
    """Each field of a term as a unit of its own; the original is compared by its name."""
    source, *there = made_from.split(":")
    named = [f"{Term._meta.label_lower}:{key}:{name}:all:{source}" for name in FIELDS]
    found = [units.named(":".join(pair)) for pair in zip(named, there, strict=False)]
    if None in found or len(found) != len(FIELDS):
        raise Refused(_("“%(key)s” was not exported from this site.") % {"key": key})
    for name, unit in zip(FIELDS, found, strict=True):
        unit.source = original if name == "term" else None
        unit.target = cells[name]
        yield unit
