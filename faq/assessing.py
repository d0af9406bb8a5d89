"""What the scorecard can know of a guide's questions for the doctor."""

from django.utils.translation import gettext_lazy as _

from review.models import Standing
from review.scorecard import filling

from .models import DoctorQuestion

FEWEST = 5


def register():
    filling.register(
        "questions", _questions, _("A tool is five or more public questions for the doctor.")
    )


def _questions(assessed):
    own = DoctorQuestion._base_manager.filter(guide=assessed.item.pk, retired=False)
    public = Standing.objects.filter(
        item_type=DoctorQuestion._meta.label_lower,
        key__in=own.values("key"),
        language=assessed.language,
    ).exclude(live=None)
    return public.count() >= FEWEST or None
