"""The whole story in a real browser: written, sent back, corrected, signed, read, withdrawn."""

from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from review import verification
from tests import factories as f

PHONE = {"width": 390, "height": 844}
REFUSED = ("404 (Not Found)", "409 (Conflict)", "410 (Gone)")
# Said when somebody types into a field before the browser has put its mark there: no fault.
TYPED_FIRST = "Autofocus processing was blocked because a document already has a focused element."


class Watch:
    """What must not happen on any page: a message on the console, an error, a foreign request."""

    def __init__(self, host):
        self.host, self.seen = host, []

    def over(self, context, missing):
        context.on("request", self._request)
        context.on("console", lambda message: self._note(message, missing))
        context.on("weberror", lambda error: self.seen.append(f"error: {error.error}"))

    def _request(self, request):
        place = urlsplit(request.url)
        if place.scheme not in ("data", "blob") and place.netloc != self.host:
            self.seen.append(f"request to {request.url}")

    def _note(self, message, missing):
        path = urlsplit(message.location["url"]).path
        refused = any(each in message.text for each in REFUSED)
        if not (refused and path == missing) and message.text != TYPED_FIRST:
            self.seen.append(f"console: {message.text} ({path})")


@pytest.fixture
def visit(browser, live_server):
    """``with visit(user) as page``: a browser of its own for each person, watched. The browser
    may say that nothing is there at ``missing``, or that it met another text."""
    watch = Watch(urlsplit(live_server.url).netloc)

    @contextmanager
    def enter(user=None, missing="", **options):
        context = browser.new_context(base_url=live_server.url, locale="en-GB", **options)
        watch.over(context, missing)
        page = context.new_page()
        if user is not None:
            page.goto("/admin/login/")
            page.get_by_label("Username").fill(user.username)
            page.get_by_label("Password").fill(f.PASSWORD)
            page.get_by_role("button", name="Log in").click()
            expect(page.get_by_text("Log out")).to_be_visible()
        yield page
        context.close()

    yield enter
    assert watch.seen == []


def test_text_goes_from_an_editor_to_an_advisor_to_a_reader_and_is_withdrawn(
    visit, people, live_server
):
    guide = f.make_guide(slug="the-liver")
    f.make_public(people, guide)
    topic = f.make_topic(guide, slug="why-the-liver")
    editor, advisor = people.editor, people.second_advisor
    item = reverse("admin:topics_topic_change", args=[topic.pk])
    public = "/en/guides/the-liver/why-the-liver/"

    with visit(editor) as page:
        page.goto(item)
        page.get_by_label("Title").fill("Why the liver?")
        page.get_by_label("The answer in one sentence").fill(
            "Blood from the bowel goes there first."
        )
        body = page.locator("textarea[name=body]")
        body.fill("## The way of the blood\n\nBlood passes **twenty-two** times.")
        preview = page.locator(".markdownx-preview")
        expect(preview.locator("h2")).to_have_text("The way of the blood")
        expect(preview.locator("strong")).to_have_text("twenty-two")
        page.get_by_label("What changed, and why").fill("A new topic")
        page.get_by_role("button", name="Save and submit for review").click()
        expect(page.get_by_text("Submitted: request")).to_be_visible()

    with visit(advisor, viewport=PHONE, has_touch=True) as page:
        page.goto("/admin/review/reviewrequest/")
        page.get_by_role("link", name="A new topic").click()
        expect(page.locator(".rendered strong")).to_have_text("twenty-two")
        assert fits(page)
        page.get_by_label("Or say what should change").fill("It is two times, not twenty-two.")
        page.get_by_role("button", name="Request changes").click()
        expect(page.get_by_text("Given back with your comment.")).to_be_visible()

    with visit(editor) as page:
        page.goto(item)
        expect(page.locator("blockquote.comment")).to_have_text("It is two times, not twenty-two.")
        body = page.locator("textarea[name=body]")
        body.fill(body.input_value().replace("twenty-two", "two"))
        expect(page.locator(".markdownx-preview strong")).to_have_text("two")
        page.get_by_role("button", name="Save and submit for review").click()
        expect(page.get_by_text("Submitted: request")).to_be_visible()

    with visit(missing=public) as page:
        assert page.goto(public).status == 404

    with visit(advisor, viewport=PHONE, has_touch=True) as page:
        page.goto("/admin/review/reviewrequest/")
        page.locator("th.field-label a").click()
        expect(page.locator(".rendered strong")).to_have_text("two")
        page.get_by_label("I have read").check()
        page.get_by_role("button", name="Sign and publish").click()
        expect(page.get_by_text("Signed and public: 1.")).to_be_visible()

    with visit(viewport=PHONE) as page:
        assert page.goto(public).status == 200
        expect(page.locator("h1")).to_have_text("Why the liver?")
        expect(page.locator(".byline")).to_contain_text(advisor.advisor.name)
        expect(page.locator("article strong", has_text="two")).to_have_text("two")
        assert fits(page)
        page.goto("/")
        page.get_by_role("link", name="Text of title.").click()
        expect(page.get_by_role("heading", name="Why the liver?")).to_be_visible()
        assert fits(page)
        assert page.context.cookies() == []

    with visit(advisor) as page:
        page.goto(item)
        page.get_by_label("Reason", exact=True).fill("The number is being checked again")
        page.get_by_role("button", name="Withdraw at once").click()
        expect(page.get_by_text("Withdrawn: readers no longer get this text.")).to_be_visible()

    with visit(missing=public) as page:
        assert page.goto(public).status == 410
        page.goto("/en/guides/the-liver/")
        expect(page.locator("main")).not_to_contain_text("Why the liver?")

    assert list(verification.problems()) == []


def fits(page):
    """Whether nothing makes the page scroll sideways."""
    page.wait_for_load_state()
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
