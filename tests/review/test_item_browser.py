"""In a real browser: words are saved while they are typed, survive a lost connection, and two
editors merge theirs."""

from contextlib import contextmanager

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from review.models import Revision, Rival
from tests import factories as f
from tests.test_story import PHONE

pytestmark = pytest.mark.any_database

SOON = 15_000  # milliseconds: typing rests, then the draft is saved


@pytest.fixture
def desk(browser, live_server):
    """``with desk(user) as page``: signed in, in a browser of her own."""

    @contextmanager
    def enter(user, **options):
        context = browser.new_context(base_url=live_server.url, locale="en-GB", **options)
        page = context.new_page()
        page.set_default_timeout(SOON)
        sign_in(page, user)
        yield page
        context.close()

    return enter


def sign_in(page, user):
    page.goto("/admin/login/")
    page.get_by_label("Username").fill(user.username)
    page.get_by_label("Password").fill(f.PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_text("Log out")).to_be_visible()


def place(topic):
    return reverse("admin:topics_topic_change", args=[topic.pk]) + "?language=en"


def body(page):
    return page.locator("textarea[name=body]")


def state(page):
    return page.locator(".autosave-state")


def problem(page):
    return page.locator(".autosave-problem")


def newest(topic):
    return Revision.objects.filter(key=topic.key).order_by("-number").first()


def test_words_are_saved_while_they_are_typed_and_the_button_still_works(desk, people):
    topic = f.make_topic()

    with desk(people.editor) as page:
        page.goto(place(topic))
        body(page).press_sequentially("One two three")
        expect(state(page)).to_contain_text("Saved as a draft at", timeout=SOON)
        assert newest(topic).text["body"] == "One two three"
        expect(body(page)).to_be_focused()
        body(page).press_sequentially(" four")
        expect(state(page)).to_be_empty(timeout=SOON)
        expect(state(page)).to_contain_text("Saved as a draft at", timeout=SOON)
        assert not page.evaluate(
            "Object.keys(localStorage).filter(each => each.startsWith('desk:'))"
        )
        body(page).press_sequentially(" five")
        page.get_by_role("button", name="Save draft").click()
        expect(page.get_by_text("Saved as a draft.", exact=True)).to_be_visible()

    assert newest(topic).text["body"] == "One two three four five"
    assert Revision.objects.count() == 1


def test_what_is_wrong_is_marked_beside_its_field_without_taking_the_focus(desk, people):
    topic = f.make_topic()

    with desk(people.editor) as page:
        page.goto(place(topic))
        body(page).press_sequentially("Said by [@nobody-1999]")
        errors = page.locator("[data-errors=body] li")
        expect(errors).to_contain_text("There is no source with the key", timeout=SOON)
        expect(body(page)).to_be_focused()
        assert newest(topic) is None
        body(page).fill("Said.")
        expect(state(page)).to_contain_text("Saved as a draft at", timeout=SOON)
        expect(errors).to_have_count(0)


def test_text_typed_without_a_connection_is_offered_after_a_reload(desk, people):
    topic = f.make_topic()
    f.save(topic, "en", people.editor, f.text_for(type(topic), body="Before"))

    with desk(people.editor) as page:
        page.goto(place(topic))
        page.route("**/autosave/**", lambda route: route.abort())
        body(page).fill("Typed in the tunnel")
        expect(problem(page)).to_contain_text("No connection", timeout=SOON)
        asked = []
        page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
        page.reload()
        assert asked == ["beforeunload"]
        expect(body(page)).to_have_value("Before")
        expect(page.locator(".autosave-offer")).to_contain_text("text here that was not saved")
        page.unroute("**/autosave/**")
        page.get_by_role("button", name="Put it back").click()
        expect(body(page)).to_have_value("Typed in the tunnel")
        expect(state(page)).to_contain_text("Saved as a draft at", timeout=SOON)
        page.reload()
        expect(body(page)).to_have_value("Typed in the tunnel")
        expect(page.locator(".autosave-offer")).to_be_hidden()

    assert newest(topic).text["body"] == "Typed in the tunnel"


