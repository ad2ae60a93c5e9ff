import numpy as np
import pytest

from reliabel.core.labels import Classes
from reliabel.corrupters.class_similarity import corrupt

CENTRE = np.array([[3.0, 0, 0], [2.5, 1.5, 0], [-3.0, 0, 1], [0, -3.0, 1]])


def world(n=8000, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 4, n)
    return Classes(y), CENTRE[y] + rng.normal(size=(n, 3))


def planted(rate=0.3, sharpness=6.0, n=8000, shift=0.0):
    labels, x = world(n)
    rng = np.random.default_rng(1)
    return labels, corrupt(labels, features=x + shift, rng=rng, rate=rate, sharpness=sharpness)


def test_rows_are_the_softmax_of_the_cosines_of_class_means():
    labels, x = world()
    mean = np.array([x[labels.y == c].mean(0) for c in range(4)]) - x.mean(0)
    unit = mean / np.linalg.norm(mean, axis=1, keepdims=True)
    expected = np.exp(6 * unit @ unit.T) * (1 - np.eye(4))
    expected = 0.3 * expected / expected.sum(1, keepdims=True) + 0.7 * np.eye(4)
    matrix = planted()[1].info["matrix"]
    assert matrix == pytest.approx(expected)
    assert matrix.argsort(1)[:2, -2].tolist() == [1, 0]  # the two alike classes
    assert planted(shift=100.0)[1].info["matrix"] == pytest.approx(expected)


def test_realised_shares_are_the_matrix_within_chance():
    labels, made = planted()
    count = np.bincount(labels.y)[:, None]
    error = np.sqrt(made.info["matrix"] * (1 - made.info["matrix"]) / count)
    assert (np.abs(made.info["realised_matrix"] - made.info["matrix"]) <= 4 * error + 1e-9).all()
    assert made.info["realised_rate"] == made.wrong.mean()


def test_without_sharpness_the_errors_are_even():
    matrix = planted(sharpness=0.0)[1].info["matrix"]
    assert matrix == pytest.approx(0.7 * np.eye(4) + 0.1 * (1 - np.eye(4)))


def test_a_class_without_items_and_one_class_alone_are_like_any_other():
    x = np.random.default_rng(0).normal(size=(30, 2))
    one = Classes(np.zeros(30, dtype=int), ("a", "b", "c"))
    made = corrupt(one, features=x, rng=np.random.default_rng(0), rate=0.5)
    assert made.info["matrix"] == pytest.approx(0.5 * np.eye(3) + 0.25 * (1 - np.eye(3)))


def test_sharpness_below_zero_is_refused():
    with pytest.raises(ValueError, match="sharpness must be 0 or more, got -1"):
        planted(sharpness=-1.0, n=20)
