"""Who works here: advisors, their absences, invitations, and what mail somebody wants."""

from django.conf import settings
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import F, Q
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _


class Advisor(models.Model):
    """A named clinician who may sign, in the languages that she reads as a clinician."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="advisor"
    )
    slug = models.SlugField(_("address"), max_length=100, unique=True)
    name = models.CharField(_("name, as readers see it"), max_length=120)
    credentials = models.CharField(_("credentials, as readers see them"), max_length=200)
    interests = models.TextField(
        _("declared interests"),
        help_text=_("Payments, shares, roles, or “None declared”. Shown to readers, dated."),
    )
    languages = models.JSONField(
        _("languages"), help_text=_('A list of codes: ["en"] signs English text only.')
    )
    active = models.BooleanField(
        _("may sign"), default=True, help_text=_("Untick when somebody leaves: nothing is deleted.")
    )
    demonstration = models.BooleanField(default=False, editable=False)

    class Meta:
        verbose_name = _("medical advisor")
        verbose_name_plural = _("medical advisors")

    def __str__(self):
        return self.name

    def speaks(self, language):
        return language in self.languages


class Absence(models.Model):
    """Days on which an advisor does not sign, and who is asked instead."""

    advisor = models.ForeignKey(Advisor, on_delete=models.CASCADE, related_name="absences")
    first = models.DateField(_("first day away"))
    last = models.DateField(_("last day away"))
    deputy = models.ForeignKey(
        Advisor,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="deputises",
        verbose_name=_("deputy"),
        help_text=_("Who is asked meanwhile. The deputy signs under her own name."),
    )

    class Meta:
        verbose_name = _("absence")
        verbose_name_plural = _("absences")
        ordering = ["first"]
        constraints = [
            models.CheckConstraint(
                name="absence_days_in_order",
                condition=Q(first__lte=F("last")),
                violation_error_message=_("The last day lies before the first."),
            ),
            models.CheckConstraint(
                name="absence_deputy_is_another",
                condition=Q(deputy=None) | ~Q(deputy=F("advisor")),
                violation_error_message=_("An advisor cannot stand in for herself."),
            ),
        ]

    def __str__(self):
        return f"{self.advisor}: {self.first} – {self.last}"


class Invitation(models.Model):
    """A person asked to join: who asked, into which group, and how far it has come."""

    email = models.EmailField(_("e-mail address"))
    name = models.CharField(_("name"), max_length=150)
    group = models.CharField(_("group"), max_length=150)
    languages = models.JSONField(
        _("languages"), default=list, help_text=_("For an advisor: the languages she will sign.")
    )
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    invited_at = models.DateTimeField()
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="invitation"
    )
    accepted_at = models.DateTimeField(null=True)
    sent_back = models.TextField(blank=True)  # what an advisor is asked to correct of herself
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    confirmed_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["-invited_at"]

    def __str__(self):
        return f"{self.name} <{self.email}>"


class Preference(models.Model):
    """What somebody chose for herself: which mail, in which language."""

    class Mail(models.TextChoices):
        AT_ONCE = "at once", _("at once")
        DAILY = "daily", _("one mail a day")
        NONE = "none", _("none, except what is overdue")

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="preference"
    )
    mail = models.CharField(_("mail"), max_length=10, choices=Mail.choices, default=Mail.AT_ONCE)
    language = models.CharField(
        _("language of the admin and of mail"),
        max_length=12,
        choices=settings.LANGUAGES,
        blank=True,
    )

    class Meta:
        default_permissions = []

    def __str__(self):
        return str(self.user)


class Session(AbstractBaseSession):
    """A browser in which somebody is signed in: Django's session, and whose it is."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="sessions"
    )
    began = models.DateTimeField(null=True)
    used = models.DateTimeField(null=True)
    browser = models.CharField(max_length=100, blank=True)

    class Meta(AbstractBaseSession.Meta):
        default_permissions = []
        verbose_name = _("session")
        verbose_name_plural = _("sessions")

    @classmethod
    def get_session_store_class(cls):
        from ..sessions import SessionStore

        return SessionStore

    @property
    def handle(self):
        return salted_hmac("session handle", self.pk).hexdigest()[:16]
