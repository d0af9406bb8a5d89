"""Every route of the URL configuration, and an address of it at which something is there."""

import re
from typing import NamedTuple

from django.apps import apps
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.urls import URLPattern, get_resolver
from django.urls.resolvers import LocalePrefixPattern

from review import invitations, workflow
from review.models import Invitation, ReviewRequest, Revision
from topics.models import Guide

LANGUAGE = "<language>/"
LANGUAGES = ["en", "es", "ar"]  # the source, one that some write, one that nobody does
# Below these, what somebody may do hangs on the language that the address names. Every kind of
# content has the same pages, from the same class: one kind shows the languages for all.
BY_LANGUAGE = re.compile(
    r"^admin/(topics/topic/<\w+:\w+>/(change|preview|translate|autosave)"
    r"|review/board/(export|terms|import|parked))/$"
)


class Row(NamedTuple):
    route: str
    method: str
    language: str


def routes(patterns=None, before=""):
    """Every route as text, with the names of its parameters."""
    for each in patterns if patterns is not None else get_resolver().url_patterns:
        own = LANGUAGE if isinstance(each.pattern, LocalePrefixPattern) else str(each.pattern)
        if isinstance(each, URLPattern):
            yield before + own
        else:
            yield from routes(each.url_patterns, before + own)


def rows():
    """A row for each route, method and language that makes a difference."""
    found = []
    for route in dict.fromkeys(routes()):
        several = LANGUAGES if LANGUAGE in route or BY_LANGUAGE.match(route) else [""]
        for language in several:
            for method in ("GET", "POST"):
                found.append(Row(route, method, language))
    return found


class Addresses:
    """What stands for the parameters of each route, on a desk with everything on it."""

    def __init__(self, desk):
        self.items = desk.items
        self.by_label = {model._meta.label_lower: item for model, item in desk.items.items()}
        self.opened = desk.requests[0]
        self.guide = desk.items[Guide]
        self.topic = self.by_label["topics.topic"]
        self.request = next(release.requests.first() for release in desk.releases[1:])
        self.sign_off = workflow.fresh(self.topic).sign_off_in("en")
        first, *_, last = Revision.objects.order_by("pk").values_list("pk", flat=True)
        invited = Invitation.objects.get(user=None)
        self.values = {
            "old": first,
            "new": last,
            "item_type": self.topic.item_type,
            "key": self.topic.key,
            "content_type_id": ContentType.objects.get_for_model(Guide).pk,
            "object_id": self.guide.pk,
            "uidb64": "MQ",
            "name": "guide",
            "number": 1,
            "token": invitations.token(invited, "en"),
            "path": "pictures/none.png",
            "kind": "guide",
            "guide": self.guide.slug,
            "advisor": desk.users["advisor"].advisor.slug,
        }

    def address(self, row):
        """The address of a row, without what a regular expression asks for."""
        route = row.route.replace(LANGUAGE, f"{row.language}/")
        if "(?P<app_label>" in route:
            return "/admin/topics/"
        if "(?P<url>" in route:
            return "/admin/none/of/these"
        address = "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda m: str(self._value(route, m[1])), route)
        if row.language and LANGUAGE not in row.route:
            address += f"?language={row.language}"
        if address.startswith("/admin/review/board/terms/"):
            address += "&format=csv"
        if address == "/admin/review/board/item/":
            address += f"?item={self.topic.item}&language=es"
        if address == "/admin/autocomplete/":
            address += "?term=a&app_label=topics&model_name=topic&field_name=guide"
        return address

    def _value(self, route, name):
        model = re.match(r"admin/(\w+)/(\w+)/", route)
        known = model and (model[1], model[2]) in {
            (each._meta.app_label, each._meta.model_name) for each in admin.site._registry
        }
        if "<int:revision>" in route and name == "pk":
            return (self.request.release if "/release/" in route else self.request).pk
        if known and name in ("object_id", "pk", "id"):
            return self._object(apps.get_model(model[1], model[2])).pk
        if known and name == "revision":
            return self.request.revisions.first().pk
        if known and name == "language":
            return self.request.language
        if "/scorecard/" in route:
            return getattr(self.guide, name)
        if name == "pk":
            return self.sign_off.pk
        if name == "slug":
            return self._slug(route)
        if name == "kind" and "/share/" not in f"/{route}":
            return "guides"
        if name == "key" and route.startswith("api/"):
            return self.guide.key
        return self.values[name]  # a KeyError asks for what stands for a new parameter

    def _object(self, model):
        if model is ReviewRequest:
            return self.opened
        return self.items.get(model) or model._default_manager.order_by("pk").first()

    def _slug(self, route):
        for part, label in (
            ("questions/", "faq.faq"),
            ("glossary/", "glossary.term"),
            ("guides/<slug:guide>", "topics.topic"),
            ("guides/", "topics.guide"),
            ("share/", "topics.guide"),
        ):
            if part in route:
                return self.by_label[label].slug
        return self.values["advisor"] if "advisors/" in route else self._page()

    def _page(self):
        return self.by_label["reading.page"].slug
