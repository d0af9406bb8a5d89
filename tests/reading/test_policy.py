"""In a real browser: the block of data is let be by the content security policy, without a word."""

import pytest

from tests import factories as f


@pytest.fixture
def page(browser):
    return browser.new_page()


def test_data_in_a_page_is_read_and_nothing_is_reported(page, live_server, people):
    whole = f.WholeGuide(topics=1)
    whole.publish(people, "en")
    told = []
    page.on("console", lambda message: told.append(message.text))
    page.on("pageerror", lambda error: told.append(str(error)))

    for path in (whole.guide.get_absolute_url(), "/en/glossary/", "/ar/"):
        response = page.goto(live_server.url + path)
        block = page.locator("script[type='application/ld+json']")
        assert "schema.org" in block.text_content()
        policy = response.headers["content-security-policy"]
        assert "default-src 'self';" in f"{policy};"
        assert "unsafe" not in policy
    assert told == []

    # The same page refuses a script, and says so: the silence above means something.
    page.evaluate(
        "() => {const it = document.createElement('script'); it.textContent = 'window.ran = 1';"
        "document.head.append(it)}"
    )
    assert page.evaluate("window.ran") is None
    assert any("Content Security Policy" in each for each in told)
