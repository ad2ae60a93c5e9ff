import numpy as np
import pytest

from reliabel.core.labels import Classes
from reliabel.ops.relabelled import likeliest, only, softened

P = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.3, 0.7], [0.5, 0.5]])
LABELS = Classes([0, 0, 0, 1, -1], ["a", "b"])


def test_only_keeps_the_names_and_drops_the_rest():
    kept = only(LABELS, np.array([True, False, True, False, True]))
    assert kept.y.tolist() == [0, -1, 0, -1, -1]
    assert kept.names == LABELS.names


def test_the_likeliest_are_kept_over_all_classes():
    assert likeliest(LABELS, P, 0.5).y.tolist() == [0, 0, -1, 1, -1]
    assert likeliest(LABELS, P, 1.0).y.tolist() == LABELS.y.tolist()


def test_no_class_is_lost():
    y = np.repeat([0, 1], [100, 12])
    p = np.column_stack([np.linspace(1, 0.6, 112), np.linspace(0, 0.4, 112)])
    kept = likeliest(Classes(y), p, 0.5)
    assert np.bincount(kept.y[kept.y >= 0]).tolist() == [56, 5]
    assert (kept.y[-5:] == 1).all(), "those of the rare class that the model finds likeliest"


def test_nothing_to_keep_keeps_at_least_one():
    assert (likeliest(LABELS, P, 0.0).y >= 0).sum() >= 1
    assert likeliest(Classes([-1, -1], ["a", "b"]), P[:2], 0.5).y.tolist() == [-1, -1]


def test_softened_rows_sum_to_one_and_unlabelled_ones_are_what_was_said():
    soft = softened(LABELS, np.array([1.0, 0.5, 0.0, 0.25, 0.7]), P.astype(np.float32))
    assert soft.p.sum(1) == pytest.approx(1, abs=1e-12)
    want = [[1, 0], [0.8, 0.2], [0.2, 0.8], [0.225, 0.775], [0.5, 0.5]]
    assert soft.p == pytest.approx(np.array(want), abs=1e-6)
    assert P[0].tolist() == [0.9, 0.1], "what was said is not changed"
