"""Items as content files: the signed text, or the working text."""

from pathlib import Path

from . import languages
from .content import content_models
from .files import place, write
from .structure import structure_of


def export_directory(directory, *, drafts=False):
    """Write each item's text in each language that has one; returns the paths written."""
    directory, written = Path(directory), []
    for model in content_models():
        for code in languages.codes():
            for item in _items(model, code, drafts):
                path = directory / place(model, item.key, code)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(_as_file(model, item, code).encode())
                written.append(path)
    return written


def _items(model, language, drafts):
    """Items that have a text of their own in that language."""
    if not model.text_fields and language != languages.source():
        return []
    objects = model.objects.all()
    if not drafts:
        items = list(objects.signed(language))
        for item in items:
            item.revision = item.approval.revision
        return items
    return [item for item in objects.working(language) if item.revision.language == language]


def _as_file(model, item, language):
    return write(
        model,
        language,
        text=item.text,
        structure=structure_of(item),
        facts=item.facts,
        translates=item.revision.source_fingerprints.removesuffix("."),
        origin=item.revision.origin,
    )
