"""Releases: texts that go public together, or not at all, and the way back."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from review import staleness, workflow
from review.models import LedgerEntry, Release, Revision, SignOff
from review.workflow import TransitionNotAllowed
from tests import factories as f

from .records import everything, problems, refused, shown, text

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _everything_fits(db):
    """Whatever a test does here, ``verify`` finds nothing afterwards."""
    yield
    assert problems() == []


def put(people, release, item, language="en", words="New", facts=None, source=None, **more):
    """A text before the advisors, in a release. Returns its request."""
    by = people.writer_of(language)
    draft = f.save(item, language, by, text(words), facts, source=source, **more)
    return workflow.submit([draft], by=by, release=release)


def decide(people, request, **more):
    by = people.signer_of(request.language)
    return workflow.approve(request, by=by, expected=f.expected(request), **more)


def public(people, item, language="en", words="Old", **more):
    by = people.writer_of(language)
    draft = f.save(item, language, by, text(words), **more)
    [sign_off] = decide(people, workflow.submit([draft], by=by))
    return sign_off


def undo(release, *, by, reason):
    """Undo a release as somebody who has just read what that would do."""
    advisor = getattr(by, "advisor", None)
    expected = workflow.undo_plan(release, advisor).fingerprints if advisor else ""
    return workflow.undo_release(release, by=by, reason=reason, expected=expected)


class Two:
    """A topic whose new English and Spanish wait in one release."""

    def __init__(self, people, old=False, significance="meaning"):
        self.people, self.topic = people, f.make_topic()
        if old:
            public(people, self.topic)
            public(people, self.topic, "es")
        self.release = workflow.make_release("Spring", by=people.editor)
        more = {"significance": significance}
        self.english = put(people, self.release, self.topic, **more)
        self.source = self.english.revisions.get()
        self.spanish = put(people, self.release, self.topic, "es", source=self.source)

    def publish(self):
        decide(self.people, self.english)
        decide(self.people, self.spanish)
        self.release.refresh_from_db()
        assert self.release.state == "published"
        return self

    def shown(self):
        return [shown(self.topic, code) for code in ("en", "es")]


OLD, NEW = [("Old", "en"), ("Old", "es")], [("New", "en"), ("New", "es")]


def speaking(*codes):
    return f.make_advisor(None, *codes)


# -- Going public ---------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [("english", "spanish"), ("spanish", "english")])
@pytest.mark.parametrize("old", [True, False])
def test_all_signed_or_none_public_in_either_order(people, order, old):
    two = Two(people, old)
    first, second = (getattr(two, name) for name in order)
    before = two.shown()

    decide(people, first)
    between = two.shown()
    decide(people, second)

    assert between == before == (OLD if old else [None, None])
    assert two.shown() == NEW
    assert set(two.release.requests.values_list("state", flat=True)) == {"published"}
    assert LedgerEntry.objects.filter(event="release:publish").count() == 1


def test_a_change_for_safety_does_not_take_down_the_translation_that_follows_it(people):
    two = Two(people, old=True, significance="safety")

    two.publish()

    assert two.shown() == NEW
    assert not SignOff.objects.filter(decision="withdraw").exists()


def test_a_change_for_safety_takes_down_the_languages_that_do_not_follow(people):
    topic = f.make_topic()
    public(people, topic)
    public(people, topic, "fr")
    release = workflow.make_release("Spring", by=people.editor)
    english = put(people, release, topic, significance="safety")
    spanish = put(people, release, topic, "es", source=english.revisions.get())

    decide(people, spanish)
    decide(people, english)

    assert [shown(topic, code) for code in ("es", "fr")] == [("New", "es"), ("New", "en")]


@pytest.mark.parametrize("order", [("english", "spanish"), ("spanish", "english")])
@pytest.mark.parametrize("how", ["advisor", "proposed", "facts"])
def test_a_translation_of_the_old_text_does_not_come_along_with_a_change_for_safety(
    people, order, how
):
    figure = f.make_figure()
    words = {"en": people.writer_of("en"), "es": people.writer_of("es")}
    study = f.make_source()
    f.make_public(people, study)

    def draft(language, count=None, **more):
        facts = {"count": count, "out_of": 100, "sources": [study.key]} if count else None
        title = f"{count} {language} {Revision.objects.count()}"
        fields = f.text_for(type(figure), sentence=title)
        return f.save(figure, language, words[language], fields, facts, **more)

    decide(people, workflow.submit([draft("en", 20)], by=words["en"]))
    decide(people, workflow.submit([draft("es")], by=words["es"]))
    release = workflow.make_release("Spring", by=people.editor)
    new = draft("en", 30 if how == "facts" else 20, significance="wording")
    if how == "proposed":
        new = draft("en", 20, significance="safety")
    requests = {
        "english": workflow.submit([new], by=words["en"], release=release),
        "spanish": workflow.submit([draft("es")], by=words["es"], release=release),
    }
    assert requests["spanish"].revisions.get().source_fingerprints != new.fingerprints
    chosen = {"english": {new.pk: "safety"} if how == "advisor" else {}}

    with pytest.raises(TransitionNotAllowed, match="changed for safety"):  # noqa: PT012
        for name in order:
            decide(people, requests[name], significance=chosen.get(name))

    assert Release.objects.get().state == "gathering"


def test_a_translation_of_the_old_text_may_come_along_with_a_change_of_wording(people):
    topic = f.make_topic()
    public(people, topic)
    release = workflow.make_release("Spring", by=people.editor)
    spanish = put(people, release, topic, "es")
    english = put(people, release, topic, significance="wording")

    decide(people, spanish)
    decide(people, english)

    assert shown(topic, "es") == ("New", "es")


@pytest.mark.parametrize("state", ["changes requested", "recalled", "stopped", "open"])
def test_a_request_that_is_not_signed_holds_the_release_back(people, state):
    two = Two(people)
    if state == "changes requested":
        by = people.signer_of("es")
        workflow.request_changes(two.spanish, by=by, comment="Shorter")
    elif state == "recalled":
        workflow.recall(two.spanish, by=people.writer_of("es"))
    elif state == "stopped":
        decide(people, two.spanish)
        workflow.stop(two.spanish, by=people.writer_of("es"), reason="Wait")

    decide(people, two.english)

    assert two.shown() == [None, None]
    refusal = refused(workflow.publish_release, two.release, by=people.editor)
    assert "is not signed" in str(refusal.value)


def test_a_later_request_with_the_same_texts_replaces_one_given_back(people):
    two = Two(people)
    decide(people, two.english)
    workflow.request_changes(two.spanish, by=people.signer_of("es"), comment="Shorter")
    later = put(people, two.release, two.topic, "es", "Better", source=two.source)
    assert two.shown() == [None, None]

    decide(people, later)

    assert two.shown() == [("New", "en"), ("Better", "es")]


def test_a_later_request_that_lacks_one_of_the_texts_does_not_replace_it(people):
    topics = [f.make_topic(), f.make_topic()]
    release = workflow.make_release("Spring", by=people.editor)
    by = people.writer_of("en")
    drafts = [f.save(topic, "en", by, text("New")) for topic in topics]
    both = workflow.submit(drafts, by=by, release=release)
    workflow.request_changes(both, by=people.signer_of("en"), comment="Shorter")

    decide(people, put(people, release, topics[0], words="Shorter"))

    assert [shown(topic) for topic in topics] == [None, None]
    assert workflow.waits_for(release) == [both]


def test_a_request_taken_out_holds_nothing_back(people):
    two = Two(people)
    decide(people, two.english)
    workflow.request_changes(two.spanish, by=people.signer_of("es"), comment="Shorter")

    workflow.join(two.spanish, None, by=people.writer_of("es"))
    workflow.publish_release(two.release, by=people.editor)

    assert two.shown() == [("New", "en"), ("New", "en")]


def test_a_signed_request_is_not_taken_out_of_its_release(people):
    two = Two(people)
    decide(people, two.english)

    assert "Stop it first" in str(refused(workflow.join, two.english, None, by=people.editor).value)


@pytest.mark.parametrize("broken", ["bytes", "advisor", "account", "reference", "decided"])
def test_all_signed_or_none_public_when_any_one_text_fails(people, broken, sql_unguarded):
    release = workflow.make_release("Spring", by=people.editor)
    study = f.make_source()
    f.make_public(people, study)
    topics = [f.make_topic() for _ in range(3)]
    words = ["New", "New", f"New [@{study.key}]"]
    requests = []
    for topic, body in zip(topics, words, strict=True):
        draft = f.save(topic, "en", people.writer_of("en"), text("New", body=body))
        requests.append(workflow.submit([draft], by=people.writer_of("en"), release=release))
    other = speaking("en")
    for request in requests[:-1]:
        decide(people, request)
    # Signed, but not published with it: something else keeps the release for now.
    wait = put(people, release, f.make_topic())
    workflow.approve(requests[-1], by=other, expected=f.expected(requests[-1]))
    workflow.join(wait, None, by=people.editor)
    last = requests[-1].revisions.get()
    if broken == "bytes":
        sql_unguarded("UPDATE review_revision SET fingerprint = %s WHERE id = %s", "0", last.pk)
    elif broken == "advisor":
        type(other.advisor).objects.filter(pk=other.advisor.pk).update(active=False)
    elif broken == "account":
        type(other).objects.filter(pk=other.pk).update(is_active=False)
    elif broken == "reference":
        workflow.withdraw(study, "en", by=people.admin, reason="Retracted")
    else:
        release.requests.filter(pk=requests[-1].pk).update(state="overtaken")

    before = everything()
    with pytest.raises(TransitionNotAllowed):
        workflow.publish_release(release, by=people.editor)

    assert everything() == before
    assert [shown(topic) for topic in topics] == [None] * 3
    if broken == "bytes":
        sql_unguarded(
            "UPDATE review_revision SET fingerprint = %s WHERE id = %s", last.fingerprint, last.pk
        )
    elif broken == "decided":
        release.requests.filter(pk=requests[-1].pk).update(state="signed")


def test_a_release_with_nothing_in_it_does_not_go_public(people):
    release = workflow.make_release("Spring", by=people.editor)

    refused(workflow.publish_release, release, by=people.editor)


def test_who_neither_writes_nor_signs_publishes_no_release(people):
    two = Two(people)
    workflow.sign(two.english, by=people.signer_of("en"), expected=f.expected(two.english))
    workflow.sign(two.spanish, by=people.signer_of("es"), expected=f.expected(two.spanish))

    assert refused(workflow.publish_release, two.release, by=people.nobody).type is PermissionDenied
    workflow.publish_release(two.release, by=people.writer_of("es"))
    assert two.shown() == NEW


@pytest.mark.parametrize("name", ["", " \n"])
def test_a_release_has_a_name(people, name):
    refused(workflow.make_release, name, by=people.editor)


def test_a_release_is_made_by_who_writes(people):
    assert refused(workflow.make_release, "A", by=people.advisor).type is PermissionDenied


def test_a_release_does_not_go_public_in_the_past(people):
    refused(workflow.make_release, "A", by=people.editor, publish_at=timezone.now())


def test_a_request_of_a_release_has_no_time_of_its_own(people):
    two, soon = Two(people), timezone.now() + timedelta(hours=1)

    for decision in (workflow.sign, workflow.approve):
        refused(
            decision,
            two.english,
            by=people.signer_of("en"),
            expected=f.expected(two.english),
            publish_at=soon,
        )


def test_a_request_of_a_release_is_not_published_by_itself(people):
    two = Two(people)
    decide(people, two.english)

    refused(workflow.publish, two.english, by=people.editor)


@pytest.mark.parametrize("state", ["published", "undone"])
def test_nothing_joins_or_leaves_a_release_that_was_decided(people, state):
    two = Two(people).publish()
    if state == "undone":
        undo(two.release, by=speaking("en", "es"), reason="Wrong")
    other = f.make_topic()
    draft = f.save(other, "en", people.editor, text())
    request = f.submit(people, f.make_topic())

    refused(workflow.submit, [draft], by=people.editor, release=two.release)
    refused(workflow.join, request, two.release, by=people.editor)
    refused(workflow.join, two.english, None, by=people.editor)
    refused(workflow.publish_release, two.release, by=people.editor)


# -- Undoing --------------------------------------------------------------------------------------


def test_undoing_puts_back_the_earlier_bytes_under_new_sign_offs(people):
    two, advisor = Two(people, old=True).publish(), speaking("en", "es")
    signed = SignOff.objects.count()

    up, down = undo(two.release, by=advisor, reason="Wrong dose")

    assert two.shown() == OLD
    assert (len(up), down) == (2, [])
    assert [(each.name, each.reason) for each in up] == [(advisor.advisor.name, "Wrong dose")] * 2
    assert SignOff.objects.count() == signed + 2
    two.release.refresh_from_db()
    assert two.release.state == "undone"
    line = LedgerEntry.objects.get(event="release:undo")
    assert line.actor == advisor.username
    assert '"reason":"Wrong dose"' in line.payload


def test_undoing_takes_down_what_was_new(people):
    two = Two(people).publish()

    up, down = undo(two.release, by=speaking("en", "es"), reason="Wrong")

    assert two.shown() == [None, None]
    assert (up, len(down)) == ([], 2)


@pytest.mark.parametrize(
    ("codes", "after"),
    [(["en"], [("Old", "en"), ("Old", "en")]), (["es"], [None, None]), (["fr"], None)],
)
def test_undoing_takes_down_what_the_advisor_does_not_sign(people, codes, after):
    """A translation does not outlive its source."""
    two = Two(people, old=True).publish()

    if after is None:
        refusal = refused(undo, two.release, by=speaking(*codes), reason="Wrong")
        assert refusal.type is PermissionDenied
    else:
        undo(two.release, by=speaking(*codes), reason="Wrong")
        assert two.shown() == after


def test_undoing_takes_down_a_translation_that_came_after_the_release(people):
    topic = f.make_topic()
    release = workflow.make_release("Spring", by=people.editor)
    decide(people, put(people, release, topic))
    public(people, topic, "fr", "Later")

    undo(release, by=speaking("en"), reason="Wrong")

    assert [shown(topic, code) for code in ("en", "fr")] == [None, None]


def test_undoing_leaves_a_translation_of_the_earlier_text_where_it_is(people):
    """Also one that was a little behind it already."""
    topic = f.make_topic()
    public(people, topic, words="First", significance="wording")
    public(people, topic, "fr", "First")
    public(people, topic, significance="wording")
    public(people, topic, "es")
    release = workflow.make_release("Spring", by=people.editor)
    decide(people, put(people, release, topic, significance="meaning"))

    undo(release, by=speaking("en"), reason="Wrong")

    assert [shown(topic, code) for code in ("es", "fr")] == [("Old", "es"), ("First", "fr")]
    french, spanish = (topic_live(topic, code) for code in ("fr", "es"))
    assert staleness.outdated_by(spanish.revision) == ""
    assert staleness.outdated_by(french.revision) == "wording"


def topic_live(topic, language):
    topic.refresh_from_db()
    return SignOff.objects.get(pk=topic.sign_off_id_in(language))


@pytest.mark.parametrize("significance", ["meaning", "safety"])
def test_undoing_puts_back_a_translation_that_was_behind_as_it_was(people, significance):
    topic = f.make_topic()
    public(people, topic, words="First")
    public(people, topic, "es")
    public(people, topic, significance="wording")
    release = workflow.make_release("Spring", by=people.editor)
    english = put(people, release, topic, significance=significance)
    spanish = put(people, release, topic, "es", source=english.revisions.get())
    decide(people, english)
    decide(people, spanish)

    undo(release, by=speaking("en", "es"), reason="Wrong")

    assert [shown(topic, code) for code in ("en", "es")] == OLD
    assert staleness.outdated_by(topic_live(topic, "es").revision) == "wording"


def test_undoing_takes_down_a_translation_of_the_text_that_is_undone(people):
    two = Two(people, old=True)
    workflow.join(two.spanish, None, by=people.writer_of("es"))
    decide(people, two.english)
    decide(people, two.spanish)
    assert two.shown() == NEW

    undo(two.release, by=speaking("en"), reason="Wrong")

    assert two.shown() == [("Old", "en"), ("Old", "en")]


@pytest.mark.parametrize("since", ["signature", "reaffirmation", "withdrawal", "retirement"])
def test_undoing_is_refused_when_something_was_decided_since(people, since):
    two = Two(people, old=True).publish()
    other = speaking("en")
    if since == "signature":
        public(people, two.topic, words="Newer")
    elif since == "reaffirmation":
        seen = topic_live(two.topic, "en").fingerprints
        workflow.reaffirm(two.topic, "en", by=other, expected=seen)
    elif since == "withdrawal":
        workflow.withdraw(two.topic, "es", by=speaking("es"), reason="Wrong")
    else:
        workflow.retire(two.topic, by=people.admin, reason="Old")

    refusal = refused(undo, two.release, by=speaking("en", "es"), reason="Wrong")

    assert "Decided anew since" in str(refusal.value)


def test_who_wrote_one_of_the_texts_does_not_undo(people):
    two = Two(people, old=True)
    author = people.writing_advisor
    workflow.recall(two.english, by=author)
    draft = f.save(two.topic, "en", author, text("New again"))
    request = workflow.submit([draft], by=author, release=two.release)
    workflow.recall(two.spanish, by=people.writer_of("es"))
    spanish = put(people, two.release, two.topic, "es", source=draft)
    decide(people, request)
    decide(people, spanish)

    refusal = refused(undo, two.release, by=author, reason="Wrong")

    assert refusal.type is PermissionDenied
    assert "did not write it" in str(refusal.value)


@pytest.mark.parametrize("who", ["admin", "editor", "nobody"])
def test_only_an_advisor_undoes(people, who):
    two = Two(people, old=True).publish()
    by = getattr(people, who)

    refusal = refused(undo, two.release, by=by, reason="Wrong")

    assert refusal.type is PermissionDenied


def test_undoing_says_why(people):
    two = Two(people, old=True).publish()

    refused(undo, two.release, by=speaking("en", "es"), reason=" ")


def test_a_release_is_undone_once_and_only_when_public(people):
    two, advisor = Two(people, old=True), speaking("en", "es")
    refused(undo, two.release, by=advisor, reason="Wrong")
    two.publish()
    undo(two.release, by=advisor, reason="Wrong")

    refused(undo, two.release, by=advisor, reason="Wrong")


def test_undoing_is_refused_when_what_the_earlier_text_names_is_gone(people):
    study, topic = f.make_source(), f.make_topic()
    f.make_public(people, study)
    by = people.writer_of("en")
    old = f.save(topic, "en", by, text("Old", body=f"As shown [@{study.key}]."))
    decide(people, workflow.submit([old], by=by))
    release = workflow.make_release("Spring", by=people.editor)
    decide(people, put(people, release, topic))
    workflow.withdraw(study, "en", by=people.admin, reason="Retracted")

    refusal = refused(undo, release, by=speaking("en"), reason="Wrong")

    assert study.key in str(refusal.value)


@pytest.mark.parametrize("event", ["release:make", "release:publish", "release:undo"])
def test_a_release_of_which_the_ledger_does_not_tell_is_named(people, event, sql_unguarded):
    two = Two(people).publish()
    undo(two.release, by=speaking("en", "es"), reason="Wrong")
    line = LedgerEntry.objects.get(event=event)
    columns = "event = %s, payload = %s WHERE number = %s"

    told = line.payload.replace(event, "release:other")
    sql_unguarded(f"UPDATE review_ledgerentry SET {columns}", "release:other", told, line.number)

    assert f"release {two.release.pk}: the ledger does not tell of {event}" in problems()
    sql_unguarded(f"UPDATE review_ledgerentry SET {columns}", event, line.payload, line.number)
