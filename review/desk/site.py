"""The admin site: its first screen is the desk, in the language that the person chose."""

from functools import wraps

from django.contrib import admin
from django.urls import path
from django.utils import translation
from django.views.decorators.http import require_GET

from ..models import Preference
from . import own, presence, rechecks, timeline, welcome


class DeskSite(admin.AdminSite):
    site_header = site_title = "crcsite"

    def admin_view(self, view, cacheable=False):
        """Every page of the admin speaks the language that the person chose for it."""

        @wraps(view)
        def speaking(request, *args, **kwargs):
            if request.user.is_authenticated:
                chosen = Preference.objects.filter(user=request.user).exclude(language="").first()
                if chosen:
                    translation.activate(chosen.language)
            return view(request, *args, **kwargs)

        return super().admin_view(speaking, cacheable)

    def history(self, request, item_type, key):
        return timeline.history(request, self, item_type, key)

    def each_context(self, request):
        """``me`` is the advisor who looks, if one does: the header leads to her own pages."""
        me = getattr(request.user, "advisor", None)
        return {**super().each_context(request), "me": me}

    def get_urls(self):
        """The pages of the desk that belong to no model, before those that do."""
        view = self.admin_view
        return [
            path("review/presence/", view(presence.here), name="review_presence"),
            path(
                "review/history/<str:item_type>/<slug:key>/",
                view(require_GET(self.history)),
                name="review_history",
            ),
            path("review/details/", view(own.details), name="review_details"),
            path("review/absences/", view(own.my_absences), name="review_absences"),
            path("review/recheck/", view(rechecks.ask), name="review_recheck"),
            # For somebody who has no account yet.
            path("review/welcome/<str:token>/", welcome.welcome, name="review_welcome"),
            *super().get_urls(),
        ]
