"""The pages of guides and topics, as a reader, a screen reader and a search engine get them."""

import re
from itertools import pairwise
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext, override

from review import languages, structure, workflow
from review.kept import CACHE_CONTROL
from tests import factories as f
from tests import pages
from topics.models import Guide

pytestmark = pytest.mark.django_db

CODES = [code for code, _ in settings.LANGUAGES]
WORD = re.compile(r"\b([a-z-]+)-word\b")
UNTRANSLATED = "This part is not translated yet. You are reading the English original."
WITHDRAWN = (
    "The translation of this part was taken down while it is checked again. "
    "You are reading the English original."
)
SAFETY = (
    "The English text of this part changed in a way that matters for safety, so the older "
    "translation was taken down. You are reading the English original."
)
OUTDATED = {
    "wording": "The English text of this part changed on %(date)s, in its wording only. "
    "This translation is older.",
    "meaning": "The English text of this part changed on %(date)s, and its meaning changed. "
    "This translation is older.",
}


@pytest.fixture(scope="module")
def site(django_db_setup, django_db_blocker):
    """A guide that is whole in English and Spanish; in Arabic only its own text and the first
    topic's are signed; nothing is in French and Chinese. Rolled back when the module is done."""
    with django_db_blocker.unblock(), transaction.atomic():
        people, whole = f.People(), f.WholeGuide(topics=2)
        whole.publish(people, "en")
        whole.publish(people, "es")
        whole.publish(people, "ar", [whole.guide, whole.topics[0]])
        yield SimpleNamespace(
            whole=whole,
            guide=whole.guide,
            first=whole.topics[0],
            second=whole.topics[1],
            topic=whole.topics[0],
            question=whole.faqs[0],
            term=whole.terms[0],
            page=whole.page,
            advisor=people.signer_of("en").advisor,
        )
        transaction.set_rollback(True)


# Every kind of page that readers get. Those that show one item are looked up on ``site``.
ITEM_PAGES = ["guide", "topic", "question", "term", "page"]
LIST_PAGES = {
    "home": "reading:home",
    "questions": "faq:questions",
    "ask": "faq:ask",
    "visit-plan": "faq:visit-plan",
    "glossary": "glossary:glossary",
    "sources": "evidence:sources",
    "contacts": "reading:contacts",
    "advisors": "reading:advisors",
    "corrections": "reading:corrections",
}
EVERY_PAGE = [*ITEM_PAGES, *LIST_PAGES, "advisor"]


def address(what, code):
    """The address of an item, or of a page that is named so in the addresses."""
    with override(code):
        return reverse(what) if isinstance(what, str) else what.get_absolute_url()


def path_of(site, name, code):
    """The path of one of EVERY_PAGE, or of one that is nowhere."""
    if name in ITEM_PAGES:
        return address(getattr(site, name), code)
    if name in LIST_PAGES:
        return address(LIST_PAGES[name], code)
    return f"/{code}/advisors/{site.advisor.slug}/" if name == "advisor" else f"/{code}/guides/no/"


def get(client, what, code="en"):
    response = client.get(what if str(what)[:1] == "/" else address(what, code))
    assert response.status_code == 200, response
    return response


def page(client, item, code="en"):
    return pages.parse(get(client, item, code))


def said(sentence, code):
    with override(code):
        return gettext(sentence)


def head_links(html, rel):
    return {
        each.attrs.get("hreflang", ""): each.attrs["href"]
        for each in html.all("link", rel=rel)
        if "type" not in each.attrs  # the page itself, not a feed
    }


def statuses(client, item):
    return {code: client.get(address(item, code)).status_code for code in CODES}


# -- Language and direction ----------------------------------------------------------------------


@pytest.mark.parametrize("name", EVERY_PAGE)
def test_page_declares_the_language_and_direction_of_its_address(client, site, name):
    for code in CODES:
        html = page(client, path_of(site, name, code))

        assert html.attrs["lang"] == code
        assert html.attrs["dir"] == ("rtl" if code == "ar" else "ltr")
        for each in html.walk():
            assert each.attrs.get("lang", code) in CODES, each.text
            assert each.attrs.get("dir", "ltr") in ("ltr", "rtl"), each.text


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("name", EVERY_PAGE)
def test_every_signed_text_stands_under_its_own_language_and_direction(client, site, name, code):
    body = page(client, path_of(site, name, code)).one("body")

    found = [(each, word) for each in body.walk() for word in WORD.findall(each.own_text)]
    assert found or name in ("sources", "advisors", "corrections")
    for element, language in found:
        where = f"<{element.tag}> {element.text}"
        assert element.closest("lang") == language, where
        assert element.closest("dir") == languages.direction(language), where