def test_kept_text_is_thrown_away_when_its_writer_says_so(desk, people):
    topic = f.make_topic()

    with desk(people.editor) as page:
        page.goto(place(topic))
        page.route("**/autosave/**", lambda route: route.abort())
        body(page).fill("Not worth it")
        expect(problem(page)).to_be_visible(timeout=SOON)
        page.on("dialog", lambda dialog: dialog.accept())
        page.reload()
        page.get_by_role("button", name="Throw it away").click()
        page.reload()
        expect(page.locator(".autosave-offer")).to_be_hidden()
        expect(body(page)).to_have_value("")


def test_answer_that_was_lost_on_the_way_is_no_conflict_with_oneself(desk, people):
    topic = f.make_topic()

    with desk(people.editor) as page:
        page.goto(place(topic))

        def saves_but_never_answers(route):
            route.fetch()
            route.abort()

        page.route("**/autosave/**", saves_but_never_answers, times=1)
        body(page).fill("Saved, but nobody said so")
        expect(problem(page)).to_contain_text("No connection", timeout=SOON)
        body(page).fill("Saved, but nobody said so. More.")
        page.get_by_role("button", name="Save draft").click()
        expect(page.get_by_text("Saved as a draft.", exact=True)).to_be_visible()

    assert newest(topic).text["body"] == "Saved, but nobody said so. More."
    assert not Rival.objects.exists()


def test_who_is_signed_out_keeps_the_text_and_goes_on_after_signing_in_elsewhere(desk, people):
    topic = f.make_topic()

    with desk(people.editor) as page:
        page.goto(place(topic))
        session = [each for each in page.context.cookies() if each["name"] != "sessionid"]
        page.context.clear_cookies()
        page.context.add_cookies(session)
        body(page).fill("Typed after the session ended")
        expect(problem(page)).to_contain_text("not signed in any more", timeout=SOON)
        sign_in(page.context.new_page(), people.editor)
        body(page).press_sequentially(".")
        expect(state(page)).to_contain_text("Saved as a draft at", timeout=SOON)

    assert newest(topic).text["body"] == "Typed after the session ended."


def test_two_editors_merge_their_texts_on_a_telephone(desk, people):
    topic = f.make_topic()
    text = f.text_for(type(topic), body="One common text")
    f.save(topic, "en", people.editor, text)

    with (
        desk(people.second_editor, viewport=PHONE, has_touch=True) as mine,
        desk(people.editor) as theirs,
    ):
        mine.goto(place(topic))
        theirs.goto(place(topic))
        expect(theirs.locator(".presence")).to_contain_text(f"{people.second_editor} is editing")
        body(theirs).fill("Two common text")
        theirs.get_by_label("Title").fill("Their title")
        expect(state(theirs)).to_contain_text("Saved as a draft at", timeout=SOON)
        body(mine).fill("One changed text")
        expect(problem(mine)).to_contain_text("saved another text", timeout=SOON)
        mine.get_by_role("link", name="Compare and merge both texts").click()

        expect(body(mine)).to_have_value("One changed text")
        expect(mine.locator(".theirs .marked ins").filter(has_text="Two")).to_be_visible()
        assert mine.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        title = mine.locator("section.three", has=mine.locator("#merge-title"))
        title.get_by_label("Take theirs").check()
        expect(mine.locator("[name=title]")).to_have_value("Their title")
        body(mine).fill("Two changed text")
        mine.get_by_role("button", name="Save the merged text").click()
        expect(mine.get_by_text("Saved as a draft.", exact=True)).to_be_visible()

    merged = newest(topic).text
    assert (merged["title"], merged["body"]) == ("Their title", "Two changed text")
    assert Rival.objects.get().decided_at is not None
