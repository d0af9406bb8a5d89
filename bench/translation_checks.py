"""How many faults the translation checks catch, and how often they alarm without one.

python bench/translation_checks.py            both rates of every table
python bench/translation_checks.py --show     and each pair that was judged wrong
"""

import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crcsite.settings")

import django

django.setup()

from tests.review.quality import pairs  # noqa: E402


def main(show):
    for table in ("plain", "heldout", "bowel", "confirm", "third", "fourth", "adversarial"):
        some = pairs.read(table)
        start = time.perf_counter()
        rates = pairs.rates(some)
        took = (time.perf_counter() - start) / max(1, len(some)) * 1000
        print(
            f"{table}: {rates.caught} of {rates.faults} faults caught, "
            f"{rates.alarmed} false alarms in {rates.right} right translations "
            f"({took:.1f} ms a pair)"
        )
        if show:
            for pair in (*rates.missed, *rates.false):
                print(
                    f"  {pair.language} {pair.fault or 'right'}: {pair.source}\n    {pair.target}"
                )
                for finding in pairs.blocking(pair):
                    print(f"    -> {finding.id}: {finding.message}")


if __name__ == "__main__":
    main("--show" in sys.argv)
