"""Which blocks belong together: of two versions of a text, and of a text and its translation."""

import random
import time
from pathlib import Path

import pytest
from django.conf import settings

from review import alignment, blocks

BODIES = sorted(Path(settings.BASE_DIR, "content").rglob("*.en.md"))

OLD = (
    "## Head\n\nThe first paragraph is here.\n\nThe second one says more.\n\n"
    "- One item\n- Two items"
)


def of(text):
    return [block for block in blocks.split(text) if block.kind != blocks.MARKUP]


@pytest.mark.parametrize(
    ("new", "pairs"),
    [
        (OLD, [(0, 0), (1, 1), (2, 2), (3, 3), (4, 4)]),
        (OLD.replace("says more", "says much more"), [(n, n) for n in range(5)]),
        (OLD.replace("\n\nThe second one says more.", ""), [(0, 0), (1, 1), (3, 2), (4, 3)]),
        (
            OLD.replace("- Two", "- Something wholly different\n- Two"),
            [(0, 0), (1, 1), (2, 2), (3, 3), (4, 5)],
        ),
        (
            OLD.replace("The second one says more.", "Wholly other words stand there."),
            [(0, 0), (1, 1), (3, 3), (4, 4)],
        ),
        ("", []),
    ],
)
def test_versions_pair_what_is_the_same_or_became_the_other(new, pairs):
    assert alignment.versions(of(OLD), of(new)) == pairs


@pytest.mark.parametrize(
    ("target", "pairs"),
    [
        ("## Kopf\n\nErster.\n\nZweiter.\n\n- Eins\n- Zwei", [(n, n) for n in range(5)]),
        (
            "## Kopf\n\nDer erste Absatz steht hier.\n\n- Eins\n- Zwei",
            [(0, 0), (1, 1), (3, 2), (4, 3)],
        ),
    ],
)  # fmt: skip
def test_translation_is_paired_by_place_where_both_are_built_alike(target, pairs):
    assert alignment.translation(of(OLD), of(target)) == pairs


def test_translation_is_paired_by_what_is_the_same_in_every_language():
    source = "Alpha here.\n\nSome 34 of 100 [@smith-2020].\n\nOmega."
    target = "34 de 100 [@smith-2020].\n\nOmega."

    assert (1, 0) in alignment.translation(of(source), of(target))


def test_marks_are_paired_with_themselves_only():
    old, new = of("{figure:one}\n\nWords."), of("{figure:two}\n\nWords.")

    assert alignment.versions(old, new) == alignment.translation(old, new) == [(1, 1)]


def _prose():
    """50 KB of the starter guide's own English."""
    bodies = [path.read_text(encoding="utf-8") for path in BODIES]
    text = "\n\n".join(part for body in bodies for part in body.split("\n---\n")[1:])
    assert len(text) > 50_000
    return text[:50_000].split("\n\n")


def _noise():
    words = [f"word{n}" for n in range(900)]
    made = random.Random(7)
    return [" ".join(made.choices(words, k=20)) for _ in range(370)]


def _tiny():
    return [f"w{n}" for n in range(8000)]


def _changed(parts, change):
    made = random.Random(8)
    if change == "some":
        return [p + " more" if made.random() < 0.3 else p for p in parts if made.random() > 0.1]
    if change == "order":
        return made.sample(parts, len(parts))
    if change == "every word":
        return [" ".join(f"x{word}" for word in p.split()) for p in parts]
    return [f"{p} again" for p in parts] if change == "one word throughout" else parts


CHANGES = ["nothing", "some", "order", "every word", "one word throughout"]


@pytest.mark.parametrize(
    ("make", "most"),  # seconds of the processor; a third of it on a quiet machine
    [(_prose, 0.1), (_noise, 0.3), (_tiny, 0.6)],
    ids=["prose", "noise", "tiny"],
)
def test_50_kilobytes_are_split_and_aligned_in_a_tenth_of_a_second(make, most):
    parts = make()
    text, taken = "\n\n".join(parts), {}

    def timed(name, work, *given):
        for _ in range(2):  # the quicker one: in the other, rubbish of other tests may be swept up
            started = time.process_time()
            found = work(*given)
            taken[name] = min(taken.get(name, 9), time.process_time() - started)
        return found

    old = [b for b in timed("split", blocks.split, text) if b.kind != blocks.MARKUP]
    for change in CHANGES:
        new = of("\n\n".join(_changed(parts, change)))
        for align in (alignment.versions, alignment.translation):
            timed(f"{change}: {align.__name__}", align, old, new)

    assert {name: took for name, took in taken.items() if took > most} == {}
