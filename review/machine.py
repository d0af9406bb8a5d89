"""The interface to a translation engine: none unless ``settings.TRANSLATION_ENGINE`` names a class.

What it writes is a draft marked as a machine's until a person has confirmed every block.
"""

import logging

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from . import languages

logger = logging.getLogger("review.machine")


class NoTranslation(Exception):
    """The engine gave nothing that could be used; the message is a sentence for a person."""


class Engine:
    """What an engine is: one method. It gets blocks of Markdown and gives as many, in order."""

    def translate(self, blocks, source_language, target_language):
        raise NotImplementedError


def available():
    return bool(settings.TRANSLATION_ENGINE)


def translate(texts, language):
    """The texts in that language, one for each. Raises NoTranslation."""
    if not available():
        raise NoTranslation(_("This site has no translation engine."))
    if not texts:
        raise NoTranslation(_("There is no empty block to fill."))
    try:
        engine = import_string(settings.TRANSLATION_ENGINE)()
        found = list(engine.translate(list(texts), languages.source(), language))
    except Exception:
        logger.exception("The translation engine failed.")
        raise NoTranslation(
            _("The translation engine failed. Nothing was changed: try again later.")
        ) from None
    if len(found) != len(texts) or not all(isinstance(each, str) for each in found):
        raise NoTranslation(
            _("The translation engine did not give one text for each block. Nothing was changed.")
        )
    return [each.strip() for each in found]
