"""The base of every reviewed item, and its registration: a row is what the public reads.

A content model names its manifest: ``text_fields`` (translated, signed in each language),
``fact_fields`` (language-neutral, signed with the source language, kept in one JSON column; each
is a form field, which checks it and draws it in the admin) and ``structure_fields`` (not signed,
but logged). ``register`` in the app's ``translation.py`` does the rest.
"""

from django.apps import apps
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from modeltranslation.translator import TranslationOptions, translator

from . import fingerprint, languages
from .doors import ReviewedQuerySet
from .models import valid_key


class ReviewedContent(models.Model):
    """An item whose text columns hold signed text only: ``workflow`` alone writes them."""

    text_fields = ()
    fact_fields = {}
    structure_fields = ()
    local_fields = ()  # optional text that a translation may have or not, whatever the source has
    review_months = None  # how long a signature holds; None: settings.REVIEW_MONTHS
    # Fields in which claims are made, and what it is there to have no source: "advisory" or
    # "blocking" (``review.quality.evidence``).
    claims = {}
    partial = ""  # the name of its template, where it is not the model's

    key = models.SlugField(
        _("key"),
        max_length=100,
        unique=True,
        validators=[valid_key],
        help_text=_("The item's permanent name in files and marks. It can never be changed."),
    )
    facts = models.JSONField(null=True, editable=False)
    sign_off = models.ForeignKey(
        "review.SignOff", null=True, on_delete=models.PROTECT, related_name="+", editable=False
    )

    retired = models.BooleanField(default=False, editable=False)  # in no list; ``workflow.retire``

    objects = ReviewedQuerySet.as_manager()

    class Meta:
        abstract = True
        default_permissions = ["add", "change", "view"]
        constraints = []  # filled by ``register``, when the languages' columns exist

    def __str__(self):
        return self.key

    def save(self, *args, force_insert=False, update_fields=None, **kwargs):
        """Write the key and the structure of a new row, the structure of an old one: never text."""
        if self._state.adding:
            self.empty()
            return super().save(*args, force_insert=True, **kwargs)
        wanted = set(self.structure_fields) if update_fields is None else set(update_fields)
        # An update without fields is no query at all, which is right for an item without structure.
        fields = sorted(wanted & set(self.structure_fields))
        return super().save(*args, update_fields=fields, **kwargs)

    def empty(self):
        """Take all text out of a row that is about to be added."""
        for column in reviewed_columns(type(self)):
            setattr(self, column, None)
        self.facts = None

    @property
    def template(self):
        """The partial that draws the item by itself: "topics/_topic.html"."""
        return f"{self._meta.app_label}/_{self.partial or self._meta.model_name}.html"

    @property
    def direction(self):
        """The writing direction of the text that a door has put in."""
        return languages.direction(self.language)

    @property
    def version_templates(self):
        """Partials that draw the item below its title, the first that there is."""
        name = f"{self._meta.app_label}/_{self._meta.model_name}_version.html"
        return [name, self.template]

    @property
    def item_type(self):
        return self._meta.label_lower

    @property
    def item(self):
        return f"{self.item_type}:{self.key}"

    def signed_text(self, language):
        """The text columns of one language: field name to stored bytes, or None if not public."""
        if self.sign_off_id_in(language) is None:
            return None
        return {name: getattr(self, languages.column(name, language)) for name in self.text_fields}

    def sign_off_in(self, language):
        return getattr(self, languages.column("sign_off", language))

    def sign_off_id_in(self, language):
        return getattr(self, languages.column("sign_off", language) + "_id")

    def computed_fingerprints(self, language):
        """Fingerprints of the row's own bytes, in the form of ``SignOff.fingerprints``."""
        text = fingerprint.of_text(
            self.item_type, self.key, language, self.signed_text(language) or {}
        )
        facts = self.facts if language == languages.source() else None
        return f"{text}.{fingerprint.of_facts(self.item_type, self.key, facts)}"

    @classmethod
    def check_facts(cls, facts):
        """Field name to sentence, for facts that are each right but do not fit together."""
        return {}

    def title_from(self, text):
        """What a list calls the item: its first line of text, or its key."""
        return self.title_in(text, self.key)

    @classmethod
    def title_in(cls, text, key):
        """The same without the row."""
        return next((text[name] for name in cls.text_fields if text.get(name)), key)


def reviewed_columns(model, language=None):
    """The columns that only ``workflow`` writes: those of one language, or of all."""
    chosen = languages.codes() if language is None else [language]
    return [languages.column(name, code) for code in chosen for name in translated(model)]


def translated(model):
    return (*model.text_fields, "sign_off")


def content_models():
    """Every registered content model, in the order of their labels."""
    found = [m for m in apps.get_models() if issubclass(m, ReviewedContent)]
    return sorted(found, key=lambda model: model._meta.label_lower)


def content_model(item_type):
    return apps.get_model(item_type)


def register(*models_):
    """Give models their language columns and the constraints that hold them together."""
    for model in models_:
        options = type(
            f"{model.__name__}Options", (TranslationOptions,), {"fields": translated(model)}
        )
        translator.register(model, options)
        model._meta.constraints = [*model._meta.constraints, *_constraints(model)]
        # Without this, migrations do not see constraints that were added after the class was made.
        model._meta.original_attrs["constraints"] = model._meta.constraints


def _constraints(model):
    """Null together or set together in each language; the base columns always empty."""
    name = model._meta.model_name
    for code in languages.codes():
        columns = reviewed_columns(model, code)
        if code == languages.source():
            columns.append("facts")
        empty = Q(**{f"{column}__isnull": True for column in columns})
        full = Q(**{f"{column}__isnull": False for column in columns})
        yield models.CheckConstraint(
            name=f"{name}_signed_whole_{code.replace('-', '_')}", condition=empty | full
        )
    base = {f"{column}__isnull": True for column in translated(model)}
    yield models.CheckConstraint(name=f"{name}_base_columns_empty", condition=Q(**base))
