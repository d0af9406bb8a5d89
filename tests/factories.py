"""What tests are made of. Each factory takes only what the test is about."""

from functools import cached_property

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group

from evidence.models import KeyFigure, Source
from faq.models import FAQ, Situation
from review import groups, workflow
from review.models import Advisor
from topics.models import Analogy, Guide, Topic

PASSWORD = "a long password for tests"

SOURCE_FACTS = {
    "authors": "Smith J",
    "title": "A study",
    "journal": "A journal",
    "year": 2020,
    "kind": "trial",
    "status": "verified",
}

_made = {"count": 0}


def unique(prefix):
    _made["count"] += 1
    return f"{prefix}-{_made['count']}"


def make_user(username=None, *group_names, **flags):
    user = get_user_model().objects.create_user(
        username or unique("user"), password=PASSWORD, is_staff=True, **flags
    )
    user.groups.set(Group.objects.filter(name__in=group_names))
    return user


def make_advisor(username=None, *codes, **fields):
    user = make_user(username, groups.ADVISORS)
    defaults = {
        "slug": user.username,
        "credentials": "MD",
        "interests": "None declared",
        "languages": list(codes or ["en"]),
    }
    Advisor.objects.create(user=user, name=f"Dr {user.username}", **{**defaults, **fields})
    return user


class People:
    """One person a role, made when first asked for."""

    @cached_property
    def editor(self):
        return make_user(unique("editor"), groups.EDITORS)

    @cached_property
    def second_editor(self):
        return make_user(unique("editor"), groups.EDITORS)

    @cached_property
    def translator(self):
        """Writes Spanish."""
        return make_user(unique("translator"), groups.translators("es"))

    @cached_property
    def advisor(self):
        """Signs English."""
        return make_advisor(unique("advisor"), "en")

    @cached_property
    def second_advisor(self):
        return make_advisor(unique("advisor"), "en")

    @cached_property
    def spanish_advisor(self):
        return make_advisor(unique("advisor"), "es")

    @cached_property
    def writing_advisor(self):
        """Writes English and Spanish, and signs both."""
        user = make_advisor(unique("writing-advisor"), "en", "es")
        user.groups.add(*Group.objects.filter(name__in=[groups.EDITORS, groups.translators("es")]))
        return user

    @cached_property
    def admin(self):
        return make_user(unique("admin"), is_superuser=True)

    @cached_property
    def nobody(self):
        """Staff without any group."""
        return make_user(unique("nobody"))


def make_guide(**fields):
    key = fields.pop("key", None) or unique("guide")
    return Guide.objects.create(key=key, slug=fields.pop("slug", key), **fields)


def make_topic(guide=None, **fields):
    key = fields.pop("key", None) or unique("topic")
    guide = guide or make_guide()
    return Topic.objects.create(key=key, slug=fields.pop("slug", key), guide=guide, **fields)


def make_analogy(**fields):
    return Analogy.objects.create(key=fields.pop("key", None) or unique("analogy"))


def make_source(**fields):
    return Source.objects.create(key=fields.pop("key", None) or unique("source"))


def make_figure(**fields):
    return KeyFigure.objects.create(key=fields.pop("key", None) or unique("figure"))


def make_situation(**fields):
    return Situation.objects.create(key=fields.pop("key", None) or unique("situation"), **fields)


def make_faq(guide=None, **fields):
    key = fields.pop("key", None) or unique("faq")
    guide = guide or make_guide()
    return FAQ.objects.create(key=key, slug=fields.pop("slug", key), guide=guide, **fields)


def text_for(model, word="Text", **fields):
    """Complete text for a model: every required field says something."""
    text = {
        name: f"{word} of {name}."
        for name in model.text_fields
        if not model._meta.get_field(name).blank
    }
    return {**text, **fields}


def save(item, language, by, text=None, facts=None, **more):
    """Save complete text as a draft, based on whatever is newest."""
    if facts is None and language == "en" and isinstance(item, Source):
        facts = SOURCE_FACTS
    return workflow.save_draft(
        item,
        language,
        text_for(type(item)) if text is None else text,
        by=by,
        based_on=workflow.token(workflow.newest_revision(item, language)),
        facts=facts,
        **more,
    )


def expected(request):
    """The fingerprints that an advisor sees on a request's page."""
    return {revision.pk: revision.fingerprints for revision in request.revisions.all()}


def submit(people, item, language="en", text=None, facts=None, **more):
    """Save and submit one text by the people who write that language; returns the request."""
    writer = people.editor if language == "en" else people.translator
    revision = save(item, language, writer, text, facts, **more)
    return workflow.submit([revision], by=writer)


def approve(people, request, by=None, **more):
    advisor = by or (people.advisor if request.language == "en" else people.spanish_advisor)
    return workflow.approve(request, by=advisor, expected=expected(request), **more)


def sign(people, request, by=None, **more):
    advisor = by or (people.advisor if request.language == "en" else people.spanish_advisor)
    return workflow.sign(request, by=advisor, expected=expected(request), **more)


def make_public(people, item, language="en", text=None, facts=None, **more):
    """Take a text all the way to readers; returns its sign-off."""
    [sign_off] = approve(people, submit(people, item, language, text, facts, **more))
    return sign_off
