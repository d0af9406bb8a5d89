"""The instruments by which a text is assessed: their items as data, from ``instruments/``."""

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

_FOLDER = Path(__file__).parent / "instruments"
ORDER = ("discern", "pemat", "cdc", "nhs")
YES, NO, PARTLY, NA = "yes", "no", "partly", "na"
RATINGS = ("1", "2", "3", "4", "5")

# Scale -> what can be answered, and its words.
SCALES = {
    "rating": {
        "1": _("1: no"),
        "2": _("2: hardly"),
        "3": _("3: partly"),
        "4": _("4: mostly"),
        "5": _("5: yes"),
    },
    "agreement": {YES: _("agree"), NO: _("disagree")},
    "points": {YES: _("yes"), NO: _("no")},
    "met": {YES: _("yes"), PARTLY: _("partly"), NO: _("no")},
}
NOT_APPLICABLE = _("not applicable")


@dataclass(frozen=True)
class Item:
    """One item; ``rule`` names what fills it (``filling``), "" for what a person answers."""

    number: str
    names: dict
    scale: str
    section: str
    applies_always: bool = True
    essential: bool = False
    scored: bool = True
    rule: str = ""

    @property
    def choices(self):
        """Answer to its words."""
        may_not = {} if self.applies_always else {NA: NOT_APPLICABLE}
        return {**SCALES[self.scale], **may_not}


@dataclass(frozen=True)
class Section:
    id: str
    names: dict
    items: tuple


@dataclass(frozen=True)
class Instrument:
    id: str
    names: dict
    source: str
    scale: str
    sections: tuple

    @property
    def items(self):
        return tuple(item for section in self.sections for item in section.items)

    def item(self, number):
        return next((each for each in self.items if each.number == number), None)


def named(names):
    """(name, its language) in the language of the page; in English where there is none."""
    language = get_language() or "en"
    code = language.partition("-")[0]
    return (names[code], language) if code in names else (names["en"], "en")


@lru_cache(maxsize=1)
def instruments():
    """Every Instrument, in the order of the page."""
    return tuple(_read(tomllib.loads((_FOLDER / f"{name}.toml").read_text())) for name in ORDER)


def instrument(name):
    return next((each for each in instruments() if each.id == name), None)


def _read(told):
    sections = tuple(
        _section(place, section, told["scale"]) for place, section in enumerate(told["section"])
    )
    return Instrument(told["id"], told["name"], told["source"], told["scale"], sections)


def _section(place, told, scale):
    name = told.get("id", str(place + 1))
    items = tuple(
        Item(
            number=each["number"],
            names=_names(each),
            scale=scale,
            section=name,
            applies_always=not each.get("na", False),
            essential=each.get("essential", False),
            scored=told.get("scored", True),
            rule=each.get("rule", ""),
        )
        for each in told["items"]
    )
    return Section(name, _names(told), items)


def _names(told):
    return {code: words for code, words in told.items() if code in ("en", "es", "fr", "ar", "zh")}
