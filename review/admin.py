"""Registers the pages of the desk."""

from .desk import accounts, invitations, people, records, requests  # noqa: F401
