"""The picture that is shown where somebody shares a page: its title, drawn in its own language.

Drawn by Pillow with the fonts of the machine, and kept as a file named after all that is drawn.
Arabic needs Raqm (shaping, right to left); where it, or a font with every letter, is missing, the
picture bears the site's name alone: nothing is drawn wrong.
"""

import logging
import os
import tempfile
import unicodedata
from functools import lru_cache
from io import BytesIO
from pathlib import Path

import icu
from django.conf import settings
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from PIL import Image, ImageDraw, ImageFont, features

from review import languages, markdown
from review.addresses import whole
from review.fingerprint import canonical, sha256

from . import kinds

logger = logging.getLogger(__name__)

WIDTH, HEIGHT = 1200, 630  # what every service shows whole
EDGE = 90
VERSION = 2  # of the drawing: a new one makes new files
PAPER, INK, SOFT, ACCENT, LINE = "#fdfbf7", "#1d282b", "#526065", "#1c6b6b", "#d9ddd6"
SIZES = (84, 76, 68, 60, 54, 48, 42)
MOST_LINES = 4

# The first that has every letter of the text is taken. In a collection of fonts, the one for the
# script that CLDR expects of the language.
FONTS = (
    "NotoSans-Bold.ttf",
    "NotoSansArabic-Bold.ttf",
    "NotoSansCJK-Bold.ttc",
    "DejaVuSans-Bold.ttf",
)
IN_COLLECTION = {"Jpan": 0, "Kore": 1, "Hans": 2, "Hant": 3}
# Scripts whose letters stand side by side as they are.
_PLAIN = ("LATIN", "GREEK", "CYRILLIC", "CJK", "HIRAGANA", "KATAKANA")


def picture(item):
    """The whole address of an item's picture; another text has another address."""
    with languages.active(item.language):
        path = reverse("reading:share", args=[kinds.name_of(type(item)), item.slug])
    path = f"{path}?text={item.approval.fingerprint[:12]}" if item.approval else path
    return whole(path)


def site_picture(language):
    with languages.active(language):
        return whole(reverse("reading:share-site"))


def share(request, kind, slug):
    """The picture of an item that is signed in the address's language; else there is none."""
    model = kinds.ADDRESSED.get(kind)
    language = get_language()
    found = kinds.signed(model.objects.filter(slug=slug), language) if model else []
    if not found:
        raise Http404
    [item] = found
    title = markdown.plain_line(item.text[item.text_fields[0]])
    return _answer(title, language, item.approval.demonstration)


def share_site(request):
    return _answer(_("Understanding advanced bowel cancer"), get_language(), False)


def _answer(title, language, demonstration):
    mark = _("Demonstration.") if demonstration else ""
    response = HttpResponse(kept(title, mark, language), content_type="image/png")
    response["Cache-Control"] = "no-cache"
    return response


def kept(title, mark, language):
    """The picture from its file, drawn if there is none yet."""
    # What decides how it is drawn here, too: a machine with better fonts draws it anew.
    machine = [features.check("raqm"), fitting_font(title, language)]
    drawn = [VERSION, title, mark, language, machine]
    path = Path(settings.SHARE_ROOT, f"{sha256(canonical(drawn))}.png")
    try:
        return path.read_bytes()
    except OSError:  # not drawn yet, or not to be kept here
        image = draw(title, mark, language)
    try:
        _keep(path, image)
    except OSError as error:
        logger.warning("The picture %s could not be kept: %s", path, error)
    return image


def _keep(path, image):
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(image)
    os.replace(file.name, path)


# -- Drawing -------------------------------------------------------------------------------------


