import numpy as np
import pytest

from reliabel.core.labels import Classes
from reliabel.measures.noise_matrix_error import _expected, measure

MATRIX = np.array([[0.9, 0.1, 0.0], [0.2, 0.7, 0.1], [0.05, 0.05, 0.9]])
SHARE = np.array([0.6, 0.3, 0.1])


def drawn(n, rng):
    gold = rng.choice(3, n, p=SHARE)
    return gold, (MATRIX[gold].cumsum(1) > rng.random((n, 1))).argmax(1)


def test_the_expected_error_is_the_error_of_repeated_counting():
    rng = np.random.default_rng(0)
    variance, guess = (MATRIX * (1 - MATRIX)).sum(1), ((MATRIX - 1 / 3) ** 2).sum(1)
    for n in (30, 200, 5000):
        errors = []
        for _ in range(400):
            gold, y = drawn(n, rng)
            counts = np.zeros((3, 3))
            np.add.at(counts, (gold, y), 1)
            size = counts.sum(1, keepdims=True)
            counted = np.where(size > 0, counts / np.maximum(size, 1), 1 / 3)
            errors.append(((counted - MATRIX) ** 2).sum())
        assert _expected(n, variance, guess, SHARE) == pytest.approx(np.mean(errors), rel=0.15)


def test_the_value_is_close_to_the_expectation_and_the_sample_size_meets_the_wanted_error():
    gold, y = drawn(3000, np.random.default_rng(1))
    found = measure(Classes(y, ("a", "b", "c")), gold=gold, wanted=0.002)
    variance, guess = (MATRIX * (1 - MATRIX)).sum(1), ((MATRIX - 1 / 3) ** 2).sum(1)
    assert found.value == pytest.approx((variance / (3000 * SHARE)).sum(), rel=0.25)
    assert _expected(found.parts["needed"], variance, guess, SHARE) == pytest.approx(
        0.002, rel=0.25
    )
    assert found.parts["count"].sum() == 3000


def test_only_verified_and_labelled_items_count():
    gold, y = drawn(300, np.random.default_rng(1))
    gold[::2], y[1::4] = -1, -1
    found = measure(Classes(y, ("a", "b", "c")), gold=gold)
    assert found.info["verified"] == int(((gold >= 0) & (y >= 0)).sum())


def test_an_unseen_class_is_the_most_uncertain():
    found = measure(
        Classes(np.array([0, 0, 1, 0] * 5), ("a", "b", "c")), gold=np.array([0, 0, 1, 0] * 5)
    )
    assert found.parts["error"].argmax() == 2
    assert found.value > 0.6


def test_too_little_is_said_and_bad_options_are_refused():
    found = measure(Classes(np.array([0, 1])), gold=np.array([0, -1]))
    assert np.isnan(found.value)
    assert "only 1 labelled" in found.info["why"]
    with pytest.raises(ValueError, match="wanted must be"):
        measure(Classes(np.array([0, 1])), gold=np.array([0, 1]), wanted=0.0)
