"""Which quantities a translation lost, added or changed."""

from collections import Counter
from dataclasses import replace

from .reading import passage
from .vocabulary import vocabulary


def leftovers(source, target, source_language, language):
    """(quantities only the source has, quantities only the target has), both to be explained."""
    one, other = passage(source, source_language), passage(target, language)
    missing, extra = _unmatched(list(one.quantities), list(other.quantities))
    missing, extra = _unmatched(_apart(missing), _apart(extra))
    # What one side only repeats changes nothing.
    missing, extra = _new(missing, other.quantities), _new(extra, one.quantities)
    ones = [each for each in missing if 1 in each.raw]
    ordinals = Counter(one.ordinals), Counter(other.ordinals)
    missing = _spoken_otherwise(missing, other.pairs, ordinals[1] - ordinals[0])
    extra = _spoken_otherwise(extra, one.pairs, ordinals[0] - ordinals[1])
    missing = [each for each in missing if each.firm]
    spaced = not vocabulary(language).spaceless
    # "Two" as a mere word is often what the original says by naming both.
    extra = [
        each for each in extra if each.firm and not (_mere_two(each) and not (ones and spaced))
    ]
    if not (vocabulary(language).known and vocabulary(source_language).known):
        return _without_words(missing, extra)
    return missing, extra


def _unmatched(missing, extra):
    left = []
    for strict in (True, False):
        left, extra = [], list(extra)
        for each in missing:
            same = (
                at
                for at, other in enumerate(extra)
                if (each.measure == other.measure or not strict) and each.agrees(other)
            )
            at = next(same, None)
            if at is None:
                left.append(each)
            else:
                del extra[at]
        missing = left
    return left, extra


def _new(quantities, others):
    others = [*others, *_apart(others)]
    return [each for each in quantities if not any(each.agrees(other) for other in others)]


def _mere_two(quantity):
    return quantity.word and not quantity.measure and 2 in quantity.raw


def _apart(quantities):
    """Ratios that found no like as the numbers they are made of."""
    made = []
    for each in quantities:
        if each.parts:
            made += [replace(part, text=each.text) for part in each.parts]
        else:
            made.append(each)
    return made


def _spoken_otherwise(quantities, pairs, ordinals):
    """Without the twos that are a "both" there, and the numbers that are an ordinal there."""
    left = []
    for each in quantities:
        value = next(iter(each.raw), None)
        spoken = each.measure not in ("time", "months")  # "two weeks" is no "both"
        if each.word and value == 2 and pairs and spoken:
            pairs -= 1
        elif value is not None and each.measure != "ratio" and ordinals[int(value)]:
            ordinals[int(value)] -= 1
        elif not (each.word and value == 0):
            left.append(each)
    return left


def _without_words(missing, extra):
    """Where number words are unknown, a number may have become one: only digits accuse."""
    for each in list(missing):
        other = next((one for one in extra if one.raw & each.raw and each.measure != "ratio"), None)
        if other:  # its unit is a word here
            missing.remove(each)
            extra.remove(other)
    extra = [each for each in extra if not each.word]
    words = [each for each in missing if each.word or each.measure == "ratio"]
    for each in list(extra):
        if any(word.raw & each.raw or word.values & each.values for word in words):
            extra.remove(each)
    digits = [each for each in missing if not each.word and any(map(str.isdigit, each.text))]
    return [each for each in digits if min(each.raw) > 20 or extra], extra


def changed(source, target, source_language, language):
    """[(kind, was, is)] of what may be left out but not changed: an ordinal, "daily", a weekday."""
    one, other = passage(source, source_language), passage(target, language)
    numbers = [
        {
            int(value)
            for each in _apart(part.quantities)
            for value in each.raw
            if value == int(value)
        }
        for part in (one, other)
    ]
    found = []
    for kind in ("ordinals", "periods", "weekdays"):
        was, now = set(getattr(one, kind)), set(getattr(other, kind))
        gone, come = was - now - numbers[1], now - was - numbers[0]
        if gone and come and was and now:
            found.append((kind, min(gone), min(come)))
    return found


def cancel_neighbours(pairs, same):
    """What left one place and came in beside it has only moved: both are struck out."""
    for at, (missing, _extra) in enumerate(pairs):
        for near in (at - 1, at + 1):
            if not 0 <= near < len(pairs):
                continue
            for each in list(missing):
                other = next((one for one in pairs[near][1] if same(each, one)), None)
                if other is not None:
                    missing.remove(each)
                    pairs[near][1].remove(other)
    return pairs
