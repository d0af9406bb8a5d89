"""Tables for spreadsheets: CSV some lines at a time, with nothing that a spreadsheet would run."""

import csv
from io import StringIO
from itertools import islice

AT_A_TIME = 500  # lines: a server sends each piece by itself
_SUSPECT = frozenset(" \n=+-@\t\r")


def lines(rows):
    """Pieces of CSV, behind the mark by which spreadsheets know UTF-8."""
    yield "\ufeff"
    rows = iter(rows)
    while some := [[harmless(cell) for cell in row] for row in islice(rows, AT_A_TIME)]:
        piece = StringIO(newline="")
        csv.writer(piece).writerows(some)
        yield piece.getvalue()


def harmless(cell):
    """A spreadsheet takes for a formula what begins like one, also after spaces: an apostrophe
    before it makes it text."""
    text = str(cell)
    if text[:1] not in _SUSPECT:
        return text
    return f"'{text}" if text.lstrip(" \n").startswith(("=", "+", "-", "@", "\t", "\r")) else text
