"""The linguistic signature: somebody who reads the language, and did not write it, checked it."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from review import workflow
from review.models import LedgerEntry, ReviewRequest
from tests import factories as f

from .records import problems, refused, shown, text

pytestmark = pytest.mark.django_db


@pytest.fixture(params=[True, False])
def asked(request, settings):
    """Whether the setting asks for it."""
    settings.LINGUISTIC_SIGNATURE = request.param
    return request.param


@pytest.fixture
def topic(people):
    topic = f.make_topic()
    f.make_public(people, topic)
    return topic


@pytest.fixture
def request_(people, topic):
    return f.submit(people, topic, "es", text("Nuevo"))


def reader(people):
    return f.make_user(None, "Translators (es)")


def check(request, by, expected=None):
    seen = f.expected(request) if expected is None else expected
    workflow.check_language(request, by=by, expected=seen)


def test_a_translation_is_signed_without_it_unless_the_setting_asks(people, asked, topic, request_):
    sign = {"by": people.spanish_advisor, "expected": f.expected(request_)}
    if asked:
        for decide in (workflow.sign, workflow.approve):
            assert "wording" in str(refused(decide, request_, **sign).value)
        check(request_, reader(people))

    workflow.approve(request_, **sign)

    assert shown(topic, "es") == ("Nuevo", "es")
    assert problems() == []


def test_the_source_language_needs_none_and_has_none(people, settings):
    settings.LINGUISTIC_SIGNATURE = True
    request = f.submit(people, f.make_topic())

    refused(workflow.check_language, request, by=people.second_editor, expected={})
    f.approve(people, request)


def test_it_is_kept_with_name_and_time_and_told_in_the_ledger(people, request_):
    by = reader(people)

    check(request_, by)

    request = ReviewRequest.objects.get(pk=request_.pk)
    assert request.language_checked_by == by
    assert timezone.now() - request.language_checked_at < timedelta(minutes=1)
    line = LedgerEntry.objects.get(event="request:language")
    [revision] = request.revisions.all()
    assert (line.actor, revision.fingerprints in line.payload) == (by.username, True)


def test_who_wrote_it_does_not_check_it(people, request_):
    refusal = refused(
        workflow.check_language, request_, by=people.translator, expected=f.expected(request_)
    )

    assert refusal.type is PermissionDenied


def test_who_wrote_an_earlier_text_since_the_last_approval_does_not_check_it(people, topic):
    earlier = reader(people)
    f.save(topic, "es", earlier, text("Viejo"))
    request = f.submit(people, topic, "es", text("Nuevo"))

    refusal = refused(workflow.check_language, request, by=earlier, expected=f.expected(request))

    assert refusal.type is PermissionDenied


@pytest.mark.parametrize("who", ["editor", "spanish_advisor", "advisor", "nobody"])
def test_only_who_writes_the_language_checks_it(people, request_, who):
    refusal = refused(
        workflow.check_language,
        request_,
        by=getattr(people, who),
        expected=f.expected(request_),
    )

    assert refusal.type is PermissionDenied


@pytest.mark.parametrize("seen", [{}, {0: "x"}, None])
def test_it_names_the_text_that_was_read(people, request_, seen):
    forged = dict.fromkeys(f.expected(request_), "0.") if seen is None else seen

    refused(workflow.check_language, request_, by=reader(people), expected=forged)


def test_it_holds_for_the_request_alone(people, settings, topic, request_):
    """Recalled, changed and submitted anew, the text is checked anew."""
    settings.LINGUISTIC_SIGNATURE = True
    check(request_, reader(people))
    workflow.recall(request_, by=people.translator)
    later = f.submit(people, topic, "es", text("Otro"))

    refused(workflow.approve, later, by=people.spanish_advisor, expected=f.expected(later))


@pytest.mark.parametrize("state", ["recalled", "changes requested", "published"])
def test_only_an_open_request_is_checked(people, request_, state):
    seen = f.expected(request_)
    if state == "recalled":
        workflow.recall(request_, by=people.translator)
    elif state == "published":
        f.approve(people, request_)
    else:
        workflow.request_changes(request_, by=people.spanish_advisor, comment="Shorter")

    refused(workflow.check_language, request_, by=reader(people), expected=seen)


def test_a_setting_that_came_after_the_signature_is_asked_before_it_is_public(
    people, settings, topic, request_
):
    f.approve(people, request_, publish_at=timezone.now() + timedelta(hours=1))
    settings.LINGUISTIC_SIGNATURE = True

    [(due, problem)] = workflow.publish_due(timezone.now() + timedelta(days=1))

    assert (due, "wording" in problem) == (request_, True)
    assert shown(topic, "es") == ("Text of title.", "en")


def test_who_checked_the_language_may_sign_as_an_advisor(people, settings, topic, request_):
    settings.LINGUISTIC_SIGNATURE = True
    check(request_, people.writing_advisor)

    f.approve(people, request_, by=people.writing_advisor)

    assert shown(topic, "es") == ("Nuevo", "es")
