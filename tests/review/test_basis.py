"""A kept page is, whatever happens, the page that would be made now."""

import random
import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from review import basis, clock, kept, ledger, structure, workflow
from review.lookups import is_live
from review.models import LedgerEntry
from tests import factories as f
from tests.review.test_kept import LOCAL, empty

pytestmark = pytest.mark.django_db(transaction=True)

UPDATED = re.compile(rb"<updated>.*?</updated>")
VIEWS = (
    *("reading:home", "faq:questions", "faq:ask", "faq:visit-plan", "glossary:glossary"),
    *("evidence:sources", "reading:contacts", "reading:advisors", "reading:corrections"),
    "reading:feed",
)


@pytest.fixture
def keeping(settings):
    settings.CACHES = LOCAL
    empty()
    clock.forget()
    yield
    empty()
    clock.forget()


def addresses(whole, advisor):
    for code in ("en", "es"):
        with override(code):
            yield from (reverse(view) for view in VIEWS)
            yield reverse("reading:advisor", args=[advisor.slug])
            for item in whole.items:
                if hasattr(item, "get_absolute_url"):
                    yield item.get_absolute_url()
    yield "/sitemap.xml"


def answers(client, paths):
    clock.forget()
    found = {}
    for path in paths:
        response = client.get(path)
        # A feed without entries says that it was updated just now.
        found[path] = (response.status_code, UPDATED.sub(b"", response.content, count=1))
    return found


@pytest.mark.parametrize("seed", [1, 2])
def test_kept_pages_are_those_that_would_be_made_now_whatever_was_done(
    keeping, people, seed, monkeypatch
):
    whole = f.WholeGuide(topics=2)
    whole.publish(people, "en")
    whole.publish(people, "es", [whole.guide, whole.topics[0], whole.terms[0]])
    paths = [*addresses(whole, people.signer_of("en").advisor)]
    reader, rng = Client(), random.Random(seed)
    answers(reader, paths)

    for _ in range(12):
        done = _something(rng, whole, people)
        before = answers(reader, paths)
        empty()

        assert answers(reader, paths) == before, done

    _draft(whole, people)
    monkeypatch.setattr(kept, "_finished", None)  # nothing is made anew for what nobody reads
    assert answers(reader, paths) == before


def test_publication_leaves_the_pages_alone_that_do_not_show_it(
    keeping, people, django_assert_max_num_queries
):
    one, other = f.WholeGuide(topics=1), f.WholeGuide(topics=1)
    one.publish(people, "en")
    other.publish(people, "en")
    reader, page = Client(), one.topics[0].get_absolute_url()
    reader.get(page)
    clock.forget()

    f.make_public(
        people, other.topics[0], "en", {**f.text_for(type(other.topics[0])), "title": "Z"}
    )

    with django_assert_max_num_queries(4):  # the newest line, the lines since, what was public
        reader.get(page)
    clock.forget()
    assert b"Z</h1>" not in reader.get(page).content
    assert b"Z</h1>" in reader.get(other.topics[0].get_absolute_url()).content


def test_line_of_an_unknown_kind_changes_everything(people):
    f.make_public(people, f.make_topic())
    first = LedgerEntry.objects.order_by("number").first()
    last = LedgerEntry.objects.order_by("number").last()
    assert basis.changed(first.number, first.digest, last.number) is not basis.EVERYTHING

    with ledger.locked():
        line = ledger.append("something:new", people.admin)

    assert basis.changed(first.number, first.digest, line.number) is basis.EVERYTHING


def test_ledger_of_another_history_changes_everything(people):
    f.make_public(people, f.make_topic())
    last = LedgerEntry.objects.order_by("number").last()

    assert basis.changed(0, "f" * 64, last.number) is basis.EVERYTHING
    assert basis.changed(last.number + 5, last.digest, last.number) is basis.EVERYTHING


def _something(rng, whole, people):
    """One act of somebody who works here, at random; what it was."""
    item, code = rng.choice(whole.items), rng.choice(["en", "es"])
    act = rng.choice(["publish", "publish", "withdraw", "draft", "move", "retire", "advisor"])
    if act == "publish" and item.text_fields and (code == "en" or is_live(item, "en")):
        _published(rng, item, code, people)
    elif act == "withdraw" and is_live(item, code):
        signer = people.signer_of(code)
        workflow.withdraw(item, code, by=signer, reason="x", reason_public=rng.random() < 0.5)
    elif act == "draft" and item.text_fields and (code == "en" or is_live(item, "en")):
        f.save(item, code, people.writer_of(code))
    elif act == "move" and "slug" in item.structure_fields:
        structure.restructure(item, by=people.admin, slug=f"moved-{rng.randrange(10**6)}")
    elif act == "retire" and not is_live(item, "en"):
        workflow.retire(item, by=people.admin, reason="x")
    else:
        act = "nothing"
    return f"{act} {item.item} {code}"


def _published(rng, item, code, people):
    text, facts = f.whole_text(item, code)
    text[item.text_fields[0]] = f"New {rng.random()}"
    draft = f.save(item, code, people.writer_of(code), text, facts)
    f.approve(people, workflow.submit([draft], by=people.writer_of(code)), people.signer_of(code))


def _draft(whole, people):
    writer = people.writer_of("en")
    text = {**f.whole_text(whole.faqs[0], "en")[0], "question": "Only a draft"}
    draft = f.save(whole.faqs[0], "en", writer, text)
    workflow.submit([draft], by=writer)
