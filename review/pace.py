"""How long a text takes to read. Pure."""

import re

# Words a minute (Chinese and Japanese: characters a minute) of adults reading plain text silently,
# from the International Reading Speed Texts: Trauzettel-Klosinski & Dietz, Invest Ophthalmol Vis
# Sci 2012;53:5452, doi:10.1167/iovs.11-8284, table 2. A tired reader is slower: we take
# three quarters of it.
WORDS_A_MINUTE = {"en": 228, "es": 218, "fr": 195, "ar": 138, "zh": 255, "ja": 357}
MEAN = 184  # over the seventeen languages of that study
TIRED = 0.75

_UNIT = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]|[^\W_]+(?:['’-][^\W_]+)*")


def minutes(texts, language):
    """Whole minutes, at least one, that ``texts`` (Markdown) take in a language."""
    units = sum(len(_UNIT.findall(text)) for text in texts)
    pace = WORDS_A_MINUTE.get(language.partition("-")[0], MEAN) * TIRED
    return max(1, round(units / pace))
