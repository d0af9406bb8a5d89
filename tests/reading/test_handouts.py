"""PDFs to take along: tagged, in their language, of signed text only, cheap to ask for again."""

import os
import re
import subprocess
import sys
from datetime import timedelta
from io import BytesIO
from itertools import pairwise
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils.translation import gettext, override
from pypdf import PdfReader

from reading import pdf
from review import codes, workflow
from tests import factories as f
from tests import pages
from topics.models import Topic

pytestmark = pytest.mark.django_db

WORDS = {"en": "liver", "ar": "الكبد", "zh-hans": "肝脏"}
NAMES = ["guide", "topic", "questions", "glossary"]


@pytest.fixture(autouse=True)
def pango():
    """Nothing here may be skipped where nothing may be."""
    if not pdf.available():
        if os.environ.get("NO_SKIPS") == "1":
            pytest.fail("the libraries that PDFs need are not installed")
        pytest.skip("the libraries that PDFs need are not installed")
    cache.clear()


@pytest.fixture(scope="module")
def site(django_db_setup, django_db_blocker):
    """A whole guide in English, Arabic and Chinese; the second topic is in English only."""
    with django_db_blocker.unblock(), transaction.atomic():
        people, whole = f.People(), f.WholeGuide(topics=2)
        second = whole.topics[1]
        for code, word in WORDS.items():
            items = [each for each in whole.items if code == "en" or each is not second]
            whole.publish(people, code, items)
            text = f.whole_text(whole.topics[0], code)[0] | {"answer": f"{word}."}
            request = workflow.submit(
                [f.save(whole.topics[0], code, people.writer_of(code), text)],
                by=people.writer_of(code),
            )
            f.approve(people, request, by=people.signer_of(code))
        yield SimpleNamespace(whole=whole, guide=whole.guide, topic=whole.topics[0], people=people)
        transaction.set_rollback(True)


def path_of(site, name, code="en"):
    guide, topic = site.guide.slug, site.topic.slug
    return (
        f"/{code}/"
        + {
            "guide": f"guides/{guide}/guide.pdf",
            "topic": f"guides/{guide}/{topic}/topic.pdf",
            "questions": "ask/questions.pdf",
            "glossary": "glossary/glossary.pdf",
        }[name]
    )


def read(client, path):
    response = client.get(path)
    assert response.status_code == 200, response
    assert response["Content-Type"] == "application/pdf"
    return PdfReader(BytesIO(response.content))


def text_of(document):
    return " ".join("\n".join(page.extract_text() for page in document.pages).split())


def elements(node):
    """The elements of a structure tree, in reading order."""
    node = node.get_object()
    if isinstance(node, list):
        for each in node:
            yield from elements(each)
    elif isinstance(node, dict):
        if "/S" in node:
            yield node
        if "/K" in node:
            yield from elements(node["/K"])


def tags(document):
    return list(elements(document.root_object["/StructTreeRoot"]["/K"]))


# -- What it is ------------------------------------------------------------------------------------


@pytest.mark.parametrize("large", ["", "?large"])
@pytest.mark.parametrize("code", list(WORDS))
@pytest.mark.parametrize("name", NAMES)
def test_pdf_is_tagged_names_its_language_and_says_what_it_is(client, site, name, code, large):
    document = read(client, path_of(site, name, code) + large)

    root = document.root_object
    assert root["/Lang"] == code
    assert root["/MarkInfo"]["/Marked"].value is True
    assert root["/ViewerPreferences"]["/DisplayDocTitle"].value is True
    assert "pdfuaid:part" in root["/Metadata"].get_object().get_data().decode()
    assert document.metadata.title
    found = tags(document)
    kinds = [each["/S"] for each in found]
    assert kinds.count("/H1") == 1
    assert {"/H2", "/P", "/Table", "/TH", "/Link"} <= set(kinds)
    assert all(each.get("/Alt") for each in found if each["/S"] == "/Figure")
    if name in ("guide", "topic"):
        assert {"/Figure", "/L", "/LI"} <= set(kinds)
    levels = [int(kind[2:]) for kind in kinds if kind[:2] == "/H" and kind[2:].isdigit()]
    assert levels[0] == 1
    assert all(below <= above + 1 for above, below in pairwise(levels))
    cells = [each["/A"] for each in found if each["/S"] == "/TD"]
    heads = {each["/ID"] for each in found if each["/S"] == "/TH"}
    assert all(set(each["/Headers"]) <= heads and each["/Headers"] for each in cells)


