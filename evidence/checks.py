"""What the evidence app finds in a proposed text."""

from django.utils.translation import gettext as _

from review import marks, quality

from .models import Source


def cites_what_is_to_verify(item, revision, referred):
    """The text stands on a source whose own details nobody has verified yet."""
    for reference, source in referred.items():
        if isinstance(source, Source) and source.to_verify:
            message = _("It cites “%(key)s”, whose details are still to be verified: %(what)s") % {
                "key": source.key,
                "what": source.facts.get("verify", ""),
            }
            field = _field(item, revision, reference)
            yield quality.Finding("source-to-verify", quality.WARNING, message, field)


def _field(item, revision, reference):
    for name in item.text_fields:
        text = {name: revision.text.get(name, "")}
        if reference in marks.references(type(item), text, None):
            return name
    return ""