@pytest.mark.parametrize("code", CODES)
def test_item_is_shown_in_the_page_language_wherever_it_is_signed_in_it(client, site, code):
    for item in (site.second, site.guide):
        main = page(client, item, code).one("main")
        shown = {word for each in main.walk() for word in WORD.findall(each.own_text)}
        assert shown == ({"ar", "en"} if code == "ar" else {code if code == "es" else "en"})


@pytest.mark.parametrize("code", ["fr", "ar", "zh-hans"])
def test_fallen_back_item_says_why_in_the_language_of_the_page(client, site, code):
    html = page(client, site.second, code)

    why = [each for each in html.all("p", class_="aside") if each.text == said(UNTRANSLATED, code)]
    assert [each.closest("lang") for each in why] == [code]
    assert why[0].closest("dir") == languages.direction(code)


@pytest.mark.parametrize("code", ["fr", "ar"])
def test_each_part_of_the_guide_that_fell_back_says_so_once(client, site, code):
    html = page(client, site.guide, code)

    fallen = [
        *html.all("section", class_="topic"),
        *html.all("section", class_="faq"),
        *html.all("section", class_="question"),
    ]
    fallen = [each for each in fallen if each.attrs["lang"] == "en"]
    assert len(fallen) == (6 if code == "fr" else 5)
    for each in fallen:
        told = [p for p in each.all("p", class_="aside") if p.text == said(UNTRANSLATED, code)]
        assert len(told) == 1, each.attrs["id"]


def test_drawn_part_that_fell_back_in_a_signed_topic_says_so(client, site):
    html = page(client, site.first, "ar")

    [figure, analogy] = html.one("figure"), html.one("aside", class_="analogy")
    assert {each.attrs["lang"] for each in (figure, analogy)} == {"en"}
    for each in (figure, analogy):
        why = each.one("p", class_="aside")
        assert why.text == said(UNTRANSLATED, "ar")
        assert (why.closest("lang"), why.closest("dir")) == ("ar", "rtl")


def test_signed_page_says_nothing_about_languages(client, site):
    for code in ("en", "es"):
        assert page(client, site.guide, code).all("p", class_="aside") == []


def test_translation_that_was_taken_down_says_so(client, site, people):
    workflow.withdraw(site.first, "es", by=people.spanish_advisor, reason="A mistake")

    html = page(client, site.first, "es")
    assert html.one("article").attrs["lang"] == "en"
    assert html.all("p", class_="aside")[0].text == said(WITHDRAWN, "es")


@pytest.mark.parametrize("significance", ["wording", "meaning"])
def test_outdated_translation_stays_and_says_since_when_and_by_how_much(
    client, site, people, significance
):
    text = f.text_for(type(site.second), "en-word", title="en-word, put in other words.")
    sign_off = f.make_public(people, site.second, text=text, significance=significance)

    html = page(client, site.second, "es")
    assert html.one("article").attrs["lang"] == "es"
    why = html.one("p", class_="older")
    with override("es"):
        day = date_format(sign_off.signed_at)
    assert said(OUTDATED[significance], "es") % {"date": day} in why.text
    [link] = why.all("a")
    with override("en"):
        assert link.attrs["href"] == reverse("reading:version", args=[sign_off.pk])
    assert link.attrs["hreflang"] == "en"


def test_date_of_the_change_stays_when_the_original_is_reaffirmed(
    client, site, people, time_machine
):
    time_machine.move_to("2031-05-03T12:00:00Z", tick=False)
    text = f.text_for(type(site.second), "en-word", title="en-word, put in other words.")
    sign_off = f.make_public(people, site.second, text=text)
    time_machine.move_to("2031-06-20T12:00:00Z", tick=False)

    workflow.reaffirm(site.second, "en", by=people.second_advisor, expected=sign_off.fingerprints)

    why = page(client, site.second, "es").one("p", class_="older").text
    with override("es"):
        assert date_format(sign_off.signed_at) in why


