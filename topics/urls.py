"""Addresses of guides and topics, below the language."""

from django.urls import path

from . import views

app_name = "topics"
urlpatterns = [
    path("guides/<slug:slug>/", views.guide, name="guide"),
    path("guides/<slug:guide>/<slug:slug>/", views.topic, name="topic"),
]
