"""Rules 6, 7 and 9: what time does to a public text: outdated, withdrawn, due for review."""

from contextlib import suppress

import pytest
from django.urls import reverse
from django.utils.translation import override

from review import staleness, workflow
from review.models import SignOff
from review.workflow import TransitionNotAllowed
from tests import factories as f
from topics.models import Topic

from .records import change, in_two_languages, problems, refused, row, shown, text

pytestmark = pytest.mark.django_db

SAFETY = {"significance": "safety"}


# -- Rule 6: staleness is computed from revisions ------------------------------------------------


@pytest.mark.parametrize(
    ("published", "outdated", "stays"),
    [
        ([], "", True),
        (["wording"], "wording", True),
        (["meaning"], "meaning", True),
        (["safety"], "safety", False),
        (["wording", "wording"], "wording", True),
        (["wording", "meaning"], "meaning", True),
        (["meaning", "wording"], "meaning", True),
        (["meaning", "safety"], "safety", False),
        (["safety", "wording"], "safety", False),
        (["wording", "safety", "meaning"], "safety", False),
    ],
)
def test_rule_6_a_translation_is_outdated_by_the_highest_significance_since(
    people, published, outdated, stays
):
    topic = f.make_topic()
    f.make_public(people, topic, text=text("Source"))
    translation = f.make_public(people, topic, "es", text("Título")).revision

    for number, significance in enumerate(published):
        f.make_public(people, topic, text=text(f"Source {number}"), significance=significance)

    assert staleness.outdated_by(translation) == outdated
    assert (shown(topic, "es") == ("Título", "es")) is stays
    assert problems() == []


def test_rule_6_a_source_that_is_as_it_was_makes_the_translation_current_again(people):
    topic = f.make_topic()
    f.make_public(people, topic, text=text("Source"))
    translation = f.make_public(people, topic, "es", text("Título")).revision

    f.make_public(people, topic, text=text("Other"))
    between = staleness.outdated_by(translation)
    f.make_public(people, topic, text=text("Source"))

    assert (between, staleness.outdated_by(translation)) == ("meaning", "")
    [item] = Topic.objects.public("es")
    assert item.outdated is False


@pytest.mark.parametrize("outdated", [False, True])
def test_rule_6_reaffirming_the_source_changes_nothing_for_translations(people, outdated):
    topic = in_two_languages(people)
    if outdated:
        f.make_public(people, topic, text=text("Newer"))
    live = workflow.fresh(topic).sign_off_in("en")

    workflow.reaffirm(topic, "en", by=people.second_advisor, expected=live.fingerprints)

    [item] = Topic.objects.public("es")
    assert (item.language, item.outdated) == ("es", outdated)


def test_rule_6_a_draft_or_signed_source_does_not_make_translations_outdated(people):
    topic = in_two_languages(people)
    translation = workflow.newest_revision(topic, "es")

    request = f.submit(people, topic, text=text("New"), **SAFETY)
    in_review = staleness.outdated_by(translation)
    f.sign(people, request)

    assert (in_review, staleness.outdated_by(translation)) == ("", "")
    assert shown(topic, "es")[1] == "es"


def test_rule_6_a_change_of_facts_is_a_matter_of_safety(people):
    situation = f.make_situation()
    f.make_public(people, situation, facts={"group": "ras"})
    f.make_public(people, situation, "es")

    sign_off = f.make_public(people, situation, facts={"group": "msi"}, significance="wording")

    assert sign_off.significance == "safety"
    assert shown(situation, "es")[1] == "en"


def test_rule_6_an_advisor_may_lower_a_change_of_facts(people):
    situation = f.make_situation()
    f.make_public(people, situation, facts={"group": "ras"})
    translation = f.make_public(people, situation, "es").revision
    request = f.submit(people, situation, facts={"group": "msi"})
    [revision] = request.revisions.all()

    [sign_off] = f.approve(people, request, significance={revision.pk: "wording"})

    assert sign_off.significance == "wording"
    assert staleness.outdated_by(translation) == "wording"
    assert shown(situation, "es")[1] == "es"


@pytest.mark.parametrize(
    ("proposed", "decided", "stays"), [("wording", "safety", False), ("safety", "wording", True)]
)
def test_rule_6_the_advisors_view_of_a_change_wins(people, proposed, decided, stays):
    topic = in_two_languages(people)
    request = f.submit(people, topic, text=text("New"), significance=proposed)
    [revision] = request.revisions.all()

    [sign_off] = f.approve(people, request, significance={revision.pk: decided})

    assert sign_off.significance == decided
    assert (shown(topic, "es")[1] == "es") is stays