def test_change_for_safety_puts_the_original_in_the_place_of_the_translation(client, site, people):
    text = f.text_for(type(site.second), "en-word", title="en-word, safer.")
    f.make_public(people, site.second, text=text, significance="safety")

    html = page(client, site.second, "es")

    article = html.one("article")
    assert (article.attrs["lang"], article.attrs["dir"]) == ("en", "ltr")
    why = html.all("p", class_="aside")[0]
    assert (why.text, why.closest("lang")) == (said(SAFETY, "es"), "es")


def test_language_menu_says_in_which_languages_the_page_is_there(client, site):
    menu = page(client, site.first, "ar").one("ul", class_="languages")

    lacking = {each.one("a").attrs["hreflang"] for each in menu.all("li") if each.all("small")}

    assert lacking == {"fr", "zh-hans"}


@pytest.mark.parametrize("code", ["fr", "ar"])
def test_interface_words_within_a_fallen_back_item_are_marked_as_the_page_language(
    client, site, code
):
    words = [
        *("Key points", "When to get help at once", "Whom this guide is for", "What is not known"),
        *("What caregivers can take from this", "A picture for it", "What it stands for"),
        *("What it leaves out", "Who was counted", "Over what time", "Whom to ask", "When"),
    ]
    html = page(client, site.guide, code)

    with override(code):
        labels = {gettext(each) for each in words}
    found = [each for each in html.walk() if each.own_text.strip() in labels]
    assert {each.text for each in found} == labels
    for each in found:
        assert each.closest("lang") == code, each.text
        assert each.closest("dir") == languages.direction(code), each.text


# -- Search engines ------------------------------------------------------------------------------


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize(
    ("name", "signed"),
    [
        ("guide", {"en", "es", "ar"}),
        ("topic", {"en", "es", "ar"}),
        ("question", {"en", "es"}),
        ("term", {"en", "es"}),
        ("page", {"en", "es"}),
    ],
)
def test_alternates_are_the_languages_in_which_the_item_is_signed(client, site, name, signed, code):
    html = page(client, path_of(site, name, code))

    there = {each: "http://testserver" + path_of(site, name, each) for each in signed}
    assert head_links(html, "alternate") == {**there, "x-default": there["en"]}


def test_alternate_of_a_language_goes_with_its_text(client, site, people):
    workflow.withdraw(site.first, "es", by=people.spanish_advisor, reason="A mistake")

    assert set(head_links(page(client, site.first), "alternate")) == {"en", "ar", "x-default"}
    assert set(head_links(page(client, site.second), "alternate")) == {"en", "es", "x-default"}


@pytest.mark.parametrize("code", CODES)
def test_canonical_of_a_fallen_back_page_is_the_address_in_the_source_language(client, site, code):
    html = page(client, site.second, code)

    own = code if code in ("en", "es") else "en"
    expected = "http://testserver" + address(site.second, own)
    assert head_links(html, "canonical") == {"": expected}


@pytest.mark.parametrize("name", [*LIST_PAGES, "advisor"])
def test_canonical_of_a_page_about_no_single_item_is_its_own_address(client, site, name):
    for code in CODES:
        path = path_of(site, name, code)
        assert head_links(page(client, path), "canonical") == {"": f"http://testserver{path}"}


def test_canonical_leaves_the_query_out(client, site):
    response = client.get(address(site.guide, "en") + "?from=mail")

    links = head_links(pages.parse(response), "canonical")
    assert links == {"": "http://testserver" + address(site.guide, "en")}


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("name", EVERY_PAGE)
def test_language_links_stay_on_the_page(client, site, name, code):
    html = page(client, path_of(site, name, code))

    links = html.one("ul", class_="languages").all("a")
    assert [(a.attrs["lang"], a.text) for a in links] == [
        (each, languages.name(each)) for each in languages.codes()
    ]
    assert [a.attrs["href"] for a in links] == [
        "http://testserver" + path_of(site, name, each) for each in languages.codes()
    ]
    assert [a.attrs["lang"] for a in links if a.attrs.get("aria-current") == "true"] == [code]


