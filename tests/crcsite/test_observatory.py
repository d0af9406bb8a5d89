"""The rules of Mozilla's HTTP Observatory (mdn-http-observatory, src/grader), written out: what it
takes off and adds, and that every kind of page of ours gets A+. And what ASVS asks for beyond."""

import re

import pytest
from django.test import Client

from crcsite import headers
from tests import factories as f

pytestmark = pytest.mark.django_db
HALF_A_YEAR = 15768000
UNSAFE = ("'unsafe-inline'", "'unsafe-eval'", "data:", "http:", "https:", "*", "blob:")
PRIVATE = {"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"}


def directives(response):
    policy = response.get("Content-Security-Policy", "")
    parts = [each.split() for each in policy.split(";") if each.strip()]
    return {name: values for name, *values in parts}


def csp(response):
    found = directives(response)
    if not found:
        return -25
    fallback = found.get("default-src", ["*"])
    scripts, styles = found.get("script-src", fallback), found.get("style-src", fallback)
    objects = found.get("object-src", fallback)
    if any(each in UNSAFE for each in [*scripts, *objects]):
        return -20
    if any(each in UNSAFE for each in styles):
        return 0
    closed = found.get("form-action") in (["'self'"], ["'none'"])
    return 10 if fallback == ["'none'"] and closed else 5


def cookies(response):
    if not response.cookies:
        return 0
    for name, morsel in response.cookies.items():
        session = "sess" in name or "csrf" not in name
        if not morsel["secure"]:
            return -40 if session else -20
        if session and not morsel["httponly"]:
            return -30
        if morsel["samesite"] not in ("Lax", "Strict"):
            return -20
    return 5


def cors(response):
    allowed = response.get("Access-Control-Allow-Origin")
    return -50 if allowed and response.get("Access-Control-Allow-Credentials") == "true" else 0


def referrer(response):
    given = response.get("Referrer-Policy")
    if given is None:
        return 0
    return 5 if given in PRIVATE else -5


def transport(response):
    age = re.search(r"max-age=(\d+)", response.get("Strict-Transport-Security", ""))
    if age is None:
        return -20
    return 0 if int(age[1]) >= HALF_A_YEAR else -10


def integrity(response):
    """Scripts of another site without a hash; of our own none is asked for."""
    foreign = re.findall(
        r"<script[^>]*src=\"(?:https?:)?//", response.content.decode("utf-8", "replace")
    )
    return -50 if foreign else 0


def content_type(response):
    return 0 if response.get("X-Content-Type-Options") == "nosniff" else -5


def frames(response):
    if directives(response).get("frame-ancestors") in (["'none'"], ["'self'"]):
        return 5
    return 0 if response.get("X-Frame-Options") in ("DENY", "SAMEORIGIN") else -20


def resource(response):
    given = response.get("Cross-Origin-Resource-Policy")
    if given is None:
        return 0
    return {"same-site": 10, "same-origin": 10, "cross-origin": -5}.get(given, -5)


RULES = [csp, cookies, cors, referrer, transport, integrity, content_type, frames, resource]


def score(response):
    """As src/grader/grader.js: what is added counts only from 90 on."""
    given = [rule(response) for rule in RULES]
    least = 100 + sum(each for each in given if each < 0)
    return least + sum(each for each in given if each > 0) if least >= 90 else least


@pytest.fixture
def real(settings):
    settings.SECURE_SSL_REDIRECT = settings.SESSION_COOKIE_SECURE = True
    settings.CSRF_COOKIE_SECURE = settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    settings.SECURE_HSTS_SECONDS = 31536000


@pytest.mark.asvs(
    *("3.2.1", "3.3.1", "3.3.2", "3.3.4", "3.4.1", "3.4.2", "3.4.3", "3.4.4", "3.4.5", "3.4.6"),
    *("3.4.8", "3.5.8", "4.1.1", "14.3.2"),
)
def test_every_kind_of_page_gets_a_plus_and_every_header(people, real):
    whole = f.WholeGuide(topics=1)
    whole.publish(people, "en")
    staff, reader, grades = Client(), Client(), {}
    staff.force_login(people.admin)
    pages = {
        reader: [
            *("/en/", whole.guide.get_absolute_url(), "/en/glossary/", "/en/search/?q=liver"),
            *("/en/visit-plan/", "/en/none/", "/api/v1/", "/sitemap.xml", "/robots.txt", "/sw.js"),
            *("/admin/login/", "/admin/password_reset/", "/healthz", "/en/feed.atom", "/none"),
        ],
        staff: ["/admin/", "/admin/review/safety/", "/admin/topics/topic/", "/admin/none/"],
    }

    for client, addresses in pages.items():
        for address in addresses:
            response = client.get(address, secure=True)
            grades[address] = score(response)
            assert response["Permissions-Policy"] == headers.POLICY
            assert response["Cross-Origin-Opener-Policy"] == "same-origin"
            assert response["Cross-Origin-Resource-Policy"] == "same-origin"
            assert "includeSubDomains" in response["Strict-Transport-Security"]
            assert "unsafe" not in response["Content-Security-Policy"]
            assert directives(response)["base-uri"] == ["'none'"]
            # JSON and XML name their encoding themselves.
            assert re.search("charset=|json|xml", response["Content-Type"])
            if client is staff and response.status_code == 200:
                assert "no-store" in response.get("Cache-Control", ""), address
            elif "/admin/" not in address:
                assert not response.cookies, address

    assert {page: grade for page, grade in grades.items() if grade < 100} == {}
    assert min(grades.values()) >= 115


@pytest.mark.asvs("3.5.8", "12.2.1")
def test_plain_http_leads_to_https_of_the_same_host(real, client):
    response = client.get("/en/")

    assert (response.status_code, response["Location"]) == (301, "https://testserver/en/")


@pytest.mark.parametrize(
    ("header", "value", "rule", "expected"),
    [
        ("Content-Security-Policy", "default-src 'self' 'unsafe-inline'", csp, -20),
        ("Content-Security-Policy", "script-src 'self'", csp, -20),
        ("Content-Security-Policy", "default-src 'none'; form-action 'self'", csp, 10),
        ("Content-Security-Policy", "default-src 'self'; style-src 'unsafe-inline'", csp, 0),
        ("Strict-Transport-Security", "max-age=86400", transport, -10),
        ("Referrer-Policy", "unsafe-url", referrer, -5),
        ("X-Frame-Options", "ALLOWALL", frames, -20),
        ("Cross-Origin-Resource-Policy", "cross-origin", resource, -5),
        ("X-Content-Type-Options", "", content_type, -5),
    ],
)
def test_the_rules_see_what_is_wrong(header, value, rule, expected):
    from django.http import HttpResponse

    assert rule(HttpResponse(headers={header: value})) == expected
