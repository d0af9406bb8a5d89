"""One spelling for what is read alike: digits, letters with signs, forms of Arabic letters."""

import re
import unicodedata
from functools import lru_cache

_SAME = str.maketrans(
    {
        "ى": "ي",
        "ـ": "",
        "٫": ".",
        "٬": ",",
        "٪": "%",
        "’": "'",
        "‘": "'",
        "‐": "-",
        "‑": "-",
        "‒": "-",
        "–": "-",
        "—": "-",
        "−": "-",
        "－": "-",
        "～": "~",
        "µ": "μ",
        "\u00ad": "",
        **{chr(code): "" for code in (0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x061C, 0xFEFF)},
        **{chr(code): "" for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))},
    }
)


@lru_cache(maxsize=16_000)
def fold(text):
    """The text without signs above and below letters, in plain digits; letter case stays."""
    kept = text.replace("º", "\ue000").replace("ª", "\ue001")
    kept = re.sub("[¼½¾⅓⅔⅛]", lambda each: " " + each[0], kept)
    kept = unicodedata.normalize("NFKD", kept.translate(_SAME)).replace("\u2044", "/")
    kept = "".join(each for each in kept if not unicodedata.combining(each))
    kept = unicodedata.normalize("NFC", kept)
    kept = "".join(
        str(unicodedata.decimal(each)) if each.isdecimal() and not each.isascii() else each
        for each in kept
    )
    return kept.translate(_SAME).replace("\ue000", "º").replace("\ue001", "ª")
