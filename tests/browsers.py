"""A real browser for tests, and axe in it."""

import json
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connections
from playwright.sync_api import sync_playwright

ARGUMENTS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
AXE = Axe().axe_script
RUN = "axe.run(%s, %s).then((found) => found.violations)"
EVERYTHING = {"include": [["html"]]}


@contextmanager
def started(program):
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright's loop runs in this thread; the database is only asked between its steps.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()
        # Beside a running loop Django opened connections of its own.
        connections.close_all()


def violations(page, options, context=None):
    """What axe finds on the page that is open. It is carried there once a page, not once a run,
    and brings back what is wrong, not all that it looked at."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE)
    return page.evaluate(RUN % (json.dumps(context or EVERYTHING), json.dumps(options)))
