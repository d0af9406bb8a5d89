"""The search index follows the ledger, survives what happens to files, and is never waited for."""

import shutil
import threading

import pytest

from reading.search import following, index
from review import clock
from review.content import content_model
from tests import factories as f
from tests.reading.searching import hrefs, liver_text, look

pytestmark = pytest.mark.django_db


def test_a_damaged_or_missing_index_is_made_anew(client, liver):
    look(client, "en", "liver")
    place = index.directory("en")

    def remove():
        shutil.rmtree(place)

    def empty():
        for file in place.glob("*"):
            file.write_bytes(b"")

    def scramble():
        (place / "meta.json").write_text("{")

    def lose_a_segment():
        next(place.glob("*.idx")).unlink()

    for damage in (remove, scramble, empty, lose_a_segment):
        damage()
        following.forget()
        assert hrefs(look(client, "en", "livers"))[0] == "/en/glossary/liver/", damage.__name__


def test_the_index_of_another_database_is_not_believed(client, people, liver):
    look(client, "en", "liver")
    found = following.ready("en")
    found.write([], (found.state[0], "another ledger's line"))
    following.forget()

    assert hrefs(look(client, "en", "livers"))[0] == "/en/glossary/liver/"
    assert following.ready("en").state == following._end(now=True)


def test_while_a_large_index_is_made_search_says_so_and_nobody_waits(client, liver, monkeypatch):
    begun = []
    monkeypatch.setattr(following, "AT_ONCE", 2)
    monkeypatch.setattr(following, "_beside", begun.append)
    shutil.rmtree(index.root(), ignore_errors=True)
    following.forget()

    response = look(client, "en", "livers")
    look(client, "en", "livers")

    assert begun == ["en"]
    assert "is being made anew" in response.content.decode()
    following._rebuild_alone("en", close=False)
    assert hrefs(look(client, "en", "livers"))[0] == "/en/glossary/liver/"


def test_nobody_waits_for_another_writer(client, people, liver):
    look(client, "en", "liver")
    f.make_public(people, f.make_faq(liver.guide), text=liver_text())

    with index.only_writer("en") as mine:
        assert mine
        assert hrefs(look(client, "en", "livers"))[0] == "/en/glossary/liver/"
        assert following.ready("en").state != following._end(now=True)

    look(client, "en", "livers")
    assert following.ready("en").state == following._end(now=True)


def test_what_one_process_has_written_the_others_read(client, people, liver):
    look(client, "en", "liver")
    mine = following.ready("en")
    following.forget()  # as in another process
    f.make_public(people, f.make_faq(liver.guide), text=liver_text())
    look(client, "en", "liver")
    assert mine.state != following.ready("en").state
    following.forget()
    following._opened["en"] = mine

    with index.only_writer("en"):
        clock.forget()
        assert following.ready("en") is mine
    assert mine.state == following._end(now=True)

    following.rebuild("en")  # puts another directory in its place
    following._opened["en"] = mine
    assert following.ready("en") is not mine


def test_the_command_makes_every_index_and_knows_its_languages(liver, capsys):
    from django.core.management import CommandError, call_command

    call_command("index_search", "en", "es", verbosity=0)

    told = capsys.readouterr().out
    assert "en: " in told
    assert "es: 1 texts" in told
    with pytest.raises(CommandError, match="There is no language “xx”"):
        call_command("index_search", "xx")


def test_questions_of_many_threads_are_answered(liver):
    clock.forget()
    found = following.ready("en")
    problems = []

    def ask():
        from reading.search.asking import Question

        try:
            for _ in range(30):
                assert Question(found, "en", "livr hepatic").answer().hits
        except BaseException as error:
            problems.append(error)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert not problems


def test_every_kind_has_a_model_and_a_name():
    from reading.search.documents import KINDS
    from reading.search.results import LABELS, PLURALS

    assert set(KINDS) == set(LABELS) == set(PLURALS)
    assert content_model("topics.topic") is KINDS["topics"]
