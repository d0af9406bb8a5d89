"""A file from a translator's tool becomes drafts, block by block: all of its run, or nothing."""

from collections import Counter, namedtuple

from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from .. import blocks, fingerprint, languages, markdown, marks, terms, workflow
from ..content import content_model, content_models
from ..fields import Line
from ..guards import check_writer
from ..ledger import locked
from ..models import Delivery, ParkedUnit, Revision
from ..proposal import Proposal
from . import inline, intake, units
from .intake import Refused

TAKEN, UNCHANGED, EMPTY, PARKED, REFUSED = "taken", "unchanged", "empty", "parked", "refused"
Done = namedtuple("Done", "unit what why")
Report = namedtuple("Report", "delivery done counts waiting")


def import_file(data, language, *, by, name=""):
    """Read a file (XLIFF, PO, or the glossary's) and save what it brings as drafts.

    Returns a Report: a Done for each unit, and ``waiting``, how many blocks of each draft still
    hold the words of the original.

    Raises Refused or PermissionDenied, and then nothing is written.
    """
    check_writer(by, language)
    text = intake.text_of(data)
    glossary = terms.registered()
    found = glossary and glossary.read(text, language)
    if found is None:
        source, spoken, found = intake.read(text)
        _check_languages(source, spoken, language)
    intake.check_size(found)
    digest = fingerprint.sha256(f"{language}:{fingerprint.sha256(text)}")
    with locked():
        earlier = Delivery.objects.filter(digest=digest).first()
        if earlier:
            raise Refused(
                _("This very file was imported already, by %(name)s on %(day)s.")
                % {"name": earlier.saved_by, "day": earlier.at.date()}
            )
        run = _Run(language, by, name)
        run.go(found)
        return run.finish(digest)


def _check_languages(source, spoken, language):
    if {_plain(tag) for tag in source} != {_plain(languages.tag(languages.source()))}:
        raise Refused(_("The file is not made from the original language of this site."))
    if {_plain(tag) for tag in spoken} != {_plain(languages.tag(language))}:
        tags = ", ".join(sorted(tag or "–" for tag in spoken))[:60]
        raise Refused(
            _("The file is for another language (%(tags)s), not for %(language)s.")
            % {"tags": tags, "language": languages.name(language)}
        )


def _plain(tag):
    return (tag or "").lower().replace("_", "-")


class _Item:
    """One item of the file: its texts now, and the originals that the file was made from."""

    def __init__(self, row, language):
        self.row, self.model = row, type(row)
        known = Revision.objects.filter(
            item_type=row.item_type, key=row.key, language=languages.source()
        )
        self.sources = {units.digest(revision): revision for revision in known}
        self.source = workflow.source_for(row)
        self.newest = workflow.newest_revision(row, language)
        self.now = {
            name: units.field_text(self.model, name, self.source, self.newest)
            for name in self.model.text_fields
            if self.source
        }
        self._then, self._places, self.taken = {}, {}, []

    def then(self, unit):
        """The original's field as the file found it."""
        named = (unit.field, unit.source_digest)
        if named not in self._then:
            source = self.sources[unit.source_digest]
            self._then[named] = units.field_text(self.model, unit.field, source, None)
        return self._then[named]

    def place(self, unit):
        """The block's number in the text now, WHOLE, or None where it has none."""
        then, now = self.then(unit), self.now[unit.field]
        if unit.block == units.WHOLE:
            return units.WHOLE if then.source == now.source else None
        named = (unit.field, unit.source_digest)
        if named not in self._places:
            pairs = units.matched(then.spoken, now.spoken)
            self._places[named] = {old: new for new, old in pairs.items()}
        return self._places[named].get(int(unit.block))


