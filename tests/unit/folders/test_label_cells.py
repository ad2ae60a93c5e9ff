"""Decisions as cells of the file: spelled as the file spells such labels."""

import numpy as np
import pytest

from reliabel.core.dataset import Dataset
from reliabel.core.labels import Classes, Grouped, MultiLabel, Numbers
from reliabel.core.results import Decision
from reliabel.folders.decisions import resolve
from reliabel.folders.label_cells import cell_changes, dropped_rows, file_rows, label_columns


def changes(data, columns, *decisions, **words):
    new = words.pop("new_classes", False)
    return cell_changes(data, resolve(data, list(decisions), new_classes=new), columns, **words)


def test_where_labels_stand_in_the_file():
    labels = Classes(np.array([0, 1]), ("a", "b"))
    one = Dataset(labels, source={"columns": {"label": "mood"}, "row": [7, 3]})
    assert label_columns(one) == ["mood"]
    assert label_columns(Dataset(labels, source={"columns": {"label": ("x", "y")}})) == ["x", "y"]
    assert file_rows(one).tolist() == [7, 3]
    assert file_rows(Dataset(labels)).tolist() == [0, 1]
    assert dropped_rows(one, resolve(one, [Decision("1", "drop")])) == {3}
    with pytest.raises(ValueError, match="does not say which column holds the labels"):
        label_columns(Dataset(labels))


def test_classes_are_spelled_as_the_file_spells_them_and_new_ones_as_people_do():
    data = Dataset(Classes(np.array([0, 1, 0]), ("1", "2")))
    column = {"y": [1.0, 2.0, 1.0]}
    assert changes(data, column, Decision("0", "change", label="2")) == {0: {"y": 2.0}}
    new = changes(data, column, Decision("0", "change", label="3"), new_classes=True)
    assert new == {0: {"y": "3"}}
    coded = changes(
        data,
        column,
        Decision("1", "change", label="3"),
        new_classes=True,
        codes={"y": ["1", "2", "3"]},
    )
    assert coded == {1: {"y": 2}}


def test_rows_of_a_sample_are_those_of_the_file():
    data = Dataset(Classes(np.array([1, 0]), ("no", "yes")), source={"row": [5, 2]})
    column = {"y": ["", "", "N", "", "", "Y"]}
    assert changes(data, column, Decision("0", "change", label="no")) == {5: {"y": "N"}}


@pytest.mark.parametrize(
    ("columns", "yes", "no", "gone"),
    [
        ({"a": [1, 0], "b": [0, 1]}, 1, 0, None),
        ({"a": ["1", "0"], "b": ["0", "1"]}, "1", "0", None),
        ({"a": ["x", ""], "b": ["", "x"]}, "x", "", None),
    ],
)
def test_cells_of_several_labels_are_spelled_as_their_columns(columns, yes, no, gone):
    data = Dataset(MultiLabel(np.array([[1, 0], [0, 1]]), ("a", "b")))
    found = changes(
        data,
        columns,
        Decision("0", "change", unit=1, label="yes"),
        Decision("1", "change", unit=1, label="no"),
        Decision("0", "drop", unit=0),
    )
    assert found == {0: {"b": yes, "a": gone}, 1: {"b": no}}


def test_where_no_cell_says_yes_it_is_a_one_of_the_columns_type():
    data = Dataset(MultiLabel(np.array([[0, 0]]), ("a", "b")))
    yes = Decision("0", "change", unit=0, label="yes")
    assert changes(data, {"a": [0], "b": [0]}, yes) == {0: {"a": 1}}
    assert changes(data, {"a": ["0"], "b": ["0"]}, yes) == {0: {"a": "1"}}


def test_numbers_stay_whole_where_the_column_is():
    data = Dataset(Numbers(np.array([1.0, 2.5])))
    three = Decision("0", "change", label="3")
    assert repr(changes(data, {"y": [1, 2]}, three)[0]["y"]) == "3"
    assert repr(changes(data, {"y": [1.0, 2.5]}, three)[0]["y"]) == "3.0"
    assert repr(changes(data, {"y": [True, False]}, three)[0]["y"]) == "3.0"
    assert changes(data, {"y": ["1", "2.5"]}, three, text=True)[0]["y"] in ("3", "3.0")
    assert changes(data, {"y": [1, 2]}, Decision("0", "change", label="3.5")) == {0: {"y": 3.5}}


def test_units_within_items_have_no_cell():
    data = Dataset(Grouped(Classes(np.array([0, 1]), ("a", "b")), np.array([0, 2])))
    with pytest.raises(ValueError, match="are units within items, which the columns y cannot hold"):
        changes(data, {"y": ["a b"]}, Decision("0", "change", unit=0, label="b"))
