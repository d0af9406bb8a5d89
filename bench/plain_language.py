"""How often the syllable rules are wrong, and how long the checks of plain language take.

python bench/plain_language.py            rates and times
python bench/plain_language.py --show     and each word that was counted wrong
"""

import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crcsite.settings")

import django

django.setup()

from review.quality import texts  # noqa: E402
from tests.review.quality.plain import samples  # noqa: E402


def main(show):
    for language in samples.SYLLABLES:
        words = samples.syllables(language)
        wrong = samples.miscounted(language)
        print(
            f"{language}: {len(wrong)} of {len(words)} words wrong ({len(wrong) / len(words):.1%})"
        )
        for word, right, counted in wrong if show else ():
            print(f"  {word}: {right}, counted {counted}")
    for language in samples.LANGUAGES:
        text = samples.long_text(language)
        samples.forget()
        start = time.process_time()
        texts.findings(text)
        first = time.process_time() - start
        start = time.process_time()
        texts.findings(text)
        again = time.process_time() - start
        print(
            f"{language}: {samples.size(text)} words checked in {first * 1000:.0f} ms, "
            f"again in {again * 1000:.0f} ms"
        )


if __name__ == "__main__":
    main("--show" in sys.argv)
