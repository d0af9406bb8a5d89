"""Who is told: whoever is asked to sign, and nobody who cannot be reached."""

from ..models import Advisor
from ..people import away


def reachable(user):
    """Whether mail may go to a person: somebody who still works here and has an address."""
    return bool(user.is_active and user.is_staff and user.email)


class Whom:
    """Who is asked on a day. Two queries, however many texts it is asked about."""

    def __init__(self, today=None):
        acting = Advisor.objects.filter(active=True, user__is_active=True).select_related("user")
        self.acting = {advisor.pk: advisor for advisor in acting.order_by("pk")}
        self.away = away(today)

    def asked(self, language, advisor_id=None, but_not=()):
        """The people asked to sign in a language: that advisor's deputy if she is away, herself,
        or, where neither may sign it, every advisor of the language.

        ``but_not`` holds the ids of users who wrote the text."""
        absence = self.away.get(advisor_id)
        for pk in (absence and absence.deputy_id, advisor_id):
            advisor = self.acting.get(pk)
            if advisor and advisor.speaks(language) and advisor.user_id not in but_not:
                return [advisor.user]
        return [
            advisor.user
            for advisor in self.acting.values()
            if advisor.speaks(language) and advisor.user_id not in but_not
        ]
