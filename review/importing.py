"""A directory of content files becomes drafts, all of them or none.

All files are asked about together: so many queries for each kind of item and each language,
whatever the number of files.
"""

from functools import cache
from itertools import groupby
from pathlib import Path

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models

from . import fingerprint, languages, marks, structure, workflow
from .content import content_models, reviewed_columns
from .files import Problem, Refused, read
from .ledger import locked
from .lookups import text_of
from .models import Revision, RevisionAuthor
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
    files = _read_all(Path(directory), progress)
    with locked():
        run = _Run(files, writer)
        run.place()
        # Only now is every key there that a text may refer to.
        return run.save(progress)


def _read_all(directory, progress):
    """Parsed files: sources before translations, parents before their children."""
    if not directory.is_dir():
        raise Refused([Problem(str(directory), 1, "There is no such directory.")])
    files, problems = [], []
    for path in progress(sorted(directory.rglob("*.md"))):
        try:
            files.append(read(directory, path.relative_to(directory)))
        except Refused as refused:
            problems += refused.problems
    rank = {model: len(_parents(model)) for model in content_models()}
    codes = languages.codes()
    files.sort(key=lambda f: (codes.index(f.language), rank[f.model], f.path))
    if not files and not problems:
        problems.append(Problem(str(directory), 1, "There is no content file (*.md) here."))
    if problems:
        raise Refused(problems)
    return files


def _parents(model):
    return [
        field
        for field in map(model._meta.get_field, model.structure_fields)
        if isinstance(field, models.ForeignKey)
    ]


class _Run:
    """One import: the files, the rows that they are about, and what stands in the way."""

    def __init__(self, files, writer):
        self.files, self.writer = files, cache(writer)
        self.proposals = {
            file.path: Proposal(file.model, file.language, file.text, file.facts or None)
            for file in files
        }
        self.rows, self.revisions = _rows(files), _revisions(files)
        self.authors = _authors(self.revisions)
        self.new, self.failed, self.problems = set(), set(), []

    def refuse(self, file, error):
        """Keep in mind what is wrong with a file; what stands on it is not looked at."""
        self.failed.add(_item(file))
        if isinstance(error, ValidationError):
            for name, messages in error.message_dict.items():
                self.problems += [file.problem(name, message) for message in messages]
        else:
            self.problems.append(file.problem("", str(error)))

    # -- Rows ----------------------------------------------------------------------------------

    def place(self):
        """Make or move the items' rows. A translation needs its item to be there already."""
        seen = set()
        for _model, files in groupby(self.files, key=lambda file: (file.language, file.model)):
            waiting = []
            for file in files:
                if _item(file) in seen:
                    continue
                seen.add(_item(file))
                try:
                    waiting += self._placed(file)
                except (ValidationError, PermissionDenied) as error:
                    self.refuse(file, error)
            self._add(waiting)
        if self.problems:
            raise Refused(self.problems)

    def _placed(self, file):
        """Move the item of a file; [(file, its row)] where it is a new one."""
        item = self.rows.get(_item(file))
        if file.language != languages.source():
            if item is None:
                message = f"There is no {languages.source()} text with the key “{file.key}”."
                raise ValidationError({"": f"{message} Add it first."})
            return []
        wanted, by = self._structure(file), self.writer(file.language)
        if item is None:
            structure.check_may_add(file.model, by)
            return [(file, file.model(key=file.key, **wanted))]
        if not self._is_older(file):
            structure.check_may_move(file.model, by)
            if structure.moves(item, wanted):
                self.rows[_item(file)] = structure.restructure(item, by=by, **wanted)
        return []

    def _structure(self, file):
        """What a file says of its item's place, with the rows of its parents."""
        wanted = dict(file.structure)
        for field in _parents(file.model):
            key = wanted.get(field.name)
            parent = self.rows.get((field.related_model, str(key)))
            if parent is None:
                raise ValidationError(
                    {field.name: f"There is no {field.name} with the key “{key or ''}”."}
                )
            wanted[field.name] = parent
        return wanted

    def _add(self, waiting):
        if not waiting:
            return
        by = self.writer(languages.source())
        refused = structure.create_items([item for _file, item in waiting], by=by)
        refused = {id(item): error for item, error in refused}
        for file, item in waiting:
            if id(item) in refused:
                self.refuse(file, refused[id(item)])
            else:
                self.rows[_item(file)] = item
                self.new.add(_item(file))

    def _is_older(self, file):
        """True if the file holds an earlier text than the newest one here."""
        self.proposals[file.path].own_problems()
        known, same = self._known(file), self._same(file)
        return bool(same) and known[-1] not in same

    # -- Texts ---------------------------------------------------------------------------------

    def save(self, progress):
        """Save the texts, and tell of each file what was done."""
        self._look_up_references()
        done = []
        for language, files in groupby(progress(self.files), key=lambda file: file.language):
            drafts = []
            for file in files:
                if _item(file) not in self.failed:  # else its original was refused: that is said
                    action, draft = self._answer(file)
                    done.append((file.path, action))
                    drafts += [(file, draft)] if draft else []
            self._save(drafts, language)
        if self.problems:
            raise Refused(self.problems)
        return done

    def _look_up_references(self):
        """Tell the proposals which of the items that they refer to are there."""
        proposals = self.proposals.values()
        for proposal in proposals:
            proposal.own_problems()
        known = marks.look_up((each.model, each.text, each.facts) for each in proposals)
        for proposal in proposals:
            proposal.known = known

    def _answer(self, file):
        """(what is done, the Draft that is to be saved or None) for one file's text."""
        proposal = self.proposals[file.path]
        problems = [file.problem(p.field, p.message, p.line) for p in proposal.problems()]
        if problems:
            self.failed.add(_item(file))
            self.problems += problems
            return "", None
        known, same, source = self._known(file), self._same(file), self._source(file)
        newest = known[-1] if known else None
        if newest in same and not _other_facts(newest, source):
            return UNCHANGED, None
        if any(revision != newest for revision in same):
            return OLDER, None
        if problem := self._in_the_way(file, newest, source):
            self.failed.add(_item(file))
            self.problems.append(problem)
            return "", None
        draft = workflow.Draft(
            self.rows[_item(file)],
            file.language,
            proposal,
            workflow.token(newest),
            summary="Imported from a file",
            origin=file.origin,
            source=source,
        )
        return CREATED if _item(file) in self.new else SAVED, draft

    def _in_the_way(self, file, newest, source):
        """The Problem for which a text is not saved over the newest one."""
        in_work = newest and newest.state in (Revision.State.DRAFT, Revision.State.IN_REVIEW)
        by, others = self.writer(file.language), []
        if in_work:
            human = newest.origin == Revision.Origin.HUMAN
            others = [a for a in self.authors[newest.pk] if human or a.user_id != by.pk]
        if others:
            message = (
                f"{others[-1]} has another text of this item in work "
                f"({newest.get_state_display()}). Finish or discard that first."
            )
            return file.problem("", message)
        if file.language != languages.source() and source is None:
            return file.problem(
                "translates",
                "This translation was made from a text that is not known here. Import that text "
                "first, or take the line “translates” out.",
            )
        return None

    def _save(self, drafts, language):
        if not drafts:
            return
        saved = workflow.save_drafts([each for _file, each in drafts], by=self.writer(language))
        for (file, _draft), revision in zip(drafts, saved, strict=True):
            if isinstance(revision, Exception):
                self.refuse(file, revision)
            else:
                known = self._known(file)
                known[:] = [each for each in known if each != revision] + [revision]

    # -- What is here --------------------------------------------------------------------------

    def _known(self, file, language=None):
        """The revisions of a file's text, or of its item in another language, oldest first."""
        text = (file.model._meta.label_lower, file.key, language or file.language)
        return self.revisions.setdefault(text, [])

    def _same(self, file):
        """Those that hold just this text and these facts."""
        known = self._known(file)
        if not known:
            return []
        proposal, item = self.proposals[file.path], (file.model._meta.label_lower, file.key)
        text = fingerprint.of_text(*item, file.language, proposal.text)
        facts = fingerprint.of_facts(*item, proposal.facts)
        return [r for r in known if (r.fingerprint, r.facts_fingerprint) == (text, facts)]

    def _source(self, file):
        """The source revision that a translation's file was made from: the one that it names, or
        the newest if it names none."""
        if file.language == languages.source():
            return None
        known = self._known(file, languages.source())
        if file.translates:
            text, _dot, facts = file.translates.partition(".")
            named = (text, facts)
            known = [r for r in known if (r.fingerprint, r.facts_fingerprint) == named]
        return known[-1] if known else None


