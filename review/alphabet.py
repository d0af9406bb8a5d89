"""Order by a language's own rules: Ñ after N, Chinese by sound, Arabic by its letters (CLDR)."""

import icu
from django.utils.translation import to_locale


def sort_key(language):
    """A key function for ``sorted``: text to its place in that language's order."""
    return icu.Collator.createInstance(_locale(language)).getSortKey


def by_letter(items, language, name):
    """[(letter, items)] in the language's order. ``name(item)`` is the text to sort by; what begins
    with no letter of that alphabet stands under "#"."""
    index = icu.AlphabeticIndex(_locale(language))
    index.addLabels(icu.Locale.getEnglish())  # names such as RAS, whatever the script
    for place, item in enumerate(items):
        index.addRecord(name(item), place)
    letters = []
    while index.nextBucket():
        found = []
        while index.nextRecord():
            found.append(items[index.recordData])
        if found:
            letters.append((_label(index), found))
    return letters


def _label(index):
    letter = index.bucketLabelType == icu.UAlphabeticIndexLabelType.NORMAL
    return index.bucketLabel if letter else "#"


def _locale(language):
    return icu.Locale(to_locale(language))
