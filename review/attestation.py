"""The words with which an advisor vouches: shown before she signs, stored as shown."""

from django.utils.translation import get_language, ngettext, override


def attestation(count=1, language=None):
    """The words over that many texts, in the language that she reads the desk in."""
    with override(language or get_language()):
        words = ngettext(
            "I have read this text in this language as it will be shown, with what it refers to. "
            "As a clinician I vouch that it is correct, balanced and safe for patients to read.",
            "I have read these %(count)s texts, each in its language as it will be shown, with "
            "what they refer to. As a clinician I vouch that they are correct, balanced and safe "
            "for patients to read.",
            count,
        )
        return words % {"count": count}
