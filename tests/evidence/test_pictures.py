"""Numbers as pictures: one figure for each person."""

import re

import pytest

from evidence.pictures import icon_array


def people(svg, group):
    inside = re.search(rf'<g class="{group}">(.*?)</g>', svg)[1]
    return inside.count("h0")


@pytest.mark.parametrize(
    ("count", "out_of", "high", "filled", "half", "outlined"),
    [
        (27, 100, None, 27, 0, 73),
        (8, 100, 12, 8, 4, 88),
        (0, 100, None, 0, 0, 100),
        (100, 100, None, 100, 0, 0),
        (3, 14, None, 3, 0, 11),
        (1, 1000, None, 1, 0, 999),
    ],
)
def test_every_person_is_drawn_once(count, out_of, high, filled, half, outlined):
    svg = icon_array(count, out_of, high)

    assert [people(svg, each) for each in ("counted", "between", "others")] == [
        filled,
        half,
        outlined,
    ]


def test_no_two_people_stand_in_one_place():
    places = re.findall(r"M(\d+ [\d.]+)h0", icon_array(8, 100, 12))

    assert len(set(places)) == len(places) == 100


@pytest.mark.parametrize("out_of", [1001, 100_000, 0])
def test_a_crowd_that_nobody_can_see_is_not_drawn(out_of):
    assert icon_array(0, out_of) == ""


def test_the_picture_is_not_read_out_and_names_no_colour():
    svg = icon_array(27, 100)

    assert 'aria-hidden="true"' in svg
    assert "fill=" not in svg
    assert "style" not in svg
