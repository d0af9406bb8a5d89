"""The doors: what passes, what does not, and that nothing gets round them."""

import logging
from copy import deepcopy
from datetime import timedelta

import pytest
from django.core.exceptions import FieldError
from django.db import IntegrityError, transaction
from django.db.models import Count, F, Prefetch
from django.utils.translation import override

from evidence.models import Source
from review import languages, workflow
from review.doors import newest_revisions, published_languages
from review.models import SignOff
from tests import factories as f
from topics.models import Guide, Topic

from .records import change, problems, row, without_triggers

pytestmark = pytest.mark.django_db


def text(title, **fields):
    return f.text_for(Topic, title=title, **fields)


def titles(queryset):
    return [item.text["title"] for item in queryset]


@pytest.fixture(scope="module")
def made(django_db_setup, django_db_blocker):
    """(people, a topic that is public in English and Spanish); each test has its own copies."""
    with django_db_blocker.unblock(), transaction.atomic():
        people, topic = f.People(), f.make_topic(key="topic")
        f.make_public(people, topic, text=text("English"))
        f.make_public(people, topic, "es", text("Español"))
        yield people, topic
        transaction.set_rollback(True)


@pytest.fixture
def people(made, db):
    return deepcopy(made[0])


@pytest.fixture
def topic(made, db):
    return deepcopy(made[1])


@pytest.fixture
def complaints(caplog):
    """What the doors logged, as sentences."""
    caplog.set_level(logging.INFO, logger="review.doors")
    return lambda: [r.getMessage() for r in caplog.records if r.name == "review.doors"]


def put_back(topic, before, language):
    """One language's columns as they were: an old text together with its old sign-off."""
    suffix = "_" + language
    names = [n for n in before if n.endswith((suffix, suffix + "_id"))]
    facts = ["facts"] if language == languages.source() else []
    change(topic, **{name: before[name] for name in [*names, *facts]})


# -- Public and signed ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "public", "signed"),
    [
        ("en", ["English"], ["English"]),
        ("es", ["Español"], ["Español"]),
        ("fr", ["English"], []),
        ("zh-hans", ["English"], []),
    ],
)
def test_public_falls_back_and_signed_does_not(topic, language, public, signed):
    f.make_topic()

    for active in languages.codes():
        with override(active):
            assert titles(Topic.objects.public(language)) == public
            assert titles(Topic.objects.signed(language)) == signed


def test_item_says_in_which_language_it_is_shown_and_why(people, topic):
    shown = {code: Topic.objects.public(code).get() for code in ("en", "es", "ar")}
    workflow.withdraw(topic, "es", by=people.spanish_advisor, reason="Wrong")
    shown["withdrawn"] = Topic.objects.public("es").get()

    assert {name: (item.language, item.fallback) for name, item in shown.items()} == {
        "en": ("en", ""),
        "es": ("es", ""),
        "ar": ("en", "untranslated"),
        "withdrawn": ("en", "withdrawn"),
    }
    assert {item.direction for item in shown.values()} == {"ltr"}


def test_a_fallen_back_item_is_whole_and_never_mixed(people):
    situation = f.make_situation()
    words = f.text_for(type(situation), label="Label", explanation="Explanation")
    f.make_public(people, situation, text=words, facts={"group": "ras"})

    [item] = type(situation).objects.public("es")

    assert item.text == {"label": "Label", "explanation": "Explanation"}
    assert item.approval == item.source_approval == item.sign_off_in("en")


def test_a_translation_carries_its_own_sign_off_and_the_facts_of_its_source(people):
    situation = f.make_situation()
    f.make_public(people, situation, facts={"group": "ras"})
    spanish = f.make_public(people, situation, "es", f.text_for(type(situation), label="RAS"))

    [item] = type(situation).objects.public("es")

    assert (item.approval, item.approval.name) == (spanish, people.spanish_advisor.advisor.name)
    assert item.source_approval.name == people.advisor.advisor.name
    assert item.facts == {"group": "ras"}


