"""A guide's whole way into Arabic in a real browser: a topic by keyboard alone, from right to left,
the rest in a file for a translator's tool, then the advisor, then a reader."""

from copy import deepcopy

from django.urls import reverse
from playwright.sync_api import expect
from translate.storage import xliff2

from review import verification, workflow
from review.models import MemoryUnit
from tests import factories as f
from tests.test_story import fits, visit  # noqa: F401  (fixtures)

SOON = 15_000  # milliseconds: typing rests, then the draft is saved
BLOOD = "Blood from the bowel flows to the liver first."
ENGLISH = {
    "title": "What RAS shows",
    "answer": "RAS shows which drugs may help.",
    "body": (
        f"{BLOOD}\n\n- KRAS G12C: about 3 of 100 people [@smith-2020]\n- FOLFOX every 2 weeks\n\n"
        "Do not stop the tablets by yourself [@smith-2020]."
    ),
}
REMEMBERED = "يتدفق الدم من الأمعاء إلى الكبد أولًا."
BODY = (
    f"{REMEMBERED}\n\n- KRAS G12C: نحو 3 من كل 100 شخص [@smith-2020]\n- FOLFOX كل أسبوعين\n\n"
    "لا توقف الأقراص من تلقاء نفسك [@smith-2020]."
)
GUIDE = {
    "title": "The liver",
    "standfirst": "What the liver does for the body",
    "key_points": "- The liver cleans the blood.",
    "urgent_signs": "Call your team if your skin turns yellow.",
    "introduction": "The liver is below the ribs on the right.",
    "audience": "For people with cancer in the liver, and those who are close to them.",
    "not_known": "We do not know who will do best.",
    "takeaways": "Go along to the appointments.",
}
# What stands in the file; {} is an inline code, which a tool does not let anybody touch.
REST = {
    "The liver": "الكبد",
    "What the liver does for the body": "ما يفعله الكبد للجسم",
    "The liver cleans the blood.": "الكبد ينقّي الدم.",
    "Call your team if your skin turns yellow.": "اتصل بفريقك الطبي إذا اصفرّ جلدك.",
    "The liver is below the ribs on the right.": "يقع الكبد تحت الأضلاع في الجهة اليمنى.",
    "For people with cancer in the liver, and those who are close to them.": (
        "للمصابين بسرطان في الكبد، ولمن هم قريبون منهم."
    ),
    "We do not know who will do best.": "لا نعرف من سيستفيد أكثر.",
    "Go along to the appointments.": "رافق المريض إلى المواعيد.",
    "Is the whole liver removed?": "هل يُستأصل الكبد كله؟",
    "No. Surgeons remove a part of it .": "لا. يستأصل الجراحون جزءًا منه {}.",
}


class Story:
    """The guide in English, of which readers of Arabic have nothing yet, but its words once."""

    def __init__(self, people):
        self.people = people
        self.writer, self.advisor = people.writer_of("ar"), people.signer_of("ar")
        f.make_public(people, f.make_source(key="smith-2020"))
        self.guide = f.make_guide(slug="the-liver")
        self.topic = f.make_topic(self.guide, slug="ras")
        self.faq = f.make_faq(self.guide, slug="removed")
        self.public(self.guide, "en", **GUIDE)
        self.public(self.topic, "en", **ENGLISH)
        question, answer = "Is the whole liver removed?", "No. Surgeons remove a part of it"
        self.public(self.faq, "en", question=question, answer=f"{answer} [@smith-2020].")
        other = f.make_topic()
        self.public(other, "en", title="The blood", answer=BLOOD, body=BLOOD)
        words = {"title": "الدم", "answer": REMEMBERED, "body": REMEMBERED}
        self.public(other, "ar", **words)

    def public(self, item, language, **text):
        writer = self.people.writer_of(language)
        draft = f.save(item, language, writer, f.text_for(type(item), **text))
        request = workflow.submit([draft], by=writer)
        f.approve(self.people, request, by=self.people.signer_of(language))


