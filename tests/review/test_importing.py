"""Files become drafts, all of them or none, and never over what somebody has in work."""

import sys
from io import StringIO

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command

from evidence.models import KeyFigure
from review import demonstration, staleness, structure, verification, workflow
from review.content import content_models
from review.exporting import export_directory
from review.files import Refused
from review.importing import import_directory
from review.models import FormerSlug, LedgerEntry, ReviewRequest, Revision, RevisionAuthor, SignOff
from tests import factories as f
from topics.models import Guide, Topic

pytestmark = pytest.mark.django_db

TOPIC, SPANISH, FIGURE = "topic/why.en.md", "topic/why.es.md", "keyfigure/spread.en.md"


@pytest.fixture
def imported(people, tmp_path):
    """A function that imports the small guide, with the files that the test changes."""

    def run(by=None, **changed):
        directory = f.write_content(tmp_path / f.unique("content"), **changed)
        return dict(import_directory(directory, lambda language: by or people.admin))

    return run


def newest(key, language="en", model=Topic):
    return workflow.newest_revision(model.objects.get(key=key), language)


def everything():
    """Every row of content and records, as plain values."""
    tables = [*content_models(), Revision, RevisionAuthor, ReviewRequest, SignOff, LedgerEntry]
    return {
        model._meta.label: list(model._base_manager.order_by("pk").values())
        for model in [*tables, FormerSlug]
    }


def edited(path, old, new, count=1):
    text = f.CONTENT[path]
    assert old in text
    return {path: text.replace(old, new, count)}


# -- What is done --------------------------------------------------------------------------------


def test_files_become_drafts_and_nothing_becomes_public(imported):
    done = imported()

    assert set(done) == set(f.CONTENT)
    assert set(done.values()) == {"new, draft saved"}
    assert set(Revision.objects.values_list("state", flat=True)) == {"draft"}
    assert not [item for model in content_models() for item in model.objects.public("en")]
    assert not SignOff.objects.exists()
    assert list(verification.problems()) == []


def test_draft_holds_what_the_file_says(imported):
    imported()

    topic = newest("why")
    assert topic.text["title"] == "Why the liver?"
    assert topic.text["body"].endswith("{figure:spread}\n\n{analogy:river}")
    assert (topic.origin, topic.summary) == ("import", "Imported from a file")
    figure = newest("spread", model=KeyFigure)
    assert figure.facts == {"count": 27, "out_of": 100, "sources": ["smith-2020"]}
    assert newest("spread", "es", KeyFigure).origin == "machine"
    assert newest("why", "es").source == topic
    assert Topic.objects.get(key="why").guide == Guide.objects.get(key="liver")


def test_who_imports_is_an_author_and_cannot_sign(people, imported):
    imported()

    assert {author.user for author in RevisionAuthor.objects.all()} == {people.admin}


def test_second_import_changes_nothing(imported):
    imported()
    before = everything()

    done = imported()

    assert set(done.values()) == {"unchanged"}
    assert everything() == before


def test_changed_file_changes_its_draft_and_no_other(imported):
    imported()

    done = imported(**edited(TOPIC, "Blood flows from", "Blood runs from"))

    assert done.pop(TOPIC) == "draft saved"
    assert set(done.values()) == {"unchanged"}
    assert Revision.objects.filter(key="why", language="en").count() == 1
    assert "Blood runs from" in newest("why").text["body"]


def test_translation_is_proposed_again_where_the_facts_of_its_original_changed(people, imported):
    imported()
    english, spanish = newest("spread", model=KeyFigure), newest("spread", "es", KeyFigure)

    done = imported(**edited(FIGURE, "count: 27", "count: 28"))

    again = newest("spread", "es", KeyFigure)
    assert done["keyfigure/spread.es.md"] == "draft saved"
    assert again.text == spanish.text
    assert again.source_fingerprints == newest("spread", model=KeyFigure).fingerprints
    assert english.facts != newest("spread", model=KeyFigure).facts


def test_signed_text_stays_public_until_the_changed_one_is_signed(people, imported):
    imported(by=people.editor, **{SPANISH: None, "keyfigure/spread.es.md": None})
    drafts = list(Revision.objects.all())
    f.approve(people, workflow.submit(drafts, by=people.editor))

    imported(by=people.admin, **edited(TOPIC, "Blood flows from", "Blood runs from"))

    [shown] = Topic.objects.public("en")
    assert "Blood flows from" in shown.text["body"]
    assert newest("why").state == "draft"


