"""Language columns of the reading app's models."""

from review.content import register

from .models import CallToAction, Contact, Page

register(Page, Contact, CallToAction)
