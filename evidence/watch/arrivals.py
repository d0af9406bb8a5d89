"""What came in about which text, each publication once, and what became of it."""

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.translation import gettext as _

from review import languages, ledger, marks, people
from review.content import content_model
from review.guards import TransitionNotAllowed, acting_advisor, check_length, normal
from review.ledger import locked, name_of
from review.models import Recheck, Standing

from .. import intake
from ..models import Arrival, Watch
from . import watched
from .nearness import Nearness

NEW, SOURCE, SEEN, FAR = "new", "source", "seen", "far"
LONGEST = 300  # characters of a reason; with the publication it must fit a re-review's
LONGEST_QUERY = 2000


@dataclass
class Outcome:
    """What became of one record; ``item`` names the text that it came in about."""

    record: object
    state: str
    item: str = ""

    @property
    def sentence(self):
        told = {"title": self.record.name, "item": self.item}
        if self.state == NEW:
            return _("“%(title)s” is new, about %(item)s.") % told
        if self.state == SOURCE:
            return _("“%(title)s” is a source here already.") % told
        if self.state == SEEN:
            return _("“%(title)s” came in before.") % told
        return _("“%(title)s” has nothing in common with any text.") % told


class Texts:
    """The watched texts as they are: what they say, whom they cite. Three queries."""

    def __init__(self):
        rows = Standing.objects.filter(item_type__in=watched(), language=languages.source())
        rows = rows.exclude(newest=None).select_related("newest", "live__revision")
        self.rows = {row.item: row for row in rows.order_by("item_type", "key")}
        self.watches = {f"{each.item_type}:{each.key}": each for each in Watch.objects.all()}
        sources = Standing.objects.filter(item_type=intake.ITEM_TYPE, language=languages.source())
        rows = sources.exclude(newest=None).select_related("newest")
        self.sources = {row.key: row.newest.facts or {} for row in rows}

    def cited(self, item):
        """Key to the facts of each source that a text cites."""
        revision = self._revision(item)
        model = content_model(revision.item_type)
        found = marks.references(model, revision.text, revision.facts)
        keys = (each.key for each in found if each.item_type == intake.ITEM_TYPE)
        return {key: self.sources[key] for key in keys if key in self.sources}

    def title(self, item):
        row = self.rows[item]
        return content_model(row.item_type).title_in(row.newest.text, row.key)

    def nearness(self):
        """To each text with the titles of its sources: readers' words, and researchers'."""
        return Nearness({item: self._words(item) for item in self.rows})

    def _revision(self, item):
        row = self.rows[item]
        return row.live.revision if row.live else row.newest

    def _words(self, item):
        titles = [facts.get("title", "") for facts in self.cited(item).values()]
        query = self.watches[item].query if item in self.watches else ""
        return "\n".join([*map(str, self._revision(item).text.values()), *titles, query])


def take(records, *, item="", way=Arrival.Way.FILE, cites="", by=None, texts=None):
    """Keep each record that is new about a text; without ``item``, about the text that it is
    nearest to. What is a Source, or came in before (dismissed or not), is left out. Returns an
    Outcome each."""
    with locked():
        texts = texts or Texts()
        near, known = texts.nearness(), _names_of(texts.sources.values())
        seen = {}
        for row in Arrival.objects.values("item_type", "key", "facts"):
            about = f"{row['item_type']}:{row['key']}"
            seen.setdefault(about, set()).update(intake.names_of(row["facts"]))
        outcomes, made, now = [], [], timezone.now()
        for record in records:
            found = near.to(f"{record.facts.get('title', '')}\n{record.abstract}")
            about = item or next(iter(found), "")
            value = found.get(about, 0)
            names = set(intake.names_of(record.facts))
            came = seen.get(about, set()) if item else set().union(*seen.values())
            state = _state(names, known, came, bool(item) or value > 0)
            outcomes.append(Outcome(record, state, about if state == NEW else ""))
            if state != NEW:
                continue
            seen.setdefault(about, set()).update(names)
            made.append(_arrival(about, record, way, cites, value, by, now))
        Arrival.objects.bulk_create(made, batch_size=500)
        return outcomes