def test_facts_without_text_are_shown_in_every_language(people):
    f.make_public(people, f.make_source(key="smith"))

    found = {code: [s.key for s in Source.objects.public(code)] for code in languages.codes()}

    assert found == {code: ["smith"] for code in languages.codes()}
    assert [s.key for s in Source.objects.signed("es")] == ["smith"]


@pytest.mark.parametrize("state", ["nothing", "draft", "in review", "changes requested", "signed"])
@pytest.mark.parametrize("language", ["en", "es"])
def test_what_was_never_published_does_not_pass(people, state, language):
    topic = f.make_topic()
    if state != "nothing":
        f.save(topic, "en", people.editor)
    if state not in ("nothing", "draft"):
        request = workflow.submit([workflow.newest_revision(topic, "en")], by=people.editor)
    if state == "changes requested":
        workflow.request_changes(request, by=people.advisor, comment="Shorter")
    if state == "signed":
        f.sign(people, request)

    assert topic not in list(Topic.objects.public(language))
    assert topic not in list(Topic.objects.signed(language))


def test_a_signed_text_that_waits_keeps_the_old_one_public(people, topic):
    f.sign(people, f.submit(people, topic, text=text("Tomorrow")))
    f.sign(people, f.submit(people, topic, "es", text("Mañana")))

    assert titles(Topic.objects.public("en")) == ["English"]
    assert titles(Topic.objects.public("es")) == ["Español"]
    assert problems() == []


def test_outdated_says_that_the_source_moved_on(people, topic):
    before = Topic.objects.public("es").get().outdated

    f.make_public(people, topic, text=text("Newer"), significance="wording")

    assert (before, Topic.objects.public("es").get().outdated) == (False, True)
    assert Topic.objects.public("en").get().outdated is False
    assert Topic.objects.public("fr").get().outdated is False


def test_published_languages_are_those_whose_newest_line_publishes(people, topic):
    states = [published_languages(topic)]
    workflow.withdraw(topic, "es", by=people.spanish_advisor, reason="Wrong")
    states.append(published_languages(topic))
    f.make_public(people, topic, "es", text("Mejor"))
    states.append(published_languages(topic))
    workflow.withdraw(topic, "en", by=people.advisor, reason="Wrong")
    states.append(published_languages(topic))

    assert states == [{"en", "es"}, {"en"}, {"en", "es"}, set()]
    assert published_languages(f.make_topic()) == set()


# -- What was changed past the workflow is not shown ---------------------------------------------


@pytest.mark.parametrize("column", ["title", "answer", "body"])
@pytest.mark.parametrize("value", ["Changed", ""])
def test_changed_source_text_is_not_shown_in_any_language(topic, complaints, column, value):
    change(topic, **{f"{column}_en": value})

    for code in languages.codes():
        assert list(Topic.objects.public(code)) == []
        assert list(Topic.objects.signed(code)) == []
    assert set(complaints()) == {
        "topics.topic:topic [en] is not shown: its text is not the text that was signed."
    }
    assert len(problems()) == 1


def test_a_changed_translation_falls_back_to_the_source(topic, complaints):
    change(topic, body_es="Changed")

    [item] = Topic.objects.public("es")

    assert (item.language, item.text["title"]) == ("en", "English")
    assert list(Topic.objects.signed("es")) == []
    assert titles(Topic.objects.public("en")) == ["English"]
    assert set(complaints()) == {
        "topics.topic:topic [es] is not shown: its text is not the text that was signed."
    }


def test_one_byte_is_enough(people, complaints):
    topic = f.make_topic()
    f.make_public(people, topic, text=text("English", body="Ask your doctor."))

    change(topic, body_en="Ask your doctor. ")

    assert topic not in list(Topic.objects.public("en"))
    assert len(complaints()) == 1


