"""Numbers of rows, as addresses and forms give them."""


def number(value):
    """A row's number, None for anything else."""
    text = str(value or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
