"""Signed versions: every text that ever was public, exactly as it was signed, for ever.

A version is a sign-off that the ledger made public. It is shown from its revision's bytes, and only
if these have the fingerprint that was signed and the sign-off has the seal that was published.
"""

import logging
from dataclasses import dataclass
from datetime import timedelta

from . import basis, fingerprint, languages
from .content import content_model
from .models import LedgerEntry, SignOff

logger = logging.getLogger("review.versions")


@dataclass
class Version:
    """What was signed, and what became of it."""

    sign_off: SignOff
    source: SignOff  # the sign-off of the text that it translates; itself in the source language
    line: LedgerEntry  # the publication
    ended: LedgerEntry | None = None  # the first line after which readers got other bytes, or none
    newest: LedgerEntry | None = None  # the last line about this text

    @property
    def item(self):
        return self.sign_off.item

    @property
    def model(self):
        return content_model(self.sign_off.item_type)

    @property
    def text(self):
        return self.sign_off.revision.text

    @property
    def facts(self):
        return self.source.revision.facts or {}

    @property
    def withdrawn(self):
        """Whether this version itself was taken down."""
        return self.ended is not None and self.ended.event == LedgerEntry.WITHDRAW

    @property
    def gone_since(self):
        """The line that took down what came after this version, if nothing is public since."""
        gone = self.newest is not None and self.newest.event == LedgerEntry.WITHDRAW
        return self.newest if gone and self.newest != self.ended else None

    @property
    def signed_again(self):
        """The newest sign-off of the same bytes, where it is another one and they are public."""
        last = self.newest and self.newest.sign_off
        return last if self.ended is None and last and last.pk != self.sign_off.pk else None


def find(pk):
    """The version of that sign-off with what became of it; None if it never was public, or is not
    what was signed. Seven queries at most."""
    version = _verified(SignOff.objects.filter(pk=pk))
    if version is not None:
        signed = version.sign_off
        basis.note(basis.text_of(signed.item_type, signed.key, signed.language))
        basis.note_until(signed.next_review + timedelta(1))
        later = lines_of(version.sign_off).filter(number__gte=version.line.number)
        version.newest = later.last()
        version.ended = later.exclude(
            event=LedgerEntry.PUBLISH,
            sign_off__fingerprint=version.sign_off.fingerprint,
            sign_off__facts_fingerprint=version.sign_off.facts_fingerprint,
        ).first()
    return version


def lines_of(text):
    """The ledger's lines that changed what readers see of one text, oldest first."""
    lines = LedgerEntry.objects.exclude(seal="").filter(
        item_type=text.item_type, key=text.key, language=text.language
    )
    return lines.select_related("sign_off").defer("payload").order_by("number")


def _verified(sign_offs):
    """A version of the newest of these sign-offs that was public, or None."""
    line = (
        LedgerEntry.objects.filter(event=LedgerEntry.PUBLISH, sign_off__in=sign_offs)
        .select_related("sign_off__revision")
        .order_by("-number")
        .first()
    )
    if line is None:
        return None
    sign_off = line.sign_off
    if problem := _problem(sign_off, line):
        logger.error("Sign-off %s is not shown: %s.", sign_off, problem)
        return None
    if sign_off.language == languages.source():
        return Version(sign_off, sign_off, line)
    original = _verified(_sources(sign_off))
    return original and Version(sign_off, original.sign_off, line)


def _sources(sign_off):
    """The public sign-offs of the text that a translation's sign-off stands on."""
    text, _, facts = sign_off.source_fingerprints.partition(".")
    return SignOff.objects.filter(
        item_type=sign_off.item_type,
        key=sign_off.key,
        language=languages.source(),
        fingerprint=text,
        facts_fingerprint=facts,
    )


def _problem(sign_off, line):
    about = sign_off.item_type, sign_off.key, sign_off.language
    if line.seal != sign_off.seal():
        return "it is not what the ledger published"
    if (line.item_type, line.key, line.language) != about:
        return "the ledger published it as another text"
    if sign_off.fingerprints != _computed(sign_off):
        return "its text is not the text that was signed"
    return ""


def _computed(sign_off):
    """The fingerprints of the revision's stored bytes, as of the version that was signed."""
    revision, version = sign_off.revision, sign_off.fingerprint_version
    item = sign_off.item_type, sign_off.key
    try:
        text = fingerprint.of_text(*item, sign_off.language, revision.text, version)
        return f"{text}.{fingerprint.of_facts(*item, revision.facts, version)}"
    except ValueError:  # no such version of fingerprints
        return ""
