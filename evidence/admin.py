"""The admin of the evidence app: every model is edited as reviewed content."""

from django.contrib import admin
from django.urls import path
from django.views.decorators.http import require_http_methods

from review.desk.items import ItemAdmin

from . import taking
from .models import KeyFigure, Source

admin.site.register(KeyFigure, ItemAdmin)


@admin.register(Source)
class SourceAdmin(ItemAdmin):
    change_list_template = "admin/evidence/source_list.html"

    def get_urls(self):
        view = self.admin_site.admin_view(require_http_methods(["GET", "HEAD", "POST"])(self.take))
        return [path("take/", view, name="evidence_source_take"), *super().get_urls()]

    def take(self, request):
        return taking.page(request, self)
