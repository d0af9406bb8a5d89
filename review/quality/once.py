"""What a pure check found, kept for whoever asks it the same again: submission, signature and
publication check the same bytes.

Kept is the digest of all that the check was asked, not the text: many thousand texts take little
room. A check that asks anything but its arguments (the database, the clock, a setting, which checks
are registered) must not be kept.
"""

import hashlib
from functools import lru_cache, wraps


class _Asked:
    """The arguments of a call, compared by their digest."""

    __slots__ = ("arguments", "digest")

    def __init__(self, *arguments):
        self.arguments = arguments
        text = repr(arguments).encode("utf-8", "surrogatepass")
        self.digest = hashlib.sha256(text).digest()

    def __hash__(self):
        return hash(self.digest)

    def __eq__(self, other):
        return self.digest == other.digest


def once(size):
    """Keep the last ``size`` answers of a function of strings, truth values, None and tuples of
    these, which must answer with something that nobody changes."""

    def decorate(function):
        @lru_cache(maxsize=size)
        def answer(asked):
            arguments, asked.arguments = asked.arguments, None
            return function(*arguments)

        @wraps(function)
        def kept(*arguments):
            return answer(_Asked(*arguments))

        kept.cache_info, kept.cache_clear = answer.cache_info, answer.cache_clear
        return kept

    return decorate
