"""Language columns of the glossary app's models."""

from review.content import register

from .models import Term

register(Term)
