"""What each process remembers of the glossary is never older than the ledger."""

import pytest
from django.core.cache import caches
from django.db import transaction
from django.test import Client

from glossary.models import Term
from review import basis, clock, remembered, workflow
from tests import factories as f

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def keeping(settings):
    local = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "remembered"}
    nowhere = {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}
    settings.CACHES = {"default": local, "pages": local, "drawn": nowhere}
    remembered.forget()
    yield
    caches["pages"].clear()
    remembered.forget()
    clock.forget()


def test_glossary_is_loaded_once_and_again_when_a_term_is_signed_or_withdrawn(people):
    first = f.make_term(slug="vein")
    f.make_public(people, first, text={"term": "Portal vein", "definition": "It carries blood."})
    topic = f.make_topic()
    f.make_public(people, topic.guide)
    body = "The portal vein leads to the liver."
    f.make_public(people, topic, text=f.text_for(type(topic), body=body))
    other = f.make_topic(topic.guide)
    f.make_public(people, other, text=f.text_for(type(topic), body=body))
    clock.forget()
    reader = Client()
    linked = 'popovertarget="word-'

    assert linked in reader.get(topic.get_absolute_url()).content.decode()
    with basis.noting() as things:
        page = reader.get(other.get_absolute_url()).content.decode()
    assert linked in page
    # A page that was given what is remembered rests on it like the page that asked for it.
    assert basis.text_of("glossary.term", first.key, "en") in things

    workflow.withdraw(first, "en", by=people.advisor, reason="It is wrong.")
    clock.forget()
    assert linked not in reader.get(topic.get_absolute_url()).content.decode()
    assert linked not in reader.get(other.get_absolute_url()).content.decode()


def test_preview_is_given_the_glossary_of_the_day_and_readers_never_that_of_a_preview(people):
    term = f.make_term(slug="vein")
    f.save(term, "en", people.editor, text={"term": "Portal vein", "definition": "Not signed."})

    assert Term.objects.working("en").remembered(len) == 1
    assert Term.objects.public("en").remembered(len) == 0


def test_what_a_transaction_takes_back_is_not_remembered(people):
    term = f.make_term(slug="vein")

    with transaction.atomic():
        f.make_public(people, term)
        assert Term.objects.public("en").remembered(len) == 1
        transaction.set_rollback(True)

    assert Term.objects.public("en").remembered(len) == 0
