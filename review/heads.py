"""The ledger's head, signed by a key that the database does not hold, and kept outside of it.

A chain shows every change but one: that its last lines were cut off, or all of it written anew. A
signed head says: on that day the ledger had that many lines and this digest. ``docs/ledger.md``
describes the lines; ``docs/check-a-page.md`` checks them without any code of ours.
"""

import base64
import binascii
import json
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import timezone

from . import fingerprint
from .models import LedgerEntry

KIND = "crcsite ledger head 1"  # in what is signed: the key's signature means nothing else
LONGEST = 10_000  # characters of a line
MAKE_ONE = "openssl genpkey -algorithm ed25519 -outform DER | base64 -w0"


class NoKey(Exception):
    """There is no key to sign or to check with; the message says what to do."""


class NotSigned(Exception):
    """A line of a file of heads that is none, or that no known key signed."""


@dataclass(frozen=True)
class Head:
    """What a signed line says."""

    number: int
    digest: str
    at: str


def private_key():
    """The key of the environment; raises NoKey."""
    if not settings.LEDGER_KEY:
        raise NoKey(f"Set LEDGER_KEY in the environment to a key made with: {MAKE_ONE}")
    try:
        der = base64.b64decode("".join(settings.LEDGER_KEY.split()), validate=True)
        key = serialization.load_der_private_key(der, None)
    except (ValueError, TypeError, binascii.Error):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise NoKey(f"LEDGER_KEY is no Ed25519 key. Make one with: {MAKE_ONE}")
    return key


def public_key(text):
    """A public key from PEM, or from the base64 inside it; raises NoKey."""
    inside = "".join(line for line in text.splitlines() if not line.startswith("-----"))
    try:
        key = serialization.load_der_public_key(base64.b64decode(inside, validate=True))
    except (ValueError, binascii.Error):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise NoKey("This is no public Ed25519 key: manage.py sign_ledger --public prints one.")
    return key


def pem(key):
    """The public key as a text that openssl reads."""
    kind = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_bytes(serialization.Encoding.PEM, kind).decode()


def known_keys():
    """The site's public keys: today's, and those that signed before."""
    keys = [public_key(text) for text in settings.LEDGER_OLD_KEYS]
    return [private_key().public_key(), *keys] if settings.LEDGER_KEY else keys


def sign(entry, key):
    """A ledger line, as the newest one, as a signed line of the file of heads."""
    head = {
        "kind": KIND,
        "site": settings.SITE_URL,
        "number": entry.number,
        "digest": entry.digest,
        "at": timezone.now().isoformat(timespec="seconds"),
    }
    text = fingerprint.canonical(head)
    signature = base64.b64encode(key.sign(text.encode())).decode()
    return fingerprint.canonical({"head": text, "signature": signature}) + "\n"


def read(line, keys):
    """The Head that a line holds, if one of the keys signed it; raises NotSigned."""
    try:
        parsed = json.loads(line)
        text, signature = parsed["head"], base64.b64decode(parsed["signature"], validate=True)
        told = json.loads(text)
        head = Head(told["number"], told["digest"], told["at"])
        ours = told["kind"] == KIND and type(head.number) is int and isinstance(head.digest, str)
    except (ValueError, TypeError, KeyError, RecursionError):
        ours = False
    if not ours:
        raise NotSigned("is no signed head of a ledger")
    if not any(_signed_by(key, signature, text) for key in keys):
        raise NotSigned("bears no signature of a known key")
    return head


def _signed_by(key, signature, text):
    try:
        key.verify(signature, text.encode())
    except (InvalidSignature, ValueError):
        return False
    return True


def of_file(path, keys):
    """(number of the line, Head or NotSigned) for each line of a file of heads."""
    with open(path, encoding="utf-8", errors="replace") as file:
        for number, line in enumerate(iter(lambda: file.readline(LONGEST), ""), start=1):
            if not line.strip():
                continue
            try:
                yield number, read(line, keys)
            except NotSigned as wrong:
                yield number, wrong


def keep(line):
    """Put a signed line where the settings say; returns the places. A mail that cannot be sent
    and a file that cannot be written raise OSError (as do all errors of smtplib)."""
    places = []
    if settings.LEDGER_HEADS:
        path = Path(settings.LEDGER_HEADS)
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "a", encoding="utf-8") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
        places.append(str(path))
    if settings.LEDGER_MAIL:
        subject = f"{settings.SITE_URL}: the ledger's head"
        body = f"Keep this mail: it shows later that nothing before it was changed.\n\n{line}"
        EmailMessage(subject, body, to=settings.LEDGER_MAIL).send()
        places.append(", ".join(settings.LEDGER_MAIL))
    return places


def kept():
    """How many lines the file of heads holds."""
    path = Path(settings.LEDGER_HEADS) if settings.LEDGER_HEADS else None
    if path is None or not path.exists():
        return 0
    with open(path, encoding="utf-8", errors="replace") as file:
        return sum(1 for line in file if line.strip())


def problems():
    """What the heads that were signed before say against the ledger of today."""
    if not settings.LEDGER_HEADS or not Path(settings.LEDGER_HEADS).exists():
        return
    try:
        lines = list(of_file(settings.LEDGER_HEADS, known_keys()))
    except (NoKey, OSError) as error:
        yield f"signed heads: {error}"
        return
    heads = []
    for number, found in lines:
        if isinstance(found, Head):
            heads.append(found)
        else:
            yield f"signed heads, line {number}: {found}"
    wanted = {head.number for head in heads}
    digests = dict(_digests(sorted(wanted)))
    for head in heads:
        if digests.get(head.number) != head.digest:
            what = "has another digest" if head.number in digests else "is gone"
            yield f"ledger line {head.number}: was signed as the head at {head.at}, and {what}"


def _digests(numbers, batch=500):
    for start in range(0, len(numbers), batch):
        some = LedgerEntry.objects.filter(number__in=numbers[start : start + batch])
        yield from some.values_list("number", "digest")