def test_moved_item_keeps_its_old_address(imported):
    imported()

    imported(**edited(TOPIC, "slug: why", "slug: why-the-liver"))

    assert Topic.objects.get(key="why").slug == "why-the-liver"
    assert FormerSlug.objects.get(slug="why").key == "why"
    assert LedgerEntry.objects.filter(event="item:structure", key="why").count() == 1


def test_incomplete_text_is_a_draft_that_cannot_be_submitted(people, imported):
    imported(**edited(TOPIC, "answer: Blood flows there.\n", ""))

    with pytest.raises(workflow.TransitionNotAllowed, match="still lacks: the answer"):
        workflow.submit([newest("why")], by=people.admin)


def test_translation_alone_needs_its_original_in_the_database_only(people, imported, tmp_path):
    imported()
    directory = f.write_content(tmp_path / "x", edited(SPANISH, "La sangre", "Toda la sangre"))

    done = import_directory(directory, lambda language: people.admin)

    assert done == [(SPANISH, "draft saved")]


# -- What a translation translates ---------------------------------------------------------------


def with_translates(fingerprint):
    return {SPANISH: f.CONTENT[SPANISH].replace("---\n", f"---\ntranslates: {fingerprint}\n", 1)}


def test_translation_is_of_the_original_that_its_file_names(people, imported):
    imported(by=people.admin, **{SPANISH: None})
    first = newest("why")
    workflow.submit([first], by=people.admin)
    imported(**edited(TOPIC, "Blood flows from", "Blood runs from"), **{SPANISH: None})

    imported(
        **edited(TOPIC, "Blood flows from", "Blood runs from"), **with_translates(first.fingerprint)
    )

    assert newest("why").number == 2
    assert newest("why", "es").source == first


def test_translation_without_a_name_is_of_the_newest_original(people, imported):
    imported(**{SPANISH: None})
    workflow.submit([newest("why")], by=people.admin)
    changed = edited(TOPIC, "Blood flows from", "Blood runs from")

    imported(**changed)

    assert newest("why", "es").source.number == 2


def test_translation_of_an_unknown_original_is_refused_with_line_and_remedy(imported):
    with pytest.raises(Refused) as refused:
        imported(**with_translates("f" * 64))

    [problem] = refused.value.problems
    assert (problem.path, problem.line) == (SPANISH, 2)
    assert "take the line “translates” out" in problem.message
    assert not Revision.objects.exists()


def test_translation_of_another_items_text_is_refused(people, imported):
    imported(**{SPANISH: None})
    river = Revision.objects.get(key="river")

    with pytest.raises(Refused):
        imported(**with_translates(river.fingerprint))


def test_translation_of_an_older_number_does_not_pass_for_current(people, imported, tmp_path):
    """27 became 30 without a word of the text: Spanish still says 27, and its file knows it."""
    imported(by=people.admin)
    figure = KeyFigure.objects.get(key="spread")
    drafts = list(Revision.objects.filter(language="en"))
    f.approve(people, workflow.submit(drafts, by=people.admin))
    export_directory(tmp_path / "export", drafts=True)
    file = tmp_path / "export/keyfigure/spread.es.md"
    more = f.save(
        figure,
        "en",
        people.editor,
        newest("spread", model=KeyFigure).text,
        {"count": 30, "out_of": 100, "sources": ["smith-2020"]},
    )
    f.approve(people, workflow.submit([more], by=people.editor))

    imported(**{"keyfigure/spread.es.md": file.read_text().replace("Unas", "Cerca de")})

    assert staleness.outdated_by(newest("spread", "es", KeyFigure)) == "safety"


# -- What is left alone --------------------------------------------------------------------------


def public_then_newer(people, imported):
    """The imported text is public and a newer one is in work; returns that newer draft."""
    imported(by=people.admin, **{SPANISH: None, "keyfigure/spread.es.md": None})
    drafts = list(Revision.objects.all())
    f.approve(people, workflow.submit(drafts, by=people.admin))
    return f.save(Topic.objects.get(key="why"), "en", people.admin, f.text_for(Topic, "Newer"))


def test_file_that_is_older_than_the_newest_text_is_left_alone(people, imported):
    newer = public_then_newer(people, imported)

    done = imported(by=people.admin, **{SPANISH: None})

    assert done[TOPIC] == "older than what is here, left alone"
    assert newest("why") == newer
    assert newest("why").text["title"] == "Newer of title."


def test_file_that_is_older_does_not_move_the_item_back(people, imported):
    public_then_newer(people, imported)
    structure.restructure(Topic.objects.get(key="why"), by=people.admin, slug="better-address")

    imported(by=people.admin, **{SPANISH: None})

    assert Topic.objects.get(key="why").slug == "better-address"


