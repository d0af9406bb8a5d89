"""A guide's whole way over the desk in a real browser: two editors, an advisor on a telephone and a
reader; with JavaScript, and without it for all that must work so."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from review import verification
from review.models import Comment, Rival
from tests import factories as f
from tests.test_story import fits, visit  # noqa: F401  (fixtures)

SMALL = {"viewport": {"width": 360, "height": 740}, "has_touch": True}
SOON = 15_000  # milliseconds: typing rests, then the draft is saved
REASON = "The number is being checked again"


class Story:
    """The guide, its topic, and what the people do on the pages of the desk."""

    def __init__(self, script):
        self.script = script
        self.guide = f.make_guide(slug="the-liver")
        self.topic = f.make_topic(self.guide, slug="why-the-liver")
        self.other = f.make_topic(self.guide, slug="what-it-does")
        self.page = reverse("admin:topics_topic_change", args=[self.topic.pk]) + "?language=en"
        self.public = "/en/guides/the-liver/why-the-liver/"
        # What the browser reports as refused while two texts meet.
        self.conflict = self.page.split("?")[0]
        if script:
            self.conflict = reverse("admin:topics_topic_autosave", args=[self.topic.pk])

    def save(self, page):
        """What is typed is a draft: by itself, or by the button."""
        if self.script:
            said = page.locator(".autosave-state")
            expect(said).to_contain_text("Saved as a draft at", timeout=SOON)
        else:
            page.get_by_role("button", name="Save draft").click()
            expect(page.get_by_text("Saved as a draft.", exact=True)).to_be_visible()

    def meet(self, page):
        """What is typed meets the newer text that another editor saved."""
        if self.script:
            problem = page.locator(".autosave-problem")
            expect(problem).to_contain_text("saved another text", timeout=SOON)
            page.get_by_role("link", name="Compare and merge both texts").click()
        else:
            page.get_by_role("button", name="Save draft").click()

    def comment_on(self, page, words, text):
        """Say something about a passage: by choosing its words, or by typing them."""
        section = page.locator("section.text", has_text="Twenty-two times")
        if self.script:
            section.locator(".rendered").get_by_text(words).first.select_text()
            page.get_by_role("button", name="Comment on the chosen words").click()
            expect(section.get_by_label("Passage")).to_have_value(words)
        else:
            section.get_by_text("Comment on this text").click()
            section.get_by_label("Passage").fill(words)
        section.get_by_label("Comment", exact=True).fill(text)
        section.get_by_role("button", name="Add the comment").click()


def body(page):
    return page.locator("textarea[name=body]")


def thread(page):
    return page.locator(".thread", has_text="It is two, not twenty-two.")


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_guide_is_written_by_two_sent_back_signed_on_a_phone_read_and_withdrawn(
    visit,  # noqa: F811
    people,
    script,
):
    story = Story(script)
    for item in (story.guide, story.topic):
        f.make_public(people, item, text=f.text_for(type(item), title="As it was"))
    f.save(story.guide, "en", people.second_editor, f.text_for(type(story.guide), title="Liver"))
    f.save(story.other, "en", people.second_editor)
    options = {"java_script_enabled": script}
    small = {**SMALL, **options}
    editor, second, advisor = people.editor, people.second_editor, people.second_advisor

    with (
        visit(editor, **options) as first,
        visit(second, missing=story.conflict, **options) as late,
    ):
        first.goto(story.page)
        late.goto(story.page)
        body(first).fill("Twenty-two times.\n\nA sentence of the first.\n\nThe end.")
        story.save(first)
        body(late).fill("Text of body.\n\nA sentence of the second.")
        story.meet(late)
        expect(late.locator(".theirs .marked").filter(has_text="of the first")).to_be_visible()
        expect(late.locator(".base").filter(has_text="Text of body.")).to_be_visible()
        expect(body(late)).to_have_value("Text of body.\n\nA sentence of the second.")
        body(late).fill(
            "Twenty-two times.\n\nA sentence of the first.\n\nA sentence of the second."
        )
        late.get_by_role("button", name="Save the merged text").click()
        expect(late.get_by_text("Saved as a draft.", exact=True)).to_be_visible()
        assert Rival.objects.get().decided_at

    with visit(editor, **options) as page:
        page.goto("/admin/topics/guide/")
        page.get_by_role("link", name="Send for review").click()
        expect(page.get_by_text("3 texts to send")).to_be_visible()
        page.get_by_label("What changed, and why").fill("The whole guide, again")
        page.get_by_role("button", name="Send for review", exact=True).click()
        expect(page.get_by_text("submitted by")).to_be_visible()

    with visit(missing="/en/guides/the-liver/what-it-does/") as page:
        page.goto(story.public)
        expect(page.locator("h1")).to_have_text("As it was")
        assert page.goto("/en/guides/the-liver/what-it-does/").status == 404

    with visit(advisor, **small) as page:
        assert fits(page)
        page.locator("#sign li", has_text="The whole guide, again").get_by_role("link").click()
        expect(page.locator("section.text")).to_have_count(3)
        for view in ("Source", "What changed", "As readers will see it"):
            page.get_by_role("link", name=view, exact=True).click()
            expect(page.locator(".views [aria-current=page]")).to_have_text(view)
            assert fits(page)
        story.comment_on(page, "Twenty-two times.", "It is two, not twenty-two.")
        expect(thread(page).locator("blockquote")).to_have_text("Twenty-two times.")
        assert fits(page)
        page.get_by_role("button", name="Request changes").click()
        expect(page.get_by_text("Given back with your comment.")).to_be_visible()

    with visit(editor, **options) as page:
        row = page.locator("#changes li", has_text="It is two, not twenty-two.")
        row.get_by_role("link", name="As it was").click()
        body(page).fill(body(page).input_value().replace("Twenty-two", "Two"))
        story.save(page)
        page.get_by_role("link", name="Send the whole guide").click()
        expect(page.get_by_text("3 texts to send")).to_be_visible()
        page.get_by_label("What changed, and why").fill("Two it is")
        page.get_by_role("button", name="Send for review", exact=True).click()
        thread(page).locator("summary").click()
        thread(page).get_by_label("Your answer").fill("Mended.")
        thread(page).get_by_role("button", name="Send the answer").click()
        expect(thread(page).locator(".answer")).to_contain_text("Mended.")

    with visit(advisor, **small) as page:
        page.locator("#sign li", has_text="Two it is").get_by_role("link").click()
        expect(thread(page)).to_contain_text("This passage no longer stands in the text.")
        expect(thread(page).locator(".answer")).to_contain_text("Mended.")
        thread(page).get_by_role("button", name="Resolve").click()
        expect(thread(page)).to_contain_text(f"Resolved by {advisor.advisor.name}")
        assert fits(page)
        page.get_by_label("I have read").check()
        page.get_by_role("button", name="Sign and publish", exact=True).click()
        expect(page.get_by_text("Signed and public: 3.")).to_be_visible()

    with visit(missing=story.public, **small) as reader:
        assert reader.goto(story.public).status == 200
        expect(reader.locator("article")).to_contain_text("Two times.")
        expect(reader.locator("article")).to_contain_text("A sentence of the second.")

        with visit(advisor, **small) as page:
            page.goto(story.page)
            page.get_by_label("Reason", exact=True).fill(REASON)
            page.get_by_label("Readers may see this reason").check()
            page.get_by_role("button", name="Withdraw at once").click()
            expect(page.get_by_text("Withdrawn: readers no longer get this text.")).to_be_visible()
            assert fits(page)

        assert reader.goto(story.public).status == 410
        expect(reader.locator("main")).to_contain_text(REASON)

    assert Comment.objects.filter(parent=None, resolved_at=None).count() == 0
    assert list(verification.problems()) == []
