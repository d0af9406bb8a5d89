"""A quantity with its unit, and when two of them are one."""

from dataclasses import dataclass
from fractions import Fraction

_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}
MEASURES = {
    **{name: ("time", factor) for name, factor in _SECONDS.items()},
    **{"month": ("months", 1), "year": ("months", 12), "decade": ("months", 120)},
    **{"nanogram": ("mass", Fraction(1, 1000)), "microgram": ("mass", 1)},
    **{"milligram": ("mass", 1000), "gram": ("mass", 10**6), "kilogram": ("mass", 10**9)},
    **{"millilitre": ("volume", 1), "decilitre": ("volume", 100), "litre": ("volume", 1000)},
    **{"millimetre": ("length", 1), "centimetre": ("length", 10), "metre": ("length", 1000)},
    "kilometre": ("length", 10**6),
    **{"micromole": ("amount", 1), "millimole": ("amount", 1000)},
}
# The other language may leave these words out: "aged 65", "65 años"; "on 3 May", "3日".
UNSPOKEN = {"time", "months", "month of the year", "clock", "tablet", "capsule", "drop"}
UNSPOKEN |= {"spoon", "sachet", "degree", "length", "unit"}


@dataclass(frozen=True)
class Quantity:
    """``values`` are the readings of it, in the measure's base unit; ``raw`` is as written.
    A ratio has the quantities that it is made of as ``parts``. What is not ``firm`` may be
    left out by a translation, or come in: "one", "both"."""

    values: frozenset
    measure: str
    raw: frozenset
    text: str
    start: int
    end: int
    firm: bool = True
    word: bool = False
    parts: tuple = ()

    def agrees(self, other):
        if self.measure == other.measure:
            return bool(self.values & other.values) or self._fortnight(other)
        if {self.measure, other.measure} <= {"degree", "celsius", "fahrenheit", ""}:
            return bool(self.raw & other.raw)
        measures = {self.measure, other.measure}
        loose = "" in measures and measures <= {*UNSPOKEN, ""}
        return (loose or measures == {"clock", "time"}) and bool(self.raw & other.raw)

    def _fortnight(self, other):
        """ "Quince días" are two weeks, "huit jours" one."""
        days = {min(each.values) / 86400 for each in (self, other)}
        return self.measure == "time" and days in ({14, 15}, {7, 8})


@dataclass(frozen=True)
class Passage:
    """What is counted in a passage. ``ordinals``, ``periods`` and ``weekdays`` are often left out,
    so that only a change in them says anything; ``pairs`` stand for a two ("both")."""

    quantities: tuple
    ordinals: tuple
    periods: tuple
    weekdays: tuple
    pairs: int
