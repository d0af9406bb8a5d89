"""How long a text takes to read."""

import pytest

from review import pace


@pytest.mark.parametrize(
    ("text", "language", "minutes"),
    [
        ("", "en", 1),
        ("word " * 171, "en", 1),
        ("word " * 1710, "en", 10),
        ("it's well-known " * 171, "en", 2),  # two words each, however they are joined
        ("肝" * 1912, "zh-hans", 10),
        ("كلمة " * 1035, "ar", 10),
        ("word " * 1380, "eo", 10),  # a language that nobody measured: the mean
    ],
)
def test_minutes_follow_the_pace_of_the_language(text, language, minutes):
    assert pace.minutes([text], language) == minutes
