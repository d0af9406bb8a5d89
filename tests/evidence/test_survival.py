"""Numbers about how long people live: their block is marked in what readers get, whoever does not
want to see them hides them, and without a script they are there."""

import pytest
from playwright.sync_api import expect

from review import clock, markdown
from review.quality.evidence import survival_in
from review.rendering import Rendering
from tests import factories as f
from tests.browsers import started
from topics.models import Topic

ALIVE = "Of 100 people, 24 were alive after ten years."


def html(text, language="en"):
    tells = survival_in(language)
    return markdown.render(text, cite=lambda key: "", draw=lambda *name: "", survival=tells)


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        (
            f"{ALIVE}\n\nAsk your team.",
            [f'<p class="survival">{ALIVE}</p>', "<p>Ask your team.</p>"],
        ),
        # The second sentence would tell the first: the block is marked whole.
        (f"{ALIVE} Of the others, it was 12.", [f'<p class="survival">{ALIVE} Of the others']),
        (f"- One.\n- {ALIVE}", ["<li>One.</li>", f'<li class="survival">{ALIVE}</li>']),
        (f"- One.\n\n- {ALIVE}", ["<p>One.</p>", f'<li>\n<p class="survival">{ALIVE}</p>']),
        (f"> {ALIVE}", [f'<blockquote>\n<p class="survival">{ALIVE}</p>']),
        (f"- One.\n  - {ALIVE}\n- Two.", ["<li>One.", '<li class="survival">', "<li>Two.</li>"]),
        ("| | Alive at five years |\n|-|-|\n| Drug | 55 of 100 |", ['<table class="survival">']),
        ("| | Pain |\n|-|-|\n| Drug | 55 of 100 |", ["<table>"]),
        ("Some people live for many years.", ["<p>Some people"]),
        ("How many of 100 people are alive after five years?", ["<p>How many"]),
    ],
)
def test_block_that_tells_how_long_people_live_is_marked_whole(text, marked):
    shown = html(text)

    assert all(each in shown for each in marked), shown
    assert shown.count("survival") == sum(each.count("survival") for each in marked)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("es", "A los diez años, unas 24 de cada 100 personas seguían vivas."),
        ("fr", "Au bout de dix ans, environ 24 personnes sur 100 étaient en vie."),
        ("ar", "بعد عشر سنوات، كان نحو 24 من كل 100 شخص على قيد الحياة."),
        ("zh-hans", "十年后，每100人中约有24人仍然在世。"),
        ("zh-hans", "使用新组合的人有一半活了约30个月以上。"),
    ],
)
def test_each_language_is_marked_by_its_own_words(language, text):
    assert '<p class="survival">' in html(text, language)
    assert html(text, "de" if language != "zh-hans" else "fr").startswith("<p>")


@pytest.mark.django_db
def test_text_in_its_original_language_is_marked_by_the_words_of_that_language(people):
    topic = f.make_topic()
    f.make_public(people, topic, text=f.text_for(Topic, title="Surgery", body=ALIVE))

    [item] = Topic.objects.public("es")
    rendering = Rendering("es", lambda items: items.public("es"))
    rendering.load(item)

    assert 'class="survival"' in rendering.draw(item).html["body"]


@pytest.mark.django_db(transaction=True)
def test_reader_hides_the_numbers_and_the_device_remembers(live_server, people, chromium):
    topic = f.make_topic()
    body = f"Ask your team.\n\n{ALIVE}\n\nRest well.\n\n- {ALIVE}\n- Eat well."
    text = f.text_for(Topic, title="Surgery", answer="It can help.", body=body)
    f.make_public(people, topic.guide)
    f.make_public(people, topic, text=text)
    clock.forget()
    address = live_server.url + topic.get_absolute_url()
    with started(chromium) as browser:
        page = browser.new_page()
        page.goto(address)
        told, ways = page.locator(".survival"), page.locator(".survival-choice:visible")
        expect(told).to_have_count(2)
        expect(ways).to_have_text(["Hide numbers of survival on this device"])

        ways.focus()
        page.keyboard.press("Enter")

        expect(ways).to_have_text(["Show numbers of survival"] * 2)
        expect(ways.first).to_be_focused()
        assert not any(each.is_visible() for each in told.all())
        page.reload()
        assert not any(each.is_visible() for each in told.all())
        assert page.get_by_text("Eat well.").is_visible()

        ways.last.click()

        assert all(each.is_visible() for each in told.all())
        expect(told.last).to_be_focused()  # its button is gone: the hand is not left nowhere
        expect(ways).to_have_count(1)

        without = browser.new_context(java_script_enabled=False).new_page()
        without.goto(address)
        assert all(each.is_visible() for each in without.locator(".survival").all())
        expect(without.locator(".survival-choice")).to_have_count(0)
