"""Addresses of the API, without a language: that is a parameter."""

from django.urls import path, re_path

from . import api, openapi

app_name = "api"
urlpatterns = [
    path("", api.root, name="root"),
    path("openapi.json", openapi.document, name="openapi"),
    path("<slug:kind>", api.collection, name="collection"),
    path("<slug:kind>/<slug:key>", api.one, name="one"),
    re_path("", api.nothing),
]
