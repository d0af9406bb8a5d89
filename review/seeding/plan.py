"""Which items there are, how often each text was signed, and what became of it since."""

import random
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone

from .. import fingerprint, languages, marks
from ..content import content_models
from ..ledger import locked
from ..models import ReviewRequest, Revision, SignOff
from ..workflow.bulk import Put, Writer
from . import texts
from .people import People

PREFIX = "seeded"
ITEMS_A_GUIDE = 60  # items of other kinds for each that others belong to
TOGETHER = 20  # texts of a request that was published
BLOCK = 25  # items whose texts were signed in the same days

# What became of a text since it was last signed, and how often.
FATES = {
    "": 800, "draft": 50, "open": 45, "changes": 25, "signed": 10, "discarded": 10, "recalled": 8,
    "withdrawn": 6, "stopped": 3, "overtaken": 3,
}  # fmt: skip
FIRST = ("draft", "open", "changes", "signed")  # of a text that nobody has signed yet


class Refused(Exception):
    """This database is not one to fill with made-up content; the message says why."""


@dataclass
class Text:
    """One item in one language: how many revisions of it were published, and its fate since."""

    row: object
    language: str
    number: int  # of its item among all made-up ones
    rounds: int
    fate: str
    versions: int = 0

    @property
    def item(self):
        return self.row.item


def check():
    """Refuse a database that is used in earnest."""
    if not (settings.DEMO or settings.DEBUG):
        raise Refused("Made-up content is written only with DEMO=1 or DEBUG=1.")
    if SignOff.objects.filter(advisor__demonstration=False).exists():
        raise Refused(
            "This database holds sign-offs of advisors who are no demonstration accounts: "
            "nothing made up goes beside them."
        )


def seed(items=5000, revisions=60_000, *, progress=iter, chance=4, kinds=None):
    """Add made-up items with that many revisions in all. Returns the Seeder, which counts them.

    ``kinds`` maps item types to how many there are of each, instead of ``items`` of all kinds;
    ``progress`` wraps the list of blocks, as tqdm does. All or nothing, in one transaction.
    """
    check()
    with locked():
        seeder = Seeder(kinds or shares(items), chance)
        seeder.write(revisions, progress)
        return seeder


