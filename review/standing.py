"""Where each text stands, kept beside the revisions and the ledger that it is derived from.

The workflow calls ``written``, ``put_away``, ``published`` and ``taken_down``; lists, the desk and
the board read ``Standing``. ``rebuild`` makes all of it anew, ``problems`` tells what differs.
"""

from .lookups import all_named, text_of
from .models import LedgerEntry, Revision, SignOff, Standing

TEXT = ("item_type", "key", "language")


def of(about):
    """The Standing rows of one item and language, as a queryset to filter or update."""
    return Standing.objects.filter(
        item_type=about.item_type, key=about.key, language=about.language
    )


def written(revisions):
    """Revisions became the newest of their texts."""
    rows = [
        Standing(item_type=r.item_type, key=r.key, language=r.language, newest_id=r.pk)
        for r in revisions
    ]
    _write(rows, "newest")


def _write(rows, pointer):
    """Store one pointer of rows that may be there already, or not yet."""
    made = [
        Standing(**{name: getattr(row, name) for name in (*TEXT, "newest_id", "live_id")})
        for row in rows
    ]
    Standing.objects.bulk_create(
        made,
        batch_size=500,
        update_conflicts=True,
        unique_fields=TEXT,
        update_fields=[pointer],
    )


def put_away(revision):
    """A revision was discarded: the one before it is the newest again."""
    before = Revision.objects.filter(
        item_type=revision.item_type, key=revision.key, language=revision.language
    ).exclude(state=Revision.State.DISCARDED)
    newest = before.order_by("-number").first()
    rows = of(revision)
    rows.update(newest=newest)
    rows.filter(newest=None, live=None).delete()


def published(sign_offs):
    """Texts became public. A text that stands nowhere, its item being retired, stays so."""
    live = {text_of(each): each for each in sign_offs}
    rows = [r for r in Standing.objects.filter(**all_named(sign_offs)) if text_of(r) in live]
    for row in rows:
        row.live = live[text_of(row)]
    _write(rows, "live")


def taken_down(about):
    of(about).update(live=None)


def forget(item):
    """A retired item stands nowhere."""
    Standing.objects.filter(item_type=item.item_type, key=item.key).delete()


def rebuild(**lookup):
    """Make the rows anew: all of them, or those of one ``item_type`` and ``key``."""
    Standing.objects.filter(**lookup).delete()
    rows = [
        Standing(item_type=kind, key=key, language=code, newest_id=newest, live_id=live)
        for (kind, key, code), (newest, live) in derived(**lookup).items()
    ]
    Standing.objects.bulk_create(rows, batch_size=500)


def derived(**lookup):
    """(item type, key, language) to the ids of the newest revision and of the live sign-off, as
    revisions and ledger tell it."""
    found = {}
    kept = Revision.objects.filter(**lookup).exclude(state=Revision.State.DISCARDED)
    for pk, *text in kept.order_by("number").values_list("pk", "item_type", "key", "language"):
        found[tuple(text)] = (pk, None)
    lines = LedgerEntry.objects.filter(**lookup).exclude(seal="").order_by("number")
    for event, sign_off, *text in lines.values_list(
        "event", "sign_off_id", "item_type", "key", "language"
    ):
        newest, _live = found.get(tuple(text), (None, None))
        found[tuple(text)] = (newest, sign_off if event == LedgerEntry.PUBLISH else None)
    return found


def problems(retired=()):
    """What the rows say differently from revisions and ledger. ``retired`` names items
    ("topics.topic", "ras") that stand nowhere."""
    stored = {
        (row.item_type, row.key, row.language): (row.newest_id, row.live_id)
        for row in Standing.objects.iterator(chunk_size=2000)
    }
    retired = set(retired)
    wanted = {text: row for text, row in derived().items() if text[:2] not in retired}
    for text in sorted(stored.keys() | wanted.keys()):
        if stored.get(text) != wanted.get(text):
            yield "{}:{} [{}]: the lists of the desk show another state".format(*text)


def live_sign_offs():
    """Sign-offs under which texts are public now, for lists: guards ask the ledger instead."""
    return SignOff.objects.filter(pk__in=Standing.objects.exclude(live=None).values("live"))
