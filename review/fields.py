"""The two kinds of reviewed text column, and JSON whose letters can be searched."""

import json

from django.db import models
from markdownx.models import MarkdownxField

LINE_LENGTH = 300


class Line(models.CharField):
    """One line of Markdown (emphasis only): a title, a question, a sentence."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{"max_length": LINE_LENGTH, "null": True, **kwargs})


class Body(MarkdownxField):
    """Markdown of any length, with the marks of our own."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{"null": True, **kwargs})


class LettersAsTheyAre(json.JSONEncoder):
    """JSON in which é is é: SQLite keeps the bytes, and people search them."""

    def __init__(self, **kwargs):
        super().__init__(**{**kwargs, "ensure_ascii": False})
