"""Addresses of questions, below the language."""

from django.urls import path

from . import views

app_name = "faq"
urlpatterns = [
    path("questions/", views.questions, name="questions"),
    path("questions/<slug:slug>/", views.question, name="question"),
    path("ask/", views.ask, name="ask"),
    path("visit-plan/", views.visit_plan, name="visit-plan"),
]
