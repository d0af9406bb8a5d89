"""What the scorecard can know of a guide by itself: what it says, and how it weighs treatments."""

from django.utils.translation import gettext_lazy as _

from review.scorecard import filling

from .models import Topic

_FIELD = _("The guide has a field for it, and it is filled.")
_SIDES = _("The checks look for the six sides of a treatment in every topic on one.")


def register():
    filling.register("audience", filling.says("audience"), _FIELD)
    filling.register("summary", filling.says("key_points"), _FIELD)
    filling.register("not-known", filling.says("not_known"), _FIELD)
    filling.register("urgent-signs", filling.says("urgent_signs"), _FIELD)
    for side in ("works", "benefits", "harms", "untreated", "daily"):
        filling.register(f"side-{side}", _has(f"no-{side}"), _SIDES)
    filling.register("weighed", _has("no-harms", "no-benefits", "one-sided"), _SIDES)


def _has(*lacks):
    """A rule: no topic on a treatment lacks it. The checks look at headings: where they find none,
    a person reads whether the text says it all the same."""

    def rule(assessed):
        found = [assessed.findings[each.name] & set(lacks) for each in _treatments(assessed)]
        return True if found and not any(found) else None

    return rule


def _treatments(assessed):
    for each in assessed.texts:
        source = each.revision if each.revision.facts is not None else each.revision.source
        kind = (source.facts or {}).get("kind") if source else ""
        if isinstance(each.item, Topic) and kind == Topic.TREATMENT:
            yield each