@pytest.mark.parametrize("origin", ["human", "import", "machine"])
@pytest.mark.parametrize("submitted", [False, True])
def test_text_that_somebody_else_has_in_work_is_never_overwritten(
    people, imported, submitted, origin
):
    imported()
    before, text = newest("why"), f.text_for(Topic, "Their")
    theirs = f.save(Topic.objects.get(key="why"), "en", people.editor, text, origin=origin)
    if submitted:
        workflow.submit([theirs], by=people.editor)
    count = Revision.objects.count()

    with pytest.raises(Refused) as refused:
        imported(**edited(TOPIC, "Blood flows from", "Blood runs from"))

    [problem] = refused.value.problems
    assert problem.path == TOPIC
    assert people.editor.username in problem.message
    assert "Finish or discard that first" in problem.message
    assert newest("why").pk == theirs.pk == before.pk
    assert newest("why").text["title"] == "Their of title."
    assert Revision.objects.count() == count


def test_second_import_of_the_same_file_does_not_undo_what_was_typed_since(people, imported):
    """Whoever imported and then corrected the draft by hand keeps the correction."""
    imported(by=people.admin)
    typed = f.save(Topic.objects.get(key="why"), "en", people.admin, f.text_for(Topic, "Typed"))

    try:
        imported(by=people.admin)
    except Refused as refused:
        assert refused.problems[0].path == TOPIC  # noqa: PT017  (either answer loses no word)

    assert newest("why").text == typed.text


def test_somebody_elses_same_text_is_simply_unchanged(people, imported):
    imported()
    topic = Topic.objects.get(key="why")
    f.save(topic, "en", people.editor, newest("why").text, summary="read through")

    assert imported()[TOPIC] == "unchanged"


def test_text_that_came_back_from_review_gets_a_new_draft_beside_it(people, imported):
    imported()
    request = workflow.submit([newest("why")], by=people.admin)
    workflow.request_changes(request, by=people.advisor, comment="Too long.")

    imported(by=people.editor, **{SPANISH: None, "keyfigure/spread.es.md": None},
             **edited(TOPIC, "Blood flows from", "Blood runs from"))  # fmt: skip

    states = Revision.objects.filter(key="why", language="en").order_by("number")
    assert [revision.state for revision in states] == ["changes requested", "draft"]


# -- All or nothing ------------------------------------------------------------------------------

BAD_FILES = [
    # (path, old, new, line, says): refused while reading,
    (TOPIC, "title: Why", "title: Why: ", 5, "is not YAML"),
    (TOPIC, "# body", "# bodi", 9, "There is no text “bodi”"),
    # while placing the items,
    (TOPIC, "guide: liver", "guide: lung", 3, "There is no guide with the key “lung”"),
    (TOPIC, "guide: liver\n", "", 1, "There is no guide with the key “”"),
    (TOPIC, "slug: why", "slug: Not an address!", 2, "valid “slug”"),
    (TOPIC, "slug: why", "slug: [why]", 2, "valid “slug”"),
    (TOPIC, "position: 1", "position: first", 4, "must be an integer"),
    (TOPIC, "position: 1", "position: -1", 4, "greater than or equal to 0"),
    (TOPIC, "position: 1", "position: [1]", 4, "must be an integer"),
    # or while saving.
    (TOPIC, "[@smith-2020]", "[@smith-2021]", 11, "There is no source with the key “smith-2021”"),
    (TOPIC, "{analogy:river}", "{analogy:lake}", 11, "There is no analogy with the key “lake”"),
    (TOPIC, "{figure:spread}", "{number:spread}", 13, "There is no mark “number”"),
    (TOPIC, "{analogy:river}", "<b>river", 15, "Raw HTML is not allowed"),
    (TOPIC, "{analogy:river}", "a bell: \a", 15, "invisible character U+0007"),
    (TOPIC, "title: Why", f"title: {'W' * 300}", 5, "at most 300 fit"),
    (SPANISH, "[@smith-2020]", "[@smith-2021]", 8, "There is no source with the key “smith-2021”"),
    (FIGURE, "count: 27", "count: many", 2, "Enter a whole number"),
    (FIGURE, "count: 27", "count: 270", 3, "There cannot be more than “out of”"),
    (FIGURE, "- smith-2020", "- smith-2021", 4, "There is no source with the key “smith-2021”"),
    ("source/smith-2020.en.md", "kind: trial", "kind: rumour", 6, "rumour is not one of the"),
    ("source/smith-2020.en.md", "verified", "to verify", 1, "what is left to verify"),
]  # fmt: skip


