"""A translation as rows beside its source: what changed, what left, what somebody decided."""

import pytest

from review import worksheet as w

SOURCE = "## Head\n\nFirst words here.\n\n- One\n- Two\n\n{figure:x}\n\n"
SOURCE += "| A | B |\n| --- | --- |\n| c | d |"
TARGET = "## Kopf\n\nErste Worte hier.\n\n* Eins\n* Zwei\n\n{figure:x}\n\n"
TARGET += "| Ä | B |\n|---|---|\n| z | d |"


def states(field):
    return [row.state for row in field.rows]


def beside(new, source=SOURCE, target=TARGET):
    return w.moved(w.begun(source, target), new)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        (SOURCE, TARGET),
        (SOURCE, "Nur ein Absatz.\n\nUnd noch einer."),
        ("One.", TARGET),
        ("", ""),
        ("", "Worte"),
        ("> Quoted\n\n1. One\n2. Two", "> Zitiert\n\n1) Eins\n2) Zwei"),
    ],
)
def test_nothing_is_lost_or_altered_by_laying_it_in_rows(source, target):
    field = beside(source, source, target)

    assert field.text == target
    assert all(row.settled for row in field.rows)
    assert w.Field.from_json(field.as_json()) == field
    assert w.retyped(field, target).text == target


def test_what_changed_is_shown_and_what_did_not_stays():
    field = beside(SOURCE.replace("First words here.", "First words are here."))

    assert [row.state for row in field.rows if row.state != w.SAME] == [w.CHANGED]
    assert field.text == TARGET
    [changed] = [row for row in field.rows if row.state == w.CHANGED]
    assert (changed.was, changed.now) == ("First words here.", "First words are here.")


def test_what_came_is_empty_and_what_left_waits_for_a_decision():
    field = beside(SOURCE.replace("- One\n", "").replace("## Head", "New paragraph.\n\n## Head"))

    waiting = [(row.state, row.target) for row in field.rows if not row.settled]
    assert waiting == [(w.NEW, ""), (w.GONE, "Eins")]
    assert "Eins" in field.text


def test_source_that_comes_back_settles_what_nobody_had_touched():
    away = beside(SOURCE.replace("First", "Last").replace("- One\n", ""))

    back = w.moved(away, SOURCE)

    assert all(row.settled for row in back.rows)
    assert sorted(row.target for row in back.rows) == sorted(
        row.target for row in w.begun(SOURCE, TARGET).rows
    )


def test_new_translation_is_built_as_its_source():
    field = w.moved(w.Field([]), SOURCE)
    words = {"Head": "Kopf", "First words here.": "Erste Worte.", "One": "Eins", "Two": "Zwei"}

    field = w.Field(
        [row.having(target=words.get(row.now, row.now)) for row in field.rows], field.tail
    )

    assert field.text.startswith(
        "## Kopf\n\nErste Worte.\n\n- Eins\n- Zwei\n\n{figure:x}\n\n| A | B |"
    )
    assert [row.kind for row in field.rows if row.settled] == ["mark"]


@pytest.mark.parametrize(
    ("new", "typed", "expected"),
    [
        ("New one.\n\n" + SOURCE, {0: "Neu."}, "Neu.\n\n## Kopf"),
        (SOURCE.replace("- Two", "- Two\n- Three"), {4: "Drei"}, "- Eins\n- Zwei\n- Drei\n\n"),
        (SOURCE.replace("| c | d |", "| c | d |\n| e | f |"), {9: "e", 10: "f"}, "\n| e | f |"),
    ],
)  # fmt: skip
def test_blocks_that_came_are_written_into_their_places(new, typed, expected):
    field = beside(new)

    rows = [r.having(target=typed[n]) if n in typed else r for n, r in enumerate(field.rows)]

    assert expected in w.Field(rows, field.tail).text


def test_row_that_left_a_table_moves_none_of_the_others():
    field = beside(SOURCE.replace("\n| c | d |", ""))

    assert [row.target for row in field.rows if row.state == w.GONE] == ["z", "d"]
    assert field.text.endswith("| Ä | B |\n|---|---|") or "| Ä | B |\n| --- | --- |" in field.text


@pytest.mark.parametrize("letters", ["one\ntwo", "a | b"])
def test_cell_stays_one_cell_whatever_is_typed_into_it(letters):
    field = w.begun(SOURCE, TARGET)
    at = next(n for n, row in enumerate(field.rows) if row.target == "z")
    field.rows[at] = field.rows[at].having(target=letters)

    assert len(w.begun(SOURCE, field.text).rows) == len(field.rows)


# -- Decisions -----------------------------------------------------------------------------------

CHANGED = w.Row("paragraph", "New.", "Old.", "Alt.", "Alt.")
GONE = w.Row("paragraph", None, "Old.", "Alt.", "Alt.")
FRESH = w.Row("paragraph", "New.", None, "", "")
MACHINE = w.Row("paragraph", "New.", "New.", "Neu.", "Neu.", machine=True)


@pytest.mark.parametrize(
    ("row", "act", "state", "logged"),
    [
        (CHANGED, "", w.CHANGED, None),
        (CHANGED, w.CONFIRM, w.SAME, w.CONFIRM),
        (CHANGED.having(target="Neu."), "", w.SAME, w.ADJUST),
        (CHANGED.having(target=""), "", w.NEW, None),
        (FRESH, "", w.NEW, None),
        (FRESH, w.CONFIRM, w.SAME, w.CONFIRM),
        (FRESH.having(target="Neu."), "", w.SAME, None),
        (GONE, "", w.GONE, None),
        (GONE, w.KEEP, w.KEPT, w.KEEP),
        (GONE, w.CONFIRM, w.GONE, None),
        (GONE.having(target="Other."), "", w.GONE, None),
        (MACHINE, w.CONFIRM, w.SAME, w.CONFIRM),
        (MACHINE.having(target="Besser."), "", w.SAME, w.ADJUST),
        (CHANGED, w.REMOVE, w.CHANGED, None),
    ],
)
def test_row_is_settled_by_what_was_decided_and_by_nothing_else(row, act, state, logged):
    after, change = w.decided(row, act)

    assert (after.state, change and change.act) == (state, logged)
    assert after.machine is (row.machine and not logged)


def test_block_that_left_is_removed_and_named():
    after, change = w.decided(GONE, w.REMOVE)

    assert (after, change) == (None, w.Change(w.REMOVE, "Old.", "Alt."))


# -- Written as a whole --------------------------------------------------------------------------


def test_text_written_as_a_whole_finds_its_rows():
    field = beside(SOURCE.replace("First words here.", "First words are here."))

    again = w.retyped(field, TARGET.replace("Erste Worte hier.", "Hier sind erste Worte."))

    [row] = [row for row in again.rows if row.state == w.CHANGED]
    assert (row.made, row.target) == ("Erste Worte hier.", "Hier sind erste Worte.")


def test_whole_new_text_is_laid_beside_its_source():
    field = w.retyped(w.moved(w.Field([]), SOURCE), TARGET)

    assert [(r.now, r.target) for r in field.rows][:2] == [
        ("Head", "Kopf"),
        ("First words here.", "Erste Worte hier."),
    ]
    assert field.text == TARGET
    assert all(w.decided(row)[0].settled for row in field.rows)


def test_block_that_was_deleted_is_not_settled():
    field = w.retyped(w.begun(SOURCE, TARGET), TARGET.replace("Erste Worte hier.\n\n", ""))

    assert [row.now for row in field.rows if not row.settled] == ["First words here."]
