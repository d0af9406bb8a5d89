"""How a language tells a claim, a risk and a group: the patterns in ``words/``, ready to match."""

import re
import tomllib
from functools import lru_cache
from pathlib import Path

from ..translation.folding import fold
from ..translation.vocabulary import code, vocabulary

_WORDS = Path(__file__).parent / "words"
_NEVER = re.compile(r"(?!)")


def plain(text):
    """One spelling for what is read alike; Arabic is often written with ه for ة."""
    return fold(text).replace("ة", "ه")


class Words:
    """``words["claims.most"]`` is a pattern; it matches nothing in a language without a table."""

    def __init__(self, language):
        path = _WORDS / f"{code(language)}.toml"
        table = tomllib.loads(plain(path.read_text("utf-8"))) if path.is_file() else {}
        self.known = bool(table)
        boundaries = vocabulary(language).words
        self._patterns = {
            f"{group}.{name}": re.compile(boundaries(pattern), re.IGNORECASE)
            for group, patterns in table.items()
            for name, pattern in patterns.items()
        }

    def __getitem__(self, name):
        return self._patterns.get(name, _NEVER)

    def say(self, name, text):
        """Whether a text says what is looked for; ``text`` as ``plain`` gives it."""
        return bool(self[name].search(text))


@lru_cache(maxsize=64)
def words(language):
    return Words(language)