def test_changed_facts_are_not_shown(people, complaints):
    situation = f.make_situation()
    f.make_public(people, situation, facts={"group": "ras"})
    f.make_public(people, situation, "es")

    change(situation, facts='{"group": "msi"}')

    assert list(type(situation).objects.public("en")) == []
    assert list(type(situation).objects.public("es")) == []
    assert len(complaints()) == 2


def test_an_old_text_put_back_with_its_old_sign_off_is_not_shown(people, topic, complaints):
    before = row(topic)
    f.make_public(people, topic, text=text("Corrected"), significance="wording")

    put_back(topic, before, "en")

    assert list(Topic.objects.public("en")) == []
    assert list(Topic.objects.public("es")) == []
    assert set(complaints()) == {
        "topics.topic:topic [en] is not shown: "
        "its sign-off is not the one that the ledger published last."
    }
    assert [p for p in problems() if "ledger published last" in p]


def test_a_withdrawn_text_put_back_with_its_old_sign_off_is_not_shown(people, topic):
    before = row(topic)
    workflow.withdraw(topic, "es", by=people.spanish_advisor, reason="Harmful")

    put_back(topic, before, "es")

    assert Topic.objects.public("es").get().language == "en"
    assert list(Topic.objects.signed("es")) == []
    assert problems()


def _put_back_with_the_withdrawal_itself(people, topic, language):
    """The withdrawal names the same bytes, and it is what the ledger recorded last."""
    before = row(topic)
    advisor = people.advisor if language == "en" else people.spanish_advisor
    workflow.withdraw(topic, language, by=advisor, reason="Harmful")
    withdrawal = SignOff.objects.get(decision="withdraw", language=language)
    put_back(topic, {**before, f"sign_off_{language}_id": withdrawal.pk}, language)


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_withdrawn_text_put_back_with_its_withdrawal_is_not_shown(
    people, topic, complaints, language
):
    _put_back_with_the_withdrawal_itself(people, topic, language)

    assert list(Topic.objects.signed(language)) == []
    assert complaints()


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_withdrawn_text_put_back_with_its_withdrawal_is_found(people, topic, language):
    _put_back_with_the_withdrawal_itself(people, topic, language)

    assert problems()


def test_an_old_text_with_the_newest_sign_off_is_not_shown(people, topic):
    f.make_public(people, topic, text=text("Corrected"))

    change(topic, title_en="English")

    assert list(Topic.objects.public("en")) == []


@pytest.mark.parametrize("whose", ["another item's", "another language's"])
def test_a_sign_off_of_something_else_vouches_for_nothing(people, topic, whose):
    if whose == "another item's":
        other = f.make_public(people, f.make_topic(), text=text("English"))
    else:
        other = SignOff.objects.get(key="topic", language="es")

    change(topic, sign_off_en_id=other.pk)

    assert list(Topic.objects.filter(pk=topic.pk).public("en")) == []
    assert [p for p in problems() if "something else" in p]


def test_a_signed_text_put_up_before_its_time_is_not_shown(people, topic):
    [waiting] = f.sign(people, f.submit(people, topic, text=text("Tomorrow")))

    change(topic, title_en="Tomorrow", sign_off_en_id=waiting.pk)

    assert list(Topic.objects.public("en")) == []
    assert problems()


def test_text_copied_to_another_item_is_not_shown(people, topic):
    other = f.make_topic()
    copied = {n: v for n, v in row(topic).items() if n.endswith(("_en", "_en_id"))}

    change(other, facts="{}", **copied)

    assert [item.key for item in Topic.objects.public("en")] == ["topic"]


def test_a_renamed_key_is_not_shown(topic):
    change(topic, key="another")

    assert list(Topic.objects.public("en")) == []


def test_each_refusal_is_one_error_and_what_passes_is_none(people, topic, complaints):
    list(Topic.objects.public("es"))
    list(Topic.objects.public("fr"))
    f.make_topic()
    list(Topic.objects.public("en"))

    assert complaints() == []


def test_one_bad_row_hides_no_other(people, topic):
    other = f.make_topic(topic.guide, position=2)
    f.make_public(people, other, text=text("Other"))

    change(topic, title_en="Changed")

    assert titles(topic.guide.topics.public("es")) == ["Other"]


