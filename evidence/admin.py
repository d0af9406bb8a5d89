"""The admin of the evidence app: every model is edited as reviewed content."""

from django.contrib import admin

from review.desk.items import ItemAdmin

from .models import KeyFigure, Source

admin.site.register([Source, KeyFigure], ItemAdmin)
