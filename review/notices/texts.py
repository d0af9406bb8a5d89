"""Texts as a mail names them: title, language and the page of the admin; never their content."""

from django.urls import reverse
from django.utils.text import Truncator

from ..content import content_model
from ..models import Notice

LONGEST = 120  # characters of a title


def one_line(words):
    """Words without line breaks and other characters that a mail's header may not hold."""
    return " ".join("".join(c if c.isprintable() else " " for c in str(words)).split())


def title(revision):
    model = content_model(revision.item_type)
    found = model(key=revision.key).title_from(revision.text)
    return Truncator(one_line(found) or revision.key).chars(LONGEST)


def described(revisions):
    """Revision id to what a notice keeps of its text; one query a model."""
    revisions = list(revisions)
    places = {}
    for kind in {revision.item_type for revision in revisions}:
        model = content_model(kind)
        keys = {revision.key for revision in revisions if revision.item_type == kind}
        page = f"admin:{model._meta.app_label}_{model._meta.model_name}_change"
        for key, pk in model._base_manager.filter(key__in=keys).values_list("key", "pk"):
            places[kind, key] = reverse(page, args=[pk])
    return {
        revision.pk: {
            "title": title(revision),
            "language": revision.language,
            "path": f"{places[revision.item_type, revision.key]}?language={revision.language}"
            if (revision.item_type, revision.key) in places
            else "",
        }
        for revision in revisions
    }


def write(notices):
    """Store notices; what was noted already is not noted twice."""
    Notice.objects.bulk_create(notices, ignore_conflicts=True, batch_size=500)
