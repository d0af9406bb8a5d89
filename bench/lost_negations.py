"""How many negations, taken out of the shipped translations one at a time, the checks miss.

python bench/lost_negations.py            found and all, by language
python bench/lost_negations.py --show     and what was missed
"""

import os
import random
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crcsite.settings")

import django  # noqa: E402

django.setup()

from review.management.commands.check_translation import _fields  # noqa: E402
from review.quality.translation import blocks, compare, negation  # noqa: E402
from review.quality.translation.folding import fold  # noqa: E402

SAMPLE = 250  # of each language; the same ones each time


def passages(language):
    """(original, translation) of every block that both files have, by place."""
    for path in sorted(ROOT.glob(f"content/*/*.{language}.md")):
        here = _fields(
            (path.parent / path.name.replace(f".{language}.", ".en.")).read_text("utf-8")
        )
        for name, text in _fields(path.read_text("utf-8")).items():
            one, other = blocks.blocks(here.get(name, "")), blocks.blocks(text)
            if len(one) == len(other):
                yield from ((a.text, b.text) for a, b in zip(one, other, strict=True) if a.text)


def deletions(text, language):
    """The text without one negation: its word, and those that only repeat it in the clause."""
    _turning, neutral, optional, strong, _softs, _beside = negation._patterns(language)
    plain = fold(text)
    blank = lambda match: "¤" * len(match[0])  # noqa: E731
    text = neutral.sub(blank, plain)
    for each in optional:
        text = each.sub(blank, text)
    found = list(strong.finditer(text))
    for at, match in enumerate(found):
        if match.lastgroup == "more":
            continue
        cut = [match.span()]
        for other in found[at + 1 :]:
            if other.lastgroup != "more" or re.search(
                "[.;:,،。；，]", plain[cut[-1][1] : other.start()]
            ):
                break
            cut.append(other.span())
        left = plain
        for start, end in reversed(cut):
            left = left[:start] + left[end:]
        yield left


def main(show):
    for language in ("es", "fr", "ar", "zh-hans"):
        every = [
            (source, fold(target), less)
            for source, target in passages(language)
            for less in deletions(target, language)
        ]
        some = random.Random(6).sample(every, min(SAMPLE, len(every)))
        missed = [
            (source, target, less)
            for source, target, less in some
            if all(each.id != "negation" for each in compare(source, less, language))
        ]
        print(f"{language}: {len(some) - len(missed)} of {len(some)} found (of {len(every)} there)")
        if show:
            for source, target, less in missed:
                print(f"  {source}\n    {target}\n    {less}")


if __name__ == "__main__":
    main("--show" in sys.argv)