# -- modeltranslation's own attributes -----------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "es", "fr"])
def test_no_attribute_shows_what_the_door_refused(people, topic, language):
    translator = f.make_user(None, f.groups.translators("fr"))
    french = f.save(topic, "fr", translator, text("Français"))
    f.approve(people, workflow.submit([french], by=translator), by=f.make_advisor(None, "fr"))
    for code in ("es", "fr"):
        change(topic, **{f"title_{code}": "Never signed"})

    seen = {}
    for active in languages.codes():
        [item] = Topic.objects.public(language)
        with override(active):
            seen[active] = item.title

    assert seen == dict.fromkeys(languages.codes(), "English")


def test_attributes_of_a_shown_translation_are_the_translation(topic):
    item = Topic.objects.public("es").get()

    with override("es"):
        assert (item.title, item.body) == ("Español", item.text["body"])
    with override("en"):
        assert item.title == "English"


# -- Chaining ------------------------------------------------------------------------------------


@pytest.fixture
def guide(people):
    """Three topics in the database's order: the second was changed by SQL, all are signed."""
    made = f.make_guide(key="guide")
    f.make_public(people, made)
    for number in (1, 2, 3):
        topic = f.make_topic(made, key=f"topic-{number}", position=number)
        f.make_public(people, topic, text=text(f"Title {number}"))
    change(made.topics.get(key="topic-2"), title_en="Changed")
    return made


CHAINS = {
    "filter": lambda q: q.filter(position__gte=1),
    "exclude": lambda q: q.exclude(position=9),
    "order_by": lambda q: q.order_by("-position").reverse(),
    "all": lambda q: q.all(),
    "distinct": lambda q: q.distinct(),
    "slice": lambda q: q[:3],
    "iterator": lambda q: q.iterator(chunk_size=2),
    "select_related": lambda q: q.select_related("guide"),
    "annotate": lambda q: q.annotate(n=Count("guide__faqs")),
    "defer": lambda q: q.defer("position"),
    "defer nothing": lambda q: q.defer(None),
    "union": lambda q: q.order_by().union(q.order_by()),
    "or": lambda q: q | q,
    "and": lambda q: q & q,
    "in_bulk": lambda q: q.in_bulk([t.pk for t in Topic.objects.all()]).values(),
    "using": lambda q: q.using("default"),
}


def test_a_query_cannot_leave_out_what_its_door_verifies(guide):
    with pytest.raises(FieldError):
        list(guide.topics.public("en").only("position"))


@pytest.mark.parametrize("chain", CHAINS)
def test_a_door_stays_shut_through_every_chain(guide, chain):
    for door in (guide.topics.public("es"), guide.topics.signed("en")):
        found = [item.text["title"] for item in CHAINS[chain](door)]

        assert sorted(found) == ["Title 1", "Title 3"]


@pytest.mark.parametrize("chain", ["filter", "exclude", "order_by", "distinct", "annotate"])
def test_a_door_may_come_last(guide, chain):
    queryset = CHAINS[chain](guide.topics.all()).public("es")

    assert sorted(item.text["title"] for item in queryset) == ["Title 1", "Title 3"]


def test_what_counts_is_what_passes(guide):
    public = guide.topics.public("en")
    changed = guide.topics.get(key="topic-2")

    assert (public.count(), len(public), bool(public), public.exists()) == (2, 2, True, True)
    assert not public.filter(key="topic-2").exists()
    assert public.filter(key="topic-2").count() == 0
    assert public.contains(changed) is False
    assert changed not in public
    assert public.first().key == "topic-1"
    assert public.last().key == "topic-3"
    assert public.filter(key="topic-2").first() is None
    assert public.get(key="topic-3").text["title"] == "Title 3"
    with pytest.raises(Topic.DoesNotExist):
        public.get(key="topic-2")
    with pytest.raises(IndexError):
        public.filter(key="topic-2")[0]


