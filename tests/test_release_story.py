"""A whole guide goes out in two languages together and comes back: a phone without JavaScript."""

from playwright.sync_api import expect

from review import groups, verification, workflow
from review.models import Release
from tests import factories as f
from tests.test_story import fits, visit  # noqa: F401  (fixtures)

SMALL = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "java_script_enabled": False}


def draft_all(people, whole, writer, word):
    for code in ("en", "es"):
        for item in whole.items:
            if item.text_fields or code == "en":
                text, facts = f.whole_text(item, code)
                if "title" in text:
                    text["title"] = f"{word} {code}"
                f.save(item, code, writer, text, facts)


def test_guide_in_two_languages_is_public_after_the_second_signature_and_undone(
    visit,  # noqa: F811
    people,
):
    whole = f.WholeGuide(topics=2)
    writer = f.make_user(f.unique("writer"), groups.EDITORS)
    writer.groups.add(groups.Group.objects.get(name=groups.translators("es")))
    draft_all(people, whole, writer, "New")
    places = {code: f"/{code}/guides/{whole.guide.slug}/" for code in ("en", "es")}

    with visit(writer, **SMALL) as page:
        page.goto("/admin/topics/guide/")
        page.get_by_role("link", name="Send for review").click()
        assert fits(page)
        page.get_by_role("link", name="All your languages").click()
        assert fits(page)
        expect(page.get_by_text("14 texts to send")).to_be_visible()
        page.get_by_label("What changed, and why").fill("The whole guide")
        page.get_by_label("or with a new release called").fill("Spring")
        page.get_by_role("button", name="Send for review", exact=True).click()
        expect(page.get_by_text("in 2 languages")).to_be_visible()
        expect(page.get_by_text("0 of 2 signed")).to_be_visible()
        assert fits(page)

    [release] = Release.objects.all()
    english, spanish = release.requests.order_by("pk")
    signer = {code: people.signer_of(code) for code in ("en", "es")}
    workflow.approve(spanish, by=signer["es"], expected=f.expected(spanish))

    for code in ("en", "es"):
        with visit(missing=places[code]) as page:
            assert page.goto(places[code]).status == 404

    workflow.approve(english, by=signer["en"], expected=f.expected(english))

    for code in ("en", "es"):
        with visit(**SMALL) as page:
            assert page.goto(places[code]).status == 200
            expect(page.locator("h1")).to_have_text(f"New {code}")

    advisor = f.make_advisor(None, "en", "es")
    with visit(advisor, **SMALL) as page:
        page.goto("/admin/review/release/?state=published")
        page.get_by_role("link", name="Spring").click()
        assert fits(page)
        page.get_by_role("link", name="Undo this release").click()
        assert fits(page)
        expect(page.get_by_text("texts come down, with nothing in their place")).to_be_visible()
        page.get_by_label("Why the release is undone").fill("A number was wrong")
        page.get_by_role("button", name="Undo it now").click()
        expect(page.get_by_text("Back as they were: 0.")).to_be_visible()
        expect(page.get_by_text("A number was wrong")).to_be_visible()

    for code in ("en", "es"):
        with visit(missing=places[code]) as page:
            assert page.goto(places[code]).status == 410
    assert list(verification.problems()) == []
