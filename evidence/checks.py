"""What the evidence app finds in a proposed text."""

from django.utils.translation import gettext_noop as _

from review import quality

from .models import Source


def cites_what_is_to_verify(item, revision, referred):
    """The text stands on a source whose own details nobody has verified yet."""
    for source in referred.values():
        if isinstance(source, Source) and source.to_verify:
            message = quality.sentence(
                _("It cites “%(key)s”, whose details are still to be verified: %(what)s"),
                key=source.key,
                what=source.facts.get("verify", ""),
            )
            cited = (name for name in item.text_fields if _cites(revision.text.get(name), source))
            field = next(cited, "")
            yield quality.Finding("source-to-verify", quality.ADVISORY, message, field)


def _cites(text, source):
    return f"[@{source.key}]" in (text or "")
