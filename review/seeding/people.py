"""Who works on made-up content: the demonstration accounts, and a few more of their kind."""

from datetime import timedelta

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.utils import timezone

from .. import demonstration, groups, languages
from ..models import Absence, Advisor, Invitation


class People:
    def __init__(self):
        self.writers = {code: demonstration.writer(code) for code in languages.codes()}
        users = get_user_model().objects.in_bulk(field_name="username")
        self.admin = users[demonstration.ADMIN]
        self.advisors = {
            code: Advisor.objects.select_related("user").get(
                user__username=f"advisor-{code}", demonstration=True
            )
            for code in languages.codes()
        }
        self.second = self._second()

    def _second(self):
        """A demonstration advisor for every language, who is away: the source's stands in."""
        user = _account("advisor-away", groups.ADVISORS)
        second, made = Advisor.objects.get_or_create(
            user=user,
            defaults={
                "slug": "demonstration-away",
                "name": "Demonstration advisor, away",
                "credentials": demonstration.CREDENTIALS,
                "interests": "None: this account is not a person.",
                "languages": languages.codes(),
                "demonstration": True,
            },
        )
        if made:
            today = timezone.localdate()
            Absence.objects.create(
                advisor=second,
                first=today - timedelta(days=3),
                last=today + timedelta(days=11),
                deputy=self.advisors[languages.source()],
            )
        return second

    def invite(self, names):
        """Invitations that were accepted and wait for an administrator."""
        now = timezone.now()
        for name in names:
            user = _account(name, groups.EDITORS, is_active=False)
            Invitation.objects.get_or_create(
                user=user,
                defaults={
                    "email": f"{name}@example.org",
                    "name": name,
                    "group": groups.EDITORS,
                    "invited_by": self.admin,
                    "invited_at": now - timedelta(days=6),
                    "accepted_at": now - timedelta(days=1),
                },
            )


def _account(username, group, **flags):
    """An account that nobody can sign in to: it has no password."""
    user, made = get_user_model().objects.get_or_create(
        username=username, defaults={"is_staff": True, **flags}
    )
    if made:
        user.set_unusable_password()
        user.save(update_fields=["password"])
        user.groups.add(Group.objects.get(name=group))
    return user
