"""Values that changed places between two subjects: "30 on A, 20 on B", not "20 on A, 30 on B".

Who two values belong to is read from names, labels ("group A") and words that stand against each
other (women and men, new and old); told only where each stands once on both sides, as many as there
are values.
"""

import re
from collections import Counter
from functools import lru_cache
from itertools import groupby

from . import names
from .folding import fold
from .reading import passage
from .vocabulary import vocabulary

# "Drug A", "grupo B", "A组"; not the "A" that begins a sentence.
_LABEL = re.compile(
    r"(?<![A-Za-z0-9-])(?:(?<=[^\W\d_] )A|[B-D]|A(?=[\u4e00-\u9fff]))(?![A-Za-z0-9'-])"
)


@lru_cache(maxsize=16)
def _subjects(language):
    words = vocabulary(language)
    return {
        group: {
            name: re.compile(words.words(part), re.IGNORECASE) for name, part in members.items()
        }
        for group, members in words.subjects.items()
    }


def _places(text, language):
    """Group to {subject: where it stands}, of those that stand there once."""
    folded = fold(text)
    found = {"name": {}, "label": {}}
    for name, form in names.found(text)[0].items():
        if folded.count(form) == 1:
            found["name"][name] = folded.index(form)
    found["label"] = _once([(match.start(), match[0]) for match in _LABEL.finditer(folded)])
    for group, members in _subjects(language).items():
        found[group] = _once(
            [(m.start(), name) for name, part in members.items() for m in part.finditer(folded)]
        )
    return found


def _once(hits):
    """{subject: its place}; one that is named twice in a row ("then … after that") counts once,
    one that comes again after another is left out."""
    row = [next(same) for _name, same in groupby(sorted(hits), key=lambda hit: hit[1])]
    times = Counter(name for _at, name in row)
    return {name: at for at, name in row if times[name] == 1}


def _matched(one, other):
    """[(quantity, the only one that is its like there)]."""
    pairs = []
    for each in one:
        alike = [quantity for quantity in other if each.agrees(quantity)]
        if len(alike) == 1 and sum(quantity.agrees(alike[0]) for quantity in one) == 1:
            pairs.append((each, alike[0]))
    return pairs


def _in_order(places, key):
    return sorted(range(len(places)), key=lambda at: key(places[at]))


def crossed(source, target, source_language, language):
    """[(quantity of the original, the one that stands in its place)] of one sentence."""
    one = passage(names.found(source)[1], source_language).quantities
    other = passage(names.found(target)[1], language).quantities
    if len(one) < 2 or len(other) < 2:
        return []
    here, there = _places(source, source_language), _places(target, language)
    pairs = _matched(one, other)
    for measure in {each.measure for each, _like in pairs}:
        # "9 days on average, younger ones 6": a number without a unit has the one before.
        alone = [each.measure for each in one].count(measure) == 1
        like = {measure, ""} if alone else {measure}
        some = [pair for pair in pairs if pair[0].measure in like]
        if len(some) < 2 or len(some) < sum(each.measure in like for each in one):
            continue
        for group in here:
            both = sorted(here[group].keys() & there.get(group, {}).keys())
            if len(both) != len(some):
                continue
            was = _belonging(both, here[group], [pair[0] for pair in some])
            now = _belonging(both, there[group], [pair[1] for pair in some])
            if was != now:
                at = next(n for n in range(len(both)) if was[n] != now[n])
                return [(some[was[at]][0], some[now[at]][1])]
    return []


def _belonging(subjects, places, quantities):
    """Which quantity each subject has, counted in the order of the text."""
    order = _in_order(quantities, lambda each: each.start)
    ranks = _in_order(subjects, lambda name: places[name])
    return [order[ranks.index(n)] for n in range(len(subjects))]
