"""The admin of the topics app: every model is edited as reviewed content."""

from django.contrib import admin

from review.desk.items import ItemAdmin

from .models import Analogy, Guide, Topic

admin.site.register([Guide, Topic, Analogy], ItemAdmin)
