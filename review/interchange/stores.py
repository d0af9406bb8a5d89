"""The three formats, through translate-toolkit: units to a file's bytes, and back.

Citations and addresses become inline codes in XLIFF; PO has none, so that there they stand as they
are and the import asks for each of them. OmegaT writes only where an XLIFF 1.2 has a target: there
the original's words stand in it, as new, until somebody translates them.
"""

from collections import namedtuple

from lxml import etree
from translate.storage import pypo, xliff, xliff2

from .. import languages
from . import inline, units

Format = namedtuple("Format", "name label ending mime write read")
_DONE = ("translated", "reviewed", "signed-off", "final")  # what both XLIFFs call it
XML_SPACE = "{http://www.w3.org/XML/1998/namespace}space"


class NotReadable(Exception):
    """The bytes are no file of that format."""


def _write_xliff1(found, language, about):
    version = "urn:oasis:names:tc:xliff:document:1.2"
    spoken = {
        "source-language": languages.tag(languages.source()),
        "target-language": languages.tag(language),
    }
    store = xliff.xlifffile()
    root = etree.Element(f"{{{version}}}xliff", {"version": "1.2"}, {None: version})
    bodies = {}
    for unit in found:
        if unit.item not in bodies:
            place = _add(root, "file", original=unit.item, datatype="plaintext", **spoken)
            _add(_add(place, "header"), "note").text = about.get(unit.item, "")
            bodies[unit.item] = _add(place, "body")
        node = _add(bodies[unit.item], "trans-unit", id=unit.id)
        node.set(XML_SPACE, "preserve")
        _fill(node, unit, "x", "equiv-text", unit.target or unit.source)
        node.find("{*}target").set("state", "translated" if unit.target else "new")
        for note in unit.notes:
            _add(node, "note").text = note
    return _bytes(store, root)


def _write_xliff2(found, language, about):
    version = "urn:oasis:names:tc:xliff:document:2.0"
    spoken = {
        "srcLang": languages.tag(languages.source()),
        "trgLang": languages.tag(language),
    }
    store = xliff2.Xliff2File()
    root = etree.Element(f"{{{version}}}xliff", {"version": "2.0", **spoken}, {None: version})
    files = {}
    for unit in found:
        if unit.item not in files:
            place = _add(root, "file", id=f"f{len(files) + 1}", original=unit.item)
            _add(_add(place, "notes"), "note").text = about.get(unit.item, "")
            files[unit.item] = place
        node = _add(files[unit.item], "unit", id=unit.id)
        if unit.notes:
            notes = _add(node, "notes")
            for note in unit.notes:
                _add(notes, "note").text = note
        segment = _add(node, "segment", state="translated" if unit.target else "initial")
        _fill(segment, unit, "ph", "equiv", unit.target)
    return _bytes(store, root)


def _bytes(store, root):
    """The toolkit's own way to write a document."""
    store.document = etree.ElementTree(root)
    return bytes(store)


def _add(parent, name, **attributes):
    return etree.SubElement(parent, f"{{{etree.QName(parent).namespace}}}{name}", attributes)


def _fill(node, unit, tag, shown, words):
    """Source and target (``words``) of a unit as text with inline codes."""
    source = _add(node, "source")
    source.set(XML_SPACE, "preserve")
    numbers = [code.text for code in inline.codes(unit.source)]
    _put(source, inline.parts(unit.source), numbers, tag, shown)
    if not words:
        return
    target = _add(node, "target")
    target.set(XML_SPACE, "preserve")
    _put(target, inline.parts(words), numbers, tag, shown)


def _put(element, parts, numbers, tag, shown):
    """A code of the target bears the number that the same code has in the source."""
    element.text, last = "", None
    left = list(enumerate(numbers, start=1))
    for part in parts:
        same = isinstance(part, inline.Code) and next((n for n in left if n[1] == part.text), None)
        if same:
            left.remove(same)
            last = _add(element, tag, **{"id": str(same[0]), shown: part.text})
            last.tail = ""
        else:
            words = part.text if isinstance(part, inline.Code) else part
            if last is None:
                element.text += words
            else:
                last.tail += words


