"""A translation beside its original, block by block: what differs, as findings."""

import re
from collections import Counter

from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_noop as _

from ..findings import ADVISORY, BLOCKING, Finding, in_order, sentence
from . import blocks, counting, crossed, limits, names, negation, terminology, writing
from .folding import fold
from .vocabulary import code, vocabulary

_LOCALE = re.compile(
    r"/(?:en|es|fr|ar|zh|zh-hans|zh-cn|pt|de|fa|espanol|francais)(?=/|$)", re.IGNORECASE
)
_ADDRESS = re.compile(
    r"https?://[^\s)\]>،。，]+|[\w.+-]+@[\w-]+\.[\w.]*\w|(?<![\w/@.])www\.[^\s)\]>،。，]+"
)
# How many characters a language takes where English takes one: (fewest, most).
_LENGTHS = {"zh": (0.15, 0.75), "ja": (0.2, 0.9), "ko": (0.25, 1.0), "ar": (0.5, 1.6)}


class _Pair:
    """One or more blocks of the original and the blocks that render them."""

    def __init__(self, number, source, target):
        self.number = number
        self.kinds = [each.kind for each in source]
        self.source = " \n".join(each.text for each in source)
        self.target = " \n".join(each.text for each in target)
        self.source_blocks, self.target_blocks = source, target
        self.source_names, self.source_words = names.found(_unlinked(self.source))
        self.target_names, self.target_words = names.found(_unlinked(self.target))

    def gathered(self, name):
        return tuple(
            [value for block in side for value in getattr(block, name)]
            for side in (self.source_blocks, self.target_blocks)
        )


def _unlinked(text):
    return _ADDRESS.sub(" ¤ ", text)


def terms_unused(source, target, language, terms, *, source_language="en", field=""):
    """The advice on glossary terms alone, for whoever has the other findings already."""
    pairs = _pairs(source, target, source_language, language)
    comparison = _Comparison(pairs, language, source_language, field)
    return [each for pair in pairs for each in comparison.terms(pair, terms)]


def compare(source, target, language, *, source_language="en", names=(), terms=(), field=""):
    """Findings on a translation; ``names`` must stay as they are, ``terms`` are pairs of lists:
    a term's forms in the source language, and its forms in the language."""
    if not target.strip():
        if not source.strip():
            return []
        return [
            Finding(
                "empty", BLOCKING, sentence(_("There is no translation.")), field, original=source
            )
        ]
    pairs = _pairs(source, target, source_language, language)
    comparison = _Comparison(pairs, language, source_language, field)
    return in_order(comparison.findings(names, terms))


def _likeness(source_language, language):
    lengths = {"zh": 3.0}.get(code(language), 1.0) / {"zh": 3.0}.get(code(source_language), 1.0)

    def features(some):
        found = set()
        for each in some:
            found |= {("@", key) for key in each.citations} | {("{", mark) for mark in each.marks}
            found |= {("#", digits) for digits in re.findall(r"\d+", fold(each.text))}
            found |= {("n", name) for name in names.found(each.text)[0]}
            found.add(("kind", each.kind))
        return found

    def alike(some, others):
        one, other = features(some), features(others)
        if ("kind", "mark") in one ^ other:
            return 0
        long = [max(8, sum(len(each.text) for each in side)) for side in (some, others)]
        long[1] *= lengths
        return 0.5 * len(one & other) / len(one | other) + 0.5 * min(long) / max(long)

    return alike


def _pairs(source, target, source_language, language):
    one, other = blocks.blocks(source), blocks.blocks(target)
    alike = _likeness(source_language, language)
    return [_Pair(number, *pair) for number, pair in enumerate(blocks.aligned(one, other, alike))]


