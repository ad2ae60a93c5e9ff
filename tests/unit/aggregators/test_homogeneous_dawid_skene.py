import numpy as np
import pytest

from reliabel.aggregators.homogeneous_dawid_skene import aggregate
from reliabel.core.labels import Classes, Votes


def _alike(confusion, n=3000, each=5, seed=0):
    rng = np.random.default_rng(seed)
    k = len(confusion)
    truth = rng.integers(k, size=n)
    item = np.repeat(np.arange(n), each)
    label = (rng.random((len(item), 1)) > confusion.cumsum(1)[truth[item]]).sum(1)
    return Votes(
        item, np.arange(len(item)), Classes(label, tuple("abc"[:k])), n=n, w=len(item)
    ), truth


def test_the_matrix_comes_back_though_every_worker_votes_once():
    confusion = np.array([[0.8, 0.15, 0.05], [0.1, 0.7, 0.2], [0.05, 0.05, 0.9]])
    votes, truth = _alike(confusion)
    found = aggregate(votes)
    assert found.info["pooled"] == pytest.approx(confusion, abs=0.03)
    assert (found.labels.p.argmax(1) == truth).mean() > 0.93


def test_even_errors_leave_one_accuracy_a_class():
    votes, _ = _alike(np.array([[0.9, 0.05, 0.05], [0.2, 0.6, 0.2], [0.1, 0.1, 0.8]]))
    pooled = aggregate(votes, even_errors=True).info["pooled"]
    assert pooled[0, 1] == pytest.approx(pooled[0, 2])
    assert np.diag(pooled) == pytest.approx([0.9, 0.6, 0.8], abs=0.04)


def test_the_objective_rises(tiny):
    trace = aggregate(tiny, tol=0).trace
    assert (np.diff(trace) >= -1e-9 * np.abs(trace[:-1])).all()