@pytest.mark.parametrize("there", [False, True], ids=["into nothing", "over what is there"])
@pytest.mark.parametrize(("path", "old", "new", "line", "says"), BAD_FILES)
@pytest.mark.bad_input(
    "content files", "one that is wrong among good ones, into nothing and over texts"
)
def test_one_bad_file_and_nothing_of_the_run_is_written(
    imported, there, path, old, new, line, says
):
    if there:
        imported()
    before = everything()
    others = {**edited("guide/liver.en.md", "slug: liver", "slug: moved"),
              **edited("analogy/river.en.md", "A river meets", "The river meets")}  # fmt: skip

    with pytest.raises(Refused) as refused:
        imported(**others, **edited(path, old, new))

    found = refused.value.problems
    assert [(p.path, p.line) for p in found if says in p.message] == [(path, line)], found
    assert everything() == before


def test_every_problem_of_a_stage_is_told_in_one_run(imported):
    with pytest.raises(Refused) as refused:
        imported(
            **edited(TOPIC, "{analogy:river}", "<b>"),
            **edited("guide/liver.en.md", "Much.", "<b>"),
            **edited(FIGURE, "count: 27", "count: many"),
        )

    assert {FIGURE, TOPIC, "guide/liver.en.md"} <= {
        problem.path for problem in refused.value.problems
    }


@pytest.mark.parametrize(
    ("old", "new"), [("{analogy:river}", "<b>"), ("guide: liver", "guide: lung")]
)
def test_bad_original_is_not_blamed_on_its_translation(imported, old, new):
    with pytest.raises(Refused) as refused:
        imported(**edited(TOPIC, old, new))

    assert {problem.path for problem in refused.value.problems} == {TOPIC}


def test_new_item_needs_an_address(imported):
    with pytest.raises(Refused) as refused:
        imported(**edited(TOPIC, "slug: why\n", ""), **{SPANISH: None})

    [problem] = refused.value.problems
    assert (problem.path, problem.line) == (TOPIC, 1)


def test_two_items_with_one_address_are_refused(imported):
    with pytest.raises(Refused) as refused:
        imported(**{"topic/twin.en.md": f.CONTENT[TOPIC]})

    problem = refused.value.problems[0]
    assert (problem.path, problem.line) == (TOPIC, 2)
    assert "already exists" in problem.message
    assert not Topic.objects.exists()


def test_translation_without_an_original_is_refused(imported):
    with pytest.raises(Refused) as refused:
        imported(**{TOPIC: None})

    assert [(p.path, p.message) for p in refused.value.problems] == [
        (SPANISH, "There is no en text with the key “why”. Add it first.")
    ]


@pytest.mark.parametrize("directory", ["nowhere", "empty"])
def test_directory_without_files_is_refused(people, tmp_path, directory):
    (tmp_path / "empty").mkdir()

    with pytest.raises(Refused, match="There is no"):
        import_directory(tmp_path / directory, lambda language: people.admin)


@pytest.mark.fault("broken", "the ledger", "importing")
def test_failure_half_way_leaves_nothing(people, imported, monkeypatch):
    """Whatever goes wrong while saving, not only what was foreseen."""
    before = everything()
    saved = workflow.save_drafts

    def fail_at_the_translations(drafts, **kwargs):
        if drafts[0].language != "en":
            raise OSError("disk full")
        return saved(drafts, **kwargs)

    monkeypatch.setattr(workflow, "save_drafts", fail_at_the_translations)
    with pytest.raises(OSError, match="disk full"):
        imported()

    assert everything() == before


# -- The command ---------------------------------------------------------------------------------


def command(*args, **options):
    out = StringIO()
    call_command("import_content", *args, stdout=out, **options)
    return out.getvalue()


def test_command_reports_each_file(people, tmp_path):
    f.write_content(tmp_path)

    out = command(str(tmp_path), "--as", people.admin.username)

    assert f"{TOPIC}: new, draft saved\n" in out
    assert f"{SPANISH}: new, draft saved\n" in out
    assert out.endswith(f"{len(f.CONTENT)} files, 0 texts signed.\n")


@pytest.mark.parametrize("username", [[], ["--as", "nobody-of-that-name"]])
def test_command_asks_who_saves(tmp_path, username):
    f.write_content(tmp_path)

    with pytest.raises(CommandError, match="--as USER"):
        command(str(tmp_path), *username)

    assert not Revision.objects.exists()


