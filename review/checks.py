"""System checks: a model or a setting that would let text past review is refused early."""

from django.conf import settings
from django.core.checks import Error, Tags, Warning, register
from django.db import connections
from django.db.utils import DatabaseError
from modeltranslation.translator import NotRegistered, translator

from . import triggers
from .content import content_models, translated
from .fields import Body, Line

BASE_FIELDS = {"id", "key", "facts", "sign_off", "retired"}


@register()
def manifests(app_configs, **kwargs):
    """Each field of a content model is text, a fact or structure, and text is translated."""
    errors = []
    for model in content_models():
        own = {
            f.name
            for f in model._meta.concrete_fields
            if f.name not in BASE_FIELDS and not hasattr(f, "translated_field")
        }
        named = {*model.text_fields, *model.structure_fields}
        for name in sorted(own - named):
            errors.append(
                Error(
                    f"{model._meta.label}.{name} is in no manifest.",
                    hint="Name it in text_fields or structure_fields; a fact goes to fact_fields.",
                    id="review.E001",
                )
            )
        for name in sorted(named - own):
            errors.append(
                Error(
                    f"{model._meta.label} names {name} in its manifest and has no such field.",
                    hint="Add the field or take the name out.",
                    id="review.E002",
                )
            )
        many = [f.name for f in model._meta.many_to_many]
        if many:
            errors.append(
                Error(
                    f"{model._meta.label} has the many-to-many field {many[0]}.",
                    hint="A relation edited live bypasses review: keep keys in fact_fields.",
                    id="review.E003",
                )
            )
        for name in model.text_fields:
            if name in own and not isinstance(model._meta.get_field(name), Line | Body):
                errors.append(
                    Error(
                        f"{model._meta.label}.{name} is reviewed text but neither Line nor Body.",
                        hint="Use the fields of review.fields.",
                        id="review.E004",
                    )
                )
        try:
            fields = set(translator.get_options_for_model(model).all_fields)
            registered = translator.get_options_for_model(model).registered
        except NotRegistered:
            fields, registered = set(), False
        if not registered or fields != set(translated(model)):
            errors.append(
                Error(
                    f"{model._meta.label} is not registered for translation.",
                    hint="Call review.content.register(Model) in the app's translation.py.",
                    id="review.E005",
                )
            )
    return errors


@register()
def configuration(app_configs, **kwargs):
    errors = []
    if settings.MARKDOWNX_MARKDOWNIFY_FUNCTION != "review.rendering.preview":
        errors.append(
            Error(
                "The editor's preview does not use the site's own renderer.",
                hint='Set MARKDOWNX_MARKDOWNIFY_FUNCTION = "review.rendering.preview".',
                id="review.E006",
            )
        )
    if tuple(settings.MODELTRANSLATION_FALLBACK_LANGUAGES) != (settings.LANGUAGE_CODE,):
        errors.append(
            Error(
                "The only fallback language is the source language.",
                hint="Set MODELTRANSLATION_FALLBACK_LANGUAGES = (LANGUAGE_CODE,).",
                id="review.E007",
            )
        )
    return errors


@register(Tags.database)
def triggers_installed(app_configs, databases, **kwargs):
    """A warning, because an error would stop the very ``migrate`` that installs them; ``verify``
    and ``/readyz`` fail on it."""
    errors = []
    for alias in databases or []:
        try:
            missing = triggers.missing(alias)
        except DatabaseError:
            continue  # no database yet: migrate will say so
        if missing and "review_signoff" in connections[alias].introspection.table_names():
            errors.append(
                Warning(
                    f"The database lacks the triggers {', '.join(missing)}.",
                    hint="Run manage.py migrate: it installs them.",
                    id="review.W001",
                )
            )
    return errors