def shares(items):
    """Item type to how many of it: few that others belong to, the rest in equal parts."""
    parents = {field.related_model for model in content_models() for field in _parents(model)}
    few = max(1, items // ITEMS_A_GUIDE)
    others = [model for model in content_models() if model not in parents]
    left = items - few * len(parents)
    counts = {model._meta.label_lower: few for model in parents}
    for place, model in enumerate(others):
        counts[model._meta.label_lower] = left // len(others) + (place < left % len(others))
    return counts


def _parents(model):
    fields = [model._meta.get_field(name) for name in model.structure_fields]
    return [field for field in fields if isinstance(field, models.ForeignKey)]


class Seeder:
    """Plans, and hands what it planned to the bulk writer."""

    def __init__(self, kinds, chance):
        self.random = random.Random(chance)  # noqa: S311  (the same content each time)
        self.now = timezone.now()
        self.people, self.out = People(), Writer()
        self.kinds = kinds
        self.rows, self.texts = defaultdict(list), {}
        self.sources = {}  # item to the revision that translations translate
        self.clock = self.now - timedelta(days=400)
        self.revisions = 0

    def write(self, revisions, progress):
        from . import today  # what waits on the desk: knows this module's words

        self.add_rows()
        self.plan(revisions)
        blocks = list(self.blocks())
        for at, rows in progress(blocks):
            self.clock = max(self.clock, at)
            self.sign_rounds(rows)
        today.write(self)
        self.out.finish()
        today.after(self)

    # -- What there is -------------------------------------------------------------------------

    def add_rows(self):
        """Items without text, those that others belong to first."""
        wanted = [model for model in content_models() if self.kinds.get(model._meta.label_lower)]
        for model in sorted(wanted, key=lambda each: len(_parents(each))):
            kind, name = model._meta.label_lower, f"{PREFIX}-{model._meta.model_name}"
            first = model._base_manager.filter(key__startswith=f"{name}-").count()
            made = [
                model(key=f"{name}-{number}", **self.structure(model, f"{name}-{number}", number))
                for number in range(first, first + self.kinds[kind])
            ]
            self.out.add(made, self.people.admin, self.clock)
            self.rows[kind] = made

    def structure(self, model, key, number):
        found = {}
        for name in model.structure_fields:
            field = model._meta.get_field(name)
            if isinstance(field, models.ForeignKey):
                parents = self.rows[field.related_model._meta.label_lower]
                found[name] = parents[number % len(parents)]
            else:
                found[name] = key if isinstance(field, models.SlugField) else number % 1000 + 1
        return found

    def plan(self, revisions):
        """A plan for each text: so many that the revisions are about as many as asked for."""
        for rows in self.rows.values():
            for number, row in enumerate(rows):
                self.plan_item(row, number)
        planned = sum(text.rounds + len(self.still_to_come(text)) for text in self.texts.values())
        often = [t for t in self.texts.values() if t.rounds and not t.fate]
        spare = max(0, revisions - planned)
        for text in often[:1]:  # one with a long history
            text.rounds += min(200, spare // 4)
            spare -= min(200, spare // 4)
        for text in self.random.choices(often, k=spare) if often else ():
            text.rounds += 1

    def plan_item(self, row, number):
        languages_ = languages.codes() if row.text_fields else [languages.source()]
        # What others cite, draw or belong to is always public.
        public = self.random.random() < 0.93 or self.carries(row)
        for place, code in enumerate(languages_):
            is_source = code == languages.source()
            if not is_source and self.random.random() > 1 - 0.06 * place:
                continue
            if is_source and not public:
                fate = self.random.choice(FIRST)
                self.texts[row.item, code] = Text(row, code, number, 0, fate)
                break
            signed = is_source or self.random.random() < 0.92
            fate = self.fate(signed, is_source)
            self.texts[row.item, code] = Text(row, code, number, int(signed), fate)

    def carries(self, row):
        kinds = {marks.get(name).item_type for name in (*marks.names(), marks.CITE)}
        return row.item_type in kinds

    def fate(self, signed, is_source):
        if not signed:
            return self.random.choice(FIRST)
        [fate] = self.random.choices(list(FATES), FATES.values())
        # A source that is withdrawn takes its translations along: not here.
        return "" if is_source and fate == "withdrawn" else fate

    def still_to_come(self, text):
        return {"": [], "withdrawn": [], "overtaken": [1, 2]}.get(text.fate, [1])

    # -- What was signed -----------------------------------------------------------------------

    def blocks(self):
        """(when, rows): rows whose texts were signed in the same days, oldest first."""
        when = []
        for rows in self.rows.values():
            for row in rows:
                months = row.review_months or settings.REVIEW_MONTHS
                days = (months * 30.5 + 5) * (0.01 + 0.99 * self.random.random())
                when.append((self.now - timedelta(days=days), row))
        when.sort(key=lambda pair: pair[0])
        for start in range(0, len(when), BLOCK):
            chosen = when[start : start + BLOCK]
            yield chosen[0][0], [row for _at, row in chosen]

    def sign_rounds(self, rows):
        """Every text of these rows, signed as often as planned; sources before translations."""
        planned = [
            self.texts[row.item, code]
            for row in rows
            for code in languages.codes()
            if (row.item, code) in self.texts
        ]
        most = max((text.rounds for text in planned), default=0)
        for number in range(1, most + 1):
            puts = []
            for code in languages.codes():
                due = [t for t in planned if t.language == code and t.rounds >= number]
                for start in range(0, len(due), TOGETHER):
                    puts.append(self.published(due[start : start + TOGETHER]))
                if code == languages.source():
                    self.out.put(puts)  # translations refer to them
                    puts = []
            if puts:
                self.out.put(puts)

    def published(self, chosen):
        self.clock += timedelta(seconds=20)
        return self.request(chosen, ReviewRequest.State.PUBLISHED, "Written anew", self.clock)

    def request(self, chosen, state, summary, at, **more):
        """A request over the next version of each text, with how it ended."""
        language = chosen[0].language
        advisor = more.pop("advisor", None) or self.people.advisors[language]
        by = self.people.writers[language]
        request = ReviewRequest(
            language=language,
            summary=summary,
            state=state,
            submitted_by=by,
            submitted_at=at,
            words=40 * len(chosen),
            **more,
        )
        if state != ReviewRequest.State.OPEN:
            own = state == ReviewRequest.State.RECALLED
            request.decided_by = by if own else advisor.user
            request.decided_at = at + timedelta(seconds=10)
        made = [self.revision(text, at, [by]) for text in chosen]
        if state == ReviewRequest.State.PUBLISHED and language == languages.source():
            self.sources |= {revision.item: revision for revision in made}
        return Put(request, made, advisor)

    def revision(self, text, at, writers, state=Revision.State.DRAFT):
        """The next version of a text."""
        row, code, is_source = text.row, text.language, text.language == languages.source()
        text.versions += 1
        self.revisions += 1
        words = texts.text(type(row), code, text.number, text.versions, self.cites(text))
        facts = texts.facts(type(row), text.number, self.keys) if is_source else None
        source = None if is_source else self.sources[row.item]
        made = Revision(
            item_type=row.item_type,
            key=row.key,
            language=code,
            text=words,
            facts=facts,
            fingerprint=fingerprint.of_text(row.item_type, row.key, code, words),
            facts_fingerprint=fingerprint.of_facts(row.item_type, row.key, facts),
            source=source,
            source_fingerprints=source.fingerprints if source else "",
            significance="meaning" if text.versions % 3 == 0 else "wording",
            summary=f"Version {text.versions}",
            state=state,
            created_at=at,
            saved_at=at,
            saved_by=str(writers[-1]),
        )
        made.writers = writers
        return made

    def cites(self, text):
        """A citation at the end of a first paragraph, and now and then a drawn record below."""
        if not _parents(type(text.row)):
            return ""
        [source] = self.keys(marks.get(marks.CITE).item_type, text.number) or [""]
        found = f" [@{source}]" if source else ""
        names = marks.names()
        name = names[text.number % len(names)]
        [drawn] = self.keys(marks.get(name).item_type, text.number) or [""]
        return found + (f"\n\n{{{name}:{drawn}}}" if drawn else "")

    def keys(self, item_type, number=0):
        rows = self.rows.get(item_type)
        return [rows[number % len(rows)].key] if rows else []
