"""What the Markdown editor asks the server: a preview, and to keep a picture."""

import hashlib
import struct
import zlib
from io import BytesIO

import pytest
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image, ImageFile, PngImagePlugin

from review.desk import editor
from tests import factories as f
from tests import pages

pytestmark = pytest.mark.django_db

PREVIEW, UPLOAD = reverse("markdownx_markdownify"), reverse("markdownx_upload")


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


@pytest.fixture
def desk(client, people):
    """A client in the hands of somebody who writes."""
    client.force_login(people.editor)
    return client


def picture(kind="PNG", size=(3, 2), colour="red", **options):
    buffer = BytesIO()
    Image.new("RGB", size, colour).save(buffer, kind, **options)
    return buffer.getvalue()


def upload(client, data, name="picture.png", kind="image/png"):
    return client.post(UPLOAD, {"image": SimpleUploadedFile(name, data, kind)})


def stored(media):
    return sorted(path for path in media.rglob("*") if path.is_file())


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(*chunks, width=1, height=1):
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + b"".join(chunks)


# -- Who may ask ---------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [PREVIEW, UPLOAD])
@pytest.mark.parametrize("who", ["anonymous", "not staff", "left"])
def test_visitors_neither_preview_nor_upload(client, media, path, who):
    if who != "anonymous":
        user = get_user_model().objects.create_user("reader", is_active=who != "left")
        user.is_staff = who == "left"
        user.save()
        client.force_login(user)

    response = client.post(path, {"content": "**x**", "image": BytesIO(picture())})

    assert response.status_code == 302
    assert response.url.startswith("/admin/login/")
    assert stored(media) == []


@pytest.mark.parametrize("path", [PREVIEW, UPLOAD])
def test_nothing_is_done_without_the_token_against_forgery(people, media, path):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(people.editor)

    response = client.post(path, {"content": "x", "image": BytesIO(picture())})

    assert response.status_code == 403
    assert stored(media) == []


@pytest.mark.parametrize("path", [PREVIEW, UPLOAD])
def test_looking_at_these_addresses_does_nothing(desk, path):
    assert desk.get(path).status_code == 405


# -- Preview -------------------------------------------------------------------------------------


def test_preview_shows_markdown_as_readers_will_get_it(desk):
    html = desk.post(
        PREVIEW, {"content": "## Why\n\nOne **bold** word.[@smith-2020]"}
    ).content.decode()

    assert "<h2>Why</h2>" in html
    assert "<strong>bold</strong>" in html
    assert "smith-2020" in html


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "![x](data:text/html,<script>)",
        "<a href='javascript:alert(1)'>x</a>",
        "{<b>:x}",
        "[@<script>]",
        "```\n</code></pre><script>alert(1)</script>\n```",
        "<svg/onload=alert(1)>",
    ],
)
def test_preview_runs_nothing(desk, text):
    root = pages.parse_part(desk.post(PREVIEW, {"content": text}).content.decode())

    for element in root.walk():
        assert element.tag in {"ul", "li", "p", "code", "pre", "a", "img", "sup", "strong"}
        assert set(element.attrs) <= {"class", "href", "alt", "src"}
        for name in ("href", "src"):
            assert not element.attrs.get(name, "").lower().startswith(("javascript", "data"))


@pytest.mark.parametrize("text", ["a\x00b", "a\x07b", "a\u0085b"])
def test_preview_names_the_line_of_an_invisible_character(desk, text):
    response = desk.post(PREVIEW, {"content": f"first\n{text}"})

    assert response.status_code == 200
    assert "Line 2" in response.content.decode()


def test_preview_says_what_stands_in_the_way_before_the_text(desk):
    html = desk.post(PREVIEW, {"content": "Fine.\n\n{figure:}\n\n# Too big"}).content.decode()

    assert html.index('class="problems"') < html.index("Fine.")
    assert "Line 3" in html
    assert "Line 5" in html


def test_preview_of_too_long_a_text_is_refused(desk):
    assert desk.post(PREVIEW, {"content": "x" * editor.TEXT_LIMIT}).status_code == 200
    assert desk.post(PREVIEW, {"content": "x" * (editor.TEXT_LIMIT + 1)}).status_code == 413


def test_preview_without_text_is_empty(desk):
    assert desk.post(PREVIEW).content == b""


# -- Pictures ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "ending"), [("PNG", "png"), ("JPEG", "jpg"), ("WEBP", "webp")])
def test_picture_is_kept_under_the_hash_of_its_bytes(desk, media, kind, ending):
    response = upload(desk, picture(kind), name="any.thing", kind="text/html")

    [path] = stored(media)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert path.relative_to(media).as_posix() == f"pictures/{digest}.{ending}"
    assert response.json() == {"image_code": f"![](/media/pictures/{digest}.{ending})"}
    assert Image.open(path).size == (3, 2)


def test_markdown_of_an_uploaded_picture_can_be_saved(desk, people):
    code = upload(desk, picture()).json()["image_code"].replace("![]", "![A red field]")
    topic = f.make_topic()

    revision = f.save(topic, "en", people.editor, f.text_for(type(topic), body=code))

    assert revision.text["body"] == code


