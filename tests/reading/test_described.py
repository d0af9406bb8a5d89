"""JSON-LD and Open Graph say what the page says, and nothing else."""

import json
import re
from types import SimpleNamespace

import pytest
from django.db import transaction
from django.urls import reverse

from review import languages, workflow
from review.models import SignOff
from tests import factories as f
from tests import pages

pytestmark = pytest.mark.django_db

CODES = languages.codes()
KINDS = ["guide", "topic", "faq", "term", "page"]


@pytest.fixture(scope="module")
def site(django_db_setup, django_db_blocker):
    """A guide that is whole in English and Spanish; in Arabic only itself and its first topic."""
    with django_db_blocker.unblock(), transaction.atomic():
        people, whole = f.People(), f.WholeGuide(topics=2)
        whole.publish(people, "en")
        whole.publish(people, "es")
        whole.publish(people, "ar", [whole.guide, whole.topics[0]])
        yield SimpleNamespace(
            people=people,
            guide=whole.guide,
            topic=whole.topics[0],
            faq=whole.faqs[0],
            term=whole.terms[0],
            page=whole.page,
            topics=whole.topics,
            faqs=whole.faqs,
            terms=whole.terms,
        )
        transaction.set_rollback(True)


def path_of(item, code):
    with languages.active(code):
        return reverse(item) if isinstance(item, str) else item.get_absolute_url()


def get(client, item, code):
    response = client.get(path_of(item, code))
    assert response.status_code == 200
    return pages.parse(response)


def data(html):
    """The one node of JSON-LD."""
    [block] = html.all("script", type="application/ld+json")
    found = json.loads("".join(block.children))
    assert found["@context"] == "https://schema.org"
    [node] = found["@graph"]
    return node


def meta(html):
    """Property or name to content."""
    found = {}
    for each in html.one("head").all("meta"):
        name = each.attrs.get("property") or each.attrs.get("name")
        found.setdefault(name, []).append(each.attrs.get("content"))
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def is_of(node, kind):
    kinds = node["@type"] if isinstance(node["@type"], list) else [node["@type"]]
    return kind in kinds


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("kind", KINDS)
def test_page_is_described_as_what_it_shows(client, site, kind, code):
    item = getattr(site, kind)
    html = get(client, item, code)
    node = data(html)
    shown = html.one("main")

    own = html.one("h1").closest("lang")
    assert node["inLanguage"] == languages.tag(own)
    assert html.one("h1").text.startswith(node["name"])
    assert " ".join(node["description"].split()) in shown.text
    [canonical] = html.all("link", rel="canonical")
    assert node["@id"] == node["url"] == canonical.attrs["href"]
    assert is_of(node, "WebPage" if kind == "page" else "MedicalWebPage")


@pytest.mark.parametrize("code", ["en", "es", "fr"])
@pytest.mark.parametrize("kind", KINDS)
def test_review_is_that_of_the_byline(client, site, kind, code):
    html = get(client, getattr(site, kind), code)
    node = data(html)
    byline = html.one("div", class_="byline")

    days = [each.attrs["datetime"] for each in byline.all("time")]
    assert node["lastReviewed"] == days[0]
    names = [each.text for each in byline.all("bdi")]
    assert node["reviewedBy"]["name"] == names[0]
    assert node["reviewedBy"]["hasCredential"]["name"] == names[1]


@pytest.mark.parametrize("code", ["en", "es"])
@pytest.mark.parametrize("kind", ["guide", "topic", "faq"])
def test_citations_are_the_sources_at_the_page_s_end(client, site, kind, code):
    html = get(client, getattr(site, kind), code)

    listed = html.one("section", class_="sources").all("li")
    cited = data(html)["citation"]
    assert [str(each["position"]) for each in cited] == [each.attrs["value"] for each in listed]
    for each, line in zip(cited, listed, strict=True):
        assert each["name"] in line.text
        assert each["author"] in line.text
        assert each["isPartOf"]["name"] in line.text
        assert each["datePublished"] in line.text


@pytest.mark.parametrize("code", ["en", "es", "ar"])
def test_guide_tells_its_topics_and_its_questions_with_their_answers(client, site, code):
    html = get(client, site.guide, code)
    node = data(html)

    headings = [each.all("h2")[0].text for each in html.all("section", class_="topic")]
    assert [each["name"] for each in node["hasPart"]] == headings
    assert is_of(node, "FAQPage")
    sections = html.all("section", class_="faq")
    assert len(sections) == len(node["mainEntity"]) == 2
    for question, section in zip(node["mainEntity"], sections, strict=True):
        assert question["name"] == section.one("h3").text
        assert question["inLanguage"] == section.attrs["lang"]
        # The number of a note is not said.
        said = re.sub(r"\s*\b1\b", "", section.text)
        assert " ".join(question["acceptedAnswer"]["text"].split()) in said


def test_question_s_page_is_a_page_of_one_question(client, site):
    node = data(get(client, site.faq, "es"))

    assert is_of(node, "FAQPage")
    [question] = node["mainEntity"]
    assert question["@type"] == "Question"
    assert question["acceptedAnswer"]["text"].startswith("es-word of answer.")


def test_topic_stands_in_its_guide(client, site):
    html = get(client, site.topic, "es")
    node = data(html)

    up = html.one("p", class_="up").one("a")
    assert node["isPartOf"]["name"] == up.text
    assert node["isPartOf"]["url"] == "http://testserver" + up.attrs["href"]
    steps = [each["item"] for each in node["breadcrumb"]["itemListElement"]]
    assert steps == [node["isPartOf"]["url"], node["url"]]