def test_command_tells_every_problem_and_that_nothing_was_written(people, tmp_path):
    f.write_content(tmp_path, **edited(TOPIC, "{analogy:river}", "<b>"))

    with pytest.raises(CommandError) as refused:
        command(str(tmp_path), "--as", people.admin.username)

    lines = str(refused.value).split("\n")
    assert lines[0].startswith(f"{TOPIC}:15: Raw HTML is not allowed")
    assert lines[-1] == "Nothing of this run was written."


@pytest.mark.parametrize("who", ["editor", "translator", "advisor", "nobody"])
def test_command_refuses_in_words_whoever_may_not_write_a_file(people, tmp_path, who):
    """An editor does not write Spanish, a translator no structure: a sentence, no traceback."""
    f.write_content(tmp_path)
    user = getattr(people, who)
    before = everything()

    try:
        command(str(tmp_path), "--as", user.username)
    except PermissionDenied as error:
        pytest.fail(f"a traceback: {error!r}")
    except CommandError as error:
        message = str(error)

    assert SPANISH in message or "guide/liver.en.md" in message
    assert everything() == before


def test_inactive_account_imports_nothing(people, tmp_path):
    f.write_content(tmp_path)
    people.admin.is_active = False
    people.admin.save()

    with pytest.raises(CommandError):
        command(str(tmp_path), "--as", people.admin.username)


@pytest.mark.parametrize("terminal", [False, True])
def test_progress_bar_is_for_terminals_only(people, tmp_path, capsys, monkeypatch, terminal):
    f.write_content(tmp_path)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal, raising=False)

    command(str(tmp_path), "--as", people.admin.username)

    assert ("8/8" in capsys.readouterr().err) is terminal


# -- Signing with the demonstration accounts -----------------------------------------------------


@pytest.fixture
def demo(settings, db):
    settings.DEMO = True
    demonstration.make_accounts()


def test_signing_is_refused_outside_demonstration_mode(settings, tmp_path):
    demonstration.make_accounts()
    settings.DEMO = False
    f.write_content(tmp_path)
    before = everything()

    with pytest.raises(CommandError, match="only with DEMO=1"):
        command(str(tmp_path), "--sign")

    assert everything() == before


def test_signing_needs_the_demonstration_accounts(settings, tmp_path):
    settings.DEMO = True
    f.write_content(tmp_path)

    with pytest.raises(CommandError, match=r"run manage\.py demo"):
        command(str(tmp_path), "--sign")

    assert not Revision.objects.exists()


@pytest.mark.usefixtures("demo")
def test_signed_content_is_public_and_says_that_it_is_a_demonstration(tmp_path):
    f.write_content(tmp_path)

    out = command(str(tmp_path), "--sign")

    assert out.endswith(f"{len(f.CONTENT)} files, {len(f.CONTENT)} texts signed.\n")
    [topic] = Topic.objects.signed("es")
    assert topic.text["title"] == "¿Por qué el hígado?"
    assert topic.approval.demonstration
    assert topic.approval.credentials == demonstration.CREDENTIALS
    assert set(SignOff.objects.values_list("demonstration", flat=True)) == {True}
    assert list(verification.problems()) == []


@pytest.mark.usefixtures("demo")
def test_second_signing_import_changes_nothing(tmp_path):
    f.write_content(tmp_path)
    command(str(tmp_path), "--sign")
    before = everything()

    out = command(str(tmp_path), "--sign")

    assert out.endswith(", 0 texts signed.\n")
    assert everything() == before


@pytest.mark.usefixtures("demo")
def test_text_that_cannot_be_signed_takes_the_whole_run_back(tmp_path):
    f.write_content(tmp_path, **edited(TOPIC, "answer: Blood flows there.\n", ""))
    before = everything()

    with pytest.raises(
        CommandError, match=r"still lacks: the answer.*Nothing of this run was written"
    ):
        command(str(tmp_path), "--sign")

    assert everything() == before


@pytest.mark.usefixtures("demo")
def test_signing_import_leaves_drafts_that_it_did_not_import(tmp_path, people):
    """A text that a person has in work does not become public because a directory was imported."""
    f.write_content(tmp_path)
    f.save(f.make_analogy(key="mine"), "en", people.editor)

    command(str(tmp_path), "--sign")

    assert Revision.objects.get(key="mine").state == "draft"


def test_signing_import_never_signs_for_a_person(settings, tmp_path, people):
    """Somebody's real account that is named like a demonstration account stays hers."""
    settings.DEMO = True
    f.make_user("editor", "Editors")
    f.make_advisor("advisor-en", "en")
    f.write_content(tmp_path, {k: v for k, v in f.CONTENT.items() if ".en." in k})

    with pytest.raises(CommandError):
        command(str(tmp_path), "--sign")

    assert not SignOff.objects.filter(demonstration=False).exists()