def test_part_in_another_language_says_so_in_its_tags(client, site):
    """The second topic is there in English only: a screen reader must not read it as Arabic."""
    found = tags(read(client, path_of(site, "guide", "ar")))
    english, arabic = (
        [each for each in found if each.get("/Lang") == code] for code in ("en", "ar")
    )
    assert {"/Sect"} <= {each["/S"] for each in english}
    assert {"/Sect"} <= {each["/S"] for each in arabic}
    assert {each.get("/Lang") for each in tags(read(client, path_of(site, "topic")))} <= {
        None,
        "en",
    }


@pytest.mark.parametrize("code", list(WORDS))
def test_words_of_a_topic_can_be_read_back_in_its_script(client, site, code):
    document = read(client, path_of(site, "topic", code))

    assert document.metadata.title == f"{code}-word of title."
    assert WORDS[code] in text_of(document)


@pytest.mark.parametrize("code", ["en", "ar"])
def test_guide_names_for_each_part_who_signed_it_and_its_permanent_address(client, site, code):
    document = read(client, path_of(site, "guide", code))

    text = text_of(document).replace(" ", "")
    links = {
        note.get_object()["/A"]["/URI"]
        for page in document.pages
        for note in page.get("/Annots", [])
        if "/A" in note.get_object() and "/URI" in note.get_object()["/A"]
    }
    for item in (site.guide, *site.whole.topics, *site.whole.faqs):
        row = type(item)._base_manager.get(pk=item.pk)
        sign_off = row.sign_off_in(code) or row.sign_off_en
        assert f"http://testserver/{sign_off.language}/v/{sign_off.pk}/" in links
        assert sign_off.name.replace(" ", "") in text


def test_part_that_fell_back_says_so(client, site):
    document = read(client, path_of(site, "guide", "zh-hans"))

    with override("zh-hans"):
        why = gettext("This part is not translated yet. You are reading the English original.")
    assert why[:8] in text_of(document).replace(" ", "")


def test_every_page_has_its_number(client, site):
    document = read(client, path_of(site, "guide"))

    count = len(document.pages)
    for number, page in enumerate(document.pages, start=1):
        assert f"{number} / {count}" in page.extract_text()


def test_sources_stand_at_the_end(client, site):
    assert "A study" in text_of(read(client, path_of(site, "topic")))


def test_large_print_is_larger(client, site):
    def sizes(path):
        found = {}
        for page in read(client, path).pages:
            page.extract_text(
                visitor_text=lambda text, _cm, tm, _font, size: found.__setitem__(
                    text, size * abs(tm[3])
                )
            )
        return found

    small, large = (sizes(path_of(site, "topic") + query) for query in ("", "?large"))
    [line] = [each for each in small if "en-word of body" in each]
    [same] = [each for each in large if "en-word of body" in each]
    assert large[same] > 1.4 * small[line]


def test_people_who_were_not_counted_are_drawn_otherwise_than_those_who_were(client, site):
    document = read(client, path_of(site, "topic"))

    drawn = b"".join(
        each.get_object().get_data()
        for page in document.pages
        for each in [page["/Contents"], *page["/Resources"].get("/XObject", {}).values()]
    )
    assert b"0.1098 0.4196 0.4196 rg" in _rounded(drawn)
    assert b"1.0 1.0 1.0 rg" in _rounded(drawn)


