"""Normal form and fingerprint of reviewed text and facts. Pure: no database, no model."""

import hashlib
import json
import re
import unicodedata

VERSION = 1

# Tab and newline are text; every other control character is an accident or an attack.
# A lone surrogate is half a character.
_NOT_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


class NotText(ValueError):
    """The value holds what no text or fact may hold; ``line`` is 0 where it has no lines."""

    def __init__(self, sentence, line=0):
        super().__init__(f"Line {line}: {sentence}" if line else sentence)
        self.sentence, self.line = sentence, line


def normalise(text):
    """One field's text as it is stored: NFC, line ends as ``\\n``, no blank edges.

    Raises NotText for NUL, stray control characters and lone surrogates, naming the line.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if wrong := _NOT_TEXT.search(text):
        raise NotText(
            f"Here is the invisible character U+{ord(wrong[0]):04X}, "
            "which is not text. Delete it and try again.",
            text.count("\n", 0, wrong.start()) + 1,
        )
    return unicodedata.normalize("NFC", text).strip()


def normalise_facts(value):
    """Facts with every string in normal form; numbers, truth values, lists and maps stay."""
    if isinstance(value, str):
        return normalise(value)
    if isinstance(value, list | tuple):
        return [normalise_facts(each) for each in value]
    if isinstance(value, dict):
        return {key: normalise_facts(each) for key, each in value.items()}
    if isinstance(value, float):
        raise NotText("A fact is a whole number, never one with a decimal point.")
    return value


def canonical(value):
    """The one JSON text of a value: sorted keys, no spaces, letters unescaped."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


def of_text(item_type, key, language, text, version=VERSION):
    """Fingerprint (64 hex digits) of one item's text in one language.

    Empty fields are left out, so that a field added to a model later does not void the
    signatures that were given before it existed.
    """
    return _of(version, item_type, key, language, text)


def of_facts(item_type, key, facts, version=VERSION):
    """Fingerprint of one item's language-neutral facts; "" for an item that has none."""
    return _of(version, item_type, key, "", facts) if facts else ""


def _of(version, item_type, key, language, fields):
    if version != VERSION:
        raise ValueError(f"No fingerprint version {version} is known.")
    kept = fields  # what is no map of fields has a fingerprint, too: that of nothing ever signed
    if isinstance(fields, dict):
        kept = {name: value for name, value in fields.items() if value not in ("", None, [], {})}
    return sha256(canonical([version, item_type, key, language, kept]))
