import numpy as np
import pytest

from reliabel.aggregators.kos import aggregate
from reliabel.core.labels import Classes, Votes


def test_worked_example_turned_the_right_way(tiny):
    """Ten rounds lead to 1.238 -.826 .826 -.775 on this tiny dense world: the wrong way round until
    it is compared with the votes.
    """
    score = aggregate(tiny).info["score"][:, 1]
    raw = np.array([1.23775, -0.82566, 0.82566, -0.77460])
    assert score == pytest.approx(-raw / np.sqrt((raw**2).mean()), abs=1e-4)


def test_a_sparse_random_design_is_what_it_is_for():
    rng = np.random.default_rng(0)
    n, w = 1000, 200
    truth, right = rng.integers(2, size=n), np.where(rng.random(w) < 0.5, 0.5, 0.95)
    worker = np.concatenate([rng.choice(w, 7, replace=False) for _ in range(n)])
    item = np.repeat(np.arange(n), 7)
    votes = Votes(
        item,
        worker,
        Classes(np.where(rng.random(7 * n) < right[worker], truth[item], 1 - truth[item])),
        n,
        w,
    )
    majority = np.bincount(item, votes.labels.y, n) > 3.5
    found = aggregate(votes)
    assert (found.labels.p.argmax(1) == truth).mean() > (majority == truth).mean() + 0.02
    assert np.corrcoef(found.info["trust"], right)[0, 1] > 0.85


def test_votes_that_cancel_out_are_no_error():
    votes = Votes(np.array([0, 0]), np.array([0, 1]), Classes(np.array([0, 1])), 1, 2)
    assert aggregate(votes).labels.p.tolist() == [[0.5, 0.5]]
