"""Addresses of the glossary, below the language."""

from django.urls import path

from . import views

app_name = "glossary"
urlpatterns = [
    path("glossary/", views.glossary, name="glossary"),
    path("glossary/<slug:slug>/", views.term, name="term"),
]