def draw(title, mark, language):
    """The picture as PNG."""
    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    pen = ImageDraw.Draw(image)
    right = languages.direction(language) == "rtl"
    pen.rectangle((0, 0, WIDTH, 14), fill=ACCENT)
    _name(pen, right)
    name = fitting_font(title, language)
    if name and draws_right(title):
        _title(pen, title, name, language, right)
        if mark and fitting_font(mark, language):
            font = _font(fitting_font(mark, language), 30, language)
            side = "left" if right else "right"  # across from the site's name, on its line
            _write(pen, mark, HEIGHT - EDGE - 6, font, SOFT, language, side, "s")
    file = BytesIO()
    image.save(file, "PNG", optimize=True)
    return file.getvalue()


def _name(pen, right):
    """The site's name with its ring, at the foot."""
    size, foot = 36, HEIGHT - EDGE
    pen.line((EDGE, foot - 70, WIDTH - EDGE, foot - 70), fill=LINE, width=2)
    name = fitting_font("crcsite", "")
    font = _font(name, size, "") if name else ImageFont.load_default(size)
    length = pen.textlength("crcsite", font)
    ring = 26
    start = WIDTH - EDGE - ring if right else EDGE
    pen.ellipse((start, foot - 32, start + ring, foot - 32 + ring), outline=ACCENT, width=7)
    at = start - 14 - length if right else start + ring + 14
    pen.text((at, foot - 6), "crcsite", font=font, fill=INK, anchor="ls")


def _title(pen, title, name, language, right):
    """As large as it fits in at most four lines."""
    room = HEIGHT - 2 * EDGE - 110
    for size in SIZES:
        font = _font(name, size, language)
        lines = wrapped(pen, title, font, language)
        step = round(size * 1.34)
        if len(lines) <= MOST_LINES and len(lines) * step <= room:
            break
    for number, line in enumerate(lines[: room // step]):
        side = "right" if right else "left"
        _write(pen, line, EDGE + number * step, font, INK, language, side)


def _write(pen, words, height, font, colour, language, side, anchor="a"):
    """``anchor``: the height is that of the line's top ("a") or of its letters' feet ("s")."""
    shaping = {}
    if features.check("raqm"):
        direction = languages.direction(language)
        shaping = {"direction": direction, "language": languages.tag(language)}
    at = WIDTH - EDGE if side == "right" else EDGE
    pen.text((at, height), words, font=font, fill=colour, anchor=side[0] + anchor, **shaping)


def wrapped(pen, text, font, language):
    """The text in lines that fit, broken only where the language breaks lines (CLDR)."""
    breaks = icu.BreakIterator.createLineInstance(icu.Locale(languages.tag(language)))
    units = icu.UnicodeString(text)  # its places are those that ICU counts
    breaks.setText(units)
    lines, line, start = [], "", 0
    for end in breaks:
        piece = str(units[start:end])
        if line and pen.textlength((line + piece).rstrip(), font) > WIDTH - 2 * EDGE:
            lines.append(line.rstrip())
            line = ""
        line += piece
        start = end
    return [*lines, line.rstrip()] if line.strip() else lines


def draws_right(text):
    """Whether this machine's Pillow sets the text's script as it is written."""
    return features.check("raqm") or all(
        not letter.isalpha() or unicodedata.name(letter, "").startswith(_PLAIN) for letter in text
    )


@lru_cache(maxsize=2000)
def fitting_font(text, language):
    """The name of the first font on this machine that has every letter of a text, or None."""
    return next((name for name in FONTS if covers(name, text, language)), None)


def covers(name, text, language):
    try:
        font = _font(name, 20, language, ImageFont.Layout.BASIC)
    except OSError:
        return False
    missing = bytes(font.getmask("\U0010fffd"))
    return all(letter.isspace() or bytes(font.getmask(letter)) != missing for letter in set(text))


def _font(name, size, language, layout=None):
    index = IN_COLLECTION.get(_script(language), 0) if name.endswith(".ttc") else 0
    return ImageFont.truetype(name, size, index=index, layout_engine=layout)


def _script(language):
    """The script that is likely in a language: "zh-hans" -> "Hans" (CLDR)."""
    return languages.likely(language).getScript() if language else ""
