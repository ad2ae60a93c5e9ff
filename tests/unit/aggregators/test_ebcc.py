import numpy as np
import pytest

from reliabel.aggregators import dawid_skene
from reliabel.aggregators.ebcc import aggregate
from reliabel.core.labels import Classes, Votes


def test_the_bound_rises_and_the_highest_start_is_kept(planted):
    votes, truth, _ = planted
    found = aggregate(votes, rng=np.random.default_rng(0), kinds=3, starts=3, iterations=60, tol=0)
    assert (np.diff(found.trace) >= -1e-9 * np.abs(found.trace[:-1])).all()
    assert found.trace[-1] == max(found.info["bound_of_starts"])
    assert (found.labels.p.argmax(1) == truth).mean() > 0.89
    assert found.info["confusion"].sum(2) == pytest.approx(np.ones((30, 3)))


def test_errors_made_together_do_not_count_as_many_witnesses():
    rng = np.random.default_rng(1)
    n = 600
    truth, hard = rng.integers(2, size=n), rng.random(n) < 0.5
    item, worker = np.repeat(np.arange(n), 9), np.tile(np.arange(9), n)
    fooled = (
        hard[item] & (worker >= 4) & (truth[item] == 1)
    )  # five of nine take a hard 1 for a 0, all together
    label = np.where(fooled ^ (rng.random(9 * n) < 0.1), 1 - truth[item], truth[item])
    votes = Votes(item, worker, Classes(label), n=n, w=9)
    assert (dawid_skene.aggregate(votes).labels.p.argmax(1) == truth).mean() < 0.8
    assert (
        aggregate(votes, rng=np.random.default_rng(0)).labels.p.argmax(1) == truth
    ).mean() > 0.97


def test_gold_is_held(tiny):
    p = aggregate(tiny, rng=np.random.default_rng(0), gold=np.array([1, -1, -1, -1])).labels.p
    assert p[0] == pytest.approx([0.0, 1.0])
