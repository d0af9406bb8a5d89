"""The API's own description (OpenAPI 3.1), made from the models, so that a field that is added is
described; tests hold every answer against it."""

from django import forms
from django.conf import settings
from django.http import JsonResponse
from django.urls import reverse

from review import fingerprint, languages
from review.addresses import whole
from review.marks import KeysField
from review.models import Revision, SignOff

from . import kinds
from .api import MOST_PER_PAGE, PER_PAGE, open_to_all

KEY = {"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$"}
DIGEST = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
DIGEST_OR_NONE = {"type": "string", "pattern": "^([0-9a-f]{64})?$"}
DIGESTS = {"type": "string", "pattern": r"^[0-9a-f]{64}\.([0-9a-f]{64})?$"}
URL = {"type": "string", "format": "uri"}
URL_OR_NONE = {"type": ["string", "null"], "format": "uri"}
SENTENCE = {"type": "string", "minLength": 1}


@open_to_all()
def document(request):
    response = JsonResponse(describe(whole(reverse("api:root"))))
    return response


def describe(root):
    """The whole document; ``root`` is the API's address."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "crcsite",
            "version": "1",
            "summary": "Texts for patients, each signed by a named medical advisor.",
            "description": (
                "Only what is signed in the language asked for, and as long as it is. An answer "
                "may be kept, but ask before each use (ETag, 304): a text that was withdrawn "
                "answers 410. Error answers are problem details with one sentence."
            ),
            "license": {"name": settings.LICENCE_NAME, "url": settings.LICENCE_URL},
        },
        "servers": [{"url": root.rstrip("/")}],
        "paths": _paths(),
        "components": {"schemas": _schemas(), "parameters": _parameters()},
    }


# -- Paths ---------------------------------------------------------------------------------------


def _paths():
    paths = {
        "/": {"get": _get("root", "What there is to ask for", "Root", [], [])},
        "/openapi.json": {
            "get": _get("openapi", "This document", {"type": "object"}, [], []),
        },
    }
    for kind, model in kinds.OFFERED.items():
        name = model.__name__
        listed = ["language", "page", "per_page"]
        paths[f"/{kind}"] = {
            "get": _get(f"list_{kind}", f"The {kind}, page by page", f"{name}List", listed, [404])
        }
        paths[f"/{kind}/{{key}}"] = {
            "get": _get(f"get_{kind}", f"One of the {kind}", name, ["key", "language"], [404, 410])
        }
    return paths


def _get(operation, summary, schema, parameters, failures):
    schema = _ref(schema) if isinstance(schema, str) else schema
    headers = {"ETag": {"schema": {"type": "string"}}}
    if "page" in parameters:
        headers["Link"] = {
            "description": "RFC 8288: first, prev, next, last",
            "schema": {"type": "string"},
        }
    responses = {
        "200": {
            "description": "As asked",
            "headers": headers,
            "content": {"application/json": {"schema": schema}},
        },
        "304": {"description": "Still what the ETag in If-None-Match names"},
        "400": _problem("A parameter is unknown, given twice, or not what it must be"),
        "429": _problem("Too many questions came from you: wait as long as Retry-After says"),
    }
    told = {404: "There is no such thing, or not in this language", 410: "It was withdrawn"}
    responses |= {str(status): _problem(told[status]) for status in failures}
    return {
        "operationId": operation,
        "summary": summary,
        "parameters": [{"$ref": f"#/components/parameters/{name}"} for name in parameters],
        "responses": responses,
    }


def _problem(description):
    content = {"application/problem+json": {"schema": _ref("Problem")}}
    return {"description": description, "content": content}


def _parameters():
    def in_query(name, schema, description):
        return {"name": name, "in": "query", "schema": schema, "description": description}

    return {
        "key": {"name": "key", "in": "path", "required": True, "schema": KEY},
        "language": in_query(
            "language",
            {"type": "string", "enum": languages.codes(), "default": languages.source()},
            "Nothing stands in for a text that is not signed in it.",
        ),
        "page": in_query("page", {"type": "integer", "minimum": 1, "default": 1}, "From 1."),
        "per_page": in_query(
            "per_page",
            {"type": "integer", "minimum": 1, "maximum": MOST_PER_PAGE, "default": PER_PAGE},
            "Rows of a page; of these, it holds those that are what was signed.",
        ),
    }


# -- Schemas -------------------------------------------------------------------------------------


def _ref(name):
    return {"$ref": f"#/components/schemas/{name}"}


def _object(**properties):
    """An object with exactly these."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _array(of):
    return {"type": "array", "items": of}


