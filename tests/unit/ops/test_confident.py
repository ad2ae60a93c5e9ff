import numpy as np
import pytest

from reliabel.ops.confident import confident_class, joint, thresholds, whole

Y = np.array([0, 0, 1, 1, -1])
P = np.array([[0.9, 0.1], [0.7, 0.3], [0.2, 0.8], [0.95, 0.05], [0.5, 0.5]])


def test_thresholds_are_the_mean_confidence_in_each_class():
    assert thresholds(Y, P).tolist() == pytest.approx([0.8, 0.425])
    assert thresholds(Y, np.c_[P, np.zeros(5)])[2] == np.inf


def test_the_confident_class_is_the_best_above_its_threshold():
    assert confident_class(Y, P, thresholds(Y, P)).tolist() == [0, -1, 1, 0, -1]


def test_the_joint_is_calibrated_to_the_given_counts():
    assert joint(Y, P).tolist() == [[2, 1], [0, 1]]


def test_a_class_never_confident_stays_on_the_diagonal():
    made = joint(np.array([0, 0, 1]), np.array([[0.9, 0.1], [0.9, 0.1], [0.1, 0.9]]))
    assert made.tolist() == [[2, 0], [0, 1]]


def test_the_joint_of_flat_probabilities_sums_to_all_labels():
    assert joint(np.arange(30) % 3, np.full((30, 3), 1 / 3)).sum() == pytest.approx(30)


def test_whole_counts_keep_the_sums_where_nothing_ties():
    counts = np.random.default_rng(0).random((6, 50)) * 9
    assert (np.abs(whole(counts) - counts) < 1).all()
    assert whole(counts).sum(0).tolist() == np.rint(counts.sum(0)).tolist()
    assert whole(counts).tolist() == whole(whole(counts).astype(float)).tolist()


def test_fractions_tied_for_a_place_are_treated_alike():
    assert whole(np.array([[4.0], [0.4], [0.4], [0.4]])).ravel().tolist() == [4, 1, 1, 1]
    assert whole(np.array([[4.0], [0.1], [0.1], [0.1]])).ravel().tolist() == [4, 0, 0, 0]
