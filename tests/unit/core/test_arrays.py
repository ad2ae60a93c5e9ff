"""What is given where an array is wanted: taken as it is, converted exactly, or refused in
words.
"""

import numpy as np
import pytest

from reliabel.core.arrays import real_numbers, truth_values, whole_numbers


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ([1, -1], [1, -1]),
        ((2.0, 3.0), [2, 3]),
        (np.array([1, 2], dtype=object), [1, 2]),
        ([2.0**62], [2**62]),
        ([], []),
    ],
)
def test_whole_numbers_are_taken_exactly(given, kept):
    array = whole_numbers(given, "y")
    assert array.tolist() == kept
    assert array.dtype == np.int64


def test_booleans_are_whole_numbers_where_asked_for():
    assert whole_numbers([True, False], "y", booleans=True).tolist() == [1, 0]
    with pytest.raises(ValueError, match=r"y must be whole numbers in 1 dimension, got bool"):
        whole_numbers([True, False], "y")


@pytest.mark.parametrize(
    ("given", "ndim", "sentence"),
    [
        ([0, 0, 0.5], 1, r"^y must be whole numbers in 1 dimension, got 0.5 in row 2; do this$"),
        ([[0, 0.25], [0.5, 0]], 2, r"in 2 dimensions, got 0.25 in row 0; do this$"),
        ([2.0**63], 1, r"got 9.223372036854776e\+18 in row 0"),
        ([None, 1], 1, "got nan in row 0"),
        ([[1]], 1, r"got int64 of shape \(1, 1\); do this$"),
        (["a", "b"], 1, r"got <U1 of shape \(2,\), which holds 'a'"),
        ([1, "b"], 1, r"which holds '1'"),
        (np.array([1, "b"], dtype=object), 1, r"got object of shape \(2,\), which holds 'b'"),
        (np.array([], dtype=str), 1, r"got <U1 of shape \(0,\); do this$"),
        (7, 1, "got int 7; do this$"),
        ({3}, 1, "got set; do this$"),
        ([[1], [2, 3]], 1, "got rows of different lengths; do this$"),
    ],
)
def test_other_things_are_refused_with_what_was_seen(given, ndim, sentence):
    with pytest.raises(ValueError, match=sentence):
        whole_numbers(given, "y", ndim, advice="; do this")


def test_real_numbers():
    half = np.array([0.5], dtype=np.float16)
    assert real_numbers(half, "x", 1) is half
    assert real_numbers([1, 2], "x", 1).dtype == np.float64
    assert np.array_equal(real_numbers([None, 1.5], "x", 1), [np.nan, 1.5], equal_nan=True)
    assert real_numbers([[1]], "x", 1, 2).shape == (1, 1)
    with pytest.raises(ValueError, match=r"x must be floats in 2 dimensions, got float64 of shape"):
        real_numbers([0.5], "x", 2)
    with pytest.raises(ValueError, match=r"x must be floats of shape \(n,\), got complex128"):
        real_numbers([1j], "x", 1, shape="(n,)")


def test_truth_values():
    flags = np.array([True])
    assert truth_values(flags, "f") is flags
    assert truth_values([1.0, 0], "f").tolist() == [True, False]
    for bad in ([0, 2], [[True]], ["yes"], [None]):
        with pytest.raises(ValueError, match="f must be True or False in 1 dimension, got"):
            truth_values(bad, "f")
