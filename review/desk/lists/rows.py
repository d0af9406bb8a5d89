"""What the lists of the desk are made of: a list finds its rows, and draws them.

No query a row: what rows need beside their own is asked for all of them at once.
"""

from dataclasses import dataclass, field

from django.db.models import Value
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from ...content import content_model

EXCERPT = 200  # characters of a comment


class List:
    """One list of the desk. ``find(view)`` gives its query, ``draw(view, found)`` its rows."""

    name = title = short = empty = ""
    who = ""  # what a view must hold for the list to be this person's; "": everybody's
    main = False  # shown while it is empty, too; of others only the sentence remains
    alarm = False
    todo = True  # something to do, and so counted at a glance

    def is_of(self, view):
        return not self.who or bool(getattr(view, self.who))


@dataclass
class Row:
    """One line of the desk, a link to where it is done."""

    title: str
    address: str = ""
    language: str = ""  # of the title
    text: tuple = ()  # (item type, key): ``give_addresses`` makes it an address
    alarms: list = field(default_factory=list)  # what is wrong, in a word or two
    details: list = field(default_factory=list)
    note: str = ""
    quotes: list = field(default_factory=list)  # (what a reader wrote, language of the page)
    more: str = ""  # beside the title, in the language of the page


def give_addresses(rows):
    """Give rows about an item's text the address of its page: one query for all of them."""
    waiting = [row for row in rows if row.text]
    kinds = {}
    for row in waiting:
        kinds.setdefault(row.text[0], set()).add(row.text[1])
    queries = [
        content_model(kind)
        ._base_manager.filter(key__in=keys)
        .order_by()
        .values_list(Value(kind), "key", "pk")
        for kind, keys in sorted(kinds.items())
    ]
    found = queries[0].union(*queries[1:], all=True) if queries else ()
    pks = {(kind, key): pk for kind, key, pk in found}
    for row in waiting:
        if row.text in pks:
            app, name = row.text[0].split(".")
            page = reverse(f"admin:{app}_{name}_change", args=[pks[row.text]])
            row.address = f"{page}?language={row.language}"


def title_of(item_type, key, text):
    return content_model(item_type).title_in(text or {}, key)


def short(text):
    return text if len(text) <= EXCERPT else text[:EXCERPT].rsplit(" ", 1)[0] + " …"


def public_at(at):
    """When a signed thing goes public, or should have; "" for no time of its own."""
    if at is None:
        return ""
    time = {"time": date_format(timezone.localtime(at), "DATETIME_FORMAT")}
    if at < timezone.now():
        return _("should have gone public on %(time)s") % time
    return _("goes public on %(time)s") % time