def test_rule_6_safety_takes_down_outdated_translations_only(people):
    topic = f.make_topic()
    f.make_public(people, topic, text=text("Good"))
    f.make_public(people, topic, "es", text("Bueno"))
    f.make_public(people, topic, text=text("Harmful"))

    f.make_public(people, topic, text=text("Good"), **SAFETY)

    assert shown(topic, "es") == ("Bueno", "es")
    assert problems() == []


def test_rule_6_a_translation_taken_down_says_why(people):
    topic = in_two_languages(people)

    f.make_public(people, topic, text=text("Safer"), **SAFETY)

    taken = SignOff.objects.get(language="es", decision="withdraw")
    assert (taken.user, "safety" in taken.reason) == (people.advisor, True)
    [item] = Topic.objects.public("es")
    assert (item.language, item.fallback) == ("en", "withdrawn")


def test_rule_6_a_translation_of_an_unsigned_source_is_not_signed(people):
    topic = f.make_topic()
    draft = f.save(topic, "en", people.editor)
    request = f.submit(people, topic, "es", text("Título"))

    refused(f.sign, people, request)
    workflow.submit([draft], by=people.editor)
    refused(f.sign, people, request)


def test_rule_6_a_translation_of_a_draft_is_current_once_just_that_draft_is_published(people):
    topic = f.make_topic()
    draft = f.save(topic, "en", people.editor)
    request = f.submit(people, topic, "es", text("Título"))

    f.approve(people, workflow.submit([draft], by=people.editor))
    f.approve(people, request)

    [item] = Topic.objects.public("es")
    assert (item.language, item.outdated) == ("es", False)


def test_rule_6_a_translation_of_a_draft_that_changed_is_not_signed(people):
    topic = f.make_topic()
    f.save(topic, "en", people.editor, text("Before"))
    request = f.submit(people, topic, "es", text("Antes"))

    f.make_public(people, topic, text=text("After"))

    refused(f.sign, people, request)


def test_rule_6_a_restored_translation_translates_what_it_once_did(people):
    topic = f.make_topic()
    f.save(topic, "en", people.editor, text("Before"))
    early = f.save(topic, "es", people.translator, text("Antes"))
    workflow.discard(early, by=people.translator)
    f.make_public(people, topic, text=text("After"))

    restored = workflow.restore(early, by=people.translator)

    assert staleness.outdated_by(restored) == "safety"
    refused(f.sign, people, workflow.submit([restored], by=people.translator))


def test_rule_6_a_draft_that_changed_while_it_was_translated_was_not_translated(people, client):
    topic = f.make_topic()
    seen = f.save(topic, "en", people.editor, text("Before"))
    client.force_login(people.translator)
    address = reverse("admin:topics_topic_change", args=[topic.pk]) + "?language=es"
    form = client.get(address).context["form"]
    opened = {field.name: field.value() or "" for field in form}
    f.save(topic, "en", people.editor, text("After"))

    client.post(address, {**opened, **text("Antes"), "action": "save"})

    saved = workflow.newest_revision(topic, "es")
    assert saved is None or saved.source_fingerprints == seen.fingerprints


@pytest.mark.parametrize("unknown", ["another item's", "a translation"])
def test_rule_6_what_is_no_source_of_the_item_is_nothing_to_translate(people, unknown):
    topic = in_two_languages(people)
    other = f.make_topic()
    f.make_public(people, other)
    source = workflow.newest_revision(*((other, "en") if unknown[0] == "an" else (topic, "es")))
    writer = f.make_user(f.unique("translator"), f.groups.translators("fr"))
    advisor = f.make_advisor(f.unique("advisor"), "fr")
    request = workflow.submit(
        [f.save(topic, "fr", writer, text("Titre"), source=source)], by=writer
    )

    refused(f.sign, people, request, by=advisor)


# -- Rule 7: a withdrawn source takes its translations with it -----------------------------------


def test_rule_7_a_withdrawn_source_takes_its_translations_with_it(people):
    topic = in_two_languages(people)

    workflow.withdraw(topic, "en", by=people.advisor, reason="Harmful")

    assert (shown(topic, "en"), shown(topic, "es")) == (None, None)
    assert not [name for name, value in row(topic).items() if "_es" in name and value is not None]
    decisions = SignOff.objects.filter(decision="withdraw").values_list("language", flat=True)
    assert sorted(decisions) == ["en", "es"]
    assert problems() == []


