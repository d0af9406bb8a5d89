"""Texts whose review is overdue: readers are told, and where the setting says so they come down."""

from datetime import UTC, date, datetime, timedelta

import pytest

from review import workflow
from review.content import content_models
from review.models import SignOff
from tests import factories as f

from .records import problems, shown, text

pytestmark = pytest.mark.django_db

SIGNED = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
DUE = date(2027, 1, 15)  # twelve months later


def noon(day):
    return datetime(day.year, day.month, day.day, 12, 0, tzinfo=UTC)


@pytest.fixture
def topic(people, time_machine):
    """English and Spanish, signed on the same day."""
    time_machine.move_to(SIGNED, tick=False)
    topic = f.make_topic(f.make_guide())
    f.make_public(people, topic.guide)
    for language in ("en", "es"):
        f.make_public(people, topic, language, text(f"Title {language}"))
    assert set(SignOff.objects.values_list("next_review", flat=True)) == {DUE}
    return topic


@pytest.mark.parametrize(
    ("grace", "days", "public"),
    [
        (None, 9999, True),
        (0, 0, True),
        (0, 1, False),
        (30, 29, True),
        (30, 30, True),
        (30, 31, False),
    ],
)
def test_an_overdue_text_comes_down_the_day_after_its_grace(
    topic, time_machine, settings, grace, days, public
):
    settings.OVERDUE_GRACE_DAYS = grace
    time_machine.move_to(noon(DUE + timedelta(days)), tick=False)

    assert [shown(topic, code) is not None for code in ("en", "es")] == [public, public]
    signed = type(topic).objects.signed("es").filter(pk=topic.pk)
    assert len(list(signed)) == public
    assert problems() == []


@pytest.mark.parametrize(("days", "language"), [(30, "es"), (31, "en")])
def test_an_overdue_translation_falls_back_to_a_source_that_was_read_again(
    people, topic, time_machine, settings, days, language
):
    settings.OVERDUE_GRACE_DAYS = 30
    time_machine.move_to(noon(DUE), tick=False)
    seen = workflow.fresh(topic).sign_off_in("en").fingerprints
    workflow.reaffirm(topic, "en", by=people.advisor, expected=seen)
    time_machine.move_to(noon(DUE + timedelta(days)), tick=False)

    assert shown(topic, "es") == (f"Title {language}", language)
    [item] = type(topic).objects.public("es").filter(pk=topic.pk)
    assert item.fallback == ("overdue" if language == "en" else "")


def test_an_overdue_source_takes_a_translation_that_was_read_again_with_it(
    people, topic, time_machine, settings
):
    settings.OVERDUE_GRACE_DAYS = 30
    time_machine.move_to(noon(DUE), tick=False)
    seen = workflow.fresh(topic).sign_off_in("es").fingerprints
    workflow.reaffirm(topic, "es", by=people.spanish_advisor, expected=seen)
    time_machine.move_to(noon(DUE + timedelta(31)), tick=False)

    assert shown(topic, "es") is None


def test_what_was_taken_down_by_time_is_back_once_it_was_read_again(
    people, topic, time_machine, settings
):
    settings.OVERDUE_GRACE_DAYS = 30
    time_machine.move_to(noon(DUE + timedelta(31)), tick=False)
    assert shown(topic) is None

    seen = workflow.fresh(topic).sign_off_in("en").fingerprints
    workflow.reaffirm(topic, "en", by=people.advisor, expected=seen)

    assert shown(topic) == ("Title en", "en")


@pytest.mark.parametrize(("days", "banner"), [(-1, False), (0, False), (1, True)])
@pytest.mark.parametrize("language", ["en", "es"])
def test_readers_are_told_from_the_day_after_it_was_due(
    client, topic, time_machine, days, banner, language
):
    time_machine.move_to(noon(DUE + timedelta(days)), tick=False)

    page = client.get(page_of(topic, language))

    assert page.status_code == 200
    assert ('class="overdue' in page.content.decode()) is banner


def test_a_page_that_came_down_by_time_is_not_found(client, topic, time_machine, settings):
    settings.OVERDUE_GRACE_DAYS = 30
    time_machine.move_to(noon(DUE + timedelta(31)), tick=False)

    assert client.get(page_of(topic, "en")).status_code == 404
    assert client.get(page_of(topic, "es")).status_code == 404


def page_of(topic, language):
    from django.urls import translate_url
    from django.utils.translation import override

    with override("en"):
        return translate_url(topic.get_absolute_url(), language)


def test_what_changes_often_is_read_again_after_six_months(people, time_machine):
    volatile = {"evidence.keyfigure", "reading.contact", "reading.calltoaction"}
    months = {model._meta.label_lower: model.review_months for model in content_models()}
    assert {kind for kind, count in months.items() if count == 6} == volatile
    assert {count for kind, count in months.items() if kind not in volatile} == {None}
    time_machine.move_to(SIGNED, tick=False)
    whole = f.WholeGuide(topics=1)

    whole.publish(people, "en")

    due = {sign_off.item_type: sign_off.next_review for sign_off in SignOff.objects.all()}
    assert {kind for kind, day in due.items() if day == date(2026, 7, 15)} == volatile
    assert {day for kind, day in due.items() if kind not in volatile} == {DUE}


# -- The seal of a sign-off, and the column that it did not have ----------------------------------


def test_a_sign_off_from_before_the_reason_could_be_public_keeps_its_seal(people):
    sign_off = f.make_public(people, f.make_topic())

    assert "reason_public" not in sign_off.contents()
    sign_off.reason_public = True
    assert sign_off.contents()["reason_public"] is True


def test_a_reason_made_public_afterwards_is_noticed(people, sql_unguarded):
    topic = f.make_topic()
    f.make_public(people, topic)
    sql_unguarded("UPDATE review_signoff SET reason_public = %s", True)

    assert shown(topic) is None
    assert any("is not what the ledger recorded" in problem for problem in problems())


@pytest.mark.parametrize("public", [True, False])
def test_a_reason_that_readers_may_see_is_sealed_as_such(people, sql_unguarded, public):
    topic = f.make_topic()
    f.make_public(people, topic)
    workflow.withdraw(topic, "en", by=people.advisor, reason="Wrong", reason_public=public)
    assert problems() == []

    sql_unguarded(
        "UPDATE review_signoff SET reason_public = %s WHERE decision = 'withdraw'", not public
    )

    assert any("is not what the ledger recorded" in problem for problem in problems())
