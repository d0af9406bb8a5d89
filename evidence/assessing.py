"""What the scorecard can know of how new evidence is followed."""

from django.utils.translation import gettext_lazy as _

from review.scorecard import filling

from .models import Watch
from .watch import watched


def register():
    filling.register("watched", _watched, _("Every topic has a saved search for new evidence."))


def _watched(assessed):
    names = [each.name for each in assessed.texts if each.item.item_type in watched()]
    rows = Watch.objects.exclude(query="").values_list("item_type", "key")
    saved = {f"{item_type}:{key}" for item_type, key in rows}
    held = [name in saved for name in names]
    if not any(held):
        return None  # they may be followed in another way
    return True if all(held) else "partly"
