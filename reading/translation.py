"""Language columns of the reading app's models."""

from review.content import register

from .models import Contact, Page

register(Page, Contact)