# -- Who vouches, and on what grounds ------------------------------------------------------------


@pytest.mark.parametrize(("code", "signed_in"), [("en", "en"), ("es", "es"), ("fr", "en")])
@pytest.mark.parametrize("name", ITEM_PAGES)
def test_byline_says_who_signed_what_is_shown_and_until_when(client, site, name, code, signed_in):
    item = getattr(site, name)
    sign_off = type(item)._base_manager.get(pk=item.pk).sign_off_in(signed_in)

    byline = page(client, item, code).one("div", class_="byline")

    assert (byline.attrs["lang"], byline.attrs["dir"]) == (code, "ltr")
    assert [each.text for each in byline.all("bdi")][:2] == [sign_off.name, sign_off.credentials]
    times = [(each.attrs["datetime"], each.text) for each in byline.all("time")]
    with override(code):
        assert times == [
            (f"{day:%Y-%m-%d}", date_format(day, "DATE_FORMAT"))
            for day in (sign_off.signed_at, sign_off.next_review)
        ]
    links = [each.attrs["href"] for each in byline.all("a")]
    version = f"/{signed_in}/v/{sign_off.pk}/"
    history = f"/{signed_in}/changes/{item.item_type}/{item.key}/"
    since = f"{history}{sign_off.pk}/"  # hidden until a script knows that it was read before
    sources = [] if name in ("term", "page") else ["#sources"]
    assert links == [version, history, *sources, since]


def test_byline_of_a_translation_names_who_signed_the_original(client, site):
    row = type(site.first)._base_manager.get(pk=site.first.pk)

    byline = page(client, site.first, "es").one("div", class_="byline")

    names = [each.text for each in byline.all("bdi")]
    assert names == [row.sign_off_es.name, row.sign_off_es.credentials, row.sign_off_en.name]


def test_each_topic_faq_and_question_of_the_guide_names_who_signed_it(client, site):
    html = page(client, site.guide, "es")

    for section in (
        *html.all("section", class_="topic"),
        *html.all("section", class_="faq"),
        *html.all("section", class_="question"),
    ):
        assert section.all("p", class_="signed")[0].one("bdi").text.startswith("Dr signer")


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("name", ["guide", "topic", "question"])
def test_notes_and_sources_are_linked_both_ways(client, site, name, code):
    html = page(client, path_of(site, name, code))

    notes = [sup.one("a") for sup in html.all("sup", class_="cite")]
    entries = html.one("section", class_="sources").one("ol").all("li")
    numbers = [str(number) for number in range(1, len(entries) + 1)]
    assert [each.attrs["id"] for each in entries] == [f"source-{number}" for number in numbers]
    assert [each.attrs["value"] for each in entries] == numbers
    assert {each.text for each in notes} == set(numbers)
    for note in notes:
        assert note.attrs["href"] == f"#source-{note.text}"
    for number, entry in zip(numbers, entries, strict=True):
        assert "A study" in entry.text
        assert entry.one("a", class_="back").attrs["href"] == f"#cite-{number}-1"
        assert f"cite-{number}-1" in [note.attrs["id"] for note in notes]


def test_notes_are_numbered_in_the_order_in_which_they_are_read(client, people):
    guide = f.make_guide()
    topic, figure = f.make_topic(guide), f.make_figure()
    sources = [f.make_source() for _ in range(5)]
    for source in sources:
        f.make_public(people, source)
    cites = [f"Cited. [@{source.key}]" for source in sources]
    facts = {"count": 1, "out_of": 2, "sources": [sources[0].key]}
    f.make_public(people, figure, text=f.text_for(type(figure), note=cites[1]), facts=facts)
    f.make_public(
        people,
        guide,
        text=f.text_for(Guide, audience=cites[2], takeaways=cites[3], key_points=cites[4]),
    )
    f.make_public(people, topic, text=f.text_for(type(topic), body=f"{{figure:{figure.key}}}"))

    html = page(client, guide)

    notes = [int(sup.text) for sup in html.all("sup", class_="cite")]
    assert notes == [1, 2, 3, 4, 5]