def _schemas():
    language = {"enum": languages.codes()}
    schemas = {
        "Problem": _object(
            type={"type": "string"},
            title=SENTENCE,
            status={"type": "integer"},
            detail=SENTENCE,
        ),
        "Licence": _object(name=SENTENCE, url=URL),
        "Text": _object(
            markdown={"type": "string", "description": "The bytes that were signed."},
            html={"type": "string", "description": "A fragment; its links are relative."},
            plain={"type": "string", "description": "The HTML without pictures and notes."},
        ),
        "Review": _review(),
        "Fingerprint": _object(
            version={"const": fingerprint.VERSION}, text=DIGEST, facts=DIGEST_OR_NONE
        ),
        "SourceState": _object(
            language={"const": languages.source()},
            origin={"enum": Revision.Origin.values},
            current={"type": "boolean"},
            translated=DIGESTS,
            now=DIGESTS,
        ),
        "Reference": _object(type={"type": "string"}, key=KEY, url=URL_OR_NONE),
        "Root": _root(language),
    }
    for kind, model in kinds.OFFERED.items():
        schemas[model.__name__] = _item(model, language)
        schemas[f"{model.__name__}List"] = _object(
            collection={"const": kind},
            language=language,
            page={"type": "integer", "minimum": 1},
            pages={"type": "integer", "minimum": 1},
            per_page={"type": "integer", "minimum": 1, "maximum": MOST_PER_PAGE},
            items=_array(_ref(model.__name__)),
        )
    return schemas


def _root(language):
    return _object(
        name=SENTENCE,
        source_language=language,
        languages=_array(
            _object(
                code=language,
                tag=SENTENCE,
                name=SENTENCE,
                direction={"enum": ["ltr", "rtl"]},
            )
        ),
        licence=_ref("Licence"),
        collections=_object(**dict.fromkeys(kinds.OFFERED, URL)),
        openapi=URL,
    )


def _review():
    signs = [each for each in SignOff.Decision.values if each != SignOff.Decision.WITHDRAW]
    return _object(
        sign_off={"type": "integer"},
        decision={"enum": signs},
        signed_at={"type": "string", "format": "date-time"},
        next_review={"type": "string", "format": "date"},
        overdue={"type": "boolean"},
        demonstration={
            "type": "boolean",
            "description": "True: nobody vouches for it; no clinician has checked the text.",
        },
        advisor=_object(
            name=SENTENCE,
            credentials={"type": "string"},
            interests={"type": "string"},
            url=URL,
        ),
    )


def _item(model, language):
    return _object(
        type={"const": model._meta.label_lower},
        key=KEY,
        language=language,
        direction={"enum": ["ltr", "rtl"]},
        url=URL,
        page=URL_OR_NONE,
        version=URL,
        text=_object(**dict.fromkeys(model.text_fields, _ref("Text"))),
        facts=_facts(model),
        structure=_object(**{name: _structure(model, name) for name in model.structure_fields}),
        review=_ref("Review"),
        fingerprint=_ref("Fingerprint"),
        source=_ref("SourceState"),
        licence=_ref("Licence"),
        refers=_array(_ref("Reference")),
    )


def _structure(model, name):
    if name == "guide":
        # A topic whose guide is not public has no page and is not in the answers.
        return {**KEY, "type": ["string", "null"]}
    return {"type": "integer"} if name == "position" else KEY


def _facts(model):
    """Facts as their form fields check them; what is not required may be absent or empty."""
    fields = model.fact_fields
    return {
        "type": "object",
        "properties": {name: _fact(field) for name, field in fields.items()},
        "required": [name for name, field in fields.items() if field.required],
        "additionalProperties": False,
    }


def _fact(field):
    if isinstance(field, KeysField):
        return _array(KEY)
    if isinstance(field, forms.MultipleChoiceField):
        return _array({"enum": [value for value, _label in field.choices]})
    if isinstance(field, forms.ChoiceField):
        return {"enum": [value for value, _label in field.choices]}
    if isinstance(field, forms.BooleanField):
        return {"type": "boolean"}
    if isinstance(field, forms.IntegerField):
        return {"type": "integer" if field.required else ["integer", "null"]}
    return {"type": "string"}
