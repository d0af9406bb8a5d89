"""Dates as the English texts write them: 1 January 2027."""

DATE_FORMAT = "j F Y"
DATETIME_FORMAT = "j F Y, H:i e"
