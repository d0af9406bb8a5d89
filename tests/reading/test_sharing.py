"""The pictures for sharing: right letters or none, and a file for each that was drawn."""

from io import BytesIO

import pytest
from PIL import Image, ImageDraw, features

from reading import sharing
from review import workflow
from tests import factories as f

TITLES = {
    "en": "When bowel cancer spreads to the liver",
    "es": "Cuando el cáncer de intestino llega al hígado",
    "ar": "عندما ينتشر سرطان الأمعاء إلى الكبد RAS",
    "zh-hans": "当肠癌转移到肝脏",
}


@pytest.fixture(autouse=True)
def pictures(settings, tmp_path):
    settings.SHARE_ROOT = tmp_path / "share"
    sharing.fitting_font.cache_clear()
    yield settings.SHARE_ROOT
    sharing.fitting_font.cache_clear()


def opened(content):
    image = Image.open(BytesIO(content))
    image.load()
    return image


def inked(image, box):
    """Whether anything darker than paper is drawn in there."""
    low, _high = image.crop(box).convert("L").getextrema()
    return low < 200


TITLE = (sharing.EDGE, sharing.EDGE, sharing.WIDTH - sharing.EDGE, 420)


@pytest.mark.parametrize(("code", "title"), TITLES.items())
def test_title_is_drawn_within_the_edges_from_the_side_where_the_language_begins(code, title):
    font = sharing.fitting_font(title, code)
    if font is None or not sharing.draws_right(title):
        pytest.skip(f"no font or no shaping for {code} on this machine")
    image = opened(sharing.draw(title, "", code))

    assert image.size == (1200, 630)
    assert inked(image, TITLE)
    # Nothing stands in the margins (a letter may reach over its own edge a little).
    for left in (0, sharing.WIDTH - sharing.EDGE + 8):
        assert not inked(image, (left, 20, left + sharing.EDGE - 8, sharing.HEIGHT))
    first = (sharing.EDGE, sharing.EDGE, sharing.EDGE + 60, 420)
    last = (sharing.WIDTH - sharing.EDGE - 60, sharing.EDGE, sharing.WIDTH - sharing.EDGE, 420)
    assert inked(image, last if code == "ar" else first)


@pytest.mark.skipif(not features.check("raqm"), reason="no Raqm on this machine")
def test_arabic_letters_are_joined():
    name = sharing.fitting_font("كبد", "ar")
    font = sharing._font(name, 60, "ar")
    pen = ImageDraw.Draw(Image.new("RGB", (10, 10)))

    joined = pen.textlength("كبد", font, direction="rtl")
    apart = sum(pen.textlength(letter, font, direction="rtl") for letter in "كبد")

    assert joined < 0.9 * apart


def test_without_shaping_arabic_is_left_out_and_the_rest_is_drawn(monkeypatch):
    monkeypatch.setattr(features, "check", lambda name: False)

    assert not inked(opened(sharing.draw(TITLES["ar"], "", "ar")), TITLE)
    assert inked(opened(sharing.draw(TITLES["en"], "", "en")), TITLE)
    assert sharing.draws_right(TITLES["zh-hans"])


def test_without_a_font_for_every_letter_the_title_is_left_out():
    unknown = "\U0001f9ec ꙮ Title"

    assert sharing.fitting_font(unknown, "en") is None
    assert not inked(opened(sharing.draw(unknown, "", "en")), TITLE)


def test_long_title_becomes_smaller_and_breaks_where_the_language_breaks():
    pen = ImageDraw.Draw(Image.new("RGB", (10, 10)))
    font = sharing._font(sharing.fitting_font("肝", "zh-hans"), 60, "zh-hans")

    text = "当肠癌转移到肝脏，应该问什么？" * 3
    lines = sharing.wrapped(pen, text, font, "zh-hans")

    assert "".join(lines) == text
    assert len(lines) > 1
    assert not any(line[0] in "，？。" for line in lines)
    words = "Should my family be tested for Lynch syndrome 🙂 as well as me, and when? " * 2
    lines = sharing.wrapped(pen, words.strip(), font, "en")
    assert " ".join(lines) == words.strip()


@pytest.mark.django_db
def test_picture_is_drawn_once_and_anew_for_another_title(client, people, pictures):
    guide = f.make_guide(slug="liver")
    f.make_public(people, guide, text=f.text_for(type(guide), title="One"))
    first = client.get("/en/share/guides/liver.png")
    again = client.get("/en/share/guides/liver.png")
    [kept] = pictures.iterdir()
    f.make_public(people, guide, text=f.text_for(type(guide), title="Two"))
    changed = client.get("/en/share/guides/liver.png")

    assert first.content == again.content == kept.read_bytes()
    assert changed.content != first.content
    assert len(list(pictures.iterdir())) == 2
    assert first["Cache-Control"] == "no-cache"


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["nothing", "questions", "site"])
def test_there_is_no_picture_of_what_has_no_page(client, kind):
    assert client.get(f"/en/share/{kind}/liver.png").status_code == 404


@pytest.mark.django_db
def test_kept_picture_of_a_withdrawn_text_is_not_served(client, people):
    guide = f.make_guide(slug="liver")
    f.make_public(people, guide)
    assert client.get("/en/share/guides/liver.png").status_code == 200

    workflow.withdraw(guide, "en", by=people.advisor, reason="Wrong")

    assert client.get("/en/share/guides/liver.png").status_code == 404


@pytest.mark.django_db
def test_picture_is_served_where_it_cannot_be_kept(client, settings, tmp_path):
    (tmp_path / "file").write_text("")
    settings.SHARE_ROOT = tmp_path / "file" / "share"

    response = client.get("/en/share/site.png")

    assert opened(response.content).size == (1200, 630)


def test_demonstration_is_said_on_the_picture():
    foot = (700, 480, sharing.WIDTH - sharing.EDGE, 620)

    assert not inked(opened(sharing.draw("Title", "", "en")), foot)
    assert inked(opened(sharing.draw("Title", "Demonstration.", "en")), foot)
