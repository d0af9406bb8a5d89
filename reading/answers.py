"""An item as the API tells it: its text as Markdown, HTML and plain text, who vouches for it, and
what anybody needs to compute its fingerprint again (docs/api.md)."""

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from evidence.models import Source
from faq.models import DoctorQuestion
from review import languages
from review.addresses import whole
from review.models import Advisor
from review.readers import with_parent
from review.rendering import Rendering
from topics.models import Guide, Topic

from . import kinds
from .plaintext import plain


def licence():
    return {"name": settings.LICENCE_NAME, "url": settings.LICENCE_URL}


def items(found, language):
    """Answers for items that a door let through; a constant number of queries."""
    with languages.active(language):
        rendering = Rendering(language, lambda items: items.signed(language), link_words=False)
        rendering.load(*found)
        with_guide = _with_guide(found, language)
        advisors = Advisor.objects.in_bulk({item.approval.advisor_id for item in found})
        return [
            {
                **_identity(item, language),
                "text": _texts(item, rendering.apart()),
                "facts": item.facts or {},
                "structure": _structure(item, item.pk in with_guide),
                "review": _review(item, advisors),
                "fingerprint": _fingerprint(item),
                "source": _source(item),
                "licence": licence(),
                "refers": _refers(item, rendering, language),
            }
            for item in found
        ]


def address(item, language):
    """Where the API tells of an item."""
    path = reverse("api:one", args=[kinds.name_of(type(item)), item.key])
    return f"{whole(path)}?language={language}"


def _with_guide(found, language):
    """Keys of those items that stand in a guide which readers of the language get, with it in
    place. A topic has it already."""
    if not found or "guide" not in found[0].structure_fields:
        return set()
    if isinstance(found[0], Topic):
        return {item.pk for item in found}
    wanted = {item.guide_id for item in found}
    guides = Guide.objects.public(language).filter(pk__in=wanted)
    return {item.pk for item in with_parent(found, "guide", guides)}


def _identity(item, language):
    page = _page(item)
    return {
        "type": item.item_type,
        "key": item.key,
        "language": item.language,
        "direction": item.direction,
        "url": address(item, language),
        "page": page and whole(page),
        "version": _version(item),
    }


def _version(item):
    """Where exactly this text stands for ever, whatever becomes of it."""
    with languages.active(item.approval.language):
        return whole(reverse("reading:version", args=[item.approval.pk]))


def _page(item):
    """Where readers read it: a page of its own, or its place on a page; else None."""
    if isinstance(item, Source):
        return f"{reverse('evidence:sources')}#of-{item.key}"
    if isinstance(item, DoctorQuestion):
        return f"{reverse('faq:ask')}#ask-{item.key}"
    return item.get_absolute_url() if type(item) in kinds.ADDRESSED.values() else None


def _texts(item, rendering):
    rendering.draw(item)
    return {
        name: {
            "markdown": item.text[name],
            "html": str(item.html[name]),
            "plain": plain(item.html[name]),
        }
        for name in item.text_fields
    }


def _structure(item, has_guide):
    """Where it stands; none of this is signed."""
    told = {}
    for name in item.structure_fields:
        if name == "guide":
            told[name] = item.guide.key if has_guide else None
        else:
            told[name] = getattr(item, name)
    return told


def _review(item, advisors):
    approval = item.approval
    path = reverse("reading:advisor", args=[advisors[approval.advisor_id].slug])
    return {
        "sign_off": approval.pk,
        "decision": approval.decision,
        "signed_at": approval.signed_at.isoformat(),
        "next_review": approval.next_review.isoformat(),
        "overdue": approval.next_review < timezone.localdate(),
        "demonstration": approval.demonstration,
        "advisor": {
            "name": approval.name,
            "credentials": approval.credentials,
            "interests": approval.interests,
            "url": whole(path),
        },
    }


def _fingerprint(item):
    """Of the text in this language, and of the facts, which are signed with the source."""
    return {
        "version": item.approval.fingerprint_version,
        "text": item.approval.fingerprint,
        "facts": item.source_approval.facts_fingerprint,
    }


def _source(item):
    """What the text was translated from, and whether that is still the original's text."""
    own = item.approval.pk == item.source_approval.pk
    translated = item.approval.fingerprints if own else item.approval.source_fingerprints
    return {
        "language": languages.source(),
        "origin": item.approval.origin,
        "current": not item.outdated,
        "translated": translated,
        "now": item.source_approval.fingerprints,
    }


def _refers(item, rendering, language):
    """What the text's marks and facts name, in reading order; ``url`` is None for what is not
    signed in this language, of which the text then shows nothing."""
    return [
        {
            "type": reference.item_type,
            "key": reference.key,
            "url": found and address(found, language),
        }
        for reference, found in rendering.referred(item).items()
    ]
