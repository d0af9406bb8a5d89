"""Language columns of the evidence app's models."""

from review.content import register

from .models import KeyFigure, Source

register(Source, KeyFigure)
