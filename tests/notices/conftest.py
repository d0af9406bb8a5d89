"""People with addresses, and what was noted for whom."""

import pytest

from review.models import Notice, Preference
from tests import factories as f
from tests.pages import parse_part


@pytest.fixture
def people(db):
    """As everywhere, but all are there already, each with an address."""
    people = f.People()
    for name in (
        *("editor", "second_editor", "translator", "advisor", "second_advisor"),
        *("spanish_advisor", "writing_advisor", "admin"),
    ):
        user = getattr(people, name)
        user.email = f"{user.username}@example.org"
        user.save(update_fields=["email"])
    people.writing_advisor.advisor.languages = []  # asked by nobody, unless a test says so
    people.writing_advisor.advisor.save()
    return people


@pytest.fixture
def noted():
    """``noted()``: {(username, kind)}; ``noted(kind)``: {username}."""

    def look(kind=None):
        pairs = set(Notice.objects.values_list("user__username", "kind"))
        return {name for name, k in pairs if k == kind} if kind else pairs

    return look


def page(response):
    """A page of the admin as a tree; Django's own part of it is not strict."""
    return parse_part(response.content.decode(), strict=False).one("html")


def choose(user, mail, language=""):
    defaults = {"mail": mail, "language": language}
    Preference.objects.update_or_create(user=user, defaults=defaults)
