"""Signed or working text as files: what comes out goes in again, byte for byte."""

from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import transaction

from evidence.models import KeyFigure, Source
from review import demonstration, workflow
from review.content import content_models
from review.exporting import export_directory
from review.files import read
from review.importing import import_directory
from tests import factories as f
from topics.models import Analogy, Topic

pytestmark = pytest.mark.django_db

TOPIC, SPANISH = "topic/why.en.md", "topic/why.es.md"


@pytest.fixture
def demo(settings, db):
    """Demonstration mode, and a database that is empty but for its accounts."""
    settings.DEMO = True
    demonstration.make_accounts()


def files(directory):
    """Path to bytes of every file below a directory."""
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }


def exported(directory, **options):
    written = export_directory(directory, **options)
    found = files(directory)
    assert sorted(str(path.relative_to(directory)) for path in written) == sorted(found)
    return found


@contextmanager
def emptied():
    """What is written inside is taken back at the end, as if the database had been emptied."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def import_signed(directory):
    call_command("import_content", str(directory), sign=True, verbosity=0)


def said(directory):
    """Path to what a file says, whatever the order in which it says it."""
    found = {}
    for path in files(directory):
        file = read(directory, Path(path))
        found[path] = (file.structure, file.facts, file.text, file.origin)
    return found


# -- Round trips ---------------------------------------------------------------------------------


@pytest.mark.usefixtures("demo")
def test_small_guide_survives_signed(tmp_path):
    f.write_content(tmp_path / "made")
    with emptied():
        import_signed(tmp_path / "made")
        first = exported(tmp_path / "first")
    with emptied():
        import_signed(tmp_path / "first")

        assert exported(tmp_path / "second") == first

    assert said(tmp_path / "first") == said(tmp_path / "made")


def test_small_guide_survives_as_drafts(people, tmp_path):
    admin = people.admin
    f.write_content(tmp_path / "made")
    with emptied():
        import_directory(tmp_path / "made", lambda language: admin)
        first = exported(tmp_path / "first", drafts=True)
        assert exported(tmp_path / "signed") == {}
    with emptied():
        import_directory(tmp_path / "first", lambda language: admin)

        assert exported(tmp_path / "second", drafts=True) == first

    assert set(first) == set(f.CONTENT)


def test_export_imported_where_it_came_from_changes_nothing(people, tmp_path):
    import_directory(f.write_content(tmp_path / "made"), lambda language: people.admin)
    export_directory(tmp_path / "export", drafts=True)

    done = import_directory(tmp_path / "export", lambda language: people.editor)

    assert {action for _path, action in done} == {"unchanged"}


def test_difficult_text_survives(people, tmp_path):
    """YAML's own characters, other alphabets, and lines that look like the file's frame."""
    text = {
        "title": "'27: of #100', *yes* & [no] {x} 肝 كبد 👩\u200d⚕️ \u2028 -",
        "picture": "---\n\ntitle: not front matter\n\n- picture\n\n## picture\n\n#picture",
        "stands_for": "no",
        "leaves_out": "\\# leaves_out\n\n> ---",
    }
    admin = people.admin
    with emptied():
        f.save(f.make_analogy(key="odd"), "en", admin, text)
        first = exported(tmp_path / "first", drafts=True)
    import_directory(tmp_path / "first", lambda language: admin)

    assert workflow.newest_revision(Analogy.objects.get(key="odd"), "en").text == text
    assert exported(tmp_path / "second", drafts=True) == first


# -- What is written -----------------------------------------------------------------------------


def test_export_holds_what_is_signed_and_nothing_else(people, tmp_path):
    topic = f.make_topic(key="why")
    f.make_public(people, topic, text=f.text_for(Topic, "Signed"))
    f.save(topic, "en", people.editor, f.text_for(Topic, "Draft"))
    f.save(topic, "es", people.translator, f.text_for(Topic, "Borrador"))
    f.save(f.make_analogy(), "en", people.editor)

    found = exported(tmp_path)

    assert list(found) == [TOPIC]
    assert b"Signed of title." in found[TOPIC]
    assert b"Draft" not in found[TOPIC]


def test_drafts_are_exported_only_when_asked_for(people, tmp_path):
    topic = f.make_topic(key="why")
    f.make_public(people, topic, text=f.text_for(Topic, "Signed"))
    f.save(topic, "en", people.editor, f.text_for(Topic, "Draft"))
    f.save(topic, "es", people.translator, f.text_for(Topic, "Borrador"))

    found = exported(tmp_path, drafts=True)

    assert list(found) == [TOPIC, SPANISH]
    assert b"Draft of title." in found[TOPIC]
    assert b"Borrador of title." in found[SPANISH]


def test_discarded_and_withdrawn_texts_are_not_exported(people, tmp_path):
    topic, other = f.make_topic(key="why"), f.make_analogy()
    f.make_public(people, topic)
    workflow.withdraw(topic, "en", by=people.advisor, reason="Wrong.")
    workflow.discard(f.save(other, "en", people.editor), by=people.editor)

    assert exported(tmp_path / "signed") == {}
    assert list(exported(tmp_path / "drafts", drafts=True)) == [TOPIC]


def test_translation_names_its_original_and_the_machine_that_made_it(people, tmp_path):
    topic = f.make_topic(key="why", slug="address")
    f.make_public(people, topic)
    f.make_public(people, topic, "es", origin="machine")

    lines = exported(tmp_path)[SPANISH].decode().split("\n")

    source = workflow.newest_revision(topic, "en")
    assert lines[0] == "---"
    assert lines[1].startswith(f"translates: {source.fingerprint}")
    assert lines[2:4] == ["origin: machine", "title: Text of title."]
    assert not [line for line in lines if line.startswith(("slug:", "guide:", "position:"))]


def test_source_is_exported_once_for_all_languages(people, tmp_path):
    f.make_public(people, f.make_source(key="smith-2020"))

    found = exported(tmp_path)

    assert {path: data.decode() for path, data in found.items()} == {
        "source/smith-2020.en.md": f.CONTENT["source/smith-2020.en.md"]
    }


def test_facts_of_the_draft_go_with_the_text_of_the_draft(people, tmp_path):
    source = f.make_source(key="smith-2020")
    figure = f.make_figure(key="spread")
    facts = {"count": 27, "out_of": 100, "sources": ["smith-2020"]}
    f.make_public(people, source)
    f.make_public(people, figure, facts=facts)
    f.save(figure, "en", people.editor, facts={**facts, "count": 30})

    signed = exported(tmp_path / "signed")
    drafts = exported(tmp_path / "drafts", drafts=True)

    assert b"count: 27\n" in signed["keyfigure/spread.en.md"]
    assert b"count: 30\n" in drafts["keyfigure/spread.en.md"]


def test_text_changed_behind_the_workflow_is_not_exported(people, tmp_path):
    f.make_public(people, f.make_topic(key="why"))
    Topic.objects.update(title_en="Changed by SQL")

    assert exported(tmp_path) == {}


def test_command_says_how_much_it_wrote(people, tmp_path, capsys):
    f.make_public(people, f.make_topic(key="why"))

    call_command("export_content", str(tmp_path / "new" / "directory"))

    assert capsys.readouterr().out.startswith("1 files written to ")
    assert (tmp_path / "new" / "directory" / TOPIC).exists()


def test_every_kind_of_content_is_in_the_sites_files_or_empty(settings):
    """A model that is added later is exported and imported by its name."""
    folders = {path.name for path in (settings.BASE_DIR / "content").iterdir() if path.is_dir()}

    assert folders <= {model._meta.model_name for model in content_models()}
    assert {Source._meta.model_name, KeyFigure._meta.model_name} <= folders
