"""Addresses of the reading app, below the language."""

from django.urls import path

from . import views

app_name = "reading"
urlpatterns = [path("", views.home, name="home")]
