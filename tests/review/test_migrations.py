"""A database that was filled before the desk came: its texts stand in the lists afterwards, and
every old seal still fits."""

import pytest
from django.core.management import call_command
from django.db import connection

from review import triggers, workflow
from review.models import Bookmark, LedgerEntry, Notice, Revision, SignOff, Standing
from tests import factories as f
from topics.models import Topic

from .records import in_two_languages, problems, shown, text

pytestmark = pytest.mark.django_db(transaction=True)


def standings():
    rows = Standing.objects.values_list("item_type", "key", "language", "newest_id", "live_id")
    return sorted(rows)


def columns(table):
    with connection.cursor() as cursor:
        return {each.name for each in connection.introspection.get_table_description(cursor, table)}


def migrate(name):
    call_command("migrate", "review", name, verbosity=0)


def fill(people):
    """Texts in every state that there was before."""
    public, withdrawn, waiting, discarded = in_two_languages(people), *make(3)
    f.save(public, "en", people.editor, text("A draft"))
    f.make_public(people, withdrawn)
    workflow.withdraw(withdrawn, "en", by=people.admin, reason="Wrong")
    f.submit(people, waiting)
    workflow.discard(f.save(discarded, "en", people.editor), by=people.editor)
    signed = in_two_languages(people)
    f.sign(people, f.submit(people, signed, "en", text("Signed")))
    replaced = in_two_languages(people)
    f.make_public(people, replaced, "en", text("Second"))
    return public


def make(count):
    return [f.make_topic() for _ in range(count)]


@pytest.fixture
def forward():
    yield
    call_command("migrate", verbosity=0)


def test_the_lists_are_filled_from_what_is_there_and_nobody_is_mailed_about_it(people, forward):
    public = fill(people)
    before, kept = standings(), [SignOff.objects.count(), Revision.objects.count()]
    seals = {each.pk: each.seal() for each in SignOff.objects.all()}

    head = LedgerEntry.objects.order_by("-number").first().number

    migrate("0001")
    assert "review_standing" not in connection.introspection.table_names()
    assert "reason_public" not in columns("review_signoff")
    call_command("migrate", verbosity=0)

    assert standings() == before
    assert len(before) == 8  # not the one that was put away
    assert [SignOff.objects.count(), Revision.objects.count()] == kept
    assert {each.pk: each.seal() for each in SignOff.objects.all()} == seals
    assert triggers.missing() == []
    assert problems() == []
    assert shown(Topic.objects.get(pk=public.pk), "es") is not None
    # Nobody is mailed about the past.
    assert LedgerEntry.objects.order_by("-number").first().number == head
    assert Bookmark.objects.get(name="notices").number == head
    assert not Notice.objects.exists()


def test_going_one_step_back_and_forth_fills_them_anew(people, forward):
    fill(people)
    before = standings()

    migrate("0002")
    Standing.objects.update(live=None)
    call_command("migrate", verbosity=0)

    assert standings() == before
    assert problems() == []


def test_an_empty_database_has_empty_lists(db, forward):
    migrate("0001")
    call_command("migrate", verbosity=0)

    assert standings() == []
    assert problems() == []
