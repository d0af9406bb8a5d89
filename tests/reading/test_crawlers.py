"""robots.txt and security.txt."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from reading import checks

SOON = datetime(2027, 1, 31, tzinfo=UTC)


def test_robots_are_kept_from_what_is_not_for_readers_and_led_to_the_sitemap(client):
    response = client.get("/robots.txt")

    lines = response.content.decode().splitlines()
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert lines[0] == "User-agent: *"
    closed = {each.removeprefix("Disallow: ") for each in lines if each.startswith("Disallow")}
    assert closed == {"/admin/", "/markdownx/"}
    assert "Sitemap: http://testserver/sitemap.xml" in lines
    assert response.cookies == {}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("contact", "expires"),
    [
        ([], ""),
        (["mailto:a@example.org"], ""),
        ([], "2027-01-31T00:00:00Z"),
        (["mailto:a@example.org"], "soon"),
        (["mailto:a@example.org"], "2027-99-31T00:00:00Z"),
    ],
)
def test_security_contact_that_is_not_whole_is_not_served(client, settings, contact, expires):
    settings.SECURITY_CONTACT, settings.SECURITY_EXPIRES = contact, expires

    assert client.get("/.well-known/security.txt").status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("moment", ["2027-01-31T00:00:00Z", "2027-01-31T01:00:00+01:00"])
@pytest.mark.parametrize(("seconds", "status"), [(-1, 200), (0, 404), (1, 404)])
def test_security_contact_is_served_until_its_moment(
    client, settings, time_machine, moment, seconds, status
):
    settings.SECURITY_CONTACT = ["mailto:a@example.org", "https://example.org/security"]
    settings.SECURITY_EXPIRES = moment
    time_machine.move_to(SOON + timedelta(seconds=seconds), tick=False)

    response = client.get("/.well-known/security.txt")

    assert response.status_code == status
    if status == 200:
        lines = response.content.decode().splitlines()
        assert lines[:2] == [f"Contact: {each}" for each in settings.SECURITY_CONTACT]
        [until] = [each for each in lines if each.startswith("Expires: ")]
        assert datetime.fromisoformat(until.removeprefix("Expires: ")) == SOON
        assert "Canonical: http://testserver/.well-known/security.txt" in lines


@pytest.mark.parametrize(
    ("contact", "expires", "found"),
    [
        ([], "", []),
        (["mailto:a@example.org"], timedelta(days=31), []),
        (["mailto:a@example.org"], timedelta(days=29), ["reading.W001"]),
        (["mailto:a@example.org"], timedelta(days=-1), ["reading.W001"]),
        (["mailto:a@example.org"], "", ["reading.E002"]),
        (["mailto:a@example.org"], "soon", ["reading.E002"]),
        (["a@example.org"], timedelta(days=31), ["reading.E001"]),
    ],
)
def test_operator_is_told_what_is_missing(settings, contact, expires, found):
    if isinstance(expires, timedelta):
        expires = (timezone.now() + expires).isoformat()
    settings.SECURITY_CONTACT, settings.SECURITY_EXPIRES = contact, expires

    assert [each.id for each in checks.security_contact(None)] == found