def test_rule_7_a_withdrawn_translation_leaves_the_source_and_the_others(people):
    topic = in_two_languages(people)

    workflow.withdraw(topic, "es", by=people.spanish_advisor, reason="Harmful")

    assert (shown(topic, "en")[1], shown(topic, "es")[1]) == ("en", "en")
    assert problems() == []


def test_rule_7_a_translation_stays_down_when_its_source_returns(people):
    topic = in_two_languages(people)
    earlier = workflow.newest_revision(topic, "en")
    workflow.withdraw(topic, "en", by=people.advisor, reason="Harmful")

    again = workflow.restore(earlier, by=people.editor)
    f.approve(people, workflow.submit([again], by=people.editor))

    assert (shown(topic, "en")[1], shown(topic, "es")[1]) == ("en", "en")


@pytest.mark.parametrize("reason", ["", " \n"])
def test_rule_7_a_withdrawal_gives_its_reason(people, reason):
    topic = f.make_topic()
    f.make_public(people, topic)

    refused(workflow.withdraw, topic, "en", by=people.advisor, reason=reason)


def test_rule_7_a_withdrawal_hits_no_other_text_whatever_the_row_points_to(people):
    topic, other = f.make_topic(), f.make_topic()
    f.make_public(people, topic, text=text("Wrong"))
    sign_off = f.make_public(people, other, text=text("Right"))
    change(topic, sign_off_en_id=sign_off.pk)

    with suppress(TransitionNotAllowed):
        workflow.withdraw(topic, "en", by=people.advisor, reason="Wrong")

    assert (shown(topic), shown(other)) == (None, ("Right", "en"))


def test_rule_7_a_withdrawal_is_seen_on_the_next_request(people, client):
    guide = f.make_guide()
    f.make_public(people, guide)
    f.make_public(people, guide, "es", f.text_for(type(guide), title="Mi hígado"))
    with override("es"):
        address = guide.get_absolute_url()
    pages = [client.get(address)]

    workflow.withdraw(guide, "es", by=people.spanish_advisor, reason="Wrong")
    pages.append(client.get(address))
    workflow.withdraw(guide, "en", by=people.advisor, reason="Wrong")
    pages.append(client.get(address))

    assert [page.status_code for page in pages] == [200, 200, 410]
    assert ["Mi hígado" in page.content.decode() for page in pages] == [True, False, False]


# -- Rule 9: dates derive from sign-offs ---------------------------------------------------------


@pytest.mark.parametrize(
    ("signed", "months", "due"),
    [
        ("2026-03-15", 12, "2027-03-15"),
        ("2026-03-15", 1, "2026-04-15"),
        ("2026-01-31", 1, "2026-02-28"),
        ("2028-01-31", 1, "2028-02-29"),
        ("2028-01-30", 1, "2028-02-29"),
        ("2028-02-29", 12, "2029-02-28"),
        ("2028-02-29", 48, "2032-02-29"),
        ("2027-02-28", 12, "2028-02-28"),
        ("2026-08-31", 1, "2026-09-30"),
        ("2026-12-31", 2, "2027-02-28"),
        ("2026-12-01", 1, "2027-01-01"),
        ("2026-11-30", 13, "2027-12-30"),
        ("2026-10-31", 24, "2028-10-31"),
    ],
)
def test_rule_9_the_next_review_is_due_so_many_months_after_signing(
    people, settings, time_machine, signed, months, due
):
    settings.REVIEW_MONTHS = months
    time_machine.move_to(f"{signed}T12:00:00Z", tick=False)

    sign_off = f.make_public(people, f.make_topic())

    assert sign_off.signed_at.date().isoformat() == signed
    assert sign_off.next_review.isoformat() == due


@pytest.mark.parametrize("time", ["00:00:00", "23:59:59"])
def test_rule_9_the_day_of_signing_is_the_same_from_first_to_last_second(
    people, time_machine, time
):
    time_machine.move_to(f"2026-03-15T{time}Z", tick=False)

    sign_off = f.make_public(people, f.make_topic())

    assert sign_off.next_review.isoformat() == "2027-03-15"


