"""Which blocks belong together: of two versions of a text, and of a text and its translation."""

import random
import time

import pytest

from review import alignment, blocks

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


def _long():
    words = [f"word{n}" for n in range(900)]
    made = random.Random(7)
    return "\n\n".join(" ".join(made.choices(words, k=20)) for _ in range(370))


@pytest.mark.parametrize(
    "change", ["nothing", "some", "order", "every word", "one word throughout"]
)
def test_50_kilobytes_are_aligned_in_a_tenth_of_a_second(change):
    text, made = _long(), random.Random(8)
    parts = text.split("\n\n")
    if change == "some":
        parts = [p + " more" if made.random() < 0.3 else p for p in parts if made.random() > 0.1]
    elif change == "order":
        made.shuffle(parts)
    elif change == "every word":
        parts = [" ".join(f"x{word}" for word in p.split()) for p in parts]
    elif change == "one word throughout":
        parts = [f"{p} again" for p in parts]
    old, new = of(text), of("\n\n".join(parts))
    assert len(text) > 50_000

    taken = []
    for align in (alignment.versions, alignment.translation):
        started = time.process_time()
        align(old, new)
        taken.append(time.process_time() - started)

    assert max(taken) < 0.3  # 0.1 on a quiet machine; `bench` names the figure
