"""Outliers by distance: worked numbers, the flag's rule, copies, tiny sets."""

import numpy as np
import pytest

from reliabel.auditors import knn_outliers
from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Classes, MultiLabel
from reliabel.ops.neighbours import nearest


def world(far: np.ndarray) -> Neighbours:
    n = len(far)
    return Neighbours((np.arange(n)[:, None] + 1) % n, far[:, None])


def test_score_compares_with_the_median() -> None:
    said = knn_outliers.audit(
        Classes(np.zeros(5, int)), neighbours=world(np.array([0.1, 0.2, 0.2, 0.2, 0.4]))
    )
    assert said.score == pytest.approx(1 - np.exp([-0.5, -1, -1, -1, -2]))


def test_flag_is_a_fence_of_quartiles() -> None:
    far = np.concatenate([np.linspace(0.1, 0.2, 99), [0.5]])
    low, high = np.quantile(far, [0.25, 0.75])
    said = knn_outliers.audit(Classes(np.zeros(100, int), ("a",)), neighbours=world(far))
    assert said.flag is not None
    assert np.flatnonzero(said.flag).tolist() == [99]
    assert said.info["bound"] == pytest.approx(high + 1.7 * (high - low))
    assert said.info["share_by_class"] == {"a": 0.01}
    assert said.info["why"][99] == "its nearest are 3.3 times as far as usual"
    assert said.info["why"][0] == ""
    assert not knn_outliers.audit(
        Classes(np.zeros(100, int)), neighbours=world(far), width=20.0
    ).flag.any()


def test_planted_outliers_rank_first_labelled_or_not() -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(300, 2)) @ rng.normal(size=(2, 10)) + 0.05 * rng.normal(
        size=(300, 10)
    )
    features[[7, 50]] = 3 * rng.normal(size=(2, 10))
    y = np.zeros(300, int)
    y[50] = -1
    said = knn_outliers.audit(Classes(y), neighbours=nearest(features, j=15))
    assert set(np.argsort(-said.score)[:2].tolist()) == {7, 50}
    assert said.flag[[7, 50]].all()


def test_mostly_copies_have_a_median_of_zero() -> None:
    said = knn_outliers.audit(
        Classes(np.zeros(12, int)), neighbours=world(np.array([0.0] * 11 + [0.3]))
    )
    assert said.score[11] == 1.0
    assert (said.score[:11] == 0).all()


def test_empty_places_are_left_out_and_an_item_alone_is_not_judged() -> None:
    near = Neighbours(
        np.array([[1, -1], [0, -1], [-1, -1]]),
        np.array([[0.2, np.inf], [0.2, np.inf], [np.inf, np.inf]]),
    )
    said = knn_outliers.audit(Classes(np.zeros(3, int)), neighbours=near)
    assert said.score[:2] == pytest.approx(1 - np.exp(-1))
    assert np.isnan(said.score[2])
    assert not said.flag.any()


def test_few_items_are_not_flagged_and_any_labels_do() -> None:
    far = np.array([0.1] * 8 + [0.9])
    said = knn_outliers.audit(MultiLabel(np.zeros((9, 2), int)), neighbours=world(far))
    assert len(said.score) == 9
    assert not said.flag.any()
    assert said.info["share_by_class"] == {}


def test_what_lies_hardly_farther_than_usual_is_no_outlier():
    far = np.concatenate([np.linspace(0.99, 1.01, 99), [1.1]])
    said = knn_outliers.audit(Classes(np.zeros(100, int)), neighbours=world(far))
    assert not said.flag.any()
    assert said.info["bound"] == pytest.approx(1.2, abs=1e-3)
