"""The ledger as a file: one line of JSON each, which anybody can check without the database."""

import json
from dataclasses import dataclass

from . import fingerprint
from .ledger import OPENING, chained
from .models import LedgerEntry

LONGEST = 64 * 1024 * 1024  # bytes of a line: no line that the ledger writes comes near it
_FIELDS = {"number", "previous", "digest", "payload"}


class Unsound(Exception):
    """The file does not hold; the message is a sentence that says where and why."""


@dataclass
class Sound:
    """What a file that holds says of itself."""

    number: int  # of its last line
    digest: str  # of its last line: the head
    first_at: str
    last_at: str
    known: int | None = None  # the line that has the digest which was asked for


def json_line(entry):
    """A ledger line as a line of the file: what is hashed, to the byte, and its place."""
    return fingerprint.canonical({name: getattr(entry, name) for name in sorted(_FIELDS)}) + "\n"


def check(file, head="", heads=()):
    """Check a whole ledger, read as bytes from ``file``. Returns Sound, or raises Unsound for the
    first thing that does not fit. ``head`` is a digest that one of its lines must have; ``heads``
    are signed ones (``heads.Head``), of which each must be its line."""
    previous, sound, decided = "", None, {}
    wanted = {(each.number, each.digest) for each in heads}
    for expected, line in enumerate(_lines(file)):
        entry, payload = _parsed(line, expected)
        _check_place(entry, payload, expected, previous)
        _check_decisions(payload, decided, expected)
        previous, at = entry["digest"], str(payload.get("at", ""))
        sound = sound or Sound(0, "", at, at)
        sound.number, sound.digest, sound.last_at = expected, previous, at
        wanted.discard((expected, previous))
        if head and previous == head:
            sound.known = expected
    if sound is None:
        raise Unsound("The file is empty: it holds no ledger.")
    if head and sound.known is None:
        raise Unsound(
            f"No line of this file has the digest {head}: its end was cut off before that line, or "
            "it is another ledger."
        )
    if wanted:
        number, digest = min(wanted)
        raise Unsound(
            f"Line {number} was signed with the digest {digest}, and does not stand in this file: "
            "it was changed, its end was cut off, or it is another ledger."
        )
    return sound


def _lines(file):
    while line := file.readline(LONGEST + 1):
        if len(line) > LONGEST:
            raise Unsound("The file holds a line longer than any that a ledger has.")
        yield line


def _parsed(line, expected):
    """A line and its payload as maps."""
    where = f"Line {expected + 1} of the file"
    if not line.endswith(b"\n"):
        raise Unsound(f"{where} is cut off.")
    try:
        entry = json.loads(line.decode())
    except (ValueError, RecursionError):
        raise Unsound(
            f"{where} is no JSON: this is not an export of the ledger, or damaged."
        ) from None
    if (
        not isinstance(entry, dict)
        or set(entry) != _FIELDS
        or type(entry["number"]) is not int
        or not all(isinstance(entry[name], str) for name in _FIELDS - {"number"})
    ):
        raise Unsound(
            f"{where} is not a line of the ledger: it needs {', '.join(sorted(_FIELDS))}."
        )
    try:
        payload = json.loads(entry["payload"])
    except (ValueError, RecursionError):
        payload = None
    if not isinstance(payload, dict):
        raise Unsound(f"Ledger line {entry['number']}: its payload was made unreadable.")
    return entry, payload


def _check_place(entry, payload, expected, previous):
    number = entry["number"]
    if number != expected:
        raise Unsound(
            f"Ledger line {expected} is missing: line {number} stands in its place. An export that "
            "was filtered cannot be checked: export the whole ledger."
        )
    if entry["previous"] != previous:
        raise Unsound(f"Ledger line {number} does not follow the line before it.")
    if _digest(entry) != entry["digest"]:
        raise Unsound(f"Ledger line {number} was changed: its digest is that of another text.")
    if payload.get("number") != number:
        raise Unsound(f"Ledger line {number}: its payload is that of another line.")
    if number == 0 and payload.get("event") != OPENING:
        raise Unsound("The first line does not open a ledger.")


def _digest(entry):
    try:
        return chained(entry["previous"], entry["payload"])
    except UnicodeEncodeError:  # a lone surrogate, which no text holds
        return ""


def _check_decisions(payload, decided, number):
    """A sign-off has its own seal, and nothing goes public or comes down but what was decided."""
    sign_off = payload.get("sign_off")
    if sign_off is None:
        if payload.get("publishes"):
            raise Unsound(f"Ledger line {number} publishes what nobody signed.")
        return
    if fingerprint.sha256(fingerprint.canonical(sign_off)) != payload.get("seal"):
        raise Unsound(f"Ledger line {number}: its sign-off does not have its seal.")
    text = tuple(str(payload.get(name)) for name in ("item_type", "key", "language"))
    if not payload.get("publishes"):
        decided[text] = payload["seal"]
    elif decided.get(text) != payload["seal"]:
        raise Unsound(f"Ledger line {number} publishes what was not decided last.")


def entries(found, batch=1000):
    """The lines of a queryset, oldest first, a batch at a time: a download may take minutes, and
    holds no cursor and no transaction open meanwhile."""
    last = -1
    while lines := list(found.filter(number__gt=last).order_by("number")[:batch]):
        yield from lines
        last = lines[-1].number


def head():
    return LedgerEntry.objects.order_by("-number").first()


def write(file):
    """The whole ledger into a text file; returns the last line written."""
    last = None
    for last in entries(LedgerEntry.objects.all()):
        file.write(json_line(last))
    return last
