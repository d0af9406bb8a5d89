"""The languages of the site: their codes, columns, names and directions."""

import icu
from django.conf import settings
from django.utils.translation import get_language_info, to_locale
from django.utils.translation import override as active
from modeltranslation.utils import build_localized_fieldname

__all__ = ["active", "codes", "column", "direction", "likely", "name", "source", "tag"]


def source():
    """The code of the language in which everything is written first."""
    return settings.LANGUAGE_CODE


def codes():
    """Every language code, the source language first."""
    return [source(), *(code for code, _ in settings.LANGUAGES if code != source())]


def name(code):
    """A language's name in its own script: "Español"."""
    return dict(settings.LANGUAGES)[code]


def direction(code):
    return "rtl" if get_language_info(code)["bidi"] else "ltr"


def tag(code):
    """A code as standards write it (BCP 47): "zh-hans" -> "zh-Hans"."""
    return to_locale(code).replace("_", "-")


def likely(code):
    """A language with the script and territory that most of its readers have: "zh-hans" -> an ICU
    locale of zh, Hans, CN (CLDR's likely subtags)."""
    locale = icu.Locale.forLanguageTag(tag(code))
    locale.addLikelySubtags()
    return locale


def column(field, code):
    """The name of a translated field's column in one language: ("title", "es") -> "title_es"."""
    return build_localized_fieldname(field, code)
