"""Every page that readers open, in five languages, in a real browser: axe finds nothing in light or
dark, nothing scrolls sideways at 400 % zoom or with text twice as large, no other host is asked,
nothing is left behind; and a keyboard is enough."""

import re
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from playwright.sync_api import expect

from review.kept import COMPRESS
from tests import browsers, reader_pages
from tests import factories as f
from tests.test_story import PHONE, Watch, fits

CODES = [code for code, _ in settings.LANGUAGES]
DESK = {"width": 1280, "height": 900}
PHONE_ZOOMED = {"width": 320, "height": 640}  # what 1280 pixels hold at 400 %
MOST = 60_000  # bytes of a guide with everything that it loads
STANDARD = {
    "resultTypes": ["violations"],
    "preload": False,
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
}
# What a dark ground may change.
COLOURS = {
    **STANDARD,
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
}
# What a page repeats is looked at twice: axe takes most of this module's time.
TWICE = [
    ".topic",
    ".faq",
    ".question",
    ".letter",
    ".country",
    "fieldset",
    ".list li",
    ".sources li",
]
ENOUGH = {"exclude": [[f"{each} ~ {each.split()[-1]} ~ {each.split()[-1]}"] for each in TWICE]}
# Everything that a reader may come to see, also what is closed at first or shown only offline.
OPEN = """() => {
    for (const each of document.querySelectorAll("details")) {
        each.removeAttribute("name");
        each.open = true;
    }
    for (const each of document.querySelectorAll(".copy, .seen")) each.hidden = false;
    // What is far below is not laid out before somebody scrolls there: axe does not scroll.
    const visible = (each) => { each.style.contentVisibility = "visible"; };
    document.querySelectorAll("section").forEach(visible);
}"""
TEXT = "size => { document.documentElement.style.fontSize = size }"


@pytest.fixture
def browse(browser, live_server):
    """``with browse() as page``: a new browser, watched."""
    watch = Watch(urlsplit(live_server.url).netloc)

    @contextmanager
    def enter(missing="", **options):
        options = {"base_url": live_server.url, "viewport": DESK, **options}
        context = browser.new_context(**options)
        watch.over(context, missing)
        yield context.new_page()
        assert context.cookies() == []
        context.close()

    yield enter
    assert watch.seen == []


@pytest.fixture
def content(transactional_db, settings):
    settings.DEMO = True
    return reader_pages.Site()


def test_every_address_of_the_site_has_a_page_here():
    assert reader_pages.names() == set(reader_pages.PAGES) | reader_pages.NOT_PAGES


def violations(page, options, context=None):
    for found in browsers.violations(page, options, context or ENOUGH):
        for node in found["nodes"]:
            yield f"{found['id']}: {' '.join(map(str, node['target']))}: {node['html'][:160]}"


def faults(page):
    """What is wrong with the page that is open, a line each."""
    page.set_viewport_size(PHONE_ZOOMED)
    if not fits(page):
        yield "wider than 320 pixels"
    page.set_viewport_size(DESK)
    page.evaluate(TEXT, "225%")
    if not fits(page):
        yield "wider than the screen with text twice as large"
    page.evaluate(TEXT, "")
    page.evaluate(OPEN)
    yield from (f"light: {each}" for each in violations(page, STANDARD))
    page.emulate_media(color_scheme="dark")
    yield from (f"dark: {each}" for each in violations(page, COLOURS))
    page.emulate_media(color_scheme="light")


def test_every_page_is_without_fault_for_everybody(content, browse):
    wrong, sizes, options = [], {}, {"color_scheme": "light"}
    for code in CODES:
        with browse(**options) as page:
            sizes[code] = weight(page, f"/{code}/{reader_pages.GUIDE}")
            for address in content.pages(code, 200):
                assert page.goto(address).status == 200, address
                wrong += [f"{address}: {each}" for each in faults(page)]
        for status in (404, 410):
            [address] = content.pages(code, status)
            with browse(missing=address, **options) as page:
                assert page.goto(address).status == status, address
                wrong += [f"{address}: {each}" for each in faults(page)]

    assert wrong == [], "\n".join(wrong)
    assert {code: size for code, size in sizes.items() if size > MOST} == {}


def weight(page, address):
    """Bytes that the page and everything it loads take on the way, compressed as the cache of pages
    does it for a browser over HTTPS."""
    loaded = []

    def note(response):
        loaded.append(response)

    page.on("response", note)
    page.goto(address)
    page.remove_listener("response", note)
    # Asked for again: the browser forgets what it has shown.
    return sum(len(COMPRESS["br"](page.request.get(each.url).body())) for each in loaded)


@pytest.fixture
def guide(people, transactional_db):
    """A guide with a topic that uses an explained word."""
    made, term = f.make_guide(slug="liver"), f.make_term(slug="vein")
    text = {"term": "Portal vein", "definition": "It carries blood to the liver."}
    f.make_public(people, term, text=text)
    f.make_public(people, made)
    topic = f.make_topic(made, slug="why")
    body = "Blood takes the portal vein. So it reaches the liver."
    f.make_public(people, topic, text=f.text_for(type(topic), body=body))
    return made


def tab_to(page, locator):
    """Press Tab until the element has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if locator.evaluate("each => each === document.activeElement"):
            return
    pytest.fail(f"no key leads to {locator}")


def test_keyboard_alone_skips_opens_the_contents_and_asks_what_a_word_means(guide, browse):
    with browse(viewport=PHONE) as page:
        page.goto("/en/guides/liver/")
        page.keyboard.press("Tab")
        expect(page.locator(".skip")).to_be_focused()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.querySelector('main').contains(document.activeElement)")

        tab_to(page, page.locator(".contents summary"))
        page.keyboard.press("Enter")
        link = page.locator(".contents a[href='#topic-why']")
        tab_to(page, link)
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile("#topic-why$"))
        expect(page.locator("#topic-why")).to_be_in_viewport()

        word = page.locator("#topic-why button.term")
        tab_to(page, word)
        page.keyboard.press("Enter")
        explained = page.locator(".word:popover-open")
        expect(explained).to_contain_text("It carries blood to the liver.")
        page.keyboard.press("Tab")
        assert explained.evaluate("each => each.contains(document.activeElement)")
        # Of the explanation alone: what lies half beneath it is no target until it is closed.
        assert list(violations(page, STANDARD, ".word:popover-open")) == []
        page.keyboard.press("Escape")
        expect(explained).to_have_count(0)
        expect(word).to_be_focused()


def test_keyboard_alone_reaches_the_visit_plan_from_every_page(guide, browse):
    with browse() as page:
        page.goto("/en/guides/liver/")
        tab_to(page, page.locator("nav.sections a[href$='/visit-plan/']"))
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Plan your visit")
        expect(page.locator("nav.sections [aria-current=page]")).to_have_text("Plan your visit")