def _state(names, known, came, near):
    if names & known:
        return SOURCE
    if names & came:
        return SEEN
    return NEW if near else FAR


def _arrival(about, record, way, cites, nearness, by, now):
    item_type, _colon, key = about.partition(":")
    return Arrival(
        item_type=item_type,
        key=key,
        facts=record.facts,
        abstract=record.abstract,
        way=way,
        cites=cites,
        nearness=round(nearness, 4),
        brought_by=name_of(by) if by else "",
        arrived_at=now,
    )


def _names_of(many):
    return {name for facts in many for name in intake.names_of(facts)}


# -- What becomes of it ----------------------------------------------------------------------------


def dismiss(arrival, *, by, reason):
    """It changes nothing, and why: said by an advisor, since that is a medical judgement."""
    with locked():
        if acting_advisor(by) is None:
            raise PermissionDenied(_("Only a medical advisor dismisses a publication."))
        arrival = _open(arrival)
        arrival.reason = _reason(reason)
        _decide(arrival, by)
        _tell("watch:dismiss", arrival, by, reason=arrival.reason)


def open_review(arrival, *, by, reason):
    """Have the text read again because of a publication; the re-review names it. Its translations
    follow where the original changes."""
    with locked():
        arrival = _open(arrival)
        item = content_model(arrival.item_type)._base_manager.get(key=arrival.key)
        cited, why = arrival.cited_as, _reason(reason)
        room = people.LONGEST - len(why) - 30
        cited = cited if len(cited) <= room else cited[: room - 1] + "…"
        words = normal(f"New publication: {cited}. {why}")
        language = languages.source()
        people.recheck(item, language, by=by, reason=words)
        about = {"item_type": item.item_type, "key": item.key, "language": language}
        arrival.recheck = Recheck.objects.get(**about, reason=words, closed_at=None)
        _decide(arrival, by)
        _tell("watch:review", arrival, by, reason=why)


def _open(arrival):
    arrival = Arrival.objects.get(pk=arrival.pk)
    if arrival.decided_at:
        raise TransitionNotAllowed(
            _("%(name)s has decided about “%(title)s” already.")
            % {"name": arrival.decided_by, "title": arrival.title}
        )
    return arrival


def _reason(reason):
    reason = normal(reason)
    if not reason:
        raise TransitionNotAllowed(_("Say why in a few words: others will read it."))
    check_length(reason, LONGEST, people.TOO_LONG)
    return reason


def _decide(arrival, by):
    arrival.decided_by, arrival.decided_at = name_of(by), timezone.now()
    arrival.save(update_fields=["reason", "recheck", "decided_by", "decided_at"])


def _tell(event, arrival, by, **details):
    ledger.append(
        event,
        by,
        item_type=arrival.item_type,
        key=arrival.key,
        publication=arrival.cited_as,
        **details,
    )


# -- How it is looked for --------------------------------------------------------------------------


def may_feed(user):
    """Who brings publications in, and says how they are looked for."""
    return user.has_perm("evidence.add_source") or acting_advisor(user) is not None


def save_query(item, query, *, by):
    """Say how PubMed is asked about a text; "" stops asking."""
    with locked():
        if not may_feed(by):
            raise PermissionDenied(_("You may not change how new evidence is looked for."))
        query = normal(query)
        if len(query) > LONGEST_QUERY:
            raise TransitionNotAllowed(
                _("The search has %(count)s characters, at most %(most)s fit: make it shorter.")
                % {"count": len(query), "most": LONGEST_QUERY}
            )
        row, _made = Watch.objects.get_or_create(item_type=item.item_type, key=item.key)
        if row.query != query:
            row.query, row.problem = query, ""
            row.save(update_fields=["query", "problem"])
            ledger.append("watch:query", by, item_type=item.item_type, key=item.key, query=query)
