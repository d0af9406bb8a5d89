"""`manage.py start_real`: an administrator and drafts, nothing signed, nothing public."""

from io import StringIO

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command

from review import demonstration, verification
from review.content import content_models
from review.management.commands import start_real
from review.models import LedgerEntry, Revision, SignOff
from tests import factories as f

pytestmark = pytest.mark.django_db

GOOD = "correct horse battery staple"


@pytest.fixture
def start(tmp_path, monkeypatch):
    """A function that goes live with the small content."""
    f.write_content(tmp_path)

    def run(username="anna", password=GOOD, **options):
        monkeypatch.setenv("ADMIN_PASSWORD", password)
        out = StringIO()
        call_command("start_real", username, content=str(tmp_path), stdout=out, **options)
        return out.getvalue()

    return run


def test_administrator_and_drafts_and_nothing_public(start):
    out = start(email="anna@example.org")

    anna = get_user_model().objects.get()
    assert (anna.username, anna.email) == ("anna", "anna@example.org")
    assert anna.is_superuser
    assert anna.is_staff
    assert anna.check_password(GOOD)
    assert set(Revision.objects.values_list("state", flat=True)) == {"draft"}
    assert Revision.objects.count() == len(f.CONTENT)
    assert not SignOff.objects.exists()
    assert not [each for model in content_models() for each in model.objects.public("en")]
    assert f"{len(f.CONTENT)} texts are drafts, none is public" in out
    assert list(verification.problems()) == []


def test_password_is_asked_for_when_the_environment_has_none(start, monkeypatch):
    monkeypatch.setattr("getpass.getpass", lambda prompt: GOOD)

    start(password="")

    assert get_user_model().objects.get().check_password(GOOD)


@pytest.mark.parametrize("password", ["short", "password", "12345678901", "anna-administrator"])
def test_weak_password_leaves_nothing_behind(start, password):
    lines = LedgerEntry.objects.count()

    with pytest.raises(CommandError, match="password"):
        start(username="anna-administrator", password=password)

    assert not get_user_model().objects.exists()
    assert not Revision.objects.exists()
    assert LedgerEntry.objects.count() == lines


def test_refused_on_a_database_with_demonstration_sign_offs(start, settings, tmp_path):
    settings.DEMO = True
    demonstration.make_accounts()
    f.write_content(tmp_path)
    call_command("import_content", str(tmp_path), sign=True, verbosity=0)
    users = get_user_model().objects.count()

    with pytest.raises(CommandError, match="demonstration sign-offs"):
        start()

    assert get_user_model().objects.count() == users


def test_refused_on_demonstration_accounts_that_signed_nothing_yet(start):
    demonstration.make_accounts()
    get_user_model().objects.filter(is_superuser=True).delete()

    with pytest.raises(CommandError, match="demonstration"):
        start()


def test_refused_a_second_time(start):
    start()
    lines, revisions = LedgerEntry.objects.count(), Revision.objects.count()

    with pytest.raises(CommandError, match="an administrator already"):
        start(username="bert")

    assert not get_user_model().objects.filter(username="bert").exists()
    assert (LedgerEntry.objects.count(), Revision.objects.count()) == (lines, revisions)


def test_name_that_is_taken_is_refused_in_words(start):
    f.make_user("anna")

    with pytest.raises(CommandError, match="anna"):
        start()

    assert not get_user_model().objects.filter(is_superuser=True).exists()
    assert not Revision.objects.exists()


def test_bad_content_leaves_nothing_behind(start, tmp_path):
    f.write_content(tmp_path, {}, **{"topic/bad.en.md": "nonsense"})

    with pytest.raises(CommandError, match=r"topic/bad\.en\.md:1: .*\n*Nothing was written"):
        start()

    assert not get_user_model().objects.exists()
    assert not Revision.objects.exists()


def test_sites_own_content_is_taken_unless_another_is_named(settings):
    options = start_real.Command().create_parser("manage.py", "start_real").parse_args(["anna"])

    assert options.content == settings.BASE_DIR / "content"
