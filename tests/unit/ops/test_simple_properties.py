import numpy as np

from reliabel.ops.simple_properties import properties_of


def test_texts_are_counted_and_what_is_no_text_is_unknown():
    found = properties_of(["AB c1", "", "three words here"])
    assert found["length in characters"].tolist() == [5, 0, 16]
    assert found["length in words"].tolist() == [2, 0, 3]
    assert found["share of capitals"][0] == 0.4
    assert found["share of digits"][0] == 0.2


def test_a_bright_square_shows_in_its_place_alone():
    picture = np.full((64, 64, 3), 60, dtype=np.uint8)
    marked = picture.copy()
    marked[48:64, 0:16] = (250, 250, 250)
    plain, bright = (properties_of([one, one]) for one in (picture, marked))
    changed = {name for name in plain if plain[name][0] != bright[name][0]}
    where = "in row 4, column 1 of a 4 x 4 grid"
    assert {name for name in changed if " in row " in name} == {
        f"{kind} {where}" for kind in ("brightness", "brightest point", "darkest point")
    }
    assert bright[f"brightness {where}"][0] == 250
    assert bright["size in pixels"][0] == 64 * 64


def test_pictures_that_cannot_be_read_are_unknown():
    picture = np.zeros((8, 8, 3), dtype=np.uint8)
    found = properties_of([picture, b"broken"])
    assert np.isnan(found["brightness"]).tolist() == [False, True]
    assert properties_of([1, 2]) == {}