def test_same_picture_is_kept_once(desk, media):
    first, second = upload(desk, picture()), upload(desk, picture(), name="again.png")

    assert first.json() == second.json()
    assert len(stored(media)) == 1


def test_another_picture_gets_another_name(desk, media):
    upload(desk, picture(colour="red"))
    upload(desk, picture(colour="blue"))

    assert len(stored(media)) == 2


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_nothing_hidden_in_a_picture_is_kept(desk, media, kind):
    exif = Image.Exif()
    exif[0x010E] = "SECRET place"
    options = {"exif": exif.tobytes()}
    if kind == "PNG":
        options["pnginfo"] = PngImagePlugin.PngInfo()
        options["pnginfo"].add_text("Comment", "SECRET comment")
    data = picture(kind, **options) + b"SECRET tail <script>"

    upload(desk, data)

    [path] = stored(media)
    assert b"SECRET" in data
    assert b"SECRET" not in path.read_bytes()


def test_photograph_stands_as_it_was_taken(desk, media):
    """A telephone notes the turn in EXIF; once that is gone, the picture itself must be turned."""
    exif = Image.Exif()
    exif[0x0112] = 6  # Orientation: turn it clockwise by a quarter

    upload(desk, picture("JPEG", size=(40, 20), exif=exif.tobytes()))

    [path] = stored(media)
    assert Image.open(path).size == (20, 40)


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
NO_PICTURES = {
    "a drawing": SVG,
    "a page": b"<html><script>alert(1)</script></html>",
    "nothing": b"",
    "a beginning": b"\x89PNG\r\n\x1a\n",
    "no deflate": png(chunk(b"IDAT", b"no deflate"), chunk(b"IEND", b"")),
    "cut PNG": picture(size=(300, 300))[:-200],
    "no chunk": png(chunk(b"IDAT", b"\x78"), b"\0\0\0\x04\0\x01\x02\x03abcdefgh"),
    "no data": png(chunk(b"IEND", b"")),
    "no size": png(chunk(b"IDAT", b""), width=0, height=0),
    "cut JPEG": picture("JPEG", size=(300, 300))[:400],
    "cut WebP": picture("WEBP")[:30],
    "GIF": picture("GIF"),
    "TIFF": picture("TIFF"),
    "BMP": picture("BMP"),
    "a program": b"import os",
}


@pytest.mark.parametrize("name", ["picture.png", "picture.svg", "../../settings.py"])
@pytest.mark.parametrize("what", NO_PICTURES)
def test_what_is_no_picture_is_refused_with_a_sentence(desk, media, what, name, monkeypatch):
    # As it is once a PDF was made in this process.
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)

    response = upload(desk, NO_PICTURES[what], name)

    assert response.status_code == 400
    [sentence] = response.json()["image"]
    assert sentence.endswith(".")
    assert stored(media) == []


@pytest.mark.parametrize("body", [{}, {"image": "text"}, {"other": "x"}])
def test_upload_without_a_picture_is_refused(desk, media, body):
    assert desk.post(UPLOAD, body).status_code == 400


def test_picture_of_too_many_bytes_is_refused(desk, media):
    data = picture() + b"\0" * editor.PICTURE_LIMIT

    assert upload(desk, data).status_code == 400
    assert stored(media) == []


@pytest.mark.parametrize("size", [(30_000, 30_000), (100_000, 100_000), (2**31 - 1, 2**31 - 1)])
def test_picture_that_would_unpack_to_too_many_pixels_is_refused(desk, media, size):
    width, height = size
    data = png(
        chunk(b"IDAT", zlib.compress(b"\0" * 100_000)),
        chunk(b"IEND", b""),
        width=width,
        height=height,
    )

    response = upload(desk, data)

    assert response.status_code == 400
    assert stored(media) == []


@pytest.mark.parametrize(("side", "status"), [(5_400, 200), (5_500, 400)])
def test_picture_of_more_than_thirty_million_pixels_is_refused(desk, side, status):
    buffer = BytesIO()
    Image.new("1", (side, side)).save(buffer, "PNG")
    assert (side * side > editor.PIXEL_LIMIT) == (status == 400)

    assert upload(desk, buffer.getvalue()).status_code == status


def test_text_chunk_that_would_unpack_to_gigabytes_is_refused(desk, media):
    bomb = zlib.compress(b"\0" * 100_000_000, 9)
    good = picture()
    data = good[:33] + chunk(b"zTXt", b"Comment\0\0" + bomb) + good[33:]

    response = upload(desk, data)

    assert response.status_code in (200, 400)
    for path in stored(media):
        assert path.stat().st_size < 10_000


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_picture_of_any_kind_of_colour_is_taken(desk, media, mode):
    buffer = BytesIO()
    Image.new(mode, (3, 2)).save(buffer, "PNG")

    assert upload(desk, buffer.getvalue()).status_code == 200


def test_transparent_picture_stays_transparent(desk, media):
    buffer = BytesIO()
    Image.new("RGBA", (3, 2), (255, 0, 0, 0)).save(buffer, "PNG")

    upload(desk, buffer.getvalue())

    [path] = stored(media)
    assert Image.open(path).getpixel((0, 0))[3] == 0
