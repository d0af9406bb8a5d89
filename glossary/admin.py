"""The admin of the glossary app: every model is edited as reviewed content."""

from django.contrib import admin

from review.desk.items import ItemAdmin

from .models import Term

admin.site.register(Term, ItemAdmin)