def test_slices_hold_no_more_than_what_passes(guide):
    public = guide.topics.public("en")

    assert [titles(public[0:1]), titles(public[1:2]), titles(public[1:])] == [
        ["Title 1"],
        [],
        ["Title 3"],
    ]


def test_related_managers_and_prefetch_keep_the_door(guide, django_assert_num_queries):
    prefetch = Prefetch("topics", Topic.objects.public("es"), to_attr="parts")

    with django_assert_num_queries(2):
        [found] = Guide.objects.public("es").prefetch_related(prefetch)

    assert titles(found.parts) == ["Title 1", "Title 3"]
    assert [(t.language, t.fallback) for t in found.parts] == [("en", "untranslated")] * 2
    assert titles(found.topics.public("en")) == ["Title 1", "Title 3"]


SHORTCUTS = {
    "values": lambda q: q.values(),
    "values of": lambda q: q.values("title_en"),
    "values_list": lambda q: q.values_list("title_en", flat=True),
    "raw_values": lambda q: q.raw_values("title_en"),
    "aggregate": lambda q: q.aggregate(Count("pk")),
    "dates": lambda q: q.dates("sign_off_en__signed_at", "day"),
    "values after filter": lambda q: q.filter(position=1).values("title_en"),
}


@pytest.mark.parametrize("shortcut", SHORTCUTS)
def test_shortcuts_past_the_door_are_refused(guide, shortcut):
    topics = guide.topics
    for door in (topics.public("es"), topics.signed("en"), topics.working("en")):
        with pytest.raises(TypeError, match="past the door"):
            list(SHORTCUTS[shortcut](door))


def test_shortcuts_stay_open_without_a_door(guide):
    assert guide.topics.count() == 3
    assert guide.topics.exists()
    assert set(guide.topics.values_list("key", flat=True)) == {"topic-1", "topic-2", "topic-3"}
    assert guide.topics.aggregate(n=Count("pk")) == {"n": 3}


def test_no_row_is_read_twice_for_a_count(guide, django_assert_num_queries):
    public = guide.topics.public("en")

    with django_assert_num_queries(1):
        assert (len(public), public.count(), public.exists()) == (2, 2, True)


# -- An instance loaded before an approval and saved after it ------------------------------------


def _save(topic):
    topic.save()


def _save_fields(topic):
    topic.save(update_fields=["title_en", "body_en", "sign_off_en", "facts", "key"])


def _save_base_field(topic):
    topic.save(update_fields=["title", "sign_off"])


def _force_update(topic):
    topic.save(force_update=True)


def _update_or_create(topic):
    Topic.objects.update_or_create(
        key=topic.key, defaults={"title_en": topic.title_en, "sign_off_en": topic.sign_off_en}
    )


def _restructured(topic):
    topic.position = 7
    topic.save()


@pytest.mark.parametrize("active", ["en", "es"])
@pytest.mark.parametrize(
    "save",
    [_save, _save_fields, _save_base_field, _force_update, _update_or_create, _restructured],
)
def test_an_instance_from_before_an_approval_changes_nothing_public(people, topic, save, active):
    loaded = Topic.objects.get(pk=topic.pk)
    admitted = Topic.objects.public("es").get()
    f.make_public(people, topic, text=text("Corrected"))
    f.make_public(people, topic, "es", text("Corregido"))
    before = row(topic)

    with override(active):
        save(loaded)
        save(admitted)

    after = row(topic)
    assert {name for name in after if after[name] != before[name]} <= {"position"}
    assert titles(Topic.objects.public("en")) == ["Corrected"]
    assert titles(Topic.objects.public("es")) == ["Corregido"]
    assert problems() == []


def test_a_fallen_back_instance_saved_does_not_erase_the_translation(topic):
    change(topic, title_es="Changed")
    refused = Topic.objects.public("es").get()
    change(topic, title_es="Español")

    refused.save()

    assert titles(Topic.objects.public("es")) == ["Español"]


