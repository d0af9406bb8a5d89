"""Registers the pages of the desk."""

from .desk import (  # noqa: F401
    accounts,
    invitations,
    ledger,
    people,
    records,
    releases,
    reports,
    requests,
)
