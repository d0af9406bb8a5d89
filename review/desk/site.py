"""The admin site: its first screen is the desk, in the language that the person chose."""

from functools import wraps

from django.contrib import admin
from django.urls import path
from django.utils import translation

from ..models import Preference
from . import presence


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

    def get_urls(self):
        """The pages of the desk that belong to no model, before those that do."""
        view = self.admin_view
        return [
            path("review/presence/", view(presence.here), name="review_presence"),
            *super().get_urls(),
        ]