def test_source_that_was_withdrawn_keeps_its_number_and_says_so(client, site, people):
    workflow.withdraw(site.whole.sources[0], "en", by=people.advisor, reason="Retracted")

    entry = page(client, site.first).one("li", id="source-1")
    assert "A study" not in entry.text
    assert "This source is being checked again." in entry.text


def test_drawn_record_that_was_withdrawn_leaves_a_sentence(client, site, people):
    figure, analogy = site.first.draws
    for item in (figure, analogy):
        workflow.withdraw(item, "en", by=people.advisor, reason="A mistake")

    html = page(client, site.first)
    assert html.all("figure") == html.all("aside") == []
    told = [each.text for each in html.all("p", class_="aside")]
    assert told == ["A part that stood here is being checked again."] * 2


def test_page_says_that_a_machine_made_the_translation(client, site, people):
    text = f.text_for(type(site.first), "es-word")
    f.make_public(people, site.first, "es", text=text, origin="machine")

    byline = page(client, site.first, "es").one("div", class_="byline")
    assert said("A machine made this translation.", "es") in byline.text


# -- What nobody signed --------------------------------------------------------------------------


def test_page_that_nobody_signed_is_not_found_in_any_language(client, people):
    guide = f.make_guide()
    topic = f.make_topic(guide)
    nowhere = dict.fromkeys(CODES, 404)

    assert statuses(client, guide) == statuses(client, topic) == nowhere
    for item in (guide, topic):
        request = f.submit(people, item)
        assert statuses(client, item) == nowhere
    workflow.sign(request, by=people.advisor, expected=f.expected(request))

    assert statuses(client, topic) == nowhere


def test_topic_is_not_found_before_its_guide_is_signed(client, people):
    topic = f.make_topic()
    f.make_public(people, topic)

    assert statuses(client, topic) == dict.fromkeys(CODES, 404)


def test_draft_of_a_public_page_shows_nothing_of_itself(client, site, people):
    before = get(client, site.first, "en").content
    text = f.text_for(type(site.first), "en-word", answer="Nobody signed this.")

    f.submit(people, site.first, text=text)

    assert get(client, site.first, "en").content == before


@pytest.mark.parametrize("code", CODES)
def test_withdrawn_page_is_gone_on_the_very_next_request(client, site, people, code):
    get(client, site.first, code)

    workflow.withdraw(site.first, "en", by=people.advisor, reason="A mistake")

    assert client.get(address(site.first, code)).status_code == 410
    html = page(client, site.guide, code)
    assert site.first.slug not in [each.attrs.get("id") for each in html.walk()]
    assert address(site.first, code) not in html_of(client, site.guide, code)


def html_of(client, item, code):
    return get(client, item, code).content.decode()


def test_guide_that_was_withdrawn_takes_its_topics_pages_with_it(client, site, people):
    workflow.withdraw(site.guide, "en", by=people.advisor, reason="A mistake")

    nowhere = dict.fromkeys(CODES, 410)
    assert statuses(client, site.guide) == statuses(client, site.first) == nowhere
    assert address(site.guide, "en") not in html_of(client, "reading:home", "en")


def _tamper(item, column):
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {item._meta.db_table} SET {column} = %s WHERE id = %s",
            [f"Tampered {column}", item.pk],
        )


def test_text_that_was_changed_behind_the_workflow_is_not_shown(client, site):
    _tamper(site.first, "title_en")

    assert statuses(client, site.first) == dict.fromkeys(CODES, 404)
    for code in CODES:
        assert "Tampered" not in html_of(client, site.guide, code)


def test_translation_that_was_changed_behind_the_workflow_falls_back(client, site):
    _tamper(site.first, "title_es")

    html = page(client, site.first, "es")
    assert html.one("article").attrs["lang"] == "en"
    assert "Tampered" not in html_of(client, site.guide, "es")


def test_not_found_page_is_well_formed_and_in_the_page_language(client, site):
    response = client.get("/ar/guides/none/")

    html = pages.parse(response)
    assert (response.status_code, html.attrs["lang"], html.attrs["dir"]) == (404, "ar", "rtl")
    # Without it a browser asks for /favicon.ico, which is nowhere.
    assert len(html.all("link", rel="icon")) == 1


# -- Addresses -----------------------------------------------------------------------------------


