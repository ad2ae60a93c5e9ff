import numpy as np
from scipy.optimize import check_grad
from scipy.stats import spearmanr

from reliabel.aggregators import item_response
from reliabel.aggregators.item_response import aggregate
from reliabel.core.labels import Classes, Votes
from reliabel.ops.votes import votes_matrix


def test_planted_abilities_and_hardness_come_back():
    rng = np.random.default_rng(0)
    n, w, k = 100, 20, 3
    truth, ability, hard = rng.integers(k, size=n), rng.normal(size=w), rng.normal(-1, 1, n)
    worker = np.concatenate([rng.choice(w, 10, replace=False) for _ in range(n)])
    item = np.repeat(np.arange(n), 10)
    right = rng.random(len(item)) < 1 / (1 + np.exp(hard[item] - ability[worker]))
    votes = Votes(
        item,
        worker,
        Classes(np.where(right, truth[item], (truth[item] + rng.integers(1, k, len(item))) % k)),
        n,
        w,
    )
    found = aggregate(votes)
    assert spearmanr(found.info["ability"], ability)[0] >= 0.8
    assert spearmanr(found.info["difficulty"], hard)[0] >= 0.6
    assert (np.diff(found.trace) >= -1e-9 * np.abs(found.trace[:-1])).all()


def test_the_slope_is_that_of_the_evidence(tiny):
    (block,) = votes_matrix(tiny)

    def slope(x):
        _, worker, item = item_response._slope(block, x[:3], x[3:].reshape(-1, 2))
        return np.concatenate([worker, item.ravel()])

    x = np.random.default_rng(0).normal(size=11)
    assert (
        check_grad(lambda x: item_response._slope(block, x[:3], x[3:].reshape(-1, 2))[0], slope, x)
        < 1e-5
    )


def test_few_votes_leave_the_sharpness_alone(tiny):
    assert aggregate(tiny).info["sharpness"].tolist() == [1, 1, 1, 1]
    assert (aggregate(tiny, enough=3).info["sharpness"] != 1).tolist() == [True, True, True, False]