def _rounded(stream):
    return re.sub(
        rb"\b(\d)(?:\.(\d{1,4})\d*)?(?= |$)", lambda m: m[1] + b"." + (m[2] or b"0"), stream
    )


def test_code_is_the_one_of_the_address():
    code = codes.path("http://testserver/en/v/1/")

    assert code.size == 29 + 2 * codes.BORDER - 4
    assert code.path.startswith(f"M{codes.BORDER} {codes.BORDER}h1v1h-1z")


# -- What it must not hold -------------------------------------------------------------------------


def test_nothing_unsigned_is_in_it(client, site):
    people = site.people
    text = f.text_for(Topic, "Unsigned")
    with transaction.atomic():
        f.save(site.topic, "en", people.writer_of("en"), text)
        new = f.make_topic(site.guide)
        f.save(new, "en", people.writer_of("en"), text)

        found = text_of(read(client, path_of(site, "guide")))

        assert "Unsigned" not in found
        assert "en-word" in found
        transaction.set_rollback(True)


def test_withdrawn_topic_is_not_in_the_guide_and_its_own_file_is_gone(client, site):
    with transaction.atomic():
        before = client.get(path_of(site, "guide"))
        workflow.withdraw(
            site.topic, "en", by=site.people.signer_of("en"), reason="Wrong", reason_public=True
        )

        after = client.get(path_of(site, "guide"))

        assert after["ETag"] != before["ETag"]
        assert WORDS["en"] not in text_of(PdfReader(BytesIO(after.content)))
        gone = client.get(path_of(site, "topic"))
        assert gone.status_code == 410
        assert "Wrong" in gone.content.decode()
        transaction.set_rollback(True)


def test_file_of_what_is_nowhere_is_not_found(client, site):
    for path in ("guides/none/guide.pdf", f"guides/{site.guide.slug}/none/topic.pdf"):
        assert client.get(f"/en/{path}").status_code == 404


def test_demonstration_says_so_on_every_page(client, people):
    topic = f.make_topic()
    demonstration = f.make_advisor(None, "en", demonstration=True)
    for item in (topic.guide, topic):
        f.approve(people, f.submit(people, item), by=demonstration)

    document = read(client, f"/en/guides/{topic.guide.slug}/guide.pdf")

    assert all("Demonstration." in page.extract_text() for page in document.pages)


# -- What it costs ---------------------------------------------------------------------------------


def test_what_the_browser_has_already_is_not_made_again(client, site, monkeypatch):
    path = path_of(site, "topic")
    first = client.get(path)
    assert first["Cache-Control"] == "no-cache"

    def fails(*args):
        raise AssertionError("made again")

    monkeypatch.setattr(pdf, "made", fails)
    kept = client.get(path)
    assert kept.content == first.content
    monkeypatch.setattr(pdf, "kept", fails)
    response = client.get(path, headers={"if-none-match": first["ETag"]})
    assert (response.status_code, response.content) == (304, b"")
    assert response["ETag"] == first["ETag"]


def test_each_language_size_and_kind_has_a_tag_of_its_own(client, site, monkeypatch):
    monkeypatch.setattr(pdf, "made", lambda html, base: b"%PDF")
    found = [
        client.get(path_of(site, name, code) + query)["ETag"]
        for name in NAMES
        for code in WORDS
        for query in ("", "?large")
    ]

    assert len(set(found)) == len(found)
    other = client.get(path_of(site, "topic") + "?anything=else")
    assert other["ETag"] == client.get(path_of(site, "topic"))["ETag"]


def test_overdue_review_makes_it_another_file(client, site, monkeypatch, time_machine):
    monkeypatch.setattr(pdf, "made", lambda html, base: html.encode())
    row = type(site.topic)._base_manager.get(pk=site.topic.pk)
    due = row.sign_off_en.next_review

    time_machine.move_to(f"{due}T12:00:00Z")
    on_the_day = client.get(path_of(site, "topic"))
    time_machine.move_to(f"{due + timedelta(1)}T12:00:00Z")
    after = client.get(path_of(site, "topic"))

    assert on_the_day["ETag"] != after["ETag"]
    late = b"was due to be checked again"
    assert (late in on_the_day.content, late in after.content) == (False, True)


