"""QR codes as the path of an inline SVG. Pure."""

from collections import namedtuple

import segno

BORDER = 4  # modules of quiet zone round the code: ISO/IEC 18004, 6.3.8
Code = namedtuple("Code", "address size path")


def path(address):
    """The code of an address: its size in modules with the quiet zone, and the dark modules."""
    code = segno.make_qr(address, error="m")
    rows = code.matrix_iter(border=BORDER)
    drawn = "".join(
        f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark
    )
    return Code(address, code.symbol_size(border=BORDER)[0], drawn)
