import numpy as np
import pytest

from reliabel.core.labels import Classes, Grouped, MultiLabel, Numbers, Soft, Votes
from reliabel.core.raw_labels import encode


@pytest.mark.parametrize(
    ("values", "y", "names"),
    [
        (["pos", "neg", None], [1, 0, -1], ("neg", "pos")),
        ([10, 9, 2], [2, 1, 0], ("2", "9", "10")),
        ([True, False, True], [1, 0, 1], ("False", "True")),
        ([1.0, 2.0, float("nan")], [0, 1, -1], ("1", "2")),
        (["b", "", "  ", "a"], [1, -1, -1, 0], ("a", "b")),
        (np.array(["Ω", "α", "β"]), [0, 1, 2], ("Ω", "α", "β")),
        ([], [], ()),
        ([None, None], [-1, -1], ()),
    ],
)
def test_values_become_codes_and_sorted_names(values, y, names):
    made = Classes.of(values)
    assert made.y.tolist() == y
    assert made.names == names


def test_strings_sort_by_code_point_and_numbers_as_numbers():
    assert encode(["10", "9"])[1] == ("9", "10")
    assert encode([10, 9])[1] == ("9", "10")


def test_without_names_k_is_the_largest_code_and_take_never_loses_it():
    labels = Classes(np.array([0, 4, 1]))
    assert labels.names == ("0", "1", "2", "3", "4")
    assert labels.take(np.array([0])).k == 5


def test_nothing_labelled_has_no_classes():
    assert Classes(np.array([-1, -1])).k == 0


def test_grouped_takes_whole_items():
    tokens = Grouped(Classes(np.array([0, 1, 2, 3, 4])), np.array([0, 2, 2, 5]))
    part = tokens.take(np.array([2, 0]))
    assert part.units.y.tolist() == [2, 3, 4, 0, 1]
    assert part.offsets.tolist() == [0, 3, 5]
    assert tokens.item.tolist() == [0, 0, 2, 2, 2]


def test_masks_keep_their_shape():
    masks = Grouped(
        Classes(np.zeros(10, dtype=int)), np.array([0, 6, 10]), np.array([[2, 3], [4, 1]])
    )
    assert masks.take(np.array([1])).shape.tolist() == [[4, 1]]


def test_votes_keep_items_and_workers_nobody_chose():
    votes = Votes(np.array([0, 2]), np.array([1, 0]), Classes(np.array([0, 1])), n=4, w=3)
    part = votes.take(np.array([1]))
    assert (part.n, part.w, part.item.tolist()) == (4, 3, [2])


def test_multi_label_units_are_cells():
    labels = MultiLabel(np.array([[1, 0, -1]]), ("a", "b", "c"))
    assert (len(labels), labels.k) == (1, 3)


def test_numbers_may_be_unlabelled_and_have_several_columns():
    assert len(Numbers(np.array([[1.0, np.nan], [0.0, 2.0]]))) == 2


def test_soft_shares_a_tie():
    soft = Soft(np.array([[0.4, 0.4, 0.2], [0.1, 0.2, 0.7]]))
    assert soft.credit().tolist() == [[0.5, 0.5, 0], [0, 0, 1]]
    assert soft.hard(ties="lowest").y.tolist() == [0, 2]


def test_a_label_that_is_no_single_value_is_refused_with_what_to_give():
    with pytest.raises(
        ValueError,
        match=r"a label is one value, got \{'a': 1\} in row 0; class labels are text",
    ):
        Classes.of([{"a": 1}, {"b": 2}])


def test_whole_numbers_with_control_characters_around_them_are_ordered_as_numbers():
    assert Classes.of(["10", "2\x1f", "\x1f3"]).names == ("2\x1f", "\x1f3", "10")