@pytest.mark.parametrize("name", NAMES)
def test_asking_again_costs_the_same_queries_however_much_there_is(client, people, name):
    whole = f.WholeGuide(topics=1)
    whole.publish(people, "en")
    site = SimpleNamespace(guide=whole.guide, topic=whole.topics[0])
    path = path_of(site, name)

    def cost():
        tag = client.get(path)["ETag"]
        with CaptureQueriesContext(connection) as queries:
            assert client.get(path, headers={"if-none-match": tag}).status_code == 304
        return len(queries)

    few = cost()
    made = whole.more(3)
    whole.publish(people, "en", made)

    assert cost() == few <= 13


def test_one_is_made_at_a_time_and_whoever_waits_too_long_is_told(client, site, monkeypatch):
    monkeypatch.setattr(pdf, "WAIT", 0.01)

    with pdf._one_at_a_time:
        response = client.get(path_of(site, "topic"))

    assert response.status_code == 503
    assert response["Retry-After"] == "30"
    assert "try again in half a minute" in pages.parse(response).text
    assert client.get(path_of(site, "topic")).status_code == 200


# -- Where it cannot be made -----------------------------------------------------------------------


LINKED = {
    "guide": "/en/guides/{guide}/",
    "topic": "/en/guides/{guide}/{topic}/",
    "questions": "/en/ask/",
    "glossary": "/en/glossary/",
}


@pytest.mark.parametrize("name", NAMES)
def test_page_offers_both_sizes_where_they_can_be_made_and_none_where_not(
    client, site, monkeypatch, name
):
    page = LINKED[name].format(guide=site.guide.slug, topic=site.topic.slug)
    offered = path_of(site, name)

    links = [a.attrs["href"] for a in pages.parse(client.get(page)).all("a")]
    assert [each for each in links if ".pdf" in each] == [offered, f"{offered}?large"]
    monkeypatch.setattr(pdf, "available", lambda: False)
    assert ".pdf" not in client.get(page).content.decode()

    response = client.get(offered)
    assert response.status_code == 503
    html = pages.parse(response)
    assert "cannot make PDF files" in html.text
    assert page in [a.attrs["href"] for a in html.one("main").all("a")]


def test_site_starts_without_the_library():
    code = (
        "import sys; sys.modules['weasyprint'] = None\n"
        "import django; django.setup()\n"
        "import crcsite.urls\n"
        "from reading import pdf\n"
        "assert pdf.available() is False"
    )
    env = {"DJANGO_SETTINGS_MODULE": "crcsite.settings", "DEBUG": "1", "PATH": ""}
    subprocess.run([sys.executable, "-c", code], check=True, env=env, cwd=settings.BASE_DIR)


# -- What it may read ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "http://example.org/picture.png",
        "https://testserver/static/site.css",
        "http://testserver:81/static/site.css",
        "file:///etc/passwd",
        "data:text/css,a{}",
        "http://testserver/en/",
        "http://testserver/media/../crcsite/settings.py",
        "http://testserver/media/%2e%2e/%2e%2e/crcsite/settings.py",
        "http://testserver/static/../crcsite/settings.py",
        "http://testserver/static//etc/passwd",
        "http://testserver/media/none.png",
        "http://testserver/media/",
        "http://testserver/static/%00",
    ],
)
def test_nothing_but_files_of_ours_is_read(address):
    with pytest.raises(ValueError, match="Only files below static and media"):
        pdf.Files("http://testserver/")(address)


def test_files_of_ours_are_read(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    (tmp_path / "a.png").write_bytes(b"picture")
    files = pdf.Files("http://testserver/")

    assert files("http://testserver/media/a.png").read() == b"picture"
    assert b"Tokens" in files("http://testserver/static/site.css").read()
