"""Where a record is used, as the desk shows it: on its own page, and beside its change."""

from .. import languages, uses
from .lists.rows import Row, give_addresses, title_of

LONGEST = 300  # characters of a passage


def on_item_page(item, revision, language):
    """Rows of the texts that use an item in a language; None for what nothing else uses."""
    if revision is None or item.item_type not in uses.watched():
        return None
    found = _rows(uses.of([revision], language)[item.item], item.key, language)
    give_addresses(found)
    return found


def beside_changes(texts, language):
    """Set ``uses`` of the texts of a request that change what other public texts use; each row says
    whether it is in the request, too."""
    changed = [text for text in texts if text.live and text.item.item_type in uses.watched()]
    for text in texts:
        text.uses = []
    if not changed:
        return
    records = [each for text in changed for each in (text.live.revision, text.revision)]
    found = uses.of(records, language, public=True)
    here = {text.item.item for text in texts}
    for text in changed:
        text.uses = _rows(found[text.item.item], text.item.key, language, public=True)
        for row in text.uses:
            row.here = row.name in here
    give_addresses(row for text in changed for row in text.uses)


def _rows(standings, key, language, public=False):
    made = []
    for standing in standings:
        revision = standing.live.revision if public else standing.newest
        title = title_of(standing.item_type, standing.key, revision.text)
        row = Row(title, language=language, text=(standing.item_type, standing.key))
        row.name, row.passage = standing.item, _passage(revision, key)
        row.direction = languages.direction(language)
        made.append(row)
    return made


def _passage(revision, key):
    """The paragraph in which a mark stands, or the one that it stands below."""
    for text in revision.text.values():
        before = ""
        for paragraph in (text or "").split("\n\n"):
            if f"@{key}]" in paragraph:
                return paragraph.strip()[:LONGEST]
            if paragraph.lstrip().startswith("{") and key in paragraph:
                return before.strip()[:LONGEST]
            before = paragraph
    return ""
