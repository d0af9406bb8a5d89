"""The admin of the faq app: every model is edited as reviewed content."""

from django.contrib import admin

from review.item_admin import ItemAdmin

from .models import FAQ, DoctorQuestion, Situation

admin.site.register([FAQ, DoctorQuestion, Situation], ItemAdmin)
