"""Proposed text and facts of one item in one language: brought into normal form and checked."""

from collections import namedtuple

from django import forms
from django.core.exceptions import ValidationError

from . import languages, marks
from .fields import Line
from .fingerprint import NotText, normalise, normalise_facts
from .markdown import line_problems, problems

# ``line`` counts within the field; 0 where a problem has no line.
FieldProblem = namedtuple("FieldProblem", "field line message")


_TRUTH = {"true": True, "on": True, "false": False, "": False, "none": False}


class Proposal:
    """``text`` maps text fields to strings, ``facts`` fact fields to plain values.

    ``clean`` leaves both complete and normal, or raises ValidationError by field. A draft may be
    incomplete: what must be there before it is submitted is told by ``missing``.
    """

    def __init__(self, model, language, text, facts=None, known=None):
        self.model = model
        self.language = language
        self.is_source = language == languages.source()
        self.text = dict(text)
        self.facts = dict(facts or {}) if self.is_source else facts
        self.known = known  # what ``marks.look_up`` gave, if somebody asked for many texts
        self._own = self._problems = None

    def clean(self):
        found = self.problems()
        if found:
            errors = {}
            for problem in found:
                prefix = f"Line {problem.line}: " if problem.line else ""
                errors.setdefault(problem.field, []).append(prefix + problem.message)
            raise ValidationError(errors)

    def problems(self):
        """Bring text and facts into normal form; return what stands in the way."""
        if self._problems is None:
            found = [*self.own_problems(), *self._reference_problems(), *self._pair_problems()]
            self._problems = found
        return self._problems

    def own_problems(self):
        """The same without a look at other items."""
        if self._own is None:
            self._own = [*self._text_problems(), *self._fact_problems()]
        return self._own

    def _text_problems(self):
        for name in sorted(set(self.text) - set(self.model.text_fields)):
            yield FieldProblem(name, 0, self._no_such(name, self.model.text_fields))
        complete = {}
        for name in self.model.text_fields:
            try:
                value = complete[name] = normalise(self.text.get(name) or "")
            except NotText as error:
                yield FieldProblem(name, error.line, error.sentence)
                continue
            field = self.model._meta.get_field(name)
            if isinstance(field, Line):
                found = line_problems(value)
                if len(value) > field.max_length:
                    message = f"{len(value)} characters; at most {field.max_length} fit."
                    yield FieldProblem(name, 0, message)
            else:
                found = problems(value, marks.names())
            for problem in found:
                yield FieldProblem(name, problem.line, problem.message)
        self.text = complete

    def _fact_problems(self):
        if not self.is_source:
            for name in sorted(self.facts or {}):
                yield FieldProblem(name, 0, "Facts are kept with the source language only.")
            self.facts = None
            return
        for name in sorted(set(self.facts) - set(self.model.fact_fields)):
            yield FieldProblem(name, 0, self._no_such(name, self.model.fact_fields))
        cleaned = {}
        for name, field in self.model.fact_fields.items():
            value = self.facts.get(name)
            if isinstance(field, forms.BooleanField):
                value = _TRUTH.get(str(value).lower())
                if value is None:
                    yield FieldProblem(name, 0, "Write true or false.")
                    continue
            if value in field.empty_values:
                continue
            try:
                cleaned[name] = normalise_facts(field.clean(value))
            except ValidationError as error:
                yield FieldProblem(name, 0, " ".join(error.messages))
            except NotText as error:
                yield FieldProblem(name, 0, str(error))
        self.facts = cleaned
        for name, message in self.model.check_facts(cleaned).items():
            yield FieldProblem(name, 0, message)

    def _reference_problems(self):
        named = set(marks.references(self.model, self.text, self.facts))
        there = self.known.references if self.known else set()
        absent = set(marks.unknown(named - there))
        for reference in sorted(absent):
            yield FieldProblem(
                self._where(reference),
                0,
                f"There is no {reference.item_type.split('.')[1]} with the key “{reference.key}”. "
                "Correct the key, or add that item first.",
            )

    def _pair_problems(self):
        for name in self.model.text_fields:
            for line, message in marks.pair_problems(self.text.get(name) or "", self.known):
                yield FieldProblem(name, line, message)

    def _where(self, reference):
        """The field that refers to it."""
        for name in self.model.text_fields:
            if reference in marks.references(self.model, {name: self.text.get(name, "")}, None):
                return name
        for name, field in self.model.fact_fields.items():
            if isinstance(field, marks.KeysField) and field.item_type == reference.item_type:
                return name

    def missing(self, source_text=None):
        """Names of the fields without which the text cannot be submitted.

        ``source_text`` is the text that a translation translates: what is said there must be said
        in the translation, too.
        """
        names = []
        for name in self.model.text_fields:
            field = self.model._meta.get_field(name)
            said_in_source = (source_text or {}).get(name) and name not in self.model.local_fields
            needed = not field.blank or said_in_source
            if needed and not self.text.get(name):
                names.append(str(field.verbose_name))
        for name, field in self.model.fact_fields.items():
            if self.is_source and field.required and (self.facts or {}).get(name) is None:
                names.append(str(field.label or name.replace("_", " ")))
        return names

    def _no_such(self, name, known):
        return f"There is no field “{name}” here. Known are: {', '.join(known) or 'none'}."
