"""The admin of the faq app: every model is edited as reviewed content."""

from django.contrib import admin

from review.desk.items import ItemAdmin

from .models import FAQ, DoctorQuestion, Situation

admin.site.register([FAQ, DoctorQuestion, Situation], ItemAdmin)
