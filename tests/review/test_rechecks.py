"""Public texts that must be read again before their date: because somebody asks, or an advisor
leaves."""

import pytest
from django.core.exceptions import PermissionDenied

from review import people as people_
from review import workflow
from review.models import Advisor, LedgerEntry, Recheck, ReviewRequest, Revision
from review.people import recheck, strike_off
from tests import factories as f

from .records import everything, in_two_languages, problems, refused, shown, text

pytestmark = pytest.mark.django_db


def waiting():
    return {(each.key, each.language) for each in Recheck.objects.filter(closed_at=None)}


def user(person):
    return type(person).objects.get(pk=person.pk)


# -- Somebody asks --------------------------------------------------------------------------------


def test_one_text_is_queued_once_for_one_reason_and_stays_public(people):
    topic = in_two_languages(people)

    made = [recheck(topic, "es", by=people.editor, reason=" A new study\n") for _ in range(2)]
    made.append(recheck(topic, "es", by=people.editor, reason="A reader wrote"))

    assert made == [1, 0, 1]
    assert waiting() == {(topic.key, "es")}
    assert shown(topic, "es") is not None
    assert LedgerEntry.objects.filter(event="recheck:open").count() == 2
    assert problems() == []


def close_by_reaffirming(people, topic):
    seen = workflow.fresh(topic).sign_off_in("es").fingerprints
    workflow.reaffirm(topic, "es", by=people.spanish_advisor, expected=seen)


def close_by_signing(people, topic):
    f.make_public(people, topic, "es", text("Nuevo"))


def close_by_withdrawing(people, topic):
    workflow.withdraw(topic, "es", by=people.spanish_advisor, reason="Wrong")


@pytest.mark.parametrize("close", [close_by_reaffirming, close_by_signing, close_by_withdrawing])
def test_the_next_decision_on_that_text_closes_it(people, close):
    topic = in_two_languages(people)
    for language in ("en", "es"):
        recheck(topic, language, by=people.editor, reason="A new study")

    close(people, topic)

    assert waiting() == {(topic.key, "en")}
    assert recheck(topic, "en", by=people.editor, reason="A new study") == 0


def test_signing_alone_closes_nothing(people):
    topic = in_two_languages(people)
    recheck(topic, "es", by=people.editor, reason="A new study")

    f.sign(people, f.submit(people, topic, "es", text("Nuevo")))

    assert waiting() == {(topic.key, "es")}


@pytest.mark.parametrize("language", ["fr", "xx"])
def test_only_a_public_text_is_queued(people, language):
    refused(recheck, in_two_languages(people), language, by=people.editor, reason="A study")


@pytest.mark.parametrize("reason", ["", " \n", "x" * 501, "\x00"])
def test_a_reason_is_given_and_fits(people, reason):
    topic = in_two_languages(people)

    refused(recheck, topic, "en", by=people.editor, reason=reason)


def test_the_longest_reason_fits_the_index(people):
    """PostgreSQL refuses an index row of more than 2,700 bytes."""
    topic = in_two_languages(people)
    longest = "".join(chr(0x4E00 + place * 37 % 20000) for place in range(people_.LONGEST))

    assert recheck(topic, "en", by=people.editor, reason=longest) == 1


def test_who_sees_no_requests_queues_nothing(people):
    topic = in_two_languages(people)

    refusal = refused(recheck, topic, "en", by=people.nobody, reason="A study")

    assert refusal.type is PermissionDenied


# -- An advisor leaves ----------------------------------------------------------------------------


def test_all_that_she_signed_is_queued_in_one_step_and_stays_public(people):
    topics = [in_two_languages(people) for _ in range(3)]
    other = f.make_topic()
    f.approve(people, f.submit(people, other), by=people.second_advisor)
    superseded = topics[0]
    f.approve(people, f.submit(people, superseded, "en", text("New")), by=people.second_advisor)

    count = strike_off(people.advisor.advisor, by=people.admin, reason="Struck off")

    assert count == 2
    assert waiting() == {(topic.key, "en") for topic in topics[1:]}
    assert all(shown(topic) for topic in [*topics, other])
    assert Recheck.objects.first().reason == f"{people.advisor.advisor}: Struck off"
    assert problems() == []


def test_her_sign_ins_end_at_once(people, client):
    client.force_login(people.advisor)
    assert client.get("/admin/").status_code == 200

    strike_off(people.advisor.advisor, by=people.admin, reason="Left")

    assert client.get("/admin/").status_code == 302
    assert (user(people.advisor).is_active, Advisor.objects.get().active) == (False, False)


def test_what_she_signed_and_is_not_public_yet_is_stopped(people):
    hers, other = f.submit(people, f.make_topic()), f.submit(people, f.make_topic())
    f.sign(people, hers)
    f.sign(people, other, by=people.second_advisor)

    strike_off(people.advisor.advisor, by=people.admin, reason="Left")

    states = dict(ReviewRequest.objects.values_list("pk", "state"))
    assert states == {hers.pk: "stopped", other.pk: "signed"}
    assert problems() == []


def test_she_decides_nothing_any_more(people):
    topic = in_two_languages(people)
    request = f.submit(people, topic, "en", text("New"))
    strike_off(people.advisor.advisor, by=people.admin, reason="Left")
    her = user(people.advisor)
    seen = Revision.objects.filter(language="en").earliest("number").fingerprints

    for action, about, more in (
        (workflow.approve, [request], {"expected": f.expected(request)}),
        (workflow.request_changes, [request], {"comment": "Shorter"}),
        (workflow.withdraw, [topic, "en"], {"reason": "Wrong"}),
        (workflow.reaffirm, [topic, "en"], {"expected": seen}),
    ):
        assert refused(action, *about, by=her, **more).type is PermissionDenied


@pytest.mark.parametrize("who", ["advisor", "second_advisor", "editor", "nobody"])
def test_only_an_administrator_ends_her_work(people, who):
    refusal = refused(strike_off, people.advisor.advisor, by=getattr(people, who), reason="Left")

    assert refusal.type is PermissionDenied


@pytest.mark.parametrize("reason", ["", " ", "x" * 501])
def test_the_reason_why_she_leaves_is_given_and_fits(people, reason):
    refused(strike_off, people.advisor.advisor, by=people.admin, reason=reason)
    assert user(people.advisor).is_active


def test_who_has_left_does_not_leave_again(people):
    strike_off(people.advisor.advisor, by=people.admin, reason="Left")

    refused(strike_off, people.advisor.advisor, by=people.admin, reason="Left")


def test_who_may_not_sign_already_may_still_be_made_to_leave(people):
    """Unticked before, her sign-in still open."""
    in_two_languages(people)
    Advisor.objects.filter(pk=people.advisor.advisor.pk).update(active=False)

    assert strike_off(people.advisor.advisor, by=people.admin, reason="Left") == 1
    assert not user(people.advisor).is_active


def test_an_interrupted_leave_leaves_everything_as_it_was(people, monkeypatch):
    in_two_languages(people)
    people.advisor.advisor, people.admin  # noqa: B018  (made before)
    before = everything()

    def fail(*args, **kwargs):
        raise OSError("cut off")

    monkeypatch.setattr(people_, "open_rechecks", fail)
    with pytest.raises(OSError, match="cut off"):
        strike_off(people.advisor.advisor, by=people.admin, reason="Left")

    assert everything() == before
    assert user(people.advisor).is_active
