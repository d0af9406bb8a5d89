"""Registers the pages of the desk."""

from .desk import people, records, requests  # noqa: F401
