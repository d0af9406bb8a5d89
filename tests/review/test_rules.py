"""Rules 1, 3, 4, 5, 10 and 11, which no single module keeps alone; each test names its rule."""

import ast
from pathlib import Path

import pytest
from django.conf import settings as site
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from review import languages, workflow
from review.content import content_models, reviewed_columns
from review.models import LedgerEntry, SignOff
from review.workflow import TransitionNotAllowed
from tests import factories as f
from topics.models import Topic

from .records import (
    Interrupted,
    change,
    everything,
    in_two_languages,
    interrupt,
    problems,
    refused,
    row,
    shown,
    text,
    without_triggers,
)

pytestmark = pytest.mark.django_db

SAFETY = {"significance": "safety"}


def test_every_refusal_is_a_sentence_that_can_be_translated():
    """No f-string, no bare words: what a guard says is seen by people of every language."""
    bare = []
    for path in sorted((site.BASE_DIR / "review").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and node.args:
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                refusal = name in ("TransitionNotAllowed", "PermissionDenied")
                if refusal and isinstance(node.args[0], ast.Constant | ast.JoinedStr):
                    bare.append(f"{path.name}:{node.lineno}")

    assert bare == []


# -- Rule 1: text becomes public only through sign and publish -----------------------------------


def test_rule_1_text_is_public_after_publication_and_not_a_step_before(people):
    topic = f.make_topic()
    steps = [shown(topic)]

    revision = f.save(topic, "en", people.editor, text())
    steps.append(shown(topic))
    request = workflow.submit([revision], by=people.editor)
    steps.append(shown(topic))
    f.sign(people, request)
    steps.append(shown(topic))
    workflow.publish(request, by=people.advisor)
    steps.append(shown(topic))

    assert steps == [None, None, None, None, ("Title", "en")]
    assert problems() == []


def test_rule_1_a_signed_text_waits_while_the_old_one_stays_public(people):
    topic = f.make_topic()
    f.make_public(people, topic, text=text("Old"))

    request = f.submit(people, topic, text=text("New"))
    f.sign(people, request)
    before = shown(topic)
    workflow.publish(request, by=people.advisor)

    assert (before, shown(topic)) == (("Old", "en"), ("New", "en"))
    assert problems() == []


def test_rule_1_approval_is_signing_and_publishing(people):
    topic = f.make_topic()

    [sign_off] = f.approve(people, f.submit(people, topic, text=text()))

    assert shown(topic) == ("Title", "en")
    assert sign_off.request.state == "published"


@pytest.mark.parametrize("language", ["en", "es"])
def test_rule_1_a_request_is_published_once(people, language):
    topic = f.make_topic()
    f.make_public(people, topic)
    request = f.submit(people, topic, language, text("Other"))
    f.approve(people, request)

    refused(workflow.publish, request, by=people.admin)
    refused(f.approve, people, request)


def _advisor_left(people, topic, request):
    people.advisor.advisor.active = False
    people.advisor.advisor.save()


def _advisor_lost_the_language(people, topic, request):
    people.advisor.advisor.languages = ["es"]
    people.advisor.advisor.save()


def _reference_withdrawn(people, topic, request):
    cited = f.Source.objects.get()
    workflow.withdraw(cited, "en", by=people.second_advisor, reason="Retracted")


def _live_text_withdrawn(people, topic, request):
    workflow.withdraw(topic, "en", by=people.second_advisor, reason="Wrong")


def _live_text_reaffirmed(people, topic, request):
    live = workflow.fresh(topic).sign_off_in("en")
    workflow.reaffirm(topic, "en", by=people.second_advisor, expected=live.fingerprints)


def _newer_text_signed(people, topic, request):
    newer = f.submit(people, topic, text=text("Newer"))
    f.sign(people, newer, by=people.second_advisor)


@pytest.mark.parametrize(
    "spoil",
    [
        _advisor_left,
        _advisor_lost_the_language,
        _reference_withdrawn,
        _live_text_withdrawn,
        _live_text_reaffirmed,
        _newer_text_signed,
    ],
)
def test_rule_1_publication_checks_everything_again(people, spoil):
    cited = f.make_source()
    f.make_public(people, cited)
    topic = f.make_topic()
    f.make_public(people, topic, text=text("Old"))
    request = f.submit(people, topic, text=text("New", body=f"Body [@{cited.key}]."))
    f.sign(people, request)
    spoil(people, topic, request)

    refused(workflow.publish, request, by=people.second_advisor)

    assert shown(topic) in [None, ("Old", "en")]


def test_rule_1_publication_checks_the_bytes_again(people):
    topic = f.make_topic()
    request = f.submit(people, topic, text=text())
    f.sign(people, request)
    with without_triggers():
        request.revisions.update(text=text("Smuggled in"))

    with pytest.raises(TransitionNotAllowed):
        workflow.publish(request, by=people.advisor)

    assert shown(topic) is None
    assert row(topic)["title_en"] is None


@pytest.mark.parametrize("how", ["withdrawn", "changed for safety"])
def test_rule_1_publication_of_a_translation_checks_its_source_again(people, how):
    topic = f.make_topic()
    f.make_public(people, topic)
    request = f.submit(people, topic, "es", text("Título"))
    f.sign(people, request)
    if how == "withdrawn":
        workflow.withdraw(topic, "en", by=people.advisor, reason="Wrong")
    else:
        f.make_public(people, topic, text=text("Safer"), **SAFETY)

    refused(workflow.publish, request, by=people.spanish_advisor)


def test_rule_1_signing_asks_for_the_advisor_as_she_is_now(people):
    request = f.submit(people, f.make_topic())
    advisor = people.advisor
    assert advisor.advisor.active  # looked at when the page was opened
    type(advisor.advisor).objects.filter(user=advisor).update(active=False)

    refused(f.sign, people, request, by=advisor)


def test_rule_1_what_a_text_refers_to_is_public_or_in_the_same_request(people):
    cited, topic = f.make_source(), f.make_topic()
    source = f.save(cited, "en", people.editor)
    citing = f.save(topic, "en", people.editor, text(body=f"Body [@{cited.key}]."))
    alone = workflow.submit([citing], by=people.editor)

    refused(f.approve, people, alone)
    workflow.recall(alone, by=people.editor)
    together = workflow.submit([citing, source], by=people.editor)
    f.approve(people, together)

    assert shown(topic) == ("Title", "en")
    [evidence] = SignOff.objects.get(key=topic.key).refers
    assert evidence == [cited.item, "en", source.fingerprints]


def test_rule_1_reaffirming_asks_for_what_the_text_refers_to(people):
    cited, topic = f.make_source(), f.make_topic()
    f.make_public(people, cited)
    live = f.make_public(people, topic, text=text(body=f"Body [@{cited.key}]."))

    again = workflow.reaffirm(topic, "en", by=people.advisor, expected=live.fingerprints)
    workflow.withdraw(cited, "en", by=people.advisor, reason="Retracted")

    assert [item for item, *_ in again.refers] == [cited.item]
    refused(workflow.reaffirm, topic, "en", by=people.advisor, expected=live.fingerprints)


# -- Rule 3: signing names fingerprints ----------------------------------------------------------


def _other_text(expected, request):
    return dict.fromkeys(expected, "0" * 64 + ".")


def _one_left_out(expected, request):
    return dict(list(expected.items())[1:])


def _one_too_many(expected, request):
    return {**expected, 10**6: next(iter(expected.values()))}


def _two_exchanged(expected, request):
    return dict(zip(expected, reversed(expected.values()), strict=True))


def _text_without_facts(expected, request):
    return {pk: seen.split(".")[0] for pk, seen in expected.items()}


@pytest.mark.parametrize(
    "seen",
    [_other_text, _one_left_out, _one_too_many, _two_exchanged, _text_without_facts, lambda *_: {}],
)
def test_rule_3_nothing_is_signed_unless_it_was_seen(people, seen):
    revisions = [f.save(f.make_topic(), "en", people.editor) for _ in range(2)]
    request = workflow.submit(revisions, by=people.editor)

    for action in (workflow.sign, workflow.approve):
        refused(action, request, by=people.advisor, expected=seen(f.expected(request), request))


def test_rule_3_refusal_names_what_moved(people):
    moved, same = f.make_topic(), f.make_topic()
    revisions = [f.save(topic, "en", people.editor) for topic in (moved, same)]
    request = workflow.submit(revisions, by=people.editor)
    seen = {**f.expected(request), revisions[0].pk: "something else"}

    refusal = refused(workflow.approve, request, by=people.advisor, expected=seen)

    assert moved.key in str(refusal.value)
    assert same.key not in str(refusal.value)


def test_rule_3_text_that_was_recalled_changed_and_submitted_again_was_not_seen(people):
    topic = f.make_topic()
    opened = f.submit(people, topic, text=text("Harmless"))
    seen = f.expected(opened)
    workflow.recall(opened, by=people.editor)
    again = f.submit(people, topic, text=text("Harmful"))

    for request in (opened, again):
        refused(workflow.approve, request, by=people.advisor, expected=seen)

    assert set(f.expected(again)) == set(seen)


def test_rule_3_facts_are_seen_too(people):
    situation = f.make_situation()
    opened = f.submit(people, situation, facts={"group": "ras"})
    seen = f.expected(opened)
    workflow.recall(opened, by=people.editor)
    again = f.submit(people, situation, facts={"group": "msi"})

    refused(workflow.approve, again, by=people.advisor, expected=seen)


@pytest.mark.parametrize("columns", [["text"], ["text", "fingerprint"], ["facts"]])
def test_rule_3_bytes_that_changed_in_the_database_are_not_signed(people, columns):
    situation = f.make_situation()
    request = f.submit(people, situation, facts={"group": "ras"})
    seen = f.expected(request)
    [revision] = request.revisions.all()
    other = {
        "text": f.text_for(type(situation), label="Smuggled in"),
        "facts": {"group": "msi"},
        "fingerprint": "0" * 64,
    }
    with without_triggers():
        request.revisions.update(**{name: other[name] for name in columns})

    with pytest.raises(TransitionNotAllowed):
        workflow.sign(request, by=people.advisor, expected=seen)

    assert shown(situation) is None
    assert not SignOff.objects.exists()
    assert [p for p in problems() if f"revision {revision.pk} " in p]


def test_rule_3_reaffirming_names_fingerprints_too(people):
    topic = f.make_topic()
    old = f.make_public(people, topic, text=text("Old"))
    f.make_public(people, topic, text=text("New"))

    refused(workflow.reaffirm, topic, "en", by=people.advisor, expected=old.fingerprints)


def test_rule_3_reaffirming_checks_the_bytes_again(people):
    topic = f.make_topic()
    live = f.make_public(people, topic)
    with without_triggers():
        type(live.revision).objects.filter(pk=live.revision_id).update(text=text("Smuggled in"))

    with pytest.raises(TransitionNotAllowed):
        workflow.reaffirm(topic, "en", by=people.advisor, expected=live.fingerprints)

    assert row(topic)["title_en"] != "Smuggled in"


def test_rule_3_an_old_text_put_back_is_not_reaffirmed(people):
    # Readers get a 404 by then. One click must not make the superseded text public again.
    topic = f.make_topic()
    old = f.make_public(people, topic, text=text("Old"))
    before = row(topic)
    f.make_public(people, topic, text=text("New"))
    change(topic, **{name: before[name] for name in before if name.endswith("_en")})
    change(topic, sign_off_en_id=old.pk)

    with pytest.raises(TransitionNotAllowed):
        workflow.reaffirm(topic, "en", by=people.advisor, expected=old.fingerprints)

    assert shown(topic) is None


# -- Rule 4: whole or not at all, one language's columns in one UPDATE ---------------------------


def _approve_three(people):
    revisions = [f.save(f.make_topic(), "en", people.editor) for _ in range(3)]
    request = workflow.submit(revisions, by=people.editor)
    return lambda: f.approve(people, request)


def _change_for_safety(people):
    topic = in_two_languages(people)
    request = f.submit(people, topic, text=text("Safer"), **SAFETY)
    return lambda: f.approve(people, request)


def _withdraw(people):
    topic = in_two_languages(people)
    return lambda: workflow.withdraw(topic, "en", by=people.advisor, reason="Wrong")


def _reaffirm(people):
    topic = f.make_topic()
    seen = f.make_public(people, topic).fingerprints
    return lambda: workflow.reaffirm(topic, "en", by=people.advisor, expected=seen)


def _submit_two(people):
    revisions = [f.save(f.make_topic(), "en", people.editor) for _ in range(2)]
    return lambda: workflow.submit(revisions, by=people.editor)


def _recall(people):
    request = f.submit(people, f.make_topic())
    return lambda: workflow.recall(request, by=people.editor)


def _request_changes(people):
    request = f.submit(people, f.make_topic())
    return lambda: workflow.request_changes(request, by=people.advisor, comment="Shorter")


def _discard(people):
    draft = f.save(f.make_topic(), "en", people.editor)
    return lambda: workflow.discard(draft, by=people.editor)


def _restore(people):
    topic = f.make_topic()
    earlier = f.make_public(people, topic).revision
    return lambda: workflow.restore(earlier, by=people.editor)


@pytest.mark.parametrize(
    ("transition", "lines"),
    [
        (_approve_three, 6),
        (_change_for_safety, 4),
        (_withdraw, 4),
        (_reaffirm, 2),
        (_submit_two, 1),
        (_recall, 2),
        (_request_changes, 1),
        (_discard, 1),
        (_restore, 1),
    ],
)
def test_rule_4_a_transition_interrupted_anywhere_leaves_nothing_behind(
    people, monkeypatch, transition, lines
):
    act = transition(people)
    before, ledger_before = everything(), LedgerEntry.objects.count()

    for at in range(1, lines + 1):
        with monkeypatch.context() as patch:
            interrupt(patch, at)
            with pytest.raises(Interrupted):
                act()
        assert everything() == before
    assert problems() == []
    act()

    assert LedgerEntry.objects.count() == ledger_before + lines
    assert problems() == []


def test_rule_4_one_refused_text_keeps_the_whole_request_from_being_signed(people):
    good, bad, cited = f.make_topic(), f.make_topic(), f.make_source()
    revisions = [
        f.save(good, "en", people.editor),
        f.save(bad, "en", people.editor, text(body=f"Body [@{cited.key}].")),
    ]
    request = workflow.submit(revisions, by=people.editor)

    refused(f.approve, people, request)

    assert (shown(good), shown(bad)) == (None, None)


def _columns_of(topic, language):
    suffix = "_" + language.replace("-", "_")
    columns = {name + suffix for name in topic.text_fields} | {f"sign_off{suffix}_id"}
    return columns | ({"facts"} if language == "en" else set())


@pytest.mark.parametrize("language", languages.codes())
def test_rule_4_only_the_columns_of_that_language_are_written(people, language):
    people.spanish_advisor.advisor.languages = languages.codes()
    people.spanish_advisor.advisor.save()
    people.translator.is_superuser = True
    people.translator.save()
    topic = f.make_topic()
    f.make_public(people, topic)
    for code in languages.codes()[1:]:
        f.make_public(people, topic, code, text(f"Title {code}"))
    request = f.submit(people, topic, language, text("New"), significance="wording")
    before = row(topic)

    # modeltranslation rewrites queries by the active language: it must not matter here.
    with CaptureQueriesContext(connection) as queries, override("ar"):
        f.approve(people, request)
    after = row(topic)

    written = {name for name in after if after[name] != before[name]}
    mine = _columns_of(topic, language)
    title = "title_" + language.replace("-", "_")
    assert written == {title, *(name for name in mine if name.startswith("sign_off"))}
    assert after[title] == "New"
    updates = [q["sql"] for q in queries if 'UPDATE "topics_topic"' in q["sql"]]
    assert len(updates) == 1
    written_sql = updates[0].split(" WHERE ")[0]
    assert {name for name in after if f'"{name}" = ' in written_sql} == mine
    assert problems() == []


def test_rule_4_taking_down_sets_every_column_of_the_language_to_null_in_one_update(people):
    situation = f.make_situation()
    f.make_public(people, situation, facts={"group": "ras"})
    f.make_public(people, situation, "es")
    before = row(situation)

    with CaptureQueriesContext(connection) as queries:
        workflow.withdraw(situation, "es", by=people.spanish_advisor, reason="Wrong")
    without_spanish = row(situation)
    workflow.withdraw(situation, "en", by=people.advisor, reason="Wrong")
    without_any = row(situation)

    spanish = {"label_es", "explanation_es", "sign_off_es_id"}
    english = {"label_en", "explanation_en", "sign_off_en_id", "facts"}
    assert {n for n in before if before[n] != without_spanish[n]} == spanish
    assert {n for n in before if without_spanish[n] != without_any[n]} == english
    assert {without_any[name] for name in spanish | english} == {None}
    updates = [q["sql"] for q in queries if q["sql"].startswith('UPDATE "faq_situation"')]
    assert len(updates) == 1


def test_rule_4_an_optional_field_left_empty_is_signed_as_empty(people):
    situation = f.make_situation()

    f.make_public(people, situation, facts={"group": "ras"})

    assert row(situation)["explanation_en"] == ""
    assert row(situation)["explanation_es"] is None


def test_rule_4_save_writes_structure_and_never_text(people):
    guide, topic = f.make_guide(), f.make_topic()
    f.make_public(people, topic)
    before = row(topic)
    for column in [*reviewed_columns(Topic), *topic.text_fields]:
        if not column.startswith("sign_off"):
            setattr(topic, column, "Never signed")
    topic.facts, topic.key = {"a": 1}, "another-key"
    topic.position, topic.guide, topic.slug = 7, guide, "elsewhere"

    topic.save()

    written = {name for name in before if row(topic)[name] != before[name]}
    assert written == {"position", "guide_id", "slug"}
    assert problems() == []


def test_rule_4_a_new_row_has_no_text(people):
    sign_off = f.make_public(people, f.make_topic())
    text_columns = {
        name: "Never signed" for name in reviewed_columns(Topic) if not name.startswith("sign_off")
    }

    made = Topic.objects.create(
        key="new", slug="new", guide=f.make_guide(), facts={}, sign_off_en=sign_off, **text_columns
    )

    assert {row(made)[name] for name in row(made) if name.startswith(("title", "sign_off"))} == {
        None
    }
    assert row(made)["facts"] is None


@pytest.mark.parametrize("model", content_models(), ids=lambda model: model.__name__)
def test_rule_4_base_columns_stay_empty(people, model):
    made = {name: f.make_guide() for name in model.structure_fields if name == "guide"}
    item = model.objects.create(key="item", **made)
    sign_off = f.make_public(people, f.make_topic())

    for column in [*model.text_fields, "sign_off_id"]:
        value = sign_off.pk if column == "sign_off_id" else "Text"
        with pytest.raises(IntegrityError, match="base_columns_empty"), transaction.atomic():
            change(item, **{column: value})


# -- Rule 5: what is decided does not change (test_constraints.py has the rest) ------------------


def test_rule_5_everything_that_happened_is_in_the_ledger_in_order(people):
    topic = f.make_topic()
    first = f.submit(people, topic)
    workflow.recall(first, by=people.editor)
    workflow.discard(workflow.newest_revision(topic, "en"), by=people.editor)
    refused_once = f.submit(people, topic, text=text("Long"))
    workflow.request_changes(refused_once, by=people.advisor, comment="Shorter")
    sign_off = f.make_public(people, topic, text=text("Short"))
    workflow.reaffirm(topic, "en", by=people.advisor, expected=sign_off.fingerprints)
    workflow.withdraw(topic, "en", by=people.advisor, reason="Wrong")
    workflow.restore(sign_off.revision, by=people.editor)

    events = list(LedgerEntry.objects.order_by("number").values_list("event", flat=True))

    assert events[1:] == [
        *("request:submit", "revision:recall", "request:recall", "revision:discard"),
        *("request:submit", "request:changes"),
        *("request:submit", "signoff:approve", "item:publish"),
        *("signoff:reaffirm", "item:publish"),
        *("signoff:withdraw", "item:withdraw"),
        "item:restore",
    ]
    assert problems() == []


# -- Rule 10: reads load the shown language and the source ---------------------------------------


@pytest.mark.parametrize("door", ["public", "signed"])
@pytest.mark.parametrize("language", languages.codes())
def test_rule_10_reads_load_the_shown_language_and_the_source_alone(door, language):
    needed = dict.fromkeys([language, languages.source()])
    for model in content_models():
        with CaptureQueriesContext(connection) as queries:
            list(getattr(model.objects, door)(language))
        [sql] = [query["sql"] for query in queries]

        loaded = {name for name in reviewed_columns(model) if _selects(sql, model, name)}

        assert loaded == {name for code in needed for name in reviewed_columns(model, code)}
        # Beside the sign-offs shown: why a translation was withdrawn, if readers may know.
        reason = door == "public" and language != languages.source()
        assert sql.count('JOIN "review_signoff"') == len(needed) + reason


def _selects(sql, model, name):
    column = f'"{model._meta.db_table}"."{model._meta.get_field(name).column}"'
    return column in sql.split(" FROM ")[0]


def test_rule_10_what_passed_the_door_asks_for_nothing_more(people, django_assert_num_queries):
    guide = f.make_guide()
    for _ in range(3):
        f.make_public(people, f.make_topic(guide))
    for topic in Topic.objects.all()[:2]:
        f.make_public(people, topic, "es")

    with django_assert_num_queries(1):
        found = [
            (item.text, item.facts, item.approval.name, item.source_approval.name, item.outdated)
            for item in guide.topics.public("es")
        ]

    assert len(found) == 3


# -- Rule 11: one renderer ----------------------------------------------------------------------


def test_rule_11_only_the_renderer_calls_mark_safe():
    callers = {
        str(path.relative_to(site.BASE_DIR))
        for app in ["review", "evidence", "glossary", "topics", "faq", "reading", "crcsite"]
        for path in Path(site.BASE_DIR, app).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if "mark_safe" in (getattr(node, "id", ""), getattr(node, "attr", ""))
        or getattr(node, "id", "") == "SafeString"
    }

    assert callers == {"review/markdown.py"}


def test_rule_11_no_template_switches_escaping_off():
    templates = list(Path(site.BASE_DIR, "templates").rglob("*.html"))
    written = {path: path.read_text() for path in templates}

    assert templates
    assert not [str(path) for path, html in written.items() if "|safe" in html]
    assert not [str(path) for path, html in written.items() if "autoescape off" in html]
