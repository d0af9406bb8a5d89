"""Calls to action: signed, labelled, below a page's text, and never in a topic."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from reading.models import CallToAction, Place
from review import marks, workflow
from review.content import content_models
from review.models import Revision
from review.proposal import Proposal
from review.readers import Reader
from tests import factories as f
from tests import pages
from topics.models import Topic

pytestmark = pytest.mark.django_db

PLACES = {Place.HOME: "/en/", Place.GUIDES: "/en/guides/g/", Place.PAGES: "/en/p/"}


def blocks(client, path):
    response = client.get(path)
    assert response.status_code == 200, path
    return pages.parse(response).all("section", class_="call")


def shown(client, path):
    return [each.one("h2").text for each in blocks(client, path)]


def site(people):
    """A guide with a topic, a page about the site, a question; returns every address of a text."""
    guide = f.make_guide(key="g")
    f.make_public(people, guide)
    f.make_public(people, f.make_topic(guide, key="t"))
    f.make_public(people, f.make_page_item(key="p"))
    f.make_public(people, f.make_faq(guide, key="q"))
    return [*PLACES.values(), "/en/guides/g/t/", "/en/questions/q/", "/en/questions/", "/en/ask/"]


def publish(people, call, language="en", title="Come and see", **facts):
    text = f.text_for(CallToAction, title=title)
    facts = {**f.CALL_FACTS, **facts} if language == "en" else None
    return f.make_public(people, call, language, text=text, facts=facts)


def test_each_stands_at_the_end_of_its_pages_and_on_no_other(client, people):
    addresses = site(people)
    for place in Place:
        publish(people, f.make_call(place=place), title=f"At {place}")

    for address in addresses:
        titles = [f"At {place}" for place, path in PLACES.items() if path == address]
        assert shown(client, address) == titles, address

    main = pages.parse(client.get("/en/guides/g/")).one("main")
    last = [each for each in main.children if isinstance(each, pages.Element)][-1]
    assert last.attrs["class"] == "call"


def test_it_says_that_it_is_no_medical_text_who_offers_it_where_it_leads_and_who_signed(
    client, people
):
    site(people)
    sign_off = publish(people, f.make_call(), link="https://example.org/a?b=1", until="2999-01-31")

    [block] = blocks(client, "/en/")

    assert block.one("p", class_="kicker").text == "Invitation: this is not medical advice"
    assert "Offered by Text of offered_by." in block.text
    assert block.one("time", datetime="2999-01-31")
    assert sign_off.name in block.one("p", class_="signed").text
    link = block.one("p", class_="way").one("a")
    assert link.attrs["href"] == "https://example.org/a?b=1"
    assert "example.org" in block.one("p", class_="way").text


def test_no_mark_draws_one_and_nothing_refers_to_one(people):
    publish(people, f.make_call(place=Place.GUIDES, key="come"))
    topic = f.make_topic()
    kind = CallToAction._meta.label_lower
    assert kind not in {marks.get(name).item_type for name in (*marks.names(), marks.CITE)}
    fields = [field for model in content_models() for field in model.fact_fields.values()]
    assert kind not in {getattr(field, "item_type", None) for field in fields}

    for mark in ("{call:come}", "{calltoaction:come}", "{figure:come}", "{figure:come+come}"):
        with pytest.raises(ValidationError):
            f.save(topic, "en", people.editor, text=f.text_for(Topic, body=f"Text.\n\n{mark}"))
    # Not even a text that went past every check draws it.
    revision = Revision(
        item_type=topic.item_type,
        key=topic.key,
        language="en",
        text=f.text_for(Topic, body="Text.\n\n{calltoaction:come}"),
        facts={},
    )
    reader = Reader("en", proposed=[revision])
    item = reader.find(Topic.objects, key=topic.key)
    reader.rendering.load(item)
    html = reader.rendering.draw(item).html["body"]
    assert "Come and see" not in html
    assert "being checked again" in html


@pytest.mark.parametrize("mark", ["[@s]", "{figure:x}", "[a link](https://example.org/)", "# No"])
def test_its_own_lines_hold_no_claim_with_a_source_and_no_picture(mark):
    text = f.text_for(CallToAction, says=f"See\n{mark}")

    assert Proposal(CallToAction, "en", text, f.CALL_FACTS).problems()


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"link": "http://example.org/"}, "link"),
        ({"link": "javascript:alert(1)"}, "link"),
        ({"link": "ftp://example.org/"}, "link"),
        ({"until": "31.1.2027"}, "until"),
        ({"until": "2027-02-30"}, "until"),
        ({"kind": "advert"}, "kind"),
    ],
)
def test_a_fact_that_will_not_do_is_refused_with_a_sentence(facts, field):
    found = Proposal(
        CallToAction, "en", f.text_for(CallToAction), {**f.CALL_FACTS, **facts}
    ).problems()

    assert [problem.field for problem in found] == [field]
    assert found[0].message.endswith(".")


def test_one_without_a_link_or_an_offering_party_cannot_be_submitted(people):
    call = f.make_call()
    text = f.text_for(CallToAction, offered_by="")

    revision = f.save(call, "en", people.editor, text=text, facts={"kind": "service"})

    with pytest.raises(workflow.TransitionNotAllowed, match=r"who offers it.*where it leads"):
        workflow.submit([revision], by=people.editor)


@pytest.mark.parametrize(
    ("today", "there"), [("2027-01-30", True), ("2027-01-31", True), ("2027-02-01", False)]
)
def test_it_is_shown_until_its_last_day_and_not_after(client, people, time_machine, today, there):
    time_machine.move_to("2027-01-01T12:00Z", tick=False)
    publish(people, f.make_call(), until="2027-01-31")
    site(people)
    time_machine.move_to(f"{today}T12:00Z", tick=False)

    assert bool(shown(client, "/en/")) is there


def test_unsigned_withdrawn_and_retired_ones_are_nowhere(client, people):
    site(people)
    draft, withdrawn, retired = (f.make_call() for _ in range(3))
    f.save(draft, "en", people.editor, facts=f.CALL_FACTS)
    publish(people, withdrawn)
    publish(people, retired)
    assert len(shown(client, "/en/")) == 2

    workflow.withdraw(withdrawn, "en", by=people.advisor, reason="Over")
    workflow.retire(retired, by=people.admin, reason="Over")

    assert shown(client, "/en/") == []


def test_it_is_translated_and_says_where_it_is_not(client, people):
    site(people)
    call = f.make_call()
    publish(people, call)
    [block] = blocks(client, "/es/")
    assert block.attrs["lang"] == "en"
    assert block.all("p", class_="aside")

    publish(people, call, "es", title="Vengan")

    [block] = blocks(client, "/es/")
    assert (block.attrs["lang"], block.one("h2").text) == ("es", "Vengan")


def test_a_draft_knows_no_last_day_and_no_label():
    call = CallToAction(key="draft")
    call.facts = {}

    assert (call.until, call.expired, call.label, call.host) == (None, False, "", "")
    call.facts = {"until": "2020-01-31"}
    assert (call.until, call.expired) == (date(2020, 1, 31), True)