def _item(file):
    return file.model, file.key


def _other_facts(newest, source):
    """Whether the original of a translation differs now in its facts alone: the file still has the
    translation, which is proposed again as it is, since new facts take down what stands on the
    old."""
    if source is None:
        return False
    text, _dot, facts = newest.source_fingerprints.partition(".")
    return text == source.fingerprint and facts != source.facts_fingerprint


def _rows(files):
    """(model, key) to the row, for items and their parents: one query for each model."""
    wanted = {}
    for file in files:
        wanted.setdefault(file.model, set()).add(file.key)
        for field in _parents(file.model):
            parents = wanted.setdefault(field.related_model, set())
            parents.add(str(file.structure.get(field.name)))
    found = {}
    for model, keys in wanted.items():
        rows = model._base_manager.filter(key__in=keys)
        # Text is not looked at here, and there may be much of it.
        for row in models.QuerySet.defer(rows, *reviewed_columns(model), "facts"):
            found[model, row.key] = row
    return found


def _revisions(files):
    """Text to its revisions without their words, oldest first: one query for each model."""
    found = {}
    for model in {file.model for file in files}:
        keys = {file.key for file in files if file.model is model}
        known = Revision.objects.filter(item_type=model._meta.label_lower, key__in=keys)
        known = known.exclude(state=Revision.State.DISCARDED).defer("text", "facts")
        for revision in known.order_by("number"):
            found.setdefault(text_of(revision), []).append(revision)
    return found


def _authors(revisions):
    """Revision id to who saved it, in their order, for the newest of each text: one query."""
    found = {known[-1].pk: [] for known in revisions.values()}
    for author in RevisionAuthor.objects.filter(revision__in=found).order_by("pk"):
        found[author.revision_id].append(author)
    return found
