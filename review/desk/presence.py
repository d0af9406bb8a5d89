"""Who else has a page of the desk open: "X is editing this", "X is reading this".

A page names its place ("topics.topic:ras:es", "request:12"). Opening it counts as being there; a
script (``static/desk/presence.js``) repeats it while the page stays open.
"""

from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.http import JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from ..ledger import name_of
from ..models import Presence

THERE = timedelta(seconds=60)  # how long somebody counts as being there


def seen(user, place):
    """Note that somebody is there now; return the names of the others who are. Two queries."""
    now = timezone.now()
    Presence.objects.bulk_create(
        [Presence(user=user, place=place, seen_at=now)],
        update_conflicts=True,
        unique_fields=["user", "place"],
        update_fields=["seen_at"],
    )
    others = Presence.objects.filter(place=place, seen_at__gt=now - THERE).exclude(user=user)
    return [name_of(each.user) for each in others.select_related("user").order_by("seen_at")]


@require_POST
def here(request):
    """POST place=…: the names of the others who are there, as JSON."""
    if not request.user.has_perm("review.view_reviewrequest"):
        raise PermissionDenied
    place = request.POST.get("place", "")
    if not 0 < len(place) <= 200 or "\x00" in place:
        return JsonResponse({"others": []}, status=400)
    return JsonResponse({"others": seen(request.user, place)})


def gone():
    """Forget who has left (called by the daily command)."""
    Presence.objects.filter(seen_at__lt=timezone.now() - timedelta(days=1)).delete()
