"""The tables of translated sentences, right ones and ones with a fault put in, and their rates."""

from collections import namedtuple
from pathlib import Path

from review.quality import BLOCKING
from review.quality.translation import compare

HERE = Path(__file__).parent
Pair = namedtuple("Pair", "language source target fault")
Rates = namedtuple("Rates", "faults caught right alarmed missed false")


def read(name):
    """Each line of a table: original | right translation | one with a fault | which fault."""
    pairs = []
    for path in sorted(HERE.glob(f"{name}*.txt")):
        for line in path.read_text("utf-8").splitlines():
            if line.startswith("#"):
                continue
            parts = [part.strip() for part in line.rstrip(" |").split(" | ")]
            language = parts.pop(0) if name == "adversarial" else path.name.split(".")[1]
            source, right, *fault = parts
            pairs.append(Pair(language, source, right, ""))
            if len(fault) == 2:
                pairs.append(Pair(language, source, *fault))
    return pairs


def blocking(pair):
    found = compare(pair.source, pair.target, pair.language)
    return [finding for finding in found if finding.severity == BLOCKING]


def rates(pairs):
    faulty = [pair for pair in pairs if pair.fault]
    right = [pair for pair in pairs if not pair.fault]
    missed = [pair for pair in faulty if not blocking(pair)]
    false = [pair for pair in right if blocking(pair)]
    return Rates(len(faulty), len(faulty) - len(missed), len(right), len(false), missed, false)
