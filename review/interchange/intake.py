"""What comes in from outside is looked at before a parser sees it, and refused with a sentence."""

import re

from django.utils.translation import gettext as _

from . import stores

MOST_BYTES = 10_000_000
MOST_UNITS = 20_000
_ENCODING = re.compile(r"""\A<\?xml[^>]*encoding\s*=\s*["']([^"']+)["']""")
_PACKED = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!")


class Refused(Exception):
    """The file cannot be imported; the message says why and what to change."""


def text_of(data):
    """The file as text: UTF-8, of bearable size, neither packed nor a document with entities."""
    if len(data) > MOST_BYTES:
        most = {"most": MOST_BYTES // 1_000_000}
        raise Refused(_("The file is larger than %(most)d MB. Export fewer texts at once.") % most)
    if not data.strip():
        raise Refused(_("The file is empty."))
    if data.startswith(_PACKED):
        raise Refused(_("This is a packed archive. Unpack it and give the file that is in it."))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused(
            _("This is not UTF-8 text. Save the file with the encoding UTF-8 and try again.")
        ) from None
    if "\0" in text:
        raise Refused(_("This is no text file: it holds NUL characters."))
    start = text.lstrip()
    declared = _ENCODING.match(start)
    if declared and declared[1].lower() not in ("utf-8", "utf8"):
        raise Refused(
            _("The file says that its encoding is %(encoding)s. Save it as UTF-8.")
            % {"encoding": declared[1][:30]}
        )
    lowered = text.lower()
    if start[:200].lower().startswith(("<!doctype html", "<html")):
        raise Refused(_("This is an HTML page, not a file from a translator’s tool."))
    if "<!doctype" in lowered or "<!entity" in lowered:
        raise Refused(_("The file has a DOCTYPE or entities. Export it without them."))
    return text


def check_size(found):
    if len(found) > MOST_UNITS:
        most = {"most": MOST_UNITS}
        raise Refused(_("The file holds more than %(most)d units. Export fewer at once.") % most)
    if not found:
        raise Refused(_("There is nothing to translate in this file."))


def read(text):
    """(source languages, target languages, units) of a translator's file; raises Refused."""
    kind = stores.FORMATS[_format(text)]
    try:
        return kind.read(text.encode())
    except stores.NotReadable:
        raise Refused(
            _("The file is damaged: it cannot be read as %(format)s.") % {"format": kind.label}
        ) from None


def _format(text):
    head = text.lstrip()[:4000]
    if "<xliff" in head:
        version = re.search(r"<xliff[^>]*\sversion\s*=\s*[\"']([0-9.]+)", head)
        number = version[1] if version else ""
        if number.startswith("2."):
            return "xliff2"
        if number.startswith("1."):
            return "xliff1"
        raise Refused(_("The file does not say which version of XLIFF it is."))
    if not head.startswith("<") and "msgid" in text:
        return "po"
    raise Refused(_("This is neither XLIFF nor PO. Give a file that was exported here."))