def test_an_instance_that_was_refreshed_and_saved_changes_nothing(people, topic):
    loaded = Topic.objects.get(pk=topic.pk)
    f.make_public(people, topic, text=text("Corrected"))
    before = row(topic)

    loaded.refresh_from_db()
    loaded.save()

    assert row(topic) == before


def _bulk_update(topic):
    Topic.objects.bulk_update([topic], ["title_en", "answer_en", "body_en", "sign_off_en"])


def _queryset_update(topic):
    Topic.objects.filter(pk=topic.pk).update(title_en=topic.title_en, sign_off_en=topic.sign_off_en)


def _queryset_update_of_the_attribute(topic):
    with override("en"):
        Topic.objects.filter(pk=topic.pk).update(title=topic.title_en)


def _update_through_a_door(topic):
    Topic.objects.public("en").update(title_en=topic.title_en, sign_off_en=topic.sign_off_en)


@pytest.mark.parametrize(
    "write",
    [
        _bulk_update,
        _queryset_update,
        _queryset_update_of_the_attribute,
        _update_through_a_door,
    ],
)
def test_what_writes_past_save_is_noticed_by_the_door(people, topic, complaints, write):
    loaded = Topic.objects.get(pk=topic.pk)
    f.make_public(people, topic, text=text("Corrected"), significance="wording")
    assert titles(Topic.objects.public("en")) == ["Corrected"]

    write(loaded)

    assert row(topic)["title_en"] == "English"
    assert list(Topic.objects.public("en")) == []
    assert list(Topic.objects.public("es")) == []
    assert complaints()
    assert problems()


def _save_base(topic):
    topic.save_base(raw=True)


def _upsert(topic):
    Topic.objects.bulk_create(
        [topic],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["title_en", "answer_en", "body_en", "sign_off_en"],
    )


def _bulk_create(topic):
    topic.pk, topic.key, topic.slug = None, "smuggled", "smuggled"
    Topic.objects.bulk_create([topic])


@pytest.mark.parametrize("write", [_save_base, _upsert, _bulk_create])
def test_what_writes_whole_rows_past_save_is_refused(people, topic, write):
    # modeltranslation writes the base columns, too, and these stay empty by constraint.
    loaded = Topic.objects.get(pk=topic.pk)
    f.make_public(people, topic, text=text("Corrected"))

    with pytest.raises(IntegrityError), transaction.atomic():
        write(loaded)

    assert titles(Topic.objects.public("en")) == ["Corrected"]
    assert problems() == []


# -- The ledger's part ---------------------------------------------------------------------------


def test_a_ledger_line_of_another_item_or_language_changes_nothing(people, topic):
    other = f.make_topic()
    f.make_public(people, other)
    workflow.withdraw(other, "en", by=people.advisor, reason="Wrong")
    workflow.withdraw(topic, "es", by=people.spanish_advisor, reason="Wrong")

    assert [item.key for item in Topic.objects.public("en")] == ["topic"]


def test_an_item_of_another_type_with_the_same_key_is_another_item(people, topic):
    guide = f.make_guide(key="topic")
    f.make_public(people, guide)
    workflow.withdraw(guide, "en", by=people.advisor, reason="Wrong")

    assert titles(Topic.objects.public("en")) == ["English"]
    assert list(Guide.objects.public("en")) == []


def test_a_sign_off_that_does_not_match_its_seal_vouches_for_nothing(people, topic, complaints):
    # As if the sign-off had been changed by somebody who took the triggers away.
    with without_triggers():
        sign_off = SignOff.objects.get(key="topic", language="en")
        SignOff.objects.filter(pk=sign_off.pk).update(
            next_review=sign_off.next_review + timedelta(days=1)
        )

    assert list(Topic.objects.public("en")) == []
    assert complaints()
    assert problems()


# -- Working and proposed ------------------------------------------------------------------------