def _write_po(found, language, about):
    store = pypo.pofile()
    store.updateheader(add=True, Language=languages.tag(language).replace("-", "_"))
    store.updateheader(add=True, **{"Content-Type": "text/plain; charset=UTF-8"})
    store.updateheader(add=True, **{"Content-Transfer-Encoding": "8bit", "MIME-Version": "1.0"})
    for unit in found:
        made = store.UnitClass(unit.source)
        made.msgctxt = [f'"{unit.id}"']
        made.target = unit.target
        for note in (*unit.notes, about.get(unit.item, "")):
            made.addnote(note, origin="developer")
        store.addunit(made)
    return bytes(store)


# -- Reading -------------------------------------------------------------------------------------


def _read_xliff1(data):
    store = _parsed(xliff.xlifffile, data)
    root = store.document.getroot()
    spoken = {each.get("target-language") for each in root.iter("{*}file")}
    source = {each.get("source-language") for each in root.iter("{*}file")}
    found = [_unit(node, node.get("id")) for node in root.iter("{*}trans-unit")]
    return source, spoken, found


def _read_xliff2(data):
    store = _parsed(xliff2.Xliff2File, data)
    root = store.document.getroot()
    found = []
    for node in root.iter("{*}unit"):
        segments = list(node.iter("{*}segment"))
        unit = _unit(segments[0], node.get("id")) if segments else units.named(None)
        if unit is None or len(segments) != 1:
            unit = unit or units.named(node.get("id"))
            if unit:
                unit.problem = "It was cut into several pieces: join them and export again."
        found.append(unit)
    return {root.get("srcLang")}, {root.get("trgLang")}, found


def _parsed(store, data):
    try:
        return store.parsestring(data)
    except Exception as error:  # whatever a parser says of bytes that are no such file
        raise NotReadable(str(error)[:200]) from None


def _unit(node, identity):
    unit = units.named(identity)
    if unit is None:
        return None
    source, target = node.find("{*}source"), node.find("{*}target")
    try:
        numbers = {}
        unit.source = _text(source, numbers, define=True) if source is not None else ""
        unit.target = _text(target, numbers) if target is not None else ""
        state = node.get("state") or (target.get("state") if target is not None else "")
        untouched = unit.target_digest == units.NONE and state not in _DONE
        if untouched and unit.target.strip() == unit.source.strip():
            unit.target = ""
    except NotReadable as error:
        unit.problem = str(error)
    return unit


def _text(element, numbers, define=False):
    """The words of a source or target, with what its inline codes stand for. The source's codes say
    so themselves, and the import compares that source with ours."""
    words = [element.text or ""]
    for child in element:
        if not isinstance(child.tag, str):  # a comment
            words.append(child.tail or "")
            continue
        name = etree.QName(child).localname
        number = child.get("id")
        if name in ("x", "ph"):
            if define:
                numbers[number] = child.get("equiv-text") or child.get("equiv") or ""
            if number not in numbers:
                raise NotReadable(f"Placeholder {number} is none of the original’s.")
            words.append(numbers[number])
        elif name == "mrk":
            words.append(_text(child, numbers, define))
        else:
            raise NotReadable(f"The mark-up <{name}> is none of the original’s: take it out.")
        words.append(child.tail or "")
    return "".join(words)


def _read_po(data):
    store = _parsed(pypo.pofile, data)
    header = store.parseheader()
    found = []
    for each in store.units:
        if each.isheader() or each.isobsolete():
            continue
        unit = units.named(each.getcontext())
        if unit:
            unit.source, unit.target = str(each.source), str(each.target or "")
            unit.unsure = each.isfuzzy()
            if each.hasplural():
                unit.problem = "It has plural forms: it was none of ours."
        found.append(unit)
    spoken = (header.get("Language") or "").replace("_", "-")
    return {languages.tag(languages.source())}, {spoken}, found


FORMATS = {
    each.name: each
    for each in (
        Format("xliff2", "XLIFF 2.0", "xlf", "application/xliff+xml", _write_xliff2, _read_xliff2),
        Format("xliff1", "XLIFF 1.2", "xlf", "application/xliff+xml", _write_xliff1, _read_xliff1),
        Format("po", "PO", "po", "text/x-gettext-translation", _write_po, _read_po),
    )
}
