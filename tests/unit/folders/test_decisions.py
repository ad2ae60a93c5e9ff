"""Decisions resolved to one verdict a label, for labels of any kind."""

from __future__ import annotations

import numpy as np
import pytest

from reliabel.core.dataset import Dataset
from reliabel.core.labels import Classes, Grouped, Numbers, Votes
from reliabel.core.results import Decision
from reliabel.folders.decisions import decisions_of, resolve

NUMBERS = Dataset(Numbers(np.array([1.0, 2.5, np.nan])))
PAIRS = Dataset(Numbers(np.array([[1.0, 2], [3, np.nan]])))


def change(item, label, who=None, unit=None):
    return Decision(str(item), "change", unit, label, who)


def test_people_agree_on_a_number_however_they_write_it():
    both = [change(0, "2.50", "ann"), change(0, 2.5, "bob")]
    assert resolve(NUMBERS, both).change == {(0, None): 2.5}
    apart = resolve(NUMBERS, [change(0, "2.5", "ann"), change(0, "2.6", "bob")])
    assert (apart.unsure, apart.disagreed, dict(apart.change)) == (1, 1, {})


def test_a_change_to_the_given_label_keeps_it():
    found = resolve(NUMBERS, [change(1, "2.5"), change(2, "0")])
    assert (found.kept, dict(found.change)) == (1, {(2, None): 0.0})
    found = resolve(PAIRS, [change(0, "1;2"), change(1, [3.0, None])])
    assert (found.kept, dict(found.change)) == (2, {})


def test_a_bad_label_stops_where_people_agree_on_it():
    with pytest.raises(ValueError, match="'tall' is not a number"):
        resolve(NUMBERS, [change(0, "tall", "ann"), change(0, "tall", "bob")])
    apart = resolve(NUMBERS, [change(0, "tall", "ann"), Decision("0", "keep", who="bob")])
    assert apart.disagreed == 1
    with pytest.raises(ValueError, match="a change needs the new label"):
        resolve(NUMBERS, [Decision("0", "change")])


def test_labels_of_a_kind_that_cannot_be_changed_can_be_kept_and_dropped():
    votes = Dataset(Votes(np.array([0, 1]), np.array([0, 0]), Classes(np.array([0, 1])), 2, 1))
    found = resolve(votes, [Decision("0", "keep"), Decision("1", "drop")])
    assert (found.kept, found.drop) == (1, {(1, None)})
    with pytest.raises(ValueError, match=r"of the kind Votes\[Classes\] cannot be changed"):
        resolve(votes, [change(0, "1")])


def test_units_are_counted_and_checked():
    tokens = Dataset(Grouped(Numbers(np.array([1.0, 2, 3])), np.array([0, 1, 3])))
    found = resolve(tokens, [Decision("1", "drop"), change(0, "5", unit=0)])
    assert found.undecided == 0
    with pytest.raises(ValueError, match="'1' has the units 0 to 1, the decision names -1"):
        resolve(tokens, [Decision("1", "keep", -1)])
    with pytest.raises(ValueError, match="'1' has 2 labels; a change must say which"):
        resolve(tokens, [change(1, "5")])


def test_new_classes_are_told_in_the_order_they_come():
    data = Dataset(Classes(np.array([0, 1, 0]), ("a", "b")))
    found = resolve(data, [change(0, "z"), change(1, "c"), change(2, "z")], new_classes=True)
    assert found.new == ("z", "c")
    with pytest.raises(ValueError, match="there is no class 'z'; the classes are 'a', 'b'; a cl"):
        resolve(data, [change(0, "z")])


def test_numbers_of_a_table_are_read_as_they_are_written():
    table = {"id": ["0", "1"], "verdict": ["change", "keep"], "label": [2.5, None]}
    assert [one.label for one in decisions_of(table)] == ["2.5", None]