@pytest.mark.parametrize("code", CODES)
def test_former_address_of_a_guide_redirects_for_good(client, site, people, code):
    before = address(site.guide, code)

    guide = structure.restructure(site.guide, by=people.editor, slug="renamed-guide")

    response = client.get(before)
    assert (response.status_code, response.url) == (301, address(guide, code))


def test_former_address_of_a_topic_redirects_for_good(client, site, people):
    before = address(site.first, "es")

    topic = structure.restructure(site.first, by=people.editor, slug="renamed-topic")

    response = client.get(before)
    assert (response.status_code, response.url) == (301, address(topic, "es"))


def test_topic_below_a_former_address_of_its_guide_redirects_for_good(client, site, people):
    before = address(site.first, "es")

    structure.restructure(site.guide, by=people.editor, slug="renamed-guide")

    response = client.get(before)
    expected = f"/es/guides/renamed-guide/{site.first.slug}/"
    assert (response.status_code, response.url) == (301, expected)


def test_former_addresses_of_both_levels_lead_to_the_page(client, site, people):
    before = address(site.first, "es")
    structure.restructure(site.guide, by=people.editor, slug="renamed-guide")
    structure.restructure(site.first, by=people.editor, slug="renamed-topic")

    response = client.get(before, follow=True)

    assert {status for _, status in response.redirect_chain} == {301}
    assert response.redirect_chain[-1][0] == "/es/guides/renamed-guide/renamed-topic/"
    assert response.status_code == 200


def test_topic_that_moved_to_another_guide_is_found_from_its_former_address(client, site, people):
    other = f.make_guide()
    f.make_public(people, other)
    before = address(site.first, "es")

    structure.restructure(site.first, by=people.editor, guide=other)

    response = client.get(before)
    expected = f"/es/guides/{other.slug}/{site.first.slug}/"
    assert (response.status_code, response.url) == (301, expected)


def test_renaming_back_and_forth_makes_no_redirect_loop(client, site, people):
    first = site.guide.slug
    structure.restructure(site.guide, by=people.editor, slug="renamed-guide")
    structure.restructure(site.guide, by=people.editor, slug=first)

    assert client.get(f"/en/guides/{first}/").status_code == 200
    response = client.get("/en/guides/renamed-guide/")
    assert (response.status_code, response.url) == (301, f"/en/guides/{first}/")


def test_address_taken_by_a_new_item_shows_the_new_item(client, site, people):
    first = site.guide.slug
    structure.restructure(site.guide, by=people.editor, slug="renamed-guide")
    new = structure.create_item(Guide, by=people.editor, key="new-guide", slug=first)
    f.make_public(people, new, text=f.text_for(Guide, title="The new one"))

    assert page(client, new).one("h1").text == "The new one"


# -- Demonstration -------------------------------------------------------------------------------


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("name", EVERY_PAGE)
def test_banner_stands_on_every_page_while_there_are_demonstration_sign_offs(
    client, site, people, name, code
):
    path, banner = path_of(site, name, code), said("Demonstration.", code)
    assert page(client, path).all("p", class_="notice") == []

    demonstration = f.make_advisor(None, "en", demonstration=True)
    f.approve(people, f.submit(people, f.make_source()), by=demonstration)

    [notice] = page(client, path).all("p", class_="notice")
    assert notice.one("strong").text == banner


# -- What a page carries -------------------------------------------------------------------------


@pytest.mark.parametrize("cookie", ["none", "signed in", "unknown"])
@pytest.mark.parametrize("name", [*EVERY_PAGE, "missing"])
def test_reader_gets_no_cookie_and_the_same_page_as_everybody(client, site, people, name, cookie):
    path = path_of(site, name, "es")
    plain = client.get(path)
    if cookie == "signed in":
        client.force_login(people.admin)
    elif cookie == "unknown":
        client.cookies["sessionid"] = "a" * 32

    response = client.get(path)

    assert not response.cookies
    assert "cookie" not in response.headers.get("Vary", "").lower()
    assert response.content == plain.content


@pytest.mark.parametrize("name", EVERY_PAGE)
def test_caches_show_a_page_for_a_second_at_most_before_they_ask(client, site, name):
    response = get(client, path_of(site, name, "en"))

    assert response["Cache-Control"] == CACHE_CONTROL


