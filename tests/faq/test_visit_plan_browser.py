"""The visit plan in a real browser: with and without its script, on paper, by keyboard."""

import shutil
import subprocess
from contextlib import contextmanager

import pytest
from playwright.sync_api import expect

from tests import factories as f
from tests.browsers import violations
from tests.conftest import needs

SMALL = {"width": 360, "height": 740}
ASK = {"ask": ["nurse"], "when": ["any-time"]}
SITUATIONS = [
    ("ras-unknown", {"group": "ras", "kind": "unknown"}),
    ("ras-a", {"group": "ras"}),
    ("ras-b", {"group": "ras"}),
    ("msi-unknown", {"group": "msi", "kind": "unknown"}),
    ("msi-a", {"group": "msi"}),
]
QUESTIONS = {"for-ras-a": ["ras-a"], "for-both": ["ras-b", "msi-a"], "for-all": []}


@pytest.fixture
def read(browser, live_server, people):
    """``with read(script=False, code="ar") as page``: the plan, in a new browser."""
    for position, (key, facts) in enumerate(SITUATIONS):
        text = {"label": f"Label {key}", "explanation": f"Explained {key}."}
        made = f.make_situation(key=key, position=position)
        f.make_public(people, made, text=text, facts=facts)
    guide = f.make_guide()
    for key, keys in QUESTIONS.items():
        text = {"question": f"Asked {key}?", "why": f"Because {key}."}
        made = f.make_question(guide, key=key)
        f.make_public(people, made, text=text, facts={**ASK, "situations": keys})

    @contextmanager
    def enter(script=True, code="en", **options):
        context = browser.new_context(
            base_url=live_server.url, java_script_enabled=script, viewport=SMALL, **options
        )
        page = context.new_page()
        page.goto(f"/{code}/visit-plan/")
        yield page
        context.close()

    return enter


def tick(page, *ids):
    for each in ids:
        page.locator(f"label[for={each}]").click()


def shown(page):
    """The questions that the reader sees."""
    return {key for key in QUESTIONS if page.locator(f"#ask-{key}").is_visible()}


def told(page):
    texts = {key: page.get_by_text(f"Explained {key}.") for key, _facts in SITUATIONS}
    return {key for key, text in texts.items() if text.is_visible()}


