import numpy as np
import pytest

from reliabel.ops.noise import (
    another,
    checked,
    drawn,
    expected_rate,
    how_many,
    noise_matrix_of,
    picked,
    scaled,
)

MATRIX = np.array([[0.9, 0.1], [0.3, 0.7]])


def test_expected_rate_weighs_by_class():
    assert expected_rate(MATRIX, np.array([100, 0])) == pytest.approx(0.1)
    assert expected_rate(MATRIX, np.array([50, 50])) == pytest.approx(0.2)
    assert expected_rate(MATRIX, np.array([0, 0])) == 0


def test_scaled_meets_the_rate():
    assert expected_rate(
        scaled(MATRIX, np.array([30, 70]), 0.05), np.array([30, 70])
    ) == pytest.approx(0.05)
    assert (scaled(MATRIX, np.array([1, 1]), 0.0) == np.eye(2)).all()


def test_small_rounding_is_mended():
    assert checked(MATRIX * 1.0005, 2).sum(1) == pytest.approx(1, abs=1e-12)


def test_drawn_leaves_the_unlabelled():
    assert drawn(np.array([-1, 0, 1]), np.eye(2), np.random.default_rng(0)).tolist() == [-1, 0, 1]


def test_picked_follows_the_weights_and_never_takes_a_zero():
    p = np.tile([0.0, 1.0, 3.0, 0.0], (8000, 1))
    share = np.bincount(picked(p, np.random.default_rng(0)), minlength=4) / 8000
    assert share[0] == share[3] == 0
    assert share[2] == pytest.approx(0.75, abs=0.02)


def test_picked_refuses_a_row_without_chances():
    with pytest.raises(ValueError, match="row 1 has no chance for any class"):
        picked(np.array([[1.0, 0.0], [0.0, 0.0]]), np.random.default_rng(0))


def test_another_is_never_the_same():
    y = np.arange(1000) % 3
    assert (another(y, 3, np.random.default_rng(0)) != y).all()
    assert len(another(y[:0], 1, np.random.default_rng(0))) == 0


def test_how_many_counts_the_labelled():
    assert how_many(np.array([0, 1, -1, -1]), 2, 0.5) == 1


def test_matrix_of_a_class_never_counted():
    assert noise_matrix_of(np.zeros((2, 2))).tolist() == [[1, 0], [0, 1]]