def test_working_shows_the_newest_text_that_nobody_discarded(people, topic):
    shown = [titles(Topic.objects.working("en"))]
    draft = f.save(topic, "en", people.editor, text("Draft"))
    shown.append(titles(Topic.objects.working("en")))
    workflow.discard(draft, by=people.editor)
    shown.append(titles(Topic.objects.working("en")))
    f.submit(people, topic, text=text("In review"))
    shown.append(titles(Topic.objects.working("en")))

    assert shown == [["English"], ["Draft"], ["English"], ["In review"]]
    assert titles(Topic.objects.public("en")) == ["English"]


def test_working_falls_back_to_the_source_and_leaves_out_what_has_no_text(people, topic):
    f.make_topic()

    found = {code: list(Topic.objects.working(code)) for code in ("es", "fr")}

    assert [(t.text["title"], t.language, t.fallback) for t in found["es"]] == [
        ("Español", "es", "")
    ]
    assert [(t.text["title"], t.language, t.fallback) for t in found["fr"]] == [
        ("English", "en", "untranslated")
    ]


def test_working_vouches_for_nothing(people, topic):
    [item] = Topic.objects.working("es")

    assert (item.approval, item.source_approval) == (None, None)
    assert item.revision == workflow.newest_revision(topic, "es")


def test_working_shows_the_newest_facts_beside_a_translation(people):
    situation = f.make_situation()
    f.make_public(people, situation, facts={"group": "ras"})
    f.make_public(people, situation, "es")

    f.save(situation, "en", people.editor, facts={"group": "msi"})

    [item] = type(situation).objects.working("es")
    assert item.facts == {"group": "msi"}
    assert type(situation).objects.public("es").get().facts == {"group": "ras"}


def test_working_asks_once_for_all_items(people, topic, django_assert_num_queries):
    for _ in range(3):
        f.save(f.make_topic(), "en", people.editor)

    with django_assert_num_queries(2):
        assert len(list(Topic.objects.working("es"))) == 4


def test_newest_revisions_are_the_newest_of_each_item_and_language(people, topic):
    other = f.make_topic(key="other")
    f.save(other, "en", people.editor)
    newer = f.save(topic, "es", people.translator, text("Nuevo"))

    found = newest_revisions("topics.topic", ["topic", "other", "absent"])

    assert set(found) == {("topic", "en"), ("topic", "es"), ("other", "en")}
    assert found["topic", "es"] == newer
    assert found["topic", "en"].number == 1


def test_proposed_shows_the_request_among_what_is_public(people, topic):
    other, unsigned = f.make_topic(), f.make_topic(key="unsigned")
    f.make_public(people, other, text=text("Other"))
    f.save(unsigned, "en", people.editor, text("Unsigned"))
    request = f.submit(people, topic, text=text("Proposed"))

    found = list(Topic.objects.proposed("en", request.revisions.all()))

    assert sorted(item.text["title"] for item in found) == ["Other", "Proposed"]
    assert {item.text["title"]: item.approval is None for item in found} == {
        "Other": False,
        "Proposed": True,
    }
    assert sorted(titles(Topic.objects.public("en"))) == ["English", "Other"]


def test_proposed_still_verifies_what_is_not_in_the_request(people, topic, complaints):
    other = f.make_topic()
    f.make_public(people, other)
    change(other, title_en="Changed")
    request = f.submit(people, topic, text=text("Proposed"))

    found = titles(Topic.objects.proposed("en", request.revisions.all()))

    assert found == ["Proposed"]
    assert complaints()


def test_proposed_text_of_a_new_item_passes_for_its_advisor_alone(people):
    request = f.submit(people, f.make_topic(), text=text("New"))

    assert "New" in titles(Topic.objects.proposed("en", request.revisions.all()))
    assert "New" not in titles(Topic.objects.proposed("en", []))
    assert "New" not in titles(Topic.objects.public("en"))


def test_a_door_does_not_stick_to_the_manager(topic):
    list(Topic.objects.public("es"))

    [plain] = Topic.objects.annotate(t=F("title_es"))

    assert (plain.t, hasattr(plain, "text")) == ("Español", False)