def on_paper(page, tmp_path):
    """(text, number of sheets) of the print."""
    page.pdf(path=tmp_path / "plan.pdf", format="A4")
    needs("pdftotext")
    done = subprocess.run(
        [shutil.which("pdftotext"), "-layout", tmp_path / "plan.pdf", "-"],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout, done.stdout.count("\f")


# -- Without a script ----------------------------------------------------------------------------


def test_ticks_show_and_hide_what_fits_without_a_script(read):
    with read(script=False) as page:
        assert (shown(page), told(page)) == ({"for-all"}, set())
        expect(page.locator(".hint")).to_be_visible()

        tick(page, "know-ras-a", "know-msi-unknown")
        assert shown(page) == {"for-ras-a", "for-all"}
        assert told(page) == {"ras-a", "msi-unknown"}
        assert page.locator(".chips li:visible").all_inner_texts() == ["MSI"]
        expect(page.locator(".hint")).to_be_hidden()

        tick(page, "know-ras-b")
        assert (shown(page), told(page)) == ({"for-both", "for-all"}, {"ras-b", "msi-unknown"})


def test_question_that_was_ticked_stays_whatever_else_is_ticked(read):
    with read(script=False) as page:
        tick(page, "know-ras-a", "bring-for-ras-a", "know-ras-b")

        assert shown(page) == {"for-ras-a", "for-both", "for-all"}


def test_page_says_without_a_script_that_keeping_needs_it(read):
    with read(script=False) as page:
        expect(page.get_by_text("this page needs its script")).to_be_visible()
        expect(page.get_by_text("It is kept in this browser")).to_be_hidden()
        expect(page.get_by_role("button", name="Forget everything")).to_have_count(0)


def test_back_button_loses_nothing_and_beginning_again_clears_without_a_script(read):
    with read(script=False) as page:
        tick(page, "know-ras-a", "bring-for-ras-a")
        page.locator("#own-notes").fill("Bring the folder")
        page.goto("/en/ask/")
        page.go_back()

        expect(page.locator("#know-ras-a")).to_be_checked()
        expect(page.locator("#own-notes")).to_have_value("Bring the folder")
        assert shown(page) == {"for-ras-a", "for-all"}

        page.get_by_role("link", name="Begin again").click()
        expect(page.locator("#know-ras-a")).not_to_be_checked()
        expect(page.locator("#own-notes")).to_have_value("")


@pytest.mark.parametrize("size", ["normal", "large"])
def test_paper_holds_exactly_what_was_chosen_on_one_sheet(read, tmp_path, size):
    with read(script=False) as page:
        tick(page, "know-ras-a", "know-msi-unknown", "bring-for-all", f"print-{size}")
        page.locator("#own-questions").fill("May we record it?")
        page.locator("#own-notes").fill("First line\nlast line")

        text, sheets = on_paper(page, tmp_path)

    for there in ("Label ras-a", "MSI", "Asked for-all?", "Ask: Specialist nurse"):
        assert there in text, there
    for written in ("May we record it?", "First line", "last line"):
        assert written in text, written
    for away in ("ras-b", "msi-a", "Asked for-ras-a?", "Asked for-both?", "Explained", "Because"):
        assert away not in text, away
    for control in ("Languages", "Large print", "Begin again", "You have not ticked"):
        assert control not in text, control
    assert sheets == 1


def test_paper_holds_every_question_that_fits_where_none_is_ticked(read, tmp_path):
    with read(script=False) as page:
        tick(page, "know-ras-a")

        text, _sheets = on_paper(page, tmp_path)

    assert "Asked for-ras-a?" in text
    assert "Asked for-all?" in text
    assert "Asked for-both?" not in text


def test_large_print_is_larger(read):
    size = "parseFloat(getComputedStyle(document.querySelector('[for=bring-for-all]')).fontSize)"
    points = 72 / 96
    with read() as page:
        page.emulate_media(media="print")
        assert page.evaluate(size) * points == pytest.approx(11, abs=0.1)

        page.emulate_media(media="screen")
        tick(page, "print-large")
        page.emulate_media(media="print")
        assert page.evaluate(size) * points == pytest.approx(16, abs=0.1)


# -- With the script -----------------------------------------------------------------------------


def test_script_keeps_the_plan_over_a_reload_and_in_another_language(read):
    with read() as page:
        expect(page.get_by_text("It is kept in this browser")).to_be_visible()
        expect(page.get_by_text("this page needs its script")).to_be_hidden()
        tick(page, "know-ras-a", "bring-for-ras-a", "print-large")
        page.locator("#own-notes").fill("Bring the folder")

        for address in ("/en/visit-plan/", "/ar/visit-plan/"):
            page.goto(address)
            for kept in ("know-ras-a", "bring-for-ras-a", "print-large"):
                expect(page.locator(f"#{kept}")).to_be_checked()
            expect(page.locator("#own-notes")).to_have_value("Bring the folder")
            assert shown(page) == {"for-ras-a", "for-all"}


def test_button_forgets_everything_after_asking_once(read):
    with read() as page:
        tick(page, "know-ras-a")
        page.locator("#own-notes").fill("Bring the folder")
        forget = page.get_by_role("button", name="Forget everything on this device")
        page.once("dialog", lambda dialog: dialog.dismiss())
        forget.click()
        expect(page.locator("#know-ras-a")).to_be_checked()

        page.once("dialog", lambda dialog: dialog.accept())
        forget.click()
        expect(page.get_by_role("status")).to_contain_text("Forgotten")
        assert page.evaluate("localStorage.length") == 0

        page.reload()
        expect(page.locator("#know-ras-a")).not_to_be_checked()
        expect(page.locator("#own-notes")).to_have_value("")


def test_nothing_is_asked_of_the_server_and_nothing_enters_the_address(read):
    with read() as page:
        address, asked, messages = page.url, [], []
        # What it keeps of itself for want of a connection it has asked for before anything is said.
        page.wait_for_selector("html[data-kept=yes]", state="attached")
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: messages.append(message.text))
        tick(page, "know-ras-a", "bring-for-ras-a", "know-msi-unknown")
        page.locator("#own-notes").fill("Bring the folder")
        page.locator("#know-ras-a").press("Enter")
        page.wait_for_timeout(300)

        assert (page.url, asked, messages) == (address, [], [])
        assert page.context.cookies() == []


def test_what_is_kept_and_cannot_be_read_does_no_harm(read):
    with read() as page:
        for broken in ("{", "null", '"text"', '{"ticked": 1}'):
            page.evaluate("text => localStorage.setItem('visit-plan', text)", broken)
            page.reload()
            tick(page, "know-ras-a")
            assert shown(page) == {"for-ras-a", "for-all"}
            page.reload()
            expect(page.locator("#know-ras-a")).to_be_checked()


def test_browser_that_keeps_nothing_says_so(read):
    with read() as page:
        page.add_init_script("Storage.prototype.setItem = () => { throw new Error('full'); }")
        page.reload()

        expect(page.get_by_text("does not allow the page to keep anything")).to_be_visible()
        expect(page.get_by_text("It is kept in this browser")).to_be_hidden()
        tick(page, "know-ras-a")
        assert shown(page) == {"for-ras-a", "for-all"}


# -- For everybody -------------------------------------------------------------------------------


def test_keyboard_alone_makes_the_plan(read):
    with read() as page:
        page.locator("#know-ras-unknown").focus()
        page.keyboard.press("ArrowDown")
        expect(page.locator("#know-ras-a")).to_be_checked()
        page.keyboard.press("Tab")
        expect(page.locator("#know-msi-unknown")).to_be_focused()
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
        expect(page.locator("#bring-for-ras-a")).to_be_focused()
        page.keyboard.press("Space")
        expect(page.locator("#bring-for-ras-a")).to_be_checked()
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_text("Because for-ras-a.")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("code", ["en", "ar"])
def test_plan_fits_a_phone_and_axe_finds_nothing(read, code, scheme):
    with read(code=code, color_scheme=scheme) as page:
        tick(page, "know-ras-a", "know-msi-unknown", "bring-for-ras-a")

        assert page.evaluate("document.documentElement.scrollWidth") <= SMALL["width"]
        for target in page.locator(".plan :is(input, summary, button, .doing a)").all():
            if target.is_visible():
                assert target.bounding_box()["height"] >= 24
        found = violations(page, {"resultTypes": ["violations"]})
        assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []
