"""Real payloads against the renderer and against a page of each language: refused with a sentence
before a signature, and harmless even if they were not."""

import re
from pathlib import Path

import pytest

from review import markdown
from review.markdown import line_problems, problems
from tests import factories as f
from tests.pages import parse, parse_part

MARKS = ["analogy", "figure"]
TAGS = {
    *("a", "blockquote", "br", "code", "em", "h2", "h3", "h4", "h5", "h6", "hr", "img", "li", "ol"),
    *("p", "pre", "strong", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul", "figure"),
}
ATTRIBUTES = {"href", "src", "alt", "title", "start", "id", "class", "aria-label"}
OWN_PICTURE = re.compile(r"^/media/pictures/[0-9a-f]{64}\.(png|jpg|webp)$")
GOOD_ADDRESS = re.compile(r"^(https?://|//|mailto:|tel:|/|#)")
RUNS = re.compile(r"^[\x00-\x20]*(javascript|vbscript|data|file|blob):", re.I)


def corpus():
    kind = ""
    for line in (Path(__file__).parent / "payloads.txt").read_text().splitlines():
        if line.startswith("## "):
            kind = line.removeprefix("## ")
        elif line and not (line.startswith("# ") and not kind):
            yield kind, line.replace("\\n", "\n").replace("\\t", "\t")


CORPUS = [(kind, payload) for kind, payload in corpus() if kind]


def harm(html, refused=False):
    """What in some rendered HTML could do anything but be read. Of text that is refused, which no
    reader ever gets, an address or a picture may lead nowhere good; it runs nothing all the same.
    """
    for each in parse_part(html, strict=False).walk():
        if each.tag not in TAGS:
            yield f"<{each.tag}>"
        for name, value in each.attrs.items():
            if name not in ATTRIBUTES or (name in ("href", "src") and RUNS.match(value)):
                yield f"{name}={value}"
        if refused:
            continue
        if "href" in each.attrs and not GOOD_ADDRESS.match(each.attrs["href"]):
            yield f"href={each.attrs['href']}"
        if "src" in each.attrs and not OWN_PICTURE.match(each.attrs["src"]):
            yield f"src={each.attrs['src']}"


def render(text):
    return markdown.render(text, cite=lambda key: "", draw=lambda name, key: "")


@pytest.mark.asvs("1.2.1", "1.2.2", "1.3.1", "1.3.5", "1.3.7", "3.2.2")
@pytest.mark.bad_input(
    "Markdown", "script, style, forms, foreign pictures, in six places", tried=6 * len(CORPUS)
)
def test_no_payload_of_the_corpus_does_anything():
    assert len(CORPUS) >= 120
    found = {}
    for kind, payload in CORPUS:
        for around in ("{}", "Text {} text.", "- {}", "> {}", "## {}", "| a |\n|---|\n| {} |"):
            text = around.replace("{}", payload)
            for name, html in (("text", render(text)), ("line", markdown.render_line(payload))):
                if harms := list(harm(str(html), bool(problems(text, MARKS)))):
                    found[f"{kind}: {payload!r} as {name} in {around!r}"] = harms

    assert found == {}


@pytest.mark.asvs("2.2.1", "2.2.2")
@pytest.mark.parametrize("kind", ["script", "handlers", "pictures", "style", "forms and frames"])
def test_most_payloads_are_refused_before_anybody_signs(kind):
    ours = [payload for each, payload in CORPUS if each == kind]

    refused = [p for p in ours if problems(p, MARKS) or line_problems(p)]

    assert len(refused) >= len(ours) * 0.8, set(ours) - set(refused)


@pytest.mark.django_db
@pytest.mark.asvs("1.1.2", "1.2.1", "1.2.3", "1.3.5")
def test_what_is_signed_in_any_language_is_only_read(client, people):
    """Every payload that the checks let through, signed and public, in two languages."""
    good = [payload for _kind, payload in CORPUS if not problems(payload, MARKS)]
    plain = [p for p in good if "\n" not in p and not line_problems(p)]
    topic = f.make_topic()
    f.make_public(people, topic.guide)
    body = "\n\n".join(f"Text {payload}" for payload in good)
    title = " ".join(plain)[:150]
    for language in ("en", "es"):
        text = f.text_for(type(topic), language, body=body, title=title)
        f.make_public(people, topic, language, text)

    for language in ("en", "es"):
        address = topic.get_absolute_url().replace("/en/", f"/{language}/")
        for page in (address, f"/api/v1/topics/{topic.key}?language={language}"):
            response = client.get(page)
            assert response.status_code == 200, page
            if "json" in response["Content-Type"]:
                continue
            html = parse(response)
            for each in html.walk():
                assert not [name for name in each.attrs if name.startswith("on")]
                assert "style" not in each.attrs
                assert not each.attrs.get("href", "").lower().startswith(("javascript:", "data:"))
                if "src" in each.attrs:
                    assert each.attrs["src"].startswith(("/static/", "/media/")), each.attrs
                if each.tag == "form":
                    assert each.attrs.get("action", "/").startswith(("/", "?"))
            assert not html.all("iframe") + html.all("object") + html.all("base")
            scripts = [each for each in html.all("script") if "src" not in each.attrs]
            assert {each.attrs.get("type") for each in scripts} <= {"application/ld+json"}
