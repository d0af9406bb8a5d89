"""The worksheet of a translation: opened from what is stored, kept with the draft it belongs to."""

from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone

from . import languages, worksheet
from .blocks import LINE
from .content import content_model
from .fields import Line
from .ledger import name_of
from .models import Revision, SignOff, Standing, Worksheet

State = Revision.State


@dataclass
class Sheet:
    """The rows of every field, and what somebody just decided about some of them."""

    fields: dict
    changes: list = field(default_factory=list)  # [(the field's name, worksheet.Change)]

    @property
    def text(self):
        return {name: each.text for name, each in self.fields.items()}

    @property
    def unsettled(self):
        return worksheet.unsettled(self.fields)

    @property
    def origin(self):
        machine = worksheet.of_machine(self.fields)
        return Revision.Origin.MACHINE if machine else Revision.Origin.HUMAN

    def as_json(self):
        return {name: each.as_json() for name, each in self.fields.items()}


def from_json(kept, model):
    return Sheet(
        {name: worksheet.Field.from_json(kept[name]) for name in model.text_fields if name in kept}
    )


def one_line(model, name):
    return isinstance(model._meta.get_field(name), Line)


def opened(model, revision, source, kept=None):
    """The sheet of a translation (None: a new one) beside a source revision. ``kept`` is the
    Worksheet that is stored with it, if there is one."""
    before = from_json(kept.fields, model).fields if kept else {}
    fields = {}
    for name in model.text_fields:
        line = one_line(model, name)
        said = (source.text if source else {}).get(name) or ""
        text = (revision.text if revision else {}).get(name) or ""
        rows = before.get(name) or _begun(name, revision, source, text, line)
        if rows.text != text:  # it was written as a whole since
            rows = worksheet.retyped(rows, text, line)
        fields[name] = worksheet.moved(rows, said, line)
    return Sheet(fields)


def open_ended(sheet, model):
    """The same with a row to write into for fields that have none: optional ones that the source
    leaves empty."""
    fields = {
        name: each
        if each.rows or name not in model.local_fields
        else worksheet.Field([worksheet.Row(LINE, None, None, "", "")])
        for name, each in sheet.fields.items()
    }
    return Sheet(fields, sheet.changes)


def moment(revision, source):
    """The sign-off under which the text was public that a translation says, where that is another
    than the present one."""
    said = revision.source if revision else None
    if said is None or source is None or said.pk == source.pk:
        return None
    return said.sign_offs.filter(decision=SignOff.Decision.APPROVE).order_by("pk").last()


def _begun(name, revision, source, text, line):
    if revision is None:
        return worksheet.Field([])
    translated = revision.source or source
    said = (translated.text if translated else {}).get(name) or ""
    return worksheet.begun(said, text, line, revision.origin == Revision.Origin.MACHINE)


def kept_with(revision):
    return Worksheet.objects.filter(revision=revision).first() if revision else None


def decided(sheet, acts):
    """What a person saved: blocks that differ count as adjusted; ``acts`` maps (field, row number)
    to what was ticked."""
    fields, changes = {}, list(sheet.changes)
    for name, each in sheet.fields.items():
        rows = []
        for number, row in enumerate(each.rows):
            row, change = worksheet.decided(row, acts.get((name, number), ""))
            rows += [row] if row else []
            changes += [(name, change)] if change else []
        fields[name] = worksheet.Field(rows, each.tail)
    return Sheet(fields, changes)


def retyped(sheet, text, model):
    """The same sheet after the text was written as a whole."""
    return Sheet(
        {
            name: each
            if each.text == (text.get(name) or "")
            else worksheet.retyped(each, text.get(name) or "", one_line(model, name))
            for name, each in sheet.fields.items()
        },
        sheet.changes,
    )


def keep(revision, sheet, kept, by):
    """Store a sheet with its draft. ``kept`` is the sheet that it was made from: what was decided
    there still counts, unless that text was approved since."""
    open_still = (State.DRAFT, State.CHANGES_REQUESTED)
    going_on = kept is not None and (
        kept.revision_id == revision.pk or kept.revision.state in open_still
    )
    acts = list(kept.acts) if going_on else []
    at = timezone.now().isoformat()
    acts += [
        {"field": name, **change._asdict(), "by": name_of(by), "at": at}
        for name, change in sheet.changes
    ]
    Worksheet.objects.update_or_create(
        revision=revision, defaults={"fields": sheet.as_json(), "acts": acts}
    )


def acts_of(revisions):
    """Revision id to its Worksheet's acts: one query."""
    found = Worksheet.objects.filter(revision__in=revisions)
    return dict(found.values_list("revision_id", "acts"))


def told(revisions, language):
    """Revision id to what an advisor is told of how a translation was made: what was decided about
    its blocks, how many still wait, how many no person has confirmed. One query."""
    if language == languages.source():
        return {}
    found = {}
    for kept in Worksheet.objects.filter(revision__in=revisions):
        fields = [worksheet.Field.from_json(each) for each in kept.fields.values()]
        rows = [row for each in fields for row in each.rows if not row.drawn]
        found[kept.revision_id] = {
            "acts": [{**act, "when": datetime.fromisoformat(act["at"])} for act in kept.acts],
            "rows": len(rows),
            "unsettled": sum(not row.settled for row in rows),
            "by_machine": sum(row.machine for row in rows),
        }
    return found


def of(revision):
    """A translation's sheet beside the public original, or beside a newer one that it was made
    from, to go public with it."""
    live = Standing.objects.filter(
        item_type=revision.item_type, key=revision.key, language=languages.source()
    ).exclude(live=None)
    found = [each.live.revision for each in live.select_related("live__revision")]
    found += [revision.source] if revision.source else []
    newest = max(found, key=lambda source: source.pk, default=None)
    return opened(content_model(revision.item_type), revision, newest, kept_with(revision))


def rows_of(revision, kept):
    """The pairs of a translation as it was submitted: rows that say what their source said."""
    model = content_model(revision.item_type)
    for each in opened(model, revision, revision.source, kept).fields.values():
        for row in each.rows:
            if row.now and row.target and not row.drawn and row.state == worksheet.SAME:
                yield row