class _Comparison:
    def __init__(self, pairs, language, source_language, field):
        self.pairs, self.field = pairs, field
        self.language, self.source_language = language, source_language

    def finding(self, name, severity, message, pair, **values):
        return Finding(
            name,
            severity,
            sentence(message, **values),
            self.field,
            pair.number,
            words=pair.target,
            original=pair.source,
        )

    def findings(self, kept_names, terms):
        yield from self._numbers()
        yield from self._marks()
        yield from self._names(kept_names)
        for pair in self.pairs:
            if pair.source and not pair.target:
                message = _("This part of the original is not translated: “%(words)s”.")
                yield self.finding("empty", BLOCKING, message, pair, words=_short(pair.source))
            elif pair.target and not pair.source:
                message = _("The original has no such part: “%(words)s”.")
                yield self.finding("added", ADVISORY, message, pair, words=_short(pair.target))
            else:
                yield from self._language(pair)
                sentences = self._sentences(pair)
                yield from self._negations(pair, sentences)
                yield from self._crossed(pair, sentences)
            yield from self._writing(pair)
            yield from self.terms(pair, terms)

    # Numbers.

    def _numbers(self):
        left = [
            counting.leftovers(
                pair.source_words, pair.target_words, self.source_language, self.language
            )
            for pair in self.pairs
        ]
        left = [(list(missing), list(extra)) for missing, extra in left]
        counting.cancel_neighbours(left, lambda one, other: one.agrees(other))
        for pair, (missing, extra) in zip(self.pairs, left, strict=True):
            if pair.source and not pair.target:
                continue
            yield from self._quantities(pair, missing, extra)
            if not (missing or extra):
                yield from self._changes(pair)
                yield from self._limits(pair)

    def _quantities(self, pair, missing, extra):
        missing = list(dict.fromkeys(each.text for each in missing))
        extra = list(dict.fromkeys(each.text for each in extra))
        for was, now in zip(missing, extra, strict=False):
            message = _("The original says “%(was)s”; here stands “%(now)s”.")
            yield self.finding("number", BLOCKING, message, pair, was=was, now=now)
        for was in missing[len(extra) :]:
            message = _("The original says “%(was)s”; that is missing here.")
            yield self.finding("number", BLOCKING, message, pair, was=was)
        for now in extra[len(missing) :]:
            message = _("Here stands “%(now)s”; the original does not say that.")
            yield self.finding("number", BLOCKING, message, pair, now=now)

    def _changes(self, pair):
        sentences = {
            "ordinals": _("The original counts “number %(was)s”, here stands “number %(now)s”."),
            "periods": _("The original counts by the %(was)s, the translation by the %(now)s."),
            "weekdays": _("The original names day %(was)s of the week, here stands day %(now)s."),
        }
        for kind, was, now in counting.changed(
            pair.source_words, pair.target_words, self.source_language, self.language
        ):
            yield self.finding("number", BLOCKING, sentences[kind], pair, was=was, now=now)

    def _limits(self, pair):
        for was, now in limits.opposed(
            pair.source_words, pair.target_words, self.source_language, self.language
        ):
            message = _("What “%(was)s” is at least, “%(now)s” is at most here, or the reverse.")
            yield self.finding("limit", BLOCKING, message, pair, was=was.text, now=now.text)

    def _crossed(self, pair, sentences):
        for some, others in sentences:
            for was, now in crossed.crossed(
                " ".join(some), " ".join(others), self.source_language, self.language
            ):
                message = _("The values changed places: “%(now)s” stands where “%(was)s” belongs.")
                yield self.finding("swapped", BLOCKING, message, pair, was=was.text, now=now.text)

    # Marks, links, names.

    def _marks(self):
        kinds = {
            "citations": ("citation", "[@%s]", lambda value: value),
            "marks": ("mark", "{%s:%s}", lambda value: value),
            "links": ("link", "%s", _same_address),
        }
        for kind, (name, form, same) in kinds.items():
            left = []
            for pair in self.pairs:
                here, there = pair.gathered(kind)
                if kind == "links":
                    here, there = here + _addresses(pair.source), there + _addresses(pair.target)
                here, there = Counter(map(same, here)), Counter(map(same, there))
                left.append((list((here - there).elements()), list((there - here).elements())))
            counting.cancel_neighbours(left, lambda one, other: one == other)
            for pair, (missing, extra) in zip(self.pairs, left, strict=True):
                for value in missing:
                    message = _("“%(mark)s” is in the original and not here.")
                    yield self.finding(name, BLOCKING, message, pair, mark=form % value)
                for value in extra:
                    message = _("“%(mark)s” is not in the original.")
                    severity = ADVISORY if kind == "links" and not missing else BLOCKING
                    yield self.finding(name, severity, message, pair, mark=form % value)

    def _names(self, kept):
        left = []
        for pair in self.pairs:
            here, there = dict(pair.source_names), dict(pair.target_names)
            for name in kept:
                for text, found in ((pair.source, here), (pair.target, there)):
                    if re.search(rf"(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])", text):
                        found.setdefault(names.known(name) or name, name)
            self._drugs(pair, here, there)
            left.append(
                (
                    [(name, form) for name, form in here.items() if name not in there],
                    [(name, form) for name, form in there.items() if name not in here],
                )
            )
        counting.cancel_neighbours(left, lambda one, other: one[0] == other[0])
        around = [set(pair.source_names) for pair in self.pairs]
        for at, (pair, (missing, extra)) in enumerate(zip(self.pairs, left, strict=True)):
            near = set().union(*around[max(0, at - 1) : at + 2])
            extra = [form for name, form in extra if name not in near]
            if pair.source and not pair.target:
                continue
            for number, (_name, form) in enumerate(missing):
                if number < len(extra):
                    message = _("The original names “%(was)s”; here stands “%(now)s”.")
                    values = {"was": form, "now": extra[number]}
                else:
                    message = _("“%(was)s” is named in the original and not here.")
                    values = {"was": form}
                yield self.finding("name", BLOCKING, message, pair, **values)
            for form in extra[len(missing) :]:
                message = _("“%(now)s” is named here and not in the original.")
                yield self.finding("name", BLOCKING, message, pair, now=form)

    def _drugs(self, pair, here, there):
        """Drugs in no list: languages of Latin letters keep the stem of their name."""
        if code(self.language) not in ("es", "fr", "pt", "it", "de", "nl", "ca", "en"):
            return
        other = fold(pair.target_words).lower()
        for stem, form in names.unlisted_drugs(pair.source).items():
            here.setdefault(stem, form)
            if stem[: max(5, len(stem) - 1)] in other.replace("z", "s") or stem in other:
                there.setdefault(stem, form)

    # Words.

    def _language(self, pair):
        if code(self.language) == code(self.source_language):
            return
        left = writing.untranslated(pair.source, pair.target, self.language) or writing.copied(
            blocks.sentences(pair.source), blocks.sentences(pair.target)
        )
        if left:
            message = _("This is not translated: “%(words)s”.")
            yield self.finding("untranslated", BLOCKING, message, pair, words=_short(left))

    def _sentences(self, pair):
        """[(sentences of the original, those that render them)]."""
        here, there = (blocks.sentences(_unlinked(text)) for text in (pair.source, pair.target))
        ratio = len(pair.target) / max(1, len(pair.source))

        def alike(some, others):
            long = [max(4, sum(map(len, some)) * ratio), max(4, sum(map(len, others)))]
            digits = [set(re.findall(r"\d+", fold(" ".join(side)))) for side in (some, others)]
            shared = len(digits[0] & digits[1]) / max(1, len(digits[0] | digits[1]))
            return 0.7 * min(long) / max(long) + 0.3 * (shared if any(digits) else 1)

        return blocks.aligned(here, there, alike)

    def _negations(self, pair, sentences):
        if not vocabulary(self.language).known or not vocabulary(self.source_language).known:
            return
        balances = []
        for some, others in sentences:
            one = negation.denial(_nameless(some), self.source_language)
            other = negation.denial(_nameless(others), self.language)
            balances.append(
                (negation.balance(one, other, self.source_language), one, other, some, others)
            )
        for at, (balance, one, other, some, others) in enumerate(balances):
            near = [balances[each][0] for each in (at - 1, at + 1) if 0 <= each < len(balances)]
            if balance < 0 and not any(each > 0 for each in near):
                message = _("The original says “%(word)s”; nothing denies here: “%(words)s”.")
                words = _short(" ".join(others) or " ".join(some))
                yield self.finding("negation", BLOCKING, message, pair, word=one.first, words=words)
            if balance > 0 and not any(each < 0 for each in near):
                message = _("“%(word)s” denies what the original does not: “%(words)s”.")
                words = _short(" ".join(others))
                yield self.finding(
                    "negation", BLOCKING, message, pair, word=other.first, words=words
                )

    def _writing(self, pair):
        target = pair.target
        if sign := writing.misplaced_controls(target, self.language):
            message = _("A hidden sign of direction (%(sign)s) is out of place.")
            yield self.finding("direction", BLOCKING, message, pair, sign=sign)
        if words := writing.doubled(target, self.language):
            message = _("“%(words)s”: a word is written twice.")
            yield self.finding("doubled", ADVISORY, message, pair, words=words)
        if signs := writing.punctuation(target, self.language):
            message = _("This language writes “%(right)s” where “%(wrong)s” stands.")
            yield self.finding(
                "punctuation", ADVISORY, message, pair, wrong=signs[0], right=signs[1]
            )
        if pair.source and target:
            yield from self._lengths(pair)

    def _lengths(self, pair):
        ratio = len(pair.target) / len(pair.source)
        fewest, most = _LENGTHS.get(code(self.language), (0.6, 1.8))
        if len(pair.source) > 40 and not fewest <= ratio <= most:
            message = _("This part is much %(kind)s than its original.")
            kind = gettext_lazy("shorter") if ratio < fewest else gettext_lazy("longer")
            yield self.finding("length", ADVISORY, message, pair, kind=kind)
        here, there = len(blocks.sentences(pair.source)), len(blocks.sentences(pair.target))
        if abs(here - there) > 1 + max(here, there) // 4:
            message = _("The original has %(here)s sentences here, the translation %(there)s.")
            yield self.finding("sentences", ADVISORY, message, pair, here=here, there=there)

    def terms(self, pair, terms):
        if not (pair.source and pair.target):
            return
        for used, form in terminology.unused(pair.source, pair.target, terms):
            message = _("“%(term)s” is “%(form)s” in the glossary: that word is not used here.")
            yield self.finding("term", ADVISORY, message, pair, term=used, form=form)


def _nameless(sentences):
    return names.found(" ".join(sentences))[1]


def _addresses(text):
    return _ADDRESS.findall(text)


def _same_address(address):
    """An address without what a language changes in it."""
    if address.startswith("tel:"):
        return "tel:" + re.sub(r"[^\d+]", "", address)
    if address.startswith("#"):
        return "#"
    return _LOCALE.sub("", address.rstrip(".,;/")) or "/"


def _short(text, length=90):
    text = " ".join(text.split())
    return text if len(text) <= length else text[: length - 1] + "…"
