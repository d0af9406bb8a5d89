"""Digits with separators, and Chinese number signs, as values."""

import re
from fractions import Fraction

HAN = {**{sign: value for value, sign in enumerate("零一二三四五六七八九")}, "〇": 0, "两": 2}
HAN_SCALE = {"十": 10, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8}


def number_readings(written, decimal_comma):
    """Every value that digits with separators may have; the language's own reading first."""
    plain = re.sub(r"['  \u00a0\u202f]", "", written)
    if re.fullmatch(r"\d+", plain):
        return [Fraction(plain)]
    grouped = re.fullmatch(r"[1-9]\d{0,2}(?:[.,]\d{3})+", plain)
    thousands = Fraction(re.sub("[.,]", "", plain)) if grouped else None
    if len(re.findall("[.,]", plain)) == 1:
        decimal = Fraction(plain.replace(",", "."))
        if thousands is None:
            return [decimal]
        comma = "," in plain
        # In its own language a separator is what it is; the other habit is only tolerated there.
        return [decimal] if comma == decimal_comma else [thousands]
    if thousands is not None:
        return [thousands]
    mixed = re.fullmatch(r"(\d{1,3}(?:([.,])\d{3})+)([.,])(\d+)", plain)
    if mixed and mixed[2] != mixed[3]:
        return [Fraction(re.sub("[.,]", "", mixed[1]) + "." + mixed[4])]
    return None


def han_number(signs):
    whole, _, decimals = signs.partition("点")
    if not re.search("[十百千万亿]", whole):
        value = Fraction("".join(str(HAN[each]) for each in whole) or "0")
    else:
        total = section = digit = 0
        for each in whole:
            if each in HAN:
                digit = HAN[each]
            elif HAN_SCALE[each] >= 10**4:
                total = (total + section + digit or 1) * HAN_SCALE[each]
                section = digit = 0
            else:
                section += (digit or 1) * HAN_SCALE[each]
                digit = 0
        value = Fraction(total + section + digit)
    if decimals:
        value += Fraction("0." + "".join(str(HAN[each]) for each in decimals))
    return value
