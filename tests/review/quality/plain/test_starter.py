"""The starter content reads plainly; what the checks still advise on is right, and says why."""

from collections import Counter
from pathlib import Path

from review.quality import plain

from . import samples


def listed():
    """(text, rule, first words) to how often; each has a reason of its own."""
    lines = (Path(__file__).parent / "right.txt").read_text("utf-8").splitlines()
    found, reasons = Counter(), set()
    for line in lines:
        if line.startswith("#"):
            continue
        *place, reason = line.split("\t")
        assert len(reason.split()) > 5, line
        text, _slash, language = place[0].rpartition("/")
        own = (text, language, place[1], reason)  # two places of one text have two reasons
        assert own not in reasons, line
        reasons.add(own)
        found[tuple(place)] += 1
    return found


def test_nothing_stops_and_all_advice_is_listed_with_its_reason_and_rare():
    found, words = Counter(), Counter()
    for at, text in samples.content().items():
        assert list(plain.readable(text)) == [], at
        words[text.language] += samples.size(text)
        fields = {field.name: field.markdown for field in text.fields}
        for each in plain.advice(text):
            place = fields[each.field][each.start : each.end] if each.field else ""
            start = " ".join(place.split())[:40].rstrip()
            found["/".join(at), each.id, start] += 1

    assert found == listed()
    for language in samples.LANGUAGES:
        count = sum(times for at, times in found.items() if at[0].endswith(f"/{language}"))
        assert count * 200 <= words[language], language