class _Run:
    def __init__(self, language, by, name):
        self.language, self.by, self.name = language, by, name[:200]
        self.done, self.parked, self.waiting, self.saved = [], [], {}, 0

    def go(self, found):
        items = self._items(found)
        for unit in found:
            self._take(items[unit.item], unit)
        for item in items.values():
            if item.taken:
                self._save(item)

    # -- What the file names -------------------------------------------------------------------

    def _items(self, found):
        if None in found:
            raise Refused(_("The file holds a unit that was not exported from this site."))
        twice = [place for place, count in Counter(u.place for u in found).items() if count > 1]
        if twice:
            raise Refused(_("A unit stands twice in the file: %(place)s.") % {"place": twice[0]})
        kinds = {model._meta.label_lower for model in content_models() if model.text_fields}
        items = {}
        for unit in found:
            if unit.item not in items:
                model = unit.item_type in kinds and content_model(unit.item_type)
                row = model and model._base_manager.filter(key=unit.key, retired=False).first()
                if not row:
                    raise Refused(_("There is no item %(item)s here.") % {"item": unit.item})
                items[unit.item] = _Item(row, self.language)
            self._check(items[unit.item], unit)
        return items

    def _check(self, item, unit):
        if unit.source_digest not in item.sources:
            raise Refused(
                _("%(item)s was exported from a text that is not known here: nothing was imported.")
                % {"item": unit.item}
            )
        if unit.field not in item.model.text_fields:
            raise Refused(
                _("%(item)s has no field “%(field)s”.") % {"item": unit.item, "field": unit.field}
            )

    # -- Unit by unit --------------------------------------------------------------------------

    def _take(self, item, unit):
        try:
            self._decide(item, unit)
        except _No as no:
            self._note(unit, REFUSED, str(no))

    def _decide(self, item, unit):
        if unit.problem:
            raise _No(unit.problem)
        if item.source is None:
            raise _No(_("Its original is not signed any more: there is nothing to translate."))
        now, source = item.now[unit.field], _original(item.then(unit), unit)
        if unit.source is None:  # the file names its text, and does not repeat it
            unit.source = source
        if unit.source.strip() != source.strip():
            raise _No(_("Its original is not the one that was exported: leave that as it is."))
        target = _normal(unit.target)
        if not target:
            return self._note(unit, EMPTY, _("not translated"))
        if unit.unsure:
            return self._note(unit, EMPTY, _("marked as unsure in the file: finish it first"))
        if units.digest_of(target) == unit.target_digest:
            return self._note(unit, UNCHANGED, "")
        _check_words(item.model, unit.field, source, target)
        where = item.place(unit)
        if where is None:
            return self._park(unit, source, target, _("made from an older original"))
        if where != units.WHOLE and now.targets is None:
            return self._park(unit, source, target, _("somebody changed this text meanwhile"))
        current = now.whole if where == units.WHOLE else now.targets[where]
        if current == target:
            return self._note(unit, UNCHANGED, "")
        if current and units.digest_of(current) != unit.target_digest:
            return self._park(unit, source, target, _("somebody changed this text meanwhile"))
        if item.newest and item.newest.state == Revision.State.IN_REVIEW:
            return self._park(unit, source, target, _("this text is in review"))
        item.taken.append((unit, where, target))
        return None

    def _note(self, unit, what, why):
        self.done.append(Done(unit, what, why))

    def _park(self, unit, source, target, why):
        self.parked.append((unit, source, target, why))
        self._note(unit, PARKED, why)

    # -- Item by item --------------------------------------------------------------------------

    def _save(self, item):
        """Put the item's draft together, without the units that break it."""
        while item.taken:
            broken, wrong = _misshapen(item), {}
            if not broken:
                text = {name: _filled(item, name) for name in item.model.text_fields}
                proposal = Proposal(item.model, self.language, text)
                wrong = {found.field: found.message for found in proposal.problems()}
                broken = [each for each in item.taken if each[0].field in wrong]
            if not broken:
                break
            for each in broken:
                item.taken.remove(each)
                why = wrong.get(each[0].field) or _("It changes headings, lists or tables.")
                self._note(each[0], REFUSED, why)
        if not item.taken:
            return
        try:
            workflow.save_draft(
                item.row,
                self.language,
                proposal,
                by=self.by,
                based_on=workflow.token(item.newest),
                summary=_("Imported from %(file)s") % {"file": self.name or _("a file")},
                origin=Revision.Origin.IMPORT,
                source=item.source,
                source_seen=item.source.fingerprints,
            )
        except (ValidationError, workflow.TransitionNotAllowed, PermissionDenied) as error:
            raise Refused(f"{item.row.item}: {error}") from None
        self.saved += 1
        for unit, *_rest in item.taken:
            self._note(unit, TAKEN, "")
        if left := _left(item):
            self.waiting[item.row.item] = left

    def finish(self, digest):
        counts = Counter(each.what for each in self.done)
        if not self.saved and not self.parked:
            return Report(None, self.done, counts, self.waiting)
        delivery = Delivery.objects.create(
            digest=digest,
            language=self.language,
            name=self.name,
            user=self.by,
            saved_by=self.by.get_full_name() or self.by.get_username(),
            at=timezone.now(),
        )
        ParkedUnit.objects.bulk_create(
            ParkedUnit(
                delivery=delivery,
                item_type=unit.item_type,
                key=unit.key,
                language=self.language,
                field=unit.field,
                source=source,
                text=target,
                why=why,
            )
            for unit, source, target, why in self.parked
        )
        return Report(delivery, self.done, counts, self.waiting)


class _No(Exception):
    """A unit that cannot be taken; the message says why."""


def _normal(target):
    try:
        return fingerprint.normalise(target)
    except fingerprint.NotText as error:
        raise _No(str(error)) from None


def _original(then, unit):
    """What a unit was made from, as it was exported."""
    if unit.block == units.WHOLE:
        return then.source
    if int(unit.block) >= len(then.spoken):
        raise _No(_("There is no such block in the text that was exported."))
    return then.spoken[int(unit.block)].text


def _check_words(model, name, source, target):
    if isinstance(model._meta.get_field(name), Line):
        found = markdown.line_problems(target)
    else:
        found = markdown.problems(target, marks.names())
    for problem in found:
        raise _No(problem.message)
    if sentence := inline.lost(source, target):
        raise _No(sentence)


def _filled(item, name, only=None):
    """A field's text with what was taken; the original's words where there is nothing yet."""
    value = item.now[name]
    mine = {where: t for u, where, t in item.taken if u.field == name and only in (None, u.id)}
    if units.WHOLE in mine:
        return mine[units.WHOLE]
    if value.targets is None:
        return value.whole
    texts = [mine.get(n) or had for n, had in enumerate(value.targets)]
    if not any(texts):
        return ""
    originals = [block.text for block in value.spoken]
    return blocks.filled(value.blocks, [t or o for t, o in zip(texts, originals, strict=True)])


def _misshapen(item):
    """What was taken and would make other blocks than the original has."""
    found = []
    for name in {unit.field for unit, where, _t in item.taken if where != units.WHOLE}:
        wanted = blocks.shape(item.now[name].blocks)
        mine = [each for each in item.taken if each[0].field == name]
        if _shape(item, name) == wanted:
            continue
        alone = [each for each in mine if _shape(item, name, each[0].id) != wanted]
        found += alone or mine
    return found


def _shape(item, name, only=None):
    text = {name: _filled(item, name, only)}
    return blocks.shape(units.pieces(item.model, name, text))


def _left(item):
    """How many blocks of the draft still hold the original's words."""
    taken = {(unit.field, where) for unit, where, _target in item.taken}
    return sum(
        not had and (name, number) not in taken
        for name, value in item.now.items()
        if name not in item.model.local_fields
        for number, had in enumerate(value.targets or ())
    )