def test_term_is_one_of_the_glossary_s_set(client, site):
    html = get(client, "glossary:glossary", "es")
    whole = data(html)
    node = data(get(client, site.term, "es"))

    assert whole["@type"] == "DefinedTermSet"
    listed = [each.one("dt").one("a") for each in html.one("main").all("div") if each.all("dt")]
    assert [each["name"] for each in whole["hasDefinedTerm"]] == [each.text for each in listed]
    assert node["mainEntity"]["@type"] == "DefinedTerm"
    assert node["mainEntity"]["inDefinedTermSet"] == whole["@id"]
    assert node["mainEntity"]["@id"] in [each["@id"] for each in whole["hasDefinedTerm"]]
    assert node["mainEntity"]["description"] == "es-word of definition."


def test_home_names_the_guides_that_it_shows(client, site):
    html = get(client, "reading:home", "ar")

    shown = [each.one("a").text for each in html.one("ul", class_="guides").all("h2")]
    assert [each["name"] for each in data(html)["hasPart"]] == shown


# -- Translations --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "code", "of", "into"),
    [
        ("topic", "en", None, {"es", "ar"}),
        ("topic", "es", "en", None),
        ("topic", "ar", "en", None),
        ("topic", "fr", None, {"es", "ar"}),  # it is the English text that is shown
        ("faq", "en", None, {"es"}),
        ("faq", "ar", None, {"es"}),
    ],
)
def test_translation_names_its_original_and_an_original_its_translations(
    client, site, kind, code, of, into
):
    item = getattr(site, kind)
    node = data(get(client, item, code))

    original = node.get("translationOfWork")
    assert (original and original["url"]) == (of and "http://testserver" + path_of(item, of))
    translations = {each["inLanguage"]: each["url"] for each in node.get("workTranslation", [])}
    assert translations == {
        each: "http://testserver" + path_of(item, each) for each in into or set()
    }


# -- Open Graph ----------------------------------------------------------------------------------


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("kind", KINDS)
def test_shared_page_shows_its_title_its_words_and_a_picture_in_its_language(
    client, site, kind, code
):
    html = get(client, getattr(site, kind), code)
    found, node = meta(html), data(html)

    assert found["og:title"] == found["og:image:alt"] == node["name"]
    assert found["og:description"] == found["description"] == node["description"]
    assert found["og:url"] == node["url"]
    own = html.one("h1").closest("lang")
    assert found["og:locale"].partition("_")[0] == own.partition("-")[0]
    assert found["og:image"].startswith(f"http://testserver/{own}/share/")
    response = client.get(found["og:image"].removeprefix("http://testserver"))
    assert response.status_code == 200
    assert response["Content-Type"] == "image/png"


@pytest.mark.parametrize(
    ("code", "locale"),
    [("en", "en_US"), ("es", "es_ES"), ("ar", "ar_EG"), ("zh-hans", "zh_CN")],
)
def test_locale_is_written_as_open_graph_wants_it(client, site, code, locale):
    assert meta(get(client, "reading:home", code))["og:locale"] == locale


@pytest.mark.parametrize(
    "name",
    ["reading:home", "faq:questions", "faq:ask", "glossary:glossary", "evidence:sources"],
)
def test_every_list_has_a_description_and_a_picture(client, site, name):
    found = meta(get(client, name, "es"))

    assert found["description"]
    assert found["og:image"] == "http://testserver/es/share/site.png"


# -- What is not for search engines, and what is hostile -----------------------------------------


def test_preview_is_not_described_and_not_indexed(client, people):
    client.force_login(people.editor)
    topic = f.make_topic()
    f.make_public(people, topic.guide)
    f.save(topic, "en", people.editor)
    address = reverse("admin:topics_topic_preview", args=[topic.pk])

    response = client.get(address)

    assert response.status_code == 200
    html = pages.parse(response)
    found = meta(html)
    assert found["robots"] == response["X-Robots-Tag"] == "noindex"
    assert response["Cache-Control"].startswith("private, no-store")
    assert not [name for name in found if name and name.startswith(("og:", "desc", "twitter"))]
    assert html.all("script", type="application/ld+json") == []
    assert html.all("link", rel="canonical") == html.all("link", rel="alternate") == []


def test_page_of_a_withdrawn_text_is_not_described(client, people):

    guide = f.make_guide(slug="gone")
    f.make_public(people, guide)
    workflow.withdraw(guide, "en", by=people.advisor, reason="Wrong")

    response = client.get("/en/guides/gone/")

    assert response.status_code == 410
    assert b"og:title" not in response.content
    assert b"ld+json" not in response.content


def test_nothing_in_a_text_ends_the_block_or_an_attribute(client, people):
    hostile = """</script><script>alert(1)</script><!-- "quoted" & 'more'"""
    guide = f.make_guide(slug="hostile")
    text = f.text_for(type(guide), standfirst="Fine.")
    text["title"] = hostile.replace("<", "\\<")
    f.make_public(people, guide, text=text)

    response = client.get("/en/guides/hostile/")

    html = pages.parse(response)
    assert data(html)["name"] == hostile
    assert meta(html)["og:title"] == hostile
    assert b"<script>alert" not in response.content
    assert len(html.all("script", type="application/ld+json")) == 1


def test_demonstration_says_so_to_machines_too(client, people):
    people.advisor.advisor.demonstration = True
    people.advisor.advisor.save()
    guide = f.make_guide(slug="demo")
    f.make_public(people, guide)
    assert SignOff.objects.latest("pk").demonstration

    assert data(get(client, guide, "en"))["creativeWorkStatus"].startswith("Demonstration")
