"""Registers the pages of the desk."""

from .desk import accounts, invitations, people, records, releases, requests  # noqa: F401
