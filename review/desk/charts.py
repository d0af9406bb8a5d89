"""Charts as SVG with the table behind them. Pure: rows in, HTML out; no script, no colour alone."""

from collections import namedtuple

from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _

# ``of`` is the whole that the value is a part of, None for a plain count; ``mark`` a CSS class.
Bar = namedtuple("Bar", "label value of mark", defaults=(None, ""))

WIDTH, LABEL, NUMBER, ROW, THICK = 340, 112, 62, 24, 12
ROOM = WIDTH - LABEL - NUMBER


def bars(name, title, rows, *, headings, direction="ltr"):
    """Horizontal bars with their numbers: ``headings`` name the label and the number in the table.

    Bars with a whole are drawn as their part of it, others against the largest of them.
    """
    rows = list(rows)
    most = max((row.value for row in rows), default=0) or 1
    drawn = format_html_join(
        "", "{}", ((_bar(row, place, most, direction),) for place, row in enumerate(rows))
    )
    return format_html(
        '<figure class="chart"><figcaption id="{name}-title">{title}</figcaption>'
        '<svg viewBox="0 0 {width} {height}" role="img" aria-labelledby="{name}-title" '
        'direction="{direction}">{drawn}</svg>'
        "<details><summary>{as_table}</summary>{table}</details></figure>",
        name=name,
        title=title,
        width=WIDTH,
        height=ROW * max(len(rows), 1),
        direction=direction,
        drawn=drawn,
        as_table=_("The same as a table"),
        table=_table(rows, headings),
    )


def _bar(row, place, most, direction):
    middle = ROW * place + ROW // 2
    whole = row.of if row.of is not None else most
    length = round(ROOM * min(row.value / whole, 1)) if whole else 0
    start = LABEL if direction == "ltr" else WIDTH - LABEL - length
    track = LABEL if direction == "ltr" else WIDTH - LABEL - ROOM
    return format_html(
        '<g class="{mark}"><text x="{label_at}" y="{baseline}" text-anchor="end">{label}</text>'
        '<rect class="track" x="{track}" y="{top}" width="{room}" height="{thick}" rx="3" />'
        '<rect class="bar" x="{start}" y="{top}" width="{length}" height="{thick}" rx="3" '
        'fill="currentColor" /><text x="{number_at}" y="{baseline}">{number}</text></g>',
        mark=row.mark,
        label_at=_mirrored(LABEL - 8, direction),
        number_at=_mirrored(LABEL + ROOM + 8, direction),
        baseline=middle + 4,
        label=row.label,
        track=track,
        top=middle - THICK // 2,
        room=ROOM,
        thick=THICK,
        start=start,
        length=length,
        number=_number(row),
    )


def _mirrored(x, direction):
    return x if direction == "ltr" else WIDTH - x


def share(row):
    """Whole per cent, never rounded up to 100 or down to 0."""
    if not row.of:
        return 0
    exact = 100 * row.value / row.of
    return round(exact) if exact in (0, 100) else min(99, max(1, round(exact)))


def _number(row):
    if row.of is None:
        return str(row.value)
    return _("%(number)s%%") % {"number": share(row)} if row.of else "–"


def _table(rows, headings):
    parts = any(row.of is not None for row in rows)
    columns = [*headings, _("of"), _("Share")] if parts else headings
    body = (
        ([row.label, row.value, row.of, _number(row)] if parts else [row.label, row.value])
        for row in rows
    )
    return format_html(
        "<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>",
        format_html_join("", '<th scope="col">{}</th>', ((each,) for each in columns)),
        format_html_join(
            "",
            '<tr><th scope="row">{}</th>{}</tr>',
            (
                (label, format_html_join("", "<td>{}</td>", ((each,) for each in cells)))
                for label, *cells in body
            ),
        ),
    )