def tab_to(page, target):
    """By the Tab key alone, as far as it is."""
    expect(target).to_be_visible()
    for _press in range(150):
        if target.evaluate("each => each === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"no Tab key leads to {target}")


def focused(page):
    return page.evaluate("document.activeElement.name")


def translate_by_keyboard(page):
    """From the desk over the board to the topic's blocks, each written, and before the advisor."""
    tab_to(page, page.get_by_role("link", name="The board: every text"))
    page.keyboard.press("Enter")
    tab_to(page, page.locator(".coming").get_by_role("link", name="What RAS shows"))
    page.keyboard.press("Enter")
    title = page.locator("[name=block-title-0]")
    tab_to(page, title)
    assert title.evaluate("each => getComputedStyle(each).direction") == "rtl"
    page.keyboard.type("ماذا يُظهر فحص RAS")
    page.keyboard.press("Control+Enter")
    assert focused(page) == "block-answer-0"
    page.keyboard.type("يُظهر RAS أي الأدوية قد تفيد.")
    page.keyboard.press("Control+Enter")
    page.keyboard.press("Alt+Digit1")
    expect(page.locator("[name=block-body-0]")).to_have_value(REMEMBERED)
    page.keyboard.press("Alt+ArrowDown")
    page.keyboard.type("KRAS G12C: نحو 3 من كل 100 شخص [@smith-2020]")
    page.keyboard.press("Control+Enter")
    page.keyboard.type("FOLFOX كل أسبوعين")
    expect(page.locator(".autosave-state")).to_contain_text("Saved as a draft at", timeout=SOON)
    page.keyboard.press("Control+Enter")
    page.keyboard.type("لا توقف الأقراص من تلقاء نفسك [@smith-2020].")
    page.keyboard.press("Control+s")
    expect(page.get_by_text("Every block says what the original says now.")).to_be_visible()
    tab_to(page, page.get_by_role("button", name="Save and submit for review"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("Submitted: request")).to_be_visible()


def filled(data):
    """The file as a translator's tool gives it back, and which originals it held."""
    store, found = xliff2.Xliff2File.parsestring(data), set()
    for unit in store.units:
        original = unit.xmlelement.find(".//{*}source")
        words = "".join(original.itertext())
        found.add(words)
        unit.target = REST[words].partition("{}")[0]
        target = unit.xmlelement.find(".//{*}target")
        for code, after in zip(original, REST[words].split("{}")[1:], strict=True):
            target.append(deepcopy(code))
            target[-1].tail = after
    return bytes(store), found


def translate_by_file(page, guide):
    """The rest of the guide as XLIFF 2.0, out and in, and before the advisor."""
    page.goto(reverse("admin:review_board") + "?language=ar")
    page.get_by_text("Filter", exact=True).first.click()
    page.get_by_label("Guide", exact=True).select_option(label="The liver")
    page.get_by_label("State", exact=True).select_option("to-do")
    page.get_by_role("button", name="Show").click()
    page.get_by_label("Format").select_option("xliff2")
    with page.expect_download() as download:
        page.get_by_role("button", name="Export all 2 items").click()
    data, found = filled(download.value.path().read_bytes())
    assert found == REST.keys()
    page.get_by_role("link", name="Import a file").click()
    page.get_by_label("File").set_input_files(
        {"name": "texts.ar.xlf", "mimeType": "application/xliff+xml", "buffer": data}
    )
    page.get_by_role("button", name="Import").click()
    expect(page.locator(".summary")).to_have_text(f"{len(REST)} taken into a draft")
    page.goto(reverse("admin:review_gather", args=[guide.item_type, guide.key]) + "?language=ar")
    expect(page.get_by_text("2 texts to send")).to_be_visible()
    page.get_by_label("What changed, and why").fill("The guide in Arabic")
    page.get_by_role("button", name="Send for review", exact=True).click()
    expect(page.get_by_text("submitted by")).to_be_visible()


def test_guide_is_translated_by_keyboard_and_by_file_signed_and_read_from_right_to_left(
    visit,  # noqa: F811
    people,
    checked,
):
    story = Story(people)

    with visit(story.writer) as page:
        translate_by_keyboard(page)
        sent = workflow.newest_revision(story.topic, "ar")
        assert (sent.state, sent.origin, sent.text["body"]) == ("in review", "human", BODY)
        assert MemoryUnit.objects.filter(revision=sent).count() == 6
        translate_by_file(page, story.guide)

    with visit(story.advisor) as page:
        for request in ("The guide in Arabic", "ماذا يُظهر فحص RAS"):
            page.goto("/admin/")
            page.locator("#sign li", has_text=request).get_by_role("link").first.click()
            page.get_by_label("I have read").check()
            page.get_by_role("button", name="Sign and publish", exact=True).click()
            expect(page.get_by_text("Signed and public:")).to_be_visible()

    with visit(viewport={"width": 360, "height": 740}) as reader:
        assert reader.goto("/ar/guides/the-liver/ras/").status == 200
        expect(reader.locator("html")).to_have_attribute("dir", "rtl")
        expect(reader.locator("article [lang=en], article[lang=en]")).to_have_count(0)
        expect(reader.locator("article")).to_contain_text("KRAS G12C: نحو 3 من كل 100 شخص")
        assert fits(reader)
        reader.goto("/ar/guides/the-liver/")
        expect(reader.locator("h1")).to_have_text("الكبد")

    assert list(verification.problems()) == []
