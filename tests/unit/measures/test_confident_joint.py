import numpy as np
import pytest

from reliabel.core.labels import Classes
from reliabel.measures.confident_joint import measure


def test_the_joint_keeps_the_class_counts_and_finds_the_planted_direction():
    rng = np.random.default_rng(0)
    true = rng.integers(0, 3, 3000)
    y = np.where((true == 0) & (rng.random(3000) < 0.2), 1, true)
    p = np.full((3000, 3), 0.05) + np.eye(3)[true] * 0.85
    found = measure(Classes(y), probs=p)
    assert found.parts["joint"].sum(0) == pytest.approx(np.bincount(y))
    assert found.value == pytest.approx((y != true).mean())
    assert found.parts["noise_matrix"][0, 1] == pytest.approx((y[true == 0] == 1).mean())
    assert found.parts["noise_matrix"].sum(1) == pytest.approx(1)


def test_it_says_why_there_is_no_interval():
    found = measure(Classes(np.array([0, 1])), probs=np.array([[0.9, 0.1], [0.2, 0.8]]))
    assert np.isnan([found.low, found.high]).all()
    assert "no interval" in found.info["interval"]
    assert "not a count of errors" in found.info["means"]


def test_unlabelled_items_count_for_nothing():
    p = np.array([[0.9, 0.1], [0.2, 0.8], [0.5, 0.5], [0.1, 0.9]])
    some = measure(Classes(np.array([0, 1, -1, 0]), ("a", "b")), probs=p)
    without = measure(Classes(np.array([0, 1, 0]), ("a", "b")), probs=p[[0, 1, 3]])
    assert some.value == without.value
    none = measure(Classes(np.array([-1, -1]), ("a", "b")), probs=p[:2])
    assert np.isnan(none.value)
    assert none.parts["noise_matrix"].tolist() == [[1, 0], [0, 1]]