@pytest.mark.parametrize("name", [*EVERY_PAGE, "missing"])
def test_content_security_policy_allows_nothing_unsafe(client, site, name):
    policy = client.get(path_of(site, name, "en"))["Content-Security-Policy"]

    directives = dict(each.strip().split(" ", 1) for each in policy.split(";") if each.strip())
    assert directives["default-src"] == "'self'"
    assert directives["object-src"] == directives["base-uri"] == "'none'"
    assert directives["frame-ancestors"] == "'none'"
    for forbidden in ("unsafe-", "*", "http:", "https:", "data:"):
        assert forbidden not in policy


@pytest.mark.parametrize("name", EVERY_PAGE)
def test_page_loads_nothing_from_elsewhere_and_nothing_inline(client, site, name):
    html = page(client, path_of(site, name, "ar"))

    loaded = [each.attrs["src"] for each in html.walk() if "src" in each.attrs]
    loaded += [
        each.attrs["href"]
        for each in html.all("link")
        if each.attrs["rel"] not in ("canonical", "alternate")
    ]
    assert loaded
    assert all(re.match(r"/(static|media)/", each) for each in loaded), loaded
    inline = [each.tag for each in html.walk() if "style" in each.attrs or each.tag == "style"]
    inline += [name for each in html.walk() for name in each.attrs if name.startswith("on")]
    # A block of data is not a script: nothing runs it, and the policy lets it be.
    scripts = [each for each in html.all("script") if "ld+json" not in each.attrs.get("type", "")]
    inline += [each for each in scripts if "src" not in each.attrs]
    assert inline == []


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("name", EVERY_PAGE)
def test_ids_are_unique_and_every_link_within_the_page_arrives(client, site, name, code):
    html = page(client, path_of(site, name, code))

    ids = [each.attrs["id"] for each in html.walk() if "id" in each.attrs]
    assert len(ids) == len(set(ids)), sorted(each for each in ids if ids.count(each) > 1)
    aimed = {each.attrs["href"][1:] for each in html.all("a") if each.attrs["href"][:1] == "#"}
    aimed |= {
        each.attrs["aria-labelledby"] for each in html.walk() if "aria-labelledby" in each.attrs
    }
    assert aimed <= set(ids)


def test_items_that_share_an_address_have_ids_of_their_own(client, people):
    guide = f.make_guide()
    topic = f.make_topic(guide, slug="liver")
    faq = f.make_faq(guide, slug="liver")
    named_as_the_page = f.make_topic(guide, slug="contents")
    for item in (guide, topic, faq, named_as_the_page):
        f.make_public(people, item)

    html = page(client, guide)

    ids = [each.attrs["id"] for each in html.walk() if "id" in each.attrs]
    assert sorted(each for each in ids if ids.count(each) > 1) == []


@pytest.mark.parametrize("name", EVERY_PAGE)
def test_headings_leave_no_level_out(client, site, name):
    html = page(client, path_of(site, name, "es"))

    levels = [int(each.tag[1]) for each in html.walk() if re.fullmatch("h[1-6]", each.tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_topic_page_leads_to_its_guide_and_its_neighbours(client, site):
    html = page(client, site.second, "es")

    assert html.one("p", class_="up").one("a").attrs["href"] == address(site.guide, "es")
    steps = {
        each.attrs.get("rel"): each.attrs["href"]
        for each in html.one("nav", class_="steps").all("a")
    }
    assert steps == {"prev": address(site.first, "es")}


def test_markup_in_names_and_titles_is_escaped(client, people):
    guide = f.make_guide()
    advisor = f.make_advisor(None, "en", credentials="<script>x</script>")
    advisor.advisor.name = "<b>Dr</b>"
    advisor.advisor.save()
    request = f.submit(people, guide, text=f.text_for(Guide, title="1 \\< 2 & 3"))

    f.approve(people, request, by=advisor)

    html = page(client, guide)
    assert html.one("title").text.startswith("1")
    assert html.one("h1").text == "1 < 2 & 3"
    assert [each.text for each in html.one("div", class_="byline").all("bdi")] == [
        "<b>Dr</b>",
        "<script>x</script>",
    ]
