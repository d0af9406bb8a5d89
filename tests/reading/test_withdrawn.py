"""What readers meet where a text was withdrawn: 410, in their language, with the reason if they may
know it; and 404 where nothing ever was public."""

import pytest
from django.utils import translation

from glossary.models import Term
from reading.models import Page
from review import languages, structure, workflow
from review.kept import CACHE_CONTROL
from review.models import SignOff
from tests import factories as f
from tests import pages

pytestmark = pytest.mark.django_db

CODES = languages.codes()


def make(people, kind):
    """A public item that has a page of its own, and its address below the language."""
    guide = f.make_guide(slug="liver")
    f.make_public(people, guide)
    if kind == "guide":
        return guide, "guides/liver/"
    made, address = {
        "topic": lambda: (f.make_topic(guide, slug="why"), "guides/liver/why/"),
        "faq": lambda: (f.make_faq(guide, slug="why"), "questions/why/"),
        "term": lambda: (Term.objects.create(key="why", slug="why"), "glossary/why/"),
        "page": lambda: (Page.objects.create(key="why", slug="why"), "why/"),
    }[kind]()
    f.make_public(people, made)
    return made, address


def withdraw(people, item, language="en", **more):
    by = people.advisor if language == "en" else people.spanish_advisor
    workflow.withdraw(item, language, by=by, reason="It was wrong.", **more)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("kind", ["guide", "topic", "faq", "term", "page"])
def test_withdrawn_page_says_so_in_the_reader_s_language(client, people, kind, code):
    item, address = make(people, kind)
    assert client.get(f"/{code}/{address}").status_code == 200
    withdraw(people, item)

    response = client.get(f"/{code}/{address}")

    assert response.status_code == 410
    assert response["Cache-Control"] == CACHE_CONTROL
    html = pages.parse(response)
    assert (html.attrs["lang"], html.attrs["dir"]) == (code, languages.direction(code))
    with translation.override(code):
        assert html.one("h1").text == translation.gettext("This text was withdrawn")
    [time] = html.one("main").all("time")
    withdrawal = SignOff.objects.get(decision="withdraw", language="en")
    assert time.attrs["datetime"] == str(withdrawal.signed_at.date())
    links = {each.attrs["href"] for each in html.one("main").all("a")}
    assert links == {f"/{code}/", f"/{code}/help/"}


@pytest.mark.parametrize("reason_public", [True, False])
def test_reason_is_shown_only_if_readers_may_see_it(client, people, reason_public):
    topic, address = make(people, "topic")
    withdraw(people, topic, reason_public=reason_public)

    html = client.get(f"/en/{address}").content.decode()

    assert ("It was wrong." in html) is reason_public


def test_reason_of_a_withdrawal_is_shown_as_text(client, people):
    topic, address = make(people, "topic")
    workflow.withdraw(
        topic, "en", by=people.advisor, reason="<script>alert(1)</script>", reason_public=True
    )

    html = client.get(f"/en/{address}").content.decode()

    assert "<script>alert" not in html
    assert "&lt;script&gt;alert" in html


def test_text_that_is_public_again_is_shown_again(client, people):
    topic, address = make(people, "topic")
    withdraw(people, topic)
    f.make_public(people, topic, text=f.text_for(type(topic), title="Put right"))

    assert client.get(f"/en/{address}").status_code == 200


@pytest.mark.parametrize("state", ["empty", "draft", "in review", "changes requested"])
def test_page_that_was_never_public_is_not_found(client, people, state):
    guide = f.make_guide(slug="liver")
    f.make_public(people, guide)
    topic = f.make_topic(guide, slug="why")
    if state == "draft":
        f.save(topic, "en", people.editor)
    elif state != "empty":
        request = f.submit(people, topic)
        if state == "changes requested":
            workflow.request_changes(request, by=people.advisor, comment="No")

    assert client.get("/en/guides/liver/why/").status_code == 404


@pytest.mark.parametrize(("was_public", "status"), [(True, 410), (False, 404)])
def test_retired_item_is_gone_if_it_was_public_and_else_not_found(
    client, people, was_public, status
):
    guide = f.make_guide(slug="liver")
    f.make_public(people, guide)
    topic = f.make_topic(guide, slug="why")
    if was_public:
        f.make_public(people, topic)
    workflow.retire(topic, by=people.admin, reason="Said elsewhere")

    response = client.get("/en/guides/liver/why/")

    assert response.status_code == status
    assert "Said elsewhere" not in response.content.decode()


def test_former_address_of_a_withdrawn_text_leads_to_where_it_says_so(client, people):
    topic, address = make(people, "topic")
    structure.restructure(topic, by=people.editor, slug="why-the-liver")
    withdraw(people, topic)

    response = client.get(f"/en/{address}", follow=True)

    assert response.redirect_chain == [("/en/guides/liver/why-the-liver/", 301)]
    assert response.status_code == 410


def test_topic_of_a_withdrawn_guide_says_that_the_guide_is_gone(client, people):
    topic, address = make(people, "topic")
    withdraw(people, topic.guide)

    assert client.get(f"/en/{address}").status_code == 410


def test_withdrawn_page_costs_the_same_however_long_its_history(
    client, people, django_assert_num_queries
):
    topic, address = make(people, "topic")
    withdraw(people, topic)
    client.get(f"/en/{address}")

    with django_assert_num_queries(7):
        client.get(f"/en/{address}")
    for number in range(3):
        f.make_public(people, topic, text=f.text_for(type(topic), title=f"Title {number}"))
        withdraw(people, topic)
    with django_assert_num_queries(7):
        client.get(f"/en/{address}")


# -- A translation that was withdrawn ------------------------------------------------------------


@pytest.mark.parametrize("reason_public", [True, False])
def test_fallen_back_text_says_why_its_translation_came_down(client, people, reason_public):
    topic, address = make(people, "topic")
    f.make_public(people, topic, "es")
    withdraw(people, topic, "es", reason_public=reason_public)

    response = client.get(f"/es/{address}")

    assert response.status_code == 200
    main = pages.parse(response).one("main")
    assert ("It was wrong." in main.text) is reason_public
    assert "It was wrong." not in client.get(f"/en/{address}").content.decode()


def test_reason_of_an_earlier_withdrawal_is_forgotten_once_the_translation_is_public_again(
    client, people
):
    topic, address = make(people, "topic")
    f.make_public(people, topic, "es")
    withdraw(people, topic, "es", reason_public=True)
    f.make_public(people, topic, "es", f.text_for(type(topic), "Otro"))

    assert "It was wrong." not in client.get(f"/es/{address}").content.decode()
    withdraw(people, topic, "es")
    assert "It was wrong." not in client.get(f"/es/{address}").content.decode()
