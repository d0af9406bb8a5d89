"""Personal data: all of it is told, what can go goes, and no signature is touched."""

import json
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core import mail
from django.core.management import CommandError, call_command
from django_otp.plugins.otp_totp.models import TOTPDevice

from review import personal, second_factor, verification
from review.models import Advisor, SignOff
from tests import factories as f

pytestmark = pytest.mark.django_db


def test_everything_about_a_person_is_told_and_no_secret(people, client, capsys):
    advisor = people.advisor
    advisor.email = "advisor@example.org"
    advisor.save()
    f.make_public(people, f.make_topic())
    device = TOTPDevice.objects.create(user=advisor, name="app", confirmed=True)
    codes = second_factor.new_codes(advisor)
    client.force_login(advisor)

    call_command("export_person", advisor.username)
    told = capsys.readouterr().out

    found = json.loads(told)
    assert found["auth.user"][0]["email"] == "advisor@example.org"
    assert found["review.signoff"][0]["name"] == f"Dr {advisor.username}"
    assert {"review.advisor", "review.session", "otp_totp.totpdevice"} <= set(found)
    for secret in (device.key, advisor.password, client.session.session_key, *codes):
        assert secret not in told
    with pytest.raises(CommandError, match="no account"):
        call_command("export_person", "none")


@pytest.mark.asvs("14.1.1", "14.2.4")
def test_erasing_a_person_leaves_what_she_signed_byte_for_byte(people, client):
    advisor, name = people.advisor, people.advisor.username
    advisor.email = "advisor@example.org"
    advisor.save()
    topic = f.make_topic()
    f.make_public(people, topic)
    page = client.get(topic.get_absolute_url()).content if topic.guide.sign_off_en_id else b""
    signed = list(SignOff.objects.values())
    client.force_login(advisor)

    with pytest.raises(CommandError, match="still sign"):
        call_command("erase_person", name, "--yes")
    Advisor.objects.filter(user=advisor).update(active=False)
    call_command("erase_person", name, "--yes")

    assert list(SignOff.objects.values()) == signed
    assert list(verification.problems()) == []
    kept = get_user_model().objects.get(pk=advisor.pk)
    assert (kept.username, kept.email, kept.is_active) == (f"person-{kept.pk}", "", False)
    assert not kept.has_usable_password()
    assert kept.sessions.count() == 0
    assert client.get("/admin/").status_code == 302
    [letter] = mail.outbox
    assert letter.to == ["advisor@example.org"]
    assert "What you signed stays" in letter.body
    told = json.dumps(personal.export(kept), default=str)
    assert "advisor@example.org" not in told
    assert page == (client.get(topic.get_absolute_url()).content if page else b"")


def test_last_administrator_stays(people):
    with pytest.raises(CommandError, match="only administrator"):
        call_command("erase_person", people.admin.username, "--yes")


@pytest.mark.asvs("14.1.1", "14.1.2")
def test_every_table_that_names_a_person_is_listed():
    listed = (Path(settings.BASE_DIR) / "docs" / "privacy.md").read_text()

    models = {
        model._meta.label
        for root in (get_user_model(), Advisor)
        for model, _field in personal.relations(root)
    }
    assert {"review.SignOff", "review.Session"} <= models
    assert {label for label in models if f"`{label}`" not in listed} == set()
