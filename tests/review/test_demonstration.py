"""`manage.py demo`: accounts that are nobody, made once, and content that they signed."""

import stat
from io import StringIO

import pytest
from django.contrib.auth import authenticate, get_user_model
from django.core.management import CommandError, call_command

from review import demonstration, verification
from review.models import Advisor, LedgerEntry, Revision, SignOff
from tests import factories as f
from topics.models import Topic

pytestmark = pytest.mark.django_db

NAMES = [
    "admin", "editor",
    "advisor-en", "advisor-es", "advisor-fr", "advisor-ar", "advisor-zh-hans",
    "translator-es", "translator-fr", "translator-ar", "translator-zh-hans",
]  # fmt: skip


@pytest.fixture
def place(settings, tmp_path):
    """Demonstration mode over a small content directory; gives the file of accounts."""
    settings.DEMO = True
    settings.BASE_DIR, settings.VAR_DIR = tmp_path, tmp_path / "var"
    settings.VAR_DIR.mkdir()
    f.write_content(tmp_path / "content")
    return settings.VAR_DIR / "demo-accounts.txt"


def demo(**options):
    out = StringIO()
    call_command("demo", stdout=out, **options)
    return out.getvalue()


def test_empty_database_gets_accounts_and_signed_content(place):
    demo()

    assert sorted(get_user_model().objects.values_list("username", flat=True)) == sorted(NAMES)
    assert set(Revision.objects.values_list("state", flat=True)) == {"approved"}
    assert len(list(Topic.objects.signed("es"))) == 1
    assert list(verification.problems()) == []


def test_accounts_are_printed_and_kept_for_nobody_else_to_read(place):
    out = demo()

    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    accounts = [line.split(" ") for line in place.read_text().splitlines()]
    assert sorted(name for name, _password in accounts) == sorted(NAMES)
    assert len({password for _name, password in accounts}) == len(NAMES)
    for name, password in accounts:
        assert f"{name} {password}\n" in out
        assert authenticate(username=name, password=password)
        assert len(password) >= 16


def test_file_that_others_could_read_is_not_written_into(place):
    """Left over from another run: its mode, or where it points to, must not matter."""
    elsewhere = place.parent / "elsewhere"
    elsewhere.write_text("")
    place.symlink_to(elsewhere)

    demo()

    assert elsewhere.read_text() == ""
    assert stat.S_IMODE(place.stat().st_mode) == 0o600


def test_second_run_keeps_accounts_and_data(place):
    demo()
    accounts, lines = place.read_text(), LedgerEntry.objects.count()
    f.write_content(
        place.parent.parent / "content", {}, **{"analogy/new.en.md": "---\ntitle: N\n---\n"}
    )

    out = demo()

    assert place.read_text() == accounts
    assert accounts in out
    assert LedgerEntry.objects.count() == lines
    assert get_user_model().objects.count() == len(NAMES)


@pytest.mark.parametrize("there", ["a user", "a text"])
def test_database_that_holds_anything_is_left_alone(place, people, there):
    if there == "a user":
        f.make_user()
    else:
        f.save(f.make_topic(), "en", people.editor)
    users = get_user_model().objects.count()

    out = demo()

    assert out == ""
    assert get_user_model().objects.count() == users
    assert not Advisor.objects.filter(demonstration=True).exists()
    assert not place.exists()


def test_refused_outside_demonstration_mode(place, settings):
    settings.DEMO = False

    with pytest.raises(CommandError, match="only with DEMO=1"):
        demo()

    assert not get_user_model().objects.exists()
    assert not place.exists()


def test_bad_content_leaves_no_accounts_behind(place):
    f.write_content(place.parent.parent / "content", {}, **{"topic/bad.en.md": "nonsense"})

    with pytest.raises(CommandError, match=r"topic/bad\.en\.md:1: "):
        demo()

    assert not get_user_model().objects.exists()
    assert not Revision.objects.exists()
    assert not place.exists()


def test_demonstration_advisors_sign_one_language_each_and_say_what_they_are(place):
    demo()

    advisors = Advisor.objects.select_related("user")
    assert {a.user.username: a.languages for a in advisors} == {
        f"advisor-{code}": [code] for code in ("en", "es", "fr", "ar", "zh-hans")
    }
    assert all(advisor.demonstration for advisor in advisors)
    assert all(advisor.credentials == demonstration.CREDENTIALS for advisor in advisors)
    assert set(SignOff.objects.values_list("demonstration", flat=True)) == {True}


def test_only_the_administrator_is_a_superuser():
    demonstration.make_accounts()

    superusers = get_user_model().objects.filter(is_superuser=True)
    assert [user.username for user in superusers] == ["admin"]


def test_each_writes_only_what_the_name_says():
    demonstration.make_accounts()

    for code in ("en", "es", "fr", "ar", "zh-hans"):
        writes = {
            user.username
            for user in get_user_model().objects.filter(is_superuser=False)
            if user.has_perm(f"review.write_{code.replace('-', '_')}")
        }
        assert writes == {demonstration.writer(code).username}
