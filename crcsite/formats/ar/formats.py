"""Dates in Arabic: Django's own have no form with the time, and a comma within the date."""

DATE_FORMAT = "j F Y"
DATETIME_FORMAT = "j F Y, H:i e"