def test_rule_9_reaffirming_moves_the_date_and_nothing_else(people, time_machine):
    topic = f.make_topic()
    time_machine.move_to("2026-03-15T12:00:00Z", tick=False)
    first = f.make_public(people, topic)
    before = row(topic)
    time_machine.move_to("2027-03-16T12:00:00Z", tick=False)

    again = workflow.reaffirm(topic, "en", by=people.advisor, expected=first.fingerprints)

    [item] = Topic.objects.public("en")
    assert item.approval == again
    assert (first.next_review.year, item.approval.next_review.isoformat()) == (2027, "2028-03-16")
    after = row(topic)
    assert {name for name in after if after[name] != before[name]} == {"sign_off_en_id"}


def test_rule_9_a_withdrawal_has_no_next_review(people):
    topic = f.make_topic()
    f.make_public(people, topic)

    workflow.withdraw(topic, "en", by=people.advisor, reason="Wrong")

    assert SignOff.objects.get(decision="withdraw").next_review is None


def test_rule_9_a_sign_off_keeps_the_advisor_as_of_then(people):
    topic = f.make_topic()
    sign_off = f.make_public(people, topic)
    name, advisor = sign_off.name, people.advisor.advisor
    advisor.name, advisor.credentials, advisor.interests = "Dr New", "Professor", "Shares"
    advisor.save()

    [item] = Topic.objects.public("en")

    assert (item.approval.name, item.approval.credentials) == (name, "MD")
    assert item.approval.interests == "None declared"
    assert problems() == []


def test_rule_6_translation_of_a_withdrawn_text_stays_down_when_the_source_is_signed_anew(people):
    topic = in_two_languages(people)
    old = workflow.newest_revision(topic, "es")
    workflow.withdraw(topic, "en", by=people.advisor, reason="Harmful")
    f.make_public(people, topic, text=text("Anew"), significance="wording")
    restored = workflow.restore(old, by=people.translator)

    with pytest.raises(TransitionNotAllowed, match="neither adjusted nor confirmed"):
        workflow.submit([restored], by=people.translator)


# -- The source changes while a translation is in review -----------------------------------------


@pytest.mark.parametrize(
    ("significance", "signed"), [("wording", True), ("meaning", True), ("safety", False)]
)
def test_advisor_sees_that_the_source_changed_while_a_translation_was_in_review(
    client, people, significance, signed
):
    topic = in_two_languages(people)
    request = f.submit(people, topic, "es", text("Nuevo"))
    f.make_public(people, topic, text=text("Newer"), significance=significance)
    client.force_login(people.spanish_advisor)

    page = client.get(reverse("admin:review_reviewrequest_change", args=[request.pk]))

    assert "is another text than the one translated here" in page.content.decode()
    if signed:
        f.approve(people, request)
        assert shown(topic, "es") == ("Nuevo", "es")
    else:
        refused(f.approve, people, request)
        assert shown(topic, "es")[1] == "en"


def test_translation_that_was_withdrawn_comes_back_by_a_signature_only(people):
    topic = in_two_languages(people)
    workflow.withdraw(topic, "es", by=people.spanish_advisor, reason="Wrong")
    translation = workflow.newest_revision(topic, "es")

    again = workflow.restore(translation, by=people.translator)
    before = shown(topic, "es")[1]
    f.approve(people, workflow.submit([again], by=people.translator))

    assert (before, shown(topic, "es")[1]) == ("en", "es")


def test_safe_translation_ends_what_a_change_for_safety_began(people):
    topic = in_two_languages(people)
    f.make_public(people, topic, text=text("Safer"), **SAFETY)
    down = shown(topic, "es")[1]

    f.make_public(people, topic, "es", text("Más seguro"))

    assert (down, shown(topic, "es")) == ("en", ("Más seguro", "es"))
    [item] = Topic.objects.public("es")
    assert (item.outdated, item.fallback) == (False, "")


@pytest.mark.parametrize(
    ("published", "change"),
    [
        (["wording"], "wording"),
        (["meaning", "wording"], "meaning"),
        (["wording", "meaning"], "meaning"),
    ],
)
def test_readers_are_told_the_highest_change_since_and_the_day_of_the_last(
    people, published, change, time_machine, django_assert_num_queries
):
    topics = [in_two_languages(people), in_two_languages(people)]
    for number, significance in enumerate(published, start=1):
        time_machine.move_to(f"2031-05-0{number}T12:00:00Z", tick=False)
        for topic in topics:
            f.make_public(people, topic, text=text(f"{number}"), significance=significance)
    items = list(Topic.objects.public("es"))

    with django_assert_num_queries(1):
        staleness.tell(items)

    told = {(item.change, item.changed_at.date().isoformat()) for item in items}
    assert told == {(change, f"2031-05-0{len(published)}")}
