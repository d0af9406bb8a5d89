"""Demonstration mode: accounts that are nobody, and their signatures, which say so."""

import secrets

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group

from . import groups, languages, workflow
from .models import Advisor, Revision

ADMIN, EDITOR = "admin", "editor"
CREDENTIALS = "Demonstration account, not a clinician"


class NoAccounts(Exception):
    """The demonstration accounts are not in this database."""


def make_accounts():
    """Make every demonstration account. Returns [(name, password)]."""
    made = [_account(ADMIN, is_superuser=True), _account(EDITOR, groups.EDITORS)]
    for code in languages.codes():
        if code != languages.source():
            made.append(_account(f"translator-{code}", groups.translators(code)))
        made.append(_account(f"advisor-{code}", groups.ADVISORS))
        Advisor.objects.create(
            user=get_user_model().objects.get(username=f"advisor-{code}"),
            slug=f"demonstration-{code}",
            name=f"Demonstration advisor ({languages.name(code)})",
            credentials=CREDENTIALS,
            interests="None: this account is not a person.",
            languages=[code],
            demonstration=True,
        )
    return made


def _account(username, group=None, **flags):
    password = secrets.token_urlsafe(12)
    user = get_user_model().objects.create_user(username, password=password, is_staff=True, **flags)
    if group:
        user.groups.add(Group.objects.get(name=group))
    return username, password


def writer(language):
    """The demonstration account that writes a language."""
    return _user(EDITOR if language == languages.source() else f"translator-{language}")


def _user(username):
    user = get_user_model().objects.filter(username=username).first()
    if user is None:
        raise NoAccounts(f"There is no demonstration account “{username}”: run manage.py demo.")
    return user


def sign_drafts():
    """Submit and approve the imported drafts, the source language first. Returns how many."""
    signed = 0
    for code in languages.codes():
        drafts = (
            Revision.objects.filter(
                state=Revision.State.DRAFT, language=code, authors__user=writer(code)
            )
            .exclude(origin=Revision.Origin.HUMAN)
            .order_by("pk")
        )
        if drafts:
            request = workflow.submit(list(drafts), by=writer(code), summary="Starter content")
            expected = {revision.pk: revision.fingerprints for revision in drafts}
            advisor = _user(f"advisor-{code}")
            if not advisor.advisor.demonstration:
                raise NoAccounts(f"“{advisor}” is a person: nothing is signed for anybody.")
            signed += len(workflow.approve(request, by=advisor, expected=expected))
    return signed
