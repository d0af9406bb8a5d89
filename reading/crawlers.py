"""What crawlers and those who found a weakness ask for: robots.txt and security.txt."""

from django.conf import settings
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from review.addresses import whole

CLOSED = ("/admin/", "/markdownx/")


def robots(request):
    """What is not for readers is closed; the rest is open, and listed in the sitemap."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in CLOSED), ""]
    lines.append(f"Sitemap: {whole(reverse('sitemap'))}")
    return _text(lines)


def security(request):
    """RFC 9116; 404 where the operator named no contact, or the date has passed."""
    until = expires()
    if not settings.SECURITY_CONTACT or until is None or until <= timezone.now():
        raise Http404
    lines = [f"Contact: {contact}" for contact in settings.SECURITY_CONTACT]
    lines.append(f"Expires: {until.isoformat()}")
    lines.append(f"Canonical: {whole(reverse('security'))}")
    return _text(lines)


def expires():
    """The moment until which the contact holds, or None where the setting names none."""
    try:
        until = parse_datetime(settings.SECURITY_EXPIRES)
    except ValueError:
        return None
    return until if until is None or timezone.is_aware(until) else timezone.make_aware(until)


def _text(lines):
    response = HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response
