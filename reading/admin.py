"""The admin of the reading app: every model is edited as reviewed content."""

from django.contrib import admin

from review.desk.items import ItemAdmin

from .models import CallToAction, Contact, Page

admin.site.register([Page, Contact, CallToAction], ItemAdmin)
