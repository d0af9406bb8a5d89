"""Addresses of the evidence app, below the language."""

from django.urls import path

from . import views

app_name = "evidence"
urlpatterns = [path("sources/", views.sources, name="sources")]
