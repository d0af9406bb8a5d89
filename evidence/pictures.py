"""A number as a picture: one figure for each person counted, drawn as inline SVG. Pure.

Icon arrays with a whole as denominator are understood best of all pictures of risk, also by people
who find numbers hard: Zikmund-Fisher et al., Med Decis Making 2014;34:443,
doi:10.1177/0272989X13511706; Galesic et al., Health Psychol 2009;28:210, doi:10.1037/a0014474.
"""

from django.utils.html import format_html

TILE, HEIGHT = 10, 15  # the space of one person
LARGEST = 1000  # more figures than that say nothing


def columns(out_of):
    """Figures in a row: ten, or twenty-five where there are more than a hundred and twenty."""
    return 10 if out_of <= 120 else 25


def icon_array(count, out_of, high=None):
    """The picture for ``count`` (or ``count`` to ``high``) of ``out_of``; "" where none helps.

    Counted people are filled, the others are outlines, and those between the ends of a range are
    half filled, so that nothing hangs on colour. The sentence and the table beside it say the same:
    the picture is hidden from screen readers.
    """
    if not 0 < out_of <= LARGEST:
        return ""
    wide = columns(out_of)
    rows = -(-out_of // wide)
    top = high or count
    return format_html(
        '<svg class="people" viewBox="0 0 {} {}" width="{}" height="{}" aria-hidden="true" '
        'focusable="false"><g class="counted">{}</g><g class="between">{}</g>'
        '<g class="others">{}</g></svg>',
        wide * TILE,
        rows * HEIGHT,
        wide * TILE * 2,
        rows * HEIGHT * 2,
        _figures(0, count, wide),
        _figures(count, top, wide),
        _figures(top, out_of, wide),
    )


def _figures(first, last, wide):
    """Heads and shoulders from one place to the next: two paths however many people."""
    places = [divmod(place, wide) for place in range(first, last)]
    if not places:
        return ""
    heads = "".join(f"M{x * TILE + 5} {y * HEIGHT + 3.5}h0" for y, x in places)
    bodies = "".join(f"M{x * TILE + 2} {y * HEIGHT + 13}v-3a3 3 0 0 1 6 0v3z" for y, x in places)
    return format_html('<path class="head" d="{}"/><path class="body" d="{}"/>', heads, bodies)
