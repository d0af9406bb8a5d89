"""In a real browser: results come while somebody types, and nothing moves under the hand."""

import pytest
from playwright.sync_api import expect, sync_playwright

from glossary.models import Term
from review import clock
from tests import factories as f


@pytest.mark.django_db(transaction=True)
def test_results_come_while_typing_and_the_focus_stays(live_server, people, chromium, monkeypatch):
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright's own loop runs here
    for key in ("chemotherapy", "liver"):
        term = Term.objects.create(key=key, slug=key)
        f.make_public(people, term, text=f.text_for(Term, term=key.title()))
    clock.forget()
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-quic"]
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        page = browser.new_page()
        problems = []
        page.on("console", lambda told: problems.append(told.text))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto(f"{live_server.url}/en/search/")

        page.locator("#q").focus()
        page.keyboard.type("kemotherapy", delay=20)

        link = page.locator(".results a")
        expect(link).to_have_text("Chemotherapy")
        expect(page.locator("#told")).to_have_text("1 result for “kemotherapy”")
        expect(page.locator("#q")).to_be_focused()
        assert page.url.endswith("/en/search/?q=kemotherapy")
        with page.expect_navigation():
            page.keyboard.press("Enter")  # the form, as without a script
        expect(page.locator(".results a")).to_have_text("Chemotherapy")
        link.click()
        page.wait_for_url("**/en/glossary/chemotherapy/")
        assert problems == []
        assert page.context.cookies() == []
        browser.close()

        # Without a script the field and its button do the same.
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        page = browser.new_context(java_script_enabled=False).new_page()
        page.goto(f"{live_server.url}/en/search/")
        page.locator("#q").fill("liver")
        page.locator("form.search button").click()
        assert page.locator(".results a").inner_text() == "Liver"
        browser.close()
