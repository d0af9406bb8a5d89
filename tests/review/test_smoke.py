import pytest

from review import verification
from tests import factories as f


@pytest.mark.django_db
def test_public_text_passes_the_door(people):
    topic = f.make_topic()

    f.make_public(people, topic)

    [shown] = type(topic).objects.public("es")
    assert shown.text["title"] == "Text of title."
    assert shown.language == "en"
    assert list(verification.problems()) == []


@pytest.mark.django_db(transaction=True)
def test_flush_clears_records(people):
    f.make_public(people, f.make_topic())
