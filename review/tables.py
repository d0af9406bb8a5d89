"""Tables for spreadsheets: CSV a line at a time, with nothing that a spreadsheet would run."""

import csv


class _Echo:
    def write(self, value):
        return value


def lines(rows):
    """CSV lines, behind the mark by which spreadsheets know UTF-8."""
    writer = csv.writer(_Echo())
    yield "\ufeff"
    for row in rows:
        yield writer.writerow([harmless(cell) for cell in row])


def harmless(cell):
    """A spreadsheet takes for a formula what begins like one, also after spaces: an apostrophe
    before it makes it text."""
    text = str(cell)
    return f"'{text}" if text.lstrip(" \n").startswith(("=", "+", "-", "@", "\t", "\r")) else text
