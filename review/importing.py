"""A directory of content files becomes drafts, all of them or none."""

from pathlib import Path

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models

from . import fingerprint, languages, structure, workflow
from .content import content_models
from .files import Problem, Refused, read
from .ledger import locked
from .models import Revision
from .proposal import Proposal

CREATED, SAVED, UNCHANGED, OLDER = (
    "new, draft saved",
    "draft saved",
    "unchanged",
    "older than what is here, left alone",
)


def import_directory(directory, writer, progress=lambda files: files):
    """Read every ``*.md`` below the directory and save what changed as drafts.

    ``writer`` gives the user who saves a language. Returns [(path, what was done)]. Raises
    ``Refused`` with every problem found, and then nothing of the run is written.
    """
    files, problems = _read_all(Path(directory))
    if problems:
        raise Refused(problems)
    done, items, failed = [], {}, set()
    with locked():
        for content in progress(files):
            try:
                if (content.model, content.key) not in failed:
                    _place(content, items, writer(content.language))
            except ValidationError as error:
                failed.add((content.model, content.key))
                for name, messages in error.message_dict.items():
                    problems += [content.problem(name, message) for message in messages]
            except (PermissionDenied, workflow.TransitionNotAllowed) as error:
                problems.append(content.problem("", str(error)))
        if problems:
            raise Refused(problems)
        # Only now is every key there that a text may refer to.
        for content in progress(files):
            item, new = items[content.model, content.key]
            if (content.model, content.key) in failed:
                continue  # its original was refused, and that is said already
            try:
                found, action = _save(content, item, writer(content.language))
            except (PermissionDenied, workflow.TransitionNotAllowed) as error:
                found, action = [content.problem("", str(error))], ""
            if found:
                failed.add((content.model, content.key))
            problems += found
            done.append((content.path, CREATED if new and action == SAVED else action))
        if problems:
            raise Refused(problems)
    return done


def _read_all(directory):
    """Parsed files: sources before translations, parents before their children."""
    if not directory.is_dir():
        return [], [Problem(str(directory), 1, "There is no such directory.")]
    files, problems = [], []
    for path in sorted(directory.rglob("*.md")):
        try:
            files.append(read(directory, path.relative_to(directory)))
        except Refused as refused:
            problems += refused.problems
    rank = {model: len(_parents(model)) for model in content_models()}
    codes = languages.codes()
    files.sort(key=lambda f: (codes.index(f.language), rank[f.model], f.path))
    if not files and not problems:
        problems.append(Problem(str(directory), 1, "There is no content file (*.md) here."))
    return files, problems


def _parents(model):
    return [
        field
        for field in map(model._meta.get_field, model.structure_fields)
        if isinstance(field, models.ForeignKey)
    ]


def _place(content, items, by):
    """Make or move the item's row. A translation needs its item to be there already."""
    model, key = content.model, content.key
    if (model, key) in items:
        return
    item = model._base_manager.filter(key=key).first()
    if content.language != languages.source():
        if item is None:
            raise ValidationError(
                {"": f"There is no {languages.source()} text with the key “{key}”. Add it first."}
            )
        items[model, key] = item, False
        return
    wanted = dict(content.structure)
    for field in _parents(model):
        parent_key = wanted.get(field.name)
        parent = field.related_model._base_manager.filter(key=parent_key).first()
        if parent is None:
            raise ValidationError(
                {field.name: f"There is no {field.name} with the key “{parent_key or ''}”."}
            )
        wanted[field.name] = parent
    if item is None:
        items[model, key] = structure.create_item(model, by=by, key=key, **wanted), True
        return
    if not _is_older(content, item):
        item = structure.restructure(item, by=by, **wanted)
    items[model, key] = item, False


def _is_older(content, item):
    """True if the file holds an earlier text than the newest one here."""
    proposal = Proposal(content.model, content.language, content.text, content.facts or None)
    proposal.problems()
    newest = workflow.newest_revision(item, content.language)
    same = _same(content, item, proposal)
    return newest is not None and same.exists() and not same.filter(pk=newest.pk).exists()


def _same(content, item, proposal):
    """The item's revisions that hold just this text and these facts."""
    named = {"item_type": item.item_type, "key": item.key}
    return _revisions(item, content.language).filter(
        fingerprint=fingerprint.of_text(**named, language=content.language, text=proposal.text),
        facts_fingerprint=fingerprint.of_facts(**named, facts=proposal.facts),
    )


def _save(content, item, by):
    """(problems, what was done) for one file's text."""
    proposal = Proposal(content.model, content.language, content.text, content.facts or None)
    found = [content.problem(p.field, p.message, p.line) for p in proposal.problems()]
    if found:
        return found, ""
    newest = workflow.newest_revision(item, content.language)
    source = _source(content, item)
    same = _same(content, item, proposal)
    if newest and same.filter(pk=newest.pk).exists() and not _other_facts(newest, source):
        return [], UNCHANGED
    if same.exclude(pk=newest.pk if newest else None).exists():
        return [], OLDER
    in_work = newest and newest.state in (Revision.State.DRAFT, Revision.State.IN_REVIEW)
    other = newest.authors.exclude(user=by).last() if in_work else None
    if in_work and newest.origin == Revision.Origin.HUMAN:
        other = newest.authors.last()
    if other:
        message = (
            f"{other} has another text of this item in work ({newest.get_state_display()}). "
            "Finish or discard that first."
        )
        return [content.problem("", message)], ""
    if content.language != languages.source() and source is None:
        return [
            content.problem(
                "translates",
                "This translation was made from a text that is not known here. Import that text "
                "first, or take the line “translates” out.",
            )
        ], ""
    workflow.save_draft(
        item,
        content.language,
        proposal,
        by=by,
        based_on=workflow.token(newest),
        summary="Imported from a file",
        origin=content.origin,
        source=source,
    )
    return [], SAVED


def _other_facts(newest, source):
    """Whether the original of a translation differs now in its facts alone: the file still has the
    translation, which is proposed again as it is, since new facts take down what stands on the
    old."""
    if source is None:
        return False
    text, _dot, facts = newest.source_fingerprints.partition(".")
    return text == source.fingerprint and facts != source.facts_fingerprint


def _source(content, item):
    """The source revision that a translation's file was made from: the one that it names, or the
    newest if it names none."""
    if content.language == languages.source():
        return None
    if not content.translates:
        return workflow.newest_revision(item, languages.source())
    text, _dot, facts = content.translates.partition(".")
    known = _revisions(item, languages.source()).filter(fingerprint=text, facts_fingerprint=facts)
    return known.order_by("-number").first()


def _revisions(item, language):
    return Revision.objects.filter(
        item_type=item.item_type, key=item.key, language=language
    ).exclude(state=Revision.State.DISCARDED)
