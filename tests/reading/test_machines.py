"""Nothing unsigned, withdrawn, altered or too long overdue is in anything that machines get (page
heads, feed, sitemap, API, pictures), and what is public is."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import transaction
from django.utils import timezone

from review import languages, workflow
from tests import factories as f

pytestmark = pytest.mark.django_db

MARK = "Unmistakable"


@pytest.fixture(scope="module")
def site(django_db_setup, django_db_blocker):
    """A guide with two topics, whole in English and Spanish."""
    with django_db_blocker.unblock(), transaction.atomic():
        people, whole = f.People(), f.WholeGuide(topics=2)
        whole.publish(people, "en")
        whole.publish(people, "es")
        yield SimpleNamespace(people=people, whole=whole, guide=whole.guide)
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def pictures(settings, tmp_path):
    settings.SHARE_ROOT = tmp_path


# One item of each kind that has an address; its name in addresses.
KINDS = {
    "guides": lambda whole: whole.guide,
    "topics": lambda whole: whole.topics[0],
    "faqs": lambda whole: whole.faqs[0],
    "terms": lambda whole: whole.terms[0],
    "questions": lambda whole: whole.items[-2],
}


def address(item, code):
    with languages.active(code):
        return item.get_absolute_url()


def page_head(client, site, kind, item, code):
    """The heads of every page that shows the item or lists it."""
    places = [address(site.guide, code), f"/{code}/", f"/{code}/glossary/"]
    if hasattr(item, "slug"):
        places.append(address(item, code))
    responses = [client.get(place) for place in places]
    found = [each.content.decode() for each in responses if each.status_code == 200]
    assert found
    return "".join(each.partition("</head>")[0] for each in found)


def feed(client, site, kind, item, code):
    return client.get(f"/{code}/feed.atom").content.decode()


def sitemap(client, site, kind, item, code):
    return client.get("/sitemap.xml").content.decode()


def sitemap_part(client, site, kind, item, code):
    return client.get(f"/sitemap-{kind}-1.xml").content.decode()


def api_list(client, site, kind, item, code):
    return client.get(f"/api/v1/{kind}?language={code}&per_page=100").content.decode()


def api_item(client, site, kind, item, code):
    return client.get(f"/api/v1/{kind}/{item.key}?language={code}").content.decode()


def picture(client, site, kind, item, code):
    """Its address, while there is a picture."""
    path = f"/{code}/share/{kind}/{item.slug}.png"
    return path if client.get(path).status_code == 200 else ""


# What the output shows of an item: its words, or its address.
WORDS = {"page head": page_head, "feed": feed, "API list": api_list, "API item": api_item}
ADDRESSES = {"sitemap": sitemap, "sitemap part": sitemap_part}
# The feed tells of no terms; questions for the doctor have no page of their own.
SHOWN = [
    (name, kind)
    for name in [*WORDS, *ADDRESSES, "picture"]
    for kind in KINDS
    if kind != "questions" or name.startswith("API")
    if kind != "terms" or name != "feed"
]


def shows(client, site, name, kind, item, code):
    if name in WORDS:
        return MARK in WORDS[name](client, site, kind, item, code)
    if name == "picture":
        return bool(picture(client, site, kind, item, code))
    return f"{address(item, code)}<" in ADDRESSES[name](client, site, kind, item, code)


def marked(item, code):
    """The item's whole text, its first field with the mark."""
    text, facts = f.whole_text(item, code)
    first = item.text_fields[0]
    text[first] = f"{MARK} {text[first]}"
    return text, facts


def propose(site, item, code):
    people = site.people
    revision = f.save(item, code, people.writer_of(code), *marked(item, code))
    return workflow.submit([revision], by=people.writer_of(code))


def publish(site, item, code, **more):
    request = propose(site, item, code)
    f.approve(site.people, request, by=site.people.signer_of(code), **more)


def draft(site, item, code, **tools):
    f.save(item, code, site.people.writer_of(code), *marked(item, code))


def in_review(site, item, code, **tools):
    propose(site, item, code)


def signed_for_later(site, item, code, **tools):
    tomorrow = timezone.now() + timedelta(days=1)
    publish(site, item, code, publish_at=tomorrow)


def withdrawn(site, item, code, **tools):
    publish(site, item, code)
    by = site.people.signer_of(code)
    workflow.withdraw(item, code, by=by, reason="It was wrong.")


def source_withdrawn(site, item, code, **tools):
    publish(site, item, code)
    workflow.withdraw(item, "en", by=site.people.signer_of("en"), reason="It was wrong.")


def altered(site, item, code, *, sql, **tools):
    publish(site, item, code)
    column = f"{item.text_fields[-1]}_{code}"
    sql(f"UPDATE {item._meta.db_table} SET {column} = %s WHERE id = %s", "Altered", item.pk)


