import numpy as np
import pytest

from reliabel.aggregators.mace import aggregate
from reliabel.core.labels import Classes, Votes


def test_worked_example(tiny):
    assert aggregate(tiny, iterations=0, habit=0.1, balance="uniform").labels.p[
        :, 1
    ] == pytest.approx([0.25, 0.964286, 0.035714, 0.5], abs=1e-6)
    first = aggregate(tiny, iterations=1, habit=0.1, balance="uniform")
    assert first.labels.p[:, 1] == pytest.approx([0.203610, 0.975660, 0.034130, 0.519480], abs=5e-6)
    assert first.info["knows"] == pytest.approx([0.523810, 0.571429, 0.457143], abs=1e-5)


def test_spammers_are_known_by_their_habit():
    rng = np.random.default_rng(0)
    n = 500
    truth = rng.integers(3, size=n)
    item, worker = np.repeat(np.arange(n), 6), np.tile(np.arange(6), n)
    knows = rng.random(6 * n) < np.array([0.9, 0.8, 0.7, 0.6, 0, 0])[worker]
    habit = np.where(
        worker == 4, 2, rng.integers(3, size=6 * n)
    )  # the fifth always votes 2, others who do not know vote at random
    found = aggregate(Votes(item, worker, Classes(np.where(knows, truth[item], habit)), n, 6))
    assert found.info["knows"] == pytest.approx([0.9, 0.8, 0.7, 0.6, 0, 0], abs=0.06)
    assert found.info["habit"][4, 2] > 0.98
    assert (found.labels.p.argmax(1) == truth).mean() > 0.97


def test_rows_in_another_order_change_nothing(planted):
    votes, _, _ = planted
    other = votes.take(np.random.default_rng(0).permutation(len(votes)))
    assert np.abs(aggregate(votes).labels.p - aggregate(other).labels.p).max() < 1e-8


def test_a_common_class_is_no_habit():
    """Nine items in ten are of one class: with even class shares its votes look like a habit, with
    learnt ones they count.
    """
    rng = np.random.default_rng(1)
    n, w = 3000, 40
    truth = (rng.random(n) < 0.1).astype(int)
    item, worker = np.repeat(np.arange(n), 3), rng.integers(w, size=3 * n)
    right = rng.random(3 * n) < rng.uniform(0.6, 0.95, w)[worker]
    votes = Votes(item, worker, Classes(np.where(right, truth[item], 1 - truth[item])), n, w)
    learnt, even = (
        aggregate(votes, balance=how).labels.p.argmax(1) for how in ("learnt", "uniform")
    )
    assert (learnt == truth).mean() > (even == truth).mean() + 0.05
    assert aggregate(votes).info["balance"] == pytest.approx([0.9, 0.1], abs=0.05)
    with pytest.raises(ValueError, match="balance must be 'learnt' or 'uniform', got 'even'"):
        aggregate(votes, balance="even")
