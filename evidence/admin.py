"""The admin of the evidence app: every model is edited as reviewed content."""

from django.contrib import admin
from django.urls import path
from django.views.decorators.http import require_http_methods

from review.desk.items import ItemAdmin

from . import taking
from .models import KeyFigure, Source
from .watch import desk

admin.site.register(KeyFigure, ItemAdmin)


@admin.register(Source)
class SourceAdmin(ItemAdmin):
    change_list_template = "admin/evidence/source_list.html"

    def get_urls(self):
        view = self.admin_site.admin_view(require_http_methods(["GET", "HEAD", "POST"])(self.take))
        return [
            path("take/", view, name="evidence_source_take"),
            path("watch/", self._view(desk.overview), name="evidence_watch"),
            path(
                "watch/<str:item_type>/<slug:key>/",
                self._view(desk.of_text),
                name="evidence_watch_of",
            ),
            *super().get_urls(),
        ]

    def _view(self, page):
        """A page of the watch, as a view of the admin."""

        def view(request, **named):
            return page(request, self, **named)

        return self.admin_site.admin_view(require_http_methods(["GET", "HEAD", "POST"])(view))

    def take(self, request):
        return taking.page(request, self)