def lapsed(site, item, code, *, settings, time_machine, **tools):
    publish(site, item, code)
    settings.OVERDUE_GRACE_DAYS = 30
    time_machine.move_to(timezone.now() + timedelta(days=3 * 366))


PROPOSED = [draft, in_review, signed_for_later]
TAKEN_DOWN = [withdrawn, source_withdrawn, altered, lapsed]


def showing(client, site, kind, item, code, names, first=0):
    """Which of these outputs show the item. All are asked after one set-up; by ``first`` each of
    them is somewhere the first that is asked."""
    wanted = [name for name in names if (name, kind) in SHOWN]
    at = first % len(wanted)
    turned = [*wanted[at:], *wanted[:at]]
    return {name for name in turned if shows(client, site, name, kind, item, code)}


def cases(states=(None,)):
    """Every kind in every language and state, numbered."""
    every = [(kind, state, code) for state in states for code in ("en", "es") for kind in KINDS]
    for number, (kind, state, code) in enumerate(every):
        name = f"{kind}-{getattr(state, '__name__', 'public')}-{code}"
        yield pytest.param(kind, state, code, number, id=name)


NAMES = [*WORDS, *ADDRESSES, "picture"]


@pytest.mark.parametrize(("kind", "_state", "code", "number"), cases())
def test_what_is_public_is_shown(client, site, kind, _state, code, number):
    item = KINDS[kind](site.whole)
    publish(site, item, code)

    shown = showing(client, site, kind, item, code, NAMES, number)
    assert shown == {name for name in NAMES if (name, kind) in SHOWN}


@pytest.mark.parametrize(("kind", "state", "code", "number"), cases(PROPOSED))
def test_what_is_only_proposed_is_not_shown(client, site, kind, state, code, number):
    item = KINDS[kind](site.whole)
    state(site, item, code)

    assert showing(client, site, kind, item, code, WORDS, number) == set()


@pytest.mark.parametrize(("kind", "state", "code", "number"), cases(TAKEN_DOWN))
def test_what_is_not_public_any_more_is_gone_on_the_next_request(
    client, site, kind, state, code, number, sql, settings, time_machine
):
    item = KINDS[kind](site.whole)
    showing(client, site, kind, item, code, NAMES)
    state(site, item, code, sql=sql, settings=settings, time_machine=time_machine)

    assert showing(client, site, kind, item, code, NAMES, number) == set()


@pytest.mark.parametrize("name", ["feed", "sitemap", "API list", "API item", "picture"])
def test_language_in_which_nothing_is_signed_shows_nothing_in_another(client, site, name):
    topic = site.whole.topics[0]
    publish(site, topic, "en")

    assert not shows(client, site, name, "topics", topic, "fr")


@pytest.mark.parametrize("name", ["feed", "sitemap", "sitemap part", "API list", "API item"])
def test_topic_goes_with_its_guide(client, site, name):
    topic = site.whole.topics[0]
    publish(site, topic, "en")
    assert shows(client, site, name, "topics", topic, "en")

    workflow.withdraw(site.guide, "en", by=site.people.signer_of("en"), reason="It was wrong.")

    assert not shows(client, site, name, "topics", topic, "en")


@pytest.mark.parametrize("name", ["feed", "sitemap", "sitemap part", "API item"])
def test_topic_stays_where_only_its_guide_fell_back(client, site, name):
    topic = site.whole.topics[0]
    publish(site, topic, "es")
    workflow.withdraw(site.guide, "es", by=site.people.signer_of("es"), reason="It was wrong.")

    assert client.get(address(topic, "es")).status_code == 200
    assert shows(client, site, name, "topics", topic, "es")


@pytest.mark.parametrize("kind", ["guides", "topics", "faqs", "terms"])
def test_head_of_a_page_names_no_language_that_its_door_refused(client, site, kind, sql):
    item = KINDS[kind](site.whole)
    altered(site, item, "es", sql=sql)

    html = client.get(address(item, "es")).content.decode()

    assert f'hreflang="es" href="http://testserver{address(item, "es")}">' not in html
    assert f'hreflang="en" href="http://testserver{address(item, "en")}">' in html


@pytest.mark.parametrize("kind", ["guides", "topics", "faqs", "terms"])
def test_head_of_a_page_names_no_language_whose_review_is_too_late(
    client, site, kind, settings, time_machine
):
    item = KINDS[kind](site.whole)
    later = timezone.now() + timedelta(days=3 * 366)
    time_machine.move_to(later)
    for each in {site.guide, item}:
        publish(site, each, "en")
    settings.OVERDUE_GRACE_DAYS = 30

    html = client.get(address(item, "en")).content.decode()

    head = html.partition("</head>")[0]
    assert 'hreflang="en"' in head
    assert 'hreflang="es"' not in head
    assert address(item, "es") not in head
